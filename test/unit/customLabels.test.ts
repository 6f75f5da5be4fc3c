/** Labels that somebody has put on Helm 2 records go with them, or are named before anything is written. */
import { describe, expect, it } from 'vitest';
import { encodePayload, openRecord } from '../../src/codecs/index.ts';
import { planReleaseCleanup } from '../../src/migrate/cleanup/planReleases.ts';
import { surveySources, surveyTarget } from '../../src/migrate/helm2to3/survey.ts';
import { planData } from '../../src/migrate/plan.ts';
import { isBad, type ReleaseRecord } from '../../src/record.ts';
import { unholdable } from '../../src/storage/holdable.ts';
import { openMemory } from '../../src/storage/memory.ts';
import { unholdable as unholdableRow } from '../../src/storage/sql/rows.ts';
import type { Storage } from '../../src/storage/storage.ts';
import { all, helm2, migrate, move, planFor } from './migrations.ts';

const added = { TEAM: 'pay', CONTEXT: 'poc', 'app.kubernetes.io/managed-by': 'ci' };

function labelled(labels: object, more: Partial<ReleaseRecord> = {}, revision = 1): ReleaseRecord {
  const record = helm2('web', revision, {
    info: { description: '', status: 'deployed', notes: '' },
  });
  return { ...record, labels: { ...record.labels, ...labels }, ...more };
}

async function storeWith(...records: readonly ReleaseRecord[]): Promise<Storage> {
  const store = openMemory();
  for (const record of records) await store.create(record);
  return store;
}

async function planned(record: ReleaseRecord, to: Storage = openMemory()) {
  const { releases } = await planFor(await storeWith(record), to);
  const [release] = releases;
  return {
    verdict: release?.verdict,
    losses: release?.findings.filter((f) => f.severity === 'loss'),
  };
}

describe('labels of a Helm 2 record', () => {
  it('are the release’s own in Helm 3', async () => {
    const [from, to] = [await storeWith(labelled(added)), openMemory()];
    expect(await planned(labelled(added))).toEqual({ verdict: 'ready', losses: [] });
    await migrate(from, to, move);
    const [record] = await all(to);
    expect(record?.labels).toEqual({
      ...added,
      ...{ name: 'web', owner: 'helm', status: 'deployed', version: '1', createdAt: '1500000000' },
    });
    expect(await all(from)).toEqual([]);
  });

  it('count when the copy is there already', async () => {
    const from = await storeWith(labelled(added));
    const to = openMemory();
    await migrate(from, to);
    expect((await planFor(from, to, move)).releases[0]?.verdict).toBe('ready');
    const [copy] = (await all(to)) as ReleaseRecord[];
    for (const TEAM of ['other', undefined]) {
      const { TEAM: _, ...labels } = copy?.labels ?? {};
      const changed = { ...(copy as ReleaseRecord), labels: TEAM ? { ...labels, TEAM } : labels };
      const there = await storeWith(changed);
      const { releases } = await planFor(from, there, move);
      expect(releases[0]?.verdict).toBe('refused');
      await migrate(from, there, move);
      expect(await all(from)).toHaveLength(1);
    }
  });

  it.each(['name', 'owner', 'status', 'version', 'createdAt', 'modifiedAt'])(
    'that Helm 3 uses itself are named: %s',
    async (name) => {
      // An owner of Helm's own is another question: whose the record is.
      const { verdict, losses } = await planned(labelled({ [name]: 'ours', TEAM: 'pay' }));
      expect(verdict).toBe('with losses');
      expect(losses).toMatchObject([
        { message: `labels are dropped, for Helm 3 uses their names itself: ${name}` },
      ]);
    },
  );

  it('that say what Helm 3 writes anyway are no loss', async () => {
    const same = { name: 'web', status: 'deployed', version: '1', createdAt: '1500000000' };
    expect(await planned(labelled(same))).toEqual({ verdict: 'ready', losses: [] });
  });

  it('that the target has no place for are named, and the rest goes', async () => {
    const odd = { TEAM: 'pay', CONTEXT: 'not a value', 'no name': 'x', long: 'x'.repeat(64) };
    const to: Storage = { ...openMemory(), unholdable };
    const { verdict, losses } = await planned(labelled(odd), to);
    expect(verdict).toBe('with losses');
    expect(losses).toMatchObject([
      {
        message: 'labels are dropped, for the target has no place for them: CONTEXT, long, no name',
      },
    ]);
    await migrate(await storeWith(labelled(odd)), to);
    expect((await all(to))[0]?.labels).toMatchObject({ TEAM: 'pay', name: 'web' });
    const rows: Storage = { ...openMemory(), unholdable: unholdableRow };
    expect((await planned(labelled(odd), rows)).losses).toMatchObject([
      { message: 'labels are dropped, for the target has no place for them: long' },
    ]);
  });

  it('are named in the plan without their values, and of hostile records printably', async () => {
    const hostile = { 'a\u001b[31m': 'secret-value', owner2: 'x' };
    const to: Storage = { ...openMemory(), unholdable };
    const plan = await planFor(await storeWith(labelled(hostile)), to);
    const text = plan.releases[0]?.findings.map(({ message }) => message).join();
    expect(text).toContain('a\\u001b[31m');
    expect(JSON.stringify(planData(plan))).not.toContain('secret-value');
  });
});

