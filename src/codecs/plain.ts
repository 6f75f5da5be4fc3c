/**
 * A release as plain JSON that a person can read and change, and back without losing anything: bytes
 * that are text are that text, other bytes are `{base64: …}`, and what the model tells apart (absent,
 * null, empty) stays apart.
 */
import { ReleasesError } from '../errors.ts';
import { isList, isObject } from '../go/json/write.ts';
import { type Json, JsonNumber, type JsonObject } from '../json.ts';
import type { Release } from '../release.ts';

/** Members of the model that hold bytes, wherever they stand. */
const bytes = new Set(['data', 'schema', 'protobuf']);
/** Members whose content is somebody's own: nothing in it is a member of the model. */
const opaque = new Set(['json', 'parsed', 'annotations', 'importValues', 'resources']);
/** Helm 2: seconds, 64 bits wide. */
const wide = 'deleteTimeout';

export function toPlain(release: Release): JsonObject {
  return plain(release, '') as JsonObject;
}

function plain(value: unknown, name: string): Json {
  if (value instanceof Uint8Array) return plainBytes(value);
  if (typeof value === 'bigint') return String(value);
  if (typeof value !== 'object' || value === null || opaque.has(name)) return value as Json;
  if (Array.isArray(value)) return value.map((item) => plain(item, ''));
  return Object.fromEntries(
    Object.entries(value).flatMap(([key, item]) =>
      item === undefined ? [] : [[key, plain(item, key)]],
    ),
  );
}

function plainBytes(data: Uint8Array): Json {
  const buffer = Buffer.from(data.buffer, data.byteOffset, data.byteLength);
  const text = buffer.toString('utf8');
  // What decodes and encodes to itself is text. Zeros and the like are nothing to read.
  const isText = Buffer.from(text, 'utf8').equals(buffer) && !text.includes('\0');
  return isText ? text : { base64: buffer.toString('base64') };
}

/**
 * The inverse of `toPlain`. Nothing is checked but what bytes and wide numbers need: encode the result,
 * decode it again, and compare.
 * @throws ReleasesError USAGE
 */
export function fromPlain(json: JsonObject): Release {
  return model(json, '') as Release;
}

function model(value: Json, name: string): unknown {
  if (bytes.has(name) && value !== null) return modelBytes(value, name);
  if (name === wide) return modelWide(value);
  // The model's own numbers are plain ones; what is lost of this one the caller's comparison tells.
  if (value instanceof JsonNumber && !opaque.has(name)) return value.float;
  if (typeof value !== 'object' || value === null || opaque.has(name)) return value;
  if (isList(value)) return value.map((item) => model(item, ''));
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, model(item, key)]));
}

function modelBytes(value: Json, name: string): Uint8Array {
  if (typeof value === 'string') return Buffer.from(value, 'utf8');
  const { base64 } = isObject(value) ? value : {};
  if (typeof base64 !== 'string' || !/^[A-Za-z0-9+/]*={0,2}$/.test(base64))
    throw new ReleasesError('USAGE', `a ${name} is neither text nor {base64: …}`);
  return Buffer.from(base64, 'base64');
}

function modelWide(value: Json): bigint {
  if (typeof value !== 'string' || !/^-?[0-9]{1,20}$/.test(value))
    throw new ReleasesError('USAGE', `a ${wide} is no whole number in quotes`);
  return BigInt(value);
}
