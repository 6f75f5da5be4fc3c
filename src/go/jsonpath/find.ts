/** What a JSONPath finds: client-go's util/jsonpath/jsonpath.go, with its types and its errors. */
import { equal, less } from '../template/compare.ts';
import { type GoValue, goInt, goText, none, TemplateError } from '../template/values.ts';
import type { Action, Filter, Slice, Step } from './parse.ts';

/** How many values were at hand when it failed: a filter takes an item for there with any. */
class FindError extends TemplateError {
  readonly found: number;

  constructor(message: string, found: number) {
    super(message);
    this.found = found;
  }
}

/** Where ranges begin and end is known only while they are walked, since steps of any place may say so. */
interface Walk {
  readonly parts: readonly Step[];
  /** A key that no value has is an error. */
  readonly strict: boolean;
  begun: number;
  inside: number;
  ended: number;
  /** Where the last range ended; -1: none has. */
  lastEnd: number;
}

/**
 * @returns a list for each part of the template, and for each turn of its ranges
 * @throws TemplateError
 */
export function findResults(
  parts: readonly Step[],
  root: GoValue,
  strict: boolean,
): readonly (readonly GoValue[])[] {
  return turn({ parts, strict, begun: 0, inside: 0, ended: 0, lastEnd: -1 }, 0, root);
}

/** From a part to the end of its range, or to the last one where nothing ends it. */
function turn(walk: Walk, first: number, at: GoValue): (readonly GoValue[])[] {
  // A nil is nothing at all once it is what a range has come to.
  const root = at.is === 'nil' ? none : at;
  const all: (readonly GoValue[])[] = [];
  for (let i = first; i < walk.parts.length; i++) {
    const part = walk.parts[i];
    if (!part) break;
    const found = take(walk, [root], part);
    if (walk.ended > 0 && walk.ended <= walk.inside) {
      walk.ended -= 1;
      walk.lastEnd = i;
      break;
    }
    if (walk.begun === 0) {
      all.push(found);
      continue;
    }
    walk.begun -= 1;
    walk.inside += 1;
    for (const value of found) {
      if (value.is === 'none') throw new TemplateError('a range over nothing at all');
      for (const one of turn(walk, i + 1, value)) all.push(one);
    }
    // Nobody sees what is found, but it is looked where the range ends, and what goes wrong in it.
    if (found.length === 0) turn(walk, i + 1, none);
    walk.inside -= 1;
    if (walk.lastEnd > i) i = walk.lastEnd;
  }
  return all;
}

function take(walk: Walk, from: readonly GoValue[], step: Step): readonly GoValue[] {
  switch (step.is) {
    case 'action':
      return step.steps.reduce((found, one) => take(walk, found, one), from);
    case 'text':
      return [goText(step.text)];
    case 'constant':
      return from.map(() => step.value);
    case 'word':
      return keyword(walk, from, step.word);
    case 'field':
      return field(walk, from, step.name);
    case 'wildcard':
      return from.flatMap(inside);
    case 'below': {
      const found: GoValue[] = [];
      for (const value of from) addBelow(value, found);
      return found;
    }
    case 'slice':
      return from.flatMap((value) => sliced(value, step, from.length));
    case 'union':
      return union(walk, from, step.of);
    case 'filter':
      return from.flatMap((value) => filtered(walk, value, step, from.length));
  }
}

function keyword(walk: Walk, from: readonly GoValue[], word: string): readonly GoValue[] {
  if (word === 'range') {
    walk.begun += 1;
    return from;
  }
  if (word !== 'end') throw new FindError(`${word} is no known word`, from.length);
  if (walk.inside === 0) throw new FindError('{end} without a {range}', 0);
  walk.ended += 1;
  return [];
}

function field(walk: Walk, from: readonly GoValue[], name: string): readonly GoValue[] {
  const found = from.flatMap((value) => {
    const one = value.is === 'map' ? value.entries.get(name) : undefined;
    return one ? [one] : [];
  });
  if (found.length === 0 && from.length > 0 && walk.strict)
    throw new FindError(`${name} is not there`, 0);
  return found;
}

/** Of a text its bytes, as Go counts it. */
function inside(value: GoValue): readonly GoValue[] {
  if (value.is === 'map') return [...value.entries.values()];
  if (value.is === 'list') return value.items;
  if (value.is !== 'string') return [];
  return [...Buffer.from(value.value)].map((byte) => goInt(byte, 'uint8'));
}

