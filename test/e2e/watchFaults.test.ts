/** A watch through what happens to connections: cuts, a server that crashes, a place that is forgotten. */
import { writeFileSync } from 'node:fs';
import { request } from 'node:http';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { openKube } from '../../src/kube/kube.ts';
import { objectOf } from '../../src/storage/objects.ts';
import { type RunningCluster, startCluster } from '../cluster/cluster.ts';
import { type Sketch, sketchRecord } from '../unit/cli-records.ts';
import { put } from './kubectl-program.ts';
import { startTcpProxy, type TcpProxy } from './tcpProxy.ts';
import { watcher } from './watcher.ts';

let cluster: RunningCluster;
let proxy: TcpProxy;
beforeAll(async () => {
  cluster = await startCluster();
  proxy = await startTcpProxy(cluster.adminKubeconfig);
}, 120_000);
afterAll(async () => {
  proxy?.close();
  await cluster?.stop();
});

const told = (lines: readonly string[]) =>
  lines.map((line) => {
    const [, name, , revision, , , status] = line.split(/ {2,}/);
    return `${name} ${revision} ${status}`;
  });

async function world() {
  const namespace = await cluster.namespace('watch');
  const one = (name: string, more: Sketch = {}) => sketchRecord({ name, namespace, ...more });
  await put(cluster, one('first'));
  const at = ['-n', namespace];
  const url = (name: string) => `/api/v1/namespaces/${namespace}/secrets/${one(name).key}`;
  return {
    at,
    add: (name: string) => put(cluster, one(name)),
    fail: (name: string) =>
      cluster.must('PUT', url(name), objectOf(one(name, { status: 'failed' }))),
    remove: (name: string) => cluster.must('DELETE', url(name)),
  };
}

it('goes on after a cut, and says nothing of it', async () => {
  const { at, add, fail } = await world();
  const view = watcher(['list', '--watch', ...at], proxy.kubeconfig);
  await view.next(2);
  await add('second');
  expect(told(await view.next(1))).toEqual(['second 1 deployed']);
  proxy.cut();
  await add('third');
  await fail('first');
  expect(told(await view.next(2)).sort()).toEqual(['first 1 failed', 'third 1 deployed']);
  expect(view.err()).toBe('');
});

it('goes on after the server has crashed and come back', async () => {
  const { at, add, fail } = await world();
  const view = watcher(['list', '--watch', ...at], cluster.adminKubeconfig);
  const revisions = watcher(['history', 'first', '--watch', ...at], cluster.adminKubeconfig);
  await view.next(2);
  await revisions.next(2);
  await add('second');
  await view.next(1);
  await cluster.serverDown();
  await view.says(/note: the connection is lost, and tried again until it is back: .*refused/);
  await cluster.serverUp();
  await fail('first');
  await view.says(/note: the connection is back/);
  expect(told(await view.next(1))).toEqual(['first 1 failed']);
  await revisions.says(/^\S+ +1 .*failed/m);
  await add('third');
  expect(told(await view.next(1))).toEqual(['third 1 deployed']);
  expect(view.err().match(/note: /g)).toHaveLength(2);
  expect(await view.interrupt()).toBe(130);
}, 120_000);

it('lists again where the server has forgotten the place, and shows what differs', async () => {
  const { at, add, fail, remove } = await world();
  await add('second');
  const view = watcher(['list', '--watch', ...at], proxy.kubeconfig);
  await view.next(3);
  await add('third');
  await view.next(1);
  proxy.hold();
  proxy.cut();
  await fail('first');
  await remove('second');
  await add('fourth');
  // A server that has just started, on a compacted etcd, knows nothing of what was before.
  await cluster.serverDown();
  await compact(cluster.etcd);
  await cluster.serverUp();
  const mark = await cluster.auditMark();
  proxy.release();
  expect(told(await view.next(3)).sort()).toEqual([
    ...['first 1 failed', 'fourth 1 deployed', 'second 1 removed'],
  ]);
  await add('fifth');
  expect(told(await view.next(1))).toEqual(['fifth 1 deployed']);
  expect(view.err()).toBe('');
  const asked = await cluster.auditSince(mark, { resource: 'secrets', namespace: at[1] ?? '' });
  expect(asked.map(({ verb }) => verb)).toContain('list');
}, 120_000);

