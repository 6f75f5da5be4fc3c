/** Who was there first, what no list shows, and who goes on: the rest of what `names.test.ts` asks. */
import { describe, expect, it, test } from 'vitest';
import { findTaken, holdName, isOlder, strangersIn } from '../../src/migrate/engine/holdName.ts';
import { startRun } from '../../src/migrate/engine/run.ts';
import { writeAll } from '../../src/migrate/engine/writeAll.ts';
import type { RecordMeta, ReleaseRecord } from '../../src/record.ts';
import { openMemory } from '../../src/storage/memory.ts';
import type { Storage } from '../../src/storage/storage.ts';
import { type Sketch, sketchRecord } from './cli-records.ts';
import { copying, planFor } from './relocations.ts';

const web = (revision: number, more: Sketch = {}) =>
  sketchRecord({ name: 'web', namespace: 'apps', revision, status: 'superseded', ...more });
const newest = web(2, { status: 'deployed' });
const stranger = (revision: number) =>
  web(revision, { status: 'deployed', updated: '2025-01-01T00:00:00Z' });
const taken = 'something else works on a release of that name';

async function metas(store: Storage): Promise<RecordMeta[]> {
  const found: RecordMeta[] = [];
  for await (const page of store.listMeta({})) found.push(...page);
  return found;
}

async function meta(store: Storage, revision: number): Promise<RecordMeta> {
  const found = (await metas(store)).find(({ key }) => key.endsWith(`.v${revision}`));
  if (!found) throw new Error(`there is no revision ${revision}`);
  return found;
}

const keys = async (store: Storage) => (await metas(store)).map(({ key }) => key.slice(-2)).sort();

/** A copy of two revisions, that has its plan. @param around stands before the target from then on */
async function begun(
  there: readonly ReleaseRecord[] = [],
  around: (to: Storage) => object = () => ({}),
) {
  const from = openMemory({ records: [web(1), newest] });
  const memory = openMemory({ records: there });
  const [release] = (await planFor(from, memory, undefined, copying)).releases;
  if (!release) throw new Error('there is no plan');
  const to: Storage = { ...memory, ...around(memory) };
  const stores = new Map([[from.address, from]]);
  const run = startRun([release], { from: stores, to, concurrency: 1, patienceMs: 8 });
  return { to: memory, release, run };
}

test.each([
  ['9', '10', true],
  ['10', '9', false],
  ['7', '7', false],
  ['9007199254740992', '9007199254740993', true],
  ['9007199254740993', '9007199254740992', false],
  // Of a store that doesn't count: as texts.
  ['a', 'b', true],
  ['b', 'a', false],
  ['a', 'a', false],
  ['10', '9a', true],
  ['10a', '9', true],
  ['a10', '9', false],
  ['9', 'a10', true],
  [undefined, '1', true],
  ['1', undefined, false],
])('version %s is older than %s: %s', (a, b, is) => {
  const of = (resourceVersion: string | undefined) => (resourceVersion ? { resourceVersion } : {});
  expect(isOlder(of(a), of(b))).toBe(is);
});

describe('before the first write', () => {
  const unlisted = () => ({ listMeta: async function* () {} });

  it('what no list shows any more is as it was known, or has changed, or is gone', async () => {
    const same = await begun([web(1)], unlisted);
    expect(await findTaken([same.release], same.run)).toEqual(new Map());
    const changed = await begun([web(1)], unlisted);
    await changed.to.replace(stranger(1), await meta(changed.to, 1));
    const said = (one: typeof same) =>
      findTaken([one.release], one.run).then((all) => all.get(one.release));
    expect((await said(changed))?.message).toContain('web.v1 has changed since');
    const gone = await begun([web(1), newest], unlisted);
    for (const record of await metas(gone.to)) await gone.to.delete(record);
    const [first] = gone.release.there?.records ?? [];
    // The first of them is named.
    expect((await said(gone))?.message).toContain(`${first?.key} is gone since`);
  });

  it('what lies beside the copies is known by its uid, too', async () => {
    let uid: object = {};
    const { to, run, ...planned } = await begun([], (memory) => ({
      async *listMeta(selection: object) {
        for await (const page of memory.listMeta(selection))
          yield page.map((one) => ({ ...one, ...uid }));
      },
    }));
    await to.create(stranger(7));
    const there = { name: 'web', records: [await meta(to, 7)] };
    const release = { ...planned.release, there };
    expect(await findTaken([release], run)).toEqual(new Map());
    uid = { uid: 'another' };
    const error = (await findTaken([release], run)).get(release);
    expect(error?.message).toContain('web.v7 has changed since');
  });

  it('what is there under a key of ours and gone when it is read isn’t ours', async () => {
    const all = await begun([], () => ({
      get: async () => undefined,
      list: async function* () {},
    }));
    await all.to.create(newest);
    const error = (await findTaken([all.release], all.run)).get(all.release);
    expect(error?.message).toContain('web.v2 is new since');
  });
});

