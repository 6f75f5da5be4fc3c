/** Whose a release's name is: before the first write, after the last one, and what is done where it isn't ours. */
import { describe, expect, it, test } from 'vitest';
import { ReleasesError } from '../../src/errors.ts';
import { findTaken, holdName, settleNames } from '../../src/migrate/engine/holdName.ts';
import { startRun } from '../../src/migrate/engine/run.ts';
import { writeAll } from '../../src/migrate/engine/writeAll.ts';
import type { ReleasePlan } from '../../src/migrate/plan.ts';
import type { BadRecord, RecordMeta, ReleaseRecord } from '../../src/record.ts';
import { openMemory } from '../../src/storage/memory.ts';
import type { Storage } from '../../src/storage/storage.ts';
import { type Sketch, sketchRecord } from './cli-records.ts';
import { copying, planFor } from './relocations.ts';

const web = (revision: number, more: Sketch = {}) =>
  sketchRecord({ name: 'web', namespace: 'apps', revision, status: 'superseded', ...more });
const newest = web(2, { status: 'deployed' });
const keyOf = (revision: number) => `sh.helm.release.v1.web.v${revision}`;
const placeOf = (revision: number) => `secret apps/${keyOf(revision)}`;
const otherDay = { updated: '2025-01-01T00:00:00Z' };
/** Of another release, as Helm installs it. */
const stranger = (revision: number) => web(revision, { status: 'deployed', ...otherDay });
/** Of the same release or of another one: an upgrade of what is being restored is no other release. */
const taken = 'something else works on a release of that name';
const again = 'run the same command again: it plans anew from what is there now';

async function metas(store: Storage): Promise<RecordMeta[]> {
  const found: RecordMeta[] = [];
  for await (const page of store.listMeta({})) found.push(...page);
  return found;
}

async function meta(store: Storage, revision: number): Promise<RecordMeta> {
  const found = (await metas(store)).find(({ key }) => key === keyOf(revision));
  if (!found) throw new Error(`there is no revision ${revision}`);
  return found;
}

async function keys(store: Storage): Promise<string[]> {
  return (await metas(store)).map(({ key }) => key.slice(-2)).sort();
}

/** A copy of two revisions, that has its plan. @param around stands before the target once there is one */
async function begun(
  there: readonly ReleaseRecord[] = [],
  around: (to: Storage) => object = () => ({}),
) {
  const [from, memory] = [
    openMemory({ records: [web(1), newest] }),
    openMemory({ records: there }),
  ];
  const plan = await planFor(from, memory, undefined, copying);
  const [release] = plan.releases;
  if (!release) throw new Error('there is no plan');
  const to: Storage = { ...memory, ...around(memory) };
  const takenBack: number[] = [];
  const ctrlC = new AbortController();
  const run = startRun([release], {
    ...{ from: new Map([[from.address, from]]), to, concurrency: 1, patienceMs: 8 },
    ...{ signal: ctrlC.signal, onTakenBack: (_, { revision }) => void takenBack.push(revision) },
  });
  return { from, to: memory, release, run, takenBack, ctrlC };
}

/** The same when all is written. */
async function written(around?: (to: Storage) => object) {
  const all = await begun([], around);
  const failures = await writeAll([all.release], all.run);
  expect(failures.size).toBe(0);
  return all;
}

