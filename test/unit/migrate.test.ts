/** The engine: plan, guard, apply, verify, on stores in memory, with every interruption there is. */
import { describe, expect, test } from 'vitest';
import { encodePayload, openRecord } from '../../src/codecs/index.ts';
import { isReleasesError, ReleasesError } from '../../src/errors.ts';
import { applyPlan } from '../../src/migrate/engine/apply.ts';
import { countPlan, planData } from '../../src/migrate/plan.ts';
import { isBad, type ReadRecord, type ReleaseRecord } from '../../src/record.ts';
import type { Release } from '../../src/release.ts';
import { openMemory } from '../../src/storage/memory.ts';
import type { Storage } from '../../src/storage/storage.ts';
import {
  all,
  everything,
  helm2,
  keep,
  keysOf,
  migrate,
  move,
  planFor,
  revisionsOf,
  tiller,
  withStatus,
} from './migrations.ts';
import { relocate } from './relocations.ts';

describe('a migration', () => {
  test('creates every revision as Helm 3 would store it, and keeps the sources', async () => {
    const [from, to] = [openMemory({ records: tiller() }), openMemory()];
    const outcomes = await migrate(from, to);
    expect(outcomes.map(({ result }) => result)).toEqual(['migrated', 'migrated']);
    expect(await revisionsOf(to)).toEqual(everything);
    expect(await revisionsOf(from)).toEqual(everything);
    const record = await to.get({
      ...{ kind: 'Secret', namespace: 'apps', key: 'sh.helm.release.v1.web.v3' },
    });
    expect(record).toMatchObject({
      type: 'helm.sh/release.v1',
      labels: {
        ...{ name: 'web', owner: 'helm', status: 'deployed', version: '3' },
        createdAt: '1500000000',
      },
    });
  });

  test('run again, it has nothing to do and writes nothing', async () => {
    const [from, to] = [openMemory({ records: tiller() }), openMemory()];
    await migrate(from, to);
    const written: string[] = [];
    const watched: Storage = {
      ...to,
      create: async ({ key }) => {
        written.push(key);
      },
    };
    const plan = await planFor(from, watched);
    expect(plan.releases.map(({ verdict }) => verdict)).toEqual(['done', 'done']);
    await migrate(from, watched);
    expect(written).toEqual([]);
  });

  test('deletes the sources when told to, also in a later run', async () => {
    const [from, to] = [openMemory({ records: tiller() }), openMemory()];
    await migrate(from, to);
    const outcomes = await migrate(from, to, move);
    expect(outcomes.map((outcome) => 'deleted' in outcome && outcome.deleted)).toEqual([2, 3]);
    expect(await keysOf(from)).toEqual([]);
    expect(await revisionsOf(to)).toEqual(everything);
  });

  test('creates the newest revision first', async () => {
    const [from, to] = [openMemory({ records: tiller() }), openMemory()];
    const plan = await planFor(from, to);
    const web = plan.releases.find(({ name }) => name === 'web');
    expect(web?.steps.map(({ revision }) => revision)).toEqual([3, 2, 1]);
  });

  test('its plan is data without payloads', async () => {
    const plan = await planFor(openMemory({ records: tiller() }), openMemory());
    const text = JSON.stringify(planData(plan));
    expect(text).toContain('"do":"create"');
    expect(text).not.toContain('H4sI');
  });
});

