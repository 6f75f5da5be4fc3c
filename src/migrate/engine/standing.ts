/** What stands where of a release that didn't get to its end. */
import { isReleasesError, ReleasesError } from '../../errors.ts';
import { mapLimit } from '../../parallel.ts';
import { type RecordMeta, refId, revisionSaid, unknownRevision } from '../../record.ts';
import type { ReleasePlan } from '../plan.ts';
import type { Outcome, Unseen } from './engine.ts';
import { listSources } from './guard.ts';
import { strangersIn } from './holdName.ts';
import { lookAt, placeOf } from './place.ts';
import type { Run } from './run.ts';
import { findSound } from './write.ts';

/**
 * Says it of each release that failed, or was interrupted, once something had been done for it. What could not be
 * read back before is read now; where nobody can look, it is said as this run knows it.
 */
export async function withStandings(all: readonly Outcome[], run: Run): Promise<Outcome[]> {
  const outcomes = all.map((one) =>
    one.result === 'failed' && run.did(one.release).updating
      ? { ...one, perhapsUpdated: true as const }
      : one,
  );
  const half = outcomes.flatMap(({ release, result }) =>
    (result === 'failed' || result === 'interrupted') && isTouched(release, run) ? release : [],
  );
  if (half.length === 0 || run.to.seal) return [...outcomes];
  const target = await orUnknown(lookAt(run.to, half, run.concurrency));
  const source = await orUnknown(listSources(half, run.from));
  return mapLimit(outcomes, run.concurrency, async (outcome) => {
    const { release, result } = outcome;
    const place = placeOf(release);
    if ((result !== 'failed' && result !== 'interrupted') || !place || !half.includes(release))
      return outcome;
    if (target) await readUnread(release, run);
    const left = source?.get(release);
    if (left) settleDelete(left, release, run);
    const there = target?.get(release);
    const others = there ? await orUnknown(strangersIn(there, release, run)) : [];
    const unseen = unseenOf(release, run, !left || !there || !others);
    const stands = {
      source: revisions(left ?? knownSources(release, run)),
      target: revisions(there ?? knownCopies(release, run)),
      others: revisions(others ?? []),
      ...{ place, to: run.to.address },
      marked: run.did(release).marked,
      ...(unseen && { unseen }),
    };
    const mayBeGone = result === 'failed' && !outcome.lost && there !== undefined;
    if (!mayBeGone || !(await orUnknown(isVanished(there, release, run))))
      return { ...outcome, stands };
    return { ...outcome, stands, vanished: true, error: toBeSeen(outcome.error) };
  });
}

/** What failed is said; that nobody can look as well is no news. */
async function orUnknown<T>(looking: Promise<T>): Promise<T | undefined> {
  try {
    return await looking;
  } catch (error) {
    if (!isReleasesError(error)) throw error;
    return undefined;
  }
}

/** What was written when nobody could read it back counts once somebody can. */
async function readUnread(release: ReleasePlan, run: Run): Promise<void> {
  const { unread, created, replaced, done } = run.did(release);
  const records = [...unread.values()].map(({ record }) => record);
  const sound = records.length > 0 ? await findSound(run.to, records) : undefined;
  if (!sound) return;
  for (const [step, { record, writer }] of unread) {
    unread.delete(step);
    if (!sound.has(refId(record))) continue;
    if (!writer) {
      done.add(refId(record));
      if (step.replaces) replaced.push(step);
      else created.push({ step, record });
    }
    run.onStep?.(release, step, writer ?? 'this run');
  }
}

/** Whether the delete without an answer was carried out. */
function settleDelete(left: readonly RecordMeta[], release: ReleasePlan, run: Run): void {
  const did = run.did(release);
  const step = did.deleting;
  if (!step) return;
  did.deleting = undefined;
  const { record } = step;
  if (left.some((one) => refId(one) === refId(record) && one.uid === record.uid)) return;
  did.deleted.push(step);
  run.onStep?.(release, step);
}

function unseenOf(release: ReleasePlan, run: Run, blind: boolean): Unseen | undefined {
  const { unread, deleting } = run.did(release);
  if (!blind && unread.size === 0 && !deleting) return undefined;
  const written = [...unread.values()].filter(({ writer }) => writer).length;
  return { written, perhapsWritten: unread.size - written, perhapsDeleted: deleting ? 1 : 0 };
}

function knownSources(release: ReleasePlan, run: Run): readonly RecordMeta[] {
  const gone = new Set(run.did(release).deleted.map(({ record }) => refId(record)));
  return release.sources.filter((record) => !gone.has(refId(record)));
}

/** What had the name there, and what this run has written beside it. */
function knownCopies(release: ReleasePlan, run: Run): readonly RecordMeta[] {
  const { created } = run.did(release);
  const records = [...(release.there?.records ?? []), ...created.map(({ record }) => record)];
  return [...new Map(records.map((record) => [refId(record), record])).values()];
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
function toBeSeen({ code, message, why, tries }: ReleasesError): ReleasesError {
  const hint = 'see what became of it in Helm, before the same command is run again';
  return new ReleasesError(code, message, {
    why,
    hints: tries.includes(hint) ? tries : [...tries, hint],
  });
}

function isTouched(release: ReleasePlan, run: Run): boolean {
  const { created, replacing, unread, updated, deleted, deleting, marked, overtaken } =
    run.did(release);
  if (overtaken || replacing || deleting) return true;
  return created.length + unread.size + updated.size + deleted.length + marked > 0;
}

function revisions(records: readonly RecordMeta[]): number[] {
  const numbers = records.flatMap((record) => {
    const revision = revisionSaid(record);
    return revision === unknownRevision ? [] : revision;
  });
  return numbers.sort((a, b) => a - b);
}