describe('no stranger', () => {
  it('is what was there before, whatever Helm has made of it since', async () => {
    const all = await begun([web(1)]);
    await all.to.replace(stranger(1), await meta(all.to, 1));
    expect(await strangersIn(await metas(all.to), all.release, all.run)).toEqual([]);
  });

  it('is what the plan keeps, where nobody has looked what else is there', async () => {
    const all = await begun([web(1)]);
    await all.to.replace(stranger(1), await meta(all.to, 1));
    const { there: _, ...release } = all.release;
    expect(await strangersIn(await metas(all.to), release, all.run)).toEqual([]);
    await all.to.create(stranger(7));
    const found = await strangersIn(await metas(all.to), release, all.run);
    expect(found.map(({ key }) => key.slice(-2))).toEqual(['v7']);
  });
});

describe('of two that have both written', () => {
  it('what was there before either doesn’t make this run the first', async () => {
    const { release, run, to } = await begun([web(1)]);
    await to.create(stranger(7));
    await writeAll([release], { ...run, to: { ...to, listMeta: async function* () {} } });
    const start = Date.now();
    await expect(holdName(release, { ...run, patienceMs: 60_000 })).rejects.toThrow(taken);
    expect(Date.now() - start).toBeLessThan(20_000);
  });

  it('the oldest record of each counts', async () => {
    const { release, run, to } = await begun([], (memory) => ({
      async create(record: ReleaseRecord) {
        // Between this run's first record and its second, and once more after both.
        if (record.key.endsWith('v1')) await memory.create(stranger(7));
        await memory.create(record);
        if (record.key.endsWith('v1')) await memory.create(stranger(8));
      },
    }));
    await writeAll([release], run);
    setTimeout(async () => {
      await to.delete(await meta(to, 7));
      await to.delete(await meta(to, 8));
    }, 40);
    await holdName(release, { ...run, patienceMs: 20_000 });
    expect(await keys(to)).toEqual(['v1', 'v2']);
  });

  it('one that rewrites its record is still at work', async () => {
    const { release, run, to } = await begun();
    await writeAll([release], run);
    await to.create(stranger(7));
    let rewritten = 0;
    const writing = setInterval(async () => {
      rewritten += 1;
      if (rewritten < 5) await to.replace(stranger(7), await meta(to, 7));
      else clearInterval(writing);
    }, 60);
    const start = Date.now();
    await expect(holdName(release, { ...run, patienceMs: 150 })).rejects.toThrow(taken);
    expect(Date.now() - start).toBeGreaterThan(60 * 3 + 150);
  });
});

describe('nobody goes on from the copies', () => {
  test.each<[string, readonly ReleaseRecord[]]>([
    ['with an older revision beside the next one', [web(0), web(3, { status: 'failed' })]],
    ['while two are deployed', [web(3), web(4, { status: 'deployed' })]],
  ])('%s', async (_, others) => {
    const { release, run, to } = await begun();
    await writeAll([release], run);
    for (const other of others) await to.create(other);
    await expect(holdName(release, run)).rejects.toThrow(taken);
  });
});

test('what was created is taken back, and what was replaced stays, where there are as many of both', async () => {
  const { release, run, to } = await begun();
  await writeAll([release], run);
  const steps = release.steps.filter((step) => step.do === 'create');
  run.did(release).replaced.push(...steps);
  await to.create(stranger(7));
  const error: unknown = await holdName(release, run).catch((one: unknown) => one);
  expect(error).toMatchObject({
    why: [
      'what this run had created of it is taken back: 2 records',
      'what it had replaced stays replaced: 2',
    ],
  });
  expect(await keys(to)).toEqual(['v7']);
});

it('gives way with what a policy has labelled otherwise, and keeps what Helm has gone on with', async () => {
  const meet = (change: (record: ReleaseRecord) => ReleaseRecord) =>
    begun([], (memory) => ({
      async create(record: ReleaseRecord) {
        if (record.key !== newest.key) return memory.create(record);
        // An install takes the older revision's number before this run gets to it.
        await memory.create(change(record));
        await memory.create(stranger(1));
      },
    }));
  const labelled = await meet((record) => ({
    ...record,
    labels: { ...record.labels, status: 'failed' },
  }));
  expect((await writeAll([labelled.release], labelled.run)).size).toBe(1);
  expect(await keys(labelled.to)).toEqual(['v1']);
  const gone = await meet(() => stranger(2));
  expect((await writeAll([gone.release], gone.run)).size).toBe(1);
  expect(await keys(gone.to)).toEqual(['v1', 'v2']);
});
