/** Adoption: what a plan decides about each live object, and what the engine makes of it. */
import { describe, expect, test } from 'vitest';
import { encodePayload } from '../../src/codecs/index.ts';
import { ReleasesError } from '../../src/errors.ts';
import type { KubeMetadata } from '../../src/kube/api.ts';
import { adoptObject } from '../../src/migrate/adopt/adoptObject.ts';
import { withAdoptSteps } from '../../src/migrate/adopt/index.ts';
import { applyPlan } from '../../src/migrate/apply.ts';
import { countPlan, type Plan, planData } from '../../src/migrate/plan.ts';
import { plan2to3 } from '../../src/migrate/plan2to3.ts';
import { surveySources, surveyTarget } from '../../src/migrate/survey.ts';
import type { Placement } from '../../src/migrate/target.ts';
import type { ReleaseRecord } from '../../src/record.ts';
import { openMemory } from '../../src/storage/memory.ts';
import { rehearse } from '../../src/storage/rehearse.ts';
import type { Storage } from '../../src/storage/storage.ts';
import { type FakeApi, type FakeObject, fakeApi, object } from './adoptApi.ts';
import { type Sketch, sketchRecord, sketchRelease } from './cli-records.ts';

const [nameKey, namespaceKey] = ['meta.helm.sh/release-name', 'meta.helm.sh/release-namespace'];
const managedBy = 'app.kubernetes.io/managed-by';

/** A Helm 2 record whose manifest holds `KIND NAME` or `KIND NAMESPACE/NAME`. */
function helm2(objects: readonly string[], sketch: Sketch = {}): ReleaseRecord {
  const manifest = objects
    .map((text) => {
      const [kind = '', place = ''] = text.split(' ');
      const [name, namespace] = place.split('/').reverse();
      const at = namespace ? `, namespace: ${namespace}` : '';
      return `---\napiVersion: ${versions[kind] ?? 'v1'}\nkind: ${kind}\nmetadata: {name: ${name}${at}}\n`;
    })
    .join('');
  const wanted: Sketch = { helm: 2, ...sketch };
  const release = { ...sketchRelease(wanted), manifest };
  return { ...sketchRecord(wanted), payload: encodePayload('helm2', release) };
}

const versions: { readonly [kind: string]: string } = {
  Deployment: 'extensions/v1beta1',
  ClusterRole: 'rbac.authorization.k8s.io/v1beta1',
  Widget: 'example.com/v1',
};

function ownedBy(name: string, namespace: string, label = 'Helm'): Partial<KubeMetadata> {
  return {
    annotations: { [nameKey]: name, [namespaceKey]: namespace },
    labels: { [managedBy]: label },
  };
}

interface Scene {
  readonly api: FakeApi;
  readonly from: Storage;
  readonly to: Storage;
}

function scene(records: readonly ReleaseRecord[], objects: FakeObject[]): Scene {
  return { api: fakeApi(objects), from: openMemory({ records }), to: openMemory() };
}

async function planFor({ api, from, to }: Scene, placement: Partial<Placement> = {}) {
  const { releases } = await surveySources([from], []);
  const target = await surveyTarget(to, releases, { kind: 'Secret', ...placement }, 4);
  const options = { deleteSources: false, markSuperseded: false };
  return withAdoptSteps(plan2to3(releases, target, options), releases, target, api, 4);
}

function carryOut(plan: Plan, { api, from, to }: Scene) {
  const stores = new Map([[from.address, from]]);
  return applyPlan(plan, {
    ...{ from: stores, to, concurrency: 4 },
    adopt: (_, step) => adoptObject(api, step),
  });
}

function adopted(plan: Plan): string[] {
  return plan.releases.flatMap(({ name, steps }) =>
    steps.flatMap((step) =>
      step.do === 'adopt' ? `${name}: ${step.object.kind} ${step.object.name}` : [],
    ),
  );
}

