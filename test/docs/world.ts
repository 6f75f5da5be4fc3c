/** Two clusters and a home as the pages have them in mind, for the commands that are written there. */
import { spawn } from 'node:child_process';
import { mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse, stringify } from 'yaml';
import { type Cluster, startCluster } from '../cluster/cluster.ts';
import { demoDump, install, manifestsIn } from '../e2e/tiller.ts';

export const namespaces = ['pay', 'web', 'jobs', 'monitoring', 'shop', 'money', 'vault', 'ops'];

export interface World {
  readonly kubeconfig: string;
  /** Every release is gone from both clusters, and Tiller's are back in the first. */
  reset(): Promise<void>;
  stop(): Promise<void>;
}

/**
 * A kubeconfig with the contexts `old`, the current one, in the namespace `pay`, and `new`; `prod-a` and
 * `prod-b` are other names of the first.
 */
export async function startWorld(folder: string): Promise<World> {
  const [old, fresh] = await Promise.all([startCluster(), startCluster()]);
  const one = (name: string, { adminKubeconfig }: Cluster) => {
    const { clusters, users } = parse(readFileSync(adminKubeconfig, 'utf8'));
    const context = { cluster: name, user: name, namespace: 'pay' };
    return { cluster: { ...clusters[0], name }, user: { ...users[0], name }, context };
  };
  const [first, second] = [one('old', old), one('new', fresh)];
  const contexts = { old: first, new: second, 'prod-a': first, 'prod-b': first };
  const kubeconfig = join(folder, 'kubeconfig');
  writeFileSync(
    kubeconfig,
    stringify({
      ...{ apiVersion: 'v1', kind: 'Config', 'current-context': 'old' },
      ...{ clusters: [first.cluster, second.cluster], users: [first.user, second.user] },
      contexts: Object.entries(contexts).map(([name, { context }]) => ({ name, context })),
    }),
    { mode: 0o600 },
  );
  // Without what needs a person.
  const sound = manifestsIn(demoDump).filter(
    ({ metadata }) => !/^(old-cms|search)\./.test(metadata.name),
  );
  await install(fresh, [], 'kube-system', namespaces);
  return {
    kubeconfig,
    async reset() {
      for (const cluster of [old, fresh])
        for (const namespace of ['kube-system', ...namespaces])
          for (const kind of ['secrets', 'configmaps'])
            await cluster.request('DELETE', `/api/v1/namespaces/${namespace}/${kind}`);
      await install(old, sound, 'kube-system', namespaces);
    },
    stop: async () => {
      await Promise.all([old.stop(), fresh.stop()]);
    },
  };
}

export interface Typed {
  readonly code: number | null;
  readonly text: string;
}

/** Runs a line as a person types it: in bash, at a terminal, who answers every question with y. */
export function typeLine(
  line: string,
  { cwd, env }: { readonly cwd: string; readonly env: NodeJS.ProcessEnv },
): Promise<Typed> {
  const file = join(cwd, '.typed.sh');
  writeFileSync(file, `set -o pipefail\n${line}\n`);
  return new Promise((done, fail) => {
    const child = spawn('script', ['-qec', `bash ${file}`, '/dev/null'], {
      ...{ cwd, env: { ...env, TERM: 'dumb' } },
    });
    const out: Buffer[] = [];
    child.stdout.on('data', (part: Buffer) => out.push(part));
    child.on('error', fail).on('close', (code) => {
      done({ code, text: Buffer.concat(out).toString().replaceAll('\r', '') });
    });
    // It stays open: script takes its time to end a terminal that nobody sits at any more.
    child.stdin.write('y\n'.repeat(5));
    child.on('exit', () => child.stdin.destroy());
  });
}

/** The programs under the names that are typed, in a folder for the PATH. */
export function linkPrograms(bin: string, programs: { readonly [name: string]: string }): void {
  mkdirSync(bin, { recursive: true });
  for (const [name, target] of Object.entries(programs)) symlinkSync(target, join(bin, name));
}
