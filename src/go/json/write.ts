/**
 * JSON as Go's encoding/json writes it, so that a record we write equals, byte for byte, the one
 * Helm would have written: map keys sorted by their bytes, `<`, `>`, `&`, U+2028 and U+2029 escaped
 * (json.Marshal's HTML escaping), floats in the shortest form with `e` outside 1e-6 … 1e21.
 */
import { UnreadableError } from '../../errors.ts';
import { type Json, JsonNumber, type JsonObject } from '../../json.ts';
import { maxDepth } from './bounds.ts';

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

export function isNumber(value: unknown): value is number | JsonNumber {
  return typeof value === 'number' || value instanceof JsonNumber;
}

/** What Go reads a number of JSON as. */
export function floatOf(value: number | JsonNumber): number {
  return typeof value === 'number' ? value : value.float;
}

/** The same with the numbers that Helm makes of it when it reads a record: each a float64. */
export function asFloats<J extends Json>(value: J): J;
export function asFloats(value: Json): Json {
  if (value instanceof JsonNumber) return value.float;
  if (isList(value)) return value.map((item) => asFloats(item));
  if (!isObject(value)) return value;
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, asFloats(item)]));
}

/** Whether two numbers are one, however they are written: 1, 1.0 and 10e-1. */
export function sameNumber(a: number | JsonNumber, b: number | JsonNumber): boolean {
  return amountOf(a) === amountOf(b);
}

/** One text for each number: its digits without zeros on either side, and their power of ten. */
function amountOf(value: number | JsonNumber): string {
  const text = typeof value === 'number' ? String(value) : value.text;
  const [, sign = '', whole = '', fraction = '', power = '0'] =
    /^(-?)([0-9]+)(?:\.([0-9]+))?(?:[eE]([-+]?[0-9]+))?$/.exec(text) ?? [];
  if (whole === '') return text; // infinite
  const digits = `${whole}${fraction}`.replace(/^0+/, '');
  const bare = digits.replace(/0+$/, '');
  if (bare === '') return '0';
  return `${sign}${bare}e${BigInt(power) + BigInt(digits.length - bare.length - fraction.length)}`;
}

/**
 * The same with one spelling for each number: 1.0 is 1, and 9007199254740993 is not …992. Helm writes 1
 * where it read 1.0, so texts of records are to be compared after this.
 */
export function normalNumbers<J extends Json>(value: J): J;
export function normalNumbers(value: Json): Json {
  if (isNumber(value)) {
    const float = floatOf(value);
    return sameNumber(value, float) ? float + 0 : new JsonNumber(amountOf(value));
  }
  if (isList(value)) return value.map((item) => normalNumbers(item));
  if (!isObject(value)) return value;
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, normalNumbers(item)]));
}

/**
 * The same with the numbers that Kubernetes reads (sigs.k8s.io/json): whole ones in digits alone keep them as
 * far as 64 bits go, and all others are float64.
 * @throws UnreadableError for a number that is no float64
 */
export function kubeNumbers(value: Json): Json {
  if (value instanceof JsonNumber) {
    if (/^-?[0-9]+$/.test(value.text) && fits64(BigInt(value.text))) return value;
    if (!Number.isFinite(value.float)) throw new UnreadableError('a number is too large');
    return value.float;
  }
  if (typeof value === 'number') return value + 0;
  if (isList(value)) return value.map((item) => kubeNumbers(item));
  if (!isObject(value)) return value;
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, kubeNumbers(item)]));
}

function fits64(whole: bigint): boolean {
  return BigInt.asIntN(64, whole) === whole || BigInt.asUintN(64, whole) === whole;
}

/** Any JSON value; objects with sorted keys, like a Go map. Numbers keep their digits. */
export function goJson(value: Json, depth = 0): string {
  if (depth > maxDepth) throw new UnreadableError(`values nest deeper than ${maxDepth} levels`);
  if (value === null) return 'null';
  if (typeof value === 'string') return goString(value);
  if (typeof value === 'number') return goNumber(value);
  if (value instanceof JsonNumber) return value.text;
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
  return (
    typeof value === 'object' &&
    value !== null &&
    !Array.isArray(value) &&
    !(value instanceof JsonNumber)
  );
}

/**
 * How Go matches JSON's names with ASCII field names: without regard to case, where the Kelvin sign
 * is a K and the long s is an s.
 */
export function foldName(name: string): string {
  return name
    .replaceAll('\u212a', 'k')
    .replaceAll('\u017f', 's')
    .replace(/[A-Z]/g, (letter) => letter.toLowerCase());
}
