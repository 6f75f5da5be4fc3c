/** READY of `tree` is kubectl's, and it is asked for in the same requests as everything else. */
import { expect, it } from 'vitest';
import { ReleasesError } from '../../src/errors.ts';
import type { KubeObject } from '../../src/kube/types.ts';
import { seeObjects } from '../../src/objects/live.ts';
import { readManifest } from '../../src/objects/manifest.ts';
import { readyText, tellsReady } from '../../src/objects/ready.ts';
import { fakeApi, object } from './adoptApi.ts';

const of = (apiVersion: string, resource: string, more: object) =>
  readyText({ apiVersion, resource }, { metadata: { name: 'x' }, ...more } as KubeObject);

// What printDeployment, printStatefulSet, printDaemonSet, printJob, printPod and
// printPersistentVolumeClaim (pkg/printers/internalversion/printers.go) print of such objects.
it.each([
  ['apps/v1', 'deployments', { spec: { replicas: 3 }, status: { readyReplicas: 2 } }, '2/3'],
  ['apps/v1', 'deployments', { spec: { replicas: 3 }, status: {} }, '0/3'],
  ['apps/v1', 'deployments', { spec: { replicas: 0 } }, '0/0'],
  ['apps/v1', 'statefulsets', { spec: { replicas: 1 }, status: { readyReplicas: 1 } }, '1/1'],
  ['apps/v1', 'replicasets', { spec: { replicas: 2 }, status: { readyReplicas: 1 } }, '1/2'],
  ['v1', 'replicationcontrollers', { spec: { replicas: 2 }, status: {} }, '0/2'],
  [
    'apps/v1',
    'daemonsets',
    { status: { numberReady: 4, desiredNumberScheduled: 5, currentNumberScheduled: 9 } },
    '4/5',
  ],
  [
    'batch/v1',
    'jobs',
    { spec: { completions: 3, parallelism: 2 }, status: { succeeded: 1 } },
    '1/3',
  ],
  ['batch/v1', 'jobs', { spec: { parallelism: 2 }, status: { succeeded: 1 } }, '1/1 of 2'],
  ['batch/v1', 'jobs', { spec: { parallelism: 1 }, status: {} }, '0/1'],
  ['v1', 'persistentvolumeclaims', { status: { phase: 'Bound' } }, 'Bound'],
  ['v1', 'persistentvolumeclaims', { status: { phase: 'Pending' } }, 'Pending'],
  ['v1', 'persistentvolumeclaims', {}, undefined],
  [
    'v1',
    'pods',
    {
      spec: {
        containers: [{ name: 'a' }, { name: 'b' }],
        initContainers: [{ name: 'wait' }, { name: 'sidecar', restartPolicy: 'Always' }],
      },
      status: {
        containerStatuses: [
          { name: 'a', ready: true },
          { name: 'b', ready: false },
        ],
        initContainerStatuses: [
          { name: 'wait', ready: true },
          { name: 'sidecar', ready: true },
        ],
      },
    },
    '2/3',
  ],
  ['v1', 'services', { status: {} }, undefined],
  ['example.com/v1', 'deployments', { spec: { replicas: 3 } }, undefined],
  ['apps/v1', 'deployments', { spec: 'odd', status: null }, '0/1'],
])('%s %s %j: %s', (apiVersion, resource, more, text) => {
  expect(of(apiVersion, resource, more)).toBe(text);
});

it('nothing else is read whole, a Secret least of all', () => {
  for (const [apiVersion, resource] of [
    ['v1', 'secrets'],
    ['v1', 'configmaps'],
    ['batch/v1', 'cronjobs'],
  ] as const)
    expect(tellsReady({ apiVersion, resource })).toBe(false);
});

const manifest = (...objects: readonly (readonly [string, string, string])[]) =>
  readManifest(
    objects
      .map(
        ([apiVersion, kind, name]) =>
          `---\n${JSON.stringify({ apiVersion, kind, metadata: { name } })}\n`,
      )
      .join(''),
  ).objects;

it('asks for metadata alone but for what is more or less ready', async () => {
  const deployment = {
    ...object('deployments', 'one', 'web', {}, 'apps/v1'),
    ...{ spec: { replicas: 2 }, status: { readyReplicas: 1 } },
  };
  const api = fakeApi([object('secrets', 'one', 's'), deployment]);
  const objects = manifest(['v1', 'Secret', 's'], ['apps/v1', 'Deployment', 'web']);
  const seen = await seeObjects([{ objects, own: 'one' }], api);
  expect(objects.map((one) => seen.get(one))).toEqual([
    expect.objectContaining({ live: 'live' }),
    expect.objectContaining({ live: 'live', ready: '1/2' }),
  ]);
  const asked = api.calls.filter(({ path }) => !path);
  expect(asked.map(({ resource, accept = '' }) => [resource, accept.includes('Partial')])).toEqual(
    expect.arrayContaining([
      ['secrets', true],
      ['deployments', false],
    ]),
  );
  expect(asked).toHaveLength(2);
});

it('looks at all releases together, and where one namespace is forbidden at the others', async () => {
  const names = ['one', 'two', 'three', 'four', 'five'];
  const api = fakeApi(names.map((namespace) => object('configmaps', namespace, 'a')));
  const releases = names.map((own) => ({ objects: manifest(['v1', 'ConfigMap', 'a']), own }));
  const whole = await seeObjects(releases, api);
  expect([...whole.values()].map(({ live }) => live)).toEqual(names.map(() => 'live'));
  // One list of all namespaces does.
  expect(api.calls.filter(({ path }) => !path)).toHaveLength(1);
  api.before = ({ path, namespace }) => {
    if (!path && (namespace === undefined || namespace === 'two'))
      throw new ReleasesError('FORBIDDEN', 'no');
  };
  const partly = await seeObjects(releases, api);
  expect(releases.map(({ objects: [first] }) => first && partly.get(first)?.live)).toEqual([
    ...['live', 'unknown', 'live', 'live', 'live'],
  ]);
});
