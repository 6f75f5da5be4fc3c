/** What the tests of `relocate` share: releases that a real helm made, stores by address, and both. */

import { openKube } from '../../src/kube/kube.ts';
import { isBad, type ReleaseRecord } from '../../src/record.ts';
import { parseAddress } from '../../src/storage/address.ts';
import { openAddress } from '../../src/storage/open.ts';
import type { Storage } from '../../src/storage/storage.ts';
import { useClients, useCluster } from '../cluster/shared.ts';
import { runCli } from '../unit/cli-io.ts';

export const cluster = useCluster();
export const clients = useClients();

export type Driver = 'secret' | 'configmap' | 'sql';
export type Helm = 'helm3' | 'helm4';

/** One namespace with releases of one helm, and the database that goes with it. */
export interface World {
  readonly helm: Helm;
  readonly namespace: string;
  readonly sqlUrl: string;
}

export async function helm(
  { helm: which, namespace, sqlUrl }: World,
  driver: Driver,
  ...args: string[]
): Promise<string> {
  const result = await clients.run(clients[which], [...args, '-n', namespace], {
    kubeconfig: cluster.adminKubeconfig,
    env: { HELM_DRIVER: driver, HELM_DRIVER_SQL_CONNECTION_STRING: sqlUrl },
  });
  if (result.code !== 0) throw new Error(`${which} ${args.join(' ')}: ${result.stderr}`);
  return result.stdout;
}

/** This program, in this process, with the admin's kubeconfig. */
export async function releases({ sqlUrl }: Pick<World, 'sqlUrl'>, line: string) {
  const env = {
    KUBECONFIG: cluster.adminKubeconfig,
    HELM_DRIVER_SQL_CONNECTION_STRING: sqlUrl,
  };
  return runCli(line.split(' '), { env });
}

/** The Helm 3 and 4 records of a namespace in a store, by key. */
export async function recordsIn(
  address: string,
  { namespace, sqlUrl }: Pick<World, 'namespace' | 'sqlUrl'>,
): Promise<Map<string, ReleaseRecord>> {
  return inStore(address, sqlUrl, async (storage) => {
    const found = new Map<string, ReleaseRecord>();
    for await (const page of storage.list({ owner: 'helm', namespace }))
      for (const record of page) {
        if (isBad(record)) throw new Error(`${record.key}: ${record.unreadable}`);
        found.set(record.key, record);
      }
    return found;
  });
}

export async function putBack(
  address: string,
  { sqlUrl }: Pick<World, 'sqlUrl'>,
  records: readonly ReleaseRecord[],
): Promise<void> {
  await inStore(address, sqlUrl, async (storage) => {
    for (const record of records) await storage.create(record);
  });
}

/** One for all that a file looks at: its connections are kept, and end with the process. */
const kube = openKube({ kubeconfig: cluster.adminKubeconfig }, {});

async function inStore<T>(address: string, sqlUrl: string, work: (storage: Storage) => Promise<T>) {
  const env = { HELM_DRIVER_SQL_CONNECTION_STRING: sqlUrl };
  const { storage, close } = await openAddress(parseAddress(address), {
    ...{ kube: async () => kube, env },
  });
  try {
    return await work(storage);
  } finally {
    close();
  }
}

/** What has to arrive: payloads to the byte, and every label. */
export function contents(records: ReadonlyMap<string, ReleaseRecord>): {
  readonly [key: string]: object;
} {
  return Object.fromEntries(
    [...records]
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([key, { payload, labels }]) => [key, { payload, labels: { ...labels } }]),
  );
}
