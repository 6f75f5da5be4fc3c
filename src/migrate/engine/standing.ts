/** What stands where of a release that didn't get to its end. */
import { isReleasesError, ReleasesError } from '../../errors.ts';
import { mapLimit } from '../../parallel.ts';
import { type RecordMeta, refId, revisionSaid, unknownRevision } from '../../record.ts';
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
      const isGone =
        result === 'failed' && !outcome.lost && (await isVanished(there, release, run));
      return {
        ...outcome,
        stands,
        ...(isGone && { vanished: true, error: toBeSeen(outcome.error) }),
      };
    });
  } catch (error) {
    // What failed is said; that nobody can look as well is no news.
    if (!isReleasesError(error)) throw error;
    return [...outcomes];
  }
}

/** Whether of what this run wrote, and has not taken back, something isn't there. */
async function isVanished(
  there: readonly RecordMeta[],
  release: ReleasePlan,
  { to, did }: Run,
): Promise<boolean> {
  const { created, replaced } = did(release);
  const found = new Set(there.map(refId));
  const written = [...created.map(({ record }) => record), ...replaced.map(({ record }) => record)];
  // A list by labels doesn't show a record that has lost them.
  for (const record of written)
    if (!found.has(refId(record)) && !(await to.get(record))) return true;
  return false;
}

/** Written again, it would be a release whose live objects are gone, where Helm has uninstalled it. */
function toBeSeen({ code, message, why, hints }: ReleasesError): ReleasesError {
  const hint = 'see what became of it in Helm, before the same command is run again';
  return new ReleasesError(code, message, {
    why,
    hints: hints.includes(hint) ? hints : [...hints, hint],
  });
}

function isTouched(release: ReleasePlan, run: Run): boolean {
  const { created, replacing, updated, deleted, marked, overtaken } = run.did(release);
  const written = created.length + updated.size + deleted.length;
  return overtaken === true || replacing || written + marked > 0;
}

function revisions(records: readonly RecordMeta[]): number[] {
  const numbers = records.flatMap((record) => {
    const revision = revisionSaid(record);
    return revision === unknownRevision ? [] : revision;
  });
  return numbers.sort((a, b) => a - b);
}