describe('a release is left alone', () => {
  test.each([
    ['when its newest revision is pending', withStatus('pending-upgrade'), 'needs a decision'],
    ['when Helm 3 does not allow its name', { name: 'Web_1' }, 'refused'],
    ['when it names no namespace', { namespace: '' }, 'refused'],
    ["when its values can't be read", { config: { yaml: '{a: [' } }, 'refused'],
  ] as const)('%s', async (_, change, verdict) => {
    const name = 'name' in change ? change.name : 'web';
    const [from, to] = [openMemory({ records: [helm2(name, 1, change)] }), openMemory()];
    const plan = await planFor(from, to, move);
    expect(plan.releases.map((release) => release.verdict)).toEqual([verdict]);
    expect(plan.releases.flatMap(({ steps }) => steps)).toEqual([]);
    await migrate(from, to, move);
    expect(await keysOf(to)).toEqual([]);
    expect(await keysOf(from)).toHaveLength(1);
  });

  test('when the target holds other content under its key', async () => {
    const other = openMemory({ records: [helm2('web', 1, { manifest: 'other' })] });
    const [from, to] = [openMemory({ records: tiller() }), openMemory()];
    await migrate(other, to);
    const plan = await planFor(from, to, move);
    const web = plan.releases.find(({ name }) => name === 'web');
    expect(web?.verdict).toBe('refused');
    expect(web?.findings[0]?.message).toContain('exists with other content');
  });

  test('when a Helm 3 release of its name is there with revisions of its own', async () => {
    const other = openMemory({ records: [helm2('web', 2)] });
    const from = openMemory({ records: [helm2('web', 1), helm2('web', 3)] });
    const to = openMemory();
    await migrate(other, to);
    expect((await planFor(from, to)).releases[0]?.verdict).toBe('refused');
  });

  test('when its namespace is gone', async () => {
    const to: Storage = { ...openMemory(), closedNamespace: async () => 'does not exist' };
    const plan = await planFor(openMemory({ records: tiller() }), to);
    expect(plan.releases.map(({ verdict }) => verdict)).toEqual(['refused', 'refused']);
    expect(plan.releases[0]?.findings[0]).toMatchObject({
      message: 'namespace apps does not exist',
      fix: 'kubectl create namespace apps',
    });
  });

  test('when a record would be larger than the store takes', async () => {
    const memory = openMemory();
    const small = { ...memory.capabilities, maxRecordBytes: 100 };
    const plan = await planFor(openMemory({ records: tiller() }), {
      ...memory,
      capabilities: small,
    });
    expect(plan.releases[0]?.verdict).toBe('refused');
  });

  test('when two stores hold a release that would become the same record', async () => {
    const twice = [helm2('web', 1), { ...helm2('web', 1), kind: 'Secret' as const }];
    const plan = await planFor(openMemory({ records: twice }), openMemory());
    expect(plan.releases.map(({ verdict }) => verdict)).toEqual(['refused', 'refused']);
  });

  test.each([
    ['have no revision in common', helm2('web', 2)],
    ['and one of them can not move', helm2('web', 1, withStatus('pending-upgrade'))],
  ])('when two stores hold parts of what would be one release, %s', async (_, other) => {
    const twice = [helm2('web', 1), { ...other, kind: 'Secret' as const }];
    const plan = await planFor(openMemory({ records: twice }), openMemory());
    expect(plan.releases).toMatchObject([
      { verdict: 'refused', steps: [] },
      { verdict: 'refused', steps: [] },
    ]);
    expect(plan.releases[0]?.findings[0]?.message).toBe(
      'it would become the same Helm 3 release as web in memory',
    );
  });
});

describe('decisions', () => {
  test('--resolve-pending settles a pending newest revision', async () => {
    const records = [helm2('web', 1), helm2('web', 2, withStatus('pending-upgrade'))];
    const [from, to] = [openMemory({ records }), openMemory()];
    await migrate(from, to, { ...keep, resolvePending: 'failed' });
    const record = await to.get({
      ...{ kind: 'Secret', namespace: 'apps', key: 'sh.helm.release.v1.web.v2' },
    });
    expect(record?.labels['status']).toBe('failed');
  });

  test('--mark-superseded leaves one revision deployed', async () => {
    const records = [1, 2, 3].map((n) => helm2('web', n, withStatus('deployed')));
    const [from, to] = [openMemory({ records }), openMemory()];
    await migrate(from, to, { ...keep, markSuperseded: true });
    const statuses: (string | undefined)[] = [];
    for await (const page of to.list({})) statuses.push(...page.map((r) => r.labels['status']));
    expect(statuses.sort()).toEqual(['deployed', 'superseded', 'superseded']);
  });
});

