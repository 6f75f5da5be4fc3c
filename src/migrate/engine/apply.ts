/**
 * Carries a plan out: the only code that writes or deletes records.
 *
 * Guard (are the sources still what was planned?), then create, read back and compare, update what stays
 * where it is, mark live objects, guard again, and only then delete. Revisions are created newest first: whoever
 * looks in between, Helm included, sees the right newest revision and a history that is still
 * growing downwards, so that nothing they do can take a revision number that is still to come.
 *
 * Nothing here depends on having run before: a create that finds its record there compares it, so
 * a rerun after any interruption goes on where the first run stopped.
 */

import { isReleasesError, ReleasesError } from '../../errors.ts';
import { mapLimit } from '../../parallel.ts';
import { type RecordMeta, refId } from '../../record.ts';
import type { Storage } from '../../storage/storage.ts';
import { cheapToList } from '../../storage/wrappers/listedOnce.ts';
import { type DeleteStep, isMovable, type Plan, type ReleasePlan } from '../plan.ts';
import { backUpSources, deleteSources } from './deleteSources.ts';
import type { Engine, Outcome } from './engine.ts';
import { stopIfInterrupted } from './engine.ts';
import { findChanges, findUndeleted } from './guard.ts';
import { findTaken, settleNames } from './holdName.ts';
import { findBack, findLost, putBack } from './lastLook.ts';
import { missingOf } from './missing.ts';
import { type Run, startRun } from './run.ts';
import { withStandings } from './standing.ts';
import { updateRecords, updatesOf } from './updateRecords.ts';
import { backUp } from './write.ts';
import { writeAll } from './writeAll.ts';

/** Live objects of one release that are marked at the same time. */
const objectsAtOnce = 4;

/** An outcome for `-o json`, `-o yaml` and reports. */
export function outcomeData(outcome: Outcome): object {
  const { release, result } = outcome;
  const stands = 'stands' in outcome ? outcome.stands : undefined;
  return {
    ...{ name: release.name, namespace: release.namespace, from: release.from, result },
    ...(outcome.result === 'failed' && { error: outcome.error.message }),
    ...(outcome.result === 'failed' && outcome.lost && { lost: true }),
    ...(outcome.result === 'failed' && outcome.overtaken && { overtaken: true }),
    ...(outcome.result === 'failed' && outcome.vanished && { vanished: true }),
    ...(outcome.result === 'failed' && outcome.perhapsUpdated && { perhapsUpdated: true }),
    ...(stands && {
      stands: {
        ...{ source: stands.source, target: stands.target },
        ...(stands.others.length > 0 && { others: stands.others }),
        marked: stands.marked,
        ...(stands.unseen && { unseen: stands.unseen }),
      },
    }),
    ...(outcome.result === 'migrated' && { deleted: outcome.deleted }),
    ...(outcome.result === 'migrated' &&
      outcome.pruned && { pruned: outcome.pruned.map(({ key }) => key) }),
  };
}

/** Outcomes of a plan that migrates nothing, with its own word for what was done: `restored`. */
export function outcomesAs(word: string, outcomes: readonly Outcome[]): object[] {
  return outcomes.map((outcome) => ({
    ...outcomeData(outcome),
    ...(outcome.result === 'migrated' && { result: word }),
  }));
}

/**
 * Releases side by side; within a release, one record after the other, newest first. Nothing is deleted
 * before all releases are written: a target that is written as a whole is sealed in between.
 */
export async function applyPlan(plan: Plan, engine: Engine): Promise<Outcome[]> {
  const movable = plan.releases.filter(isMovable);
  const run = startRun(movable, engine);
  const changes = await findChanges(movable, run.from);
  const taken = await findTaken(
    movable.filter((release) => !changes.has(release)),
    run,
  );
  const begun = plan.releases.map((release): Outcome => {
    const error = changes.get(release) ?? taken.get(release);
    if (error) return failed(release, error);
    return isMovable(release) ? { release, result: 'migrated', deleted: 0 } : leftAlone(release);
  });
  const safe = await copyReplaced(begun, run);
  const written = await write(safe, run);
  const sealed = await seal(written, run.to, run);
  return withStandings(await lookAgain(await deleteAll(sealed, run), run), run);
}

function failed(release: ReleasePlan, error: ReleasesError): Outcome {
  return { release, result: 'failed', error };
}

