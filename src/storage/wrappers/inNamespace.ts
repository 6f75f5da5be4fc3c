/** A store seen through one storage namespace: lists what lies there, and is called after it. */
import type { Selection, Storage } from '../storage.ts';

export function inNamespace(storage: Storage, namespace: string): Storage {
  const within = (selection: Selection): Selection => ({ ...selection, namespace });
  const { watch } = storage;
  return {
    ...storage,
    address: storage.address.includes(':') ? storage.address : `${storage.address}:${namespace}`,
    list: (selection) => storage.list(within(selection)),
    listMeta: (selection) => storage.listMeta(within(selection)),
    ...(watch && { watch: (selection, signal) => watch({ ...selection, namespace }, signal) }),
  };
}
