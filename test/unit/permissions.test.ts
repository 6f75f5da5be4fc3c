/** What a plan takes of the API server, and how that is asked for. */
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { roleFlags } from '../../src/commands/hints/flags.ts';
import { missingData, missingFor } from '../../src/commands/move/permissions.ts';
import { missingPermissions, type Need, needWord } from '../../src/kube/access.ts';
import { type KubeApi, openApi } from '../../src/kube/api.ts';
import { type RawRequest, TransportError } from '../../src/kube/transport.ts';
import type { Call } from '../../src/kube/types.ts';
import { planNeeds } from '../../src/migrate/needs.ts';
import type { AdoptStep, Plan, Step } from '../../src/migrate/plan.ts';
import { writeReport } from '../../src/output/plans/report.ts';
import { openMemory } from '../../src/storage/memory.ts';
import type { Storage } from '../../src/storage/storage.ts';
import { combine } from '../../src/storage/wrappers/combine.ts';
import { captureIO, runCli } from './cli-io.ts';

describe('what a plan takes', () => {
  const at = (kind: 'Secret' | 'ConfigMap', namespace: string) => ({
    ...{ kind, namespace, key: 'x', labels: {}, payload: '' },
  });
  const object = (apiVersion: string, resource: string, namespace?: string): AdoptStep => ({
    do: 'adopt',
    revision: 2,
    object: {
      ...{ apiVersion, kind: 'Any', resource, name: 'x', uid: 'u', resourceVersion: '1' },
      ...(namespace && { namespace }),
    },
    before: {},
    manager: { name: 'helm', operation: 'Update' },
    after: {
      'meta.helm.sh/release-name': 'a',
      'meta.helm.sh/release-namespace': 'pay',
      'app.kubernetes.io/managed-by': 'Helm',
    },
  });
  const steps: Step[] = [
    { do: 'create', revision: 2, record: at('Secret', 'pay') },
    { do: 'create', revision: 1, record: at('Secret', 'pay') },
    { do: 'keep', revision: 1, record: at('Secret', 'web') },
    object('apps/v1', 'deployments', 'pay'),
    object('v1', 'services', 'pay'),
    object('v1', 'services', 'shop'),
    object('rbac.authorization.k8s.io/v1', 'clusterroles'),
    { do: 'delete', revision: 1, record: at('ConfigMap', 'kube-system') },
  ];
  const plan = (verdict: 'ready' | 'done'): Plan => {
    const release = {
      ...{ name: 'a', owner: 'helm' as const, namespace: 'pay', from: 'source' },
      ...{ sources: [], verdict, findings: [], steps },
    };
    return { from: ['source'], to: 'target', releases: [release] };
  };
  const store = (inCluster: boolean): Storage => {
    const memory = openMemory();
    return { ...memory, capabilities: { ...memory.capabilities, inCluster } };
  };
  const ends = (from: boolean, to: boolean) => ({
    from: new Map([['source', store(from)]]),
    to: store(to),
  });
  const words = (needs: readonly Need[]) => needs.map(needWord);

  it('is asked for once each', () => {
    expect(words(planNeeds(plan('ready'), ends(true, true)))).toEqual([
      'get secrets in namespace pay',
      'create secrets in namespace pay',
      'get secrets in namespace web',
      'get deployments.apps in namespace pay',
      'patch deployments.apps in namespace pay',
      'get services in namespace pay',
      'patch services in namespace pay',
      'get services in namespace shop',
      'patch services in namespace shop',
      'get clusterroles.rbac.authorization.k8s.io in all namespaces',
      'patch clusterroles.rbac.authorization.k8s.io in all namespaces',
      'get configmaps in namespace kube-system',
      'delete configmaps in namespace kube-system',
    ]);
  });

  it('is nothing for what stays, and for records in folders', () => {
    expect(planNeeds(plan('done'), ends(true, true))).toEqual([]);
    const verbs = (from: boolean, to: boolean) =>
      new Set(planNeeds(plan('ready'), ends(from, to)).map(({ verb }) => verb));
    expect(verbs(false, false)).toEqual(new Set(['get', 'patch']));
    expect(verbs(false, true)).not.toContain('delete');
    expect(verbs(true, false)).not.toContain('create');
  });

  it('asks no server for a plan that takes nothing', async () => {
    const kube = () => Promise.reject(new Error('asked'));
    expect(await missingFor(plan('done'), ends(true, true), kube)).toEqual([]);
  });

  it('is named in every kind of report', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'report-'));
    const missing = missingData([{ verb: 'create', resource: 'secrets', namespace: 'a<b' }]);
    for (const [ending, says] of [
      ['json', '"missingPermissions": [\n    "create secrets in namespace a<b"\n  ]'],
      ['md', '\n- no permission to create secrets in namespace a\\<b\n\n|'],
      ['html', '<li>no permission to create secrets in namespace a&#60;b</li>'],
    ] as const) {
      const path = join(folder, `report.${ending}`);
      const report = { plan: plan('ready'), outcomes: [] };
      await writeReport(path, { ...report, ...missing }, captureIO());
      expect(readFileSync(path, 'utf8')).toContain(says);
      await writeReport(path, { ...report, ...missingData([]) }, captureIO());
      expect(readFileSync(path, 'utf8')).not.toMatch(/permission/i);
    }
    rmSync(folder, { recursive: true });
  });

  it('is what the line for rbac says, which prints just that', async () => {
    const line = roleFlags(plan('ready'), { 'tiller-namespace': 'old', from: undefined });
    expect(line).toBe(
      ' -n pay --tiller-namespace old --adopt-resource /clusterroles.rbac.authorization.k8s.io,deployments.apps,services,shop/services',
    );
    expect(roleFlags(plan('done'), { 'delete-v2-releases': true })).toBe(
      ' --delete-v2-releases --no-adopt',
    );
    const { out } = await runCli(['rbac', 'migrate2to3', ...line.trim().split(' '), '-o', 'json']);
    const roles: { items: { metadata: object; rules: object[] }[] } = JSON.parse(out);
    const adopting = { verbs: ['get', 'patch'] };
    expect(roles.items.map(({ metadata, rules }) => [metadata, rules.slice(-1)[0]])).toMatchObject([
      [{}, { ...adopting, resources: ['clusterroles'], apiGroups: ['rbac.authorization.k8s.io'] }],
      [{ namespace: 'old' }, { resources: ['configmaps'], verbs: ['list'] }],
      [{ namespace: 'pay' }, { ...adopting, resources: ['deployments'], apiGroups: ['apps'] }],
      [{ namespace: 'shop' }, { ...adopting, resources: ['services'] }],
    ]);
  });
});

