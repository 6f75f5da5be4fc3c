/** What Kubernetes and Helm tie a record to beside itself: owners, finalizers, and the objects that two releases claim. */
import { expect, it } from 'vitest';
import { useCluster } from '../cluster/shared.ts';
import { chart, makeScene, type Scene } from './scene.ts';

const cluster = useCluster();

async function patch(at: Scene, path: string, metadata: object): Promise<void> {
  const where = `/api/v1/namespaces/${at.namespace}/${path}`;
  const object = (await cluster.must('GET', where)) as { metadata: object };
  await cluster.must('PUT', where, { ...object, metadata: { ...object.metadata, ...metadata } });
}

it('an owner and a finalizer are named before anything is written, and the finalizer is waited for', async () => {
  const at = await makeScene(cluster);
  const maps = `/api/v1/namespaces/${at.namespace}/configmaps`;
  const owner = (await cluster.must('POST', maps, { metadata: { name: 'theirs' } })) as {
    metadata: { uid: string };
  };
  const { uid } = owner.metadata;
  await patch(at, 'secrets/sh.helm.release.v1.app.v1', {
    ownerReferences: [{ apiVersion: 'v1', kind: 'ConfigMap', name: 'theirs', uid }],
    finalizers: ['example.org/held'],
  });
  const line = ['relocate', 'app', '-n', at.namespace, '--to', 'configmap', '--delete-source'];
  const plan = await at.run(...line, '--dry-run', '--check');
  expect(plan.stdout).toContain(
    'its record goes with its owner, and no copy does: ConfigMap theirs',
  );
  expect(plan.stdout).toContain(
    'its record has finalizers, and no copy has: example.org/held; its deletion waits for them',
  );
  expect(plan.stdout).toContain('1 with losses');
  const moved = await at.run(...line, '--yes', '--backup', 'kept');
  expect(moved.code, moved.stdout + moved.stderr).toBe(1);
  expect(moved.stderr).toContain('is still there');
  expect(moved.stderr).toMatch(/kubectl .*get secret .*app\.v1 -o yaml/);
  await patch(at, 'secrets/sh.helm.release.v1.app.v1', { finalizers: [] });
  expect(await at.stored('secrets')).toEqual([]);
  expect((await at.stored('configmaps')).length).toBe(3);
});

it('a release of the old name with another driver keeps its objects', async () => {
  const at = await makeScene(cluster);
  const of = ['app', '-n', at.namespace];
  const copied = await at.run('copy', ...of, '--from', 'secret', '--to', 'configmap', '--yes');
  expect(copied.code, copied.stderr).toBe(0);
  const rename = ['relocate', ...of, '--from', 'secret', '--to-name', 'other', '--delete-source'];
  const refused = await at.run(...rename, '--yes', '--backup', 'kept');
  expect(refused.code, refused.stdout + refused.stderr).toBe(4);
  expect(refused.stdout.replace(/\s+/g, ' ')).toContain(
    `a release app (${at.namespace}) is in configmap:${at.namespace}, too`,
  );
  await at.helmInConfigMaps('upgrade', 'app', '--reuse-values', chart);
});
