/** The records of a few releases, without reading those of all others. */
import { namesOf, type Owner, type ReadRecord, type RecordMeta, refId } from '../../record.ts';
import { getMany } from '../../storage/getMany.ts';
import type { Storage } from '../../storage/storage.ts';

/** A list for each name costs the server a look at every record: beyond this, one list of all is less. */
const mostNames = 8;
/** Records that no list by name shows, and that are got one by one: beyond this, likewise. */
const mostHidden = 32;

/**
 * A store's records, page by page.
 * @param names empty: all of them; else at least those whose key or label has one of them, and those whose
 *   key and labels have none. Where that costs a look at every content anyway, they are all of them: see
 *   docs/whose-record.md
 * @param owner only the records of this Helm; absent: of each
 */
export async function* namedRecords(
  store: Storage,
  names: ReadonlySet<string>,
  owner?: Owner,
): AsyncGenerator<readonly ReadRecord[]> {
  const selection = owner ? { owner } : {};
  const { selects, metadataOnly } = store.capabilities;
  const few = names.size > 0 && names.size <= mostNames && selects && metadataOnly;
  const found = few ? await byName(store, names, selection) : undefined;
  if (found) yield found;
  else yield* store.list(selection);
}

/** @returns undefined where a list of all is less work */
async function byName(
  store: Storage,
  names: ReadonlySet<string>,
  selection: { readonly owner?: Owner },
): Promise<readonly ReadRecord[] | undefined> {
  const missing = new Map<string, RecordMeta>();
  for await (const page of store.listMeta(selection))
    for (const record of page) {
      const own = namesOf(record);
      if (own.length === 0 || own.some((name) => names.has(name)))
        missing.set(refId(record), record);
    }
  const found = new Map<string, ReadRecord>();
  for (const name of names)
    for await (const page of store.list({ ...selection, name }))
      for (const record of page) found.set(refId(record), record);
  for (const id of found.keys()) missing.delete(id);
  // What has the name in its key alone, or no name but in its content.
  if (missing.size > mostHidden) return undefined;
  const hidden = await getMany(store, [...missing.values()], 4);
  return [...found.values(), ...hidden.values()];
}
