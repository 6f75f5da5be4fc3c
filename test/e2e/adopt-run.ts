/** Migrations in namespaces of their own, and what the audit log has of them. */
import { randomBytes } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { type AuditEntry, isWrite } from '../cluster/audit.ts';
import { useClients, useCluster } from '../cluster/shared.ts';
import { runCli } from '../unit/cli-io.ts';
import { type Live, managedBy, nameKey, namespaceKey, type Stored, stored } from './adopt-world.ts';

export const cluster = useCluster();
const { run } = useClients();

/** Who migrates: may do everything, and does nothing else. */
export const user = `adopter-${randomBytes(4).toString('hex')}`;
const userKubeconfig = cluster.kubeconfigFor(user, ['system:masters']);

export interface Place {
  readonly own: string;
  readonly tiller: string;
}

export async function place(): Promise<Place> {
  return { own: await cluster.namespace('adopt'), tiller: await cluster.namespace('tiller') };
}

/** `migrate2to3 --all` from one Tiller namespace, as that user unless somebody else is named. */
export async function migrate({ tiller }: Place, args: readonly string[], kubeconfig?: string) {
  const KUBECONFIG = kubeconfig ?? userKubeconfig;
  return runCli(['migrate2to3', '--all', '-t', tiller, ...args], { env: { KUBECONFIG } });
}

export async function must({ own }: Place, object: Live): Promise<Stored> {
  const found = await stored(cluster, own, object);
  if (!found) throw new Error(`${object.kind} ${object.metadata.name} is not there`);
  return found;
}

/** Changes that the user's requests made, as the audit log has them. */
export async function writesSince(mark: number): Promise<AuditEntry[]> {
  return (await cluster.auditSince(mark, { user })).filter(isWrite);
}

export async function helm(program: string, ...args: string[]) {
  return run(program, args, { kubeconfig: cluster.adminKubeconfig });
}

export const owned = (name: string, namespace: string) => ({
  annotations: { [nameKey]: name, [namespaceKey]: namespace },
  labels: { [managedBy]: 'Helm' },
});

/** Roles take a moment to count. */
export async function eventually<T extends { code: number }>(work: () => Promise<T>, code: number) {
  for (let i = 0; ; i++) {
    const result = await work();
    if (result.code === code || i === 20) return result;
    await sleep(100);
  }
}