function said(plan: Plan, of = 0): string[] {
  return (
    plan.releases[of]?.findings.map(({ severity, message }) => `${severity}: ${message}`) ?? []
  );
}

const [web, data] = [object('configmaps', 'pay', 'web'), object('secrets', 'pay', 'data')];

describe('the plan', () => {
  test('marks what lives and belongs to nobody, after the records and before the deletes', async () => {
    const one = scene([helm2(['ConfigMap web', 'Secret data'])], [web, data]);
    const plan = await planFor(one);
    expect(plan.releases[0]?.steps.map((step) => step.do)).toEqual(['create', 'adopt', 'adopt']);
    expect(countPlan(plan)).toMatchObject({ creates: 1, adopts: 2, deletes: 0 });
    expect(planData(plan)).toMatchObject({
      releases: [
        {
          steps: [
            { do: 'create' },
            {
              ...{ do: 'adopt', revision: 1, apiVersion: 'v1', kind: 'ConfigMap' },
              ...{ resource: 'configmaps', namespace: 'pay', name: 'web' },
              ...{ uid: 'uid-configmaps-pay-web', resourceVersion: '1', before: {} },
              after: { [nameKey]: 'billing', [namespaceKey]: 'pay', [managedBy]: 'Helm' },
            },
            { do: 'adopt', kind: 'Secret' },
          ],
        },
      ],
    });
  });

  test('takes the name and namespace that the release will have, and looks where its objects are', async () => {
    const one = scene([helm2(['ConfigMap web'])], [web]);
    const plan = await planFor(one, { name: 'bills', namespace: 'money' });
    const [step] = plan.releases[0]?.steps.filter((step) => step.do === 'adopt') ?? [];
    expect(step).toMatchObject({
      object: { namespace: 'pay' },
      after: { [nameKey]: 'bills', [namespaceKey]: 'money' },
    });
  });

  test('finds kinds in versions that are gone, and objects in other namespaces or in none', async () => {
    const deployment = object('deployments', 'pay', 'web', {}, 'apps/v1');
    const role = object('clusterroles', undefined, 'r', {}, 'rbac.authorization.k8s.io/v1');
    const other = object('configmaps', 'kube-system', 'dash');
    const manifest = ['Deployment web', 'ClusterRole r', 'ConfigMap kube-system/dash'];
    const plan = await planFor(scene([helm2(manifest)], [deployment, role, other]));
    expect(adopted(plan)).toEqual([
      ...['billing: Deployment web', 'billing: ClusterRole r', 'billing: ConfigMap dash'],
    ]);
    const refs = plan.releases[0]?.steps.flatMap((step) =>
      step.do === 'adopt' ? step.object : [],
    );
    expect(refs?.map(({ apiVersion }) => apiVersion)).toEqual([
      ...['apps/v1', 'rbac.authorization.k8s.io/v1', 'v1'],
    ]);
    expect(refs?.[1]).not.toHaveProperty('namespace');
  });

  test('leaves what is done, foreign, disputed, missing, leaving and unknown, and says so', async () => {
    const leaving = { deletionTimestamp: '2026-11-20T18:04:11Z' };
    const plan = await planFor(
      scene(
        [
          helm2([
            ...['ConfigMap mine', 'ConfigMap theirs', 'ConfigMap half', 'ConfigMap shared'],
            ...['ConfigMap gone', 'ConfigMap leaving', 'Widget w', 'ConfigMap ours'],
          ]),
          helm2(['ConfigMap shared'], { name: 'cart' }),
        ],
        [
          object('configmaps', 'pay', 'mine', ownedBy('billing', 'pay')),
          object('configmaps', 'pay', 'theirs', ownedBy('other', 'web')),
          object('configmaps', 'pay', 'half', { annotations: { [namespaceKey]: 'web' } }),
          object('configmaps', 'pay', 'shared'),
          object('configmaps', 'pay', 'leaving', leaving),
          object('configmaps', 'pay', 'ours', ownedBy('billing', 'pay', 'Tiller')),
        ],
      ),
    );
    expect(adopted(plan)).toEqual(['billing: ConfigMap ours']);
    const found = said(plan);
    expect(found.join('\n')).toMatch(
      /^loss: ConfigMap theirs is owned by release other in namesp/m,
    );
    expect(found.join('\n')).toMatch(
      /^loss: ConfigMap half is owned by a release in namespace web/m,
    );
    expect(found.join('\n')).toMatch(/^loss: ConfigMap shared is in the manifest of release cart/m);
    expect(found).toContain('note: ConfigMap gone is not in the cluster');
    expect(found).toContain('note: ConfigMap leaving is being deleted: not adopted');
    expect(found).toContain('note: the API server knows no kind of Widget w: not adopted');
    expect(found.join('\n')).toMatch(/of ConfigMap ours becomes Helm, .*; it is Tiller$/m);
    expect(said(plan, 1).join()).toMatch(/ConfigMap shared is in the manifest of release billing/);
    expect(plan.releases.map(({ verdict }) => verdict)).toEqual(['with losses', 'with losses']);
  });

  test('takes the objects of the deployed revision too where a newer one failed, and of no other', async () => {
    const records = [
      helm2(['ConfigMap old'], { revision: 1, status: 'superseded' }),
      helm2(['ConfigMap web', 'Secret data'], { revision: 2, status: 'deployed' }),
      helm2(['ConfigMap web', 'ConfigMap new'], { revision: 3, status: 'failed' }),
    ];
    const more = [object('configmaps', 'pay', 'old'), object('configmaps', 'pay', 'new')];
    const plan = await planFor(scene(records, [web, data, ...more]));
    const steps = plan.releases[0]?.steps.flatMap((step) =>
      step.do === 'adopt' ? `${step.revision} ${step.object.name}` : [],
    );
    expect(steps).toEqual(['3 web', '3 new', '2 data']);
  });

  test.each([
    ['uninstalled', helm2(['ConfigMap web'], { status: 'uninstalled' }), 'ready'],
    ['refused', helm2(['ConfigMap web'], { name: 'Not_Legal' }), 'refused'],
    ['waiting for a decision', helm2(['ConfigMap web'], { status: 'pending-upgrade' }), /decision/],
  ])('adopts nothing of a release that is %s', async (_, record, verdict) => {
    const plan = await planFor(scene([record], [web]));
    expect(adopted(plan)).toEqual([]);
    expect(plan.releases[0]?.verdict).toMatch(verdict);
  });

  test('leaves a release alone that Helm 3 has gone on with', async () => {
    const one = scene([helm2(['ConfigMap web'])], [web]);
    await carryOut(plan2to3Only(await planFor(one)), one);
    await one.to.create(sketchRecord({ revision: 2 }));
    const plan = await planFor(one);
    expect([adopted(plan), plan.releases[0]?.verdict]).toEqual([[], 'done']);
  });

  test('is refused where objects can not be looked at, before anything is written', async () => {
    const one = scene([helm2(['ConfigMap web'])], [web]);
    one.api.before = ({ path }) => {
      if (!path) throw new ReleasesError('FORBIDDEN', 'no permission to get configmap pay/web');
    };
    await expect(planFor(one)).rejects.toMatchObject({
      code: 'REFUSED',
      message: expect.stringContaining('no permission to get configmap pay/web'),
      hints: [expect.stringContaining('--no-adopt')],
    });
  });
});