describe('before the first write', () => {
  it.each<[string, readonly ReleaseRecord[]]>([
    ['nothing is there', []],
    ['what is there was there', [web(1)]],
  ])('the name is free where %s', async (_, there) => {
    const { release, run } = await begun(there);
    expect((await findTaken([release], run)).size).toBe(0);
  });

  it('the name is free where another run has written what this one would', async () => {
    const { release, run, to } = await begun();
    await to.create(newest);
    expect((await findTaken([release], run)).size).toBe(0);
  });

  const bad: BadRecord = { ...web(2), unreadable: 'it has no release data' };
  const asBad = () => ({ get: async () => bad, list: async function* () {} });
  it.each<
    [
      string,
      readonly ReleaseRecord[],
      (to: Storage) => Promise<unknown>,
      ((to: Storage) => object)?,
    ]
  >([
    [`${placeOf(7)} is new`, [], (to) => to.create(stranger(7))],
    [`${placeOf(2)} is new`, [], (to) => to.create(stranger(2))],
    [`${placeOf(2)} is new`, [], (to) => to.create(newest), asBad],
    [
      `${placeOf(1)} has changed`,
      [web(1)],
      async (to) => to.replace(stranger(1), await meta(to, 1)),
    ],
    [`${placeOf(1)} is gone`, [web(1)], async (to) => to.delete(await meta(to, 1))],
    [
      ...([`${placeOf(1)} has changed`, [web(1)]] as const),
      async (to) => {
        await to.delete(await meta(to, 1));
        await to.create(stranger(1));
      },
    ],
  ])('%s: the release stays where it is', async (what, there, meanwhile, around) => {
    const { release, run, to } = await begun(there, around);
    await meanwhile(to);
    expect((await findTaken([release], run)).get(release)).toMatchObject({
      code: 'CONFLICT',
      message: `${what} since the plan was made: something else works on a release of that name`,
      why: ['nothing of this release was written'],
      hints: [again],
    });
  });

  it('nothing is in what is written as a whole', async () => {
    const { release, run, to } = await begun([], () => ({ seal: async () => {} }));
    await to.create(stranger(7));
    expect((await findTaken([release], run)).size).toBe(0);
    expect((await settleNames([release], run)).size).toBe(0);
  });
});

