/** What lies at a key and shows in no list: Helm's lists go by labels, which anybody can change. */
import { isReleasesError } from '../errors.ts';
import { mapLimit } from '../parallel.ts';
import { metaOnly, type RecordMeta, refId } from '../record.ts';
import type { Storage } from './storage.ts';

/**
 * A request for each record of a large plan would cost as much as writing them, for what is next to never there.
 * Beyond this one list of metadata for each namespace is less, though it shows all else that lies there, too.
 */
const mostAsked = 64;

/**
 * Looks at each key of a record that is to come, and that no list has shown: a create would find it taken, and its
 * release half written.
 * @param wanted the records that are to come
 * @param shown by `refId`
 * @param concurrency how many requests at once
 * @returns what is there, without payloads; nothing of a record that the store has no place for
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
  if (asked.size > mostAsked) return listHidden(store, asked, concurrency);
  const found = await mapLimit([...asked.values()], concurrency, (ref) => look(store, ref));
  return found.flatMap((record) => (record ? metaOnly(record) : []));
}

async function listHidden(
  store: Storage,
  asked: ReadonlyMap<string, RecordMeta>,
  concurrency: number,
): Promise<readonly RecordMeta[]> {
  const namespaces = [...new Set([...asked.values()].map(({ namespace }) => namespace))];
  const found = await mapLimit(namespaces, concurrency, async (namespace) => {
    const selection = namespace === '' ? {} : { namespace };
    const hidden: RecordMeta[] = [];
    try {
      for await (const page of store.listNames?.(namespace) ?? store.listMeta(selection))
        for (const record of page) if (asked.has(refId(record))) hidden.push(metaOnly(record));
    } catch (error) {
      if (!isReleasesError(error, 'FORBIDDEN')) throw error;
    }
    return hidden;
  });
  return found.flat();
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
