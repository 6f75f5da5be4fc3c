/** Records whose labels were changed: no list of Helm's shows them, and their keys are taken. */
import { describe, expect, it, test } from 'vitest';
import { ReleasesError } from '../../src/errors.ts';
import { applyPlan } from '../../src/migrate/engine/apply.ts';
import type { Plan } from '../../src/migrate/plan.ts';
import type { RelocateOptions } from '../../src/migrate/relocate/relocateOptions.ts';
import type { ReleaseRecord } from '../../src/record.ts';
import { findHidden } from '../../src/storage/hidden.ts';
import { openMemory } from '../../src/storage/memory.ts';
import type { Selection, Storage } from '../../src/storage/storage.ts';
import { sketchRecord } from './cli-records.ts';
import { helm2, planFor as migrationFor } from './migrations.ts';
import { asItIs, copying, planFor } from './relocations.ts';

const web = sketchRecord({ name: 'web', namespace: 'apps', revision: 1 });
const place = `secret apps/${web.key}`;

/** Lists by labels alone, as an API server does. */
function byLabels(store: Storage): Storage {
  async function* only<T extends { readonly labels: Readonly<{ [name: string]: string }> }>(
    pages: AsyncIterable<readonly T[]>,
    { name, names }: Selection,
  ) {
    for await (const page of pages)
      yield page.filter(({ labels }) => {
        const said = labels.owner === 'helm' ? labels.name : labels.NAME;
        if (labels.owner !== 'helm' && labels.OWNER !== 'TILLER') return false;
        if (name !== undefined && said !== name) return false;
        return !names || names.includes(said ?? '');
      });
  }
  return {
    ...store,
    list: (selection) => only(store.list(selection), selection),
    listMeta: (selection) => only(store.listMeta(selection), selection),
  };
}

const { owner: _, ...ownerless } = web.labels;
const changes: [string, ReleaseRecord['labels']][] = [
  ['the name of another release', { ...web.labels, name: 'other' }],
  ['no owner', ownerless],
  ['another owner', { ...web.labels, owner: 'me' }],
];

const restoring = (overwrite: readonly string[] = []): RelocateOptions => ({
  ...{ ...copying, overwrite: new Set(overwrite) },
  partly: true,
  apart: { kind: true, otherwise: '' },
});

function findingsOf({ releases }: Plan): string[] {
  return releases.flatMap(({ findings }) =>
    findings.flatMap(({ severity, message, fix }) =>
      severity === 'refusal' ? `${message} (${fix})` : [],
    ),
  );
}

describe.each(changes)('a record with %s, where one is to come', (_label, labels) => {
  const there = () => byLabels(openMemory({ records: [{ ...web, labels }] }));

  it('is refused by the plan of a restore, which names it', async () => {
    const from = openMemory({ records: [web] });
    const plan = await planFor(from, there(), asItIs, restoring());
    expect(plan.releases.map(({ verdict }) => verdict)).toEqual(['refused']);
    expect(findingsOf(plan)).toEqual([`${place} exists and differs in labels (--overwrite web)`]);
  });

  it('is refused by that of a copy', async () => {
    const plan = await planFor(openMemory({ records: [web] }), there());
    expect(plan.releases.map(({ verdict }) => verdict)).toEqual(['refused']);
    expect(findingsOf(plan)[0]).toContain(`${place} exists and differs in labels`);
  });

  it('is replaced where its release is to be overwritten', async () => {
    const [from, to, backup] = [openMemory({ records: [web] }), there(), openMemory()];
    const plan = await planFor(from, to, asItIs, restoring(['web']));
    const stores = new Map([[from.address, from]]);
    const [outcome] = await applyPlan(plan, { from: stores, to, backup, concurrency: 1 });
    expect(outcome).toMatchObject({ result: 'migrated' });
    expect(await to.get(web)).toMatchObject({ labels: web.labels, payload: web.payload });
    expect(await backup.get(web)).toMatchObject({ labels });
  });

  it('and isn’t, once somebody has changed it or taken it away', async () => {
    for (const [what, meanwhile] of [
      ['has changed', (to: Storage) => to.get(web).then((now) => now && to.replace(web, now))],
      ['is gone', (to: Storage) => to.delete(web)],
    ] as const) {
      const [from, to] = [openMemory({ records: [web] }), there()];
      const hiding = { ...to, listMeta: async function* () {} };
      const plan = await planFor(from, to, asItIs, restoring(['web']));
      await meanwhile(to);
      const engine = { from: new Map([[from.address, from]]), to: hiding, backup: openMemory() };
      const [outcome] = await applyPlan(plan, { ...engine, concurrency: 1 });
      expect(outcome?.result === 'failed' && outcome.error).toMatchObject({
        code: 'CONFLICT',
        message: expect.stringContaining(`${place} ${what} since the plan was made`),
      });
    }
  });

  it('is refused by the plan of a migration', async () => {
    const plan = await migrationFor(openMemory({ records: [helm2('web', 1)] }), there());
    expect(plan.releases.map(({ verdict }) => verdict)).toEqual(['refused']);
    expect(findingsOf(plan)).toContain(`${place} exists with other content (undefined)`);
  });
});

