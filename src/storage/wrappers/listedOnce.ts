/**
 * A store that finds one release only by reading everything: its metadata are listed once, and every
 * list after that is answered from there. What is deleted through it is gone from there too; what others
 * do meanwhile shows only to those who look at the store itself.
 */
import { metaOnly, type RecordMeta, refId } from '../../record.ts';
import { isSelected } from '../select.ts';
import type { Storage } from '../storage.ts';

export function listedOnce(storage: Storage): Storage {
  let listed: Promise<Map<string, RecordMeta>> | undefined;
  const records = () => {
    listed ??= listAll(storage);
    return listed;
  };
  return {
    ...storage,
    async *listMeta(selection) {
      const all = [...(await records()).values()];
      yield all.filter((record) => isSelected(record, selection));
    },
    async replace(record, over) {
      await storage.replace(record, over);
      listed = undefined;
    },
    async delete(record) {
      await storage.delete(record);
      (await records()).delete(refId(record));
    },
  };
}

/** For whoever lists one release or namespace after the other: where each list reads everything, it is read once. */
export function cheapToList(storage: Storage): Storage {
  return storage.capabilities.selects ? storage : listedOnce(storage);
}

async function listAll(storage: Storage): Promise<Map<string, RecordMeta>> {
  const found = new Map<string, RecordMeta>();
  for await (const page of storage.listMeta({}))
    for (const record of page) found.set(refId(record), metaOnly(record));
  return found;
}
