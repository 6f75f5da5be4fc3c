/** Records that get other content and labels where they stand, in every store: whole, once, and never over others' work. */
import { afterAll, afterEach, beforeEach, describe, expect, it } from 'vitest';
import { ReleasesError } from '../../src/errors.ts';
import { applyPlan } from '../../src/migrate/engine/apply.ts';
import {
  type Plan,
  type ReleasePlan,
  releasePlan,
  type UpdateStep,
} from '../../src/migrate/plan.ts';
import { isBad, type ReleaseRecord } from '../../src/record.ts';
import { digestOf } from '../../src/sameRecord.ts';
import { openMemory } from '../../src/storage/memory.ts';
import type { Storage } from '../../src/storage/storage.ts';
import { type Bench, helm3Record, stopPostgres, stores } from './stores.ts';

afterAll(stopPostgres);

/** What each becomes; the same each time. */
function changed(record: ReleaseRecord): ReleaseRecord {
  const payload = Buffer.from(`${record.payload} as it is to be`).toString('base64');
  return { ...record, payload, labels: { ...record.labels, status: 'failed' } };
}

async function read(storage: Storage, record: ReleaseRecord): Promise<ReleaseRecord> {
  const there = await storage.get(record);
  if (!there || isBad(there)) throw new Error(`${record.key} is not there`);
  return there;
}

/** Newest first, as plans have them: what is to be done to those that aren't as they are to be. */
async function planOf(storage: Storage, records: readonly ReleaseRecord[]): Promise<Plan> {
  const there = await Promise.all(records.map((record) => read(storage, record)));
  const steps = there.flatMap((over, i): UpdateStep[] => {
    const { payload, ...meta } = changed(over);
    if (over.payload !== records[i]?.payload) return [];
    const record = { ...meta, sha256: digestOf(payload) };
    return [{ do: 'update', revision: records.length - i, over, make: changed, record }];
  });
  const release = releasePlan({
    ...{ name: 'app', owner: 'helm', namespace: 'n', from: storage.address },
    ...{ sources: there, findings: [], steps },
  });
  return { from: [storage.address], to: storage.address, releases: [release] };
}

async function carryOut(plan: Plan, storage: Storage, backup = openMemory()) {
  const engine = { from: new Map([[storage.address, storage]]), to: storage, backup };
  const [outcome] = await applyPlan(plan, { ...engine, concurrency: 1 });
  return outcome;
}