describe('what is asked for by its key', () => {
  const gets = (store: Storage, asked: string[]): Storage => ({
    ...store,
    async get(ref) {
      asked.push(ref.key);
      return store.get(ref);
    },
  });

  test('is what no list has shown, once, and what the store has a place for', async () => {
    const asked: string[] = [];
    const row = { ...web, kind: 'SQL' as const };
    const odd = { ...web, key: 'odd' };
    const to = {
      ...gets(openMemory({ records: [web] }), asked),
      unholdable: ({ key }: { readonly key: string }) => (key === 'odd' ? 'it is odd' : undefined),
    };
    const shown = new Set([`Secret/apps/shown`]);
    const wanted = [web, web, row, odd, { ...web, key: 'shown' }];
    const found = await findHidden(to, wanted, shown, 2);
    expect(asked).toEqual([web.key]);
    expect(found.map(({ key }) => key)).toEqual([web.key]);
    expect(found[0]).not.toHaveProperty('payload');
  });

  test('is left to the check of permissions where nobody may get it', async () => {
    const refusing = (code: 'FORBIDDEN' | 'UNREACHABLE'): Storage => ({
      ...openMemory(),
      get: async () => {
        throw new ReleasesError(code, 'no');
      },
    });
    expect(await findHidden(refusing('FORBIDDEN'), [web], new Set(), 1)).toEqual([]);
    await expect(findHidden(refusing('UNREACHABLE'), [web], new Set(), 1)).rejects.toThrow('no');
  });

  /** A hundred releases to come, and an API server that shows what labels hide only where all names are listed. */
  const many = Array.from({ length: 100 }, (_, i) =>
    sketchRecord({ name: `web-${i}`, namespace: i % 2 ? 'apps' : 'pay', revision: 1 }),
  );

  function named(store: Storage, asked: string[]): Storage {
    return {
      ...gets(byLabels(store), asked),
      async *listNames(namespace) {
        asked.push(`all of ${namespace}`);
        for await (const page of store.listMeta({ namespace })) yield page;
      },
    };
  }

  test('of many records it is one list for each namespace, and the rest is planned', async () => {
    const taken = many.slice(0, 1).map((record) => ({ ...record, labels: {} }));
    const asked: string[] = [];
    const to = named(openMemory({ records: taken }), asked);
    const plan = await planFor(openMemory({ records: many }), to);
    expect(asked.filter((text) => text.startsWith('all'))).toEqual(['all of pay', 'all of apps']);
    // What has been found is read, and nothing else.
    expect(asked.filter((text) => !text.startsWith('all'))).toEqual(taken.map(({ key }) => key));
    expect(plan.releases.filter(({ verdict }) => verdict === 'refused')).toHaveLength(1);
    expect(plan.releases.filter(({ verdict }) => verdict === 'ready')).toHaveLength(99);
  });

  test.each([
    ['a release of a hundred revisions is refused', 100],
    ['one of sixty likewise, by their keys', 60],
  ])('%s where one key is taken, and nothing of it is written', async (_, count) => {
    const history = Array.from({ length: count }, (__, i) =>
      sketchRecord({ name: 'web', namespace: 'apps', revision: i + 1, status: 'superseded' }),
    );
    const hidden = history.slice(0, 1).map((record) => ({ ...record, labels: {} }));
    const [from, memory] = [openMemory({ records: history }), openMemory({ records: hidden })];
    const to = named(memory, []);
    const plan = await planFor(from, to);
    const [outcome] = await applyPlan(plan, {
      ...{ from: new Map([[from.address, from]]), to, concurrency: 1 },
    });
    expect(outcome?.result).toBe('left alone');
    expect(findingsOf(plan)[0]).toContain('web.v1 exists and differs in labels');
    const left: string[] = [];
    for await (const page of memory.listMeta({})) left.push(...page.map(({ key }) => key));
    expect(left).toEqual(hidden.map(({ key }) => key));
  });

  test('of a store whose lists show all, without asking for each', async () => {
    const asked: string[] = [];
    const to = gets(openMemory({ records: many.slice(0, 2) }), asked);
    const found = await findHidden(to, many, new Set(), 1);
    expect(found.map(({ key }) => key).sort()).toEqual(many.slice(0, 2).map(({ key }) => key));
    expect(asked).toEqual([]);
  });

  test('and where nobody may list them, it is left to the check of permissions', async () => {
    const refusing = (code: 'FORBIDDEN' | 'UNREACHABLE'): Storage => ({
      ...openMemory(),
      // biome-ignore lint/correctness/useYield: it fails before it has any.
      async *listNames() {
        throw new ReleasesError(code, 'no');
      },
    });
    expect(await findHidden(refusing('FORBIDDEN'), many, new Set(), 1)).toEqual([]);
    await expect(findHidden(refusing('UNREACHABLE'), many, new Set(), 1)).rejects.toThrow('no');
  });
});
