/**
 * JSON as Go's encoding/json writes it, so that a record we write equals, byte for byte, the one
 * Helm would have written: map keys sorted by their bytes, `<`, `>`, `&`, U+2028 and U+2029 escaped
 * (json.Marshal's HTML escaping), floats in the shortest form with `e` outside 1e-6 … 1e21.
 */
import { UnreadableError } from '../errors.ts';
import type { Json, JsonObject } from '../release.ts';

/** How deep values may nest. Go refuses at 10,000; no chart comes near either. */
export const maxDepth = 1000;

const escapes: { readonly [char: string]: string } = {
  '<': '\\u003c',
  '>': '\\u003e',
  '&': '\\u0026',
  '\u2028': '\\u2028',
  '\u2029': '\\u2029',
};

/** A string with its quotes. Lone surrogates become U+FFFD, as when Go reads them. */
export function goString(text: string): string {
  return JSON.stringify(text.toWellFormed()).replace(
    /[<>&\u2028\u2029]/g,
    (char) => escapes[char] ?? char,
  );
}

/** @throws UnreadableError for what JSON can't hold (Go: `unsupported value`) */
export function goNumber(value: number): string {
  if (!Number.isFinite(value)) throw new UnreadableError('a number is too large for JSON');
  // JavaScript and Go agree on the shortest digits and on where exponents begin; not on -0.
  return Object.is(value, -0) ? '-0' : String(value);
}

/** Any JSON value; objects with sorted keys, like a Go map. */
export function goJson(value: Json, depth = 0): string {
  if (depth > maxDepth) throw new UnreadableError(`values nest deeper than ${maxDepth} levels`);
  if (value === null) return 'null';
  if (typeof value === 'string') return goString(value);
  if (typeof value === 'number') return goNumber(value);
  if (typeof value === 'boolean') return value ? 'true' : 'false';
  if (isList(value)) return `[${value.map((item) => goJson(item, depth + 1)).join(',')}]`;
  return `{${sortedKeys(value)
    .map((key) => `${goString(key)}:${goJson(value[key] ?? null, depth + 1)}`)
    .join(',')}}`;
}

/** The keys in the order of their UTF-8 bytes, which is the order of their code points. */
export function sortedKeys(object: { readonly [key: string]: unknown }): string[] {
  return Object.keys(object).sort(byCodePoint);
}

/** JavaScript compares UTF-16 units, which puts U+E000…U+FFFF after the astral planes. */
export function byCodePoint(a: string, b: string): number {
  const length = Math.min(a.length, b.length);
  for (let i = 0; i < length; i++) {
    const [x, y] = [a.charCodeAt(i), b.charCodeAt(i)];
    if (x === y) continue;
    const [xs, ys] = [isSurrogate(x), isSurrogate(y)];
    return xs === ys ? x - y : xs ? 1 : -1;
  }
  return a.length - b.length;
}

function isSurrogate(unit: number): boolean {
  return unit >= 0xd800 && unit <= 0xdfff;
}

export function isList(value: unknown): value is readonly Json[] {
  return Array.isArray(value);
}

export function isObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
