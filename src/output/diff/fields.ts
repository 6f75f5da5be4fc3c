/** Changed fields, one a line: `spec.replicas  4 → 2`. */
import stringWidth from 'string-width';
import { printable } from '../../errors.ts';
import { isList, isObject } from '../../go/json/write.ts';
import { toYaml } from '../../go/yaml/write.ts';
import type { FieldChange, Path } from '../../inspect/diff/fields.ts';
import { type Json, JsonNumber } from '../../json.ts';
import type { Paint, Palette } from '../terminal/colour.ts';
import { cut, table } from '../terminal/table.ts';
import { diffText } from './text.ts';

/** `spec.containers[web].image`, `metadata.annotations["helm.sh/hook"]`, `args[2]`. Safe to print. */
export function pathText(path: Path): string {
  const text = path.map((step, at) => {
    if (typeof step === 'number') return `[${step}]`;
    if (typeof step === 'object') return `[${step.named}]`;
    if (!/^[\w$-]+$/.test(step)) return `[${JSON.stringify(step)}]`;
    return at === 0 ? step : `.${step}`;
  });
  return printable(text.join('') || '(all of it)', 400);
}

interface Line {
  readonly path: string;
  readonly text: string;
  readonly paint: Paint;
  /** Below the line: what changed in a text of several lines. */
  readonly below: string;
}

/** More new or lost values than this below one field are counted. */
const mostLeaves = 12;
const mostShown = 200;
const indent = '      ';
/** Between the columns of a table. */
const gap = 2;

/** @param width cells to fit into; undefined for a pipe */
export function fieldLines(
  changes: readonly FieldChange[],
  colours: Palette,
  width: number | undefined,
): string {
  // Only a terminal's width cuts a value.
  const most = width === undefined ? Number.POSITIVE_INFINITY : mostShown;
  const lines = changes.flatMap((change) => linesOf(change, colours, most, width));
  const texts = Math.max(0, ...lines.map(({ text }) => stringWidth(text)));
  // At least half of a narrow terminal is the paths'.
  const room = width && width - gap - indent.length - Math.min(texts, Math.floor(width / 2) - 4);
  const printed = table<Line>(
    [
      { header: '', min: 24, cell: ({ path }) => indent + tail(path, room) },
      { header: '', min: 20, cell: ({ text }) => text, paint: ({ paint }) => paint },
    ],
    lines,
    { headers: false, width },
  );
  const rows = printed.split('\n');
  return lines.map(({ below }, at) => `${rows[at]}\n${below}`).join('');
}

/** The end of a path says more than its beginning. */
function tail(path: string, room: number | undefined): string {
  const chars = [...path];
  if (room === undefined || chars.length <= room) return path;
  return `…${chars.slice(chars.length - Math.max(1, room - 1)).join('')}`;
}

function linesOf(
  change: FieldChange,
  colours: Palette,
  most: number,
  width: number | undefined,
): Line[] {
  return leaves(change, mostLeaves).map(({ path, before, after, reordered, onlyDigits }) => {
    const line = (text: string, paint: Paint, below = '') => ({
      ...{ path: pathText(path), text, paint, below },
    });
    if (reordered)
      return line(`order: ${names(before, most)} → ${names(after, most)}`, colours.waiting);
    if (typeof before === 'string' && typeof after === 'string' && isText(before, after)) {
      const { added, removed, print } = diffText(before, after, 1);
      const below = print(colours).replace(/^(?=.)/gm, `${indent}  `);
      return line(`+${added} -${removed} lines`, colours.waiting, below);
    }
    if (before === undefined) return line(`+ ${shortValue(after, most)}`, colours.good);
    if (after === undefined) return line(`- ${shortValue(before, most)}`, colours.bad);
    const same = onlyDigits ? ' (the same number)' : '';
    const text = `${shortValue(before, most)} → ${shortValue(after, most)}${same}`;
    const taken = stringWidth(indent + pathText(path) + text) + gap;
    const below =
      width !== undefined &&
      taken > width &&
      typeof before === 'string' &&
      typeof after === 'string'
        ? besides(before, after, width - indent.length - 4, colours)
        : undefined;
    return below === undefined ? line(text, colours.waiting) : line('', colours.plain, below);
  });
}

/** How much of what two texts have in common stands at least before the place where they part. */
const context = 16;

/** Two texts that are too long for one line, below each other, from shortly before they differ. */
function besides(before: string, after: string, width: number, colours: Palette): string {
  const [a, b] = [before, after].map((text) => [...shortValue(text, Number.POSITIVE_INFINITY)]);
  if (!a || !b) return '';
  const parting = a.findIndex((char, at) => char !== b[at]);
  const same = parting < 0 ? Math.min(a.length, b.length) : parting;
  const tooMany = Math.max(...[a, b].map((chars) => stringWidth(chars.join('')))) - width;
  const from = Math.min(same - context, tooMany);
  const excerpt = (chars: readonly string[]): string =>
    cut(from > 0 ? `…${chars.slice(from + 1).join('')}` : chars.join(''), width);
  const lines = [colours.bad(`- ${excerpt(a)}`), colours.good(`+ ${excerpt(b)}`)];
  return lines.map((text) => `${indent}  ${text}\n`).join('');
}

/** Several lines on both sides: the lines that differ say more than the whole. */
function isText(before: string, after: string): boolean {
  return before.trimEnd().includes('\n') && after.trimEnd().includes('\n');
}

/** What came or went with everything below it, value by value, while there are at most so many. */
export function leaves(
  change: FieldChange,
  most = Number.POSITIVE_INFINITY,
): readonly FieldChange[] {
  const { before, after, path, reordered } = change;
  if (reordered || (before !== undefined && after !== undefined)) return [change];
  const found = leavesOf(before ?? after ?? null, path);
  if (found.length === 0 || found.length > most) return [change];
  return found.map(([at, value]) =>
    before === undefined ? { path: at, after: value } : { path: at, before: value },
  );
}

function leavesOf(value: Json, path: Path): [Path, Json][] {
  const below: [Path, Json][] = isList(value)
    ? value.flatMap((item, at) => leavesOf(item, [...path, at]))
    : isObject(value)
      ? Object.entries(value).flatMap(([key, item]) => leavesOf(item, [...path, key]))
      : [];
  return below.length > 0 ? below : [[path, value]];
}

function shortValue(value: Json | undefined, most: number): string {
  if (value === undefined) return '';
  if (isList(value) || isObject(value)) {
    const count = leavesOf(value, []).length;
    const empty = Object.keys(value).length === 0;
    if (empty) return isList(value) ? '[]' : '{}';
    return `(${count === 1 ? '1 value' : `${count} values`})`;
  }
  if (value instanceof JsonNumber) return value.text;
  if (Object.is(value, -0)) return '-0';
  if (typeof value !== 'string') return String(value);
  const yaml = value.includes('\n') ? JSON.stringify(value) : toYaml(value).trimEnd();
  return printable(yaml, most);
}

function names(value: Json | undefined, most: number): string {
  return isList(value) ? printable(value.join(', '), most) : '';
}
