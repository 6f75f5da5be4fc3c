/** The values that a Go template works on, with the types that its functions tell apart. */

import type { Json, JsonNumber } from '../../json.ts';
import { floatOf, isList, isNumber, isObject, sortedKeys } from '../json/write.ts';

export type GoValue =
  /** Nothing at all, as for a key that a map lacks: printed as `<no value>`. */
  | { readonly is: 'none' }
  /** A nil of a type: an `interface {}`, a pointer. */
  | { readonly is: 'nil'; readonly type: string }
  | { readonly is: 'bool'; readonly type: string; readonly value: boolean }
  /** `prints`: its `String` method, of a number that has one. */
  | {
      readonly is: 'int';
      readonly type: string;
      readonly value: bigint;
      readonly prints?: string;
    }
  | { readonly is: 'float'; readonly type: string; readonly value: number }
  | { readonly is: 'string'; readonly type: string; readonly value: string }
  | { readonly is: 'bytes'; readonly type: string; readonly value: Uint8Array }
  | {
      readonly is: 'list';
      readonly type: string;
      readonly items: readonly GoValue[];
    }
  /** Keys in Go's order. `missing`: what `index` finds for a key that isn't there. */
  | {
      readonly is: 'map';
      readonly type: string;
      readonly entries: ReadonlyMap<string, GoValue>;
      readonly missing: GoValue;
    }
  /** `helm3`: a struct around Go's, as Helm 3 has it. */
  | { readonly is: 'time'; readonly type: string; readonly time: string; readonly helm3: boolean }
  | GoStruct;

/** The values of one sort. */
export type Go<K extends GoValue['is']> = Extract<GoValue, { readonly is: K }>;

export interface GoStruct {
  readonly is: 'struct';
  /** Without a pointer's star. */
  readonly type: string;
  readonly pointer: boolean;
  /** In the order of the type. */
  readonly fields: ReadonlyMap<string, () => GoValue>;
  /** Methods that take nothing. */
  readonly methods: ReadonlyMap<string, () => GoValue>;
}

export const none: GoValue = { is: 'none' };
export const nilInterface: GoValue = { is: 'nil', type: 'interface {}' };

export function goText(value: string, type = 'string'): Go<'string'> {
  return { is: 'string', type, value };
}

export function goInt(value: number | bigint, type = 'int'): GoValue {
  return { is: 'int', type, value: BigInt(value) };
}

export function goBool(value: boolean): GoValue {
  return { is: 'bool', type: 'bool', value };
}

type NumberReader = (value: number | JsonNumber) => GoValue;

/** As encoding/json reads it where it isn't told a type. */
function float64(value: number | JsonNumber): GoValue {
  return { is: 'float', type: 'float64', value: floatOf(value) };
}

/** As kubectl reads it (apimachinery's util/json): whole numbers are int64 where they are written as such. */
export function int64OrFloat(value: number | JsonNumber): GoValue {
  const text = typeof value === 'number' ? String(value) : value.text;
  if (!/^-?[0-9]+$/.test(text)) return float64(value);
  const whole = BigInt(text);
  return BigInt.asIntN(64, whole) === whole ? goInt(whole, 'int64') : float64(value);
}

/** Values as Go reads them from JSON; without more, every number is a float64. */
export function goAny(value: Json | undefined, number: NumberReader = float64): GoValue {
  if (value === null || value === undefined) return nilInterface;
  if (typeof value === 'string') return goText(value);
  if (isNumber(value)) return number(value);
  if (typeof value === 'boolean') return goBool(value);
  if (isList(value)) {
    const items = value.map((item) => goAny(item, number));
    return { is: 'list', type: '[]interface {}', items };
  }
  return goMap(value, number);
}

/** A `map[string]interface {}`; nothing is a nil one, which is empty. */
export function goMap(value: Json | undefined, number: NumberReader = float64): GoValue {
  const entries = isObject(value)
    ? sortedKeys(value).map((key): [string, GoValue] => [key, goAny(value[key], number)])
    : [];
  const type = 'map[string]interface {}';
  return { is: 'map', type, entries: new Map(entries), missing: nilInterface };
}

/** A `map[string]string`. */
export function goTexts(value: Readonly<{ [key: string]: string }>): GoValue {
  const entries = sortedKeys(value).map((key): [string, GoValue] => [
    key,
    goText(value[key] ?? ''),
  ]);
  const type = 'map[string]string';
  return { is: 'map', type, entries: new Map(entries), missing: goText('') };
}

/** Its type as Go writes it. */
export function typeOf(value: GoValue): string {
  if (value.is === 'none') return '<nil>';
  return value.is === 'struct' && value.pointer ? `*${value.type}` : value.type;
}

/** Go's truth: not empty, not zero, not nil; every struct is true. */
export function isTrue(value: GoValue): boolean {
  switch (value.is) {
    case 'none':
    case 'nil':
      return false;
    case 'bool':
      return value.value;
    case 'int':
      return value.value !== 0n;
    case 'float':
      return value.value !== 0;
    case 'string':
    case 'bytes':
      return value.value.length > 0;
    case 'list':
      return value.items.length > 0;
    case 'map':
      return value.entries.size > 0;
    case 'time':
    case 'struct':
      return true;
  }
}

/** What went wrong, in text/template's words: of the template's text, or while it was carried out. */
export class TemplateError extends Error {
  /** One more line. */
  readonly why: string | undefined;

  constructor(message: string, why?: string) {
    super(message);
    this.why = why;
  }
}
