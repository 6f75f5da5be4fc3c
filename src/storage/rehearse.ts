/**
 * A store that only seems to change: what was written is read back from memory, what was deleted is
 * no longer there, and the store behind it stays as it is. A store in the cluster is sent every change
 * all the same, through an API that only tries them (`kube/dryRun.ts`): it may refuse.
 */
import { printable, ReleasesError } from '../errors.ts';
import {
  type RecordMeta,
  type RecordRef,
  type ReleaseRecord,
  recordPlace,
  refId,
} from '../record.ts';
import { openMemory } from './memory.ts';
import type { Storage } from './storage.ts';

/** @param storage when it is in the cluster, opened on an API that changes nothing */
export function rehearse(storage: Storage): Storage {
  const written = openMemory({ kinds: storage.kinds });
  const deleted = new Set<string>();
  const { inCluster } = storage.capabilities;

  async function* remaining<R extends RecordRef>(
    pages: AsyncIterable<readonly R[]>,
  ): AsyncGenerator<readonly R[]> {
    for await (const page of pages) yield page.filter((record) => !deleted.has(refId(record)));
  }

  async function get(ref: RecordRef) {
    if (deleted.has(refId(ref))) return undefined;
    return (await written.get(ref)) ?? storage.get(ref);
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
    async delete(record: RecordMeta) {
      if (deleted.has(refId(record)))
        throw new ReleasesError('NOT_FOUND', `there is no ${printable(recordPlace(record))}`);
      if (inCluster) await storage.delete(record);
      deleted.add(refId(record));
    },
  };
}