/** The value and all in it that hold something themselves: no numbers, and no empty lists or texts. */
function addBelow(value: GoValue, found: GoValue[]): void {
  const children = inside(value);
  if (children.length === 0) return;
  found.push(value);
  for (const child of children) addBelow(child, found);
}

function sliced(value: GoValue, slice: Slice, count: number): readonly GoValue[] {
  if (value.is === 'nil') return [];
  if (value.is !== 'list') throw new FindError(`${kindOf(value)} has no index`, count);
  const { items } = value;
  const length = BigInt(items.length);
  let from = slice.from ?? 0n;
  let to = slice.to ?? length;
  if (from < 0n) from += length;
  if (to < 0n || (to === 0n && slice.single)) to += length;
  if (from === to) return [];
  if (from >= length || from < 0n) throw outside(from, length, count);
  if (to > length || to < 0n) throw outside(to - 1n, length, count);
  if (from > to) throw new FindError(`index ${from} comes after ${to}, where it ends`, count);
  const by = slice.by ?? 1n;
  if (by <= 0n) throw new FindError('a step must be more than 0', count);
  const step = by > length ? items.length : Number(by);
  return items.slice(Number(from), Number(to)).filter((_, i) => i % step === 0);
}

/** kubectl's words. */
function outside(index: bigint, length: bigint, count: number): FindError {
  return new FindError(`array index out of bounds: index ${index}, length ${length}`, count);
}

/** One after the other, each over all of them. */
function union(walk: Walk, from: readonly GoValue[], lists: readonly Action[]): readonly GoValue[] {
  try {
    return lists.flatMap((list) => take(walk, from, list));
  } catch (error) {
    throw error instanceof FindError ? new FindError(error.message, from.length) : error;
  }
}

function filtered(
  walk: Walk,
  value: GoValue,
  { left, test }: Filter,
  count: number,
): readonly GoValue[] {
  if (value.is !== 'list') throw new FindError(`${kindOf(value)} has no items to filter`, count);
  const passed: GoValue[] = [];
  for (const item of value.items) {
    if (test ? holds(walk, item, left, test, count) : isThere(walk, item, left)) passed.push(item);
  }
  return passed;
}

/** An index that is outside has looked at a list, which is enough for kubectl. */
function isThere(walk: Walk, item: GoValue, left: Action): boolean {
  try {
    return take(walk, [item], left).length > 0;
  } catch (error) {
    if (error instanceof FindError) return error.found > 0;
    throw error;
  }
}

function holds(
  walk: Walk,
  item: GoValue,
  left: Action,
  { operator, right }: NonNullable<Filter['test']>,
  count: number,
): boolean {
  const a = onlyOne(walk, item, left, count);
  if (!a) return false;
  const b = onlyOne(walk, item, right, count);
  if (!b) return false;
  switch (operator) {
    case '==':
      return isEqual(a, b);
    case '!=':
      return !isEqual(a, b);
    case '<':
      return less(a, b);
    case '<=':
      return less(a, b) || isEqual(a, b);
    case '>':
      return !(less(a, b) || isEqual(a, b));
    case '>=':
      return !less(a, b);
    default:
      throw new FindError(`${operator} compares nothing: there are ==, !=, <, <=, > and >=`, count);
  }
}

function onlyOne(walk: Walk, item: GoValue, path: Action, count: number): GoValue | undefined {
  const found = take(walk, [item], path);
  if (found.length > 1) throw new FindError('a filter compares one value with one', count);
  return found[0];
}

/** Unlike Go's templates it compares no nil. */
function isEqual(a: GoValue, b: GoValue): boolean {
  for (const { is } of [a, b])
    if (is !== 'bool' && is !== 'int' && is !== 'float' && is !== 'string')
      throw new TemplateError('invalid type for comparison');
  return equal(a, b);
}

/** For a message, which holds no value. */
function kindOf(value: GoValue): string {
  const kinds: { readonly [is: string]: string } = {
    ...{ map: 'a mapping', string: 'a text', bool: 'true or false', int: 'a number' },
    ...{ float: 'a number', nil: 'null', none: 'nothing' },
  };
  return kinds[value.is] ?? 'that';
}
