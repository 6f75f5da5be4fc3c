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
  /**
   * Helm's records lie where Helm looks for them: in the namespace that it is called with, whatever their content
   * says. Absent for folders and archives, and where a storage namespace was named.
   */
  readonly atHome?: boolean;
  /** Somebody said that its records lie apart from their releases: see `objectNamespace.ts`. */
  readonly apart?: boolean;
}

/** What can't be read may belong to any namespace, so it is never filtered away. @param namespace a release's own */
export function mayBeOf(
  { releaseNamespace }: Pick<ReadSource, 'releaseNamespace'>,
  namespace: string | undefined,
): boolean {
  return (
    releaseNamespace === undefined || namespace === undefined || namespace === releaseNamespace
  );
}

/** A source that had to be left out, and why. */
export interface Skipped {
  readonly source: ReadSource;
  readonly error: ReleasesError;
}

/** A source that was read, and may hold more than it showed. */
export interface Partly {
  readonly source: ReadSource;
  /** After its address: `shows this user only a part`. */
  readonly why: string;
}

/**
 * Reads every source side by side.
 * @returns what each yielded, in the order of the sources, which optional ones were left out, and which
 *   may hold more
 * @throws the first error of a source that isn't optional, or that is about more than permission
 */
export async function readSources<T>(
  sources: readonly ReadSource[],
  read: (source: ReadSource) => Promise<T>,
): Promise<{
  readonly results: readonly T[];
  readonly skipped: readonly Skipped[];
  readonly partly: readonly Partly[];
}> {
  const settled = await Promise.allSettled(sources.map(read));
  const results: T[] = [];
  const skipped: Skipped[] = [];
  const partly: Partly[] = [];
  for (const [i, outcome] of settled.entries()) {
    const source = sources[i];
    if (outcome.status === 'fulfilled') {
      results.push(outcome.value);
      const why = await source?.storage.partly?.();
      if (source && why !== undefined) partly.push({ source, why });
    } else if (source?.optional && isReleasesError(outcome.reason, 'FORBIDDEN'))
      skipped.push({ source, error: outcome.reason });
    else throw outcome.reason;
  }
  return { results, skipped, partly };
}
