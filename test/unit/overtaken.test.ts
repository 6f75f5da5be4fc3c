/**
 * Somebody else deletes sources or copies while a move deletes: Helm that uninstalls, prunes or installs anew,
 * or another run. Stores in memory, and an actor that acts when one request is made.
 */
import { describe, expect, test } from 'vitest';
import { carryOut } from '../../src/commands/move/carryOut.ts';
import { applyPlan } from '../../src/migrate/engine/apply.ts';
import { printOutcomes } from '../../src/output/plans/outcomes.ts';
import type { ReadRecord, RecordMeta, ReleaseRecord } from '../../src/record.ts';
import { openMemory } from '../../src/storage/memory.ts';
import type { Storage } from '../../src/storage/storage.ts';
import { captureIO } from './cli-io.ts';
import { sketchRecord } from './cli-records.ts';
import { asItIs, copying, planFor } from './relocations.ts';

const web = (revision: number, status = 'superseded', more = {}) =>
  sketchRecord({ name: 'web', revision, status, ...more });
const history = (...revisions: number[]) =>
  revisions.map((revision) =>
    web(revision, revision === revisions.at(-1) ? 'deployed' : 'superseded'),
  );

interface Scene {
  readonly from: Storage;
  readonly to: Storage;
}

/** Moves them; `act` is called before each delete of a source, with its key, and after each. */
async function moved(
  records: readonly ReleaseRecord[],
  act: (when: 'before' | 'after', key: string, scene: Scene) => Promise<unknown>,
) {
  const [from, to, backup] = [openMemory({ records }), openMemory(), openMemory()];
  const scene = { from, to };
  const acting: Storage = {
    ...from,
    address: 'from',
    async delete(record) {
      const key = record.key.slice(-2);
      await act('before', key, scene);
      await from.delete(record);
      await act('after', key, scene);
    },
  };
  const target = { ...to, address: 'to' };
  const plan = await planFor(acting, target, asItIs, { ...copying, deleteSources: true });
  const engine = { from: new Map([['from', acting]]), to: target, backup, concurrency: 1 };
  const io = captureIO();
  const done = await carryOut(plan, { ...engine, patienceMs: 5 }, 'Moving', io);
  printOutcomes({ ...done, next: '', backup: './kept' }, io);
  const [outcome] = done.outcomes;
  return { ...scene, backup, done, outcome, out: io.out(), err: io.err() };
}

async function keys(store: Storage): Promise<string[]> {
  return (await all(store)).map(({ key }) => key.slice(-2)).sort();
}

async function all(store: Storage): Promise<ReadRecord[]> {
  const found: ReadRecord[] = [];
  for await (const page of store.list({})) found.push(...page);
  return found;
}

const remove = async (store: Storage, which: RegExp) => {
  for (const record of await all(store))
    if (which.test(record.key)) await store.delete(record as RecordMeta);
};

describe('helm uninstalls the source', () => {
  test.each([
    ['while the delete of the newest is under way', history(1, 2, 3), 'before v3', 2],
    ['of which there is one revision', history(1), 'before v1', 0],
    ['right before its newest is looked at', history(1, 2, 3), 'after v2', 2],
    ['right before anything is deleted', history(1, 2, 3), 'before v1', 0],
  ])('%s: an error, and none of ours', async (_, records, at, ours) => {
    const { outcome, out, err, done, to } = await moved(records, async (when, key, { from }) => {
      if (`${when} ${key}` === at) await remove(from, /./);
    });
    expect(outcome).toMatchObject({
      result: 'failed',
      overtaken: true,
      error: { code: 'CONFLICT', message: expect.stringContaining('was deleted by somebody else') },
    });
    expect(done.deleted).toBe(ours);
    expect(await keys(to)).toHaveLength(records.length);
    expect(out).toContain('web: nothing in from');
    expect(err).toMatch(/try: .*helm uninstall/);
    expect(out).not.toContain('same command again');
    expect(`${out}${err}`).not.toMatch(/stays/);
  });

  test('older ones that go, as a Helm prunes, are none of ours', async () => {
    const { outcome, done } = await moved(history(1, 2, 3), async (when, key, { from }) => {
      if (when === 'before' && key === 'v1') await remove(from, /v1$/);
    });
    expect(outcome).toMatchObject({ result: 'migrated', deleted: 2 });
    expect(done.deleted).toBe(2);
  });

  test('older ones that went without us are not called deleted by us', async () => {
    const { outcome, out, err } = await moved(history(1, 2, 3), async (when, key, { from }) => {
      if (`${when} ${key}` !== 'before v1') return;
      await remove(from, /v[12]$/);
      await from.create(web(4, 'deployed'));
    });
    expect(outcome).toMatchObject({ result: 'failed' });
    expect(out).toContain('nothing was deleted');
    expect(err).toContain('the older ones are gone');
    expect(err).not.toContain('the older ones are deleted');
  });
});

