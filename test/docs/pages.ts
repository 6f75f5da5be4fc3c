/** The pages that users read, and the commands in their blocks. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

export const root = fileURLToPath(new URL('../..', import.meta.url));

/** A block between fences: with `$ ` in front of commands, it shows what they print. */
export interface Block {
  readonly page: string;
  /** Of its first line, from 1. */
  readonly line: number;
  /** What stands behind the fence. */
  readonly language: string;
  readonly lines: readonly string[];
}

/** README and docs, but for what is written by a program. */
export const pages: readonly string[] = [
  'README.md',
  'deploy/README.md',
  ...readdirSync(join(root, 'docs'), { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.md') && name !== 'reference.md')
    .map((name) => `docs/${name}`)
    .sort(),
];

export function blocksOf(page: string): Block[] {
  const blocks: Block[] = [];
  let open: { line: number; language: string; lines: string[] } | undefined;
  for (const [i, line] of readFileSync(join(root, page), 'utf8').split('\n').entries()) {
    if (!line.startsWith('```')) open?.lines.push(line);
    else if (open) {
      blocks.push({ page, ...open });
      open = undefined;
    } else open = { line: i + 2, language: line.slice(3), lines: [] };
  }
  return blocks;
}

export function isShown({ lines }: Block): boolean {
  return lines[0]?.startsWith('$ ') === true;
}

/** Each command of a shown block with the lines that follow it. */
export function shownCommands({ lines }: Block): { command: string; output: string[] }[] {
  const shown: { command: string; output: string[] }[] = [];
  for (const line of lines)
    if (line.startsWith('$ ')) shown.push({ command: line.slice(2), output: [] });
    else shown.at(-1)?.output.push(line);
  return shown;
}

/** A pattern of what is shown: `…` stands for any text, and on a line of its own for any lines. */
export function patternOf(output: readonly string[]): RegExp {
  const escaped = output.map((line) =>
    line === '…'
      ? '(?:.*\\n)*?'
      : `${line
          .trimEnd()
          .replace(/[.*+?^${}()|[\]\\]/g, '\\$&')
          .replaceAll('…', '.*')} *\\n`,
  );
  return new RegExp(`^${escaped.join('')}$`);
}
