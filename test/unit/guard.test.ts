/** What the engine sees of other writers: between plan and write, between write and delete, and in the end. */
import { describe, expect, it, test } from 'vitest';
import {
  findChanges,
  findLostCopy,
  findMissing,
  findSuccessor,
  findUndeleted,
  listSources,
  newestStays,
} from '../../src/migrate/engine/guard.ts';
import type { ReleasePlan, Step } from '../../src/migrate/plan.ts';
import { type RecordMeta, type ReleaseRecord, refId } from '../../src/record.ts';
import { openMemory } from '../../src/storage/memory.ts';
import type { Selection, Storage } from '../../src/storage/storage.ts';
import { sketchRecord } from './cli-records.ts';

const web = (revision: number) => sketchRecord({ name: 'web', namespace: 'apps', revision });
const api = sketchRecord({ name: 'api', namespace: 'apps' });
const keyOf = (revision: number, name = 'web') => `sh.helm.release.v1.${name}.v${revision}`;

async function metas(store: Storage): Promise<RecordMeta[]> {
  const found: RecordMeta[] = [];
  for await (const page of store.listMeta({})) found.push(...page);
  return found;
}

/** A release whose records are all that a store has of its name now, newest first. */
async function planned(from: Storage, more: Partial<ReleasePlan> = {}): Promise<ReleasePlan> {
  const { name = 'web' } = more;
  const sources = (await metas(from)).filter(({ key }) => key.includes(`${name}.v`)).reverse();
  return {
    ...{ name, owner: 'helm', namespace: 'apps', from: 'memory', sources },
    ...{ verdict: 'ready', findings: [], steps: [], ...more },
  };
}

const opened = (store: Storage) => new Map([['memory', store]]);

async function meta(store: Storage, key: string): Promise<RecordMeta> {
  const found = (await metas(store)).find((record) => record.key === key);
  if (!found) throw new Error(`there is no ${key}`);
  return found;
}

/** A store and a release of two revisions in it. */
async function two(records: readonly ReleaseRecord[] = [web(1), web(2)]) {
  const store = openMemory({ records });
  return { store, release: await planned(store) };
}

type Meanwhile = (store: Storage) => Promise<unknown>;
const gone: Meanwhile = async (store) => store.delete(await meta(store, keyOf(2)));
const rewritten: Meanwhile = async (store) =>
  store.replace({ ...web(2), labels: { ...web(2).labels, by: 'x' } }, await meta(store, keyOf(2)));
const anew: Meanwhile = async (store) => {
  await gone(store);
  await store.create(web(2));
};
const upgraded: Meanwhile = (store) => store.create(web(3));

