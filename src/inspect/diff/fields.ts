/**
 * What differs between two JSON values, field by field. The order of keys means nothing; items of a
 * list are told apart by their name where each has one, as Kubernetes merges them, and by their place
 * otherwise.
 */
import { diffArrays } from 'diff';
import { isList, isNumber, isObject, sameNumber } from '../../go/json/write.ts';
import { type Json, JsonNumber, type JsonObject } from '../../json.ts';

/** A key of an object, the place in a list, or the item of that name in a list. */
export type Step = string | number | { readonly named: string };
export type Path = readonly Step[];

export interface FieldChange {
  readonly path: Path;
  /** Absent: it wasn't there. */
  readonly before?: Json;
  /** Absent: it is gone. */
  readonly after?: Json;
  /** The same named items in another order; `before` and `after` are lists of their names. */
  readonly reordered?: true;
  /** One number, written in two ways: 1 and 1.0. To Helm it is the same. */
  readonly onlyDigits?: true;
}

export interface CompareOptions {
  /**
   * Kubernetes' objects: a null says as little as an absent field, and a number nothing by its digits.
   */
  readonly nullIsAbsent?: boolean;
  /**
   * Compare only what `before` has: `after` is a live object, to which the server and others have
   * added. Of a list of named items, those that are only in `after` are passed over too.
   */
  readonly subset?: boolean;
  /** Values that mean the same there although they are written differently. */
  readonly alike?: (before: Json, after: Json, path: Path) => boolean;
}

/** Edits of a list beyond this are shown as one list in the place of another. */
const mostEdits = 500;

/** In the order of the keys; none where nothing differs. */
export function compareFields(
  before: Json,
  after: Json,
  options: CompareOptions = {},
): FieldChange[] {
  const changes: FieldChange[] = [];
  compare(before, after, [], options, changes);
  return changes;
}

/** Numbers are the same where they are written the same. */
export function sameJson(a: Json | undefined, b: Json | undefined): boolean {
  if (Object.is(a, b)) return true;
  if (a instanceof JsonNumber) return b instanceof JsonNumber && a.text === b.text;
  if (isList(a))
    return isList(b) && a.length === b.length && a.every((item, at) => sameJson(item, b[at]));
  if (!isObject(a) || !isObject(b)) return false;
  const keys = Object.keys(a);
  return (
    keys.length === Object.keys(b).length &&
    keys.every((key) => Object.hasOwn(b, key) && sameJson(a[key], b[key]))
  );
}

function compare(
  before: Json | undefined,
  after: Json | undefined,
  path: Path,
  options: CompareOptions,
  into: FieldChange[],
): void {
  const [a, b] = [seen(before, options), seen(after, options)];
  if (sameJson(a, b)) return;
  if (options.subset && (a === undefined || (b === undefined && isOmitted(a)))) return;
  if (a !== undefined && b !== undefined && options.alike?.(a, b, path)) return;
  const onlyDigits = isNumber(a) && isNumber(b) && sameNumber(a, b);
  if (onlyDigits && options.nullIsAbsent) return;
  // A server leaves out what is empty: `{}` and `{a: null}` may both be absent there.
  if (isObject(a) && (isObject(b) || (options.subset && b === undefined)))
    compareObjects(a, isObject(b) ? b : {}, path, options, into);
  else if (isList(a) && isList(b)) compareLists(a, b, path, options, into);
  else
    into.push({
      path,
      ...(a === undefined ? {} : { before: a }),
      ...(b === undefined ? {} : { after: b }),
      ...(onlyDigits ? { onlyDigits } : {}),
    });
}

function seen(value: Json | undefined, { nullIsAbsent }: CompareOptions): Json | undefined {
  return value === null && nullIsAbsent ? undefined : value;
}

/** What Go's `omitempty` leaves out. */
function isOmitted(value: Json): boolean {
  return value === false || value === 0 || value === '' || (isList(value) && value.length === 0);
}

function compareObjects(
  a: JsonObject,
  b: JsonObject,
  path: Path,
  options: CompareOptions,
  into: FieldChange[],
): void {
  const keys = new Set([...Object.keys(a), ...Object.keys(b)]);
  for (const key of [...keys].sort())
    compare(member(a, key), member(b, key), [...path, key], options, into);
}

/** `__proto__` and its kind are keys like any other. */
function member(object: JsonObject, key: string): Json | undefined {
  return Object.hasOwn(object, key) ? object[key] : undefined;
}

function compareLists(
  a: readonly Json[],
  b: readonly Json[],
  path: Path,
  options: CompareOptions,
  into: FieldChange[],
): void {
  const [named, others] = [byName(a), byName(b)];
  if (named && others) compareNamed(named, others, path, options, into);
  else if (a.length === b.length)
    for (const [at, item] of a.entries()) compare(item, b[at], [...path, at], options, into);
  else compareItems(a, b, path, options, into);
}

/** Undefined where some item has no name of its own. */
function byName(list: readonly Json[]): ReadonlyMap<string, Json> | undefined {
  const items = new Map<string, Json>();
  for (const item of list) {
    const name = isObject(item) ? member(item, 'name') : undefined;
    if (typeof name !== 'string' || items.has(name)) return undefined;
    items.set(name, item);
  }
  return items;
}

function compareNamed(
  a: ReadonlyMap<string, Json>,
  b: ReadonlyMap<string, Json>,
  path: Path,
  options: CompareOptions,
  into: FieldChange[],
): void {
  for (const named of new Set([...a.keys(), ...b.keys()]))
    compare(a.get(named), b.get(named), [...path, { named }], options, into);
  const [before, after] = [
    [...a.keys()].filter((name) => b.has(name)),
    [...b.keys()].filter((name) => a.has(name)),
  ];
  if (!sameJson(before, after)) into.push({ path, before, after, reordered: true });
}

/** Items that came and went in between; what stands in the place of another is compared with it. */
function compareItems(
  a: readonly Json[],
  b: readonly Json[],
  path: Path,
  options: CompareOptions,
  into: FieldChange[],
): void {
  const keys = (list: readonly Json[]) => list.map((item) => keyOf(item));
  const parts = diffArrays(keys(a), keys(b), { maxEditLength: mostEdits });
  if (!parts) {
    into.push({ path, before: a, after: b });
    return;
  }
  let [from, to] = [0, 0];
  for (const [i, part] of parts.entries()) {
    const { count } = part;
    if (!part.added && !part.removed) [from, to] = [from + count, to + count];
    else if (part.removed) {
      const next = parts[i + 1];
      const pairs = next?.added ? Math.min(count, next.count) : 0;
      for (let k = 0; k < count; k++)
        compare(a[from + k], k < pairs ? b[to + k] : undefined, [...path, from + k], options, into);
      from += count;
    } else {
      const before = parts[i - 1];
      const pairs = before?.removed ? Math.min(count, before.count) : 0;
      for (let k = pairs; k < count; k++)
        compare(undefined, b[to + k], [...path, to + k], { ...options, subset: false }, into);
      to += count;
    }
  }
}

/** One text for equal items. YAML knows numbers that JSON doesn't. */
function keyOf(item: Json): string {
  return JSON.stringify(item, (_, value: Json) => {
    if (typeof value === 'number' && !Number.isFinite(value)) return [String(value)];
    if (Object.is(value, -0)) return ['-0'];
    if (value instanceof JsonNumber) return [value.text];
    if (!isObject(value)) return value;
    return Object.fromEntries(Object.entries(value).sort(([x], [y]) => (x < y ? -1 : 1)));
  });
}
