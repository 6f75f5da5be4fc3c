/**
 * The items of a JSON list that isn't sound: every item that can be read by itself, and the pieces
 * between them that can't.
 *
 * After damage, reading goes on at the next text that only an object of Kubernetes begins with: no
 * string can hold it, because its quotes would be escaped there.
 */
import { parseKeeping } from '../../go/json/read.ts';
import { type Fields, isFields } from '../objects.ts';
import { countUpTo } from './count.ts';
import { objectScanner, skip } from './jsonScan.ts';
import { looksSingle, type Piece, type Salvaged, topFields } from './salvage.ts';

/** @returns undefined for what isn't a list. Every character is looked at a few times at most. */
export function salvageJson(text: string): Salvaged | undefined {
  const starts = itemStarts(text);
  const first = starts[0];
  if (first === undefined || looksSingle(text.slice(0, first))) return undefined;
  const scan = objectScanner(text);
  const pieces: Piece[] = [];
  let damage: { start: number; wrong: number } | undefined;
  const endDamage = (end: number) => {
    if (damage) pieces.push({ ...damage, end });
    damage = undefined;
  };
  let tail = text.length;
  for (let at: number | undefined = first; at !== undefined; ) {
    const found = scan(at);
    if ('wrong' in found) {
      damage ??= { start: at, wrong: found.wrong };
      at = resume(starts, at, found.wrong);
      if (at !== undefined && beginsItem(text, at)) endDamage(at);
      continue;
    }
    const { end } = found;
    const object = parsed(text.slice(at, end));
    if (object === undefined || (damage && !looksWhole(object)))
      damage ??= { start: at, wrong: at };
    else {
      endDamage(at);
      pieces.push({ start: at, end, object });
    }
    const next = skip(betweenItems, text, end);
    if (next > end) {
      at = next;
      continue;
    }
    at = starts[countUpTo(starts, end - 1)];
    if (at === undefined && text[skip(space, text, end)] === ']') tail = end;
    else damage ??= { start: end, wrong: skip(space, text, end) };
    if (at !== undefined && beginsItem(text, at)) endDamage(at);
  }
  endDamage(tail);
  // The list's own end is part of a last piece that can't be read.
  const frame = text.slice(0, first) + (tail < text.length ? text.slice(tail) : ']}');
  return { pieces, frame };
}

const space = /[ \t\r\n]*/y;
/** Unlike what may follow a `}` within an item: managed fields begin with an apiVersion as well. */
const nextItem = new RegExp(
  `(?<=\\}\\s*,\\s*)\\{\\s*(?:"apiVersion"\\s*:\\s*"[^"\\n]{0,99}"\\s*,\\s*)?"(?:${topFields.replace('apiVersion|', '')})"`,
  'y',
);
const betweenItems = /[ \t\r\n]*,[ \t\r\n]*(?=\{)/y;

/** Where damaged items stand in a row, each is a piece of its own. */
function beginsItem(text: string, at: number): boolean {
  return skip(nextItem, text, at) > at;
}

/**
 * Offsets where an item may begin. In a text with an item a line it's the indentation that tells
 * them from what items hold; elsewhere it's for the reader to tell.
 */
function itemStarts(text: string): number[] {
  const pattern = new RegExp(`\\{\\s*"(?:${topFields})"\\s*:`, 'g');
  const all = [...text.matchAll(pattern)].map(({ index }) => index);
  const indents = all.map((start) => indentOf(text, start));
  const least = indents.reduce((min, indent) => (indent > 0 && indent < min ? indent : min), 1e9);
  if (least < 1e9) return all.filter((_, i) => indents[i] === least);
  return all.filter((start) => start > skip(space, text, 0));
}

/** The white space that a line begins with before this offset; -1 where there is more. */
function indentOf(text: string, start: number): number {
  let at = start;
  while (text[at - 1] === ' ' || text[at - 1] === '\t') at -= 1;
  return at === 0 || text[at - 1] === '\n' ? start - at : -1;
}

/**
 * The last start before the wrong character, as a string that lost its end may have run into the
 * next item; else the first one after it. So no part of the text is read more than twice.
 */
function resume(starts: readonly number[], at: number, wrong: number): number | undefined {
  const after = countUpTo(starts, Math.max(at, wrong));
  const last = starts[after - 1];
  return last !== undefined && last > at ? last : starts[after];
}

function parsed(text: string): unknown {
  try {
    return parseKeeping(text);
  } catch {
    return undefined;
  }
}

/** Within damage, objects inside of items come up too: managed fields, owners, templates. */
function looksWhole(object: unknown): boolean {
  if (!isFields(object) || !isFields(object.metadata)) return false;
  const { kind, data }: Fields = object;
  return kind !== undefined || data !== undefined;
}
