/** Tables as kubectl and helm print them: upper-case headers, columns padded with spaces. */
import stringWidth from 'string-width';
import type { Paint } from './colour.ts';
import { wrap } from './wrap.ts';

export interface Column<Row> {
  readonly header: string;
  readonly cell: (row: Row) => string;
  /** The narrowest it may become on a small terminal, in cells; absent: it is never cut. */
  readonly min?: number;
  /** The last column only: on a small terminal its text goes on below, in as wide a column. */
  readonly wraps?: number;
  /** Colours the padded cell. */
  readonly paint?: (row: Row) => Paint;
}

export interface TableOptions {
  readonly headers?: boolean;
  /** Cells to fit into; undefined for a pipe, where nothing is ever cut. */
  readonly width?: number | undefined;
}

const gap = '  ';

/** The whole table, each line with its line end; '' without headers and rows. */
export function table<Row>(
  columns: readonly Column<Row>[],
  rows: readonly Row[],
  options: TableOptions = {},
): string {
  const headers = options.headers !== false;
  const cells = rows.map((row) => columns.map((column) => column.cell(row)));
  const natural = columns.map((column, i) =>
    Math.max(
      headers ? stringWidth(column.header) : 0,
      ...cells.map((line) => stringWidth(line[i] ?? '')),
    ),
  );
  const widths = shrink(natural, columns, options.width);
  const lines = cells.flatMap((line, r) =>
    continued(line, columns, widths).map((part) =>
      joinLine(
        columns.map((column, i) => {
          const row = rows[r];
          const paint = row === undefined ? undefined : column.paint?.(row);
          const text = part[i] ?? '';
          // A word longer than its column goes past it: it may be a flag to copy.
          const fitting = column.wraps === undefined ? cut(text, widths[i] ?? 0) : text;
          const padded = pad(fitting, widths[i] ?? 0);
          return paint ? paintText(padded, paint) : padded;
        }),
      ),
    ),
  );
  const head = joinLine(
    columns.map((column, i) => pad(cut(column.header, widths[i] ?? 0), widths[i] ?? 0)),
  );
  return [...(headers ? [head] : []), ...lines].join('');
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
function shrink(
  natural: readonly number[],
  columns: readonly { readonly min?: number; readonly wraps?: number }[],
  width: number | undefined,
): readonly number[] {
  if (width === undefined) return natural;
  const widths = [...natural];
  let over = widths.reduce((sum, w) => sum + w, 0) + gap.length * (widths.length - 1) - width;
  while (over > 0) {
    let widest = -1;
    for (const [i, w] of widths.entries()) {
      const min = columns[i]?.min ?? columns[i]?.wraps;
      if (min !== undefined && w > min && (widest < 0 || w > (widths[widest] ?? 0))) widest = i;
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
function cut(text: string, width: number): string {
  if (stringWidth(text) <= width) return text;
  let kept = '';
  for (const char of text) {
    if (stringWidth(kept + char) > width - 1) break;
    kept += char;
  }
  return `${kept}…`;
}
