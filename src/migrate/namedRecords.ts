/** The records of a few releases, without reading those of all others. */
import { identify, type Owner, type ReadRecord, type RecordMeta, refId } from '../record.ts';
import type { Storage } from '../storage/storage.ts';

/** A list for each name costs the server a look at every record: beyond this, one list of all is less. */
const mostNames = 8;

/**
 * A store's records, page by page.
 * @param names empty: all of them; else at least those of these releases, and those without a name
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

/** @returns undefined where labels hide a record that its key or its content may show */
async function byName(
  store: Storage,
  names: ReadonlySet<string>,
  selection: { readonly owner?: Owner },
): Promise<readonly ReadRecord[] | undefined> {
  const missing = new Set<string>();
  for await (const page of store.listMeta(selection))
    for (const record of page) {
      const name = nameOf(record);
      if (name === undefined) return undefined;
      if (names.has(name)) missing.add(refId(record));
    }
  const found: ReadRecord[] = [];
  for (const name of names)
    for await (const page of store.list({ ...selection, name })) found.push(...page);
  for (const record of found) missing.delete(refId(record));
  return missing.size === 0 ? found : undefined;
}

/** The release a record belongs to: by its key and labels together, else by its label alone. */
export function nameOf(record: RecordMeta): string | undefined {
  const identity = identify(record);
  if ('name' in identity) return identity.name;
  return (record.labels.owner === 'helm' ? record.labels.name : record.labels.NAME) || undefined;
}