describe('after the last write', () => {
  it('the name is the release’s where nobody came', async () => {
    const { release, run, to, takenBack } = await written();
    await holdName(release, run);
    expect(await settleNames([release], run)).toEqual(new Map());
    expect(await settleNames([], run)).toEqual(new Map());
    expect(await keys(to)).toEqual(['v1', 'v2']);
    expect(takenBack).toEqual([]);
  });

  it.each<[string, ReleaseRecord]>([
    ['an older revision', stranger(7)],
    ['a newer one', stranger(0)],
  ])('what this run wrote goes again where somebody keeps the name: %s', async (_, other) => {
    const deleted: string[] = [];
    const { release, run, to, takenBack } = await written((store) => ({
      delete: async (record: RecordMeta) => {
        deleted.push(record.key);
        return store.delete(record);
      },
    }));
    await to.create(other);
    const lost = await settleNames([release], run);
    expect(lost.get(release)).toMatchObject({
      code: 'CONFLICT',
      message: `secret apps/${other.key} is new since the plan was made: something else works on a release of that name`,
      why: ['what this run had created of it is taken back: 2 records'],
      hints: [again],
    });
    expect(await keys(to)).toEqual([other.key.slice(-2)]);
    // Who looks in between sees the newest.
    expect(deleted).toEqual([keyOf(1), keyOf(2)]);
    expect(takenBack).toEqual([1, 2]);
    expect(run.did(release)).toMatchObject({ created: [], done: new Set() });
  });

  it('where nobody can look, each release has that error', async () => {
    let isDown = false;
    const { release, run, to } = await written((store) => ({
      async *listMeta(selection: object) {
        if (isDown) throw new ReleasesError('UNREACHABLE', 'the target is gone');
        yield* store.listMeta(selection);
      },
    }));
    isDown = true;
    const other = { ...release };
    const lost = await settleNames([release, other], run);
    expect([lost.get(release), lost.get(other)]).toMatchObject([
      { code: 'UNREACHABLE', message: 'the target is gone' },
      { code: 'UNREACHABLE', message: 'the target is gone' },
    ]);
    expect(await keys(to)).toEqual(['v1', 'v2']);
  });

  it('a look that fails by a fault of ours ends the program', async () => {
    let isDown = false;
    const { release, run } = await written((store) => ({
      async *listMeta(selection: object) {
        if (isDown) throw new RangeError('a fault');
        yield* store.listMeta(selection);
      },
    }));
    isDown = true;
    await expect(settleNames([release], run)).rejects.toThrow(RangeError);
  });

  it('what came later may go again: then this run stays', async () => {
    const { release, run, to } = await written();
    const patient = { ...run, patienceMs: 5000 };
    await to.create(stranger(7));
    setTimeout(async () => to.delete(await meta(to, 7)), 40);
    const start = Date.now();
    await holdName(release, patient);
    expect(Date.now() - start).toBeGreaterThan(30);
    expect(await keys(to)).toEqual(['v1', 'v2']);
  });

  it('who came first is not waited for', async () => {
    const { release, run, to } = await begun();
    await to.create(stranger(7));
    await writeAll([release], { ...run, to: { ...to, listMeta: async function* () {} } });
    const start = Date.now();
    await expect(holdName(release, { ...run, patienceMs: 60_000 })).rejects.toThrow(taken);
    expect(Date.now() - start).toBeLessThan(20_000);
  });

  it('as long as the other one writes, it is waited for', async () => {
    const { release, run, to } = await written();
    await to.create(stranger(3));
    let added = 3;
    const writing = setInterval(() => {
      added += 1;
      if (added < 7) to.create(stranger(added));
      else clearInterval(writing);
    }, 60);
    const start = Date.now();
    await expect(holdName(release, { ...run, patienceMs: 150 })).rejects.toThrow(taken);
    expect(Date.now() - start).toBeGreaterThan(60 * 3 + 150);
  });

  it('Ctrl-C ends the wait', async () => {
    const { release, run, to, ctrlC } = await written();
    await to.create(stranger(7));
    ctrlC.abort();
    await expect(holdName(release, { ...run, patienceMs: 60_000 })).rejects.toMatchObject({
      code: 'INTERRUPTED',
    });
    expect(await keys(to)).toEqual(['v1', 'v2', 'v7']);
  });

  async function why(all: Awaited<ReturnType<typeof begun>>): Promise<readonly string[]> {
    await all.to.create(stranger(7));
    const error: unknown = await holdName(all.release, all.run).catch((one: unknown) => one);
    return error instanceof ReleasesError ? error.why : ['no error'];
  }

  it('what somebody else has changed of it stays', async () => {
    const all = await written();
    await all.to.replace(web(1, { notes: 'x' }), await meta(all.to, 1));
    expect(await why(all)).toEqual([
      'what this run had created of it is taken back: 1 record',
      `${placeOf(1)} was changed by somebody else, and stays`,
    ]);
    expect(await keys(all.to)).toEqual(['v1', 'v7']);
  });

  it('what can’t be deleted stays, and is named', async () => {
    const all = await written(() => ({
      delete: async () => {
        throw new ReleasesError('FORBIDDEN', 'no permission');
      },
    }));
    expect(await why(all)).toEqual([
      `${placeOf(1)} stays: no permission`,
      `${placeOf(2)} stays: no permission`,
    ]);
    expect(all.takenBack).toEqual([]);
  });

  it('what somebody deletes at that moment is gone', async () => {
    const all = await written(() => ({
      delete: async () => {
        throw new ReleasesError('NOT_FOUND', 'there is none');
      },
    }));
    expect(await why(all)).toEqual([]);
  });

  it('what is gone already needs no delete', async () => {
    const all = await written();
    await all.to.delete(await meta(all.to, 1));
    expect(await why(all)).toEqual(['what this run had created of it is taken back: 2 records']);
  });

  it('an error that is none of ours ends the program', async () => {
    const all = await written(() => ({
      delete: async () => {
        throw new RangeError('a fault');
      },
    }));
    await all.to.create(stranger(7));
    await expect(holdName(all.release, all.run)).rejects.toThrow(RangeError);
  });

  it('of a run that has written nothing there is nothing to take back', async () => {
    expect(await why(await begun())).toEqual(['nothing of this release was written']);
  });

  it('what took the place of other content stays', async () => {
    const all = await begun();
    const [step] = all.release.steps;
    if (step?.do !== 'create') throw new Error('nothing is created');
    all.run.did(all.release).replaced.push(step);
    expect(await why(all)).toEqual(['what it had replaced stays replaced: 1']);
  });

  it('nothing is taken back once sources are deleted, by whomever', async () => {
    const said = [
      'sources are deleted already: both stand there, and Helm takes them for one release',
    ];
    const own = await written();
    own.run.did(own.release).deleted.push({ do: 'delete', revision: 1, record: web(1) });
    expect(await why(own)).toEqual(said);
    const others = await written();
    await others.from.delete(await meta(others.from, 1));
    expect(await why(others)).toEqual(said);
    expect(await keys(others.to)).toEqual(['v1', 'v2', 'v7']);
  });

  it('a source that was being deleted already is no loss', async () => {
    const all = await written();
    const sources = all.release.sources.map((one) => ({ ...one, leaving: true as const }));
    const release: ReleasePlan = { ...all.release, sources };
    all.run.did(release).created.push(...all.run.did(all.release).created);
    for (const key of await metas(all.from)) await all.from.delete(key);
    expect(await why({ ...all, release })).toEqual([
      'what this run had created of it is taken back: 2 records',
    ]);
  });
});

