/** What was written is read back in few lists, and one release's failure is no other one's. */
import { expect, test } from 'vitest';
import { ReleasesError } from '../../src/errors.ts';
import { applyPlan } from '../../src/migrate/engine/apply.ts';
import { isBad, type ReleaseRecord } from '../../src/record.ts';
import { openMemory } from '../../src/storage/memory.ts';
import type { Selection, Storage } from '../../src/storage/storage.ts';
import { helm2, planFor } from './migrations.ts';

const names = Array.from({ length: 12 }, (_, i) => `app-${String(i).padStart(2, '0')}`);

/**
 * Migrates twelve releases of three revisions.
 * @param around puts something around the target once the plan is made
 */
async function migrated(around: (to: Storage) => Partial<Storage>) {
  const records = names.flatMap((name) => [1, 2, 3].map((revision) => helm2(name, revision)));
  const [from, memory] = [openMemory({ records }), openMemory()];
  const plan = await planFor(from, memory);
  const lists: Selection[] = [];
  const to: Storage = { ...memory, ...around(memory) };
  const noted: Storage = {
    ...to,
    list(selection) {
      lists.push(selection);
      return to.list(selection);
    },
  };
  const steps: string[] = [];
  const outcomes = await applyPlan(plan, {
    from: new Map([[from.address, from]]),
    to: noted,
    concurrency: 4,
    onStep: (release) => steps.push(release.name),
  });
  const failed = outcomes.flatMap((one) =>
    one.result === 'failed' ? [[one.release.name, one.error.message]] : [],
  );
  return { outcomes, failed, lists, steps };
}

test('one list for all that was written in a namespace', async () => {
  const { outcomes, lists, steps } = await migrated(() => ({}));
  expect(outcomes.every(({ result }) => result === 'migrated')).toBe(true);
  expect(lists.map(({ names: listed = [] }) => [...listed].sort())).toEqual([names]);
  expect(steps).toHaveLength(36);
});

test('a record that is not what was written fails its release alone', async () => {
  const { failed, steps } = await migrated((to) => ({
    async *list(selection) {
      for await (const page of to.list(selection))
        yield page.map((record) =>
          !isBad(record) && record.key.endsWith('app-07.v2')
            ? ({ ...record, payload: 'other' } satisfies ReleaseRecord)
            : record,
        );
    },
  }));
  const place = 'secret apps/sh.helm.release.v1.app-07.v2';
  const message = `${place} read back is not what was written: nothing of this release was deleted`;
  expect(failed).toEqual([['app-07', message]]);
  // What stands as it was written counts all the same.
  expect(steps.filter((name) => name === 'app-07')).toHaveLength(2);
  expect(steps).toHaveLength(35);
});

test('a list that fails is no failure where each release can be read by itself', async () => {
  const { outcomes, lists } = await migrated((to) => ({
    list(selection) {
      if ((selection.names?.length ?? 0) > 1) throw new ReleasesError('API', 'too much at once');
      return to.list(selection);
    },
  }));
  expect(outcomes.every(({ result }) => result === 'migrated')).toBe(true);
  expect(lists).toHaveLength(1 + names.length);
});

test('what can never be read back fails with its own reason, and nothing counts as done', async () => {
  const { failed, steps } = await migrated((to) => ({
    list(selection) {
      if (selection.names?.includes('app-03')) throw new ReleasesError('API', 'it broke');
      return to.list(selection);
    },
  }));
  expect(failed).toEqual([['app-03', 'it broke']]);
  expect(steps).not.toContain('app-03');
});

test('what a release wrote before it failed is read back and counts', async () => {
  const { failed, steps } = await migrated((to) => ({
    async create(record) {
      if (record.key.endsWith('app-05.v1')) throw new ReleasesError('API', 'no more room');
      await to.create(record);
    },
  }));
  expect(failed).toEqual([['app-05', 'no more room']]);
  expect(steps.filter((name) => name === 'app-05')).toHaveLength(2);
});
