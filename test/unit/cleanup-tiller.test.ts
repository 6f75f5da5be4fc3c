/** What of a Tiller is removed, and how: plans are pure, and the API server is a function here. */
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { ReleasesError } from '../../src/errors.ts';
import type { KubeApi } from '../../src/kube/api.ts';
import type { Call, KubeObject } from '../../src/kube/types.ts';
import { applyTiller, type TillerEngine } from '../../src/migrate/cleanup/applyTiller.ts';
import { manifestOf } from '../../src/migrate/cleanup/manifest.ts';
import {
  type FoundAccount,
  type FoundTiller,
  planTiller,
  tillerData,
  tillerNeeds,
} from '../../src/migrate/cleanup/tiller.ts';

const labels = { app: 'helm', name: 'tiller' };

function object(name: string, more: Partial<KubeObject> = {}): KubeObject {
  return {
    metadata: { name, namespace: 'kube-system', uid: `uid-${name}`, resourceVersion: '7', labels },
    ...more,
  };
}

function deployment(...args: readonly string[]): KubeObject {
  const containers = [{ name: 'tiller', image: 'ghcr.io/helm/tiller:v2.16.1', args }];
  return object('tiller-deploy', {
    spec: { template: { spec: { serviceAccountName: 'tiller', containers } } },
  });
}

function found(change: Partial<FoundTiller> = {}): FoundTiller {
  return {
    ...{ namespace: 'kube-system', deployments: [deployment()] },
    services: [object('tiller-deploy')],
    ...change,
  };
}

function account(change: Partial<FoundAccount> = {}): FoundAccount {
  return {
    ...{ name: 'tiller', namespace: 'kube-system', object: object('tiller') },
    ...{ users: [], bindings: [] },
    ...change,
  };
}

function binding(...subjects: readonly object[]) {
  const roleRef = { kind: 'ClusterRole', name: 'cluster-admin' };
  const { namespace: _, ...metadata } = object('tiller-admin').metadata;
  return { kind: 'ClusterRoleBinding', object: { metadata, roleRef, subjects } } as const;
}

const itself = { kind: 'ServiceAccount', name: 'tiller', namespace: 'kube-system' };
const plain = { remaining: [], leaveUnmigrated: false };
const kinds = (plan: ReturnType<typeof planTiller>) => plan.remove.map(({ kind }) => kind);

