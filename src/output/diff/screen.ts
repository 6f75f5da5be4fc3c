/** The screens of `diff`: what changed, part by part; or everything as one unified diff. */
import { printable } from '../../errors.ts';
import { toYaml } from '../../go/yaml/write.ts';
import type { FieldChange } from '../../inspect/diff/fields.ts';
import type { FileChange } from '../../inspect/diff/files.ts';
import { changeTitle, type ObjectChange, type ObjectsDiff } from '../../inspect/diff/objects.ts';
import type { DocumentDiff, ReleaseDiff } from '../../inspect/diff/release.ts';
import type { Json } from '../../json.ts';
import { type Paint, type Palette, palette } from '../terminal/colour.ts';
import { type IO, tableWidth } from '../terminal/io.ts';
import { finite } from './data.ts';
import { fieldLines } from './fields.ts';
import { hunks, lineCounts } from './text.ts';

/** What both sides are called in a unified diff. */
export interface SideNames {
  readonly before: string;
  readonly after: string;
}

/** Part by part, each with a heading of its own. '' where nothing differs. */
export function printFields(diff: ReleaseDiff, io: IO): void {
  const colours = palette(io.colour);
  const width = tableWidth(io.stdout);
  const fields = (changes: readonly FieldChange[]) => fieldLines(changes, colours, width);
  const { chart, values, manifest, hooks, notes, files = [] } = diff;
  const parts: [heading: string, text: string][] = [
    ['chart', chart ? fields(chart.fields) : ''],
    ['objects', objectLines(manifest, colours, fields)],
    ['hooks', objectLines(hooks, colours, fields)],
    ['values', values ? fields(values.fields) : ''],
    ['notes', notes ? hunks(notes.before, notes.after, colours) : ''],
    ['files of the chart', files.map((file) => fileLine(file, colours)).join('')],
  ];
  for (const [heading, text] of parts)
    if (text !== '') io.stdout.write(`\n${colours.strong(`${heading}:`)}\n${text}`);
}

const marks = { added: '+', removed: '-', changed: '~', kept: '=', unknown: '?' } as const;

function paintOf(colours: Palette, change: ObjectChange['change']): Paint {
  if (change === 'added') return colours.good;
  if (change === 'removed') return colours.bad;
  return change === 'kept' || change === 'unknown' ? colours.quiet : colours.waiting;
}

function objectLines(
  diff: ObjectsDiff | undefined,
  colours: Palette,
  fields: (changes: readonly FieldChange[]) => string,
): string {
  const lines = (diff?.changes ?? []).map((one) => {
    const note = one.note === undefined ? '' : `  (${one.note})`;
    const title = `${marks[one.change]} ${changeTitle(one)}${note}`;
    return `${paintOf(colours, one.change)(title)}\n${fields(one.fields)}`;
  });
  return lines.join('');
}

function fileLine({ change, name, before, after }: FileChange, colours: Palette): string {
  const title = `${marks[change]} ${printable(name, 200)}`;
  const [a, b] = [textOf(before), textOf(after)];
  if (a === undefined || b === undefined) return `${paintOf(colours, change)(title)}  (binary)\n`;
  const { added, removed } = lineCounts(a, b);
  return `${paintOf(colours, change)(title)}  +${added} -${removed} lines\n`;
}

/** One unified diff of everything, objects and values as YAML with sorted keys. */
export function printUnified(diff: ReleaseDiff, names: SideNames, io: IO): void {
  const colours = palette(io.colour);
  const { chart, values, manifest, hooks, notes, files = [] } = diff;
  const write = (title: string, before: string | undefined, after: string | undefined): void => {
    if (before === after) return;
    const head = [
      `--- ${before === undefined ? '/dev/null' : title}\t${names.before}`,
      `+++ ${after === undefined ? '/dev/null' : title}\t${names.after}`,
    ];
    const lines = head.map((line) => `${colours.strong(line)}\n`).join('');
    io.stdout.write(lines + hunks(before ?? '', after ?? '', colours));
  };
  const yaml = (value: Json | undefined) =>
    value === undefined ? undefined : toYaml(finite(value));
  const document = (title: string, one: DocumentDiff | undefined) => {
    if (one && one.fields.length > 0) write(title, yaml(one.before), yaml(one.after));
  };
  document('chart', chart);
  for (const [folder, objects] of [
    ['manifest', manifest],
    ['hooks', hooks],
  ] as const)
    for (const one of objects?.changes ?? [])
      write(`${folder}/${changeTitle(one)}`, yaml(one.before), yaml(one.after));
  document('values', values);
  if (notes) write('notes', notes.before, notes.after);
  for (const { name, before, after } of files) {
    const title = `chart/${printable(name, 200)}`;
    const [a, b] = [textOf(before), textOf(after)];
    if (a === undefined || b === undefined) io.stdout.write(`Binary files ${title} differ\n`);
    else write(title, before && a, after && b);
  }
}

/** Text, or undefined for what is none. */
function textOf(bytes: Uint8Array | undefined): string | undefined {
  if (bytes === undefined) return '';
  if (bytes.includes(0)) return undefined;
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch {
    return undefined;
  }
}
