/** What a plan decides about each live object. */
import { expect, test } from 'vitest';
import { encodePayload, openRecord } from '../../src/codecs/index.ts';
import { ReleasesError } from '../../src/errors.ts';
import { countPlan, planData } from '../../src/migrate/plan.ts';
import { printPlan } from '../../src/output/plans/plan.ts';
import { isBad } from '../../src/record.ts';
import { object } from './adoptApi.ts';
import {
  adopted,
  carryOut,
  data,
  helm2,
  managedBy,
  nameKey,
  namespaceKey,
  ownedBy,
  plan2to3Only,
  planFor,
  said,
  scene,
  web,
} from './adoptScene.ts';
import { captureIO } from './cli-io.ts';
import { sketchRecord } from './cli-records.ts';
import { all } from './migrations.ts';

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
  const refs = plan.releases[0]?.steps.flatMap((step) => (step.do === 'adopt' ? step.object : []));
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
  expect(found.join('\n')).toMatch(/^loss: ConfigMap theirs is owned by release other in namesp/m);
  expect(found.join('\n')).toMatch(/^loss: ConfigMap half is owned by a release in namespace web/m);
  expect(found.join('\n')).toMatch(/^loss: ConfigMap shared is in the manifest of release cart/m);
  expect(found).toContain('note: ConfigMap gone is not in the cluster');
  expect(found).toContain('note: ConfigMap leaving is being deleted: not adopted');
  expect(found).toContain('note: the API server knows no kind of Widget w: not adopted');
  expect(found.join('\n')).toMatch(/of ConfigMap ours becomes Helm, .*; it is Tiller$/m);
  expect(said(plan, 1).join()).toMatch(/ConfigMap shared is in the manifest of release billing/);
  expect(plan.releases.map(({ verdict }) => verdict)).toEqual(['with losses', 'with losses']);
});

test('says of a release that nothing of it is in the cluster, before its records come back', async () => {
  const one = scene([helm2(['ConfigMap web', 'Secret data', 'Widget w'])], [web, data]);
  await carryOut(await planFor(one), one);
  const gone = { ...one, api: scene([], []).api };
  const done = await planFor(gone);
  expect([done.releases[0]?.verdict, said(done)]).toEqual([
    'done',
    expect.arrayContaining(['note: ConfigMap web and Secret data are not in the cluster']),
  ]);
  // What `helm uninstall` does.
  for (const record of await all(one.to)) await one.to.delete(record);
  const plan = await planFor(gone);
  expect(plan.releases[0]?.verdict).toBe('with losses');
  expect(plan.releases[0]?.findings[0]).toEqual({
    severity: 'loss',
    message:
      'none of its 2 objects is in the cluster: was it uninstalled? Its records alone would move',
    revisions: [1],
    fix: '--exclude billing leaves it out',
  });
  const io = captureIO();
  printPlan(plan, 'secret', io);
  expect(io.out()).toMatch(
    /^billing +pay +1 +with losses +none of its 2 objects is in the cluster/m,
  );
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

test('leaves a release alone that Helm 3 has uninstalled, with its history kept', async () => {
  const one = scene([helm2(['ConfigMap web'])], [web]);
  await carryOut(plan2to3Only(await planFor(one)), one);
  const ref = { kind: 'Secret', namespace: 'pay', key: 'sh.helm.release.v1.billing.v1' } as const;
  const record = await one.to.get(ref);
  const opened = record && openRecord(record);
  if (!opened || isBad(opened) || !opened.release.info) throw new Error('not migrated');
  const { release } = opened;
  const info = { ...opened.release.info, status: 'uninstalled', description: 'Uninstalled' };
  await one.to.delete({ ...ref, labels: {} });
  const payload = encodePayload('helm3', { ...release, info });
  // Helm's driver makes the labels anew when it rewrites a record.
  const { createdAt: _, ...labels } = opened.record.labels;
  const rewritten = { ...labels, status: 'uninstalled', modifiedAt: '1800000000' };
  await one.to.create({ ...opened.record, payload, labels: rewritten });
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
