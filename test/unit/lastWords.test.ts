/** What is said at the end agrees with what stands there, whoever else has been at work at any request. */
import { describe, expect, it, test } from 'vitest';
import type { PlannedMove } from '../../src/commands/move/plannedMove.ts';
import { runPlan } from '../../src/commands/move/run.ts';
import { applyPlan } from '../../src/migrate/engine/apply.ts';
import type { Plan } from '../../src/migrate/plan.ts';
import { relocating } from '../../src/output/plans/words.ts';
import { isBad, type ReadRecord, revisionSaid } from '../../src/record.ts';
import { openMemory } from '../../src/storage/memory.ts';
import type { Storage } from '../../src/storage/storage.ts';
import { captureIO } from './cli-io.ts';
import { sketchRecord } from './cli-records.ts';
import { asItIs, copying, planFor } from './relocations.ts';

const web = (revision: number, description = 'as it was') =>
  sketchRecord({
    ...{ name: 'web', revision, description },
    status: revision === 3 ? 'deployed' : 'superseded',
  });
const three = (description?: string) => [1, 2, 3].map((revision) => web(revision, description));

async function all(store: Storage): Promise<ReadRecord[]> {
  const found: ReadRecord[] = [];
  for await (const page of store.list({})) found.push(...page);
  return found;
}

function payloadOf(record: ReadRecord): string {
  return isBad(record) ? '' : record.payload;
}

async function revisionsIn(store: Storage): Promise<number[]> {
  return (await all(store)).map(revisionSaid).sort();
}

/** The store, with something done before its n-th request, or its n-th together with another store's. */
function before(store: Storage, asked: () => Promise<void>): Storage {
  return {
    ...store,
    async *list(selection) {
      await asked();
      yield* store.list(selection);
    },
    async *listMeta(selection) {
      await asked();
      yield* store.listMeta(selection);
    },
    get: (ref) => asked().then(() => store.get(ref)),
    create: (record) => asked().then(() => store.create(record)),
    replace: (record, over) => asked().then(() => store.replace(record, over)),
    delete: (record) => asked().then(() => store.delete(record)),
  };
}

interface Stores {
  readonly from: Storage;
  readonly to: Storage;
  readonly backup?: Storage;
}

/** @param act done before the so many-th request; absent: never */
async function ran(plan: Plan, stores: Stores, at: number, act: () => Promise<unknown>) {
  let [requests, lastLook] = [0, 0];
  const asked = async () => {
    requests += 1;
    if (requests === at) await act();
  };
  const { backup = openMemory() } = stores;
  const from = before(stores.from, asked);
  const to = before(stores.to, () => {
    lastLook = requests + 1;
    return asked();
  });
  const engine = { from: new Map([[from.address, from]]), to, concurrency: 1, patienceMs: 1 };
  const opened = { storage: backup, path: 'bk', held: new Set<string>(), apart: [] };
  const move: PlannedMove = {
    ...{ plan, words: relocating, where: 'there', strays: [], nothing: '', missing: [] },
    ...{ permissionHints: () => [], engine, next: '' },
    openBackup: async () => ({ ...opened, close: async () => {} }),
    undo: (path) => `restore ${path}`,
    undoMove: (gone) => gone.map(({ name }) => `relocate ${name} back`),
    away: (half) => half.map(({ name }) => `relocate ${name} away`),
    undoReplaced: (path) => `restore ${path} --overwrite web`,
  };
  const io = captureIO();
  const code = await runPlan(move, { output: 'table', yes: true }, io);
  const told = io.out() + io.err().replace(/\s+/g, ' ');
  return { code, out: io.out(), told, requests, lastLook };
}

