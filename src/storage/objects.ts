/**
 * A record as the Kubernetes object that holds it, in both directions: what an API server sends and
 * what a manifest file says are the same object. https://kubernetes.io/docs/concepts/configuration/secret/
 */
import type { ProtobufObject } from '../kube/protobufWrite.ts';
import {
  newerFormat,
  type ReadRecord,
  type RecordKind,
  type RecordMeta,
  type ReleaseRecord,
  secretTypeOf,
} from '../record.ts';

/**
 * An object as it was parsed: nothing about its fields is known yet. From JSON and YAML a Secret's data
 * are base64, from protobuf bytes.
 */
export type Fields = Readonly<{ [field: string]: unknown }>;

export function isFields(value: unknown): value is Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** Metadata alone, from a whole object or from a PartialObjectMetadata. */
export function metaOf(kind: RecordKind, object: Fields): RecordMeta {
  const metadata = isFields(object.metadata) ? object.metadata : {};
  const text = (value: unknown) => (typeof value === 'string' ? value : undefined);
  const type = text(object.type);
  const uid = text(metadata.uid);
  const version = text(metadata.resourceVersion);
  return {
    kind,
    namespace: text(metadata.namespace) ?? '',
    key: text(metadata.name) ?? '',
    labels: texts(metadata.labels),
    ...(kind === 'Secret' && type !== undefined ? { type } : {}),
    ...(object.immutable === true ? { immutable: true } : {}),
    ...(uid === undefined ? {} : { uid }),
    ...(version === undefined ? {} : { resourceVersion: version }),
    ...(text(metadata.deletionTimestamp) === undefined ? {} : { leaving: true }),
    ...tiesOf(metadata),
  };
}

/** Most records have neither, and lists hold thousands. */
function tiesOf({
  ownerReferences,
  finalizers,
}: Fields): Pick<RecordMeta, 'owners' | 'finalizers'> {
  if (ownerReferences === undefined && finalizers === undefined) return {};
  const owners = Array.isArray(ownerReferences)
    ? ownerReferences.filter(isFields).map(({ kind, name }) => `${kind ?? '?'} ${name ?? '?'}`)
    : [];
  const waits = Array.isArray(finalizers)
    ? finalizers.filter((one): one is string => typeof one === 'string')
    : [];
  return {
    ...(owners.length > 0 && { owners }),
    ...(waits.length > 0 && { finalizers: waits }),
  };
}

/** A whole object as a record, or as a `BadRecord` with the reason. */
export function recordOf(kind: RecordKind, object: Fields): ReadRecord {
  const others = otherKeys(object);
  const meta = { ...metaOf(kind, object), ...(others.length > 0 && { otherData: others }) };
  const newer = newerFormat(meta);
  const release = releaseData(kind, object);
  if (newer || release.unreadable !== undefined) {
    const storedBytes = release.storedBytes ?? release.payload?.length;
    const unreadable = newer ?? release.unreadable ?? '';
    return { ...meta, unreadable, ...(storedBytes !== undefined && { storedBytes }) };
  }
  const metadata = isFields(object.metadata) ? object.metadata : {};
  const annotations = texts(metadata.annotations);
  return {
    ...meta,
    payload: release.payload,
    ...(Object.keys(annotations).length > 0 ? { annotations } : {}),
  };
}

/** Helm writes one key alone: `newSecretsObject`, `newConfigMapsObject` in pkg/storage/driver. */
function otherKeys({ data, stringData, binaryData }: Fields): string[] {
  const keys = [data, stringData, binaryData].flatMap((map) =>
    isFields(map) ? Object.keys(map) : [],
  );
  return [...new Set(keys)].filter((key) => key !== 'release');
}

type Release =
  | { readonly payload: string; readonly unreadable?: undefined; readonly storedBytes?: undefined }
  | { readonly payload?: undefined; readonly unreadable: string; readonly storedBytes?: number };

const noData: Release = { unreadable: 'it has no release data' };

/**
 * `stringData` exists in manifests only. An API server has it go before `data`; where the two differ, one of
 * them would be lost.
 */