describe('a Helm that goes on from the copies takes nothing', () => {
  /** pkg/action/upgrade.go: the next revision is pending, the deployed one is superseded, the next one deployed. */
  async function upgraded(
    next: ReleaseRecord | BadRecord,
    { supersedes = true, around = (): object => ({}) } = {},
  ) {
    const { release, run, to } = await written(around);
    if (supersedes) await to.replace(web(2), await meta(to, 2));
    await to.create(next as ReleaseRecord);
    return holdName(release, run).then(
      () => 'goes on',
      (error: Error) => error.message.replace(/.*: /, ''),
    );
  }
  it.each<[string, string, ReleaseRecord, boolean]>([
    ['the next revision, deployed', 'goes on', web(3, { status: 'deployed' }), true],
    ['a later one', 'goes on', web(9, { status: 'deployed' }), true],
    ['one that is pending', 'goes on', web(3, { status: 'pending-upgrade' }), false],
    ['one that failed', 'goes on', web(3, { status: 'failed' }), false],
    ['two that are deployed', taken, web(3, { status: 'deployed' }), false],
    ['first deployed at another time', taken, web(3, { status: 'deployed', ...otherDay }), true],
    ['no later revision', taken, web(0, { status: 'deployed' }), true],
    ['no time at all', taken, web(3, { status: 'deployed', updated: '' }), true],
    ['nothing that can be read', taken, { ...web(3), payload: 'bm90aGluZw==' }, true],
  ])('%s: %s', async (_, fate, next, supersedes) => {
    expect(await upgraded(next, { supersedes })).toBe(fate);
  });

  it('but where the newest copy is gone', async () => {
    const { release, run, to } = await written();
    await to.delete(await meta(to, 2));
    await to.create(web(3, { status: 'deployed' }));
    await expect(holdName(release, run)).rejects.toThrow(taken);
  });

  it('but where what it went on from can’t be read', async () => {
    const none = () => ({ get: async () => undefined });
    expect(await upgraded(web(3, { status: 'deployed' }), { around: none })).toBe(taken);
  });
});

test('what was there when the plan was made is no stranger, and what took its place is one', async () => {
  const { release, run, to } = await begun([web(1)]);
  await holdName(release, run);
  await to.delete(await meta(to, 1));
  await to.create(stranger(1));
  await expect(holdName(release, run)).rejects.toThrow(taken);
});
