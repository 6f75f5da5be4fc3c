/** A name that several releases have: in several namespaces, stores or Tillers. */
import { printable, ReleasesError } from '../../errors.ts';
import { note } from '../../output/terminal/errors.ts';
import type { IO } from '../../output/terminal/io.ts';

/**
 * Each of them is meant, and that is said.
 * @param lines where each one is
 * @param flag one that was given and can be meant of one release only
 * @param hint how to name one
 * @throws ReleasesError USAGE where there is such a flag
 */
export function checkSeveralMeant(
  name: string,
  lines: readonly string[],
  { flag, hint }: { readonly flag: string | undefined; readonly hint: string },
  io: IO,
): void {
  if (flag !== undefined)
    throw new ReleasesError('USAGE', `--${flag} is for one release, and there are several`, {
      why: [...lines],
      hints: [hint],
    });
  note(io, `${printable(name, 60)} is there ${lines.length} times, and each is meant:`);
  for (const line of lines) io.stderr.write(`  ${printable(line, 1000)}\n`);
}