describe('a source that isn’t what was planned', () => {
  it.each<[string, number, Meanwhile]>([
    ['is gone', 2, gone],
    ['has changed', 2, rewritten],
    ['has changed', 2, anew],
    ['is new', 3, upgraded],
  ])('%s: revision %s', async (what, revision, meanwhile) => {
    const { store, release } = await two();
    await meanwhile(store);
    const error = (await findChanges([release], opened(store))).get(release);
    expect(error).toMatchObject({
      code: 'CONFLICT',
      message: `secret apps/${keyOf(revision)} ${what} since the plan was made: something else works on this release`,
      hints: ['run the same command again: it plans anew from what is there now'],
    });
  });

  it('is another one where only its uid differs', async () => {
    const { store, release } = await two();
    const sources = release.sources.map((record) => ({ ...record, uid: 'another' }));
    const other = { ...release, sources };
    expect((await findChanges([other], opened(store))).get(other)?.message).toMatch(/has changed/);
  });

  it('does not concern the release beside it', async () => {
    const store = openMemory({ records: [web(1), web(2), api] });
    const [release, beside] = [await planned(store), await planned(store, { name: 'api' })];
    expect((await findChanges([release, beside], opened(store))).size).toBe(0);
    await upgraded(store);
    const changes = await findChanges([release, beside], opened(store));
    expect([...changes.keys()]).toEqual([release]);
    expect((await findChanges([beside], opened(store))).size).toBe(0);
  });

  it('may have gone where it was being deleted already', async () => {
    const { store, release } = await two();
    const sources = release.sources.map((record) => ({ ...record, leaving: true as const }));
    await gone(store);
    expect((await findChanges([{ ...release, sources }], opened(store))).size).toBe(0);
  });

  it('is not what lies in another place, or is another Helm’s', async () => {
    const { store, release } = await two();
    await store.create({ ...web(3), namespace: 'other' });
    await store.create({ ...web(3), kind: 'ConfigMap' });
    await store.create(
      sketchRecord({ helm: 2, name: 'web', revision: 3 }, { kind: 'Secret', namespace: 'apps' }),
    );
    expect((await findChanges([release], opened(store))).size).toBe(0);
  });

  it('is found by its key where its name label is another’s, or none', async () => {
    const bare: ReleaseRecord = { ...web(1), labels: { owner: 'helm' } };
    const { store, release } = await two([bare, web(2)]);
    expect((await findChanges([release], opened(store))).size).toBe(0);
    await store.create({ ...web(3), labels: { owner: 'helm', name: 'api' } });
    expect((await findChanges([release], opened(store))).get(release)).toMatchObject({
      message: expect.stringContaining(`${keyOf(3)} is new`),
    });
  });

  it('is asked for by name where one release is meant, and in one list of each Helm where more are', async () => {
    const store = openMemory({ records: [web(1), web(2), api] });
    const asked: Selection[] = [];
    const noted: Storage = {
      ...store,
      listMeta(selection) {
        asked.push(selection);
        return store.listMeta(selection);
      },
    };
    const [release, beside] = [await planned(store), await planned(store, { name: 'api' })];
    await findChanges([release], opened(noted));
    await findChanges([release, beside], opened(noted));
    expect(asked).toEqual([{ owner: 'helm', name: 'web' }, { owner: 'helm' }]);
    const bare = { ...release, sources: release.sources.map((one) => ({ ...one, labels: {} })) };
    await findChanges([bare], opened(noted));
    expect(asked.at(-1)).toEqual({ owner: 'helm' });
    const [first, ...rest] = release.sources;
    const half = { ...release, sources: [{ ...first, labels: {} } as RecordMeta, ...rest] };
    await findChanges([half], opened(noted));
    expect(asked.at(-1)).toEqual({ owner: 'helm' });
    await store.create(sketchRecord({ helm: 2, name: 'old' }));
    await findChanges([await planned(store, { name: 'old', owner: 'tiller' })], opened(noted));
    expect(asked.at(-1)).toEqual({ owner: 'tiller', name: 'old' });
  });

  it('is looked for in each store', async () => {
    const [{ store, release }, other] = [await two(), await two()];
    const there = { ...other.release, from: 'elsewhere' };
    const stores = new Map([...opened(store), ['elsewhere', other.store]]);
    const both = [release, there];
    expect((await findChanges(both, stores)).size).toBe(0);
    expect((await listSources(both, stores)).get(there)).toMatchObject(
      (await metas(other.store)).map(({ uid }) => ({ uid })),
    );
    const sources = (one: ReleasePlan) => (one === there ? one.sources : []);
    const { still } = (await findUndeleted(both, stores, sources)).get(there) ?? {};
    expect(still?.size).toBe(2);
    await upgraded(other.store);
    expect([...(await findChanges(both, stores)).keys()]).toEqual([there]);
  });

  it('is new in a folder, too, where nothing has a uid', async () => {
    const { store, release } = await two();
    await upgraded(store);
    const bare = ({ uid: _, ...record }: RecordMeta) => record;
    const folder: Storage = {
      ...store,
      async *listMeta(selection) {
        for await (const page of store.listMeta(selection)) yield page.map(bare);
      },
    };
    const plan = { ...release, sources: release.sources.map(bare) };
    expect((await findChanges([plan], opened(folder))).get(plan)?.message).toMatch(/v3 is new/);
  });

  it('is new wherever a list has it', async () => {
    const { store, release } = await two();
    const plan = { ...release, sources: release.sources.slice(0, 1) };
    expect((await findChanges([plan], opened(store))).get(plan)?.message).toMatch(/v1 is new/);
  });

  it('can’t be looked at where its store isn’t open', async () => {
    const { release } = await two();
    await expect(findChanges([release], new Map())).rejects.toMatchObject({
      ...{ code: 'USAGE', message: 'memory is not open' },
    });
  });
});

