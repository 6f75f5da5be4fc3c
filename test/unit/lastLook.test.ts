/** What is looked at once the sources are gone, what is counted then, and what is said of it. */
import { describe, expect, test } from 'vitest';
import { carryOut } from '../../src/commands/move/carryOut.ts';
import { ReleasesError } from '../../src/errors.ts';
import { applyPlan } from '../../src/migrate/engine/apply.ts';
import { printOutcomes } from '../../src/output/plans/outcomes.ts';
import type { ReadRecord, RecordMeta } from '../../src/record.ts';
import { openMemory } from '../../src/storage/memory.ts';
import type { Storage } from '../../src/storage/storage.ts';
import { captureIO } from './cli-io.ts';
import { sketchRecord } from './cli-records.ts';
import { asItIs, copying, planFor } from './relocations.ts';

const moving = { ...copying, deleteSources: true };
const web = (revision: number, status = 'superseded') =>
  sketchRecord({ name: 'web', revision, status });
const three = () => [web(1), web(2), web(3, 'deployed')];

async function all(store: Storage): Promise<ReadRecord[]> {
  const found: ReadRecord[] = [];
  for await (const page of store.list({})) found.push(...page);
  return found;
}

/** Moves three revisions; when the last source has gone, something happens. */
async function moved(after: (target: Storage) => Promise<unknown>) {
  const [memory, to, backup] = [openMemory({ records: three() }), openMemory(), openMemory()];
  const from: Storage = {
    ...memory,
    async delete(record) {
      await memory.delete(record);
      if ((await all(memory)).length === 0) await after(to);
    },
  };
  const plan = await planFor(from, to, asItIs, moving);
  const engine = { from: new Map([[from.address, from]]), to, backup, concurrency: 1 };
  const [outcome] = await applyPlan(plan, { ...engine, patienceMs: 5 });
  return { outcome, backup };
}

describe('copies that are gone once their sources are', () => {
  const removed = (keys: RegExp) => async (to: Storage) => {
    for (const record of await all(to)) if (keys.test(record.key)) await to.delete(record);
  };

  test('all of them: an error, and the backup has them', async () => {
    const { outcome, backup } = await moved(removed(/./));
    expect(outcome).toMatchObject({
      result: 'failed',
      lost: true,
      error: {
        code: 'VERIFY',
        message: expect.stringContaining('web.v3 is gone, and so is its source (and 2 more'),
      },
      stands: { source: [], target: [] },
    });
    expect(await all(backup)).toHaveLength(3);
  });

  test('some of them, as where a store was set back: an error too', async () => {
    const { outcome } = await moved(removed(/v[23]$/));
    expect(outcome).toMatchObject({ result: 'failed', lost: true, stands: { target: [1] } });
  });

  test('pruned by a Helm that has gone on: done, and they are named', async () => {
    const { outcome } = await moved(async (to) => {
      await to.create(web(4, 'deployed'));
      await removed(/v[12]$/)(to);
      const [newest] = (await all(to)).filter(({ key }) => key.endsWith('v3'));
      if (newest) await to.replace(web(3), newest);
    });
    expect(outcome).toMatchObject({ result: 'migrated', deleted: 3 });
    const pruned = outcome?.result === 'migrated' ? (outcome.pruned ?? []) : [];
    expect(pruned.map(({ key }) => key.slice(-2))).toEqual(['v2', 'v1']);
  });

  test('of an uninstalled release whose history is kept in part: done', async () => {
    const { outcome } = await moved(async (to) => {
      await removed(/v[12]$/)(to);
      const [newest] = await all(to);
      if (newest) await to.replace(web(3, 'uninstalled'), newest);
    });
    expect(outcome).toMatchObject({ result: 'migrated', pruned: [{}, {}] });
  });

  test('waiting for a finalizer: as good as gone', async () => {
    const [memory, target] = [openMemory({ records: three() }), openMemory()];
    const leaving = <R extends RecordMeta>(record: R): R => ({ ...record, leaving: true });
    const to: Storage = {
      ...target,
      async *listMeta(selection) {
        const over = (await all(memory)).length === 0;
        for await (const page of target.listMeta(selection)) yield over ? page.map(leaving) : page;
      },
      async get(ref) {
        const record = await target.get(ref);
        return record && (await all(memory)).length === 0 ? leaving(record) : record;
      },
    };
    const plan = await planFor(memory, to, asItIs, moving);
    const stores = new Map([[memory.address, memory]]);
    const [outcome] = await applyPlan(plan, {
      ...{ from: stores, to, backup: openMemory(), concurrency: 1, patienceMs: 5 },
    });
    expect(outcome).toMatchObject({ result: 'failed', lost: true });
  });
});

