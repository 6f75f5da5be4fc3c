/** Releases that a real helm has left half-way: it is killed while it waits for a Deployment that no controller makes ready. */
import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Cluster } from '../cluster/cluster.ts';

/** A chart of a ConfigMap with a value, and of a Deployment that an upgrade adds. */
export function waitingChart(folder: string): string {
  mkdirSync(join(folder, 'templates'), { recursive: true });
  writeFileSync(join(folder, 'Chart.yaml'), 'apiVersion: v2\nname: waiting\nversion: 1.0.0\n');
  writeFileSync(join(folder, 'values.yaml'), 'at: one\nwaits: false\n');
  writeFileSync(
    join(folder, 'templates/cm.yaml'),
    'apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: settings\ndata:\n  at: "{{ .Values.at }}"\n',
  );
  writeFileSync(
    join(folder, 'templates/app.yaml'),
    `{{ if .Values.waits }}
apiVersion: apps/v1
kind: Deployment
metadata:
  name: app
spec:
  selector: { matchLabels: { app: app } }
  template:
    metadata: { labels: { app: app } }
    spec: { containers: [{ name: app, image: "nothing:1" }] }
{{ end }}
`,
  );
  return folder;
}

/** Kills helm once its record says that it is at work, and its last object is there. */
export async function killedWhileWaiting(
  cluster: Cluster,
  helm: string,
  namespace: string,
  args: readonly string[],
  begun: () => Promise<boolean>,
  env: { readonly [name: string]: string } = {},
): Promise<void> {
  const line = [...args, '--set', 'waits=true', '--wait', '--timeout', '5m', '-n', namespace];
  const home = mkdtempSync(join(tmpdir(), 'helm-home-'));
  const own = { PATH: process.env.PATH, HOME: home, KUBECONFIG: cluster.adminKubeconfig };
  const child = spawn(helm, line, { env: { ...own, ...env }, stdio: 'ignore' });
  const ended = new Promise((done) => child.on('close', done));
  const app = `/apis/apps/v1/namespaces/${namespace}/deployments/app`;
  const there = async () => (await cluster.request('GET', app)).status === 200;
  try {
    for (let tries = 0; !((await begun()) && (await there())); tries++) {
      if (tries > 600 || child.exitCode !== null) throw new Error('helm never came to wait');
      await sleep(100);
    }
    // It has begun to wait: nothing more is written by it.
    await sleep(500);
  } finally {
    child.kill('SIGKILL');
    await ended;
    rmSync(home, { recursive: true });
  }
}

interface Item {
  readonly metadata: { readonly name: string; readonly [more: string]: unknown };
}

/** A digest of each object that there is, by kind and name: of all it says, or without what every write changes. */
export async function digests(
  cluster: Cluster,
  namespace: string,
  of: (item: Item) => unknown = (item) => item,
): Promise<{ readonly [name: string]: string }> {
  const found: { [name: string]: string } = {};
  for (const path of [
    'api/v1/namespaces/NS/secrets',
    'api/v1/namespaces/NS/configmaps',
    'apis/apps/v1/namespaces/NS/deployments',
  ]) {
    const { body } = await cluster.request('GET', `/${path.replace('NS', namespace)}`);
    for (const item of (body as { items: Item[] }).items)
      found[`${path.split('/').pop()} ${item.metadata.name}`] = createHash('sha256')
        .update(JSON.stringify(of(item)))
        .digest('hex');
  }
  return found;
}

/** What restore brings back: not the times and versions of the writes themselves. */
export function restorable({ metadata, ...rest }: Item): unknown {
  const { resourceVersion: _, managedFields: __, ...kept } = metadata;
  return { ...rest, metadata: kept };
}
