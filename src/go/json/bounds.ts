/**
 * One look over JSON text before anything is built of it. Packed, some kilobytes can say `[` sixty
 * million times, and JSON.parse takes fifty bytes for each.
 */
import { UnreadableError } from '../../errors.ts';

/** How deep values may nest. Go refuses at 10,000; no chart comes near either. */
export const maxDepth = 1000;

export interface JsonLimits {
  /** Lists and objects within one another. */
  readonly depth: number;
  /** Items and members, all together. */
  readonly values: number;
}

/**
 * Ten times what the largest charts have as values. It is a matter of memory: a hook of a record takes
 * two bytes as `{}`, and some hundred once it is read.
 */
export const maxValues = 300_000;

/** What a release or a manifest may hold. A record's values are some levels down in it. */
export const jsonLimits: JsonLimits = { depth: maxDepth + 10, values: maxValues };

/** What a file of manifests may hold: a dump has many objects, and no value in it is as short as `0,`. */
export function fileJsonLimits(length: number): JsonLimits {
  return { depth: jsonLimits.depth, values: maxValues + Math.floor(length / 8) };
}

/** In characters. Go would take more, and nobody writes them. */
const maxNumber = 4096;

export interface ScannedJson {
  /** Every number is one that JavaScript prints with the same digits. */
  readonly plain: boolean;
  /** How many `name: value` there are, those that come twice in an object too. */
  readonly members: number;
  /** As `JsonLimits` counts them. */
  readonly values: number;
}

/**
 * What is no JSON is JSON.parse's affair: all before the first wrong character is counted rightly.
 * @param data UTF-8
 * @throws UnreadableError beyond the limits, at the very value that is
 */
export function scanJson(data: Uint8Array, limits: JsonLimits = jsonLimits): ScannedJson {
  const bytes = Buffer.from(data.buffer, data.byteOffset, data.byteLength);
  const { length } = bytes;
  let [at, depth, values, members, plain] = [0, 0, 0, 0, true];
  while (at < length) {
    const code = bytes[at] as number;
    if (code === quote) {
      at = stringEnd(bytes, at + 1);
      continue;
    }
    if ((code >= zero && code <= nine) || code === minus) {
      const end = numberEnd(bytes, at);
      plain &&= isPlain(bytes, at, end);
      at = end;
      continue;
    }
    at += 1;
    if (code === comma) values += 1;
    else if (code === colon) members += 1;
    else if (code === openList || code === openObject) {
      values += 1;
      depth += 1;
      if (depth > limits.depth)
        throw new UnreadableError(`its JSON nests deeper than ${limits.depth} levels`);
    } else if (code === closeList || code === closeObject) depth -= 1;
    else continue;
    if (values > limits.values)
      throw new UnreadableError(`its JSON holds more than ${limits.values} values`);
  }
  return { plain, members, values };
}

const [quote, backslash, comma, minus, zero, nine, colon] = [
  ...[0x22, 0x5c, 0x2c, 0x2d, 0x30, 0x39, 0x3a],
] as [number, number, number, number, number, number, number];
const [openList, closeList, openObject, closeObject] = [0x5b, 0x5d, 0x7b, 0x7d];

/** So many characters are looked at one by one before a call into C++ is worth it. */
const near = 16;

/** @returns the offset behind the quote that ends the string, or the end of the text */
function stringEnd(bytes: Buffer, start: number): number {
  const { length } = bytes;
  let at = start;
  for (let last = at + near; at < length; ) {
    const code = bytes[at];
    if (code === quote) return at + 1;
    if (at < last) at += code === backslash ? 2 : 1;
    else {
      const found = bytes.indexOf(quote, at);
      if (found < 0) return length;
      // Escaped, if it stands behind an odd number of backslashes; none of them is before `at`.
      let slashes = 0;
      while (found - 1 - slashes >= at && bytes[found - 1 - slashes] === backslash) slashes += 1;
      at = found + (slashes % 2);
      last = at + near;
    }
  }
  return length;
}

/** @throws UnreadableError */
function numberEnd(bytes: Buffer, start: number): number {
  let at = start + 1;
  for (; at < bytes.length; at++) {
    const code = bytes[at] as number;
    const digit = code >= zero && code <= nine;
    if (!digit && code !== 0x2e && code !== 0x2b && code !== minus && (code | 0x20) !== 0x65) break;
    if (at - start > maxNumber)
      throw new UnreadableError(`its JSON has a number of more than ${maxNumber} digits`);
  }
  return at;
}

function isPlain(bytes: Buffer, start: number, end: number): boolean {
  if (end - start <= 15) {
    // Fifteen digits are exact, and most numbers have one or two.
    const first = bytes[start] === minus ? start + 1 : start;
    const point = digitsEnd(bytes, first, end);
    if (point === end) return true;
    const isFraction = bytes[point] === 0x2e && digitsEnd(bytes, point + 1, end) === end;
    // Below 1e-6 there is an exponent.
    const isLarge = bytes[first] !== zero || bytes[point + 1] !== zero;
    if (isFraction && isLarge && bytes[end - 1] !== zero) return true;
  }
  return end - start <= 32 && isPlainNumber(bytes.toString('latin1', start, end));
}

function digitsEnd(bytes: Buffer, start: number, end: number): number {
  let at = start;
  while (at < end && (bytes[at] as number) >= zero && (bytes[at] as number) <= nine) at += 1;
  return at;
}

/** Whether JavaScript prints the number with these very digits. */
export function isPlainNumber(text: string): boolean {
  // Go prints -0 as it is, and JavaScript's JSON.parse keeps it.
  return text === '-0' || (String(Number(text)) === text && Number.isFinite(Number(text)));
}
