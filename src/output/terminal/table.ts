/** Tables as kubectl and helm print them: upper-case headers, columns padded with spaces. */
import stringWidth from 'string-width';
import type { Paint } from './colour.ts';
import { wrap } from './wrap.ts';

export interface Column<Row> {
  readonly header: string;
  readonly cell: (row: Row) => string;
  /** The cells that any of its texts takes at most, where rows follow later that may be wider. */
  readonly widest?: number;
  /** The narrowest it may become on a small terminal, in cells; absent: it is never cut. */
  readonly min?: number;
  /**
   * The same in fewer cells, the longest first: on a small terminal this column gives way before the others.
   */
  readonly shorter?: (row: Row) => readonly string[];
  /**
   * The last column only: on a small terminal its text goes on below, in a column that has at least so
   * many cells. Where even these aren't there, it leaves the table for lines under each row.
   */
  readonly wraps?: number;
  /** When the other columns leave the table too, one after the other, for want of room: 1 first. */
  readonly folds?: number;
  /** What it says in the line under the row, where its header doesn't say what it is. */
  readonly folded?: (row: Row) => string;
  /** Colours the padded cell. */
  readonly paint?: (row: Row) => Paint;
}

export interface TableOptions {
  readonly headers?: boolean;
  /** Cells to fit into; undefined for a pipe, where nothing is ever cut. */
  readonly width?: number | undefined;
  /** The cells that columns have taken so far, by header: filled in, for rows that follow later. */
  readonly taken?: Map<string, number> | undefined;
}

const gap = '  ';

const indent = '    ';

/** The whole table, each line with its line end; '' without headers and rows. */
export function table<Row>(
  columns: readonly Column<Row>[],
  rows: readonly Row[],
  options: TableOptions = {},
): string {
  const headers = options.headers !== false;
  const all = columns.map((column) => {
    const cells = rows.map(column.cell);
    const head = headers ? stringWidth(column.header) : 0;
    const before = options.taken?.get(column.header) ?? (options.taken && column.widest) ?? 0;
    const natural = Math.max(before, head, ...cells.map((text) => stringWidth(text)));
    options.taken?.set(column.header, natural);
    return { column, cells, natural };
  });
  const kept = fitting(all, options.width);
  const shown = kept.map(({ column }) => column);
  const under = columns.filter((column) => !shown.includes(column));
  const widths = shrink(kept, options.width).map((width, i) => {
    const one = kept[i];
    // Rows that follow later may need all of it.
    return one && width < one.natural && !options.taken
      ? compact(one, rows, width, headers)
      : width;
  });
  const lines = rows.flatMap((row, r) => {
    const line = kept.map(({ cells }) => cells[r] ?? '');
    const parts = continued(line, shown, widths).map((part) =>
      joinLine(shown.map((column, i) => cellText(part[i] ?? '', column, row, widths[i] ?? 0))),
    );
    return [...parts, ...linesUnder(under, row, options.width ?? 0)];
  });
  const head = joinLine(
    shown.map(({ header }, i) => pad(cut(header, widths[i] ?? 0), widths[i] ?? 0)),
  );
  return [...(headers ? [head] : []), ...lines].join('');
}

/** A column with its texts, and the cells that it takes when nothing is cut. */
interface Measured<Row> {
  readonly column: Column<Row>;
  readonly cells: readonly string[];
  readonly natural: number;
}

/** The columns that the terminal has room for, the others being under each row. */
function fitting<Row>(
  all: readonly Measured<Row>[],
  width: number | undefined,
): readonly Measured<Row>[] {
  if (width === undefined) return all;
  const order = ({ wraps, folds }: Column<Row>) => (wraps === undefined ? folds : 0);
  const folding = all
    .filter(({ column }) => order(column) !== undefined)
    .sort((a, b) => (order(a.column) ?? 0) - (order(b.column) ?? 0));
  let kept = all;
  for (const next of folding) {
    const least = kept.map(({ column, natural }) =>
      Math.min(natural, column.min ?? column.wraps ?? natural),
    );
    if (lineWidth(least) <= width) break;
    kept = kept.filter((one) => one !== next);
  }
  return kept;
}

