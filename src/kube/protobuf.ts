/**
 * Kubernetes' protobuf, for what records are kept in: no base64 around a Secret's data, nothing to parse
 * in megabytes of it, and less work for the API server than JSON.
 * https://kubernetes.io/docs/reference/using-api/api-concepts/#protobuf-encoding
 *
 * The field numbers are those of k8s.io/api/core/v1 and k8s.io/apimachinery/pkg/apis/meta/v1
 * (generated.proto). Of an object's metadata only what a record needs is read, so nothing that came
 * through here may be sent back as the whole object.
 */
import { isAscii } from 'node:buffer';
import { ReleasesError } from '../errors.ts';
import type { RawResponse } from './transport.ts';

export const protobufType = 'application/vnd.kubernetes.protobuf';

/** What `call.accept` says to get it; a server that doesn't know it answers JSON. */
export const acceptProtobuf = `${protobufType},application/json`;

/** The wire type of bytes, text and messages. */
export const delimited = 2;

/** The same with everything but metadata left out, for lists and for the answer to a create. */
export const acceptMetadata = {
  list: partial('PartialObjectMetadataList'),
  object: partial('PartialObjectMetadata'),
} as const;

function partial(kind: string): string {
  const as = `as=${kind};v=v1;g=meta.k8s.io`;
  return `${protobufType};${as},application/json;${as},application/json`;
}

/** Begins every object on its own, before a runtime.Unknown. */
export const magic = Buffer.from('k8s\0');

/** Whether an answer is in protobuf, by its headers. */
export function isProtobuf({ headers }: Pick<RawResponse, 'headers'>): boolean {
  return headers['content-type']?.startsWith(protobufType) ?? false;
}

/**
 * An answer of the type `protobufType` in the shape of its JSON: a Secret, a ConfigMap, metadata alone,
 * a list of them, or a Status. A Secret's data are the bytes themselves, not their base64.
 * @throws ReleasesError API for anything else
 */
export function decodeProtobuf(body: Buffer): unknown {
  if (!body.subarray(0, magic.length).equals(magic)) throw damaged();
  let kind = '';
  let raw: Buffer = Buffer.alloc(0);
  read(body.subarray(magic.length), {
    1: (typeMeta) => read(typeMeta, { 2: (value) => (kind = text(value)) }),
    2: (value) => (raw = value),
  });
  if (kind === 'Status') return readStatus(raw);
  const item = items.get(kind.replace(/List$/, ''));
  if (!item) throw damaged();
  return kind.endsWith('List') ? readList(kind, raw, item) : { kind, ...item(raw) };
}

type ReadItem = (message: Buffer) => object;

const items: ReadonlyMap<string, ReadItem> = new Map<string, ReadItem>([
  ['PartialObjectMetadata', (message) => readObject(message, {})],
  ['Secret', (message) => readObject(message, { bytes: 2, type: 3 })],
  ['ConfigMap', (message) => readObject(message, { texts: 2, bytes: 3 })],
]);

function readList(kind: string, message: Buffer, item: ReadItem): object {
  const found: object[] = [];
  let next = '';
  read(message, {
    1: (metadata) => read(metadata, { 3: (value) => (next = text(value)) }),
    2: (value) => found.push(item(value)),
  });
  return { kind, metadata: next === '' ? {} : { continue: next }, items: found };
}

/** @param at the numbers of the fields that differ from kind to kind */
function readObject(
  message: Buffer,
  at: { readonly texts?: number; readonly bytes?: number; readonly type?: number },
): object {
  const object: { [field: string]: unknown } = {};
  const [texts, bytes]: [[string, string][], [string, Buffer][]] = [[], []];
  read(message, {
    1: (value) => (object.metadata = readMetadata(value)),
    ...(at.texts && { [at.texts]: (value: Buffer) => texts.push(readEntry(value, text)) }),
    ...(at.bytes && { [at.bytes]: (value: Buffer) => bytes.push(readEntry(value, (it) => it)) }),
    ...(at.type && { [at.type]: (value: Buffer) => (object.type = text(value)) }),
  });
  // Without it, this is no object that a server keeps.
  if (object.metadata === undefined) throw damaged();
  if (texts.length > 0) object.data = Object.fromEntries(texts);
  if (bytes.length > 0) object[at.texts ? 'binaryData' : 'data'] = Object.fromEntries(bytes);
  return object;
}

