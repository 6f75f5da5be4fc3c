/**
 * Whose name is it, until the end? Nobody else has a release's name in the target when its plan is made; it
 * is looked at again before the first write, when a record is found where one is to come, and after the last
 * write, before anything is marked or deleted. A record of that name that the plan neither knew nor writes
 * ends it: Helm would take both for one release.
 *
 * Of two runs that meet only when both have written, the one with the oldest record stays, and the other
 * takes back what it created. Whoever doesn't give way, as Helm doesn't, keeps the name: then this run does.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { openRecord } from '../../codecs/index.ts';
import { isReleasesError, ReleasesError } from '../../errors.ts';
import { mapLimit } from '../../parallel.ts';
import {
  isBad,
  type RecordMeta,
  refId,
  revisionSaid,
  shownPlace,
  statusLabel,
} from '../../record.ts';
import { isSamePayload, isSameRecord } from '../../sameRecord.ts';
import { getMany } from '../../storage/getMany.ts';
import type { Storage } from '../../storage/storage.ts';
import type { ReleasePlan } from '../plan.ts';
import { stopIfInterrupted } from './engine.ts';
import { findLostCopy, listSources } from './guard.ts';
import { wantedOf } from './payloads.ts';
import { copiesOf, lookAt } from './place.ts';
import { isInstead, type Run } from './run.ts';

/** Milliseconds: how long nothing may change before the other one is taken not to give way. */
const patience = 5000;
const between = 200;

/**
 * Before anything is written: what has a release's name is still what the plan knew, or is there already as
 * it would be written.
 * @returns the releases of which that isn't so, each with a CONFLICT that says what is new, changed or gone
 */
export async function findTaken(
  releases: readonly ReleasePlan[],
  run: Pick<Run, 'to' | 'concurrency' | 'wanted'>,
): Promise<Map<ReleasePlan, ReleasesError>> {
  const taken = new Map<ReleasePlan, ReleasesError>();
  const { to, concurrency } = run;
  // Of what is written as a whole nothing is there before.
  if (to.seal) return taken;
  for (const [release, found] of await lookAt(to, releases, concurrency)) {
    const known = new Map((release.there?.records ?? []).map((record) => [refId(record), record]));
    const moved = found.filter((record) => !isAsKnown(record, known.get(refId(record))));
    const [other] = await others(moved, run);
    if (other) taken.set(release, since(other, known.has(refId(other)) ? 'has changed' : 'is new'));
    for (const id of found.map(refId)) known.delete(id);
    for (const record of known.values()) {
      if (taken.has(release)) break;
      // A list by labels doesn't show a record that has lost them.
      const now = await to.get(record);
      if (!now) taken.set(release, since(record, 'is gone'));
      else if (!isAsKnown(now, record)) taken.set(release, since(record, 'has changed'));
    }
  }
  return taken;
}

/** Whose it is, a Helm's that works on the same release or another one's, can't be told for sure: it isn't said. */
function since(
  record: RecordMeta,
  what: string,
  why: readonly string[] = ['nothing of this release was written'],
): ReleasesError {
  return new ReleasesError(
    'CONFLICT',
    `${shownPlace(record)} ${what} since the plan was made: something else works on a release of that name`,
    { why, hints: [again] },
  );
}

const again = 'run the same command again: it plans anew from what is there now';

function isAsKnown(now: RecordMeta, known: RecordMeta | undefined): boolean {
  return (
    known !== undefined && known.uid === now.uid && known.resourceVersion === now.resourceVersion
  );
}

/** Those that aren't what the plan would write or keep there, of whichever release. */
async function others(
  records: readonly RecordMeta[],
  { to, wanted }: Pick<Run, 'to' | 'wanted'>,
): Promise<readonly RecordMeta[]> {
  if (records.length === 0) return [];
  const mayBeOurs = records.filter((record) => wanted.has(refId(record)));
  const read = mayBeOurs.length > 0 ? await getMany(to, mayBeOurs, 1) : new Map();
  return records.filter((record) => {
    const step = wanted.get(refId(record));
    const there = read.get(refId(record));
    return !step || !there || isBad(there) || !isSameRecord(there, wantedOf(step));
  });
}

