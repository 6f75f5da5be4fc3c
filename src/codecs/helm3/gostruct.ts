/**
 * JSON objects by table, the way Go's encoding/json treats a struct: members in a fixed order, some
 * left out when empty. One table decodes and encodes, so that each is the other's inverse.
 */
import { UnreadableError } from '../../errors.ts';
import { maxDepth } from '../../go/json/bounds.ts';
import { repeatedMembers } from '../../go/json/read.ts';
import {
  foldName,
  goJson,
  goNumber,
  goString,
  isList,
  isObject,
  sortedKeys,
} from '../../go/json/write.ts';
import { type Json, JsonNumber, type JsonObject } from '../../json.ts';
import type { Unknown } from '../../release.ts';

/** How one type of value is read and written. `zero` is what an absent or null member means. */
export interface Kind<V> {
  readonly zero: V;
  /**
   * @param before what an earlier member of the same name has left: Go decodes on top of it
   * @throws UnreadableError naming `path`
   */
  decode(json: Json, path: string, before?: V): V;
  /** JSON text, or undefined for Go's empty value, which `omitempty` leaves out. */
  encode(value: V): string | undefined;
  /** What an empty value is written as where it isn't left out. */
  readonly empty: string;
  /** A null changes nothing: in Go it is no pointer, no list and no map. */
  readonly keepsNull?: true;
}

/**
 * When a member is written:
 * - `always`: Go's plain tag;
 * - `omitempty`: left out when empty;
 * - `present`: exactly when the model has it (not undefined). For members whose absence means
 *   something, or that only one Helm writes.
 */
export type Rule = 'always' | 'omitempty' | 'present';

export interface Member<V> {
  readonly json: string;
  readonly rule: Rule;
  readonly kind: Kind<V>;
}

type Members<T> = {
  readonly [K in Exclude<keyof T, 'unknown'>]-?: Member<Exclude<T[K], undefined>>;
};

export function always<V>(json: string, kind: Kind<V>): Member<V> {
  return { json, rule: 'always', kind };
}
export function omitempty<V>(json: string, kind: Kind<V>): Member<V> {
  return { json, rule: 'omitempty', kind };
}
export function present<V>(json: string, kind: Kind<V>): Member<V> {
  return { json, rule: 'present', kind };
}

/**
 * @param members in the order of the Go struct
 * @param fixed model fields that the JSON doesn't hold
 */
export function struct<T extends { readonly unknown?: Unknown }, F extends keyof T = never>(
  members: Members<Omit<T, F>>,
): Kind<Omit<T, F>> & { decode(json: Json, path: string): Omit<T, F> } {
  type Entry = [string, Member<unknown>];
  const entries = Object.entries(members) as Entry[];
  const known = new Set(entries.map(([, member]) => member.json));
  const decode = (json: Json, path: string, before?: Omit<T, F>): Omit<T, F> => {
    if (!isObject(json)) throw wrongType(path, 'an object');
    const earlier = before as { readonly [key: string]: unknown } | undefined;
    const model: { [key: string]: unknown } = {};
    const { several, unknown } = sorted(json, known);
    for (const [key, { json: name, rule, kind }] of entries) {
      let value = earlier?.[key];
      const given = several?.get(name) ?? (Object.hasOwn(json, name) ? [json[name] ?? null] : []);
      for (const one of given)
        if (one !== null) value = kind.decode(one, `${path}.${name}`, value);
        else if (!kind.keepsNull) value = undefined;
      if (value !== undefined) model[key] = value;
      else if (rule !== 'present') model[key] = kind.zero;
    }
    const rest = { ...(earlier?.['unknown'] as { json?: JsonObject } | undefined)?.json };
    if (unknown.length > 0) model['unknown'] = { json: pick(json, unknown, path, rest) };
    else if (earlier?.['unknown'] !== undefined) model['unknown'] = earlier['unknown'];
    return model as Omit<T, F>;
  };
  const encode = (value: Omit<T, F>): string => {
    const model = value as { readonly [key: string]: unknown };
    const parts: string[] = [];
    for (const [key, { json: name, rule, kind }] of entries) {
      if (rule === 'present' && model[key] === undefined) continue;
      const text = kind.encode(model[key]);
      if (text !== undefined) parts.push(`"${name}":${text}`);
      else if (rule !== 'omitempty') parts.push(`"${name}":${kind.empty}`);
    }
    const unknown = (model['unknown'] ?? {}) as { readonly json?: JsonObject };
    for (const name of sortedKeys(unknown.json ?? {}))
      parts.push(`${goString(name)}:${goJson(unknown.json?.[name] ?? null)}`);
    return `{${parts.join(',')}}`;
  };
  // A Go struct is never empty in omitempty's sense; one behind a pointer is absent instead.
  return { zero: undefined as never, decode, encode, empty: '{}' };
}

