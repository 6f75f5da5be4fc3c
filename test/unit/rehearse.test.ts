/** A store that only seems to change, alone and under a whole migration. */
import { expect, test } from 'vitest';
import { ReleasesError } from '../../src/errors.ts';
import { applyPlan } from '../../src/migrate/engine/apply.ts';
import { plan2to3 } from '../../src/migrate/helm2to3/plan.ts';
import { surveySources, surveyTarget } from '../../src/migrate/helm2to3/survey.ts';
import { openMemory } from '../../src/storage/memory.ts';
import type { Storage } from '../../src/storage/storage.ts';
import { rehearse } from '../../src/storage/wrappers/rehearse.ts';
import { helm2 } from './adoptScene.ts';
import { sketchRecord } from './cli-records.ts';

test('runs the whole plan and leaves the stores as they are', async () => {
  const records = [helm2([]), helm2([], { revision: 2 }), helm2([], { revision: 3 })];
  const [from, to] = [openMemory({ records }), openMemory()];
  const { releases } = await surveySources([from], []);
  const target = await surveyTarget(to, releases, { kind: 'Secret' }, 4);
  const options = { deleteSources: true, markSuperseded: false };
  const plan = await plan2to3(releases, target, options);
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

async function keys(store: Storage): Promise<number> {
  let count = 0;
  for await (const page of store.list({})) count += page.length;
  return count;
}