describe('asking', () => {
  const needs: Need[] = ['a', 'b', 'c'].map((namespace) => ({
    ...{ verb: 'create', resource: 'secrets', namespace },
  }));
  function server(allowed: (namespace: string | undefined) => boolean) {
    const calls: Call[] = [];
    const api: KubeApi = {
      server: 'https://x',
      stream: () => Promise.reject(new Error('nothing is watched here')),
      close: () => {},
      async call(call) {
        calls.push(call);
        const { spec } = call.body as {
          spec: { resourceAttributes: { namespace?: string } };
        };
        return { status: { allowed: allowed(spec.resourceAttributes.namespace) } };
      },
    };
    return { api, calls };
  }

  it('who may do it everywhere is asked once', async () => {
    const { api, calls } = server(() => true);
    expect(await missingPermissions(api, needs)).toEqual([]);
    expect(calls).toHaveLength(1);
  });

  it('names what is missing, in order', async () => {
    const { api, calls } = server((namespace) => namespace === 'b');
    const missing = await missingPermissions(api, needs);
    expect(missing.map(({ namespace }) => namespace)).toEqual(['a', 'c']);
    expect(calls).toHaveLength(4);
  });

  it('is tried again, as it changes nothing; a change is not', async () => {
    const answer = (status: number, body: object) => ({
      ...{ status, headers: {}, body: Buffer.from(JSON.stringify(body)) },
    });
    const sent: RawRequest[] = [];
    const faults = [() => answer(500, {}), () => Promise.reject(new TransportError('EPIPE', true))];
    const api = openApi({
      withheld: false,
      server: 'https://x',
      timeoutMs: 0,
      open: () => Promise.reject(new Error('nothing is watched here')),
      refresh: () => false,
      close: () => {},
      async send(request) {
        sent.push(request);
        return faults.shift()?.() ?? answer(201, { status: { allowed: true } });
      },
    });
    expect(await missingPermissions(api, needs.slice(0, 1))).toEqual([]);
    expect(sent.map(({ method }) => method)).toEqual(['POST', 'POST', 'POST']);
    faults.push(() => answer(500, {}));
    const create = { verb: 'create', apiVersion: 'v1', resource: 'secrets', body: {} } as const;
    await expect(api.call(create)).rejects.toMatchObject({ code: 'API' });
    await api.call({ verb: 'get', apiVersion: 'v1', resource: 'version', path: ['version'] });
    expect(sent.slice(3).map(({ method, path }) => `${method} ${path}`)).toEqual([
      ...['POST /api/v1/secrets', 'GET /version'],
    ]);
  });
});

describe('stores as one', () => {
  const of = (kind: 'Secret' | 'ConfigMap', more: Partial<Storage>, limit?: number): Storage => {
    const { capabilities, ...memory } = openMemory();
    const own = { ...capabilities, inCluster: kind === 'Secret', maxRecordBytes: limit };
    return { ...memory, kinds: [kind], capabilities: own, ...more };
  };

  it('are in the cluster when one is, hold what the smallest holds, and pass on what stops', async () => {
    const closedNamespace = async (name: string) => `${name} does not exist`;
    const whole = combine('both', [
      of('Secret', {}),
      of('ConfigMap', { closedNamespace, undeletable: async () => 'is read only' }, 10),
    ]);
    expect(whole.capabilities).toMatchObject({ inCluster: true, maxRecordBytes: 10 });
    expect(await whole.closedNamespace?.('pay')).toBe('pay does not exist');
    expect(await whole.undeletable?.()).toBe('is read only');
    expect(await combine('one', [of('Secret', {})]).undeletable?.()).toBeUndefined();
  });
});
