/** The end of a release's move, where its sources are to go: looked at again, copied, deleted. */
import { isReleasesError, ReleasesError } from '../errors.ts';
import type { RecordMeta } from '../record.ts';
import type { Storage } from '../storage/storage.ts';
import type { Engine } from './apply.ts';
import { findChanges, findLostCopy, findSuccessor, newestStays } from './guard.ts';
import { holdName } from './names.ts';
import { lookAt } from './place.ts';
import type { DeleteStep, ReleasePlan } from './plan.ts';
import type { Run } from './run.ts';
import { backUp } from './write.ts';

/** @throws ReleasesError when a source has changed, or its backup can't be made */
export async function backUpSources(release: ReleasePlan, engine: Engine): Promise<number> {
  const from = engine.from.get(release.from);
  if (!from) return 0;
  for (const step of deletesOf(release)) {
    stopIfInterrupted(engine);
    await backUp(step.record, from, engine.backup);
  }
  return 0;
}

/** @returns how many went */
export async function deleteSources(release: ReleasePlan, engine: Run): Promise<number> {
  const { deleted } = engine.did(release);
  const { to } = engine;
  // A list of everything is made once, and may be older than what is asked here: each is asked for then.
  const copiesNow = async () =>
    (to.capabilities.selects && (await lookAt(to, [release], 1)).get(release)) || [];
  const from = engine.from.get(release.from);
  if (!from) return 0;
  await checkAgain(release, engine);
  // Oldest first: until the last one goes, Helm 2 still sees the newest revision.
  const deletes = [...deletesOf(release)].reverse();
  for (const step of deletes) {
    stopIfInterrupted(engine);
    if (step === deletes.at(-1)) {
      const successor = await findSuccessor(release, step.record, engine.from);
      if (successor) throw successor;
      // Who takes the copies away meanwhile, as a move the other way round does, finds the newest here.
      const lost = deletes.length > 1 && (await findLostCopy(release, to, await copiesNow()));
      if (lost) throw newestStays(lost, step.record);
    }
    if (!(await removeOrGone(from, step.record))) continue;
    deleted.push(step);
    engine.onStep?.(release, step);
  }
  return deleted.length;
}

function deletesOf({ steps }: ReleasePlan): readonly DeleteStep[] {
  return steps.filter((step) => step.do === 'delete');
}

/** Sources as they were planned, copies all there, and nobody beside them. */
async function checkAgain(release: ReleasePlan, engine: Run): Promise<void> {
  stopIfInterrupted(engine);
  const change = (await findChanges([release], engine.from)).get(release);
  if (change) throw change;
  const found = (await lookAt(engine.to, [release], 1)).get(release) ?? [];
  const lost = await findLostCopy(release, engine.to, found);
  if (lost) throw lost;
  if (!engine.to.seal) await holdName(release, engine, found);
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

export function stopIfInterrupted(engine: Engine): void {
  if (engine.signal?.aborted) throw new ReleasesError('INTERRUPTED', 'interrupted');
}
