/** Tables as kubectl and helm print them: upper-case headers, columns padded with spaces. */
import stringWidth from 'string-width';
import type { Paint } from './colour.ts';

export interface Column<Row> {
  readonly header: string;
  readonly cell: (row: Row) => string;
  /** The narrowest it may become on a small terminal, in cells; absent: it is never cut. */
  readonly min?: number;
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
  const lines = cells.map((line, r) =>
    joinLine(
      columns.map((column, i) => {
        const row = rows[r];
        const paint = row === undefined ? undefined : column.paint?.(row);
        const padded = pad(cut(line[i] ?? '', widths[i] ?? 0), widths[i] ?? 0);
        return paint ? paintText(padded, paint) : padded;
      }),
    ),
  );
  const head = joinLine(
    columns.map((column, i) => pad(cut(column.header, widths[i] ?? 0), widths[i] ?? 0)),
  );
  return [...(headers ? [head] : []), ...lines].join('');
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
  columns: readonly { readonly min?: number }[],
  width: number | undefined,
): readonly number[] {
  if (width === undefined) return natural;
  const widths = [...natural];
  let over = widths.reduce((sum, w) => sum + w, 0) + gap.length * (widths.length - 1) - width;
  while (over > 0) {
    let widest = -1;
    for (const [i, w] of widths.entries()) {
      const min = columns[i]?.min;
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