describe('a revision that is unreadable', () => {
  const damaged = (record: ReleaseRecord): ReadRecord => ({ ...record, payload: 'H4sIAAAA' });

  test('and not the newest is a named loss; the sources stay even when told to go', async () => {
    const records = [damaged(helm2('web', 1)), helm2('web', 2)];
    const [from, to] = [openMemory({ records }), openMemory()];
    const plan = await planFor(from, to, move);
    expect(plan.releases[0]?.verdict).toBe('with losses');
    expect(countPlan(plan)).toMatchObject({ creates: 1, deletes: 0 });
    await migrate(from, to, move);
    expect(await keysOf(from)).toHaveLength(2);
  });

  test('and misnamed stops the release that its label names', async () => {
    const misnamed = { ...helm2('web', 3), key: 'web.v9' };
    const plan = await planFor(openMemory({ records: [helm2('web', 1), misnamed] }), openMemory());
    expect(plan.releases.map(({ name, verdict }) => [name, verdict])).toEqual([['web', 'refused']]);
    expect(plan.releases[0]?.findings[0]?.message).toContain(
      'is not converted while its parts disagree: its key says revision 9, its content 3',
    );
  });

  test('and the newest stops its release', async () => {
    const records = [helm2('web', 1), damaged(helm2('web', 2))];
    const plan = await planFor(openMemory({ records }), openMemory());
    expect(plan.releases[0]?.verdict).toBe('refused');
  });
});

describe('Helm goes on in the target', () => {
  test('a status that Helm changed since counts as migrated', async () => {
    const [from, to] = [openMemory({ records: tiller() }), openMemory()];
    await migrate(from, to);
    const ref = { kind: 'Secret', namespace: 'apps', key: 'sh.helm.release.v1.web.v3' } as const;
    const record = await to.get(ref);
    const opened = record && openRecord(record);
    if (!opened || isBad(opened)) throw new Error('it was just written');
    const info = { ...opened.release.info, status: 'superseded' } as Release['info'];
    await to.delete(opened.record);
    await to.create({
      ...opened.record,
      labels: { ...opened.record.labels, status: 'superseded' },
      payload: encodePayload('helm3', { ...opened.release, ...(info && { info }) }),
    });
    const plan = await planFor(from, to);
    expect(plan.releases.map(({ verdict }) => verdict)).toEqual(['done', 'done']);
  });
});

describe('Helm has pruned what was migrated', () => {
  const first = '2020-01-02T03:04:05Z';
  const info = (firstDeployed: string): Partial<Release> => ({
    info: { description: '', status: 'deployed', notes: '', firstDeployed },
  });

  test('the release is known by its first deployment, and nothing is written again', async () => {
    const to = openMemory();
    await migrate(openMemory({ records: [helm2('web', 7, info(first))] }), to);
    const from = openMemory({
      records: [helm2('web', 1, info(first)), helm2('web', 2, info(first))],
    });
    const plan = await planFor(from, to, move);
    expect(plan.releases.map(({ verdict }) => verdict)).toEqual(['done']);
    await migrate(from, to, move);
    expect(await revisionsOf(to)).toEqual(['web 7']);
    expect(await revisionsOf(from)).toEqual(['web 1', 'web 2']);
  });

  test('another release of the name is refused', async () => {
    const to = openMemory();
    await migrate(openMemory({ records: [helm2('web', 7, info('2021-01-01T00:00:00Z'))] }), to);
    const plan = await planFor(openMemory({ records: [helm2('web', 1, info(first))] }), to);
    expect(plan.releases[0]?.findings[0]).toMatchObject({
      severity: 'refusal',
      message: 'another Helm 3 release has this name, with revision 7',
    });
  });
});

test('sources that can not be deleted refuse --delete-v2-releases before the first write', async () => {
  const from: Storage = {
    ...openMemory({ records: tiller() }),
    undeletable: async () => 'is a file, which is only read',
  };
  const to = openMemory();
  expect((await planFor(from, to, move)).releases.map(({ verdict }) => verdict)).toEqual([
    'refused',
    'refused',
  ]);
  expect((await planFor(from, to)).releases.map(({ verdict }) => verdict)).toEqual([
    'ready',
    'ready',
  ]);
});

describe('what was written is not what is read back', () => {
  test('nothing is deleted', async () => {
    const [from, memory] = [openMemory({ records: tiller() }), openMemory()];
    const to: Storage = {
      ...memory,
      create: (record) => memory.create({ ...record, payload: record.payload.slice(4) }),
    };
    const outcomes = await migrate(from, to, move);
    expect(outcomes.map((o) => o.result === 'failed' && o.error.code)).toEqual([
      'VERIFY',
      'VERIFY',
    ]);
    expect(await revisionsOf(from)).toEqual(everything);
  });
});

