/** Tables as kubectl and helm print them: upper-case headers, columns padded with spaces. */
import stringWidth from 'string-width';
import type { Paint } from './colour.ts';
import { wrap } from './wrap.ts';

export interface Column<Row> {
  readonly header: string;
  readonly cell: (row: Row) => string;
  /** The cells that any of its texts takes at most, where rows follow later that may be wider. */
  readonly widest?: number;
  /**
   * The narrowest it may become on a small terminal, in cells: by `shorter`, and by cutting only where there is no
   * such form and the text is shown whole elsewhere. Absent: it is never cut.
   */
  readonly min?: number;
  /**
   * The same in fewer cells, the longest first: on a small terminal this column gives way before the others.
   */
  readonly shorter?: (row: Row) => readonly string[];
  /**
   * On a small terminal its text goes on below, in a column that has at least so many cells. Where even these
   * aren't there, it leaves the table for lines under each row.
   */
  readonly wraps?: number;
  /**
   * When the other columns leave the table too, one after the other, for want of room: 1 first. Columns without
   * it leave last, from the right, each with its header's word; the first one stays.
   */
  readonly folds?: number;
  /** It never leaves the table: a column of the user's own. */
  readonly stays?: true;
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
    return { column, cells, natural, least: leastOf(column, cells, natural) };
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
  /** What it takes at least. */
  readonly least: number;
}

/** A column that wraps has room for each of its words, so that none is broken. */
function leastOf<Row>(
  { min, wraps }: Column<Row>,
  cells: readonly string[],
  natural: number,
): number {
  if (min !== undefined || wraps === undefined) return Math.min(natural, min ?? natural);
  const words = cells.flatMap((text) => text.split(' ').map((word) => stringWidth(word)));
  return Math.min(natural, Math.max(wraps, ...words));
}

/** The columns that the terminal has room for, the others being under each row. */
function fitting<Row>(
  all: readonly Measured<Row>[],
  width: number | undefined,
): readonly Measured<Row>[] {
  if (width === undefined) return all;
  const order = ({ column: { wraps, folds } }: Measured<Row>) =>
    wraps === undefined ? (folds ?? Number.POSITIVE_INFINITY) : 0;
  // Sorting keeps the order of those that are equal: the rightmost first.
  const folding = all
    .filter(({ column }, at) => isFoldable(column, at))
    .reverse()
    .sort((a, b) => compare(order(a), order(b)));
  let kept = all;
  for (const next of folding) {
    if (lineWidth(kept.map(({ least }) => least)) <= width) break;
    kept = kept.filter((one) => one !== next);
  }
  return kept;
}

function isFoldable<Row>({ header, wraps, folds, stays }: Column<Row>, at: number): boolean {
  if (stays) return false;
  return wraps !== undefined || folds !== undefined || (at > 0 && header !== '');
}

function compare(a: number, b: number): number {
  return a === b ? 0 : a < b ? -1 : 1;
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
  const room = width - indent.length;
  const painted = (column: Column<Row>): string => {
    const text = underText(column, row);
    // Colours end where a line ends.
    return text !== '' && column.paint && stringWidth(text) <= room
      ? column.paint(row)(text)
      : text;
  };
  const short = columns.filter(({ wraps }) => wraps === undefined).map(painted);
  const long = columns.filter(({ wraps }) => wraps !== undefined).map(painted);
  const lines = [...joined(short, room), ...long].filter((text) => text !== '');
  return lines.flatMap((text) => wrap(text, room).map((line) => `${indent}${line}\n`));
}

/** What has a place of its own in `folds` is known without its header. */
function underText<Row>({ header, cell, folded, folds, wraps }: Column<Row>, row: Row): string {
  const text = cell(row);
  // A dash keeps a place in a column, and there is none here.
  if (text === '-') return '';
  if (folded) return folded(row);
  const isKnown = folds !== undefined || wraps !== undefined || text === '';
  return isKnown ? text : `${header.toLowerCase()} ${text}`;
}

/** Cells beside one another, as many in a line as there is room for, and none in two. */
function joined(cells: readonly string[], width: number): readonly string[] {
  const lines: string[] = [];
  for (const cell of cells.filter((text) => text !== '')) {
    const last = lines.at(-1);
    const longer = last === undefined ? cell : `${last}${between}${cell}`;
    if (last !== undefined && stringWidth(longer) <= width) lines[lines.length - 1] = longer;
    else lines.push(cell);
  }
  return lines;
}

const between = ' · ';

/** One line, or several where a text is wider than its column and may go on below. */
function continued<Row>(
  line: readonly string[],
  columns: readonly Column<Row>[],
  widths: readonly number[],
): readonly (readonly string[])[] {
  const parts = line.map((text, i) => {
    const width = widths[i] ?? 0;
    const goesOn = columns[i]?.wraps !== undefined && stringWidth(text) > width;
    return goesOn ? wrap(text, width) : [text];
  });
  const height = Math.max(1, ...parts.map(({ length }) => length));
  return Array.from({ length: height }, (_, at) => parts.map((part) => part[at] ?? ''));
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
      const { column: { shorter } = {}, least = w } = columns[i] ?? {};
      if (w <= least || (gives && !shorter)) continue;
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
