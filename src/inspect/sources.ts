/** Where records are read from, and reading from several places at once. */
import { isReleasesError, type ReleasesError } from '../errors.ts';
import type { Selection, Storage } from '../storage/storage.ts';

export interface ReadSource {
  readonly storage: Storage;
  readonly selection: Selection;
  /** It is read besides what was asked for: without permission it is left out, with a note. */
  readonly optional: boolean;
  /** Keep only releases of this namespace; what can't be read may be one and stays. */
  readonly releaseNamespace?: string | undefined;
}

/** A source that had to be left out, and why. */
export interface Skipped {
  readonly source: ReadSource;
  readonly error: ReleasesError;
}

/**
 * Reads every source side by side.
 * @returns what each yielded, in the order of the sources, and which optional ones were left out
 * @throws the first error of a source that isn't optional, or that is about more than permission
 */
export async function readSources<T>(
  sources: readonly ReadSource[],
  read: (source: ReadSource) => Promise<T>,
): Promise<{ readonly results: readonly T[]; readonly skipped: readonly Skipped[] }> {
  const settled = await Promise.allSettled(sources.map(read));
  const results: T[] = [];
  const skipped: Skipped[] = [];
  for (const [i, outcome] of settled.entries()) {
    const source = sources[i];
    if (outcome.status === 'fulfilled') results.push(outcome.value);
    else if (source?.optional && isReleasesError(outcome.reason, 'FORBIDDEN'))
      skipped.push({ source, error: outcome.reason });
    else throw outcome.reason;
  }
  return { results, skipped };
}
