/**
 * Protobuf messages by table, on protobufjs' reader and writer.
 *
 * protobufjs' own generated decoders would do but for three things that matter here: what they
 * don't know must be carried, not dropped; text that isn't UTF-8 must be refused, as Go refuses it;
 * and a subchart inside a subchart must stop at a depth, not at the end of the stack.
 */
import protobuf from 'protobufjs/minimal.js';
import { UnreadableError } from '../../errors.ts';

type Reader = protobuf.Reader;
type Writer = protobuf.Writer;

/** How deep messages may nest: subcharts of subcharts, in practice. */
const maxDepth = 100;
/** Fields of all messages together: an empty message is two bytes, and a hundred once it is read. */
export const maxFields = 300_000;

/** Where in a message reading is, and how much of it is read already. */
export interface Place {
  readonly depth: number;
  readonly read: { fields: number };
}

/** One field: its number, how its value is read, merged into what is there already, and written. */
export interface Field<V> {
  readonly number: number;
  /** Wire types it accepts; anything else under its number counts as unknown, as in Go. */
  readonly wireTypes: readonly number[];
  /** What a delimited value consists of, where that is a message or a packed list. */
  readonly parts?: (() => MessageType<unknown>) | 'numbers';
  read(reader: Reader, wireType: number, before: V | undefined, place: Place): V;
  /** Writes tag and value; a proto3 zero value writes nothing. */
  write(writer: Writer, value: V): void;
}

/** Every field may be absent. `unknown` holds whole fields, tags included, in the order found. */
export type Message<T> = { -readonly [K in keyof T]?: T[K] | undefined } & {
  unknown?: UnknownFields;
};

export interface UnknownFields {
  readonly protobuf: Uint8Array;
  readonly fields: readonly number[];
}

/** A message type: its fields by the names they have in Helm's .proto files, in number order. */
export type MessageType<T> = { readonly [K in keyof T]: Field<T[K]> };

const [varint, delimited] = [0, 2];

export const string = (number: number): Field<string> => ({
  number,
  wireTypes: [delimited],
  read: (reader) => reader.stringVerify(),
  write: (writer, value) => value !== '' && tag(writer, number, delimited).string(value),
});

/** A key or a value of a map entry: Go writes both in full, empty or not. */
export const entryString = (number: number): Field<string> => ({
  ...string(number),
  write: (writer, value) => tag(writer, number, delimited).string(value),
});

export const bytes = (number: number): Field<Uint8Array> => ({
  number,
  wireTypes: [delimited],
  read: (reader) => reader.bytes(),
  write: (writer, value) => value.length > 0 && tag(writer, number, delimited).bytes(value),
});

export const int32 = (number: number): Field<number> => ({
  number,
  wireTypes: [varint],
  read: (reader) => reader.int32(),
  write: (writer, value) => value !== 0 && tag(writer, number, varint).int32(value),
});

export const int64 = (number: number): Field<bigint> => ({
  number,
  wireTypes: [varint],
  read: (reader) => BigInt(reader.int64().toString()),
  write: (writer, value) => value !== 0n && tag(writer, number, varint).int64(String(value)),
});

export const bool = (number: number): Field<boolean> => ({
  number,
  wireTypes: [varint],
  read: (reader) => reader.bool(),
  write: (writer, value) => value && tag(writer, number, varint).bool(value),
});

/** A repeated enum: packed by Go, but either form is read. */
export const enums = (number: number): Field<number[]> => ({
  number,
  wireTypes: [varint, delimited],
  parts: 'numbers',
  read(reader, wireType, before = []) {
    if (wireType === varint) before.push(reader.int32());
    else reader.int32s(before);
    return before;
  },
  write: (writer, value) => value.length > 0 && tag(writer, number, delimited).int32s(value),
});

export const strings = (number: number): Field<string[]> => ({
  number,
  wireTypes: [delimited],
  read(reader, _wireType, before = []) {
    before.push(reader.stringVerify());
    return before;
  },
  write(writer, value) {
    for (const item of value) tag(writer, number, delimited).string(item);
  },
});

/** A message; `type` is a function because Chart contains Chart. */
export const message = <T>(number: number, type: () => MessageType<T>): Field<Message<T>> => ({
  number,
  wireTypes: [delimited],
  parts: type,
  // A message met twice is merged, field by field: the protobuf encoding guide, "Last One Wins".
  read: (reader, _wireType, before = {}, place) =>
    readInto(before, type(), reader.bytes(), inside(place)),
  write(writer, value) {
    writeInto(tag(writer, number, delimited).fork(), type(), value).ldelim();
  },
});

export const messages = <T>(number: number, type: () => MessageType<T>): Field<Message<T>[]> => ({
  number,
  wireTypes: [delimited],
  parts: type,
  read(reader, _wireType, before = [], place) {
    before.push(readInto({}, type(), reader.bytes(), inside(place)));
    return before;
  },
  write(writer, value) {
    for (const item of value) message(number, type).write(writer, item);
  },
});

/** So many different ones are remembered: charts of a whole cluster's releases, in most of them. */
const recentCount = 64;

/**
 * A message that comes again in record after record: equal bytes give the very same object, so that
 * what is made of it once can be kept with it. A release's revisions mostly have the same chart.
 */