function leftAlone(release: ReleasePlan): Outcome {
  return { release, result: 'left alone' };
}

/** @returns what became of a release when this is done to it: how many sources were deleted, or why not */
async function attempt(release: ReleasePlan, work: () => Promise<number>): Promise<Outcome> {
  try {
    return { release, result: 'migrated', deleted: await work() };
  } catch (error) {
    if (isReleasesError(error, 'INTERRUPTED')) return { release, result: 'interrupted' };
    if (!(error instanceof ReleasesError)) throw error;
    return failed(release, error);
  }
}

async function write(safe: readonly Outcome[], engine: Run): Promise<readonly Outcome[]> {
  const moving = safe.flatMap((one) => (one.result === 'migrated' ? one.release : []));
  const failures = await writeAll(moving, engine);
  // Before anything else is done for it: marks and deletes can't be taken back.
  const whole = moving.filter((release) => !failures.has(release));
  for (const [release, error] of await settleNames(whole, engine)) failures.set(release, error);
  const ended = await mapLimit(safe, engine.concurrency, async (one) => {
    if (one.result !== 'migrated') return one;
    return attempt(one.release, async () => {
      if (failures.has(one.release)) throw failures.get(one.release);
      await updateRecords(one.release, engine);
      await adoptObjects(one.release, engine);
      return 0;
    });
  });
  return ended.map((one) => ifOvertaken(one, engine));
}

/** Somebody else has gone on with the release, or has taken it away. */
function ifOvertaken(one: Outcome, engine: Run): Outcome {
  const isOvertaken = one.result === 'failed' && engine.did(one.release).overtaken;
  return isOvertaken ? { ...one, overtaken: true } : one;
}

/**
 * For a store that is written as a whole: nothing stands until it is sealed, and when that fails none
 * of the releases has moved. Interrupted, it is not sealed, and what was begun is thrown away.
 */
async function seal(
  outcomes: readonly Outcome[],
  store: Storage,
  engine: Engine,
): Promise<readonly Outcome[]> {
  if (!store.seal || outcomes.every(({ result }) => result !== 'migrated')) return outcomes;
  const each = (change: (release: ReleasePlan) => Outcome) =>
    outcomes.map((one) => (one.result === 'migrated' ? change(one.release) : one));
  if (engine.signal?.aborted) return each((release) => ({ release, result: 'interrupted' }));
  try {
    const { to, unseen = [] } = engine;
    await store.seal(store === to ? [...missingOf(outcomes), ...unseen] : []);
    return outcomes;
  } catch (error) {
    if (!(error instanceof ReleasesError)) throw error;
    return each((release) => failed(release, error));
  }
}

/** What will be replaced is copied first, and the copies are sealed before anything is written. */
async function copyReplaced(
  begun: readonly Outcome[],
  engine: Engine,
): Promise<readonly Outcome[]> {
  const replaces = ({ result, release }: Outcome) =>
    result === 'migrated' && replacedBy(release).length + updatesOf(release).length > 0;
  if (!begun.some(replaces)) return begun;
  const { aside = engine.backup } = engine;
  const copied = await mapLimit(begun, engine.concurrency, async (one) => {
    if (!replaces(one)) return one;
    return attempt(one.release, async () => {
      for (const record of replacedBy(one.release)) {
        stopIfInterrupted(engine);
        await backUp(record, engine.to, aside);
      }
      const source = engine.from.get(one.release.from);
      for (const { over } of source ? updatesOf(one.release) : []) {
        stopIfInterrupted(engine);
        if (source) await backUp(over, source, aside);
      }
      return 0;
    });
  });
  return aside ? seal(copied, aside, engine) : copied;
}

function replacedBy({ steps }: ReleasePlan): readonly RecordMeta[] {
  return steps.flatMap((step) => (step.do === 'create' && step.replaces) || []);
}

/** Copies all that is about to be deleted, seals the copies, and only then deletes. */
async function deleteAll(written: readonly Outcome[], engine: Run): Promise<readonly Outcome[]> {
  const deletes = ({ result, release }: Outcome) =>
    result === 'migrated' && release.steps.some((step) => step.do === 'delete');
  if (!written.some(deletes)) return written;
  const stage = (outcomes: readonly Outcome[], work: (release: ReleasePlan) => Promise<number>) =>
    mapLimit(outcomes, engine.concurrency, async (one) =>
      deletes(one) ? attempt(one.release, () => work(one.release)) : one,
    );
  const copied = await stage(written, (release) => backUpSources(release, engine));
  const sealed = engine.backup ? await seal(copied, engine.backup, engine) : copied;
  const quick = withQuickLists(engine);
  const deleted = await stage(sealed, (release) => deleteSources(release, quick));
  return deleted.map((one) => ifOvertaken(one, engine));
}