describe('before the newest source goes', () => {
  it.each<[string, Meanwhile | undefined]>([
    ['gone', async (store) => store.delete(await meta(store, keyOf(1)))],
    ['waiting for a finalizer', undefined],
  ])('the older ones may be %s', async (_, meanwhile) => {
    const { store, release } = await two();
    await meanwhile?.(store);
    const newest = await meta(store, keyOf(2));
    expect(await findSuccessor(release, newest, opened(store))).toBeUndefined();
  });

  it.each<[string, Meanwhile]>([
    [`${keyOf(3)} is new`, upgraded],
    [`${keyOf(2)} is gone`, gone],
    [`${keyOf(2)} has changed`, rewritten],
  ])('%s is a reason to keep it', async (message, meanwhile) => {
    const { store, release } = await two();
    const newest = await meta(store, keyOf(2));
    await meanwhile(store);
    expect(await findSuccessor(release, newest, opened(store))).toMatchObject({
      message: expect.stringContaining(message),
    });
  });

  it('an older one that was made anew is new', async () => {
    const { store, release } = await two();
    await store.delete(await meta(store, keyOf(1)));
    await store.create(web(1));
    const newest = await meta(store, keyOf(2));
    expect(await findSuccessor(release, newest, opened(store))).toMatchObject({
      message: expect.stringContaining(`${keyOf(1)} is new`),
    });
  });

  it('what keeps it is said with what became of the older ones', async () => {
    const { store, release } = await two();
    const newest = await meta(store, keyOf(2));
    await upgraded(store);
    const change = await findSuccessor(release, newest, opened(store));
    if (!change) throw new Error('nothing was found');
    for (const [ours, fate] of [
      [1, 'this run had deleted 1 older'],
      [0, 'the older ones are gone'],
    ] as const)
      expect(newestStays(change, newest, ours)).toMatchObject({
        ...{ code: change.code, message: change.message, hints: change.hints },
        why: [`the newest source stays: secret apps/${keyOf(2)}; ${fate}`],
      });
  });
});

describe('when the sources were deleted', () => {
  const all = ({ sources }: ReleasePlan) => sources;
  const deleted = async (from: Storage) => {
    for (const record of await metas(from)) await from.delete(record);
  };

  it('all that are gone is right', async () => {
    const { store, release } = await two();
    await deleted(store);
    expect((await findUndeleted([release], opened(store), all)).size).toBe(0);
  });

  it('what was not to be deleted may be there', async () => {
    const { store, release } = await two();
    expect((await findUndeleted([release], opened(store), () => [])).size).toBe(0);
  });

  it.each<[string, Partial<RecordMeta>, object]>([
    [
      ...(['one that the list still shows', {}] as const),
      {
        why: ['the reply said that it was deleted, and the list still shows it'],
        hints: [
          expect.stringMatching(/^kubectl get secret -n apps .*v2 -o yaml {2}shows what holds it$/),
        ],
      },
    ],
    [
      ...(['one with a finalizer', { leaving: true }] as const),
      { why: ['it waits for a finalizer that somebody put on it'] },
    ],
    [
      ...(['a row of a table', { kind: 'SQL' }] as const),
      { why: ['the reply said that it was deleted, and the list still shows it'], hints: [] },
    ],
    [
      ...(['one in a file', { place: 'd/a.yaml' }] as const),
      {
        why: ['it was taken out of d/a.yaml, and is there again: somebody writes to it'],
        hints: ['run the same command again, when nobody else writes to the folder'],
      },
    ],
  ])('%s', async (_, more, said) => {
    const { store, release } = await two();
    const changed = (record: RecordMeta) => ({ ...record, ...more }) as RecordMeta;
    const shown: Storage = {
      ...store,
      async *listMeta(selection) {
        for await (const page of store.listMeta(selection)) yield page.map(changed);
      },
    };
    const left = await findUndeleted([release], opened(shown), ({ sources }) =>
      sources.map(changed),
    );
    const { error, still } = left.get(release) ?? {};
    expect(error).toMatchObject({
      code: 'VERIFY',
      message: expect.stringMatching(
        /v2( \(.*\.yaml\))? is still there \(and 1 more of its release\)$/,
      ),
      ...said,
    });
    expect(still?.size).toBe(2);
  });

  it('one alone is said to be alone', async () => {
    const { store, release } = await two();
    await store.delete(await meta(store, keyOf(1)));
    const { error, still } =
      (await findUndeleted([release], opened(store), all)).get(release) ?? {};
    expect(error?.message).toBe(`secret apps/${keyOf(2)} is still there`);
    expect([...(still ?? [])]).toEqual([`Secret/apps/${keyOf(2)}`]);
  });

  it.each<[string, number, object]>([
    [
      ...(['an upgrade that had begun before', 3] as const),
      {
        message: `secret apps/${keyOf(3)} is new since its older revisions were deleted: Helm works on this release`,
        hints: ['run the same command again, when Helm is done: it goes the same way'],
      },
    ],
    [
      ...(['an install anew', 1] as const),
      {
        message: `secret apps/${keyOf(1)} is new since the sources were deleted`,
        why: ['something has installed it anew there: it lives twice, with the same live objects'],
        hints: [expect.stringContaining('helm uninstall would delete the objects of both')],
      },
    ],
  ])('%s is not its end', async (_, revision, said) => {
    const { store, release } = await two();
    await deleted(store);
    await store.create(web(revision));
    const left = (await findUndeleted([release], opened(store), all)).get(release);
    expect(left?.error).toMatchObject({ code: 'CONFLICT', ...said });
    expect(left?.still.size).toBe(0);
  });

  it('what was made anew under a source’s key is no source', async () => {
    const { store, release } = await two();
    await deleted(store);
    await store.create(web(2));
    const left = (await findUndeleted([release], opened(store), all)).get(release);
    expect(left?.error.message).toBe(
      `secret apps/${keyOf(2)} is new since the sources were deleted`,
    );
  });
});