/**
 * After the last write, for all releases at once. Records stand by then: what fails here ends its release, and
 * not the run.
 * @returns those that somebody else has the name of, each with what was done about it, and those of which a copy
 *   is gone; where nobody can look, all of them, each with that ReleasesError
 */
export async function settleNames(
  releases: readonly ReleasePlan[],
  run: Run,
): Promise<Map<ReleasePlan, unknown>> {
  const lost = new Map<ReleasePlan, unknown>();
  if (run.to.seal || releases.length === 0) return lost;
  let found: Awaited<ReturnType<typeof lookAt>>;
  try {
    found = await lookAt(run.to, releases, run.concurrency);
  } catch (error) {
    if (!isReleasesError(error)) throw error;
    return new Map(releases.map((release) => [release, error]));
  }
  await mapLimit(releases, run.concurrency, async (release) => {
    const all = found.get(release) ?? [];
    try {
      await holdName(release, run, all);
      // Whose sources stay isn't looked at again.
      const gone = await findLostCopy(release, run.to, all, run.uids);
      if (gone) throw gone;
    } catch (error) {
      lost.set(release, error);
    }
  });
  return lost;
}

/**
 * Returns once nobody but this release has its name in the target.
 * @param first what is there, where somebody has just looked
 * @throws ReleasesError CONFLICT when somebody else keeps it: what this run created is taken back then
 */
export async function holdName(
  release: ReleasePlan,
  run: Run,
  first?: readonly RecordMeta[],
): Promise<void> {
  const { created } = run.did(release);
  let [state, still] = ['', Date.now()];
  for (let found = first; ; found = undefined) {
    const all = found ?? (await lookAt(run.to, [release], 1)).get(release) ?? [];
    const strangers = await strangersIn(all, release, run);
    const [stranger] = strangers;
    if (!stranger || (await isGoingOn(strangers, all, release, run.to))) return;
    const ours = new Set(created.map(({ record }) => refId(record)));
    const mine = all.filter((record) => ours.has(refId(record)));
    const seen = JSON.stringify(strangers.map((one) => [refId(one), one.resourceVersion]).sort());
    if (seen !== state) [state, still] = [seen, Date.now()];
    const { patienceMs = patience } = run;
    if (!isFirst(mine, strangers) || Date.now() - still > patienceMs)
      throw since(stranger, 'is new', await giveWay(release, run));
    stopIfInterrupted(run);
    await sleep(Math.min(between, patienceMs / 4));
  }
}

/**
 * What has the name, and neither was there before nor is what this run writes.
 * @param found what has the release's name in the target now
 */
export async function strangersIn(
  found: readonly RecordMeta[],
  release: ReleasePlan,
  run: Run,
): Promise<readonly RecordMeta[]> {
  const { done } = run.did(release);
  const known = new Map(
    (release.there?.records ?? []).map((record) => [refId(record), record.uid]),
  );
  const kept = new Set(
    release.steps.flatMap((step) => (step.do === 'keep' ? refId(step.record) : [])),
  );
  const fresh = found.filter((record) => {
    const id = refId(record);
    // What Helm marks superseded is the same object; one made anew in its place is another's.
    const isKnown = known.has(id) ? known.get(id) === record.uid : kept.has(id);
    return isInstead(run.uids, record) || (!done.has(id) && !isKnown);
  });
  return others(fresh, run);
}

/**
 * Whether Helm went on from what is written: it keeps the time of the first deployment, counts on from the
 * newest revision, and marks the one before superseded before it says deployed (pkg/action/upgrade.go).
 */
