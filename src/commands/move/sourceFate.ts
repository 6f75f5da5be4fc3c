/** What becomes of the records where they are now: said, or asked. Nothing is deleted by default. */
import { ReleasesError } from '../../errors.ts';
import { canAsk, choose } from '../../output/terminal/ask.ts';
import type { IO } from '../../output/terminal/io.ts';

/** The flags that say what becomes of the sources. */
interface SourceArgs {
  readonly 'delete-source'?: boolean | undefined;
  readonly 'keep-source'?: boolean | undefined;
}

/**
 * @returns whether sources are deleted; undefined where nothing says so
 * @throws ReleasesError USAGE for both
 */
export function saidOfSources(args: SourceArgs): boolean | undefined {
  if (args['delete-source'] && args['keep-source'])
    throw new ReleasesError('USAGE', 'either --delete-source or --keep-source, not both');
  return args['keep-source'] ? false : args['delete-source'];
}

/** @throws ReleasesError USAGE where nobody can be asked */
export async function askOfSources(io: IO): Promise<boolean> {
  if (!canAsk(io)) throw sourcesUnsaid();
  const words = ['delete', 'keep'] as const;
  const question = 'Delete the records where they were, once all are verified in their new place?';
  return (await choose(question, words, io)) === 'delete';
}

export function sourcesUnsaid(): ReleasesError {
  return new ReleasesError('USAGE', 'what becomes of the records where they are now?', {
    hints: [
      '--delete-source  deletes them, once all are verified in their new place',
      '--keep-source  keeps them there, too, as copy does',
    ],
  });
}