describe('a helm uninstall at every request', () => {
  const overwriting = { ...copying, overwrite: new Set(['web']) };

  test.each([
    ['of a copy', [], copying],
    ['of one over other content', three('another'), overwriting],
    ['of one over some of it', [web(1), web(2, 'another'), web(3)], overwriting],
  ] as const)('%s: it is never done, and no line makes a ghost', async (_, there, options) => {
    let [most, refused] = [1, 0];
    for (let n = 1; n <= most; n++) {
      const from = openMemory({ records: three() });
      const to = openMemory({ records: there });
      const plan = await planFor(from, to, asItIs, options);
      let wrote = false;
      const uninstall = async () => {
        const found = await all(to);
        wrote = found.some((record) => !there.some((one) => one.payload === payloadOf(record)));
        for (const record of found) await to.delete(record);
      };
      const { code, out, told, requests, lastLook } = await ran(plan, { from, to }, n, uninstall);
      const left = await revisionsIn(to);
      const at = `${n}: ${left}\n${told}`;
      // What comes after its own last look no run can know.
      most = Math.max(most, requests);
      if (n > lastLook) break;
      if (left.length < 3) expect(code, at).toBe(1);
      if (left.length > 0) continue;
      expect(out, at).not.toMatch(/^Undo/m);
      if (wrote) expect(out, at).not.toContain('Run the same command again');
      if (wrote && there.length > 0) expect(out, at).toContain('Backup: bk\n');
      refused++;
    }
    expect(refused).toBeGreaterThan(1);
  });
});

describe('a move the other way round, at every request of one', () => {
  test.each([
    ['three revisions', three()],
    ['one', [web(3)]],
  ])('%s: what is said is so, and the counts are', async (_, records) => {
    let [most, met] = [1, 0];
    for (let n = 1; n <= most; n++) {
      const from = { ...openMemory({ records }), address: 'a' };
      const to = { ...openMemory(), address: 'b' };
      const moving = { ...copying, deleteSources: true };
      const plan = await planFor(from, to, asItIs, moving);
      const back = async () => {
        const opposite = await planFor(to, from, asItIs, moving);
        const engine = { from: new Map([[to.address, to]]), to: from, backup: openMemory() };
        const [end] = await applyPlan(opposite, { ...engine, concurrency: 1, patienceMs: 1 });
        if (end?.result === 'migrated') met++;
      };
      const { code, out, told, requests } = await ran(plan, { from, to }, n, back);
      most = Math.max(most, requests);
      const [left, copies] = [await revisionsIn(from), await revisionsIn(to)];
      const at = `${n}: ${left} | ${copies}\n${told}`;
      if (code === 0) expect([left, copies], at).toEqual([[], records.map(revisionSaid)]);
      const deleted = Number(/(\d+) sources? deleted\./.exec(out)?.[1] ?? 0);
      expect(deleted, at).toBe(records.length - left.length);
      const lost = /web\.v(\d) is gone, and so is its source/.exec(told);
      if (lost) expect([...left, ...copies], at).not.toContain(Number(lost[1]));
      if (left.length > 0) expect(told, at).not.toContain('the older ones are deleted');
      const everywhere = new Set([...left, ...copies]);
      if (everywhere.size < records.length) expect(out, at).toMatch(/^(Undo|Backup): .*\bbk\b/m);
    }
    expect(met).toBeGreaterThan(0);
  });
});

it('sources that another run has moved elsewhere meanwhile don’t come back by the printed line', async () => {
  let [done, met] = [false, 0];
  for (let n = 1; !done; n++) {
    const from = { ...openMemory({ records: three() }), address: 'a' };
    const memory = openMemory();
    const to = {
      ...{ ...memory, address: 'b' },
      capabilities: { ...memory.capabilities, inCluster: true },
    };
    const third = { ...openMemory(), address: 'c' };
    const moving = { ...copying, deleteSources: true };
    const plan = await planFor(from, to, asItIs, moving);
    const elsewhere = async () => {
      const other = await planFor(from, third, asItIs, moving);
      const engine = { from: new Map([[from.address, from]]), to: third, backup: openMemory() };
      await applyPlan(other, { ...engine, concurrency: 1, patienceMs: 1 });
    };
    const { code, out, told, requests } = await ran(plan, { from, to }, n, elsewhere);
    done = requests < n;
    const copies = await revisionsIn(to);
    if (code === 0 || copies.length === 0 || (await revisionsIn(third)).length < 3) continue;
    if (/^Undo: relocate web away$/m.test(out)) met++;
    expect(out, `${n}: ${told}`).not.toContain('relocate web back');
  }
  expect(met).toBeGreaterThan(0);
});
