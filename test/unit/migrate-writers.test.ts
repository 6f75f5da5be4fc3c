/** Somebody else writes while the engine works, on stores in memory: a Tiller, Helm, another run. */
import { describe, expect, test } from 'vitest';
import { applyPlan } from '../../src/migrate/engine/apply.ts';
import { countPlan } from '../../src/migrate/plan.ts';
import type { RecordMeta, ReleaseRecord } from '../../src/record.ts';
import { openMemory } from '../../src/storage/memory.ts';
import type { Storage } from '../../src/storage/storage.ts';
import {
  all,
  everything,
  helm2,
  keysOf,
  migrate,
  move,
  planFor,
  revisionsOf,
  tiller,
  withStatus,
} from './migrations.ts';

/** Runs `work` once, just before a delete of this key reaches the store. */
function beforeDelete(store: Storage, key: string, work: () => Promise<unknown>): Storage {
  let left = 1;
  return {
    ...store,
    async delete(record) {
      if (record.key === key && left-- > 0) await work();
      await store.delete(record);
    },
  };
}

describe('somebody else works on a release', () => {
  test('a revision added after the plan stops its release and no other', async () => {
    const [from, to] = [openMemory({ records: tiller() }), openMemory()];
    const plan = await planFor(from, to, move);
    await from.create(helm2('web', 4, withStatus('deployed')));
    const outcomes = await applyPlan(plan, {
      ...{ from: new Map([[from.address, from]]), to, backup: openMemory(), concurrency: 4 },
    });
    expect(outcomes.map(({ release, result }) => `${release.name} ${result}`)).toEqual([
      'api migrated',
      'web failed',
    ]);
    expect(await revisionsOf(from)).toEqual(['web 1', 'web 2', 'web 3', 'web 4']);
  });

  test('a revision added while records are written keeps the sources', async () => {
    const [from, memory] = [openMemory({ records: tiller() }), openMemory()];
    const to: Storage = {
      ...memory,
      async create(record) {
        if (record.key.endsWith('web.v1')) await from.create(helm2('web', 4));
        await memory.create(record);
      },
    };
    const outcomes = await migrate(from, to, move);
    const web = outcomes.find(({ release }) => release.name === 'web');
    expect(web?.result === 'failed' && web.error.code).toBe('CONFLICT');
    expect(await revisionsOf(from)).toEqual(['web 1', 'web 2', 'web 3', 'web 4']);
    await migrate(from, memory, move);
    expect(await revisionsOf(memory)).toEqual([...everything, 'web 4'].sort());
    expect(await keysOf(from)).toEqual([]);
  });
});

describe('a Tiller upgrades while its sources are deleted', () => {
  const first = '2020-01-02T03:04:05Z';
  const revision = (n: number, status: string) =>
    helm2('web', n, {
      info: {
        ...{ description: '', status, notes: '', firstDeployed: first },
        lastDeployed: `2020-01-0${n + 1}T03:04:05Z`,
      },
    });
  const three = () => [
    revision(1, 'superseded'),
    revision(2, 'superseded'),
    revision(3, 'deployed'),
  ];

  test('before the newest goes: it stays, and the next run takes the new one with it', async () => {
    const [memory, to] = [openMemory({ records: three() }), openMemory()];
    const add = () => memory.create(revision(4, 'deployed'));
    const [outcome] = await migrate(beforeDelete(memory, 'web.v2', add), to, move);
    if (outcome?.result !== 'failed') throw new Error('it was to fail');
    expect(outcome.error.message).toContain('web.v4 is new');
    expect(outcome.error.why[0]).toContain('the newest source stays');
    expect(await keysOf(memory)).toEqual(['web.v3', 'web.v4']);
    expect((await migrate(memory, to, move)).map(({ result }) => result)).toEqual(['migrated']);
    expect(await revisionsOf(to)).toEqual(['web 1', 'web 2', 'web 3', 'web 4']);
    expect(await keysOf(memory)).toEqual([]);
  });

  test('at the very last moment: what it added is said, and goes on from what is migrated', async () => {
    const [memory, to] = [openMemory({ records: three() }), openMemory()];
    const add = () => memory.create(revision(4, 'deployed'));
    const [outcome] = await migrate(beforeDelete(memory, 'web.v3', add), to, move);
    expect(outcome?.result === 'failed' && outcome.error.message).toContain('web.v4 is new since');
    expect(await keysOf(memory)).toEqual(['web.v4']);
    const plan = await planFor(memory, to, move);
    expect(plan.releases[0]).toMatchObject({ verdict: 'ready' });
    const said = plan.releases[0]?.findings.map(({ message }) => message).join('\n');
    expect(said).toContain('goes on from what is migrated already, revisions 1 to 3');
    expect(said).toContain('two stay deployed in the target');
    await migrate(memory, to, move);
    expect(await revisionsOf(to)).toEqual(['web 1', 'web 2', 'web 3', 'web 4']);
    expect(await keysOf(memory)).toEqual([]);
    expect((await planFor(memory, to, move)).releases).toEqual([]);
  });

  test('another release of the name does not go on from it', async () => {
    const [from, to] = [openMemory({ records: three() }), openMemory()];
    await migrate(from, to, move);
    await from.create(helm2('web', 4, withStatus('deployed')));
    expect((await planFor(from, to, move)).releases[0]).toMatchObject({ verdict: 'refused' });
  });

  test('what is gone already when it is to be deleted is as it should be', async () => {
    const [memory, to] = [openMemory({ records: three() }), openMemory()];
    const from = beforeDelete(memory, 'web.v1', async () => {
      const record = await memory.get({
        ...{ kind: 'ConfigMap', namespace: 'kube-system', key: 'web.v2' },
      });
      if (record) await memory.delete(record);
    });
    expect(await migrate(from, to, move)).toMatchObject([{ result: 'migrated', deleted: 2 }]);
    expect(await keysOf(memory)).toEqual([]);
  });
});