/** https://etcd.io/docs/latest/dev-guide/api_grpc_gateway/ */
async function compact(etcd: string): Promise<void> {
  const post = (path: string, body: object) =>
    new Promise<{ header?: { revision?: string } }>((done, fail) => {
      const sent = request(new URL(path, etcd), { method: 'POST' }, (answer) => {
        let text = '';
        answer.setEncoding('utf8').on('data', (part: string) => {
          text += part;
        });
        answer.on('end', () =>
          answer.statusCode === 200 ? done(JSON.parse(text)) : fail(new Error(text)),
        );
      });
      sent.on('error', fail).end(JSON.stringify(body));
    });
  const { header } = await post('/v3/kv/range', { key: 'eA==' });
  await post('/v3/kv/compaction', { revision: header?.revision, physical: true });
}

it('signs in anew where its token is no longer taken', async () => {
  const { at, add } = await world();
  const token = join(cluster.folder, 'token');
  const [first, second] = [await account('first'), await account('second')];
  writeFileSync(token, first.token);
  const answer = `{"apiVersion":"client.authentication.k8s.io/v1","kind":"ExecCredential","status":{"token":"'"$(cat '${token}')"'"}}`;
  const exec = {
    ...{ apiVersion: 'client.authentication.k8s.io/v1', interactiveMode: 'Never' },
    ...{ command: 'sh', args: ['-c', `printf %s '${answer}'`] },
  };
  const through = await startTcpProxy(cluster.adminKubeconfig, { exec });
  try {
    const view = watcher(['list', '--watch', '--helm', '3', ...at], through.kubeconfig);
    await view.next(2);
    writeFileSync(token, second.token);
    await cluster.must('DELETE', first.url);
    await refused(first.token);
    through.cut();
    await add('second');
    expect(told(await view.next(1))).toEqual(['second 1 deployed']);
    expect(view.err()).toBe('');
    await cluster.must('DELETE', second.url);
    await refused(second.token);
    through.cut();
    expect(await view.ended()).toBe(1);
    expect(view.err()).toContain('error: the API server does not accept the credentials');
  } finally {
    through.close();
  }
}, 120_000);

/** A token of a service account that may read everything. */
async function account(name: string): Promise<{ token: string; url: string }> {
  const namespace = await cluster.namespace('account');
  const base = `/api/v1/namespaces/${namespace}/serviceaccounts`;
  await cluster.must('POST', base, { metadata: { name } });
  const answer = await cluster.must('POST', `${base}/${name}/token`, { spec: {} });
  const user = `system:serviceaccount:${namespace}:${name}`;
  await cluster.allow(user, [
    { resources: ['secrets', 'configmaps'], verbs: ['get', 'list', 'watch'] },
  ]);
  return { token: (answer as { status: { token: string } }).status.token, url: `${base}/${name}` };
}

/** The server remembers for some seconds that a token was good. */
async function refused(token: string): Promise<void> {
  const flags = { server: cluster.server, certificateAuthority: cluster.caFile, token };
  const kube = openKube(flags, { HOME: '/nonexistent' });
  const list = { verb: 'list', apiVersion: 'v1', resource: 'secrets' } as const;
  try {
    for (const end = Date.now() + 60_000; Date.now() < end; await sleep(500)) {
      const asked = await kube.api.call(list).then(
        () => '',
        (error: { code?: string }) => error.code,
      );
      if (asked === 'UNAUTHORIZED') return;
    }
    throw new Error('the token is still good');
  } finally {
    kube.close();
  }
}
