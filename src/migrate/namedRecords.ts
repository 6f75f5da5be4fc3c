/** The records of a few releases, without reading those of all others. */
import { identify, type ReadRecord, type RecordMeta, refId } from '../record.ts';
import type { Storage } from '../storage/storage.ts';

/** A list for each name costs the server a look at every record: beyond this, one list of all is less. */
const mostNames = 8;

/**
 * Helm 2's records, page by page.
 * @param names empty: all of them; else at least those of these releases, and those without a name
 */
export async function* namedRecords(
  store: Storage,
  names: ReadonlySet<string>,
): AsyncGenerator<readonly ReadRecord[]> {
  const { selects, metadataOnly } = store.capabilities;
  const few = names.size > 0 && names.size <= mostNames && selects && metadataOnly;
  const found = few ? await byName(store, names) : undefined;
  if (found) yield found;
  else yield* store.list({ owner: 'tiller' });
}

/** @returns undefined where labels hide a record that its key or its content may show */
async function byName(
  store: Storage,
  names: ReadonlySet<string>,
): Promise<readonly ReadRecord[] | undefined> {
  const missing = new Set<string>();
  for await (const page of store.listMeta({ owner: 'tiller' }))
    for (const record of page) {
      const name = nameOf(record);
      if (name === undefined) return undefined;
      if (names.has(name)) missing.add(refId(record));
    }
  const found: ReadRecord[] = [];
  for (const name of names)
    for await (const page of store.list({ owner: 'tiller', name })) found.push(...page);
  for (const record of found) missing.delete(refId(record));
  return missing.size === 0 ? found : undefined;
}

/** The release a record belongs to: by its key and labels together, else by its label alone. */
export function nameOf(record: RecordMeta): string | undefined {
  const identity = identify(record);
  return 'name' in identity ? identity.name : record.labels.NAME || undefined;
}