function lineWidth(widths: readonly number[]): number {
  return widths.reduce((sum, w) => sum + w, 0) + gap.length * (widths.length - 1);
}

function cellText<Row>(text: string, column: Column<Row>, row: Row, width: number): string {
  // A word longer than its column goes past it: it may be a flag to copy.
  const chosen = shortened(text, column, row, width);
  const padded = pad(column.wraps === undefined ? cut(chosen, width) : chosen, width);
  const paint = column.paint?.(row);
  return paint ? paintText(padded, paint) : padded;
}

function shortened<Row>(text: string, { shorter }: Column<Row>, row: Row, width: number): string {
  const fits = (one: string): boolean => stringWidth(one) <= width;
  return fits(text) ? text : (shorter?.(row).find(fits) ?? text);
}

/** A column of texts in their shorter form takes no more than these. */
function compact<Row>(
  { column, cells }: Measured<Row>,
  rows: readonly Row[],
  width: number,
  headers: boolean,
): number {
  if (!column.shorter) return width;
  const head = headers ? stringWidth(column.header) : 0;
  const texts = cells.map((text, r) => {
    const row = rows[r];
    return row === undefined ? 0 : stringWidth(shortened(text, column, row, width));
  });
  return Math.min(width, Math.max(head, column.min ?? 0, ...texts));
}

/** What has left the table: short things together, and the text that wraps by itself. */
function linesUnder<Row>(columns: readonly Column<Row>[], row: Row, width: number): string[] {
  const textOf = ({ cell, folded }: Column<Row>) => (folded ?? cell)(row);
  const short = columns.filter(({ wraps }) => wraps === undefined).map(textOf);
  const long = columns.filter(({ wraps }) => wraps !== undefined).map(textOf);
  return [short.join(' · '), ...long]
    .filter((text) => text !== '')
    .flatMap((text) => wrap(text, width - indent.length).map((line) => `${indent}${line}\n`));
}

/** One line, or several where the last column's text is wider than the column. */
function continued<Row>(
  line: readonly string[],
  columns: readonly Column<Row>[],
  widths: readonly number[],
): readonly (readonly string[])[] {
  const last = columns.length - 1;
  const [text, width] = [line[last] ?? '', widths[last] ?? 0];
  if (columns[last]?.wraps === undefined || stringWidth(text) <= width) return [line];
  const blank = line.slice(0, last).map(() => '');
  return wrap(text, width).map((part, i) => [...(i === 0 ? line.slice(0, last) : blank), part]);
}

function joinLine(cells: readonly string[]): string {
  return `${cells.join(gap).trimEnd()}\n`;
}

/** Colours the text and leaves its padding alone, so that line ends can still be trimmed. */
function paintText(padded: string, paint: Paint): string {
  const text = padded.trimEnd();
  return text === '' ? padded : paint(text) + padded.slice(text.length);
}

/** Takes cells away from the widest columns that allow it until the line fits, or none is left. */
function shrink<Row>(
  columns: readonly Measured<Row>[],
  width: number | undefined,
): readonly number[] {
  const widths = columns.map(({ natural }) => natural);
  if (width === undefined) return widths;
  let over = lineWidth(widths) - width;
  while (over > 0) {
    let widest = -1;
    let gives = false;
    for (const [i, w] of widths.entries()) {
      const { min, wraps, shorter } = columns[i]?.column ?? {};
      const least = min ?? wraps;
      if (least === undefined || w <= least || (gives && !shorter)) continue;
      if (widest < 0 || w > (widths[widest] ?? 0) || (shorter && !gives)) widest = i;
      gives ||= shorter !== undefined;
    }
    if (widest < 0) break;
    widths[widest] = (widths[widest] ?? 0) - 1;
    over -= 1;
  }
  return widths;
}

function pad(text: string, width: number): string {
  return text + ' '.repeat(Math.max(0, width - stringWidth(text)));
}

/** At most `width` cells, the last one `…` where something was left out. Wide characters count two. */
export function cut(text: string, width: number): string {
  if (stringWidth(text) <= width) return text;
  let kept = '';
  for (const char of text) {
    if (stringWidth(kept + char) > width - 1) break;
    kept += char;
  }
  return `${kept}…`;
}
