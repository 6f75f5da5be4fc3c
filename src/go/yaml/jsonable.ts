/**
 * Go values to JSON, as ghodss/yaml and sigs.k8s.io/yaml convert them: keys become strings, and
 * where Go's target is a string, numbers and booleans become strings too.
 */
import { UnreadableError } from '../../errors.ts';
import type { Json, JsonObject } from '../../json.ts';
import { jsonNumber } from '../json/read.ts';
import { foldName } from '../json/write.ts';
import type { GoMap, GoValue } from './decode.ts';
import { formatFloat32 } from './float32.ts';
import { type GoNumber, type GoScalar, isNumber } from './resolve.ts';

/** What Go decodes into. Field names are in lower case, because Go matches them without regard to it. */
export type Target =
  /** `interface{}` */
  | 'any'
  | 'string'
  | 'bool'
  | 'time'
  | { readonly list: Target }
  | { readonly map: Target }
  | { readonly fields: { readonly [name: string]: Target } };

/**
 * What Go writes as JSON, read as Kubernetes reads that: whole numbers of 64 bits with their digits, all
 * others as float64.
 * @throws UnreadableError for keys and numbers that JSON doesn't have
 */
export function toExactJson(value: GoValue): Json {
  if (isList(value)) return value.map(toExactJson);
  if (isMap(value)) return mapToJson(value, toExactJson);
  if (!isNumber(value)) return value;
  return value.go === 'float64' ? finite(value) + 0 : jsonNumber(value.digits);
}

/** @throws UnreadableError for keys and numbers that JSON doesn't have */
export function toJson(value: GoValue, target: Target = 'any'): Json {
  if (isList(value)) {
    const item = typeof target === 'object' && 'list' in target ? target.list : 'any';
    return value.map((part) => toJson(part, item));
  }
  if (isMap(value)) return mapToJson(value, (item, name) => toJson(item, targetOf(target, name)));
  if (isNumber(value)) return target === 'string' ? numberText(value) : finite(value);
  return typeof value === 'boolean' && target === 'string' ? String(value) : value;
}

function isList(value: GoValue): value is readonly GoValue[] {
  return Array.isArray(value);
}

function isMap(value: GoValue): value is GoMap {
  return typeof value === 'object' && value !== null && 'entries' in value && !isList(value);
}

/** A null-prototype object: keys may be `__proto__` or `constructor`. */
function mapToJson(map: GoMap, read: (value: GoValue, name: string) => Json): JsonObject {
  const object: { [key: string]: Json } = Object.create(null);
  for (const { key, value } of map.entries.values()) {
    const name = keyText(key);
    // Go's maps have no order, so of two keys that become one either may win there (1 and "1").
    // Here it's the last.
    object[name] = read(value, name);
  }
  return object;
}

/** What a member of that name is decoded into. */
export function targetOf(target: Target, name: string): Target {
  if (typeof target !== 'object' || 'list' in target) return 'any';
  if ('map' in target) return target.map;
  const folded = foldName(name);
  return Object.hasOwn(target.fields, folded) ? (target.fields[folded] ?? 'any') : 'any';
}

function keyText(key: GoScalar): string {
  if (typeof key === 'string') return key;
  if (typeof key === 'boolean') return String(key);
  if (key === null) throw new UnreadableError('a key is null');
  if (key.go === 'uint64') throw new UnreadableError('a key is a number beyond 63 bits');
  const text = numberText(key);
  const special: { readonly [text: string]: string } = {
    '+Inf': '.inf',
    '-Inf': '-.inf',
    NaN: '.nan',
  };
  return special[text] ?? text;
}

function finite({ number }: GoNumber): number {
  if (!Number.isFinite(number)) throw new UnreadableError('a number is infinite or not a number');
  return number;
}

/** Whole numbers in full; floats as Go's FormatFloat(f, 'g', -1, 32), thus with a float32's digits. */
function numberText({ go, number, digits }: GoNumber): string {
  return go === 'float64' ? formatFloat32(number) : digits;
}
