/** Words into lines. */
import stringWidth from 'string-width';

/** Breaks between words only; a word longer than the width keeps a line of its own. */
export function wrap(text: string, width: number): string[] {
  const lines: string[] = [];
  let line = '';
  for (const word of text.split(' ')) {
    if (line !== '' && stringWidth(line) + 1 + stringWidth(word) > width) {
      lines.push(line);
      line = word;
    } else line = line === '' ? word : `${line} ${word}`;
  }
  return [...lines, line];
}

/** Terms on the left, their texts wrapped in a column on the right; a long term has its own line. */
export function definitions(
  items: readonly (readonly [term: string, text: string])[],
  width: number,
  widest = 36,
): string {
  const fitting = items.map(([term]) => term.length).filter((length) => length <= widest);
  const column = Math.max(0, ...fitting) + 4;
  const lines = items.flatMap(([term, text]) => {
    const texts = wrap(text, Math.max(20, width - column));
    const head = `  ${term}`;
    const [first = '', ...rest] = texts;
    const start =
      head.length + 2 > column ? [head, pad(first, column)] : [head.padEnd(column) + first];
    return [...start, ...rest.map((line) => pad(line, column))];
  });
  return lines.map((line) => `${line.trimEnd()}\n`).join('');
}

function pad(text: string, column: number): string {
  return ' '.repeat(column) + text;
}
