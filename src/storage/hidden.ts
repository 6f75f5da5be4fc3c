/** What lies at a key and shows in no list: Helm's lists go by labels, which anybody can change. */
import { isReleasesError } from '../errors.ts';
import { mapLimit } from '../parallel.ts';
import { metaOnly, type RecordMeta, refId } from '../record.ts';
import type { Storage } from './storage.ts';

/**
 * A request for each record of a large plan would cost as much as writing them, for what is next to never
 * there: its creates find that a key is taken, and their releases end with that.
 */
const mostAsked = 64;

/**
 * Asks for each key of a record that is to come, and that no list has shown: a create would find it taken.
 * @param wanted the records that are to come
 * @param shown by `refId`
 * @param concurrency how many requests at once
 * @returns what is there, without payloads; nothing of a record that the store has no place for, and nothing
 *   at all where more than `mostAsked` are to come
 * @throws ReleasesError when the store can't be read
 */
export async function findHidden(
  store: Storage,
  wanted: readonly RecordMeta[],
  shown: ReadonlySet<string>,
  concurrency: number,
): Promise<readonly RecordMeta[]> {
  const asked = new Map(
    wanted
      .filter((record) => store.kinds.includes(record.kind) && !store.unholdable?.(record))
      .map((record) => [refId(record), record] as const),
  );
  for (const id of shown) asked.delete(id);
  if (asked.size > mostAsked) return [];
  const found = await mapLimit([...asked.values()], concurrency, (ref) => look(store, ref));
  return found.flatMap((record) => (record ? metaOnly(record) : []));
}

/** Who may not get records is told so by the check of permissions, with all else that is missing. */
async function look(store: Storage, ref: RecordMeta) {
  try {
    return await store.get(ref);
  } catch (error) {
    if (isReleasesError(error, 'FORBIDDEN')) return undefined;
    throw error;
  }
}