function releaseData(kind: RecordKind, object: Fields): Release {
  const [data, stringData, binaryData] = ['data', 'stringData', 'binaryData'].map((field) => {
    const map = object[field];
    return isFields(map) ? map.release : undefined;
  });
  const [text, bytes, fields] =
    kind === 'ConfigMap'
      ? [data, binaryData, 'data and its binaryData']
      : [stringData, data, 'data and its stringData'];
  if (text === undefined) return fromBase64(bytes);
  const found = asPayload(text);
  if (bytes === undefined || bytes === null || fromBase64(bytes).payload === found.payload)
    return found;
  return { unreadable: `its ${fields} both have a release, and they differ` };
}

function asPayload(text: unknown): Release {
  if (typeof text !== 'string') return { unreadable: 'its release data is not a text' };
  if (text === '') return noData;
  // Helm's payload is base64 text. Anything beyond ASCII would not survive a move byte for byte.
  const storedBytes = Buffer.byteLength(text, 'utf8');
  if (storedBytes === text.length) return { payload: text };
  return { unreadable: 'its release data is not base64', storedBytes };
}

/** The layer of base64 that Kubernetes adds. Go takes line breaks in it, and nothing else. */
function fromBase64(encoded: unknown): Release {
  if (encoded === undefined || encoded === null || encoded === '') return noData;
  if (Buffer.isBuffer(encoded)) return asPayload(encoded.toString('latin1'));
  if (typeof encoded !== 'string') return { unreadable: 'its release data is not a text' };
  const bytes = Buffer.from(encoded, 'base64');
  // What decodes and encodes to itself is sound: ten times as fast as a pattern on so long a text.
  if (bytes.toString('base64') === encoded) return asPayload(bytes.toString('latin1'));
  // The last digit's spare bits may be set, as in Go. Anything else node would skip in silence.
  const text = encoded.replace(/[\r\n]+/g, '');
  if (text.length % 4 !== 0 || !/^[A-Za-z0-9+/]*={0,2}$/.test(text))
    return {
      unreadable: "the Secret's own base64 is broken",
      storedBytes: Buffer.byteLength(encoded),
    };
  return asPayload(Buffer.from(text, 'base64').toString('latin1'));
}

/** True for base64 as every encoder writes it. */
export function isBase64(text: string): boolean {
  return Buffer.from(text, 'base64').toString('base64') === text;
}

/** The texts of a mapping. Numbers stand in hand-written labels, and mean their digits. */
function texts(value: unknown): { readonly [name: string]: string } {
  if (!isFields(value)) return {};
  const entries = Object.entries(value);
  // What an API server sends is nothing else, and lists hold thousands.
  if (entries.every(isText)) return value as { readonly [name: string]: string };
  const known = entries.filter(([, entry]) => ['string', 'number'].includes(typeof entry));
  return Object.fromEntries(known.map(([name, entry]) => [name, String(entry)]));
}

function isText([, entry]: readonly [string, unknown]): boolean {
  return typeof entry === 'string';
}

/** The object that `kubectl apply -f` or a POST takes, in the order people read it in. */
export function objectOf(record: ReleaseRecord): Fields {
  const { kind, metadata, type, immutable, payload } = partsOf(record);
  return {
    apiVersion: 'v1',
    kind,
    metadata,
    ...(type !== undefined ? { type } : {}),
    ...(immutable && { immutable }),
    data: {
      release: kind === 'Secret' ? Buffer.from(payload, 'latin1').toString('base64') : payload,
    },
  };
}

/** The same object for an API server that takes protobuf. */
export function protobufOf(kind: ProtobufObject['kind'], record: ReleaseRecord): ProtobufObject {
  const { payload, ...object } = partsOf(record);
  const release = kind === 'Secret' ? Buffer.from(payload, 'latin1') : payload;
  return { ...object, kind, data: { release } };
}

function partsOf(record: ReleaseRecord) {
  const { kind, namespace, key, labels, annotations = {}, payload, immutable } = record;
  return {
    kind,
    metadata: {
      name: key,
      ...(namespace ? { namespace } : {}),
      labels,
      ...(Object.keys(annotations).length > 0 ? { annotations } : {}),
    },
    ...(kind === 'Secret' ? { type: secretTypeOf(record) } : {}),
    ...(immutable && { immutable }),
    payload,
  };
}