test('the sources of a release are those that were planned, and what lies beside them under its name', async () => {
  const store = openMemory({ records: [web(1), web(2), api] });
  const release = await planned(store);
  await upgraded(store);
  await gone(store);
  await store.create({ ...web(4), namespace: 'other' });
  await store.create({ ...api, key: keyOf(9, 'api'), labels: { ...api.labels, name: 'web' } });
  await store.create(
    sketchRecord({ helm: 2, name: 'web', revision: 8 }, { kind: 'Secret', namespace: 'apps' }),
  );
  const beside = await planned(store, { name: 'api', owner: 'tiller', sources: [] });
  const found = await listSources([release, beside], opened(store));
  const keys = (one: ReleasePlan) =>
    found
      .get(one)
      ?.map(({ key }) => key)
      .sort();
  expect(keys(release)).toEqual([keyOf(9, 'api'), keyOf(1), keyOf(3)].sort());
  expect(keys(beside)).toEqual([]);
});

test('a source that is planned is one whatever it is called by now', async () => {
  const odd: ReleaseRecord = { ...web(1), key: 'odd', labels: { owner: 'helm', name: 'api' } };
  const store = openMemory({ records: [odd] });
  const release = { ...(await planned(store)), sources: await metas(store) };
  const found = await listSources([release], opened(store));
  expect(found.get(release)?.map(({ key }) => key)).toEqual(['odd']);
});

describe('a copy', () => {
  const steps: Step[] = [
    { do: 'create', revision: 2, record: web(2) },
    { do: 'keep', revision: 1, record: web(1) },
  ];

  it.each([1, 2])('that is gone is named: revision %s', async (revision) => {
    const { store, release } = await two();
    await store.delete(await meta(store, keyOf(revision)));
    const error = await findLostCopy({ ...release, steps }, store, await metas(store));
    expect(error).toMatchObject({
      code: 'CONFLICT',
      message: `secret apps/${keyOf(revision)} is gone again: something else works on this release`,
      why: ['the sources of the release are kept'],
      hints: ['see what became of it in Helm, before the same command is run again'],
    });
  });

  it('that a list doesn’t show is asked for', async () => {
    const { store, release } = await two();
    expect(await findLostCopy({ ...release, steps }, store, [])).toBeUndefined();
  });

  it('that is being deleted is none', async () => {
    const [going, still] = [{ ...web(1), leaving: true as const }, web(2)];
    const store = openMemory({ records: [going, still] });
    const copies: Step[] = [going, still, web(7)].map((record) => ({
      ...{ do: 'keep', revision: 1, record },
    }));
    const missing = await findMissing({ ...(await planned(store)), steps: copies }, store, []);
    expect(missing.map(({ key }) => key)).toEqual([keyOf(1), keyOf(7)]);
    const release = await planned(store, { steps });
    const lost = await findLostCopy(release, store, await metas(store));
    expect(lost?.message).toContain(keyOf(1));
  });

  it('that was made anew by somebody else is none, but where it is the same', async () => {
    const { store, release } = await two();
    const uids = new Map([[refId(web(2)), 'another']]);
    const lost = async () =>
      (await findMissing({ ...release, steps }, store, await metas(store), uids)).map(
        ({ key }) => key,
      );
    expect(await lost()).toEqual([]);
    const other = openMemory({ records: [web(1), { ...web(2), payload: 'bmV3' }] });
    expect(await findMissing({ ...release, steps }, other, await metas(other), uids)).toMatchObject(
      [{ key: keyOf(2) }],
    );
  });

  it('that a list shows is there', async () => {
    const { store, release } = await two();
    const blind: Storage = { ...store, get: async () => undefined };
    expect(await findLostCopy({ ...release, steps }, blind, await metas(store))).toBeUndefined();
  });
});