test('sources that a finalizer keeps are not counted as deleted', async () => {
  const memory = openMemory({ records: three() });
  const from: Storage = {
    ...memory,
    async delete(record) {
      if (!record.key.endsWith('v2')) await memory.delete(record);
    },
  };
  const to = openMemory();
  const plan = await planFor(from, to, asItIs, moving);
  const io = captureIO();
  const stores = new Map([[from.address, from]]);
  const engine = { from: stores, to, backup: openMemory(), concurrency: 1 };
  const done = await carryOut(plan, engine, 'Moving', io);
  expect(done).toMatchObject({ created: 3, deleted: 2, outcomes: [{ result: 'failed' }] });
  printOutcomes({ ...done, next: '', undo: 'back', backup: './kept' }, io);
  expect(io.out()).toContain('3 records created, read back and equal, 2 sources deleted.');
  expect(io.out()).toContain('\nweb: revision 2 in memory, revisions 1 to 3 in memory\n');
  expect(io.out()).toContain('\nUndo: back\nBackup: ./kept\n');
});

test('what is taken back is not counted as created', async () => {
  const from = openMemory({ records: three() });
  const memory = openMemory();
  const to: Storage = {
    ...memory,
    async create(record) {
      await memory.create(record);
      const theirs = sketchRecord({ name: 'web', revision: 9, updated: '2026-11-29T10:00:00Z' });
      if (record.key.endsWith('v1')) await memory.create(theirs);
    },
  };
  const plan = await planFor(from, to);
  const engine = { from: new Map([[from.address, from]]), to, concurrency: 1, patienceMs: 5 };
  const done = await carryOut(plan, engine, 'Copying', captureIO());
  expect(done).toMatchObject({ created: 0, outcomes: [{ result: 'failed' }] });
  expect((await all(memory)).map(({ key }) => key.slice(-2))).toEqual(['v9']);
  const [end] = done.outcomes;
  expect(end?.result === 'failed' && end.error.why).toEqual([
    'what this run had created of it is taken back: 3 records',
  ]);
});

describe('a target that answers no more, for one request', () => {
  /** Fails at the n-th list or get after the last create. */
  async function failing(n: number, deleteSources: boolean) {
    const from = openMemory({ records: three() });
    const memory = openMemory();
    let asked = Number.NEGATIVE_INFINITY;
    const ask = () => {
      asked += 1;
      if (asked === n) throw new ReleasesError('UNREACHABLE', 'no answer');
    };
    const to: Storage = {
      ...memory,
      async create(record) {
        await memory.create(record);
        if (record.key.endsWith('v1')) asked = 0;
      },
      async *list(selection) {
        ask();
        yield* memory.list(selection);
      },
      async *listMeta(selection) {
        ask();
        yield* memory.listMeta(selection);
      },
      async get(ref) {
        ask();
        return memory.get(ref);
      },
    };
    const plan = await planFor(from, to, asItIs, { ...copying, deleteSources });
    const engine = { from: new Map([[from.address, from]]), to, backup: openMemory() };
    const io = captureIO();
    const done = await carryOut(plan, { ...engine, concurrency: 1, patienceMs: 5 }, 'Moving', io);
    printOutcomes({ ...done, next: '', undo: 'back' }, io);
    return { done, out: io.out(), err: io.err(), asked };
  }

  test.each([
    ['a copy', false, 1],
    ['a move', true, 4],
  ])(
    '%s: at every one it ends with what was done, what stands where and the way back',
    async (_, deleteSources, least) => {
      let failures = 0;
      for (let n = 1; n < 40; n++) {
        const { done, out, err, asked } = await failing(n, deleteSources);
        if (asked < n) break;
        const [end] = done.outcomes;
        if (end?.result === 'migrated') continue;
        failures++;
        const at = `${n}: ${err}${out}`;
        expect(end, at).toMatchObject({ result: 'failed', error: { code: 'UNREACHABLE' } });
        expect(end && 'stands' in end && end.stands?.target, at).toEqual([1, 2, 3]);
        expect(err, at).toContain('no answer');
        expect(out, at).toContain('3 records created, read back and equal');
        expect(out, at).toContain('revisions 1 to 3 in memory\n');
        expect(out, at).toContain('Undo: back\n');
      }
      expect(failures).toBeGreaterThanOrEqual(least);
    },
  );
});
