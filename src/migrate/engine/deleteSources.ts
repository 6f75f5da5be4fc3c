/** The end of a release's move, where its sources are to go: looked at again, copied, deleted. */

import { isReleasesError, type ReleasesError } from '../../errors.ts';
import type { RecordMeta } from '../../record.ts';
import type { Storage } from '../../storage/storage.ts';
import type { DeleteStep, ReleasePlan } from '../plan.ts';
import type { Engine } from './engine.ts';
import { stopIfInterrupted } from './engine.ts';
import { findChanges, findLostCopy, findSuccessor, newestStays } from './guard.ts';
import { holdName } from './holdName.ts';
import { overtaken } from './overtaken.ts';
import { copiesOf, lookAt } from './place.ts';
import type { Run } from './run.ts';
import { backUp, isRefusal } from './write.ts';

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
  const did = engine.did(release);
  const { deleted, updated } = did;
  const { to } = engine;
  // A list of everything is made once, and may be older than what is asked here: each is asked for then.
  const copiesNow = async () =>
    (to.capabilities.selects && (await lookAt(to, [release], 1)).get(release)) || [];
  const from = engine.from.get(release.from);
  if (!from) return 0;
  // Oldest first: until the last one goes, Helm 2 still sees the newest revision.
  const deletes = [...deletesOf(release)].reverse();
  const newest = deletes.at(-1);
  if (!newest) return 0;
  // What only goes, and has no copies elsewhere, may have been deleted by anybody: that is what was asked for.
  const isCopied = copiesOf(release).length > 0;
  const changed = await findChange(release, engine);
  if (changed) throw await orOvertaken(changed, newest, release, engine);
  await checkCopies(release, engine);
  for (const step of deletes) {
    stopIfInterrupted(engine);
    if (step === newest) {
      const stays = (error: ReleasesError) =>
        deletes.length > 1 ? newestStays(error, step.record, deleted.length) : error;
      const successor = await findSuccessor(release, step.record, engine.from, updated);
      if (successor) throw await orOvertaken(successor, newest, release, engine, stays);
      // Who takes the copies away meanwhile, as a move the other way round does, finds the newest here.
      const lost =
        deletes.length > 1 && (await findLostCopy(release, to, await copiesNow(), engine.uids));
      if (lost) throw stays(lost);
    }
    did.deleting = step;
    const isOurs = await removeOrGone(from, step.record).catch((error: unknown) => {
      if (isRefusal(error)) did.deleting = undefined;
      throw error;
    });
    did.deleting = undefined;
    if (isOurs) {
      deleted.push(step);
      engine.onStep?.(release, step);
    } else if (step === newest && !step.record.leaving && isCopied)
      throw await orOvertaken(undefined, newest, release, engine);
  }
  return deleted.length;
}

/**
 * @param change what was found to have changed; absent: the newest source was gone when it was deleted
 * @returns the error that says that somebody else has deleted it, where it is gone; else the change
 */
async function orOvertaken(
  change: ReleasesError | undefined,
  { record }: DeleteStep,
  release: ReleasePlan,
  engine: Run,
  said = (error: ReleasesError) => error,
): Promise<ReleasesError> {
  if (change && copiesOf(release).length === 0) return said(change);
  const there = await engine.from.get(release.from)?.get(record);
  if (change && there) return there.uid === record.uid ? said(change) : change;
  engine.did(release).overtaken = true;
  return overtaken(release, record);
}

function deletesOf({ steps }: ReleasePlan): readonly DeleteStep[] {
  return steps.filter((step) => step.do === 'delete');
}

/** Why its sources aren't as they were planned. */
async function findChange(release: ReleasePlan, engine: Run): Promise<ReleasesError | undefined> {
  stopIfInterrupted(engine);
  const { updated } = engine.did(release);
  return (await findChanges([release], engine.from, () => updated)).get(release);
}

/** Copies all there, and nobody beside them. */
async function checkCopies(release: ReleasePlan, engine: Run): Promise<void> {
  const found = (await lookAt(engine.to, [release], 1)).get(release) ?? [];
  const lost = await findLostCopy(release, engine.to, found, engine.uids);
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
