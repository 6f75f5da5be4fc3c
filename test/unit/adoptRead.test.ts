/** From a kind in a manifest to the metadata of what lives, in few requests. */
import { expect, it } from 'vitest';
import { ReleasesError } from '../../src/errors.ts';
import { dryRunApi } from '../../src/kube/dryRun.ts';
import { openDiscovery } from '../../src/objects/discovery.ts';
import { type ObjectName, objectId, readMetadata } from '../../src/objects/read.ts';
import { fakeApi, object } from './adoptApi.ts';

it.each([
  ['at once', true],
  ['group by group', false],
])('finds a kind where the server tells %s', async (_, aggregated) => {
  const api = fakeApi([], aggregated);
  const { find } = openDiscovery(api);
  expect(api.calls).toHaveLength(0);
  const deployment = { kind: 'Deployment', resource: 'deployments', namespaced: true };
  expect(await find('apps/v1', 'Deployment')).toEqual({ apiVersion: 'apps/v1', ...deployment });
  expect(await find('apps/v1beta1', 'Deployment')).toMatchObject({ apiVersion: 'apps/v1' });
  expect(await find('apps/v7', 'Deployment')).toMatchObject({ apiVersion: 'apps/v1' });
  expect(await find('v1', 'Namespace')).toMatchObject({ namespaced: false });
  expect(await find('v1', 'Deployment')).toBeUndefined();
  expect(await find('extensions/v1beta1', 'Deployment')).toBeUndefined();
  expect(await find('rbac.authorization.k8s.io/v1beta1', 'ClusterRole')).toMatchObject({
    ...{ resource: 'clusterroles', namespaced: false },
  });
  // Each document once, and those of groups that nobody asked about not at all.
  expect(api.calls).toHaveLength(aggregated ? 2 : 6);
});

it('lives with a group whose server is away, and not with a server that is', async () => {
  const api = fakeApi([], false);
  const { find } = openDiscovery(api);
  api.before = ({ path }) => {
    if (path?.[1] === 'apps') throw new ReleasesError('API', 'it answered 503');
  };
  expect(await find('apps/v1', 'Deployment')).toBeUndefined();
  expect(await find('batch/v1', 'CronJob')).toBeDefined();
  const dead = fakeApi([]);
  dead.before = () => {
    throw new ReleasesError('UNREACHABLE', "can't reach");
  };
  await expect(openDiscovery(dead).find('v1', 'Secret')).rejects.toMatchObject({
    code: 'UNREACHABLE',
  });
});

const kinds = {
  configmaps: { apiVersion: 'v1', kind: 'ConfigMap', resource: 'configmaps', namespaced: true },
  clusterroles: {
    ...{ apiVersion: 'rbac.authorization.k8s.io/v1', kind: 'ClusterRole' },
    ...{ resource: 'clusterroles', namespaced: false },
  },
} as const;

function configMap(namespace: string, name: string): ObjectName {
  return { ...kinds.configmaps, namespace, name };
}

function verbsOf(api: ReturnType<typeof fakeApi>): string[] {
  return api.calls.map(({ verb, namespace }) => `${verb} ${namespace ?? '*'}`).sort();
}

it('gets a few objects one by one, and lists where there are more', async () => {
  const api = fakeApi(['a', 'b', 'c', 'd'].map((name) => object('configmaps', 'one', name)));
  const two = ['a', 'missing'].map((name) => configMap('one', name));
  expect([...(await readMetadata(api, two, 4)).keys()]).toEqual(['/configmaps/one/a']);
  expect(verbsOf(api)).toEqual(['get one', 'get one']);
  api.calls.length = 0;
  const four = ['a', 'b', 'c', 'missing'].map((name) => configMap('one', name));
  expect((await readMetadata(api, four, 4)).size).toBe(3);
  // The page was worth it, but another one would cost more than the get.
  expect(verbsOf(api)).toEqual(['get one', 'list one']);
  for (const { accept } of api.calls) expect(accept).toMatch(/as=PartialObjectMetadata/);
});

it('lists a resource of many namespaces once', async () => {
  const spaces = Array.from({ length: 50 }, (_, i) => `ns-${i}`);
  const api = fakeApi(spaces.map((namespace) => object('configmaps', namespace, 'web')));
  const wanted = spaces.map((namespace) => configMap(namespace, 'web'));
  expect((await readMetadata(api, wanted, 4)).size).toBe(50);
  expect(verbsOf(api)).toEqual(['list *']);
});

it('goes from a forbidden list of everything to narrower ones, and to gets', async () => {
  const spaces = ['a', 'b', 'c', 'd'];
  const names = ['x', 'y', 'z'];
  const api = fakeApi(
    spaces.flatMap((space) => names.map((name) => object('configmaps', space, name))),
  );
  api.before = ({ verb, namespace }) => {
    if (verb === 'list' && namespace !== 'a') throw new ReleasesError('FORBIDDEN', 'no');
  };
  const wanted = spaces.flatMap((space) => names.map((name) => configMap(space, name)));
  expect((await readMetadata(api, wanted, 4)).size).toBe(12);
  const counts = verbsOf(api);
  expect(counts.filter((verb) => verb.startsWith('list'))).toEqual([
    ...['list *', 'list a', 'list b', 'list c', 'list d'],
  ]);
  expect(counts.filter((verb) => verb.startsWith('get'))).toHaveLength(9);
  api.before = () => {
    throw new ReleasesError('FORBIDDEN', 'no');
  };
  await expect(readMetadata(api, wanted, 4)).rejects.toMatchObject({ code: 'FORBIDDEN' });
});

it('knows objects without a namespace, and one object by all its versions', async () => {
  const { apiVersion } = kinds.clusterroles;
  const api = fakeApi([object('clusterroles', undefined, 'reader', {}, apiVersion)]);
  const role = { ...kinds.clusterroles, name: 'reader' };
  const found = await readMetadata(api, [role], 4);
  const later = { ...role, apiVersion: 'rbac.authorization.k8s.io/v2' };
  expect(found.get(objectId(later))?.name).toBe('reader');
});

it('marks changes as dry runs, and nothing else', async () => {
  const api = fakeApi([object('configmaps', 'one', 'a')]);
  const tried = dryRunApi(api);
  const at = { apiVersion: 'v1', resource: 'configmaps', namespace: 'one', name: 'a' };
  for (const verb of ['get', 'list', 'delete', 'create', 'update'] as const)
    await tried.call({ verb, ...at, query: { limit: '5' } });
  expect(api.calls.map(({ query }) => query?.['dryRun'])).toEqual([
    ...[undefined, undefined, 'All', 'All', 'All'],
  ]);
  expect(api.calls.every(({ query }) => query?.['limit'] === '5')).toBe(true);
  const review = { verb: 'create', ...at, keepsNothing: true } as const;
  await tried.call(review);
  expect(api.calls.at(-1)).toEqual(review);
});

it('says it in the body of a delete too, which is all that a server looks at', async () => {
  const api = fakeApi([object('configmaps', 'one', 'a')]);
  const at = { apiVersion: 'v1', resource: 'configmaps', namespace: 'one', name: 'a' };
  const preconditions = { uid: 'x' };
  for (const body of [undefined, { kind: 'DeleteOptions', apiVersion: 'v1', preconditions }])
    await dryRunApi(api).call({ verb: 'delete', ...at, body });
  expect(api.calls.map(({ body }) => body)).toEqual([
    { apiVersion: 'v1', kind: 'DeleteOptions', dryRun: ['All'] },
    { apiVersion: 'v1', kind: 'DeleteOptions', preconditions, dryRun: ['All'] },
  ]);
});
