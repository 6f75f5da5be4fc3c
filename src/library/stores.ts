/**
 * `kubectl-releases/stores`: where records live, each behind the same interface. Its examples are in
 * docs/library.md; what stands here changes with the version's first number only.
 */

import type { Environment } from '../environment.ts';
import type { KubeOptions } from '../kube/options.ts';
import { parseAddress } from '../storage/address.ts';
import { openAddress } from '../storage/open.ts';
import type { Storage } from '../storage/storage.ts';

export { type ErrorCode, isReleasesError, ReleasesError } from '../errors.ts';
export type { KubeOptions } from '../kube/options.ts';
export { type MemoryOptions, openMemory } from '../storage/memory.ts';
export type { Capabilities, Selection, Storage } from '../storage/storage.ts';

/** A store, and how to let go of what it holds open. */
export interface OpenStore {
  readonly storage: Storage;
  close(): void;
}

export interface StoreOptions {
  /** Which cluster, in kubectl's words; absent: the kubeconfig's current context. */
  readonly kube?: KubeOptions;
  /** What isn't there is made with the first record; absent or false: NOT_FOUND. */
  readonly create?: boolean;
  /** KUBECONFIG, HELM_*, PG*; absent: the process's own. */
  readonly env?: Environment;
}

/**
 * @param address as after `--storage`: `secret`, `configmap:kube-system`, `dir:PATH`, `file:PATH.zip`, `sql`
 * @throws ReleasesError USAGE, NOT_FOUND, FILE, NO_CLUSTER, KUBECONFIG
 */
export async function openStore(address: string, options: StoreOptions = {}): Promise<OpenStore> {
  const { kube: kubeOptions = {}, create = false, env = process.env } = options;
  const { openKube, readKubePipes } = await import('../kube/kube.ts');
  const connections: { close(): void }[] = [];
  const { storage, close } = await openAddress(parseAddress(address), {
    ...{ create, env },
    kube: async () => {
      await readKubePipes(kubeOptions, env);
      const kube = openKube(kubeOptions, env);
      connections.push(kube);
      return kube;
    },
  });
  return {
    storage,
    close: () => {
      close();
      for (const connection of connections) connection.close();
    },
  };
}
