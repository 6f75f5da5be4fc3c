/**
 * A store that only seems to change: what was written is read back from memory, what was deleted is
 * no longer there, and the store behind it stays as it is. A store in the cluster is sent every change
 * all the same, through an API that only tries them (`kube/dryRun.ts`): it may refuse.
 */
import { printable, ReleasesError } from '../../errors.ts';
import {
  type RecordMeta,
  type RecordRef,
  type ReleaseRecord,
  recordPlace,
  refId,
} from '../../record.ts';
import { openMemory } from '../memory.ts';
import type { Storage } from '../storage.ts';

/** @param storage when it is in the cluster, opened on an API that changes nothing */
export function rehearse(storage: Storage): Storage {
  const written = openMemory({ kinds: storage.kinds });
  /** What of the store behind is gone, or replaced by what is written. */
  const hidden = new Set<string>();
  const { inCluster } = storage.capabilities;

  async function* remaining<R extends RecordRef>(
    pages: AsyncIterable<readonly R[]>,
  ): AsyncGenerator<readonly R[]> {
    for await (const page of pages) yield page.filter((record) => !hidden.has(refId(record)));
  }

  async function get(ref: RecordRef) {
    const mine = await written.get(ref);
    return mine || hidden.has(refId(ref)) ? mine : storage.get(ref);
  }

  /**
   * @returns whether it was written here
   * @throws ReleasesError NOT_FOUND where it is gone already
   */
  async function isOurs(record: RecordMeta): Promise<boolean> {
    if (await written.get(record)) return true;
    if (!hidden.has(refId(record))) return false;
    throw new ReleasesError('NOT_FOUND', `there is no ${printable(recordPlace(record))}`);
  }

  // What is only rehearsed, no watch tells of.
  const { watch: _, ...rest } = storage;
  return {
    ...rest,
    async *list(selection) {
      yield* remaining(storage.list(selection));
      yield* written.list(selection);
    },
    async *listMeta(selection) {
      yield* remaining(storage.listMeta(selection));
      yield* written.listMeta(selection);
    },
    get,
    async create(record: ReleaseRecord) {
      if (inCluster) await storage.create(record);
      else if (await get(record))
        throw new ReleasesError('EXISTS', `${printable(recordPlace(record))} exists already`);
      await written.create(record);
    },
    async replace(record: ReleaseRecord, over: RecordMeta) {
      if (await isOurs(over)) return written.replace(record, over);
      if (inCluster) await storage.replace(record, over);
      hidden.add(refId(over));
      await written.create(record);
    },
    async delete(record: RecordMeta) {
      if (await isOurs(record)) return written.delete(record);
      if (inCluster) await storage.delete(record);
      hidden.add(refId(record));
    },
  };
}
