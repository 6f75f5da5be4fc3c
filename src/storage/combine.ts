/** Several stores as one, told apart by the kind of record each keeps: a cluster's Secrets and ConfigMaps. */
import { printable, ReleasesError } from '../errors.ts';
import { type RecordRef, recordPlace } from '../record.ts';
import type { Selection, Storage } from './storage.ts';

/** @param address what the whole is called; @param stores their kinds must not overlap */
export function combine(address: string, stores: readonly [Storage, ...Storage[]]): Storage {
  const [first] = stores;
  const storeOf = (ref: RecordRef): Storage => {
    const store = stores.find(({ kinds }) => kinds.includes(ref.kind));
    if (store) return store;
    throw new ReleasesError(
      'NOT_FOUND',
      `${printable(recordPlace(ref))} has no place in ${address}`,
    );
  };
  return {
    address,
    kinds: stores.flatMap(({ kinds }) => kinds),
    // Where they differ, the least that all of them promise.
    capabilities: {
      durable: stores.every(({ capabilities }) => capabilities.durable),
      preconditions: stores.every(({ capabilities }) => capabilities.preconditions),
      metadataOnly: stores.every(({ capabilities }) => capabilities.metadataOnly),
      maxRecordBytes: first.capabilities.maxRecordBytes,
    },
    async *list(selection: Selection) {
      for (const store of stores) yield* store.list(selection);
    },
    async *listMeta(selection: Selection) {
      for (const store of stores) yield* store.listMeta(selection);
    },
    get: async (ref) => storeOf(ref).get(ref),
    create: async (record) => storeOf(record).create(record),
    delete: async (record) => storeOf(record).delete(record),
    closedNamespace: async (namespace) => first.closedNamespace?.(namespace),
  };
}
