/**
 * Tables to the byte as helm prints them (github.com/gosuri/uitable): every cell padded, tabs between
 * columns, a cell of several lines going on below.
 */
import { printable } from '../../errors.ts';
import { runeWidth, textWidth } from './runeWidth.ts';

export interface TableLook {
  readonly terminal: boolean;
  readonly paint?: ((text: string, row: number, column: number) => string) | undefined;
}

/**
 * @param rows the header first, where there is one; the table ends with a line end even without rows
 * @param look whether a terminal shows it, which acts on what is in a cell; and what a cell of one line gets
 *   around it, which takes no room
 */
export function helmTable(
  rows: readonly (readonly string[])[],
  { terminal, paint }: TableLook,
): string {
  const safe = terminal ? rows.map((row) => row.map(safeLines)) : rows;
  const widths: number[] = [];
  for (const row of safe)
    for (const [i, cell] of row.entries())
      widths[i] = Math.max(widths[i] ?? 0, ...cell.split('\n').map((line) => textWidth(line)));
  const lines = safe.flatMap((row, at) => {
    const cells = row.map((cell, i) => resize(cell, widths[i] ?? 0).split('\n'));
    const height = Math.max(...cells.map((cell) => cell.length));
    return Array.from({ length: height }, (_, line) =>
      cells
        .map((cell, i) => {
          const text = resize(cell[line] ?? '', widths[i] ?? 0);
          const bare = safe[at]?.[i] ?? '';
          return paint && bare !== '' && text.startsWith(bare)
            ? paint(bare, at, i) + text.slice(bare.length)
            : text;
        })
        .join('\t'),
    );
  });
  return `${lines.join('\n')}\n`;
}

function safeLines(text: string): string {
  return text
    .split('\n')
    .map((line) => printable(line, Number.POSITIVE_INFINITY))
    .join('\n');
}

/** A text of several lines counts as one here: it may be cut although each line would fit. */
function resize(text: string, width: number): string {
  const length = textWidth(text);
  if (length <= width) return text + ' '.repeat(width - length);
  let [kept, taken] = ['', 0];
  for (const char of text) {
    kept += char;
    if (taken + runeWidth(char) >= width - 3) break;
    taken += runeWidth(char);
  }
  return `${kept}...`;
}
