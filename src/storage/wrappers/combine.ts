/** Several stores as one, told apart by the kind of record each keeps: a cluster's Secrets and ConfigMaps. */
import { printable, ReleasesError } from '../../errors.ts';
import { type RecordRef, recordPlace } from '../../record.ts';
import type { Selection, Storage } from '../storage.ts';

/** @param address what the whole is called; @param stores their kinds must not overlap */
export function combine(address: string, stores: readonly [Storage, ...Storage[]]): Storage {
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
      selects: stores.every(({ capabilities }) => capabilities.selects),
      metadataOnly: stores.every(({ capabilities }) => capabilities.metadataOnly),
      inCluster: stores.some(({ capabilities }) => capabilities.inCluster),
      maxRecordBytes: leastOf(stores.map(({ capabilities }) => capabilities.maxRecordBytes)),
    },
    async *list(selection: Selection) {
      for (const store of stores) yield* store.list(selection);
    },
    async *listMeta(selection: Selection) {
      for (const store of stores) yield* store.listMeta(selection);
    },
    async *listNames(namespace: string) {
      for (const store of stores)
        yield* store.listNames?.(namespace) ??
          store.listMeta(namespace === '' ? {} : { namespace });
    },
    get: async (ref) => storeOf(ref).get(ref),
    create: async (record) => storeOf(record).create(record),
    replace: async (record, over) => storeOf(record).replace(record, over),
    delete: async (record) => storeOf(record).delete(record),
    unholdable(record) {
      const store = stores.find(({ kinds }) => kinds.includes(record.kind));
      return store ? store.unholdable?.(record) : `${address} holds no ${record.kind} records`;
    },
    // Stores of one cluster have the same namespaces: asking one of them is enough.
    closedNamespace: async (namespace) =>
      stores.find((store) => store.closedNamespace)?.closedNamespace?.(namespace),
    async undeletable() {
      for (const store of stores) {
        const why = await store.undeletable?.();
        if (why !== undefined) return why;
      }
      return undefined;
    },
  };
}

function leastOf(limits: readonly (number | undefined)[]): number | undefined {
  const known = limits.flatMap((limit) => limit ?? []);
  return known.length > 0 ? Math.min(...known) : undefined;
}
