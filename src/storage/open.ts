/** From an address to the store it names. What a store needs is loaded only when it's the one. */
import type { Kube } from '../kube/kube.ts';
import type { Address } from './address.ts';
import type { Storage } from './storage.ts';

export interface OpenOptions {
  /** Called for stores on a cluster only, so that folders need no cluster. */
  readonly kube: () => Promise<Kube>;
  /** A folder that isn't there is made with the first record; absent or false: NOT_FOUND. */
  readonly create?: boolean | undefined;
}

/** @throws ReleasesError NOT_FOUND, FILE; NO_CLUSTER and KUBECONFIG from `kube` */
export async function openAddress(address: Address, options: OpenOptions): Promise<Storage> {
  const { type, location } = address;
  if (type === 'dir') {
    const { openDirectory } = await import('./directory.ts');
    return openDirectory(location ?? '.', { create: options.create ?? false });
  }
  const { api } = await options.kube();
  const namespace = { namespace: location };
  if (type === 'secret') return (await import('./secrets.ts')).openSecrets(api, namespace);
  return (await import('./configmaps.ts')).openConfigMaps(api, namespace);
}