/**
 * An object's members by the fields they are for: of one name in two spellings (`name`, `Name`), Go reads
 * each in the order of the text. `several` is absent where every name is written as the field's.
 */
function sorted(
  json: JsonObject,
  known: ReadonlySet<string>,
): {
  readonly several?: ReadonlyMap<string, readonly Json[]>;
  readonly unknown: readonly string[];
} {
  const others = Object.keys(json).filter((name) => !known.has(name));
  const members = repeatedMembers(json);
  if (others.length === 0 && !members) return { unknown: [] };
  const folded = new Map([...known].map((name) => [foldName(name), name]));
  const fieldOf = (name: string): string | undefined =>
    known.has(name) ? name : folded.get(foldName(name));
  const unknown = others.filter((name) => fieldOf(name) === undefined);
  if (unknown.length === others.length && !members) return { unknown };
  const several = new Map<string, Json[]>();
  for (const [name, value] of members ?? Object.entries(json)) {
    const field = fieldOf(name);
    if (field !== undefined) several.set(field, [...(several.get(field) ?? []), value]);
  }
  return { several, unknown };
}

/** A struct behind a Go pointer: null when nil. */
export function pointer<T>(kind: Kind<T>): Kind<T | null> {
  return {
    zero: null,
    decode: (json, path, before) => kind.decode(json, path, before ?? undefined),
    encode: (value) => (value === null ? undefined : kind.encode(value)),
    empty: 'null',
  };
}

export const text: Kind<string> = {
  zero: '',
  keepsNull: true,
  decode(json, path) {
    if (typeof json !== 'string') throw wrongType(path, 'text');
    return json;
  },
  encode: (value) => (value === '' ? undefined : goString(value)),
  empty: '""',
};

/** A Go int, which takes neither `1.0` nor `1e3`. */
export const integer: Kind<number> = {
  zero: 0,
  keepsNull: true,
  decode(json, path) {
    if (json instanceof JsonNumber && /[.eE]/.test(json.text))
      throw wrongType(path, 'a whole number in digits alone, as Helm wants it');
    if (json instanceof JsonNumber) throw wrongType(path, 'a number of up to 53 bits');
    if (!Number.isSafeInteger(json)) throw wrongType(path, 'a whole number');
    return (json as number) + 0;
  },
  encode: (value) => (value === 0 ? undefined : goNumber(value)),
  empty: '0',
};

export const boolean: Kind<boolean> = {
  zero: false,
  keepsNull: true,
  decode(json, path) {
    if (typeof json !== 'boolean') throw wrongType(path, 'true or false');
    return json;
  },
  encode: (value) => (value ? 'true' : undefined),
  empty: 'false',
};

/**
 * A Go []byte: base64 text, null when nil, `""` when empty. Go passes over line breaks in base64, and
 * takes a list of numbers as well.
 */
export const bytes: Kind<Uint8Array | null> = {
  zero: null,
  decode(json, path) {
    if (isList(json) && json.every(isByte)) return Buffer.from(json);
    if (typeof json !== 'string') throw wrongType(path, 'base64');
    const data = Buffer.from(json, 'base64');
    // What encodes to itself is sound, and that is seen much faster than by a pattern.
    if (data.toString('base64') === json) return data;
    const plain = json.replace(/[\r\n]+/g, '');
    if (!/^[A-Za-z0-9+/]*={0,2}$/.test(plain) || plain.length % 4 !== 0)
      throw wrongType(path, 'base64');
    return Buffer.from(plain, 'base64');
  },
  encode: (value) =>
    value === null
      ? undefined
      : `"${Buffer.from(value.buffer, value.byteOffset, value.byteLength).toString('base64')}"`,
  empty: 'null',
};

