/** What may be read of a text before it is taken for an attack. Go has no such limits but for aliases. */
import { maxValues } from '../json/bounds.ts';
import { YamlError } from './cursor.ts';

/** How deep collections may nest. Go's own limit is 10,000; no values come near either. */
export const maxDepth = 1000;

/** What is left; several texts may share one. Reading counts down. */
export interface Budget {
  /** Marks, keys and values that the parser takes: an item of a list is two of them, a key with its value four. */
  tokens: number;
  /** Values and keys, those that aliases repeat as well. */
  values: number;
  /** UTF-16 units of text that aliases repeat. */
  aliased: number;
}

/** A document of a few kilobytes can stand for gigabytes; Go would try to write them out. */
const maxCharacters = 100_000_000;

export function openBudget(values = maxValues, aliased = maxCharacters): Budget {
  return { tokens: 2 * values, values, aliased };
}

/** The text may be YAML; there is too much of it. */
export class BeyondBudget extends YamlError {}

/** Within one another: more than `maxDepth`. */
export class TooDeep extends YamlError {}

/** @param line from 0 */
export function tooDeep(line: number): TooDeep {
  return new TooDeep(line + 1, `more than ${maxDepth} levels`);
}

/** @param line from 0 */
export function beyond(line: number, reason: string): BeyondBudget {
  return new BeyondBudget(line + 1, reason);
}