describe('the plan', () => {
  it('ends with the Deployment, by which a rerun finds the rest', () => {
    const access = {
      secrets: [object('tiller-secret')],
      accounts: [account({ bindings: [binding(itself)] })],
    };
    const plan = planTiller(found({ access }), plain);
    expect(plan.verdict).toBe('ready');
    expect(kinds(plan)).toEqual([
      ...['Service', 'Secret', 'ClusterRoleBinding', 'ServiceAccount', 'Deployment'],
    ]);
    expect(tillerNeeds([plan])).toContainEqual({
      ...{ verb: 'delete', group: 'rbac.authorization.k8s.io', resource: 'clusterrolebindings' },
    });
    expect(JSON.stringify(tillerData(plan))).not.toContain('cluster-admin');
  });

  it('leaves what has only the name', () => {
    const other = object('tiller-deploy', {
      metadata: { name: 'tiller-deploy', namespace: 'kube-system', labels: { app: 'mine' } },
    });
    const plan = planTiller(found({ deployments: [other], services: [other] }), plain);
    expect(plan).toMatchObject({ verdict: 'done', remove: [] });
    expect(plan.leave.map(({ why }) => why)).toEqual(
      Array(2).fill("it has Tiller's name and not its labels"),
    );
  });

  it.each([
    ['the account of every namespace', account({ name: 'default' }), 'every namespace has it'],
    ['an account in use', account({ users: ['a', 'b', 'c'] }), 'pod a and 2 more runs as it too'],
  ])('leaves %s, and its bindings', (_, one, why) => {
    const bound = { ...one, bindings: [binding({ ...itself, name: one.name })] };
    const plan = planTiller(found({ access: { secrets: [], accounts: [bound] } }), plain);
    expect(kinds(plan)).toEqual(['Service', 'Deployment']);
    expect(plan.leave).toMatchObject([
      { kind: 'ClusterRoleBinding', why: 'its account stays' },
      { kind: 'ServiceAccount', why: expect.stringContaining(why) },
    ]);
  });

  it('leaves a binding of others too, and takes one that an account left behind', () => {
    const group = { kind: 'Group', name: 'ops' };
    const bindings = [binding(itself, group, group), binding(itself)];
    const { object: _, ...gone } = account({ bindings });
    const plan = planTiller(found({ access: { secrets: [], accounts: [gone] } }), plain);
    expect(kinds(plan)).toEqual(['Service', 'ClusterRoleBinding', 'Deployment']);
    expect(plan.leave).toMatchObject([{ why: 'it binds 2 others too' }]);
  });

  it('is refused while something in its storage is not in Helm 3', () => {
    const names = ['a', 'b', 'c', 'd', 'e', 'f', 'g'];
    const plan = planTiller(found(), { ...plain, remaining: names });
    expect(plan.verdict).toBe('refused');
    expect(plan.findings[0]?.message).toBe(
      "its storage holds what isn't in Helm 3: a, b, c, d, e and 2 more",
    );
    const said = planTiller(found(), { remaining: names, leaveUnmigrated: true });
    expect(said.verdict).toBe('with losses');
  });

  it.each([
    [['--storage=sql', '--sql-dialect=postgres'], 'sql'],
    [['--storage', 'memory'], 'memory'],
    [['-storage=sql'], 'sql'],
  ])('is refused where its releases are out of reach: %j', (args, driver) => {
    const plan = planTiller(found({ deployments: [deployment(...args)] }), plain);
    expect(plan.verdict).toBe('refused');
    expect(plan.findings[0]?.message).toContain(`keeps its releases in ${driver}`);
  });

  describe('of one whose records lie', () => {
    const image = 'ghcr.io/helm/tiller:v2.17.0';
    const own = { name: 'TILLER_NAMESPACE', value: 'kube-system' };
    const other = { name: 'TILLER_NAMESPACE', value: 'apps' };
    const ref = (fieldPath: string) => ({ valueFrom: { fieldRef: { fieldPath } } });
    const plans = (container: object, pod: object = {}, more: object = {}) => {
      const containers = [{ name: 'tiller', image, ...container }];
      const spec = { template: { spec: { containers, ...pod } } };
      return planTiller(found({ deployments: [object('tiller-deploy', { spec })] }), {
        ...plain,
        ...more,
      });
    };

    it.each<[string, object, object?]>([
      ['as helm init writes it', { env: [own, { name: 'TILLER_HISTORY_MAX', value: '0' }] }],
      ['without a variable', {}],
      ['with an empty one', { env: [{ name: 'TILLER_NAMESPACE', value: '' }] }],
      [
        'with its own namespace',
        { env: [{ name: 'TILLER_NAMESPACE', ...ref('metadata.namespace') }] },
      ],
      [
        'with one that is filled in',
        {
          env: [
            { name: 'NS', ...ref('metadata.namespace') },
            { name: 'TILLER_NAMESPACE', value: '$(NS)' },
          ],
        },
      ],
      ['with one that comes twice', { env: [other, own] }],
      ['with its own variable before others', { env: [own], envFrom: [{ configMapRef: {} }] }],
      ['with variables of other names', { envFrom: [{ prefix: 'APP_', secretRef: {} }] }],
      ['in Secrets', { command: ['/tiller', '--storage=secret'] }],
      ['in ConfigMaps', { args: ['--listen=localhost:44134', '--storage', 'configmap'] }],
      ['behind a plain shell', { command: ['/bin/sh', '-c', 'exec /tiller --storage=secret'] }],
      ['behind a plain shell', { command: ['sh', '-c'], args: ['/tiller --listen=:44134'] }],
      ['where the last flag says', { args: ['--storage=sql', '--storage=secret'] }],
      ['as a variable says', { env: [{ name: 'S', value: 'secret' }], args: ['--storage=$(S)'] }],
    ])('where everything was looked at, %s: goes', (_, container, pod) => {
      expect(plans(container, pod)).toMatchObject({ verdict: 'ready', findings: [] });
    });

    it.each<[object, RegExp, object?]>([
      [{ env: [other] }, /serves namespace apps, .* -t kube-system -t apps/],
      [{ env: [own, other] }, /serves namespace apps/],
      [{}, /serves namespace kube-system/, { namespace: 'infra' }],
      [{ env: [{ name: 'TILLER_NAMESPACE', ...ref('metadata.labels') }] }, /comes from elsewhere/],
      [
        {
          env: [
            { name: 'TILLER_NAMESPACE', valueFrom: { configMapKeyRef: { name: 'a', key: 'b' } } },
          ],
        },
        /comes from elsewhere/,
      ],
      [{ env: [{ name: 'TILLER_NAMESPACE', value: '$(WHERE)' }] }, /comes from elsewhere/],
      [{ envFrom: [{ configMapRef: { name: 'a' } }] }, /envFrom/],
      [{ envFrom: [{ prefix: 'TILLER_', secretRef: { name: 'a' } }] }, /envFrom/],
      [{ command: ['sh', '-c', 'exec /tiller --storage=sql'] }, /in sql/],
      [
        { command: ['sh', '-c', 'exec /tiller --storage=sql --sql-connection-string="$DB"'] },
        /in sql/,
      ],
      [{ command: ['/bin/sh', '-ec', '. /env; exec /tiller --storage "memory"'] }, /in memory/],
      [{ command: ['tini', '--', '/tiller', '--storage', 'sql'] }, /in sql/],
      [{ command: ['/bin/sh', '-c', 'exec /tiller --storage=$STORAGE'] }, /something else/],
      [{ command: ['/bin/sh', '-c', '. /etc/env && exec /tiller'] }, /something else/],
      [{ command: ['tini', '--', '/tiller'] }, /something else/],
      [{ image: 'example.org/ours:1' }, /something else/],
      [{ args: ['--storage=etcd'] }, /in etcd/],
      [{ args: ['--storage=sql', '--storage=memory'] }, /in memory/],
      [
        { args: ['--storage=$(S)'], env: [{ name: 'S', valueFrom: { secretKeyRef: {} } }] },
        /filled in from elsewhere/,
      ],
      [{ args: ['--storage=$(S)'], env: [{ name: 'S', value: 'sql' }] }, /in sql/],
    ])('elsewhere, or nobody knows where, is refused: %j', (container, message, where = {}) => {
      const namespace = { namespace: 'kube-system', ...where }.namespace;
      const inIt = { ...object('tiller-deploy').metadata, namespace };
      const containers = [{ name: 'tiller', image, ...container }];
      const pod = {
        containers,
        ...('namespace' in where && { automountServiceAccountToken: false }),
      };
      const deployments = [{ metadata: inIt, spec: { template: { spec: pod } } }];
      const plan = planTiller(found({ namespace, deployments }), plain);
      expect(plan.verdict).toBe('refused');
      expect(plan.findings[0]?.message).toMatch(message);
      expect(plan.findings[0]?.fix).toMatch(
        /^kubectl get deployment tiller-deploy -n \S+ -o yaml {2}shows it; --leave-unmigrated/,
      );
    });

    it('in a namespace that was looked into as well goes when nothing is left there', () => {
      const lookedAt = (left: readonly string[]) => ({
        lookedAt: (namespace: string) => (namespace === 'apps' ? left : undefined),
      });
      expect(plans({ env: [other] }, {}, lookedAt([])).verdict).toBe('ready');
      const plan = plans({ env: [other] }, {}, lookedAt(['billing']));
      expect(plan.verdict).toBe('refused');
      expect(plan.findings[0]?.message).toContain("apps, which holds what isn't in Helm 3");
    });

    it('nobody knows where goes when somebody says so, as a loss', () => {
      const plan = plans({ image: 'x', env: [other] }, {}, { leaveUnmigrated: true });
      expect(plan).toMatchObject({ verdict: 'with losses', findings: [{ severity: 'loss' }] });
    });

    it('in one of several containers is asked of that one', () => {
      const sidecar = {
        name: 'metrics',
        image: 'metrics:1',
        args: ['--storage=sql'],
        env: [other],
      };
      const containers = [sidecar, { name: 'tiller', image }];
      expect(plans({}, { containers }).verdict).toBe('ready');
      const unnamed = [
        { name: 'a', image: 'x' },
        { name: 'b', image: 'y' },
      ];
      expect(plans({}, { containers: unnamed }).verdict).toBe('refused');
    });
  });

  it('has nothing to do where no Tiller is, whatever is left in its storage', () => {
    const none = { deployments: [], services: [] };
    const plan = planTiller(found(none), { ...plain, remaining: ['a'] });
    expect(plan).toMatchObject({ verdict: 'done', findings: [], remove: [] });
  });
});

