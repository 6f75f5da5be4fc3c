/**
 * Kubernetes' protobuf, for what records are kept in: no base64 around a Secret's data, nothing to parse
 * in megabytes of it, and less work for the API server than JSON.
 * https://kubernetes.io/docs/reference/using-api/api-concepts/#protobuf-encoding
 *
 * The field numbers are those of k8s.io/api/core/v1 and k8s.io/apimachinery/pkg/apis/meta/v1
 * (generated.proto). Of an object's metadata only what a record needs is read, so nothing that came
 * through here may be sent back as the whole object.
 */

import { ReleasesError } from '../errors.ts';
import { checkServer } from './hints.ts';
import type { RawResponse } from './transport.ts';
import type { KubeMetadata, KubeObject } from './types.ts';

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
    1: (typeMeta) => (kind = readKind(typeMeta)),
    2: (value) => (raw = value),
  });
  if (kind === 'Status') return readStatus(raw);
  const list = itemsOf(kind);
  if (list) return readList(kind, raw, list);
  const item = items.get(kind);
  if (!item) throw damaged();
  return { kind, ...item(raw) };
}

/** From a runtime.TypeMeta. */
export function readKind(typeMeta: Buffer): string {
  let kind = '';
  read(typeMeta, { 2: (value) => (kind = text(value)) });
  return kind;
}

/** An item of a list, or an object alone, without the envelope. @throws ReleasesError API */
export type ReadItem = (message: Buffer) => KubeObject;

const items: ReadonlyMap<string, ReadItem> = new Map<string, ReadItem>([
  ['PartialObjectMetadata', (message) => readObject(message, {})],
  ['Secret', (message) => readObject(message, { bytes: 2, type: 3, immutable: 5 })],
  ['ConfigMap', (message) => readObject(message, { texts: 2, bytes: 3, immutable: 4 })],
]);

/** @returns undefined for what isn't a list, or is one of other objects */
export function itemsOf(kind: string): ReadItem | undefined {
  return kind.endsWith('List') ? items.get(kind.slice(0, -4)) : undefined;
}

function readList(kind: string, message: Buffer, item: ReadItem): object {
  const found: object[] = [];
  let metadata = {};
  read(message, {
    1: (value) => {
      const { next, version } = readListMetadata(value);
      metadata = {
        ...(next === '' ? {} : { continue: next }),
        ...(version === '' ? {} : { resourceVersion: version }),
      };
    },
    2: (value) => found.push(item(value)),
  });
  return { kind, metadata, items: found };
}

/** What a list says of itself. */
export interface ListMetadata {
  /** The token of the next page; empty on the last one. */
  readonly next: string;
  /** Its resourceVersion: the snapshot that it is of. */
  readonly version: string;
}

export function readListMetadata(message: Buffer): ListMetadata {
  let [next, version] = ['', ''];
  read(message, {
    2: (value) => (version = text(value)),
    3: (value) => (next = text(value)),
  });
  return { next, version };
}

/** @param at the numbers of the fields that differ from kind to kind */
function readObject(
  message: Buffer,
  at: { readonly [field in 'texts' | 'bytes' | 'type' | 'immutable']?: number },
): KubeObject {
  let metadata: KubeMetadata | undefined;
  const fields: { [field: string]: unknown } = {};
  const [texts, bytes]: [[string, string][], [string, Buffer][]] = [[], []];
  const visit = (number: number, from: number, to: number) => {
    if (number === 1) metadata = readMetadata(message, from, to);
    else if (number === at.texts) texts.push(readEntry(message, from, to, text));
    else if (number === at.bytes) bytes.push(readEntry(message, from, to, part));
    else if (number === at.type) fields.type = text(message, from, to);
  };
  eachField(message, 0, message.length, visit, (number, value) => {
    if (number === at.immutable) fields.immutable = value !== 0;
  });
  // Without it, this is no object that a server keeps.
  if (metadata === undefined) throw damaged();
  if (texts.length > 0) fields.data = Object.fromEntries(texts);
  if (bytes.length > 0) fields[at.texts ? 'binaryData' : 'data'] = Object.fromEntries(bytes);
  return { ...fields, metadata };
}

const metadataFields: Readonly<{ [number: number]: string }> = {
  ...{ 1: 'name', 3: 'namespace', 5: 'uid', 6: 'resourceVersion' },
};

