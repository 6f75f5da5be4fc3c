/**
 * Records get other content or other labels where they stand. Each is read again, and must be what the plan saw;
 * what it becomes is made of it, must be what the plan says, and takes its place under its uid and
 * resourceVersion (in a database: while its row is the one that was read). Then it is read back and compared.
 *
 * What each was is in the backup before the first is written: see `copyReplaced` in `apply.ts`.
 */
import { isReleasesError, ReleasesError } from '../../errors.ts';
import {
  isBad,
  metaOnly,
  type RecordMeta,
  type ReleaseRecord,
  refId,
  shownPlace,
  statusLabel,
} from '../../record.ts';
import { isSamePayload, isSameRecord } from '../../sameRecord.ts';
import type { Storage } from '../../storage/storage.ts';
import type { ReleasePlan, UpdateStep } from '../plan.ts';
import { stopIfInterrupted } from './engine.ts';
import { findNewcomers } from './guard.ts';
import type { Run } from './run.ts';
import { put, verify, type Writer } from './write.ts';

/**
 * One after the other, in the plan's order: between two of them the release is what the plan meant it to be. Between
 * two, and after the last, somebody else may have added a revision: a rollback looks at no lock.
 * @throws ReleasesError CONFLICT where somebody else has changed one, or has added one; VERIFY
 */
export async function updateRecords(release: ReleasePlan, run: Run): Promise<void> {
  const store = run.from.get(release.from);
  const did = run.did(release);
  const steps = updatesOf(release);
  for (const [at, step] of steps.entries()) {
    if (!store) throw new ReleasesError('USAGE', `${release.from} is not open`);
    stopIfInterrupted(run);
    if (at > 0) await checkAlone(release, run);
    const writer = await update(step, store, () => {
      did.updating = step;
    });
    let stays: readonly string[] = [];
    let isOthers = false;
    await verify(store, [step.record], (there) => {
      stays = staying(there, step);
      isOthers = !isBad(there) && !there.leaving && !isSamePayload(there, step.record);
      did.updated.set(refId(there), metaOnly(there));
    }).catch((error: unknown) => {
      // Labels may be a policy's work; another payload is Helm's, which has gone on with it.
      if (!isOthers || !isReleasesError(error, 'VERIFY')) throw error;
      did.updating = undefined;
      did.overtaken = true;
      throw goneOn(step);
    });
    did.updating = undefined;
    if (stays.length > 0) throw changed(step);
    run.onStep?.(release, step, writer);
  }
  if (steps.length > 1) await checkOneDeployed(release, run);
}

/** @throws ReleasesError CONFLICT */
async function checkAlone(release: ReleasePlan, run: Run): Promise<void> {
  const { fresh } = await findNewcomers(release, run.from);
  const [first] = fresh;
  if (!first) return;
  run.did(release).overtaken = true;
  throw new ReleasesError('CONFLICT', `${shownPlace(first)} is new since the plan was made`, {
    why: ['something else has gone on with this release: what was not written yet stays as it is'],
    hints: ['see what became of it in Helm, before the same command is run again'],
  });
}

/**
 * Of what came while the last one was written, too: Helm marks the revisions that it finds deployed, and hasn't found it.
 * @throws ReleasesError CONFLICT
 */
async function checkOneDeployed(release: ReleasePlan, run: Run): Promise<void> {
  const { all, fresh } = await findNewcomers(release, run.from);
  const isDeployed = (record: RecordMeta) => statusLabel(record) === 'deployed';
  if (!fresh.some(isDeployed) || all.filter(isDeployed).length < 2) return;
  run.did(release).overtaken = true;
  const places = all.filter(isDeployed).map((record) => shownPlace(record));
  throw new ReleasesError('CONFLICT', 'two revisions of it are deployed now', {
    why: [`${places.join(', ')}: something else has added one while the other was written`],
    hints: ['helm goes on from the newest; the next upgrade supersedes that one alone'],
  });
}

export function updatesOf({ steps }: ReleasePlan): readonly UpdateStep[] {
  return steps.filter((step) => step.do === 'update');
}

/** @param unsure called where it may have been written, and nobody can look */
async function update(step: UpdateStep, store: Storage, unsure: () => void): Promise<Writer> {
  const { record: wanted, over, make } = step;
  const there = await store.get(over);
  // A run at the same time, or an earlier one whose answer was lost, may have written the same.
  const isWhole = there && !isBad(there) && !there.leaving;
  if (isWhole && isSameRecord(there, wanted) && staying(there, step).length === 0)
    return 'another run';
  const isAsPlanned = isWhole && there.resourceVersion === over.resourceVersion;
  if (!isAsPlanned || there.uid !== over.uid) throw changed(step);
  const record: ReleaseRecord = make(there);
  if (!isSameRecord(record, wanted)) throw changed(step);
  const writer = await put(store, record, over, unsure);
  unsure();
  return writer;
}

/** Labels that are to go and are there: `isSameRecord` lets others' labels stand beside ours. */
function staying({ labels }: RecordMeta, { over, record }: UpdateStep): string[] {
  return Object.keys(over.labels).filter((name) => !(name in record.labels) && name in labels);
}

function goneOn({ over }: UpdateStep): ReleasesError {
  const message = `${shownPlace(over)} has changed again since it was written`;
  return new ReleasesError('CONFLICT', message, {
    why: ['something else has gone on with this release: nothing of that was overwritten'],
    hints: ['see what became of it in Helm, before the same command is run again'],
  });
}

function changed({ over }: UpdateStep): ReleasesError {
  const message = `${shownPlace(over)} has changed or gone since the plan was made`;
  return new ReleasesError('CONFLICT', message, {
    why: ['something else works on this release: nothing of it was overwritten'],
    hints: ['run the same command again: it plans anew from what is there now'],
  });
}
