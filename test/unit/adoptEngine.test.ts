/** Adoption carried out: what is sent, what is refused, and what an interruption leaves. */
import { expect, test } from 'vitest';
import { ReleasesError } from '../../src/errors.ts';
import type { Call, KubeMetadata } from '../../src/kube/types.ts';
import { adoptObject } from '../../src/migrate/adopt/adoptObject.ts';
import { applyPlan } from '../../src/migrate/engine/apply.ts';
import { countPlan } from '../../src/migrate/plan.ts';
import { type FakeApi, object } from './adoptApi.ts';
import {
  carryOut,
  data,
  helm2,
  managedBy,
  nameKey,
  namespaceKey,
  ownedBy,
  plan2to3Only,
  planFor,
  scene,
  web,
} from './adoptScene.ts';

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
    ...{ namespace: 'pay', name: 'web', contentType: 'application/merge-patch+json' },
    accept: expect.stringContaining('as=PartialObjectMetadata'),
    query: { fieldManager: 'helm' },
    body: {
      metadata: {
        ...{ uid: web.metadata.uid, resourceVersion: '1' },
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

test('goes on without the decision that the first run was given', async () => {
  const one = scene([helm2(['ConfigMap web'], { status: 'pending-upgrade' })], [web]);
  const first = await planFor(one, {}, { resolvePending: 'failed' });
  await carryOut(plan2to3Only(first), one);
  const rest = await planFor(one);
  expect(rest.releases[0]?.verdict).toBe('ready');
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

test('does not believe a server that takes the change and has it undone', async () => {
  const one = scene([helm2(['ConfigMap web'])], [web]);
  const plan = await planFor(one);
  const { call } = one.api;
  const undone = { ...one.api, call: async (c: Call) => (c.verb === 'patch' ? web : call(c)) };
  expect(await carryOut(plan, { ...one, api: undone })).toMatchObject([
    { result: 'failed', error: { code: 'VERIFY' } },
  ]);
});

test('begins nothing new after a failure or an interruption, and ends what it began', async () => {
  const names = Array.from({ length: 20 }, (_, i) => `web-${i}`);
  const objects = names.map((name) => object('configmaps', 'pay', name));
  const one = scene([helm2(names.map((name) => `ConfigMap ${name}`))], objects);
  const plan = await planFor(one);
  const stop = new AbortController();
  let [begun, ended] = [0, 0];
  const [outcome] = await applyPlan(plan, {
    ...{ from: new Map([[one.from.address, one.from]]), to: one.to, concurrency: 4 },
    signal: stop.signal,
    adopt: async (_, step) => {
      if (++begun === 6) stop.abort();
      await adoptObject(one.api, step);
      ended++;
    },
  });
  expect(outcome?.result).toBe('interrupted');
  expect(begun).toBeLessThan(11);
  expect(ended).toBe(begun);
  expect(countPlan(await planFor(one)).adopts).toBe(20 - ended);
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

function touch(api: FakeApi, change: Partial<KubeMetadata>, version = 2): void {
  const [first] = api.objects;
  if (!first) throw new Error('nothing to change');
  const metadata = { ...first.metadata, ...change, resourceVersion: `1${version}` };
  api.objects.splice(0, 1, { ...first, metadata });
}
