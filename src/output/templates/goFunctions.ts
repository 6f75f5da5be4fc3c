/** The functions of Go's text/template, and how it prints a value: as `fmt.Print` does. */
import { goNumber, isList, isObject, sortedKeys } from '../../codecs/gojson.ts';
import { printable, ReleasesError } from '../../errors.ts';
import type { Json } from '../../release.ts';

type Value = Json | undefined;

const functions: { readonly [name: string]: (values: readonly Value[]) => Value } = {
  and: (values) => values.find((one) => !isTrue(one)) ?? values.at(-1),
  or: (values) => values.find(isTrue) ?? values.at(-1),
  not: ([value]) => !isTrue(value),
  eq: ([first, ...others]) => others.some((one) => order(first, one) === 0),
  ne: ([a, b]) => order(a, b) !== 0,
  lt: ([a, b]) => order(a, b) < 0,
  le: ([a, b]) => order(a, b) <= 0,
  gt: ([a, b]) => order(a, b) > 0,
  ge: ([a, b]) => order(a, b) >= 0,
  len: ([value]) => {
    if (typeof value === 'string') return Buffer.byteLength(value);
    if (isList(value)) return value.length;
    return isObject(value) ? Object.keys(value).length : 0;
  },
  index: ([value, ...keys]) => keys.reduce(pick, value),
  print: (values) => values.map(textOf).join(''),
  println: (values) => `${values.map(textOf).join(' ')}\n`,
  printf: ([layout, ...values]) => formatted(textOf(layout), values),
};

export const templateFunctions: ReadonlySet<string> = new Set(Object.keys(functions));

/** @throws ReleasesError USAGE for a function that isn't there */
export function callFunction(name: string, values: readonly Value[], template: string): Value {
  const call = Object.hasOwn(functions, name) ? functions[name] : undefined;
  if (!call) throw new ReleasesError('USAGE', `"${printable(template, 80)}" is no template`);
  return call(values);
}

/** Go's truth: not empty, not zero, not nil. */
export function isTrue(value: Value): boolean {
  if (isList(value)) return value.length > 0;
  return isObject(value) ? Object.keys(value).length > 0 : Boolean(value);
}

/** As text/template prints it. */
export function textOf(value: Value): string {
  if (value === undefined) return '<no value>';
  if (value === null) return '<nil>';
  if (typeof value === 'string') return value;
  if (typeof value === 'number') return goNumber(value);
  if (typeof value === 'boolean') return String(value);
  if (isList(value)) return `[${value.map(textOf).join(' ')}]`;
  return `map[${sortedKeys(value)
    .map((key) => `${key}:${textOf(value[key])}`)
    .join(' ')}]`;
}

function order(a: Value, b: Value): number {
  const [x, y] = typeof a === 'number' && typeof b === 'number' ? [a, b] : [textOf(a), textOf(b)];
  return x < y ? -1 : x > y ? 1 : 0;
}

function pick(value: Value, key: Value): Value {
  if (isList(value) && typeof key === 'number') return value[key];
  return isObject(value) && typeof key === 'string' && Object.hasOwn(value, key)
    ? value[key]
    : undefined;
}

/** `%s`, `%v`, `%d`, `%q`, `%t` with a width, and `%%`. */
function formatted(layout: string, values: readonly Value[]): string {
  const rest = [...values];
  return layout.replace(
    /%(-?)([0-9]*)([svdqt%])/g,
    (_, left: string, width: string, verb: string) => {
      if (verb === '%') return '%';
      const text = textOf(rest.shift());
      const shown = verb === 'q' ? JSON.stringify(text) : text;
      return left ? shown.padEnd(Number(width)) : shown.padStart(Number(width));
    },
  );
}