/** Go writes fields without a value too; JSON leaves them out. */
function readMetadata(message: Buffer, start: number, end: number): KubeMetadata {
  const metadata: { [field: string]: unknown } = {};
  const [labels, annotations]: [[string, string][], [string, string][]] = [[], []];
  const [owners, finalizers]: [object[], string[]] = [[], []];
  eachField(message, start, end, (number, from, to) => {
    const name = metadataFields[number];
    if (name !== undefined) {
      if (to > from) metadata[name] = text(message, from, to);
    } else if (number === 9) metadata.deletionTimestamp = readTime(message, from, to);
    else if (number === 11) labels.push(readEntry(message, from, to, text));
    else if (number === 12) annotations.push(readEntry(message, from, to, text));
    else if (number === 13) owners.push(readOwner(message.subarray(from, to)));
    else if (number === 14) finalizers.push(text(message, from, to));
  });
  const { name } = metadata;
  if (typeof name !== 'string') throw damaged();
  if (labels.length > 0) metadata.labels = Object.fromEntries(labels);
  if (annotations.length > 0) metadata.annotations = Object.fromEntries(annotations);
  if (owners.length > 0) metadata.ownerReferences = owners;
  if (finalizers.length > 0) metadata.finalizers = finalizers;
  return { ...metadata, name };
}

/** Of a metav1.OwnerReference, what a person knows it by. */
function readOwner(message: Buffer): object {
  const owner: { [field: string]: string } = {};
  read(message, {
    1: (kind) => (owner.kind = text(kind)),
    3: (name) => (owner.name = text(name)),
  });
  return owner;
}

/** The parts of a metav1.Status that an error is made of. */
function readStatus(message: Buffer): object {
  const status: { [field: string]: unknown } = { kind: 'Status' };
  read(message, {
    1: (metadata) => (status.metadata = { continue: readListMetadata(metadata).next }),
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

function readEntry<V>(
  message: Buffer,
  start: number,
  end: number,
  as: (message: Buffer, from: number, to: number) => V,
): [string, V] {
  let key = '';
  let value = as(message, start, start);
  eachField(message, start, end, (number, from, to) => {
    if (number === 1) key = text(message, from, to);
    else if (number === 2) value = as(message, from, to);
  });
  return [key, value];
}

/** RFC 3339 in whole seconds, as JSON has it. */
function readTime(message: Buffer, start: number, end: number): string {
  let seconds = 0;
  const ignore = () => {};
  eachField(message, start, end, ignore, (number, value) => {
    if (number === 1) seconds = value;
  });
  const time = new Date(seconds * 1000);
  if (Number.isNaN(time.getTime())) throw damaged();
  return `${time.toISOString().slice(0, -5)}Z`;
}

/** What isn't UTF-8 is replaced, as the API server does in JSON. */
function text(message: Buffer, from = 0, to = message.length): string {
  return message.toString('utf8', from, to);
}

function part(message: Buffer, from: number, to: number): Buffer {
  return message.subarray(from, to);
}

type Readers = { readonly [number: number]: (value: Buffer) => unknown };

/** Hands a message's fields of bytes to their readers; other fields, and other kinds, are passed over. */
function read(message: Buffer, readers: Readers): void {
  eachField(message, 0, message.length, (number, from, to) => {
    readers[number]?.(message.subarray(from, to));
  });
}

/**
 * Every field of bytes between two places, by where it lies, and, for whoever asks, every integer as far
 * as a double holds it; other fields are passed over. Lengths are checked, so that nothing outside is
 * ever read. Lists hold fields by the hundred thousand: this makes no object for any of them.
 */
function eachField(
  message: Buffer,
  start: number,
  end: number,
  bytes: (number: number, from: number, to: number) => void,
  integers?: (number: number, value: number) => void,
): void {
  for (let at = start; at < end; ) {
    const tag = integerAt(message, at);
    at = afterInteger(message, at);
    const [number, wireType] = [Math.floor(tag / 8), tag % 8];
    if (number === 0) throw damaged();
    let from = at;
    if (wireType === 0) {
      integers?.(number, integerAt(message, at));
      at = afterInteger(message, at);
    } else if (wireType === 1) at += 8;
    else if (wireType === 5) at += 4;
    else if (wireType === delimited) {
      from = afterInteger(message, at);
      at = from + integerAt(message, at);
    } else throw damaged();
    if (at > end) throw damaged();
    if (wireType === delimited) bytes(number, from, at);
  }
}

/** The varint that begins there. */
export function integerAt(message: Buffer, at: number): number {
  let byte = message[at] ?? 0;
  let value = byte & 0x7f;
  for (let factor = 0x80, next = at + 1; byte >= 0x80; factor *= 0x80, next++) {
    byte = message[next] ?? 0;
    value += (byte & 0x7f) * factor;
  }
  return value;
}

/** Where the varint ends that begins there. */
export function afterInteger(message: Buffer, at: number): number {
  let end = at;
  while ((message[end] ?? 0) >= 0x80) end += 1;
  // At most ten bytes, and the last of them has to be there.
  if (end - at >= 10 || end >= message.length) throw damaged();
  return end + 1;
}

export function damaged(): ReleasesError {
  return new ReleasesError('API', "the answer of the API server is not Kubernetes' protobuf", {
    hints: [checkServer()],
  });
}