/** Deleting looks at each release again: where that means reading a whole folder, it is read once. */
function withQuickLists(engine: Run): Run {
  const from = new Map([...engine.from].map(([address, store]) => [address, cheapToList(store)]));
  return { ...engine, from, to: cheapToList(engine.to) };
}

/**
 * Whoever is told that a release has moved may switch its Tiller off: nothing may be new there, what was
 * deleted must be gone, and its copies must be there. Once something is deleted, Ctrl-C keeps nobody from
 * looking.
 */
async function lookAgain(outcomes: readonly Outcome[], run: Run): Promise<Outcome[]> {
  const deleted = outcomes.flatMap(({ release }) =>
    run.did(release).deleted.length > 0 ? release : [],
  );
  const kept = outcomes.flatMap(({ release, result }) =>
    result === 'migrated' && !deleted.includes(release) && !staysAsItIs(release) ? release : [],
  );
  const looked = run.signal?.aborted ? [] : kept;
  if (looked.length + deleted.length === 0) return [...outcomes];
  try {
    const changes = await findChanges(looked, run.from, (release) => run.did(release).updated);
    const undeleted = await findUndeleted(deleted, run.from, (release) =>
      // They went oldest first, and the newest is what a person knows.
      run
        .did(release)
        .deleted.map(({ record }) => record)
        .reverse(),
    );
    const back = new Map<ReleasePlan, ReadonlySet<string>>();
    for (const [release, { anew }] of undeleted)
      back.set(release, await findBack(anew, release, run));
    const lost = await findLost(deleted, run);
    for (const [release, one] of lost) if (one.back) back.set(release, one.back);
    const whyThere = (release: ReleasePlan) => {
      const one = undeleted.get(release);
      const again = one?.anew.find((record) => back.get(release)?.has(refId(record)));
      return one?.still.size === 0 && again ? putBack(again) : one?.error;
    };
    for (const release of deleted) {
      const steps = run.did(release).deleted.splice(0);
      const isThere = ({ record }: DeleteStep) =>
        undeleted.get(release)?.still.has(refId(record)) || back.get(release)?.has(refId(record));
      for (const step of steps)
        if (isThere(step)) run.onTakenBack?.(release, step);
        else run.did(release).deleted.push(step);
    }
    return outcomes.map((outcome) => {
      const { release } = outcome;
      const fate = lost.get(release);
      if (fate?.error && fate.missing.length > 0)
        return { release, result: 'failed', error: fate.error, lost: true };
      const change = changes.get(release) ?? fate?.error ?? whyThere(release);
      if (change && outcome.result !== 'failed') return failed(release, change);
      return fate && outcome.result === 'migrated' ? { ...outcome, pruned: fate.missing } : outcome;
    });
  } catch (error) {
    if (!(error instanceof ReleasesError)) throw error;
    return outcomes.map((one) => (one.result === 'migrated' ? failed(one.release, error) : one));
  }
}

/** What was only updated where it stands is Helm's to go on with, the moment after it was read back. */
function staysAsItIs({ steps }: ReleasePlan): boolean {
  const updates = steps.filter((step) => step.do === 'update');
  return updates.length > 0 && steps.every(({ do: act }) => act === 'update' || act === 'adopt');
}

/** Some at once: a release may have hundreds, and their order doesn't matter. */
async function adoptObjects(release: ReleasePlan, engine: Run): Promise<void> {
  const adopts = release.steps.filter((step) => step.do === 'adopt');
  const failures: unknown[] = [];
  await mapLimit(adopts, objectsAtOnce, async (step) => {
    // What has begun ends before anybody is told of a failure.
    if (failures.length > 0) return;
    try {
      stopIfInterrupted(engine);
      if (!engine.adopt) throw new ReleasesError('USAGE', 'a plan that adopts needs a cluster');
      await engine.adopt(release, step);
      engine.did(release).marked++;
      engine.onStep?.(release, step);
    } catch (error) {
      failures.push(error);
    }
  });
  if (failures.length > 0) throw failures[0];
}
