/** A Tiller with releases on a real API server, and what the tests of `cleanup` do with it. */
import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import type { Cluster } from '../cluster/cluster.ts';
import { type Ran, runCli } from '../unit/cli-io.ts';
import { sketchRecord } from '../unit/cli-records.ts';
import { put } from './kubectl-program.ts';
import { installTiller } from './tillerObjects.ts';

const rbac = '/apis/rbac.authorization.k8s.io/v1';

/** A Tiller as `helm init --service-account tiller --tiller-tls …` leaves it, and its releases. */
export interface World {
  readonly cluster: Cluster;
  readonly tiller: string;
  readonly apps: string;
  readonly kubeconfig: string;
}

/** @param releases names; each gets two revisions in Helm 2 */
export async function makeWorld(cluster: Cluster, ...releases: readonly string[]): Promise<World> {
  const [tiller, apps] = [await cluster.namespace('tiller'), await cluster.namespace('apps')];
  await installTiller(cluster, tiller);
  for (const name of releases)
    for (const revision of [1, 2]) {
      const status = revision === 2 ? 'deployed' : 'superseded';
      const sketch = { name, namespace: apps, revision, status };
      await put(cluster, sketchRecord({ ...sketch, helm: 2 }, { namespace: tiller }));
    }
  return { cluster, tiller, apps, kubeconfig: cluster.adminKubeconfig };
}

/** Which objects of a Tiller are there. */
export async function standing(cluster: Cluster, namespace: string): Promise<string[]> {
  const core = `/api/v1/namespaces/${namespace}`;
  const paths = {
    deployment: `/apis/apps/v1/namespaces/${namespace}/deployments/tiller-deploy`,
    service: `${core}/services/tiller-deploy`,
    secret: `${core}/secrets/tiller-secret`,
    account: `${core}/serviceaccounts/tiller`,
    role: `${rbac}/namespaces/${namespace}/rolebindings/role`,
    own: `${rbac}/clusterrolebindings/own-${namespace}`,
    shared: `${rbac}/clusterrolebindings/shared-${namespace}`,
  };
  const found: string[] = [];
  for (const [name, path] of Object.entries(paths))
    if ((await cluster.request('GET', path)).status === 200) found.push(name);
  return found;
}
export const all = ['deployment', 'service', 'secret', 'account', 'role', 'own', 'shared'];

/** Names of Tiller's records, with what they hold. */
export async function records({ cluster, tiller }: World): Promise<Map<string, unknown>> {
  const { items } = (await cluster.must('GET', `/api/v1/namespaces/${tiller}/configmaps`)) as {
    readonly items: readonly { readonly metadata: { readonly name: string }; data?: unknown }[];
  };
  return new Map(
    items
      .filter(({ metadata }) => /\.v\d+$/.test(metadata.name))
      .map(({ metadata, data }) => [metadata.name, data]),
  );
}

function cli(w: World, ...args: readonly string[]): Promise<Ran> {
  return runCli([...args, '-t', w.tiller, '--kubeconfig', w.kubeconfig]);
}

/** A folder that isn't there yet; removed with the cluster. */
export function newFolder({ folder }: Cluster): string {
  return join(folder, `cleanup-${randomBytes(6).toString('hex')}`);
}

export const cleanup = (w: World, ...args: readonly string[]) =>
  cli(w, 'cleanup', '--backup', newFolder(w.cluster), ...args);
export const migrate = (w: World, ...names: readonly string[]) =>
  cli(w, 'migrate2to3', ...names, '--yes', '--no-adopt');

/** The commands after `Undo:`, as arguments. */
export function undone(out: string, program: string): string[][] {
  const lines = [...out.matchAll(/^Undo: (.*)$/gm)].map(([, line = '']) => line);
  return lines
    .filter((line) => line.startsWith(program))
    .map((line) => line.slice(program.length + 1).split(' '));
}
