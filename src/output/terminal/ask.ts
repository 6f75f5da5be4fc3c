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
  if (!io.stdin.isTTY || !io.stderr.isTTY)
    throw new ReleasesError('USAGE', 'there is no terminal to ask on, and --yes was not given', {
      hints: ['--yes  to go ahead without a question', '--dry-run  to see the plan only'],
    });
  const lines = createInterface({ input: io.stdin, terminal: false });
  // Ctrl-D answers nothing, and the question would wait for ever.
  const closed = new Promise<undefined>((resolve) => lines.once('close', () => resolve(undefined)));
  try {
    io.stderr.write(`${printable(question, 1000)} [y/N] `);
    const answer = await Promise.race([lines.question('', { signal: io.interrupt }), closed]);
    if (answer === undefined) io.stderr.write('\n');
    return answer !== undefined && /^y(es)?$/i.test(answer.trim());
  } catch {
    throw new ReleasesError('INTERRUPTED', 'interrupted: nothing was written');
  } finally {
    lines.close();
  }
}