describe('the manifest in the backup', () => {
  it('is what a person would have written', () => {
    const service = object('tiller-deploy', {
      metadata: {
        ...{ name: 'tiller-deploy', namespace: 'kube-system', labels, uid: 'u' },
        ...{ resourceVersion: '7', creationTimestamp: '2019-05-02T09:11:40Z', managedFields: [] },
        annotations: { 'kubectl.kubernetes.io/last-applied-configuration': '{}', team: 'ops' },
      },
      spec: { clusterIP: '10.0.0.1', clusterIPs: ['10.0.0.1'], type: 'ClusterIP' },
      status: { loadBalancer: {} },
    });
    expect(manifestOf('Service', service)).toEqual({
      ...{ apiVersion: 'v1', kind: 'Service', spec: { type: 'ClusterIP' } },
      metadata: {
        ...{ name: 'tiller-deploy', namespace: 'kube-system', labels },
        annotations: { team: 'ops' },
      },
    });
    const headless = { ...service, spec: { clusterIP: 'None' } };
    expect(manifestOf('Service', headless)).toMatchObject({ spec: { clusterIP: 'None' } });
  });
});

describe('the removal', () => {
  let dir: string;
  beforeEach(() => {
    dir = mkdtempSync(join(tmpdir(), 'cleanup-tiller-'));
  });
  afterEach(() => {
    rmSync(dir, { recursive: true });
  });

  /** An API server that holds what the plan removes. */
  function server(refuse: (call: Call) => ReleasesError | undefined = () => undefined) {
    const calls: Call[] = [];
    const gone = new Set<string>();
    const api: KubeApi = {
      server: 'https://127.0.0.1:1',
      stream: () => Promise.reject(new Error('nothing is watched here')),
      close: () => {},
      async call(call) {
        calls.push(call);
        const error = refuse(call);
        if (error) throw error;
        const id = `${call.resource}/${call.name}`;
        if (gone.has(id)) throw new ReleasesError('NOT_FOUND', id);
        if (call.verb === 'delete') gone.add(id);
        return object(call.name ?? '');
      },
    };
    return { api, calls };
  }

  const engine = (api: KubeApi, more: Partial<TillerEngine> = {}): TillerEngine => ({
    ...{ api, storage: [], known: [], backup: join(dir, 'tiller'), patience: 100 },
    ...more,
  });

  it('backs up, then deletes with what was read, then looks', async () => {
    const plan = planTiller(found(), plain);
    const { api, calls } = server((call) => {
      expect(existsSync(join(dir, 'tiller/kube-system/deployment-tiller-deploy.yaml'))).toBe(true);
      return call.verb === 'list' ? new ReleasesError('API', 'no') : undefined;
    });
    expect(await applyTiller(plan, engine(api))).toMatchObject({ result: 'removed' });
    expect(calls.map(({ verb, resource }) => `${verb} ${resource}`)).toEqual([
      ...['delete services', 'get services', 'delete deployments', 'get deployments'],
    ]);
    expect(calls[2]?.body).toMatchObject({
      propagationPolicy: 'Background',
      preconditions: { uid: 'uid-tiller-deploy', resourceVersion: '7' },
    });
    const text = readFileSync(join(dir, 'tiller/kube-system/service-tiller-deploy.yaml'), 'utf8');
    expect(parse(text)).toMatchObject({ apiVersion: 'v1', kind: 'Service' });
  });

  it('stops at the first failure, and says what had gone', async () => {
    const { api } = server(({ resource, verb }) =>
      resource === 'deployments' && verb === 'delete'
        ? new ReleasesError('CONFLICT', 'somebody changed it')
        : undefined,
    );
    const outcome = await applyTiller(planTiller(found(), plain), engine(api));
    expect(outcome).toMatchObject({ result: 'failed', error: { code: 'CONFLICT' } });
    expect(outcome.removed.map(({ kind }) => kind)).toEqual(['Service']);
  });

  it('is not done while the object is still there', async () => {
    const { api } = server();
    const stuck: KubeApi = { ...api, call: async (call) => object(call.name ?? '') };
    const outcome = await applyTiller(planTiller(found(), plain), engine(stuck));
    expect(outcome).toMatchObject({ result: 'failed', removed: [], error: { code: 'VERIFY' } });
    expect(outcome.error?.why).toEqual(['perhaps a finalizer holds it']);
  });

  it('deletes nothing without a backup', async () => {
    const { api, calls } = server();
    const plan = planTiller(found(), plain);
    await applyTiller(plan, engine(api));
    const other = planTiller(
      found({ services: [object('tiller-deploy', { spec: { a: 1 } })] }),
      plain,
    );
    const second = server();
    const outcome = await applyTiller(other, engine(second.api));
    expect(outcome).toMatchObject({ result: 'failed', error: { code: 'EXISTS' } });
    expect(second.calls).toEqual([]);
    expect(calls.length).toBe(4);
    const blocked = await applyTiller(plan, engine(second.api, { backup: '/dev/null/backup' }));
    expect(blocked).toMatchObject({ result: 'failed', error: { code: 'FILE' } });
    expect(second.calls).toEqual([]);
  });

  it('stops between two objects', async () => {
    const stop = new AbortController();
    const { api } = server();
    const outcome = await applyTiller(
      planTiller(found(), plain),
      engine(api, { signal: stop.signal, onStep: () => stop.abort() }),
    );
    expect(outcome).toMatchObject({ result: 'interrupted' });
    expect(outcome.removed).toHaveLength(1);
  });
});
