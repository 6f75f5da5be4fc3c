/**
 * Who has the marks, after adoption and after a rename: the release's own Helm, as if that had written them, so
 * that another release can take the object over, as between two of Helm's own.
 */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { ReleasesError } from '../../src/errors.ts';
import type { KubeApi } from '../../src/kube/api.ts';
import { openKube } from '../../src/kube/kube.ts';
import type { Call } from '../../src/kube/types.ts';
import { adoptObject } from '../../src/migrate/adopt/adoptObject.ts';
import type { AdoptStep } from '../../src/migrate/plan.ts';
import { ownershipFor } from '../../src/objects/ownership.ts';
import { getMetadata } from '../../src/objects/read.ts';
import type { HelmWord } from '../cluster/clients.ts';
import { useClients } from '../cluster/shared.ts';
import { runCli } from '../unit/cli-io.ts';
import { cluster, helm, migrate, must, type Place, place } from './adopt-run.ts';
import { configMap, helm2Record, install, type Live, nameKey, webObjects } from './adopt-world.ts';
import { put } from './kubectl-program.ts';

const { helms } = useClients();
const takers = ['helm4.1', 'helm4.3'] as const;
let folder: string;
let kube: ReturnType<typeof openKube>;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'marks-'));
  kube = openKube({ kubeconfig: cluster.adminKubeconfig }, {});
});
afterAll(() => {
  kube.close();
  rmSync(folder, { recursive: true });
});

/** A chart of one ConfigMap, whose name doesn't depend on the release's. */
function chartOf(greeting: string): string {
  const path = mkdtempSync(join(folder, 'chart-'));
  mkdirSync(join(path, 'templates'));
  writeFileSync(join(path, 'Chart.yaml'), 'apiVersion: v2\nname: conf\nversion: 1.0.0\n');
  const object = 'apiVersion: v1\nkind: ConfigMap\nmetadata: {name: conf}\n';
  writeFileSync(join(path, 'templates', 'cm.yaml'), `${object}data: {greeting: ${greeting}}\n`);
  return path;
}

const conf: Live = { ...configMap('conf'), data: { greeting: 'one' } };

async function run(word: HelmWord, { own }: Place, ...args: string[]) {
  const { code, stderr } = await helm(helms[word], ...args, '-n', own);
  expect({ code, stderr }).toMatchObject({ code: 0 });
}

/** Who has the annotation, and everybody who has anything. */
async function managers(at: Place, object: Live) {
  const fields = (await must(at, object)).metadata.managedFields ?? [];
  const named = (one: (typeof fields)[number]) => `${one.manager} ${one.operation}`;
  const marked = fields.filter((one) => JSON.stringify(one.fieldsV1).includes(`"f:${nameKey}"`));
  return { marked: marked.map(named), all: fields.map(named) };
}

async function rename({ own }: Place, ...more: string[]) {
  const backup = mkdtempSync(join(folder, 'backup-'));
  const line = ['relocate', 'web', '-n', own, '--to-name', 'site', '--delete-source'];
  return runCli([...line, '--backup', backup, ...more], {
    env: { KUBECONFIG: cluster.adminKubeconfig },
  });
}

describe.each(takers)('another release of %s', (taker) => {
  const take = (at: Place, chart: string) =>
    run(taker, at, 'install', 'other', chart, '--take-ownership');

  test('takes what was adopted, and the marks are helm’s', async () => {
    const at = await place();
    await install(cluster, at.own, [conf]);
    await put(cluster, helm2Record(at.tiller, [conf], { name: 'web', namespace: at.own }));
    expect((await migrate(at, ['--yes'])).code).toBe(0);
    const { marked, all } = await managers(at, conf);
    expect(marked).toEqual(['helm Update']);
    expect(all.join()).not.toContain('kubectl-releases');
    await take(at, chartOf('one'));
    expect((await must(at, conf)).metadata.annotations?.[nameKey]).toBe('other');
  });

  test('takes what was adopted after the release’s own upgrade', async () => {
    const at = await place();
    await install(cluster, at.own, [conf]);
    await put(cluster, helm2Record(at.tiller, [conf], { name: 'web', namespace: at.own }));
    expect((await migrate(at, ['--yes'])).code).toBe(0);
    await run(taker, at, 'upgrade', 'web', chartOf('two'));
    await take(at, chartOf('three'));
    expect(await must(at, conf)).toMatchObject({ data: { greeting: 'three' } });
  });

  test.each([
    ['helm3.22', [], 'helm Update'],
    [taker, [], 'helm Apply'],
    [taker, ['--server-side=false'], 'helm Update'],
  ] as const)('takes what %s %j installed and was renamed', async (maker, flags, manager) => {
    const [renamed, own] = [await place(), await place()];
    for (const at of [renamed, own])
      await run(maker, at, 'install', 'web', chartOf('one'), ...flags);
    const before = await managers(own, conf);
    const { code, err } = await rename(renamed, '--yes');
    expect({ code, err }).toEqual({ code: 0, err: '' });
    expect(await managers(renamed, conf)).toEqual(before);
    expect(before.marked).toEqual([manager]);
    const upgrader = maker === 'helm3.22' ? maker : taker;
    await run(upgrader, renamed, 'upgrade', 'site', chartOf('two'));
    await run(upgrader, own, 'upgrade', 'web', chartOf('two'));
    expect(await managers(renamed, conf)).toEqual(await managers(own, conf));
    for (const at of [renamed, own]) await take(at, chartOf('three'));
    expect(await must(renamed, conf)).toMatchObject({ data: { greeting: 'three' } });
    expect(await managers(renamed, conf)).toEqual(await managers(own, conf));
  });
});

