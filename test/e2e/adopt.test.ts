/**
 * Adoption on a real API server: what is marked, what never is, and that the real helm 3 and helm 4 then
 * upgrade and uninstall what Helm 2 had installed.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { openKube } from '../../src/kube/kube.ts';
import type { Call } from '../../src/kube/types.ts';
import { adoptObject } from '../../src/migrate/adopt/adoptObject.ts';
import type { AdoptStep } from '../../src/migrate/plan.ts';
import { openDiscovery } from '../../src/objects/discovery.ts';
import { ownershipFor } from '../../src/objects/ownership.ts';
import { getMetadata } from '../../src/objects/read.ts';
import { isWrite } from '../cluster/audit.ts';
import { useClients } from '../cluster/shared.ts';
import { runCli } from '../unit/cli-io.ts';
import {
  cluster,
  eventually,
  helm,
  migrate,
  must,
  owned,
  place,
  user,
  writesSince,
} from './adopt-run.ts';
import {
  configMap,
  helm2Record,
  install,
  type Live,
  managedBy,
  nameKey,
  namespaceKey,
  pathOf,
  type Stored,
  stored,
  webObjects,
  writeChart,
} from './adopt-world.ts';
import { put } from './kubectl-program.ts';

const { helm3, helm4 } = useClients();
let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'adopt-'));
});
afterAll(() => rmSync(folder, { recursive: true }));
describe('what is marked', () => {
  test('gets three fields under helm’s name, and keeps everything else', async () => {
    const at = await place();
    const objects = webObjects('web');
    const role: Live = {
      ...{ apiVersion: 'rbac.authorization.k8s.io/v1', kind: 'ClusterRole', rules: [] },
      metadata: { name: `${at.own}-role` },
    };
    const elsewhere = configMap('dashboard', { namespace: await cluster.namespace('adopt') });
    const all = [...objects, role, elsewhere];
    await install(cluster, at.own, all);
    // The manifest is as old as Helm 2: no server of today knows that version of a Deployment.
    const old = all.map((one) =>
      one.kind === 'Deployment' ? { ...one, apiVersion: 'extensions/v1beta1' } : one,
    );
    await put(cluster, helm2Record(at.tiller, old, { name: 'web', namespace: at.own }));
    const before = await Promise.all(all.map((object) => must(at, object)));
    const { code, out, err } = await migrate(at, ['--yes']);
    expect([code, err]).toEqual([0, '']);
    expect(out).toContain('create 1 record of 1 release, adopt 6 live objects; sources are kept');
    expect(out).toContain('Done: 1 release, 1 record created, read back and equal, 6 live objects');
    for (const [i, object] of all.entries()) {
      const after = await must(at, object);
      expect(after.metadata).toMatchObject(owned('web', at.own));
      expect(after).toMatchObject(unmarked(before[i]));
      const fields = after.metadata.managedFields ?? [];
      expect(fields.map(({ manager }) => manager)).not.toContain('kubectl-releases');
      const marks = fields.filter(({ manager }) => manager === 'helm');
      expect(marks).toMatchObject([{ manager: 'helm', operation: 'Update' }]);
      // Who makes an object's first annotation or label has the whole of them, as after an upgrade by helm.
      expect(marks[0]?.fieldsV1).toMatchObject({
        'f:metadata': {
          'f:annotations': { [`f:${nameKey}`]: {}, [`f:${namespaceKey}`]: {} },
          'f:labels': { [`f:${managedBy}`]: {} },
        },
      });
    }
  });

  test('names the release that it becomes, in the namespace where its objects are', async () => {
    const at = await place();
    const target = await cluster.namespace('adopt');
    await install(cluster, at.own, [configMap('web')]);
    const record = helm2Record(at.tiller, [configMap('web')], { name: 'web', namespace: at.own });
    await put(cluster, record);
    const args = ['--target-release', 'site', '--target-namespace', target, '--yes'];
    const KUBECONFIG = cluster.adminKubeconfig;
    const { code } = await runCli(['migrate2to3', 'web', '-t', at.tiller, ...args], {
      env: { KUBECONFIG },
    });
    expect(code).toBe(0);
    expect((await must(at, configMap('web'))).metadata).toMatchObject(owned('site', target));
  });

  test('is marked once by two migrations at the same time, and neither fails', async () => {
    const at = await place();
    const objects = Array.from({ length: 20 }, (_, i) => configMap(`object-${i}`));
    await install(cluster, at.own, objects);
    await put(cluster, helm2Record(at.tiller, objects, { name: 'web', namespace: at.own }));
    const runs = await Promise.all([migrate(at, ['--yes']), migrate(at, ['--yes'])]);
    expect(runs.map(({ code, err }) => [code, err])).toEqual([
      [0, ''],
      [0, ''],
    ]);
    for (const object of objects) {
      const { metadata } = await must(at, object);
      expect(metadata).toMatchObject(owned('web', at.own));
      expect(metadata.managedFields).toHaveLength(2);
    }
  });

  test('60 objects cost one list and 60 patches, and the second run writes nothing', async () => {
    const at = await place();
    const objects = Array.from({ length: 60 }, (_, i) => configMap(`object-${i}`));
    await install(cluster, at.own, objects);
    await put(cluster, helm2Record(at.tiller, objects, { name: 'many', namespace: at.own }));
    const mark = await cluster.auditMark();
    const { code, out } = await migrate(at, ['--yes']);
    expect([code, out]).toEqual([0, expect.stringContaining('60 live objects adopted')]);
    const filter = { user, namespace: at.own, resource: 'configmaps' };
    expect(await cluster.auditCounts(mark, filter)).toEqual({ list: 1, patch: 60 });
    const again = await cluster.auditMark();
    expect((await migrate(at, ['--yes'])).out).toContain('Nothing to do: 1 release is already');
    expect(await writesSince(again)).toEqual([]);
  });
});

/**
 * What must not have changed: all but versions, marks and who manages which field. A Deployment counts
 * its annotations in its generation, and rolls out nothing for that.
 */