async function isGoingOn(
  strangers: readonly RecordMeta[],
  found: readonly RecordMeta[],
  release: ReleasePlan,
  to: Storage,
): Promise<boolean> {
  const copies = copiesOf(release).map(({ record }) => record);
  const highest = Math.max(...copies.map(revisionSaid));
  if (strangers.some((record) => revisionSaid(record) <= highest)) return false;
  const fresh = new Set(strangers.map(refId));
  const isDeployed = (record: RecordMeta) => statusLabel(record) === 'deployed';
  const rest = found.filter((record) => !fresh.has(refId(record)));
  if (strangers.some(isDeployed) && rest.some(isDeployed)) return false;
  const newest = rest.find((record) => revisionSaid(record) === highest);
  if (!newest) return false;
  const times = await Promise.all(
    [newest, ...strangers].map((record) => firstDeployed(to, record)),
  );
  return times.every((time) => time !== undefined && time !== '' && time === times[0]);
}

async function firstDeployed(to: Storage, ref: RecordMeta): Promise<string | undefined> {
  const record = await to.get(ref);
  const opened = record && openRecord(record);
  return opened && !isBad(opened) ? opened.release.info?.firstDeployed : undefined;
}

/** By the oldest record of each: versions count up in a cluster, in a database and in memory. */
function isFirst(mine: readonly RecordMeta[], theirs: readonly RecordMeta[]): boolean {
  const [own, other] = [oldest(mine), oldest(theirs)];
  return own !== undefined && other !== undefined && isOlder(own, other);
}

function oldest(records: readonly RecordMeta[]): RecordMeta | undefined {
  return records.reduce<RecordMeta | undefined>(
    (first, record) => (first && !isOlder(record, first) ? first : record),
    undefined,
  );
}

/** By their versions, of one store or API server. */
export function isOlder(
  { resourceVersion: a = '' }: Pick<RecordMeta, 'resourceVersion'>,
  { resourceVersion: b = '' }: Pick<RecordMeta, 'resourceVersion'>,
): boolean {
  const counted = /^[0-9]+$/.test(a) && /^[0-9]+$/.test(b);
  return counted ? BigInt(a) < BigInt(b) : a < b;
}

/** @returns what became of what this run has written, in sentences */
async function giveWay(release: ReleasePlan, run: Run): Promise<readonly string[]> {
  // Its copies may be all that there is of some revisions, whoever has deleted the sources.
  if (run.did(release).deleted.length === 0 && (await hasSources(release, run)))
    return takeBack(release, run);
  return ['sources are deleted already: both stand there, and Helm takes them for one release'];
}

async function hasSources(release: ReleasePlan, run: Run): Promise<boolean> {
  const found = (await listSources([release], run.from)).get(release) ?? [];
  const there = new Set(found.map(refId));
  return release.sources.every((source) => source.leaving || there.has(refId(source)));
}

/**
 * Deletes what this run created, while its payload is the one that was written: the newest revision last, so that whoever
 * looks in between sees it.
 * @returns what became of it, in sentences
 */
async function takeBack(release: ReleasePlan, run: Run): Promise<string[]> {
  const { created, replaced, unread, done } = run.did(release);
  if (created.length + replaced.length === 0) return ['nothing of this release was written'];
  const left: string[] = [];
  let taken = 0;
  for (const { step, record } of [...created].reverse())
    try {
      const there = await run.to.get(record);
      // A policy may have changed its labels as it came; whoever goes on with it writes another payload.
      if (there && (isBad(there) || !isSamePayload(there, record))) {
        left.push(`${shownPlace(record)} was changed by somebody else, and stays`);
        continue;
      }
      if (there) await run.to.delete(there);
      done.delete(refId(record));
      unread.delete(step);
      run.onTakenBack?.(release, step);
      taken++;
    } catch (error) {
      if (!isReleasesError(error)) throw error;
      if (error.code !== 'NOT_FOUND') left.push(`${shownPlace(record)} stays: ${error.message}`);
    }
  created.length = 0;
  const records = `${taken} ${taken === 1 ? 'record' : 'records'}`;
  return [
    ...(taken > 0 ? [`what this run had created of it is taken back: ${records}`] : []),
    ...(replaced.length > 0 ? [`what it had replaced stays replaced: ${replaced.length}`] : []),
    ...left,
  ];
}
