/**
 * Scalars to Go values: `resolve` of Go's yaml.v2. It's nearly YAML 1.1's schema: bare `yes`, `off`
 * and `y` are booleans and `0777` is octal, but there are no base 60 numbers, and what looks like a
 * time stays a string for whoever decodes into no particular type.
 */

import { parseYamlTime } from '../time/parse.ts';
import { YamlError } from './cursor.ts';
import type { ScalarNode } from './parser.ts';
import { laxText } from './utf8.ts';

/**
 * A number with the Go type that it would have. `digits` is a whole number's decimal text, exact
 * where `number` had to be rounded; empty for floats.
 */
export interface GoNumber {
  readonly go: 'int' | 'uint64' | 'float64';
  readonly number: number;
  readonly digits: string;
}

export type GoScalar = null | boolean | string | GoNumber;

const prefix = 'tag:yaml.org,2002:';
const tags = {
  str: `${prefix}str`,
  bool: `${prefix}bool`,
  int: `${prefix}int`,
  float: `${prefix}float`,
  null: `${prefix}null`,
  timestamp: `${prefix}timestamp`,
  binary: `${prefix}binary`,
} as const;
export const mergeTag = `${prefix}merge`;

const words = new Map<string, null | boolean | GoNumber>();
function add(value: null | boolean | GoNumber, spellings: string): void {
  for (const spelling of spellings.split(' ')) words.set(spelling, value);
}
add(true, 'y Y yes Yes YES true True TRUE on On ON');
add(false, 'n N no No NO false False FALSE off Off OFF');
add(null, '~ null Null NULL');
words.set('', null);
add(float(Number.NaN), '.nan .NaN .NAN');
add(float(Number.POSITIVE_INFINITY), '.inf .Inf .INF +.inf +.Inf +.INF');
add(float(Number.NEGATIVE_INFINITY), '-.inf -.Inf -.INF');

export function resolve({
  tag,
  value,
  implicit,
  line,
}: Pick<ScalarNode, 'tag' | 'value' | 'implicit' | 'line'>): GoScalar {
  if (tag === '') return implicit ? resolveText(value) : value;
  if (tag === tags.str) return value;
  if (tag === tags.binary) return decodeBinary(value, line);
  const found = resolveText(value);
  switch (tag) {
    case tags.timestamp:
      if (!parseYamlTime(value)) throw mismatch(line);
      return value;
    case tags.null:
      if (found !== null) throw mismatch(line);
      return null;
    case tags.bool:
      if (typeof found !== 'boolean') throw mismatch(line);
      return found;
    case tags.int:
      if (!isNumber(found) || found.go === 'float64') throw mismatch(line);
      return found;
    case tags.float:
      if (!isNumber(found) || found.go === 'uint64') throw mismatch(line);
      return found.go === 'int' ? float(found.number) : found;
    default:
      // Other tags mean nothing to Go, and the scalar is a string.
      return value;
  }
}

export function isNumber(value: unknown): value is GoNumber {
  return typeof value === 'object' && value !== null && 'go' in value;
}

function mismatch(line: number): YamlError {
  return new YamlError(line + 1, 'a value that its tag does not fit');
}

function float(number: number): GoNumber {
  return { go: 'float64', number, digits: '' };
}

/** A plain scalar without a tag. */
function resolveText(text: string): GoScalar {
  if (text === '') return null;
  const first = text.charCodeAt(0);
  if ((first >= 0x30 && first <= 0x39) || first === 0x2b || first === 0x2d)
    return words.get(text) ?? numberOf(text.replaceAll('_', '')) ?? text;
  // Nothing longer is in the table.
  if (text.length > 5) return first === 0x2e ? (dotNumberOf(text) ?? text) : text;
  const word = words.get(text);
  if (word !== undefined) return word;
  return first === 0x2e ? (dotNumberOf(text) ?? text) : text;
}

/** Text that begins with a point goes straight to Go's ParseFloat, which allows `_` between digits. */
function dotNumberOf(text: string): GoNumber | undefined {
  if (!/^\.[0-9]+(_[0-9]+)*([eE][-+]?[0-9]+(_[0-9]+)*)?$/.test(text)) return undefined;
  return finite(text.replaceAll('_', ''));
}

/** @returns undefined when Go answers "out of range"; a string then stays a string */
function finite(text: string): GoNumber | undefined {
  const number = Number(text);
  return Number.isFinite(number) ? float(number) : undefined;
}

const decimal = /^[-+]?(0|[1-9][0-9]*)$/;
const octal = /^([-+]?)0[oO]?([0-7]+)$/;
const hexOrBinary = /^([-+]?)(0[xX][0-9a-fA-F]+|0[bB][01]+)$/;
/** Go cuts `0b` off and reads the rest in base 2, which lets a sign slip in behind it. */
const oddBinary = /^0b([-+])([01]+)$/;
const floating = /^[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?$/;

/** @param text without underscores, beginning with a digit or a sign */
function numberOf(text: string): GoNumber | undefined {
  if (decimal.test(text)) {
    if (text.length <= 15) {
      const number = Number(text) + 0;
      return { go: 'int', number, digits: String(number) };
    }
    return whole(text.startsWith('-'), BigInt(text.replace(/^[-+]/, '')), text) ?? finite(text);
  }
  const [, sign = '', digits = ''] = octal.exec(text) ?? [];
  if (digits !== '') return whole(sign === '-', BigInt(`0o${digits}`), text) ?? maybeFloat(text);
  const [, mark = '', literal = ''] = hexOrBinary.exec(text) ?? [];
  if (literal !== '') return whole(mark === '-', BigInt(literal.toLowerCase()), text);
  const [, oddSign = '', bits = ''] = oddBinary.exec(text) ?? [];
  if (bits !== '') return whole(oddSign === '-', BigInt(`0b${bits}`), oddSign);
  return maybeFloat(text);
}

function maybeFloat(text: string): GoNumber | undefined {
  return floating.test(text) ? finite(text) : undefined;
}

/** Within int64, or within uint64 when written without a sign; undefined beyond. */
function whole(negative: boolean, size: bigint, text: string): GoNumber | undefined {
  const value = negative ? -size : size;
  if (BigInt.asIntN(64, value) === value)
    return { go: 'int', number: Number(value), digits: String(value) };
  if (/^[-+]/.test(text) || BigInt.asUintN(64, value) !== value) return undefined;
  return { go: 'uint64', number: Number(value), digits: String(value) };
}

/** Base64 as Go's StdEncoding reads it: line breaks ignored, padding required, loose last bits. */
function decodeBinary(text: string, line: number): string {
  const packed = text.replace(/[\r\n]/g, '');
  if (packed.length % 4 !== 0 || !/^[A-Za-z0-9+/]*={0,2}$/.test(packed))
    throw new YamlError(line + 1, 'a !!binary value that is not base64');
  // JSON can't hold other bytes: Go puts U+FFFD for each when it passes the value on.
  return laxText(Buffer.from(packed, 'base64'));
}