test('a rename that was only tried changes nobody’s fields, and the server accepts it', async () => {
  const at = await place();
  await run('helm4.3', at, 'install', 'web', chartOf('one'));
  const before = await must(at, conf);
  const { code, out } = await rename(at, '--dry-run=server');
  expect(code).toBe(0);
  expect(out).toContain('the API server accepts 1 release');
  expect(await must(at, conf)).toEqual(before);
});

async function stepFor(at: Place, name: string, before: AdoptStep['before'] = {}) {
  const kind = { apiVersion: 'v1', kind: 'ConfigMap', resource: 'configmaps', namespaced: true };
  const object = { ...kind, namespace: at.own, name: 'conf' };
  const { uid = '', resourceVersion = '' } = (await getMetadata(kube.api, object)) ?? {};
  const step: AdoptStep = {
    ...{ do: 'adopt', revision: 1, object: { ...object, uid, resourceVersion }, before },
    after: ownershipFor({ name, namespace: at.own }),
    manager: { name: 'helm', operation: 'Apply' },
  };
  return step;
}

test('what is stopped between the marks and their manager is ended by the same command', async () => {
  const at = await place();
  await run('helm4.3', at, 'install', 'web', chartOf('one'));
  const before = await managers(at, conf);
  const stops: KubeApi = {
    ...kube.api,
    async call(call: Call) {
      if (call.contentType === 'application/json-patch+json')
        throw new ReleasesError('UNREACHABLE', 'stopped here');
      return kube.api.call(call);
    },
  };
  const old = ownershipFor({ name: 'web', namespace: at.own });
  await expect(adoptObject(stops, await stepFor(at, 'site', old))).rejects.toThrow('stopped here');
  expect((await managers(at, conf)).marked).toEqual(['kubectl-releases Update']);
  const after = ownershipFor({ name: 'site', namespace: at.own });
  await adoptObject(kube.api, await stepFor(at, 'site', after));
  expect(await managers(at, conf)).toEqual(before);
});

test('marks that an earlier version wrote under its own name are handed over by a rerun', async () => {
  const at = await place();
  const objects = webObjects('web');
  await install(cluster, at.own, objects);
  await put(cluster, helm2Record(at.tiller, objects, { name: 'web', namespace: at.own }));
  expect((await migrate(at, ['--yes', '--no-adopt'])).code).toBe(0);
  const marks = ownershipFor({ name: 'web', namespace: at.own });
  const { 'app.kubernetes.io/managed-by': label, ...annotations } = marks;
  const metadata = { name: 'web', labels: { 'app.kubernetes.io/managed-by': label }, annotations };
  const kinds = { ConfigMap: 'configmaps', Secret: 'secrets', Service: 'services' };
  const all = { ...kinds, Deployment: 'deployments' } as { readonly [kind: string]: string };
  for (const { apiVersion, kind } of objects)
    await kube.api.call({
      ...{ verb: 'patch', apiVersion, resource: all[kind] ?? '', namespace: at.own, name: 'web' },
      query: { fieldManager: 'kubectl-releases', force: 'true' },
      contentType: 'application/apply-patch+yaml',
      body: { apiVersion, kind, metadata },
    });
  const again = await migrate(at, ['--yes']);
  expect([again.code, again.err]).toEqual([0, '']);
  expect(again.out).toContain('already migrated and equal: 4 live objects to adopt');
  for (const object of objects) {
    const { marked, all: everybody } = await managers(at, object);
    expect(marked).toEqual(['helm Update']);
    expect(everybody.join()).not.toContain('kubectl-releases');
  }
  expect((await migrate(at, ['--yes'])).out).toContain('Nothing to do');
});

test('an object without managed fields, as from before Kubernetes 1.18, gets none', async () => {
  const at = await place();
  await install(cluster, at.own, [conf]);
  await kube.api.call({
    ...{ verb: 'patch', apiVersion: 'v1', resource: 'configmaps', namespace: at.own, name: 'conf' },
    contentType: 'application/merge-patch+json',
    body: { metadata: { managedFields: [{}] } },
  });
  expect((await managers(at, conf)).all).toEqual([]);
  await put(cluster, helm2Record(at.tiller, [conf], { name: 'web', namespace: at.own }));
  expect((await migrate(at, ['--yes'])).code).toBe(0);
  expect((await must(at, conf)).metadata.annotations?.[nameKey]).toBe('web');
  // An apply would have made all that it holds a conflict with `before-first-apply`.
  expect((await managers(at, conf)).all).toEqual([]);
  await run('helm4.3', at, 'upgrade', 'web', chartOf('two'));
});