describe('helm upgrade -i installs it anew in the source, after the last delete', () => {
  test.each([
    ['under a revision that was there', [1, 2, 3]],
    ['under the only one', [1]],
  ])('%s: an error', async (_, revisions) => {
    const anew = web(1, 'deployed', { updated: '2026-11-30T10:00:00Z', description: 'anew' });
    const last = `v${revisions.at(-1)}`;
    const { outcome, done, err } = await moved(
      history(...revisions),
      async (when, key, { from }) => {
        if (`${when} ${key}` === `after ${last}`) await from.create(anew);
      },
    );
    expect(outcome).toMatchObject({
      result: 'failed',
      error: { code: 'CONFLICT', message: expect.stringContaining('v1 is new since') },
      stands: { source: [1], target: revisions },
    });
    expect(done.deleted).toBe(revisions.length);
    expect(err).toMatch(/installed it anew/);
  });
});

describe('helm uninstalls the copies', () => {
  test('between the deletes: what is gone is named, what is still there, and no other way than back', async () => {
    const { outcome, from, out, err, backup } = await moved(
      history(1, 2, 3),
      async (when, key, { to }) => {
        if (`${when} ${key}` === 'after v2') await remove(to, /./);
      },
    );
    expect(await keys(from)).toEqual(['v3']);
    expect(await keys(backup)).toEqual(['v1', 'v2', 'v3']);
    expect(outcome).toMatchObject({
      result: 'failed',
      lost: true,
      error: { message: expect.stringMatching(/v2 is gone, and so is its source \(and 1 more/) },
    });
    expect(err).toMatch(/v3 is still (there|in its source)/);
    expect(out).not.toContain('same command again');
  });

  test('after the last one', async () => {
    const { outcome, out } = await moved(history(1, 2, 3), async (when, key, { to }) => {
      if (`${when} ${key}` === 'after v3') await remove(to, /./);
    });
    expect(outcome).toMatchObject({ result: 'failed', lost: true });
    expect(out).not.toContain('same command again');
  });
});

describe('helm uninstalls a copy and installs the release anew in its place', () => {
  const anew = web(1, 'deployed', { updated: '2026-11-30T10:00:00Z', description: 'anew' });
  const replaceCopy = async (to: Storage) => {
    await remove(to, /v1$/);
    await to.create(anew);
  };

  test('before its source is deleted: the source stays', async () => {
    const [from, to] = [openMemory({ records: history(1) }), openMemory()];
    const target = { ...to, address: 'to' };
    let backedUp = 0;
    const backup: Storage = {
      ...openMemory(),
      async create() {
        if (backedUp++ === 0) await replaceCopy(to);
      },
      get: from.get,
    };
    const plan = await planFor(from, target, asItIs, { ...copying, deleteSources: true });
    const stores = new Map([[from.address, from]]);
    const [outcome] = await applyPlan(plan, {
      ...{ from: stores, to: target, backup, concurrency: 1, patienceMs: 5 },
    });
    expect(outcome).toMatchObject({
      result: 'failed',
      error: { code: 'CONFLICT', message: expect.stringContaining('web.v1 is gone again') },
    });
    expect(await keys(from)).toEqual(['v1']);
  });

  test('after it: only the backup has it', async () => {
    const { outcome, backup } = await moved(history(1), async (when, _, { to }) => {
      if (when === 'after') await replaceCopy(to);
    });
    expect(outcome).toMatchObject({ result: 'failed', lost: true, stands: { others: [1] } });
    expect(await keys(backup)).toEqual(['v1']);
  });
});
