/** The single acts of the engine: a record is created, read back, compared, copied before it goes. */
import { type ErrorCode, isReleasesError, ReleasesError } from '../../errors.ts';
import { mapLimit } from '../../parallel.ts';
import {
  isBad,
  type ReadRecord,
  type RecordMeta,
  type RecordRef,
  type ReleaseRecord,
  refId,
  shownPlace,
  type WantedRecord,
} from '../../record.ts';
import { isSameRecord } from '../../sameRecord.ts';
import { getMany } from '../../storage/getMany.ts';
import type { Storage } from '../../storage/storage.ts';
import { stillLeaving } from '../conflicts/beingDeleted.ts';

/** Who wrote a record. */
export type Writer = 'this run' | 'another run';

/** By which a store says that it has written nothing. What else it says leaves that open, like a lost reply. */
const refusals: readonly ErrorCode[] = [
  ...(['EXISTS', 'CONFLICT', 'FORBIDDEN', 'UNAUTHORIZED', 'NOT_FOUND', 'REFUSED'] as const),
];

/** Whether a store has surely done nothing of what it was asked. */
export function isRefusal(error: unknown): boolean {
  return refusals.some((code) => isReleasesError(error, code));
}

/**
 * @param over what it takes the place of; absent: nothing is there
 * @param unsure called where it may have been written, and nobody can look
 * @returns whose it is: another run may write the same
 * @throws ReleasesError when it couldn't be written, and isn't there, equal, all the same
 */
export async function put(
  to: Storage,
  record: ReleaseRecord,
  over?: RecordMeta,
  unsure?: () => void,
): Promise<Writer> {
  try {
    await (over ? to.replace(record, over) : to.create(record));
  } catch (error) {
    // It may be there all the same: another run wrote it, or the reply to our write was lost.
    const isRefused = isRefusal(error);
    const there = await to.get(record).catch(() => {
      if (!isRefused) unsure?.();
      return undefined;
    });
    if (there?.leaving) throw stillLeaving(there);
    if (!there || isBad(there) || !isSameRecord(there, record)) throw error;
    if (isRefused) return 'another run';
  }
  return 'this run';
}

/**
 * Reads the records of one release back and compares them.
 * @throws ReleasesError VERIFY
 */
export async function verify(
  to: Storage,
  records: readonly WantedRecord[],
  seen?: (there: ReadRecord) => void,
): Promise<void> {
  const found = await getMany(to, records, 1);
  for (const there of found.values()) seen?.(there);
  const error = difference(found, records);
  if (error) throw error;
}

/**
 * The same for many releases, in few lists.
 * @param seen called with each record that is there
 * @returns for each release what `verify` would throw, or undefined
 */
export async function verifyEach(
  to: Storage,
  releases: readonly (readonly WantedRecord[])[],
  seen?: (there: ReadRecord) => void,
): Promise<unknown[]> {
  try {
    const found = await getMany(to, releases.flat(), 1);
    for (const there of found.values()) seen?.(there);
    return releases.map((records) => difference(found, records));
  } catch {
    // No release fails for another one's sake: each says what is wrong with it.
    return mapLimit(releases, 1, (records) =>
      verify(to, records, seen).catch((error: unknown) => error),
    );
  }
}

/** Which of these records are there as they were written, by `refId`; undefined where nobody can look. */
export async function findSound(
  to: Storage,
  records: readonly WantedRecord[],
): Promise<ReadonlySet<string> | undefined> {
  try {
    const found = await getMany(to, records, 1);
    const sound = records.filter((record) => isSound(found.get(refId(record)), record));
    return new Set(sound.map(refId));
  } catch (error) {
    if (!isReleasesError(error)) throw error;
    return undefined;
  }
}

function isSound(there: ReadRecord | undefined, record: WantedRecord): boolean {
  return there !== undefined && !there.leaving && !isBad(there) && isSameRecord(there, record);
}

function difference(
  found: ReadonlyMap<string, ReadRecord>,
  records: readonly WantedRecord[],
): ReleasesError | undefined {
  for (const record of records) {
    const there = found.get(refId(record));
    if (isSound(there, record)) continue;
    const what = there?.leaving
      ? 'is being deleted when it is read back'
      : there
        ? 'read back is not what was written'
        : 'is not there when it is read back';
    return new ReleasesError(
      'VERIFY',
      `${shownPlace(record)} ${what}: nothing of this release was deleted`,
    );
  }
  return undefined;
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
    throw new ReleasesError('CONFLICT', `${shownPlace(ref)} changed before it was backed up`);
  await put(backup, record).catch((error: unknown) => {
    if (!isReleasesError(error, 'EXISTS')) throw error;
    const what = `the backup holds another ${shownPlace(ref)}, as it was in an earlier run`;
    throw new ReleasesError('EXISTS', what, { hints: ['--backup with another folder or archive'] });
  });
  // What is written as a whole is read back when it is sealed.
  if (!backup.seal) await verify(backup, [record]);
}