function isByte(json: Json): json is number {
  return Number.isInteger(json) && (json as number) >= 0 && (json as number) <= 255;
}

/** A list whose nil and empty forms mean the same, because the member is `omitempty`. */
export function list<V>(kind: Kind<V>): Kind<readonly V[]> {
  return {
    zero: [],
    decode: (json, path, before) => decodeList(kind, json, path, before),
    encode: (value) => (value.length === 0 ? undefined : encodeList(kind, value)),
    empty: 'null',
  };
}

/** A list that is null when nil and `[]` when empty. */
export function nullableList<V>(kind: Kind<V>): Kind<readonly V[] | null> {
  return {
    zero: null,
    decode: (json, path, before) => decodeList(kind, json, path, before ?? []),
    encode: (value) => (value === null ? undefined : encodeList(kind, value)),
    empty: 'null',
  };
}

/** Items, too, are decoded on top of those that stood in their places. */
function decodeList<V>(
  kind: Kind<V>,
  json: Json,
  path: string,
  before: readonly V[] = [],
): readonly V[] {
  if (!isList(json)) throw wrongType(path, 'a list');
  return json.map((item, index) => {
    if (item !== null) return kind.decode(item, `${path}[${index}]`, before[index]);
    // Helm reads a list with nothing in it, and breaks off at its first use.
    if (kind.zero === undefined) throw wrongType(`${path}[${index}]`, 'an object');
    return kind.keepsNull ? (before[index] ?? kind.zero) : kind.zero;
  });
}

function encodeList<V>(kind: Kind<V>, value: readonly V[]): string {
  return `[${value.map((item) => kind.encode(item) ?? kind.empty).join(',')}]`;
}

/** A Go map[string]string. */
export const textMap: Kind<{ readonly [name: string]: string }> = {
  zero: {},
  decode(json, path, before = {}) {
    if (!isObject(json)) throw wrongType(path, 'an object');
    const texts = Object.entries(json).map(([name, value]): [string, string] => [
      ...([name, text.decode(value ?? '', path)] as const),
    ]);
    return Object.fromEntries([...Object.entries(before), ...texts]);
  },
  encode: (value) => (Object.keys(value).length === 0 ? undefined : goJson(value)),
  empty: 'null',
};

/** Any JSON, bounded in depth so that whoever walks it later can recurse. */
export const anything: Kind<Json> = {
  zero: null,
  decode(json, path) {
    checkValues(json, path, 0);
    return json;
  },
  encode: goJson,
  empty: 'null',
};

/** Any JSON object; null and `{}` differ. Go adds to a map that is there. */
export const anyObject: Kind<JsonObject | null> = {
  zero: null,
  decode(json, path, before) {
    if (!isObject(json)) throw wrongType(path, 'an object');
    checkValues(json, path, 0);
    return before ? withMembers(before, json) : json;
  },
  encode: (value) => (value === null ? undefined : goJson(value)),
  empty: 'null',
};

/** Go reads every number as a float64, and refuses what none comes near: only a `JsonNumber` may be. */
function checkValues(json: Json, path: string, depth: number, finite = true): void {
  if (typeof json !== 'object' || json === null) return;
  if (json instanceof JsonNumber) {
    if (finite && !Number.isFinite(json.float))
      throw new UnreadableError(`${path} holds a number that is too large`);
    return;
  }
  if (depth >= maxDepth) throw new UnreadableError(`${path} nests deeper than ${maxDepth} levels`);
  for (const item of Object.values(json)) checkValues(item, path, depth + 1, finite);
}

/** `names` of `json` beside `rest`. What Go doesn't know it passes over, whatever numbers there are. */
function pick(
  json: JsonObject,
  names: readonly string[],
  path: string,
  rest: JsonObject,
): JsonObject {
  const found = names.map((name): [string, Json] => [name, json[name] ?? null]);
  for (const [, value] of found) checkValues(value, `${path} (unknown)`, 0, false);
  return withMembers(rest, Object.fromEntries(found));
}

/** Safe for a member called `__proto__`. */
function withMembers(before: JsonObject, after: JsonObject): JsonObject {
  return Object.fromEntries([...Object.entries(before), ...Object.entries(after)]);
}

function wrongType(path: string, wanted: string): UnreadableError {
  return new UnreadableError(`${path} is not ${wanted}`);
}
