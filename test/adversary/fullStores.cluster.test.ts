/** A target that fills up half-way: a namespace's quota, and etcd's own. */
import { afterAll, beforeAll, expect, it } from 'vitest';
import { type RunningCluster, startCluster } from '../cluster/cluster.ts';
import { useCluster } from '../cluster/shared.ts';
import { type Fate, startProxy } from '../faults/proxy.ts';
import { makeScene, type Scene } from './scene.ts';

const cluster = useCluster();
let other: RunningCluster;
beforeAll(async () => {
  other = await startCluster();
}, 120_000);
afterAll(() => other.stop());

const toConfigMaps = (scene: Scene) =>
  scene.run(
    ...['relocate', 'app', '-n', scene.namespace, '--from', 'secret', '--to', 'configmap'],
    ...['--delete-source', '--yes', '--backup', `${scene.folder}/backup`],
  );

it('a quota that takes one record of three: said as a quota, nothing deleted, and gone on with later', async () => {
  const scene = await makeScene(cluster);
  const path = `/api/v1/namespaces/${scene.namespace}/resourcequotas`;
  // No controller counts here: what is used is said by hand, and the admission counts on from it.
  const hard = { 'count/configmaps': '2' };
  await cluster.must('POST', path, { metadata: { name: 'small' }, spec: { hard } });
  const quota = (await cluster.must('GET', `${path}/small`)) as object;
  const status = { hard, used: { 'count/configmaps': '1' } };
  await cluster.must('PUT', `${path}/small/status`, { ...quota, status });
  const moved = await toConfigMaps(scene);
  expect(moved.code, moved.stdout).toBe(1);
  expect(moved.stderr + moved.stdout).toMatch(/quota/);
  expect(moved.stderr + moved.stdout).not.toMatch(/rbac|permission/);
  expect((await scene.stored('secrets')).length).toBe(3);
  await cluster.must('DELETE', `${path}/small`);
  const again = await toConfigMaps(scene);
  expect(again.code, again.stdout + again.stderr).toBe(0);
  expect((await scene.stored('configmaps')).map(({ payload }) => payload).sort()).toEqual(
    [...scene.payloads].sort(),
  );
});

it('an etcd without space: said in words, nothing deleted, and gone on with later', async () => {
  const alarm = async (action: 'ACTIVATE' | 'DEACTIVATE') => {
    const memberID = await member(other.etcd);
    const body = JSON.stringify({ action, memberID, alarm: 'NOSPACE' });
    await fetch(`${other.etcd}/v3/maintenance/alarm`, { method: 'POST', body });
  };
  let creates = 0;
  const proxy = await startProxy(other, async ({ method, path }): Promise<Fate> => {
    if (method === 'POST' && /\/configmaps(\?|$)/.test(path) && ++creates === 2)
      await alarm('ACTIVATE');
    return 'pass';
  });
  try {
    const scene = await makeScene(other, { kubeconfig: proxy.kubeconfig });
    const moved = await toConfigMaps(scene);
    expect(moved.code, moved.stdout).toBe(1);
    expect(moved.stderr + moved.stdout).toMatch(/etcd|no space|space/i);
    expect((await scene.stored('secrets')).length).toBe(3);
    await alarm('DEACTIVATE');
    const again = await toConfigMaps(scene);
    expect(again.code, again.stdout + again.stderr).toBe(0);
    expect(await scene.lost()).toEqual([]);
  } finally {
    await alarm('DEACTIVATE');
    await proxy.close();
  }
});

async function member(etcd: string): Promise<string> {
  const answer = await fetch(`${etcd}/v3/maintenance/status`, { method: 'POST', body: '{}' });
  const { header } = (await answer.json()) as { header: { member_id: string } };
  return header.member_id;
}