function unmarked(object: Stored | undefined): object {
  const { metadata, ...rest } = object ?? configMap('');
  const { name, labels = {}, uid } = metadata as Stored['metadata'];
  const { [managedBy]: _, ...others } = labels;
  return { ...rest, metadata: { name, uid, labels: others } };
}

describe('what is never touched', () => {
  test('an object of another release, and one that two releases claim', async () => {
    const at = await place();
    const foreign = configMap('foreign', owned('other', at.own));
    const shared = configMap('shared');
    await install(cluster, at.own, [foreign, shared, configMap('mine')]);
    const mine = [foreign, shared, configMap('mine'), configMap('gone')];
    await put(
      cluster,
      helm2Record(at.tiller, mine, { name: 'web', namespace: at.own }),
      helm2Record(at.tiller, [shared], { name: 'api', namespace: at.own }),
    );
    const versions = async () =>
      Promise.all(
        [foreign, shared].map(async (one) => (await must(at, one)).metadata.resourceVersion),
      );
    const before = await versions();
    const { code, out } = await migrate(at, ['--yes', '-o', 'json']);
    expect(code).toBe(0);
    expect(await versions()).toEqual(before);
    expect((await must(at, configMap('mine'))).metadata).toMatchObject(owned('web', at.own));
    expect(await stored(cluster, at.own, configMap('gone'))).toBeUndefined();
    const { releases } = JSON.parse(out) as { releases: { findings: { message: string }[] }[] };
    const messages = releases.flatMap(({ findings }) => findings.map(({ message }) => message));
    const text = messages.join('\n');
    expect(text).toMatch(/ConfigMap foreign is owned by release other in namespace adopt-/);
    expect(text).toMatch(/ConfigMap shared is in the manifest of release (api|web) \(adopt-/);
    expect(text).toMatch(/ConfigMap gone is not in the cluster/);
  });

  test('an object that is gone or made anew since the plan: it is neither created nor changed', async () => {
    const at = await place();
    const kube = openKube({ kubeconfig: cluster.adminKubeconfig }, {});
    const kind = await openDiscovery(kube.api).find('v1', 'ConfigMap');
    if (!kind) throw new Error('no ConfigMaps');
    const steps: AdoptStep[] = [];
    for (const name of ['gone', 'anew']) {
      await install(cluster, at.own, [configMap(name)]);
      const object = { ...kind, namespace: at.own, name };
      const { uid = '', resourceVersion = '' } = (await getMetadata(kube.api, object)) ?? {};
      steps.push({
        ...{ do: 'adopt', revision: 1, object: { ...object, uid, resourceVersion } },
        ...{ before: {}, after: ownershipFor({ name: 'web', namespace: at.own }) },
        manager: { name: 'helm', operation: 'Update' },
      });
      await cluster.must('DELETE', `${pathOf(configMap(name), at.own)}/${name}`);
    }
    await install(cluster, at.own, [configMap('anew')]);
    const anew = await must(at, configMap('anew'));
    const words = ['is gone', 'has been deleted and created anew'];
    for (const [i, step] of steps.entries())
      await expect(adoptObject(kube.api, step)).rejects.toMatchObject({
        code: 'CONFLICT',
        message: expect.stringContaining(words[i] ?? ''),
      });
    expect(await stored(cluster, at.own, configMap('gone'))).toBeUndefined();
    expect(await must(at, configMap('anew'))).toEqual(anew);
    kube.close();
  });

  test('anything, where somebody says --no-adopt, or may not patch', async () => {
    const at = await place();
    await install(cluster, at.own, [configMap('web')]);
    const record = helm2Record(at.tiller, [configMap('web')], { name: 'web', namespace: at.own });
    await put(cluster, record);
    const someone = `someone-${at.own}`;
    const kubeconfig = cluster.kubeconfigFor(someone);
    const secrets = { resources: ['secrets'], verbs: ['list', 'get', 'create'] };
    await cluster.allow(
      someone,
      [{ resources: ['configmaps', 'secrets'], verbs: ['list'] }],
      at.tiller,
    );
    await cluster.allow(someone, [secrets], at.own);
    const blind = await eventually(() => migrate(at, ['--yes'], kubeconfig), 4);
    expect(blind.err).toMatch(/^error: no permission to get configmap .*\/web/);
    expect(blind.err).toContain('--no-adopt');
    await cluster.allow(someone, [{ resources: ['configmaps'], verbs: ['get'] }], at.own);
    await sleep(500);
    const mark = await cluster.auditMark();
    const reader = await migrate(at, ['--yes'], kubeconfig);
    expect(reader.code).toBe(4);
    expect(reader.err).toContain(`no permission to patch configmaps in namespace ${at.own}`);
    expect(reader.err).toContain('--no-adopt');
    expect((await cluster.auditSince(mark, { user: someone })).filter(isWrite)).toEqual([]);
    const without = await migrate(at, ['--yes', '--no-adopt'], kubeconfig);
    expect([without.code, without.out]).toEqual([0, expect.not.stringContaining('adopted')]);
    expect((await must(at, configMap('web'))).metadata).not.toHaveProperty('annotations');
    // The rest is done later, by somebody who may.
    const later = await migrate(at, ['--yes']);
    expect(later.out).toContain('already migrated and equal: 1 live object to adopt');
    expect((await must(at, configMap('web'))).metadata).toMatchObject(owned('web', at.own));
  });
});

test('a server that tells its kinds group by group serves the same ones', async () => {
  const kube = openKube({ kubeconfig: cluster.adminKubeconfig }, {});
  const accept = 'application/json';
  const old = { ...kube.api, call: (call: Call) => kube.api.call({ ...call, accept }) };
  const [now, before] = [openDiscovery(kube.api), openDiscovery(old)];
  for (const [version, kind] of [
    ['v1', 'Secret'],
    ['v1', 'Namespace'],
    ['apps/v1beta1', 'StatefulSet'],
    ['batch/v1beta1', 'CronJob'],
    ['rbac.authorization.k8s.io/v1beta1', 'ClusterRole'],
    ['autoscaling/v2beta1', 'HorizontalPodAutoscaler'],
    ['networking.k8s.io/v1', 'Ingress'],
  ] as const) {
    const found = await now.find(version, kind);
    expect(found).toMatchObject({ kind });
    expect(await before.find(version, kind)).toEqual(found);
  }
  expect(await now.find('extensions/v1beta1', 'Deployment')).toBeUndefined();
  expect(await now.find('authorization.k8s.io/v1', 'SubjectAccessReview')).toBeUndefined();
  kube.close();
});

describe.each([
  ['helm 3', helm3],
  ['helm 4', helm4],
])('the real %s', (_, program) => {
  test('upgrades and uninstalls what was adopted, and refuses what was not', async () => {
    const at = await place();
    const objects = webObjects('web');
    const extra = configMap('extra');
    await install(cluster, at.own, [...objects, extra]);
    const chart = writeChart(folder, [...objects, extra]);
    const of = (revision: number, status: string, live: Live[]) =>
      helm2Record(at.tiller, live, { name: 'web', namespace: at.own, revision, status });
    // The failed upgrade left an object that the deployed revision doesn't know.
    const records = [of(1, 'deployed', objects), of(2, 'failed', [...objects, extra])];
    await put(cluster, ...records);
    expect((await migrate(at, ['--yes', '--no-adopt'])).code).toBe(0);
    const upgrade = ['upgrade', 'web', chart, '-n', at.own];
    const refused = await helm(program, ...upgrade);
    expect(refused.code, refused.stdout).toBe(1);
    expect(refused.stderr).toMatch(/invalid ownership metadata/);
    expect((await migrate(at, ['--yes'])).code).toBe(0);
    const upgraded = await helm(program, ...upgrade);
    expect(upgraded, upgraded.stderr).toMatchObject({ code: 0 });
    expect((await must(at, extra)).metadata).toMatchObject(owned('web', at.own));
    const again = await cluster.auditMark();
    expect((await migrate(at, ['--yes'])).out).toContain('Nothing to do');
    expect(await writesSince(again)).toEqual([]);
    const gone = await helm(program, 'uninstall', 'web', '-n', at.own);
    expect(gone, gone.stderr).toMatchObject({ code: 0 });
    for (const object of [...objects, extra]) {
      const left = await stored(cluster, at.own, object);
      // A Deployment waits for its pods, which a controller would count.
      if (left && object.kind !== 'Deployment')
        expect(left.metadata).toHaveProperty('deletionTimestamp');
    }
  });
});
