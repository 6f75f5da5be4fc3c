/** A yes-or-no question on the terminal. */
import { createInterface } from 'node:readline/promises';
import { ReleasesError } from '../../errors.ts';
import type { IO } from './io.ts';

/**
 * Only an explicit yes is one. The question goes to stderr, so that stdout stays what it is.
 * @throws ReleasesError USAGE where there is nobody to ask, INTERRUPTED on Ctrl-C
 */
export async function ask(question: string, io: IO): Promise<boolean> {
  if (!io.stdin.isTTY || !io.stderr.isTTY)
    throw new ReleasesError('USAGE', 'there is no terminal to ask on, and --yes was not given', {
      hints: ['--yes  to go ahead without a question', '--dry-run  to see the plan only'],
    });
  const lines = createInterface({ input: io.stdin, terminal: false });
  try {
    io.stderr.write(`${question} [y/N] `);
    const answer = await lines.question('', { signal: io.interrupt });
    return /^y(es)?$/i.test(answer.trim());
  } catch {
    throw new ReleasesError('INTERRUPTED', 'interrupted: nothing was written');
  } finally {
    lines.close();
  }
}
