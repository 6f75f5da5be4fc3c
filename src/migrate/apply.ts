/**
 * Carries a plan out: the only code that writes or deletes records.
 *
 * Guard (are the sources still what was planned?), then per release: create, read back and compare,
 * mark live objects, guard again, and only then delete. Revisions are created newest first: whoever
 * looks in between, Helm included, sees the right newest revision and a history that is still
 * growing downwards, so that nothing they do can take a revision number that is still to come.
 *
 * Nothing here depends on having run before: a create that finds its record there compares it, so
 * a rerun after any interruption goes on where the first run stopped.
 */
import { isReleasesError, ReleasesError } from '../errors.ts';
import { mapLimit } from '../parallel.ts';
import type { RecordMeta } from '../record.ts';
import type { Storage } from '../storage/storage.ts';
import { findChanges, findLostCopy, findSuccessor } from './guard.ts';
import {
  type AdoptStep,
  type CreateStep,
  isMovable,
  type KeepStep,
  type Plan,
  type ReleasePlan,
  type Step,
} from './plan.ts';
import { backUp, create, verify } from './write.ts';

export interface Engine {
  /** The stores that the plan's releases come from, by address. */
  readonly from: ReadonlyMap<string, Storage>;
  readonly to: Storage;
  /** Where records are copied before they are deleted; it must be there when a plan deletes. */
  readonly backup?: Storage;
  /**
   * Marks a live object as the release's and returns when that has been verified; it must be there
   * when a plan adopts.
   */
  readonly adopt?: (release: ReleasePlan, step: AdoptStep) => Promise<void>;
  /** How many requests may be under way at once. */
  readonly concurrency: number;
  /** Set by Ctrl-C: what is under way ends, nothing new begins. */
  readonly signal?: AbortSignal;
  /** Called after every step that was carried out and verified. */
  readonly onStep?: (release: ReleasePlan, step: Step) => void;
}

/** Live objects of one release that are marked at the same time. */
const objectsAtOnce = 4;

export type Outcome =
  | { readonly release: ReleasePlan; readonly result: 'migrated'; readonly deleted: number }
  /** The plan didn't let it move, or there was nothing to do. */
  | { readonly release: ReleasePlan; readonly result: 'left alone' }
  /** Something changed or failed on the way; what was written is right, what was deleted has its copy. */
  | { readonly release: ReleasePlan; readonly result: 'failed'; readonly error: ReleasesError }
  | { readonly release: ReleasePlan; readonly result: 'interrupted' };

/** An outcome for `-o json`, `-o yaml` and reports. */
export function outcomeData(outcome: Outcome): object {
  const { release, result } = outcome;
  return {
    ...{ name: release.name, namespace: release.namespace, from: release.from, result },
    ...(outcome.result === 'failed' && { error: outcome.error.message }),
    ...(outcome.result === 'migrated' && { deleted: outcome.deleted }),
  };
}

/** Outcomes of a plan that migrates nothing, with its own word for what was done: `restored`. */
export function outcomesAs(word: string, outcomes: readonly Outcome[]): object[] {
  return outcomes.map((outcome) => ({
    ...outcomeData(outcome),
    ...(outcome.result === 'migrated' && { result: word }),
  }));
}

/** Releases side by side; within a release, one record after the other, newest first. */
export async function applyPlan(plan: Plan, engine: Engine): Promise<Outcome[]> {
  const changes = await findChanges(plan.releases.filter(isMovable), engine.from);
  const outcomes = await mapLimit(plan.releases, engine.concurrency, async (release) => {
    const error = changes.get(release);
    return error ? failed(release, error) : applyRelease(release, engine);
  });
  return lookAgain(outcomes, engine);
}

function failed(release: ReleasePlan, error: ReleasesError): Outcome {
  return { release, result: 'failed', error };
}

