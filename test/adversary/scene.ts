/** What the attacks share: a release of a real helm, its payloads wherever they lie, and the program that moves it. */
import { existsSync, mkdtempSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Cluster } from '../cluster/cluster.ts';
import { useClients } from '../cluster/shared.ts';
import { clientsOf, type Ended, type Start } from '../faults/client.ts';

export const chart = fileURLToPath(new URL('../cluster/chart', import.meta.url));

export type Kind = 'secrets' | 'configmaps';

/** A record as the API server has it: its name and its payload, out of a Secret's own base64. */
export interface Stored {
  readonly name: string;
  readonly payload: string;
  readonly labels: { readonly [name: string]: string };
}

export interface Scene {
  readonly namespace: string;
  /** A folder of the scene's own, for backups. */
  readonly folder: string;
  /** The payloads that were there when the scene began. */
  readonly payloads: readonly string[];
  /** Runs the built program in a process of its own, in `folder`. */
  readonly start: Start;
  run(...args: string[]): Promise<Ended>;
  helm(...args: string[]): Promise<string>;
  /** The same with its records in ConfigMaps. */
  helmInConfigMaps(...args: string[]): Promise<string>;
  stored(kind: Kind): Promise<readonly Stored[]>;
  /** Of the payloads at the start, those that neither the cluster nor any file of the scene's folder holds. */
  lost(): Promise<readonly string[]>;
}

/**
 * A namespace with one release, `app`, of the newest helm.
 * @param revisions how many it has
 * @param kubeconfig what the program is given; absent: the administrator's
 */
export async function makeScene(
  cluster: Cluster,
  { revisions = 3, kubeconfig = cluster.adminKubeconfig } = {},
): Promise<Scene> {
  const clients = useClients();
  const namespace = await cluster.namespace('attack');
  const folder = mkdtempSync(join(cluster.folder, 'attack-'));
  const start = clientsOf(cluster);

  const helm = (...args: string[]) => helmWith('secret', args);

  async function helmWith(driver: string, args: readonly string[]): Promise<string> {
    const options = { kubeconfig: cluster.adminKubeconfig, env: { HELM_DRIVER: driver } };
    const ran = await clients.run(clients.helm4, [...args, '-n', namespace], options);
    if (ran.code !== 0) throw new Error(`helm ${args.join(' ')}: ${ran.stderr}`);
    return ran.stdout;
  }

  async function stored(kind: Kind): Promise<readonly Stored[]> {
    const path = `/api/v1/namespaces/${namespace}/${kind}`;
    const { items } = (await cluster.must('GET', path)) as { items: readonly Item[] };
    return items
      .filter(({ metadata }) => metadata.name.startsWith('sh.helm.release.'))
      .map(({ metadata, data }) => ({
        name: metadata.name,
        labels: metadata.labels ?? {},
        payload:
          kind === 'secrets'
            ? Buffer.from(data?.release ?? '', 'base64').toString()
            : (data?.release ?? ''),
      }));
  }

  async function everywhere(): Promise<ReadonlySet<string>> {
    const there = [...(await stored('secrets')), ...(await stored('configmaps'))];
    return new Set(there.map(({ payload }) => payload));
  }

  await helm('install', 'app', chart);
  for (let i = 2; i <= revisions; i++)
    await helm('upgrade', 'app', chart, '--set', `greeting=number-${i}`);
  const payloads = [...(await everywhere())];
  return {
    ...{ namespace, folder, payloads, start, helm, stored },
    helmInConfigMaps: (...args) => helmWith('configmap', args),
    run: (...args) => start(kubeconfig, args).ended,
    async lost() {
      const there = await everywhere();
      const files = textsBelow(folder).join('\n');
      return payloads.filter((payload) => !there.has(payload) && !holds(files, payload));
    },
  };
}

interface Item {
  readonly metadata: {
    readonly name: string;
    readonly labels?: { readonly [name: string]: string };
  };
  readonly data?: { readonly [name: string]: string };
}

/** A folder's manifests hold a ConfigMap's payload as it is, and a Secret's in base64 once more. */
function holds(files: string, payload: string): boolean {
  return files.includes(payload) || files.includes(Buffer.from(payload).toString('base64'));
}

function textsBelow(folder: string): string[] {
  if (!existsSync(folder)) return [];
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => readFileSync(join(entry.parentPath, entry.name), 'utf8'));
}