describe('interrupted at any request', () => {
  /** Fails every call from the `n`-th on, before it is carried out or after, as a lost reply would. */
  function failing(store: Storage, state: { left: number }, after: boolean): Storage {
    const call = async <T>(work: () => Promise<T>): Promise<T> => {
      const broken = new ReleasesError('UNREACHABLE', 'the connection was lost');
      const last = state.left-- <= 0;
      if (last && (!after || state.left < -1)) throw broken;
      const result = await work();
      if (last) throw broken;
      return result;
    };
    return {
      ...store,
      async *listMeta(selection) {
        await call(async () => undefined);
        yield* store.listMeta(selection);
      },
      get: (ref) => call(() => store.get(ref)),
      create: (record) => call(() => store.create(record)),
      delete: (record) => call(() => store.delete(record)),
    };
  }

  test.each([
    ['before', false],
    ['after', true],
  ])('stopped %s each request, then run again: nothing lost, nothing doubled', async (_, after) => {
    let points = 0;
    for (let at = 0; ; at++) {
      const [from, to, backup] = [openMemory({ records: tiller() }), openMemory(), openMemory()];
      const plan = await planFor(from, to, move);
      const state = { left: at };
      const broken = failing(from, state, after);
      const result = await applyPlan(plan, {
        from: new Map([[from.address, broken]]),
        to: failing(to, state, after),
        backup,
        concurrency: 1,
      }).catch((error: unknown) => {
        if (!isReleasesError(error, 'UNREACHABLE')) throw error;
        return [];
      });
      const readable = new Set([...(await revisionsOf(from)), ...(await revisionsOf(to))]);
      expect([...readable].sort()).toEqual(everything);
      await migrate(from, to, move);
      expect(await revisionsOf(to)).toEqual(everything);
      expect(await keysOf(from)).toEqual([]);
      if (state.left >= 0 && result.length > 0) break;
      points++;
    }
    expect(points).toBeGreaterThan(15);
  });

  test('Ctrl-C lets what is under way end and begins nothing new', async () => {
    const [from, memory] = [openMemory({ records: tiller() }), openMemory()];
    const stop = new AbortController();
    const to: Storage = {
      ...memory,
      async create(record) {
        await memory.create(record);
        stop.abort();
      },
    };
    const plan = await planFor(from, to, move);
    const outcomes = await applyPlan(plan, {
      ...{ from: new Map([[from.address, from]]), to, backup: openMemory(), concurrency: 1 },
      signal: stop.signal,
    });
    expect(outcomes.map(({ result }) => result)).toEqual(['interrupted', 'interrupted']);
    expect(await keysOf(memory)).toHaveLength(1);
    expect(await revisionsOf(from)).toEqual(everything);
  });
});

describe('before anything is deleted', () => {
  const sources = async (store: Storage) => {
    const found = await all(store);
    return found.map((record) => ({ ...record, uid: '', resourceVersion: '' }));
  };

  test('its records are in the backup, as they were, and can be restored from there', async () => {
    const [from, to, backup] = [openMemory({ records: tiller() }), openMemory(), openMemory()];
    const before = await sources(from);
    await migrate(from, to, move, backup);
    const kept = await sources(backup);
    expect(new Set(kept)).toEqual(new Set(before));
    const { plan } = await relocate(backup, from);
    expect(plan.releases.map(({ verdict }) => verdict)).toEqual(['ready', 'ready']);
    expect(new Set(await sources(from))).toEqual(new Set(before));
  });

  test('a backup that fails keeps every source', async () => {
    const [from, to] = [openMemory({ records: tiller() }), openMemory()];
    const full: Storage = {
      ...openMemory(),
      create: async () => {
        throw new ReleasesError('FILE', 'no space left');
      },
    };
    const outcomes = await migrate(from, to, move, full);
    expect(outcomes.map(({ result }) => result)).toEqual(['failed', 'failed']);
    expect(await revisionsOf(from)).toEqual(everything);
  });

  test('a plan that deletes does not run without a place for a backup', async () => {
    const [from, to] = [openMemory({ records: tiller() }), openMemory()];
    const plan = await planFor(from, to, move);
    const engine = { from: new Map([[from.address, from]]), to, concurrency: 4 };
    const outcomes = await applyPlan(plan, engine);
    expect(outcomes.map((o) => o.result === 'failed' && o.error.code)).toEqual(['USAGE', 'USAGE']);
    expect(await revisionsOf(from)).toEqual(everything);
  });
});
