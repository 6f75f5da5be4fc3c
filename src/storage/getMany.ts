/** Several records at once: in lists by their releases' names where the store can narrow them, or one by one. */
import { mapLimit } from '../parallel.ts';
import { identify, type Owner, type ReadRecord, type RecordMeta, refId } from '../record.ts';
import type { Selection, Storage } from './storage.ts';

/** Releases that are asked for in one list: so many names of the longest kind still fit into a URL. */
const namesAtOnce = 50;
/** Records, likewise: what comes beside them, of the same releases, should stay little. */
const recordsAtOnce = 250;

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
  const { selects, cheapGets } = store.capabilities;
  const lists = selects && !cheapGets ? worthListing(wanted) : [];
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

interface Place {
  readonly namespace: string;
  readonly owner: Owner;
  /** How many records are wanted of each release. */
  readonly counts: Map<string, number>;
}

/** A list costs more than a get: it's for those of which several records are wanted, of one release or more. */
function worthListing(wanted: readonly RecordMeta[]): Selection[] {
  const places = new Map<string, Place>();
  for (const record of wanted) {
    const identity = identify(record);
    if (!('name' in identity)) continue;
    const { owner, name } = identity;
    const { namespace } = record;
    const id = `${owner} ${namespace}`;
    const place = places.get(id) ?? { namespace, owner, counts: new Map<string, number>() };
    places.set(id, place);
    place.counts.set(name, (place.counts.get(name) ?? 0) + 1);
  }
  return [...places.values()].flatMap(({ namespace, owner, counts }) =>
    batches(counts).map((names) => ({ namespace, owner, names })),
  );
}

/** Releases of which a single record is wanted may have hundreds more: those are got by their keys. */
function batches(counts: ReadonlyMap<string, number>): string[][] {
  const all: string[][] = [];
  let records = 0;
  for (const [name, count] of counts) {
    if (count < 2) continue;
    const last = all.at(-1);
    records += count;
    if (last && last.length < namesAtOnce && records <= recordsAtOnce) last.push(name);
    else {
      all.push([name]);
      records = count;
    }
  }
  return all;
}