/** Go writes fields without a value too; JSON leaves them out. */
function readMetadata(message: Buffer): object {
  const metadata: { [field: string]: unknown } = {};
  const put = (name: string) => (value: Buffer) => {
    if (value.length > 0) metadata[name] = text(value);
  };
  const [labels, annotations]: [[string, string][], [string, string][]] = [[], []];
  read(message, {
    1: put('name'),
    3: put('namespace'),
    5: put('uid'),
    6: put('resourceVersion'),
    9: (value) => (metadata.deletionTimestamp = readTime(value)),
    11: (value) => labels.push(readEntry(value, text)),
    12: (value) => annotations.push(readEntry(value, text)),
  });
  if (metadata.name === undefined) throw damaged();
  if (labels.length > 0) metadata.labels = Object.fromEntries(labels);
  if (annotations.length > 0) metadata.annotations = Object.fromEntries(annotations);
  return metadata;
}

/** The parts of a metav1.Status that an error is made of. */
function readStatus(message: Buffer): object {
  const status: { [field: string]: unknown } = { kind: 'Status' };
  read(message, {
    1: (metadata) =>
      read(metadata, { 3: (value) => (status.metadata = { continue: text(value) }) }),
    3: (value) => (status.message = text(value)),
    4: (value) => (status.reason = text(value)),
    5: (value) => (status.details = readDetails(value)),
  });
  return status;
}

function readDetails(message: Buffer): object {
  const causes: object[] = [];
  const details: { [field: string]: unknown } = { causes };
  read(message, {
    1: (value) => (details.name = text(value)),
    3: (value) => (details.kind = text(value)),
    4: (value) => {
      const cause: { [field: string]: unknown } = {};
      read(value, {
        1: (reason) => (cause.reason = text(reason)),
        3: (name) => (cause.field = text(name)),
      });
      causes.push(cause);
    },
  });
  return details;
}

function readEntry<V>(entry: Buffer, as: (value: Buffer) => V): [string, V] {
  let key = '';
  let value = as(Buffer.alloc(0));
  read(entry, { 1: (found) => (key = text(found)), 2: (found) => (value = as(found)) });
  return [key, value];
}

/** RFC 3339 in whole seconds, as JSON has it. */
function readTime(message: Buffer): string {
  let seconds = 0;
  readFields(message, (number, value) => {
    if (number === 1 && typeof value === 'number') seconds = value;
  });
  const time = new Date(seconds * 1000);
  if (Number.isNaN(time.getTime())) throw damaged();
  return `${time.toISOString().slice(0, -5)}Z`;
}

/** What isn't UTF-8 is replaced, as the API server does in JSON. Most is ASCII, where that is quicker. */
function text(bytes: Buffer): string {
  return isAscii(bytes) ? bytes.toString('latin1') : bytes.toString('utf8');
}

type Readers = { readonly [number: number]: (value: Buffer) => unknown };

/** Hands a message's fields of bytes to their readers; other fields, and other kinds, are passed over. */
function read(message: Buffer, readers: Readers): void {
  readFields(message, (number, value) => {
    if (typeof value !== 'number') readers[number]?.(value);
  });
}

/**
 * Every field in turn: bytes as they lie in the message, a number as far as a double holds it. Lengths
 * are checked, so that nothing outside the message is ever read.
 */
function readFields(
  message: Buffer,
  visit: (number: number, value: Buffer | number) => void,
): void {
  let at = 0;
  const integer = (): number => {
    let value = 0;
    for (let factor = 1, byte = 0x80; byte >= 0x80; factor *= 0x80) {
      byte = message[at++] ?? Number.NaN;
      // At most ten bytes; one that isn't there is no number, and ends the loop.
      if (Number.isNaN(byte) || factor > 2 ** 63) throw damaged();
      value += (byte & 0x7f) * factor;
    }
    return value;
  };
  const skip = (length: number): number => {
    const from = at;
    if (length > message.length - at) throw damaged();
    at += length;
    return from;
  };
  while (at < message.length) {
    const tag = integer();
    const [number, wireType] = [Math.floor(tag / 8), tag % 8];
    if (number === 0) throw damaged();
    if (wireType === 0) visit(number, integer());
    else if (wireType === 1) skip(8);
    else if (wireType === 5) skip(4);
    else if (wireType === delimited) {
      const from = skip(integer());
      visit(number, message.subarray(from, at));
    } else throw damaged();
  }
}

function damaged(): ReleasesError {
  return new ReleasesError('API', "the answer of the API server is not Kubernetes' protobuf", {
    hints: ['check --server: is it a Kubernetes API server, or something before it?'],
  });
}
