/** The single acts of the engine: a record is created, read back, compared, copied before it goes. */
import { ReleasesError } from '../errors.ts';
import {
  isBad,
  type RecordMeta,
  type RecordRef,
  type ReleaseRecord,
  recordPlace,
} from '../record.ts';
import type { Storage } from '../storage/storage.ts';
import { isSameRecord } from './same.ts';

/** @throws ReleasesError when it isn't there afterwards, equal */
export async function createAndVerify(to: Storage, record: ReleaseRecord): Promise<void> {
  try {
    await to.create(record);
  } catch (error) {
    // It may be there all the same: another run wrote it, or the reply to our write was lost.
    const there = await readBack(to, record).catch(() => undefined);
    if (there && isSameRecord(there, record)) return;
    throw error;
  }
  await verify(to, record);
}

/** @throws ReleasesError VERIFY */
export async function verify(to: Storage, record: ReleaseRecord): Promise<void> {
  const there = await readBack(to, record);
  if (!there || !isSameRecord(there, record))
    throw new ReleasesError(
      'VERIFY',
      `${recordPlace(record)} read back is not what was written: nothing of this release was deleted`,
    );
}

async function readBack(to: Storage, record: RecordRef): Promise<ReleaseRecord | undefined> {
  const there = await to.get(record);
  return there && !isBad(there) ? there : undefined;
}

/**
 * Copies what is about to be deleted, as it is, and reads the copy back.
 * @throws ReleasesError when that can't be done; then nothing is deleted
 */
export async function backUp(
  ref: RecordMeta,
  from: Storage,
  backup: Storage | undefined,
): Promise<void> {
  if (!backup) throw new ReleasesError('USAGE', 'a plan that deletes needs a place for a backup');
  const record = await readBack(from, ref);
  if (!record || record.resourceVersion !== ref.resourceVersion)
    throw new ReleasesError('CONFLICT', `${recordPlace(ref)} changed before it was backed up`);
  await createAndVerify(backup, record);
}
