/** Texts beside each other, as `diff -u` prints them. */
import { structuredPatch } from 'diff';
import type { Palette } from '../terminal/colour.ts';
import { terminalText } from '../terminal/text.ts';

/**
 * Edits beyond this are shown as one text in the place of another: finding them costs the square of
 * their number, half a second here.
 */
const mostEdits = 1000;

export interface LineCounts {
  readonly added: number;
  readonly removed: number;
}

/** What differs, found once. */
export interface TextDiff extends LineCounts {
  /** The hunks, coloured, each line with its end. What a terminal would act on is escaped. */
  print(colours: Palette): string;
}

/** @param context how many equal lines stand around each change */
export function diffText(before: string, after: string, context: number): TextDiff {
  const patch = patchOf(before, after, context);
  const changed = patch.flatMap(({ lines }) => lines);
  return {
    added: changed.filter((line) => line.startsWith('+')).length,
    removed: changed.filter((line) => line.startsWith('-')).length,
    print(colours) {
      const lines = patch.flatMap(({ oldStart, oldLines, newStart, newLines, lines }) => [
        colours.quiet(`@@ -${span(oldStart, oldLines)} +${span(newStart, newLines)} @@`),
        ...lines.map((line) => paintLine(line, colours)),
      ]);
      return lines.map((line) => `${line}\n`).join('');
    },
  };
}

export function hunks(before: string, after: string, colours: Palette): string {
  return diffText(before, after, 3).print(colours);
}

export function lineCounts(before: string, after: string): LineCounts {
  const { added, removed } = diffText(before, after, 0);
  return { added, removed };
}

interface Hunk {
  readonly oldStart: number;
  readonly oldLines: number;
  readonly newStart: number;
  readonly newLines: number;
  readonly lines: readonly string[];
}

function patchOf(before: string, after: string, context: number): readonly Hunk[] {
  const patch = structuredPatch('', '', before, after, '', '', {
    context,
    maxEditLength: mostEdits,
  });
  if (patch) return patch.hunks;
  const [a, b] = [linesOf(before), linesOf(after)];
  const [removed, added] = [a.map((line) => `-${line}`), b.map((line) => `+${line}`)];
  return [
    {
      ...{ oldStart: 1, oldLines: a.length, newStart: 1, newLines: b.length },
      lines: [...removed, ...added],
    },
  ];
}

function linesOf(text: string): string[] {
  return text === '' ? [] : text.replace(/\n$/, '').split('\n');
}

/** Of nothing, the line before it. */
function span(start: number, lines: number): string {
  if (lines === 0) return `${start - 1},0`;
  return lines === 1 ? `${start}` : `${start},${lines}`;
}

function paintLine(line: string, colours: Palette): string {
  const text = line[0] + terminalText(line.slice(1).replace(/\r$/, ''));
  if (line.startsWith('+')) return colours.good(text);
  if (line.startsWith('-')) return colours.bad(text);
  return line.startsWith('\\') ? colours.quiet(text) : text;
}
