/**
 * JSON objects by table, the way Go's encoding/json treats a struct: members in a fixed order, some
 * left out when empty. One table decodes and encodes, so that each is the other's inverse.
 */
import { UnreadableError } from '../../errors.ts';
import type { Json, JsonObject, Unknown } from '../../release.ts';
import { goJson, goNumber, goString, isList, isObject, maxDepth, sortedKeys } from '../gojson.ts';

/** How one type of value is read and written. `zero` is what an absent or null member means. */
export interface Kind<V> {
  readonly zero: V;
  /** @throws UnreadableError naming `path` */
  decode(json: Json, path: string): V;
  /** JSON text, or undefined for Go's empty value, which `omitempty` leaves out. */
  encode(value: V): string | undefined;
  /** What an empty value is written as where it isn't left out. */
  readonly empty: string;
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
  const decode = (json: Json, path: string): Omit<T, F> => {
    if (!isObject(json)) throw wrongType(path, 'an object');
    const model: { [key: string]: unknown } = {};
    for (const [key, { json: name, rule, kind }] of entries) {
      const value = Object.hasOwn(json, name) ? json[name] : undefined;
      if (value !== undefined && value !== null) model[key] = kind.decode(value, `${path}.${name}`);
      else if (rule !== 'present') model[key] = kind.zero;
    }
    const unknown = Object.keys(json).filter((name) => !known.has(name));
    if (unknown.length > 0) model['unknown'] = { json: pick(json, unknown, path) };
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

/** A struct behind a Go pointer: null when nil. */
export function pointer<T>(kind: Kind<T>): Kind<T | null> {
  return {
    zero: null,
    decode: kind.decode,
    encode: (value) => (value === null ? undefined : kind.encode(value)),
    empty: 'null',
  };
}

export const text: Kind<string> = {
  zero: '',
  decode(json, path) {
    if (typeof json !== 'string') throw wrongType(path, 'text');
    return json;
  },
  encode: (value) => (value === '' ? undefined : goString(value)),
  empty: '""',
};

export const integer: Kind<number> = {
  zero: 0,
  decode(json, path) {
    if (!Number.isSafeInteger(json)) throw wrongType(path, 'a whole number');
    return json as number;
  },
  encode: (value) => (value === 0 ? undefined : goNumber(value)),
  empty: '0',
};

export const boolean: Kind<boolean> = {
  zero: false,
  decode(json, path) {
    if (typeof json !== 'boolean') throw wrongType(path, 'true or false');
    return json;
  },
  encode: (value) => (value ? 'true' : undefined),
  empty: 'false',
};

/** A Go []byte: base64 text, null when nil, `""` when empty. */
export const bytes: Kind<Uint8Array | null> = {
  zero: null,
  decode(json, path) {
    if (typeof json !== 'string') throw wrongType(path, 'base64');
    const data = Buffer.from(json, 'base64');
    // What encodes to itself is sound, and that is seen much faster than by a pattern.
    const sound = data.toString('base64') === json;
    if (!sound && (!/^[A-Za-z0-9+/]*={0,2}$/.test(json) || json.length % 4 !== 0))
      throw wrongType(path, 'base64');
    return data;
  },
  encode: (value) =>
    value === null
      ? undefined
      : `"${Buffer.from(value.buffer, value.byteOffset, value.byteLength).toString('base64')}"`,
  empty: 'null',
};

/** A list whose nil and empty forms mean the same, because the member is `omitempty`. */
export function list<V>(kind: Kind<V>): Kind<readonly V[]> {
  return {
    zero: [],
    decode: (json, path) => decodeList(kind, json, path),
    encode: (value) => (value.length === 0 ? undefined : encodeList(kind, value)),
    empty: 'null',
  };
}

/** A list that is null when nil and `[]` when empty. */
export function nullableList<V>(kind: Kind<V>): Kind<readonly V[] | null> {
  return {
    zero: null,
    decode: (json, path) => decodeList(kind, json, path),
    encode: (value) => (value === null ? undefined : encodeList(kind, value)),
    empty: 'null',
  };
}

function decodeList<V>(kind: Kind<V>, json: Json, path: string): readonly V[] {
  if (!isList(json)) throw wrongType(path, 'a list');
  return json.map((item, index) =>
    item === null ? kind.zero : kind.decode(item, `${path}[${index}]`),
  );
}

function encodeList<V>(kind: Kind<V>, value: readonly V[]): string {
  return `[${value.map((item) => kind.encode(item) ?? kind.empty).join(',')}]`;
}

/** A Go map[string]string. */
export const textMap: Kind<{ readonly [name: string]: string }> = {
  zero: {},
  decode(json, path) {
    if (!isObject(json)) throw wrongType(path, 'an object');
    for (const value of Object.values(json)) text.decode(value ?? '', path);
    return json as { readonly [name: string]: string };
  },
  encode: (value) => (Object.keys(value).length === 0 ? undefined : goJson(value)),
  empty: 'null',
};

/** Any JSON, bounded in depth so that whoever walks it later can recurse. */
export const anything: Kind<Json> = {
  zero: null,
  decode(json, path) {
    checkDepth(json, path, 0);
    return json;
  },
  encode: goJson,
  empty: 'null',
};

/** Any JSON object; null and `{}` differ. */
export const anyObject: Kind<JsonObject | null> = {
  zero: null,
  decode(json, path) {
    if (!isObject(json)) throw wrongType(path, 'an object');
    checkDepth(json, path, 0);
    return json;
  },
  encode: (value) => (value === null ? undefined : goJson(value)),
  empty: 'null',
};

function checkDepth(json: Json, path: string, depth: number): void {
  if (typeof json === 'number' && !Number.isFinite(json))
    throw new UnreadableError(`${path} holds a number that is too large`);
  if (typeof json !== 'object' || json === null) return;
  if (depth >= maxDepth) throw new UnreadableError(`${path} nests deeper than ${maxDepth} levels`);
  for (const item of Object.values(json)) checkDepth(item, path, depth + 1);
}

/** `names` of `json`, safe for a member called `__proto__`. */
function pick(json: JsonObject, names: readonly string[], path: string): JsonObject {
  return Object.fromEntries(
    names.map((name) => [name, anything.decode(json[name] ?? null, `${path} (unknown)`)]),
  );
}

function wrongType(path: string, wanted: string): UnreadableError {
  return new UnreadableError(`${path} is not ${wanted}`);
}
