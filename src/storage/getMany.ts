/** Several records at once: for each release one list where the store can narrow it, or one by one. */
import { mapLimit } from '../parallel.ts';
import { identify, type ReadRecord, type RecordMeta, refId } from '../record.ts';
import type { Selection, Storage } from './storage.ts';

/**
 * What the store holds now under these keys, by `refId`. A record that its labels hide from a list is
 * asked for by its key.
 * @param concurrency how many requests at once
 */
export async function getMany(
  store: Storage,
  wanted: readonly RecordMeta[],
  concurrency: number,
): Promise<Map<string, ReadRecord>> {
  const keys = new Set(wanted.map(refId));
  const found = new Map<string, ReadRecord>();
  const lists = store.capabilities.selects ? worthListing(wanted) : [];
  await mapLimit(lists, concurrency, async (selection) => {
    for await (const page of store.list(selection))
      for (const record of page) if (keys.has(refId(record))) found.set(refId(record), record);
  });
  const missing = wanted.filter((record) => !found.has(refId(record)));
  await mapLimit(missing, concurrency, async (ref) => {
    const record = await store.get(ref);
    if (record) found.set(refId(ref), record);
  });
  return found;
}

/** One selection for each release of which several records are wanted. */
function worthListing(wanted: readonly RecordMeta[]): Selection[] {
  const releases = new Map<string, { selection: Selection; count: number }>();
  for (const record of wanted) {
    const identity = identify(record);
    if (!('name' in identity)) continue;
    const { owner, name } = identity;
    const selection = { owner, name, namespace: record.namespace };
    const id = JSON.stringify(selection);
    const count = (releases.get(id)?.count ?? 0) + 1;
    releases.set(id, { selection, count });
  }
  return [...releases.values()].flatMap(({ selection, count }) => (count > 1 ? [selection] : []));
}
