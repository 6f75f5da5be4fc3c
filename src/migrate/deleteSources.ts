/** The end of a release's move, where its sources are to go: looked at again, copied, deleted. */
import { isReleasesError, ReleasesError } from '../errors.ts';
import type { RecordMeta } from '../record.ts';
import type { Storage } from '../storage/storage.ts';
import type { Engine } from './apply.ts';
import { findChanges, findLostCopy, findSuccessor } from './guard.ts';
import type { DeleteStep, ReleasePlan } from './plan.ts';
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
export async function deleteSources(release: ReleasePlan, engine: Engine): Promise<number> {
  const from = engine.from.get(release.from);
  if (!from) return 0;
  await checkAgain(release, engine);
  // Oldest first: until the last one goes, Helm 2 still sees the newest revision.
  const deletes = [...deletesOf(release)].reverse();
  let deleted = 0;
  for (const step of deletes) {
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

function deletesOf({ steps }: ReleasePlan): readonly DeleteStep[] {
  return steps.filter((step) => step.do === 'delete');
}

/** Sources as they were planned, copies all there. */
async function checkAgain(release: ReleasePlan, engine: Engine): Promise<void> {
  stopIfInterrupted(engine);
  const change = (await findChanges([release], engine.from)).get(release);
  if (change) throw change;
  const lost = await findLostCopy(release, engine.to);
  if (lost) throw lost;
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