it('names annotations, but for what kubectl keeps of the old object', async () => {
  const lastApplied = { 'kubectl.kubernetes.io/last-applied-configuration': '{}' };
  expect((await planned(labelled({}, { annotations: lastApplied }))).verdict).toBe('ready');
  const annotations = { ...lastApplied, 'team.example/owner': 'pay' };
  expect((await planned(labelled({}, { annotations }))).losses).toMatchObject([
    { message: 'annotations are dropped, for Helm 3 keeps none: team.example/owner' },
  ]);
});

describe('a copy that has none of them, as helm-2to3 makes it', () => {
  const bare = (record: ReleaseRecord): ReleaseRecord => {
    const labels = Object.entries(record.labels).filter(([name]) => !(name in added));
    return { ...record, labels: Object.fromEntries(labels) };
  };

  async function copied(change = (record: ReleaseRecord) => record) {
    const from = await storeWith(labelled(added));
    const first = openMemory();
    await migrate(from, first);
    const [copy] = (await all(first)) as ReleaseRecord[];
    if (!copy) throw new Error('none');
    return { from, to: await storeWith(change(bare(copy))) };
  }

  it('is updated in place, and its source goes', async () => {
    const { from, to } = await copied();
    const [before] = await all(to);
    expect((await planFor(from, to, move)).releases).toMatchObject([
      {
        verdict: 'ready',
        findings: [
          {
            severity: 'change',
            message: expect.stringContaining('lacks the labels CONTEXT, TEAM and app.kubernetes'),
          },
          { severity: 'note' },
        ],
      },
    ]);
    const backup = openMemory();
    expect(await migrate(from, to, move, backup)).toMatchObject([{ result: 'migrated' }]);
    expect(await all(from)).toEqual([]);
    const [after] = await all(to);
    expect(after).toMatchObject({ uid: before?.uid, labels: added });
    expect(await all(backup)).toHaveLength(2);
    expect((await planFor(await storeWith(labelled(added)), to)).releases).toMatchObject([
      { verdict: 'done' },
    ]);
  });

  it('that Helm 3 has gone on with stays, and the loss is named', async () => {
    const { from, to } = await copied((record) => {
      const opened = openRecord(record);
      if (isBad(opened)) throw new Error(opened.unreadable);
      const { release } = opened;
      const info = { description: '', notes: '', ...release.info, status: 'superseded' };
      const labels = { ...record.labels, status: 'superseded', modifiedAt: '1800000000' };
      return { ...record, labels, payload: encodePayload('helm3', { ...release, info }) };
    });
    const { releases } = await planFor(from, to, move);
    expect(releases).toMatchObject([
      {
        verdict: 'with losses',
        findings: [
          { severity: 'loss', message: expect.stringContaining('they are dropped') },
          { severity: 'note' },
        ],
      },
    ]);
    expect(await migrate(from, to, move)).toMatchObject([{ result: 'migrated' }]);
    expect((await all(to))[0]?.labels.status).toBe('superseded');
    expect(await all(from)).toEqual([]);
  });

  it('keeps a cleanup from deleting its source, which says what helps', async () => {
    const { from, to } = await copied();
    const { releases } = await surveySources([from], []);
    const target = await surveyTarget(to, releases, { kind: 'Secret' }, 1);
    const plan = await planReleaseCleanup(releases, target, {
      ...{ unmigrated: new Set(), uncopyable: new Map() },
    });
    expect(plan.releases).toMatchObject([
      {
        verdict: 'refused',
        findings: [
          {
            message: expect.stringMatching(/^its copy lacks the labels [^:]*$/),
            fix: 'migrate2to3 web, or --unmigrated web',
          },
        ],
      },
    ]);
  });
});