describe('a delete is answered as done, and the record is still there', () => {
  /** A store where these keys stay, as objects with a finalizer do. */
  function holding(store: Storage, keys: readonly string[], leaving: boolean): Storage {
    const held = new Set<string>();
    const seen = <R extends RecordMeta>(record: R): R =>
      leaving && held.has(record.key) ? { ...record, leaving: true } : record;
    return {
      ...store,
      async *listMeta(selection) {
        for await (const page of store.listMeta(selection)) yield page.map(seen);
      },
      async delete(record) {
        if (keys.includes(record.key)) held.add(record.key);
        else await store.delete(record);
      },
    };
  }

  test.each([
    ['waiting for a finalizer', true, 'it waits for a finalizer that somebody put on it'],
    ['for no reason', false, 'the reply said that it was deleted, and the list still shows it'],
  ])('%s: its release failed, and the others are done', async (_, leaving, why) => {
    const memory = openMemory({ records: tiller() });
    const from = holding(memory, ['web.v1', 'web.v3'], leaving);
    const [api, web] = await migrate(from, openMemory(), move);
    expect(api).toMatchObject({ result: 'migrated', deleted: 2 });
    if (web?.result !== 'failed') throw new Error('it was to fail');
    expect(web.error.code).toBe('VERIFY');
    expect(web.error.message).toBe(
      'configmap kube-system/web.v3 is still there (and 1 more of its release)',
    );
    expect(web.error.why).toEqual([why]);
    expect(web.error.hints[0]).toContain('kubectl get configmap -n kube-system web.v3 -o yaml');
    expect(await keysOf(memory)).toEqual(['web.v1', 'web.v3']);
  });

  test('in a file: no kubectl would show it', async () => {
    const records = tiller().map((record) => ({ ...record, place: 'dump.yaml' }));
    const from = holding(openMemory({ records }), ['web.v3'], false);
    const [, web] = await migrate(from, openMemory(), move);
    if (web?.result !== 'failed') throw new Error('it was to fail');
    expect(web.error.why).toEqual([
      'it was taken out of dump.yaml, and is there again: somebody writes to it',
    ]);
    expect(web.error.hints.join()).not.toContain('kubectl');
  });

  test.each([
    ['as it was', {}, 'is there again, as it was', 'stands in both places'],
    ['anew', { manifest: '---\n' }, 'is new since the sources were deleted', 'lives twice'],
  ])('gone and made %s by somebody else: an error that says so', async (_, change, what, why) => {
    const memory = openMemory({ records: tiller() });
    const again = helm2('web', 3, { ...withStatus('deployed'), ...change });
    const from: Storage = {
      ...memory,
      async delete(record) {
        await memory.delete(record);
        if (record.key === 'web.v3') await memory.create(again);
      },
    };
    const [api, web] = await migrate(from, openMemory(), move);
    expect(api?.result).toBe('migrated');
    expect(web).toMatchObject({
      result: 'failed',
      error: {
        message: `configmap kube-system/web.v3 ${what}`,
        why: [expect.stringContaining(why)],
      },
    });
  });

  test('an upgrade writes the next revision when all older ones are gone: that is said', async () => {
    const memory = openMemory({ records: tiller() });
    const from: Storage = {
      ...memory,
      async delete(record) {
        await memory.delete(record);
        if (record.key === 'web.v3') await memory.create(helm2('web', 4, withStatus('deployed')));
      },
    };
    const [api, web] = await migrate(from, openMemory(), move);
    expect(api?.result).toBe('migrated');
    expect(web?.result === 'failed' && web.error.message).toBe(
      'configmap kube-system/web.v4 is new since its older revisions were deleted: Helm works on this release',
    );
  });
});

