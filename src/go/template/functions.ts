/**
 * The functions of text/template. helm gives `get all --template` no others (its pkg/cmd/printer.go).
 * https://pkg.go.dev/text/template#hdr-Functions
 */
import { equal, less } from './compare.ts';
import { sprint, sprintf, sprintln, textOfBytes } from './fmt.ts';
import { isPrint } from './literals.ts';
import {
  type GoValue,
  goBool,
  goInt,
  goText,
  isTrue,
  none,
  TemplateError,
  typeOf,
} from './values.ts';

export interface GoFunction {
  readonly least: number;
  /** Absent: any number more. */
  readonly most?: number;
  call(values: readonly GoValue[]): GoValue;
}

/** `and` and `or` are `run.ts`'s: they may leave arguments alone. */
const functions: { readonly [name: string]: GoFunction } = {
  and: { least: 1, call: (values) => values.at(-1) ?? none },
  or: { least: 1, call: (values) => values.at(-1) ?? none },
  not: { least: 1, most: 1, call: ([value = none]) => goBool(!isTrue(value)) },
  eq: {
    least: 1,
    call([first = none, ...others]) {
      if (others.length === 0) throw new TemplateError('missing argument for comparison');
      return goBool(others.some((one) => equal(first, one)));
    },
  },
  ne: two((a, b) => !equal(a, b)),
  lt: two(less),
  le: two((a, b) => less(a, b) || equal(a, b)),
  gt: two((a, b) => !(less(a, b) || equal(a, b))),
  ge: two((a, b) => !less(a, b)),
  len: { least: 1, most: 1, call: ([value = none]) => goInt(lengthOf(value)) },
  index: { least: 1, call: ([value = none, ...keys]) => keys.reduce(indexed, checked(value)) },
  slice: { least: 1, call: ([value = none, ...at]) => sliced(value, at) },
  print: { least: 0, call: (values) => goText(sprint(values)) },
  println: { least: 0, call: (values) => goText(sprintln(values)) },
  printf: {
    least: 1,
    call([layout = none, ...values]) {
      if (layout.is !== 'string')
        throw new TemplateError(`wrong type for value; expected string; got ${typeOf(layout)}`);
      return goText(sprintf(layout.value, values));
    },
  },
  html: escaping((text) => text.replace(/[&<>"'\0]/g, (char) => html[char] ?? char)),
  js: escaping((text) => [...text].map(jsEscaped).join('')),
  urlquery: escaping((text) =>
    encodeURIComponent(text.toWellFormed())
      .replace(/[!'()*]/g, (char) => `%${char.charCodeAt(0).toString(16).toUpperCase()}`)
      .replaceAll('%20', '+'),
  ),
  call: {
    least: 1,
    call([value = none]) {
      if (value.is === 'none') throw new TemplateError('call of nil');
      throw new TemplateError(`non-function of type ${typeOf(value)}`);
    },
  },
};

export const templateFunctions: ReadonlyMap<string, GoFunction> = new Map(
  Object.entries(functions),
);

function two(holds: (a: GoValue, b: GoValue) => boolean): GoFunction {
  return { least: 2, most: 2, call: ([a = none, b = none]) => goBool(holds(a, b)) };
}

function lengthOf(value: GoValue): number {
  switch (value.is) {
    case 'string':
      return Buffer.byteLength(value.value);
    case 'bytes':
      return value.value.length;
    case 'list':
      return value.items.length;
    case 'map':
      return value.entries.size;
    case 'none':
      throw new TemplateError('len of untyped nil');
    case 'nil':
      throw new TemplateError('len of nil pointer');
    default:
      throw new TemplateError(`len of type ${typeOf(value)}`);
  }
}

function checked(value: GoValue): GoValue {
  if (value.is === 'none') throw new TemplateError('index of untyped nil');
  return value;
}

function indexed(value: GoValue, key: GoValue): GoValue {
  if (value.is === 'none' || value.is === 'nil') throw new TemplateError('index of nil pointer');
  if (value.is === 'map') {
    if (key.is === 'string') return value.entries.get(key.value) ?? value.missing;
    if (key.is === 'none') throw new TemplateError('value is nil; should be of type string');
    throw new TemplateError(`value has type ${typeOf(key)}; should be string`);
  }
  if (value.is === 'list') return value.items[position(key, value.items.length - 1)] ?? none;
  const bytes =
    value.is === 'bytes' ? value.value : value.is === 'string' ? Buffer.from(value.value) : null;
  if (!bytes) throw new TemplateError(`can't index item of type ${typeOf(value)}`);
  return goInt(bytes[position(key, bytes.length - 1)] ?? 0, 'uint8');
}

/** A place of a list, from 0 to `last`. */
function position(key: GoValue, last: number): number {
  if (key.is === 'none') throw new TemplateError('cannot index slice/array with nil');
  if (key.is !== 'int')
    throw new TemplateError(`cannot index slice/array with type ${typeOf(key)}`);
  if (key.value < 0n || key.value > last)
    throw new TemplateError(`index out of range: ${key.value}`);
  return Number(key.value);
}

function sliced(value: GoValue, indexes: readonly GoValue[]): GoValue {
  if (value.is === 'none') throw new TemplateError('slice of untyped nil');
  if (indexes.length > 3) throw new TemplateError(`too many slice indexes: ${indexes.length}`);
  if (value.is === 'string' && indexes.length === 3)
    throw new TemplateError('cannot 3-index slice a string');
  if (value.is !== 'string' && value.is !== 'list' && value.is !== 'bytes')
    throw new TemplateError(`can't slice item of type ${typeOf(value)}`);
  const length = lengthOf(value);
  const [from = 0, to = length, limit = length] = indexes.map((one) => position(one, length));
  if (from > to) throw new TemplateError(`invalid slice index: ${from} > ${to}`);
  if (to > limit) throw new TemplateError(`invalid slice index: ${to} > ${limit}`);
  if (value.is === 'list') return { ...value, items: value.items.slice(from, to) };
  if (value.is === 'bytes') return { ...value, value: value.value.subarray(from, to) };
  return goText(textOfBytes(Buffer.from(value.value).subarray(from, to)), value.type);
}

/** One text as it is, everything else as it prints. */
function escaping(escaped: (text: string) => string): GoFunction {
  return {
    least: 0,
    call(values) {
      const [only] = values;
      if (values.length === 1 && only?.is === 'string') return goText(escaped(only.value));
      return goText(escaped(sprint(values.map(printed))));
    },
  };
}

/** text/template prints what a pointer points to, and `<no value>` for nothing. */
export function printed(value: GoValue): GoValue {
  if (value.is === 'none' || (value.is === 'nil' && value.type === 'interface {}'))
    return goText('<no value>');
  return value.is === 'struct' && value.pointer ? { ...value, pointer: false } : value;
}

const html: { readonly [char: string]: string } = {
  ...{ '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&#34;', "'": '&#39;', '\0': '\ufffd' },
};
const js: { readonly [char: string]: string } = {
  ...{ '\\': '\\\\', "'": "\\'", '"': '\\"', '<': '\\u003C', '>': '\\u003E', '&': '\\u0026' },
  '=': '\\u003D',
};

function jsEscaped(char: string): string {
  const known = js[char];
  if (known !== undefined) return known;
  const code = char.codePointAt(0) ?? 0;
  if (code >= 0x20 && (code < 0x80 || isPrint(char))) return char;
  return `\\u${code.toString(16).toUpperCase().padStart(4, '0')}`;
}