/** What an interrupted migration leaves: records without marks. */
function plan2to3Only(plan: Plan): Plan {
  const releases = plan.releases.map((release) => ({
    ...release,
    steps: release.steps.filter((step) => step.do !== 'adopt'),
  }));
  return { ...plan, releases };
}

describe('the engine', () => {
  test('marks them, and finds nothing to do the second time', async () => {
    const one = scene([helm2(['ConfigMap web', 'Secret data'])], [web, data]);
    expect(await carryOut(await planFor(one), one)).toMatchObject([{ result: 'migrated' }]);
    const wanted = ownedBy('billing', 'pay');
    expect(one.api.objects.map(({ metadata }) => metadata)).toMatchObject([wanted, wanted]);
    one.api.calls.length = 0;
    const again = await planFor(one);
    expect(again.releases[0]).toMatchObject({ verdict: 'done' });
    expect(await carryOut(again, one)).toMatchObject([{ result: 'left alone' }]);
    expect(one.api.calls.filter(({ verb }) => verb === 'patch')).toEqual([]);
  });

  test('sends the three fields, by name, uid and version, and nothing else', async () => {
    const one = scene([helm2(['ConfigMap web'])], [web]);
    await carryOut(await planFor(one), one);
    expect(one.api.calls.find(({ verb }) => verb === 'patch')).toEqual({
      ...{ verb: 'patch', apiVersion: 'v1', resource: 'configmaps' },
      ...{ namespace: 'pay', name: 'web', contentType: 'application/apply-patch+yaml' },
      accept: expect.stringContaining('as=PartialObjectMetadata'),
      query: { fieldManager: 'kubectl-releases', force: 'true' },
      body: {
        apiVersion: 'v1',
        kind: 'ConfigMap',
        metadata: {
          ...{ name: 'web', namespace: 'pay', uid: web.metadata.uid, resourceVersion: '1' },
          labels: { [managedBy]: 'Helm' },
          annotations: { [nameKey]: 'billing', [namespaceKey]: 'pay' },
        },
      },
    });
  });

  test('goes on after it was stopped between the records and the objects', async () => {
    const one = scene([helm2(['ConfigMap web', 'Secret data'])], [web, data]);
    const plan = await planFor(one);
    let patches = 0;
    one.api.before = ({ verb }) => {
      if (verb === 'patch' && ++patches === 2) throw new ReleasesError('UNREACHABLE', 'gone');
    };
    expect(await carryOut(plan, one)).toMatchObject([{ result: 'failed' }]);
    one.api.before = () => {};
    const rest = await planFor(one);
    expect(rest.releases[0]?.verdict).toBe('ready');
    expect(rest.releases[0]?.steps.map((step) => step.do)).toEqual(['keep', 'adopt']);
    expect(await carryOut(rest, one)).toMatchObject([{ result: 'migrated' }]);
    expect((await planFor(one)).releases[0]?.verdict).toBe('done');
  });

  test('lets somebody change the object in between, as long as it stays the same and free', async () => {
    const one = scene([helm2(['ConfigMap web'])], [web]);
    const plan = await planFor(one);
    let changes = 0;
    one.api.before = ({ verb }) => {
      if (verb === 'patch' && changes++ < 3) touch(one.api, { labels: { new: 'one' } }, changes);
    };
    expect(await carryOut(plan, one)).toMatchObject([{ result: 'migrated' }]);
    expect(one.api.objects[0]?.metadata.labels).toEqual({ new: 'one', [managedBy]: 'Helm' });
  });

  test.each([
    ['is gone', (api: FakeApi) => api.objects.splice(0)],
    ['created anew', (api: FakeApi) => touch(api, { uid: 'another' })],
    ["another release's", (api: FakeApi) => touch(api, ownedBy('other', 'web'))],
  ])('refuses an object that meanwhile %s', async (words, change) => {
    const one = scene([helm2(['ConfigMap web'])], [web]);
    const plan = await planFor(one);
    change(one.api);
    const before = JSON.stringify(one.api.objects);
    const [outcome] = await carryOut(plan, one);
    expect(outcome).toMatchObject({
      result: 'failed',
      error: { code: 'CONFLICT', message: expect.stringContaining(words) },
    });
    expect(JSON.stringify(one.api.objects)).toBe(before);
  });

  test('tries again only so often', async () => {
    const one = scene([helm2(['ConfigMap web'])], [web]);
    const plan = await planFor(one);
    let version = 2;
    one.api.before = ({ verb }) => {
      if (verb === 'patch') touch(one.api, {}, version++);
    };
    expect(await carryOut(plan, one)).toMatchObject([
      { result: 'failed', error: { code: 'CONFLICT' } },
    ]);
    expect(version).toBe(10);
  });

  test('takes a lost answer for done where the object says so', async () => {
    const one = scene([helm2(['ConfigMap web'])], [web]);
    const plan = await planFor(one);
    one.api.before = ({ verb }) => {
      if (verb !== 'patch') return;
      touch(one.api, ownedBy('billing', 'pay'));
      throw new ReleasesError('API', 'it answered 500');
    };
    expect(await carryOut(plan, one)).toMatchObject([{ result: 'migrated' }]);
  });
});