describe('a Tiller changes what is copied already', () => {
  const changedAt = (record: ReleaseRecord, time: string): ReleaseRecord => ({
    ...record,
    labels: { ...record.labels, MODIFIED_AT: time },
  });
  const deployed = () => changedAt(helm2('web', 1, withStatus('deployed')), '1600000000');

  test('a copy that is out of date is refused, and copied anew once it is away', async () => {
    const to = openMemory();
    await migrate(openMemory({ records: [deployed()] }), to);
    const gone = changedAt(helm2('web', 1, withStatus('uninstalled')), '1600000100');
    const from = openMemory({ records: [gone] });
    const [release] = (await planFor(from, to, move)).releases;
    expect(release).toMatchObject({ verdict: 'refused', steps: [] });
    expect(release?.findings[0]?.message).toMatch(
      /apps\/sh.helm.release.v1.web.v1 is an old copy: .* has since become uninstalled/,
    );
    const [copy] = await all(to);
    if (copy) await to.delete(copy);
    await migrate(from, to, move);
    expect((await all(to)).map(({ labels }) => labels['status'])).toEqual(['uninstalled']);
    expect(await keysOf(from)).toEqual([]);
  });

  test('what Helm 3 changed after Tiller counts as migrated', async () => {
    const to = openMemory();
    await migrate(openMemory({ records: [deployed()] }), to);
    const older = changedAt(helm2('web', 1, withStatus('failed')), '1500000000');
    const plan = await planFor(openMemory({ records: [older] }), to);
    expect(plan.releases[0]).toMatchObject({ verdict: 'done' });
  });

  test('a revision that it has superseded since is superseded in the target, too', async () => {
    const [from, to] = [openMemory({ records: [deployed()] }), openMemory()];
    await migrate(from, to);
    const [old] = await all(from);
    if (old) await from.delete(old);
    await from.create(changedAt(helm2('web', 1), '1600000100'));
    await from.create(changedAt(helm2('web', 2, withStatus('deployed')), '1600000100'));
    const plan = await planFor(from, to, move);
    expect(plan.releases[0]?.verdict).toBe('ready');
    expect(plan.releases[0]?.findings).toContainEqual({
      severity: 'change',
      message: expect.stringContaining('superseded in the source since it was copied as deployed'),
      revisions: [1],
    });
    const said = plan.releases[0]?.findings.map(({ message }) => message).join('\n');
    expect(said).not.toContain('stay deployed');
    expect(countPlan(plan)).toMatchObject({ creates: 2, replaces: 1, deletes: 2 });
    await migrate(from, to, move);
    const statuses = (await all(to)).map(({ labels }) => labels['status']);
    expect(statuses.sort()).toEqual(['deployed', 'superseded']);
    expect(await keysOf(from)).toEqual([]);
  });
});

describe('the last look', () => {
  test('sources that changed while they were copied are not called migrated', async () => {
    const [from, memory] = [openMemory({ records: tiller() }), openMemory()];
    const to: Storage = {
      ...memory,
      async create(record) {
        if (record.key.endsWith('web.v1')) await from.create(helm2('web', 4));
        await memory.create(record);
      },
    };
    const outcomes = await migrate(from, to);
    expect(outcomes.map(({ release, result }) => `${release.name} ${result}`)).toEqual([
      'api migrated',
      'web failed',
    ]);
    await migrate(from, to);
    expect(await revisionsOf(memory)).toContain('web 4');
  });

  test('a copy that somebody has removed again keeps its sources', async () => {
    const [from, memory] = [openMemory({ records: tiller() }), openMemory()];
    const to: Storage = {
      ...memory,
      // When all has been read back and was right.
      async *list(selection) {
        for await (const page of memory.list(selection)) {
          yield page;
          const newest = page.find(({ key }) => key.endsWith('web.v3'));
          if (newest) await memory.delete(newest);
        }
      },
    };
    const outcomes = await migrate(from, to, move);
    const web = outcomes.find(({ release }) => release.name === 'web');
    expect(web?.result === 'failed' && web.error.message).toContain('web.v3 is gone again');
    expect(await revisionsOf(from)).toEqual(['web 1', 'web 2', 'web 3']);
  });
});