describe.each(stores)('updates in place: $name', ({ kind, open }) => {
  let bench: Bench;
  let records: ReleaseRecord[];
  beforeEach(async () => {
    bench = await open();
    records = [2, 1].map((revision) => {
      const record = helm3Record(kind, bench.here, 'app', revision);
      return { ...record, labels: { ...record.labels, team: 'red' } };
    });
    for (const record of records) await bench.storage.create(record);
  });
  afterEach(() => bench.done());

  const now = () => Promise.all(records.map((record) => read(bench.storage, record)));
  const wanted = () => records.map(changed);

  it('writes over the very record that was read, and keeps a copy of it first', async () => {
    const { storage } = bench;
    const before = await now();
    const plan = await planOf(storage, records);
    const backup = openMemory();
    expect(await carryOut(plan, storage, backup)).toMatchObject({ result: 'migrated' });
    const after = await now();
    expect(after).toMatchObject(wanted());
    expect(after.map(({ labels }) => labels)).toEqual(wanted().map(({ labels }) => labels));
    expect(after.map(({ uid }) => uid)).toEqual(before.map(({ uid }) => uid));
    for (const [i, record] of records.entries())
      expect(await read(backup, record)).toMatchObject({
        ...{ payload: before[i]?.payload, labels: before[i]?.labels },
      });
    // The undo: what was there, over what was written, and only over that.
    for (const [i, one] of after.entries())
      await storage.replace(await read(backup, one), after[i] ?? one);
    expect(await now()).toMatchObject(records);
  });

  it('takes a label away, where nothing else changes', async () => {
    const { storage } = bench;
    const [newest] = records as [ReleaseRecord, ReleaseRecord];
    const without = ({ labels: { team: _, ...labels }, ...rest }: ReleaseRecord) => ({
      ...{ ...rest, labels },
    });
    const plan = await planOf(storage, records);
    const [release] = plan.releases;
    const over = await read(storage, newest);
    const { payload, ...meta } = without(over);
    const record = { ...meta, sha256: digestOf(payload) };
    const step: UpdateStep = { do: 'update', revision: 2, over, make: without, record };
    const only = { ...plan, releases: [{ ...(release as ReleasePlan), steps: [step] }] };
    expect(await carryOut(only, storage)).toMatchObject({ result: 'migrated' });
    expect((await read(storage, newest)).labels).toEqual(without(newest).labels);
  });

  it.each(['before', 'while'])(
    'is told of a revision that comes %s the last one is written',
    async (when) => {
      const { storage } = bench;
      const plan = await planOf(storage, records);
      const deployed = (record: ReleaseRecord) => ({
        ...changed(record),
        labels: { ...record.labels, status: 'deployed' },
      });
      const [release] = plan.releases as [ReleasePlan];
      const steps = release.steps.map((step): UpdateStep => {
        if (step.do !== 'update') throw new Error('no update');
        const { labels } = deployed({ ...step.over, payload: '' });
        return { ...step, make: deployed, record: { ...step.record, labels } };
      });
      const newer = helm3Record(kind, bench.here, 'app', 3);
      const theirs = { ...newer, labels: { ...newer.labels, status: 'deployed' } };
      let written = 0;
      const busy: Storage = {
        ...storage,
        async replace(record, over) {
          written += 1;
          if (written === 2) await storage.create(theirs);
          await storage.replace(record, over);
          if (written === 1 && when === 'before') await storage.create(theirs);
        },
      };
      const only = { ...plan, releases: [{ ...release, steps }] };
      expect(await carryOut(only, busy)).toMatchObject({
        ...{ result: 'failed', overtaken: true },
        error: { code: 'CONFLICT' },
      });
      expect(written).toBe(when === 'before' ? 1 : 2);
      expect(await read(storage, theirs)).toMatchObject({ payload: theirs.payload });
    },
  );

  it('takes what another run has written the same for its own', async () => {
    const { storage } = bench;
    const [first, second] = [await planOf(storage, records), await planOf(storage, records)];
    const outcomes = await Promise.all([carryOut(first, storage), carryOut(second, storage)]);
    const all = await now();
    expect(all).toMatchObject(wanted());
    // One of the two may have seen the other's work before its own first write.
    expect(outcomes.map((one) => one?.result)).toContain('migrated');
  });

  it.each([0, 1])('never writes over what somebody else has changed (record %i)', async (which) => {
    const { storage } = bench;
    const plan = await planOf(storage, records);
    const other = records[which] as ReleaseRecord;
    const theirs = { ...other, payload: Buffer.from('theirs').toString('base64') };
    await storage.replace(theirs, await read(storage, other));
    expect(await carryOut(plan, storage)).toMatchObject({
      ...{ result: 'failed', error: { code: 'CONFLICT' } },
    });
    const left = records.map((record) => (record === other ? theirs : record));
    expect(await now()).toMatchObject(left);
  });

  it('leaves what somebody else changes between its writes', async () => {
    const { storage } = bench;
    const plan = await planOf(storage, records);
    const [newest, older] = records as [ReleaseRecord, ReleaseRecord];
    const theirs = { ...older, payload: Buffer.from('theirs').toString('base64') };
    const meddled: Storage = {
      ...withCalls(storage),
      async replace(record, over) {
        await storage.replace(record, over);
        if (record.key === newest.key) await storage.replace(theirs, await read(storage, older));
      },
    };
    expect(await carryOut(plan, meddled)).toMatchObject({
      ...{ result: 'failed', error: { code: 'CONFLICT' } },
    });
    expect(await now()).toMatchObject([changed(newest), theirs]);
  });

  it('says so where somebody else has gone on with what it wrote, before it is read back', async () => {
    const { storage } = bench;
    const plan = await planOf(storage, records);
    const [newest] = records as [ReleaseRecord, ReleaseRecord];
    const theirs = { ...newest, payload: Buffer.from('theirs').toString('base64') };
    const meddled: Storage = {
      ...withCalls(storage),
      async replace(record, over) {
        await storage.replace(record, over);
        if (record.key === newest.key) await storage.replace(theirs, await read(storage, newest));
      },
    };
    const outcome = await carryOut(plan, meddled);
    expect(outcome).toMatchObject({
      result: 'failed',
      error: { code: 'CONFLICT' },
      overtaken: true,
    });
    expect(await now()).toMatchObject([theirs, records[1]]);
  });

  it('settles a write whose answer was lost by looking', async () => {
    const { storage } = bench;
    const plan = await planOf(storage, records);
    const lossy: Storage = {
      ...withCalls(storage),
      async replace(record, over) {
        await storage.replace(record, over);
        throw new ReleasesError('UNREACHABLE', 'the answer was lost');
      },
    };
    expect(await carryOut(plan, lossy)).toMatchObject({ result: 'migrated' });
    expect(await now()).toMatchObject(wanted());
  });

  it('is whole after a death between any two requests, and the next run goes on', async () => {
    const { storage } = bench;
    for (let dies = 1; ; dies += 1) {
      for (const record of await now()) await storage.delete(record);
      for (const record of records) await storage.create(record);
      const plan = await planOf(storage, records);
      let calls = 0;
      const dying = withCalls(storage, () => {
        calls += 1;
        if (calls >= dies) throw new ReleasesError('UNREACHABLE', 'it is gone');
      });
      const backup = openMemory();
      const outcome = await carryOut(plan, dying, backup).catch(() => undefined);
      const half = await now();
      for (const [i, record] of records.entries()) {
        const is = half[i]?.payload;
        expect([record.payload, changed(record).payload], `dies at ${dies}`).toContain(is);
        // What isn't as it was has its copy.
        if (is !== record.payload) expect(await read(backup, record)).toMatchObject(record);
      }
      const next = await planOf(storage, records);
      const left = next.releases[0]?.steps.length === 0 ? 'left alone' : 'migrated';
      expect(await carryOut(next, storage)).toMatchObject({ result: left });
      expect(await now()).toMatchObject(wanted());
      if (outcome?.result === 'migrated') {
        expect(calls).toBeLessThan(dies);
        return;
      }
    }
  });
});

/** The same store, which counts and may refuse each call. */
function withCalls(storage: Storage, call = () => {}): Storage {
  return {
    ...storage,
    async *list(selection) {
      call();
      yield* storage.list(selection);
    },
    async *listMeta(selection) {
      call();
      yield* storage.listMeta(selection);
    },
    async get(ref) {
      call();
      return storage.get(ref);
    },
    async create(record) {
      call();
      return storage.create(record);
    },
    async replace(record, over) {
      call();
      return storage.replace(record, over);
    },
    async delete(record) {
      call();
      return storage.delete(record);
    },
  };
}