function touch(api: FakeApi, change: Partial<KubeMetadata>, version = 2): void {
  const [first] = api.objects;
  if (!first) throw new Error('nothing to change');
  const metadata = { ...first.metadata, ...change, resourceVersion: `1${version}` };
  api.objects.splice(0, 1, { ...first, metadata });
}

describe('a rehearsal', () => {
  test('runs the whole plan and leaves the stores as they are', async () => {
    const records = [helm2([]), helm2([], { revision: 2 }), helm2([], { revision: 3 })];
    const [from, to] = [openMemory({ records }), openMemory()];
    const { releases } = await surveySources([from], []);
    const target = await surveyTarget(to, releases, { kind: 'Secret' }, 4);
    const options = { deleteSources: true, markSuperseded: false };
    const plan = plan2to3(releases, target, options);
    const outcomes = await applyPlan(plan, {
      from: new Map([[from.address, rehearse(from)]]),
      to: rehearse(to),
      backup: openMemory(),
      concurrency: 4,
    });
    expect(outcomes).toMatchObject([{ result: 'migrated', deleted: 3 }]);
    expect([await keys(from), await keys(to)]).toEqual([3, 0]);
  });

  test('hides what is deleted, shows what is written, and refuses as a store does', async () => {
    const [first, second] = [sketchRecord({ revision: 1 }), sketchRecord({ revision: 2 })];
    const real = openMemory({ records: [first] });
    const store = rehearse(real);
    await expect(store.create(first)).rejects.toMatchObject({ code: 'EXISTS' });
    await store.create(second);
    expect(await keys(store)).toBe(2);
    await store.delete(first);
    expect(await store.get(first)).toBeUndefined();
    await expect(store.delete(first)).rejects.toMatchObject({ code: 'NOT_FOUND' });
    expect([await keys(store), await keys(real)]).toEqual([1, 1]);
    expect(await real.get(second)).toBeUndefined();
  });

  test('sends every change to a store in the cluster, which may refuse it', async () => {
    const sent: string[] = [];
    const memory = openMemory({ records: [sketchRecord({ revision: 1 })] });
    const store = rehearse({
      ...memory,
      capabilities: { ...memory.capabilities, inCluster: true },
      create: async ({ key }) => {
        sent.push(`create ${key}`);
        if (sent.length > 1) throw new ReleasesError('FORBIDDEN', 'exceeded quota');
      },
      delete: async ({ key }) => {
        sent.push(`delete ${key}`);
      },
    });
    await store.create(sketchRecord({ revision: 2 }));
    await expect(store.create(sketchRecord({ revision: 3 }))).rejects.toThrow('exceeded quota');
    await store.delete(sketchRecord({ revision: 1 }));
    const key = 'sh.helm.release.v1.billing.v';
    expect(sent).toEqual([`create ${key}2`, `create ${key}3`, `delete ${key}1`]);
    expect(await keys(store)).toBe(1);
  });
});

async function keys(store: Storage): Promise<number> {
  let count = 0;
  for await (const page of store.list({})) count += page.length;
  return count;
}
