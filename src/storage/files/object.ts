/**
 * Whether an object from a file is a record: yes, no, or it must have been one before something
 * happened to the file. Nothing that was Helm's is passed over in silence, and nothing that never
 * was makes noise.
 */
import { printable } from '../../errors.ts';
import { helm3KeyPrefix, type ReadRecord, type RecordKind, type RecordMeta } from '../../record.ts';
import { type Fields, isFields, metaOf, recordOf } from '../objects.ts';
import { isNamespace } from './damaged.ts';

/** @returns a record, undefined for an object that isn't one, or why an object may have been one */
export function recordIn(object: Fields): ReadRecord | string | undefined {
  const { kind, apiVersion } = object;
  // Another API's object, even where it's called Secret or holds one.
  if (typeof apiVersion === 'string' && apiVersion.includes('/')) return undefined;
  const ours: RecordKind = kind === 'ConfigMap' || kind === 'Secret' ? kind : likelyKind(object);
  const { leaving: _, ...meta } = metaOf(ours, object);
  const hasData = ['data', 'stringData', 'binaryData'].some((field) => {
    const map = object[field];
    return isFields(map) && map.release !== undefined;
  });
  // A file that was cut off can still be sound YAML, short of what came after the payload.
  if (hasData && meta.key === '') return 'it has release data and no name: perhaps it was cut off';
  if (kind !== ours || (apiVersion !== undefined && apiVersion !== 'v1'))
    return isLikely(meta, hasData) ? { ...meta, unreadable: wrongType(kind) } : undefined;
  if (!isHelms(ours, meta, hasData)) return undefined;
  if (meta.key === '') return 'it is a record without a name';
  const unreadable = oddity(ours, object);
  return unreadable === undefined ? asWritten(recordOf(ours, object)) : { ...meta, unreadable };
}

/** A server was deleting it when it was written down: its file stays. */
function asWritten({ leaving: _, ...record }: ReadRecord): ReadRecord {
  return record;
}

/** By labels, by type, or by key and data: people strip labels, and generators rename objects. */
function isHelms(kind: RecordKind, { labels, type, key }: RecordMeta, hasData: boolean): boolean {
  if (labels.owner === 'helm' || labels.OWNER === 'TILLER') return true;
  // Nothing else is called so; what comes after its name may have been cut off.
  if (key.startsWith(helm3KeyPrefix)) return true;
  if (kind === 'Secret' && type?.startsWith('helm.sh/release.')) return true;
  return hasData && /\.v[0-9]+$/.test(key);
}

/** Only Secrets have a type. */
function likelyKind(object: Fields): RecordKind {
  return typeof object.type === 'string' ? 'Secret' : 'ConfigMap';
}

/** Two marks of a record at least: any object may have an `owner` label, or a name that ends in `.v1`. */
function isLikely({ labels, type, key }: RecordMeta, hasData: boolean): boolean {
  const marks = [
    labels.owner === 'helm' || labels.OWNER === 'TILLER',
    type?.startsWith('helm.sh/release.'),
    key.startsWith(helm3KeyPrefix) || /\.v[0-9]+$/.test(key),
    hasData,
  ];
  return marks.filter(Boolean).length >= 2;
}

function wrongType(kind: unknown): string {
  if (kind === undefined) return 'it has no kind, and looks like a record';
  if (kind === 'Secret' || kind === 'ConfigMap')
    return 'unknown record type: its apiVersion is not v1';
  const name = typeof kind === 'string' ? ` ${printable(kind, 60)}` : '';
  return `unknown record type: Helm keeps no records in the kind${name}`;
}

/** What a Secret and a ConfigMap have. https://kubernetes.io/docs/reference/kubernetes-api/config-and-storage-resources/ */
const objectFields = ['apiVersion', 'kind', 'metadata', 'data', 'immutable'];
const ownFields = { Secret: ['stringData', 'type'], ConfigMap: ['binaryData'], SQL: [] };
/** ObjectMeta, with the fields that servers of Helm 2's days still had. */
const metadataFields = [
  ...['name', 'generateName', 'namespace', 'selfLink', 'uid', 'resourceVersion', 'generation'],
  ...['creationTimestamp', 'deletionTimestamp', 'deletionGracePeriodSeconds', 'labels'],
  ...['annotations', 'ownerReferences', 'finalizers', 'managedFields', 'clusterName'],
  'initializers',
];

/**
 * What no API server would have accepted, so that the text isn't what one wrote. A field with a
 * letter changed would otherwise count as absent, and a record move to another namespace by it.
 */
function oddity(kind: RecordKind, object: Fields): string | undefined {
  const known = [...objectFields, ...ownFields[kind]];
  if (!Object.keys(object).every((field) => known.includes(field)))
    return `it has a field that no ${kind} has`;
  const metadata = isFields(object.metadata) ? object.metadata : {};
  if (!Object.keys(metadata).every((field) => metadataFields.includes(field)))
    return 'its metadata has a field that Kubernetes does not know';
  const { namespace, selfLink } = metadata;
  if (namespace !== undefined && !isNamespace(namespace))
    return 'its namespace is not one that Kubernetes could have';
  if (differsByOne(namespace, selfLink))
    return 'its namespace and its selfLink differ in one character: one of them is damaged';
  // Its name isn't checked here: for a release to be read, name, labels and content must agree.
  return undefined;
}

/**
 * Servers before Kubernetes 1.20, so all of Helm 2's time, say an object's namespace once more in its
 * selfLink. Whoever moved a dump to another namespace by hand may have left the old one there.
 */
function differsByOne(namespace: unknown, selfLink: unknown): boolean {
  const linked = /^\/api\/v1\/namespaces\/([^/]+)\//.exec(String(selfLink))?.[1];
  if (typeof namespace !== 'string' || linked?.length !== namespace.length) return false;
  return [...linked].filter((c, i) => c !== namespace[i]).length === 1;
}