export const recurring = <T>(number: number, type: () => MessageType<T>): Field<Message<T>> => {
  const recent: Message<T>[] = [];
  const dataOf = new WeakMap<Message<T>, Uint8Array>();
  return {
    ...message(number, type),
    read(reader, _wireType, before, place) {
      const part = reader.bytes();
      // Merging two messages is reading both as one; an object that was handed out stays as it is.
      const first = before && (dataOf.get(before) ?? new Uint8Array());
      // Each one more copies and reads all of them again.
      if (first) count(place.read, (first.length + part.length) >> 6);
      const data = first ? Buffer.concat([first, part]) : part;
      const known = recent.find((value) => {
        const other = dataOf.get(value);
        return other?.length === data.length && Buffer.compare(other, data) === 0;
      });
      if (known) return known;
      const value = readInto({}, type(), data, inside(place));
      dataOf.set(value, data);
      recent.unshift(value);
      recent.length = Math.min(recent.length, recentCount);
      return value;
    },
  };
};

/** @throws UnreadableError */
export function decodeMessage<T>(type: MessageType<T>, data: Uint8Array): Message<T> {
  try {
    const read = { fields: 0 };
    scan(protobuf.Reader.create(data), data.length, type, { depth: 0, read });
    return readInto({}, type, data, { depth: 0, read });
  } catch (error) {
    if (error instanceof UnreadableError) throw error;
    // protobufjs' own messages speak of offsets and buffers, and say nothing to a user.
    throw new UnreadableError('it is not a Helm 2 release: its protobuf is damaged');
  }
}

export function encodeMessage<T>(type: MessageType<T>, value: Message<T>): Uint8Array {
  return writeInto(protobuf.Writer.create(), type, value).finish();
}

/**
 * Counts the fields and the levels up to `end`, and keeps nothing: what is too much is known before
 * anything is built.
 */
function scan(reader: Reader, end: number, type: MessageType<unknown>, place: Place): void {
  if (place.depth > maxDepth)
    throw new UnreadableError(`its charts nest deeper than ${maxDepth} levels`);
  const byNumber = fieldsByNumber(type);
  while (reader.pos < end) {
    count(place.read, 1);
    const key = reader.tag();
    const [number, wireType] = [key >>> 3, key & 7];
    const parts = wireType === delimited ? byNumber.get(number)?.field.parts : undefined;
    if (parts === undefined) reader.skipType(wireType, 0, number);
    else {
      const length = reader.uint32();
      const to = reader.pos + length;
      if (parts === 'numbers') {
        // Each takes a byte at least.
        count(place.read, length);
        reader.skip(length);
      } else scan(reader, to, parts(), inside(place));
      if (reader.pos !== to) throw new RangeError('a message ends inside of a field');
    }
  }
}

function readInto<T>(
  target: Message<T>,
  type: MessageType<T>,
  data: Uint8Array,
  place: Place,
): Message<T> {
  const byNumber = fieldsByNumber(type);
  const reader = protobuf.Reader.create(data);
  const unknown: { from: number; to: number; field: number }[] = [];
  while (reader.pos < reader.len) {
    const from = reader.pos;
    const key = reader.tag();
    const [number, wireType] = [key >>> 3, key & 7];
    const known = byNumber.get(number);
    const valueFrom = reader.pos;
    if (known?.field.wireTypes.includes(wireType)) {
      const { name, field } = known;
      target[name] = field.read(reader, wireType, target[name] as T[keyof T], place) as never;
    } else {
      reader.skipType(wireType, 0, number);
      unknown.push({ from, to: reader.pos, field: number });
    }
    // Ten bytes hold 70 bits; Go calls more than 64 an overflow, protobufjs drops the rest.
    if (wireType === varint && reader.pos - valueFrom === 10 && (data[reader.pos - 1] ?? 0) > 1)
      throw new UnreadableError('it is not a Helm 2 release: its protobuf is damaged');
  }
  if (unknown.length > 0) {
    const before = target.unknown;
    if (before) count(place.read, before.fields.length + (before.protobuf.length >> 6));
    target.unknown = {
      protobuf: Buffer.concat([
        before?.protobuf ?? new Uint8Array(),
        ...unknown.map(({ from, to }) => data.subarray(from, to)),
      ]),
      fields: [...(before?.fields ?? []), ...unknown.map(({ field }) => field)],
    };
  }
  return target;
}

function inside({ depth, read }: Place): Place {
  return { depth: depth + 1, read };
}

/** @throws UnreadableError */
function count(read: Place['read'], fields: number): void {
  read.fields += fields;
  if (read.fields > maxFields) throw new UnreadableError(`it holds more than ${maxFields} values`);
}

function writeInto<T>(writer: Writer, type: MessageType<T>, value: Message<T>): Writer {
  for (const { name, field } of fieldsByNumber(type).values()) {
    const present = value[name];
    if (present !== undefined) field.write(writer, present as T[keyof T]);
  }
  if (value.unknown) writer.raw(value.unknown.protobuf);
  return writer;
}

type Named<T> = { readonly name: keyof T; readonly field: Field<T[keyof T]> };
const tables = new WeakMap<object, Map<number, Named<unknown>>>();

function fieldsByNumber<T>(type: MessageType<T>): Map<number, Named<T>> {
  let table = tables.get(type) as Map<number, Named<T>> | undefined;
  if (!table) {
    const named = (Object.keys(type) as (keyof T)[]).map((name) => ({ name, field: type[name] }));
    table = new Map(named.map((entry) => [entry.field.number, entry as Named<T>]));
    tables.set(type, table as Map<number, Named<unknown>>);
  }
  return table;
}

function tag(writer: Writer, number: number, wireType: number): Writer {
  return writer.uint32((number << 3) | wireType);
}
