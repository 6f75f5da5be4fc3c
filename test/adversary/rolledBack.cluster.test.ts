/** The target's etcd is put back to an older state while the sources, in another cluster, are deleted. */
import { mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { parse, stringify } from 'yaml';
import { type RunningCluster, startCluster } from '../cluster/cluster.ts';
import { useCluster } from '../cluster/shared.ts';
import { type Fate, startProxy } from '../faults/proxy.ts';
import { makeScene } from './scene.ts';

const source = useCluster();
let target: RunningCluster;
beforeAll(async () => {
  target = await startCluster();
}, 120_000);
afterAll(() => target.stop());

interface Pair {
  readonly key: string;
  readonly value: string;
}

/** etcd's gateway speaks JSON, with keys and values in base64. */
async function etcd(path: string, body: object): Promise<{ readonly kvs?: readonly Pair[] }> {
  const answer = await fetch(`${target.etcd}/v3/kv/${path}`, {
    method: 'POST',
    body: JSON.stringify(body),
  });
  if (!answer.ok) throw new Error(`${path}: ${answer.status}`);
  return (await answer.json()) as { readonly kvs?: readonly Pair[] };
}

const base64 = (text: string) => Buffer.from(text).toString('base64');
const all = { key: base64('/registry/'), range_end: base64('/registry0') };

/** What `etcdutl snapshot restore` leaves: the server stops, the data are the older ones, it starts again. */
async function putBack(older: readonly Pair[]): Promise<void> {
  await target.serverDown();
  await etcd('deleterange', all);
  for (const { key, value } of older) await etcd('put', { key, value });
  await target.serverUp();
}

/** One kubeconfig with both clusters, as contexts `old` (the current one) and `new`. */
function both(first: string, second: string): string {
  const [a, b] = [first, second].map((file) => parse(readFileSync(file, 'utf8')));
  const user = (config: { users?: { user: object }[] }, name: string) => ({
    name,
    user: config.users?.[0]?.user ?? {},
  });
  const path = join(mkdtempSync(join(source.folder, 'both-')), 'config');
  const config = {
    ...{ apiVersion: 'v1', kind: 'Config', 'current-context': 'old' },
    clusters: [
      { ...a.clusters[0], name: 'old' },
      { ...b.clusters[0], name: 'new' },
    ],
    users: [user(a, 'old'), user(b, 'new')],
    contexts: ['old', 'new'].map((name) => ({ name, context: { cluster: name, user: name } })),
  };
  writeFileSync(path, stringify(config), { mode: 0o600 });
  return path;
}

it('copies that are gone after the last delete are missed, and the printed line brings them back', async () => {
  let older: readonly Pair[] = [];
  let deletes = 0;
  const proxy = await startProxy(source, async ({ method, path }): Promise<Fate> => {
    const last = method === 'DELETE' && /\/secrets\//.test(path) && ++deletes === 3;
    if (last) await putBack(older);
    return 'pass';
  });
  try {
    const kubeconfig = both(proxy.kubeconfig, target.adminKubeconfig);
    const scene = await makeScene(source, { kubeconfig });
    await target.must('POST', '/api/v1/namespaces', { metadata: { name: scene.namespace } });
    ({ kvs: older = [] } = await etcd('range', all));
    const moved = await scene.run(
      ...['relocate', 'app', '-n', scene.namespace, '--from', 'secret', '--to-context', 'new'],
      ...['--delete-source', '--yes', '--backup', `${scene.folder}/backup`],
    );
    const screen = moved.stdout + moved.stderr;
    expect(deletes).toBe(3);
    expect(moved.code, screen).toBe(1);
    expect(await scene.stored('secrets')).toEqual([]);
    expect(await scene.lost()).toEqual([]);
    const line = /kubectl releases (restore [^\n]*?)(?: {2}|$)/m.exec(screen)?.[1] ?? '';
    expect(line, screen).not.toBe('');
    const restored = await scene.run(...line.trim().split(' '), '--yes');
    expect(restored.code, restored.stdout + restored.stderr).toBe(0);
    const path = `/api/v1/namespaces/${scene.namespace}/secrets?labelSelector=owner%3Dhelm`;
    const back = async (cluster: Pick<RunningCluster, 'must'>) =>
      ((await cluster.must('GET', path)) as { items: unknown[] }).items.length;
    expect([await back(source), await back(target)].sort()).toEqual([0, 3]);
  } finally {
    await proxy.close();
  }
}, 120_000);
