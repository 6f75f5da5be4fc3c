/**
 * YAML as Helm prints it (sigs.k8s.io/yaml over Go's YAML v2): keys in its order, numbers as they come
 * back from JSON.
 */

import { UnreadableError } from '../../errors.ts';
import type { Json } from '../../json.ts';
import { goNumber, goString, isList, isObject } from '../json/write.ts';
import { YamlError } from './cursor.ts';
import { emitYaml } from './emitter.ts';
import { readYaml, sourceOf } from './index.ts';

/**
 * A YAML document with its line end, to the byte what Helm prints of the same value. Numbers must be
 * finite, and what Helm has read of a record are its `asFloats`. For values and manifests, which were asked for by name.
 */
export function helmYaml(value: Json): string {
  return emitYaml(value, { keys: keysOf, number: helmNumber, width: goWidth });
}

/**
 * The same for what a table would show: names and reasons from records, whose control characters and
 * turns of direction a terminal would act on. Those are escaped, which means the same text.
 */
export function helmStructYaml(value: Json): string {
  return emitYaml(value, { keys: keysOf, number: helmNumber, width: goWidth, hide: actedOn });
}

/**
 * For our own documents: as harmless, no text goes on in a second line, and 🎉 is no escape.
 * @param order of keys: as Helm prints them, or as they come; then numbers have the digits that they come with
 */
export function toYaml(value: Json, order: 'sorted' | 'given' = 'sorted'): string {
  const keys = order === 'sorted' ? keysOf : Object.keys;
  const number = order === 'sorted' ? yamlNumber : ownNumber;
  return emitYaml(value, { keys, number, hide: actedOn, show: beyondGo });
}

/**
 * To the byte what Helm prints, or doesn't: sigs.k8s.io/yaml reads a value's JSON as YAML before it writes it.
 * There U+0085 ends a line, so that texts are folded at it, and control characters that JSON leaves bare are
 * errors.
 * @throws UnreadableError for such a character
 */
export function exactYaml(value: Json): string {
  return helmYaml(throughJson(value));
}

/** What JSON leaves bare and YAML doesn't take for a letter. */
const oddInYaml = /[\u007f-\u009f\ufffe\uffff]/;

function throughJson(value: Json): Json {
  if (typeof value === 'string') return textThroughJson(value);
  if (isList(value)) return value.map(throughJson);
  if (!isObject(value)) return value;
  return Object.fromEntries(
    Object.entries(value).map(([key, item]) => [textThroughJson(key), throughJson(item)]),
  );
}

function textThroughJson(text: string): string {
  if (!oddInYaml.test(text)) return text;
  try {
    return readYaml(sourceOf(goString(text))) as string;
  } catch (error) {
    if (!(error instanceof YamlError)) throw error;
    throw new UnreadableError('it can be no YAML: control characters are not allowed');
  }
}

const goWidth = 80;
/** What can be seen of the planes that Go escapes. */
const beyondGo = /(?=[\u{10000}-\u{10ffff}])[\p{L}\p{M}\p{N}\p{P}\p{S}]/u;
const actedOn = /[\u007f-\u009f\u200b-\u200f\u202a-\u202e\u2066-\u2069\ufeff]/;

function keysOf(map: { readonly [key: string]: Json }): string[] {
  return Object.keys(map).sort(naturalOrder);
}

/** With the digits that the number has in JSON: what reads the document anew has the same. */
function ownNumber(value: number): string {
  return Number.isFinite(value) ? goNumber(value) : yamlNumber(value);
}

/** helm's YAML is made from JSON, where -0 reads as the integer that it is. */
function helmNumber(value: number): string {
  return yamlNumber(Object.is(value, -0) ? 0 : value);
}

/** What fits a 64-bit integer has all its digits; the rest is Go's `%g`: exponents from 1e+06 on. */
export function yamlNumber(value: number): string {
  if (Object.is(value, -0)) return '-0';
  // The digits of -2^63 are those of a number below it, 9223372036854776000.
  if (Number.isInteger(value) && value > -(2 ** 63) && value < 2 ** 64) return String(value);
  const [mantissa = '', exponent = ''] = value.toExponential().split('e');
  const power = Number(exponent);
  if (power >= -4 && power < 6) return String(value);
  return `${mantissa}e${power < 0 ? '-' : '+'}${String(Math.abs(power)).padStart(2, '0')}`;
}

/** Digits or a letter, as Go's unicode package has them. */
const [digit, letter] = [/^\p{Nd}$/u, /^\p{L}$/u];

/**
 * The order of go-yaml's map keys (its sorter.go): by character, but runs of digits by their number
 * (`a2` before `a10`), and a letter after anything that is none.
 */
export function naturalOrder(a: string, b: string): number {
  const [as, bs] = [[...a], [...b]];
  const length = Math.min(as.length, bs.length);
  for (let i = 0; i < length; i++) {
    const [x, y] = [as[i] ?? '', bs[i] ?? ''];
    if (x === y) continue;
    const [xl, yl] = [letter.test(x), letter.test(y)];
    if (xl && yl) return compare(x, y);
    if (xl !== yl) return xl ? 1 : -1;
    // A zero after another digit isn't a leading one: it counts as if a 1 stood before it.
    const one = (x === '0' || y === '0') && insideNumber(as, i) ? '1' : '';
    const [xn, yn] = [digits(as, i), digits(bs, i)];
    const difference = Number(one + xn) - Number(one + yn);
    if (difference !== 0) return difference;
    if (xn.length !== yn.length) return xn.length - yn.length;
    return compare(x, y);
  }
  return as.length - bs.length;
}

function digits(chars: readonly string[], from: number): string {
  let end = from;
  while (end < chars.length && digit.test(chars[end] ?? '')) end += 1;
  return chars.slice(from, end).join('');
}

function insideNumber(chars: readonly string[], at: number): boolean {
  for (let j = at - 1; j >= 0 && digit.test(chars[j] ?? ''); j--) if (chars[j] !== '0') return true;
  return false;
}

function compare(a: string, b: string): number {
  return (a.codePointAt(0) ?? 0) - (b.codePointAt(0) ?? 0);
}
