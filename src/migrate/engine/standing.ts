/** What stands where of a release that didn't get to its end. */
import { isReleasesError } from '../../errors.ts';
import { mapLimit } from '../../parallel.ts';
import { type RecordMeta, revisionSaid, unknownRevision } from '../../record.ts';
import type { ReleasePlan } from '../plan.ts';
import type { Outcome } from './engine.ts';
import { listSources } from './guard.ts';
import { strangersIn } from './holdName.ts';
import { lookAt, placeOf } from './place.ts';
import type { Run } from './run.ts';

/** Says it of each release that failed, or was interrupted, once something had been done for it. */
export async function withStandings(outcomes: readonly Outcome[], run: Run): Promise<Outcome[]> {
  const half = outcomes.flatMap(({ release, result }) =>
    (result === 'failed' || result === 'interrupted') && isTouched(release, run) ? release : [],
  );
  if (half.length === 0 || run.to.seal) return [...outcomes];
  try {
    const target = await lookAt(run.to, half, run.concurrency);
    const source = await listSources(half, run.from);
    return await mapLimit(outcomes, run.concurrency, async (outcome) => {
      const { release, result } = outcome;
      const place = placeOf(release);
      const there = target.get(release);
      if ((result !== 'failed' && result !== 'interrupted') || !place || !there) return outcome;
      const stands = {
        source: revisions(source.get(release) ?? []),
        target: revisions(there),
        others: revisions(await strangersIn(there, release, run)),
        ...{ place, to: run.to.address },
        marked: run.did(release).marked,
      };
      return { ...outcome, stands };
    });
  } catch (error) {
    // What failed is said; that nobody can look as well is no news.
    if (!isReleasesError(error)) throw error;
    return [...outcomes];
  }
}

function isTouched(release: ReleasePlan, run: Run): boolean {
  const { created, replaced, deleted, marked, overtaken } = run.did(release);
  return overtaken === true || created.length + replaced.length + deleted.length + marked > 0;
}

function revisions(records: readonly RecordMeta[]): number[] {
  const numbers = records.flatMap((record) => {
    const revision = revisionSaid(record);
    return revision === unknownRevision ? [] : revision;
  });
  return numbers.sort((a, b) => a - b);
}
