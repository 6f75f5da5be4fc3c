/** A yes-or-no question on the terminal. */
import { createInterface } from 'node:readline/promises';
import { printable, ReleasesError } from '../../errors.ts';
import type { IO } from './io.ts';

/**
 * Only an explicit yes is one; whoever says no ends with the code for what was refused, so that a next
 * command of the same line doesn't go on as if it were done. The question goes to stderr, so that stdout stays what it is.
 * @throws ReleasesError USAGE where there is nobody to ask, INTERRUPTED on Ctrl-C
 */
export async function ask(question: string, io: IO): Promise<boolean> {
  if (!canAsk(io))
    throw new ReleasesError('USAGE', 'there is no terminal to ask on, and --yes was not given', {
      hints: ['--yes  to go ahead without a question', '--dry-run  to see the plan only'],
    });
  const answer = await answered(`${question} [y/N]`, io);
  return answer !== undefined && /^y(es)?$/i.test(answer);
}

/** Whether somebody sits at a terminal. */
export function canAsk({ stdin, stderr }: IO): boolean {
  return Boolean(stdin.isTTY && stderr.isTTY);
}

/**
 * One of several words, typed out or begun. Whatever else is typed chooses nothing.
 * @throws ReleasesError REFUSED for no such word, INTERRUPTED on Ctrl-C
 */
export async function choose<Word extends string>(
  question: string,
  words: readonly Word[],
  io: IO,
): Promise<Word> {
  const answer = (await answered(`${question} [${words.join('/')}]`, io))?.toLowerCase();
  const chosen = words.find((word) => answer && word.startsWith(answer));
  if (chosen !== undefined) return chosen;
  throw new ReleasesError('REFUSED', 'nothing was chosen, and nothing was written', {
    hints: words.map((word) => `${word}  is one answer`),
  });
}

/** What was typed, without blanks around it; undefined for Ctrl-D. */
async function answered(question: string, io: IO): Promise<string | undefined> {
  const lines = createInterface({ input: io.stdin, terminal: false });
  // Ctrl-D answers nothing, and the question would wait for ever.
  const closed = new Promise<undefined>((resolve) => lines.once('close', () => resolve(undefined)));
  try {
    io.stderr.write(`${printable(question, 1000)} `);
    const answer = await Promise.race([lines.question('', { signal: io.interrupt }), closed]);
    if (answer === undefined) io.stderr.write('\n');
    return answer?.trim();
  } catch {
    throw new ReleasesError('INTERRUPTED', 'interrupted: nothing was written');
  } finally {
    lines.close();
  }
}