/** Whoever is told that a release has moved may switch its Tiller off: nothing may be new there. */
async function lookAgain(outcomes: readonly Outcome[], engine: Engine): Promise<Outcome[]> {
  const kept = outcomes.filter((outcome) => outcome.result === 'migrated' && outcome.deleted === 0);
  const releases = kept.map(({ release }) => release);
  if (engine.signal?.aborted || releases.length === 0) return [...outcomes];
  try {
    const changes = await findChanges(releases, engine.from);
    return outcomes.map((outcome) => {
      const change = changes.get(outcome.release);
      return change ? failed(outcome.release, change) : outcome;
    });
  } catch (error) {
    if (!(error instanceof ReleasesError)) throw error;
    return outcomes.map((one) => (kept.includes(one) ? failed(one.release, error) : one));
  }
}

async function applyRelease(release: ReleasePlan, engine: Engine): Promise<Outcome> {
  if (!isMovable(release)) return { release, result: 'left alone' };
  try {
    await writeRecords(release, engine);
    await adoptObjects(release, engine);
    return { release, result: 'migrated', deleted: await deleteSources(release, engine) };
  } catch (error) {
    if (isReleasesError(error, 'INTERRUPTED')) return { release, result: 'interrupted' };
    if (!(error instanceof ReleasesError)) throw error;
    return { release, result: 'failed', error };
  }
}

/** Creates what is missing, newest first; then reads everything back, in one list where that's possible. */
async function writeRecords(release: ReleasePlan, engine: Engine): Promise<void> {
  const done: (CreateStep | KeepStep)[] = [];
  let stopped: unknown;
  try {
    for (const step of release.steps) {
      if (step.do !== 'create' && step.do !== 'keep') continue;
      stopIfInterrupted(engine);
      if (step.do === 'create') await create(engine.to, step.record);
      done.push(step);
    }
  } catch (error) {
    // What has been written is still looked at: it counts in what the person is told.
    stopped = error;
  }
  const records = done.map(({ record }) => record);
  await verify(engine.to, records).catch((error: unknown) => {
    throw stopped ?? error;
  });
  for (const step of done) engine.onStep?.(release, step);
  if (stopped !== undefined) throw stopped;
}

async function deleteSources(release: ReleasePlan, engine: Engine): Promise<number> {
  const deletes = release.steps.filter((step) => step.do === 'delete');
  const from = engine.from.get(release.from);
  if (deletes.length === 0 || !from) return 0;
  stopIfInterrupted(engine);
  const change = (await findChanges([release], engine.from)).get(release);
  if (change) throw change;
  const lost = await findLostCopy(release, engine.to);
  if (lost) throw lost;
  for (const step of deletes) {
    stopIfInterrupted(engine);
    await backUp(step.record, from, engine.backup);
  }
  // Oldest first: until the last one goes, Helm 2 still sees the newest revision.
  let deleted = 0;
  for (const step of deletes.reverse()) {
    stopIfInterrupted(engine);
    if (step === deletes.at(-1)) {
      const successor = await findSuccessor(release, step.record, engine.from);
      if (successor) throw successor;
    }
    if (!(await removeOrGone(from, step.record))) continue;
    deleted++;
    engine.onStep?.(release, step);
  }
  return deleted;
}

/** @returns false when somebody else has deleted it: another migration, or a Tiller that prunes */
async function removeOrGone(from: Storage, record: RecordMeta): Promise<boolean> {
  try {
    await from.delete(record);
    return true;
  } catch (error) {
    if (!isReleasesError(error, 'NOT_FOUND')) throw error;
    return false;
  }
}

/** Some at once: a release may have hundreds, and their order doesn't matter. */
async function adoptObjects(release: ReleasePlan, engine: Engine): Promise<void> {
  const adopts = release.steps.filter((step) => step.do === 'adopt');
  await mapLimit(adopts, objectsAtOnce, async (step) => {
    if (!engine.adopt) throw new ReleasesError('USAGE', 'a plan that adopts needs a cluster');
    stopIfInterrupted(engine);
    await engine.adopt(release, step);
    engine.onStep?.(release, step);
  });
}

function stopIfInterrupted(engine: Engine): void {
  if (engine.signal?.aborted) throw new ReleasesError('INTERRUPTED', 'interrupted');
}
