/** Relocation on stores that a test can stop: copies to the byte, names and namespaces, archives. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { openRecord } from '../../src/codecs/index.ts';
import { carryOut } from '../../src/commands/move/carryOut.ts';
import { ReleasesError } from '../../src/errors.ts';
import { kubectlLine } from '../../src/kube/hints.ts';
import { applyPlan } from '../../src/migrate/engine/apply.ts';
import type { Plan } from '../../src/migrate/plan.ts';
import { planData } from '../../src/migrate/plan.ts';
import type { Relocation } from '../../src/migrate/relocate/placement.ts';
import { planRelocation } from '../../src/migrate/relocate/plan.ts';
import type { RelocateOptions } from '../../src/migrate/relocate/relocateOptions.ts';
import { surveyRelocation } from '../../src/migrate/relocate/survey.ts';
import { surveyRelocationTarget } from '../../src/migrate/relocate/target.ts';
import { printOutcomes } from '../../src/output/plans/outcomes.ts';
import { isBad, type ReadRecord, type ReleaseRecord } from '../../src/record.ts';
import { openArchive } from '../../src/storage/archive/archive.ts';
import { openMemory } from '../../src/storage/memory.ts';
import type { Storage } from '../../src/storage/storage.ts';
import { captureIO } from './cli-io.ts';
import { sketchRecord } from './cli-records.ts';
import { asItIs, copying, planFor, relocate } from './relocations.ts';

const moving: RelocateOptions = { ...copying, deleteSources: true };

/** Two releases of Helm 3, one of them with labels of its own, and one of Helm 2. */
function some(): ReleaseRecord[] {
  const helm3 = [1, 2, 3].map((revision) => {
    const record = sketchRecord({ revision, status: revision === 3 ? 'deployed' : 'superseded' });
    return { ...record, labels: { ...record.labels, team: 'pay' } };
  });
  return [
    ...helm3,
    sketchRecord({ name: 'search', namespace: 'web' }),
    sketchRecord({ helm: 2, name: 'old', namespace: 'web' }),
  ];
}

async function all(store: Storage): Promise<ReadRecord[]> {
  const records: ReadRecord[] = [];
  for await (const page of store.list({})) records.push(...page);
  return records.sort((a, b) => (a.key < b.key ? -1 : 1));
}

const verdicts = ({ releases }: Plan) =>
  Object.fromEntries(releases.map(({ name, verdict }) => [name, verdict]));

const contents = (records: readonly ReadRecord[]) =>
  records.map((record) => {
    const { kind, namespace, key, labels } = record;
    return { kind, namespace, key, labels, payload: isBad(record) ? '' : record.payload };
  });

describe('a relocation', () => {
  it('copies payloads and labels to the byte, as another kind and into one storage namespace', async () => {
    const [from, to] = [openMemory({ records: some() }), openMemory()];
    const relocation: Relocation = { ...asItIs, kind: 'ConfigMap', storageNamespace: 'vault' };
    await relocate(from, to, relocation);
    const expected = some().map((record) => ({ ...record, kind: 'ConfigMap', namespace: 'vault' }));
    expect(contents(await all(to))).toEqual(
      contents(expected.sort((a, b) => (a.key < b.key ? -1 : 1)) as ReleaseRecord[]),
    );
    for (const record of await all(to)) expect(record.type).toBeUndefined();
  });

  it('holds no payload in its plan', async () => {
    const plan = await planFor(openMemory({ records: some() }), openMemory());
    expect(JSON.stringify(plan)).not.toContain((some()[0] as ReleaseRecord).payload);
    expect(JSON.stringify(planData(plan))).not.toContain('sha256');
  });

  it('has nothing to do when it is run again, and keeps what Helm did since', async () => {
    const [from, to] = [openMemory({ records: some() }), openMemory()];
    await relocate(from, to);
    expect(new Set(Object.values(verdicts(await planFor(from, to))))).toEqual(new Set(['done']));
  });

  it('keeps a revision that Helm has superseded since', async () => {
    const now = sketchRecord({ revision: 3, status: 'superseded' });
    const then = sketchRecord({ revision: 3, status: 'deployed' });
    const [from, to] = [openMemory({ records: [then] }), openMemory({ records: [now] })];
    const older = sketchRecord({ revision: 2, status: 'superseded' });
    await from.create(older);
    const { outcomes } = await relocate(from, to);
    expect(outcomes).toMatchObject([{ result: 'migrated' }]);
    expect(contents(await all(to))).toEqual(contents([older, now]));
  });

  it('keeps what is there already, and refuses to overwrite what differs', async () => {
    const older = sketchRecord({ name: 'web', revision: 1, status: 'superseded' });
    const changed = sketchRecord({ name: 'api', notes: 'changed by hand' });
    const records = [
      older,
      sketchRecord({ name: 'web', revision: 2 }),
      sketchRecord({ name: 'api' }),
    ];
    const to = openMemory({ records: [older, changed] });
    const plan = await planFor(openMemory({ records }), to);
    expect(
      plan.releases.map(({ name, verdict, steps }) => [name, verdict, steps.map((s) => s.do)]),
    ).toEqual([
      ['api', 'refused', []],
      ['web', 'ready', ['create', 'keep']],
    ]);
  });

  it('replaces other content only of the releases that are named, and copies it first', async () => {
    const changed = (revision: number) => sketchRecord({ revision, notes: 'changed by hand' });
    const records = some().slice(0, 3);
    const from = openMemory({ records });
    const to = openMemory({ records: [changed(2), changed(3)] });
    const other = { ...copying, overwrite: new Set(['search']) };
    expect(verdicts(await planFor(from, to, asItIs, other))).toEqual({ billing: 'refused' });
    const plan = await planFor(from, to, asItIs, { ...copying, overwrite: new Set(['billing']) });
    expect(planData(plan)).toMatchObject({
      releases: [{ steps: [{ do: 'replace' }, { do: 'replace' }, { do: 'create' }] }],
    });
    const backup = openMemory();
    const stores = { from: new Map([[from.address, from]]), to, backup, concurrency: 2 };
    expect(await applyPlan(plan, stores)).toMatchObject([{ result: 'migrated' }]);
    expect(contents(await all(to))).toEqual(contents(records));
    expect(contents(await all(backup))).toEqual(contents([changed(2), changed(3)]));
  });

  it('replaces nothing that has changed since, and nothing without a backup', async () => {
    const changed = sketchRecord({ revision: 1, notes: 'changed by hand' });
    const from = openMemory({ records: some().slice(0, 1) });
    const to = openMemory({ records: [changed] });
    const plan = await planFor(from, to, asItIs, { ...copying, overwrite: new Set(['billing']) });
    const stores = { from: new Map([[from.address, from]]), to, concurrency: 1 };
    expect(await applyPlan(plan, stores)).toMatchObject([{ result: 'failed' }]);
    const [there] = await all(to);
    if (!there) throw new Error('it is gone');
    await to.delete(there);
    const later = sketchRecord({ revision: 1, notes: 'changed again' });
    await to.create(later);
    const outcomes = await applyPlan(plan, { ...stores, backup: openMemory() });
    expect(outcomes).toMatchObject([{ result: 'failed', error: { code: 'CONFLICT' } }]);
    expect(contents(await all(to))).toEqual(contents([later]));
  });

  it('moves nothing that can’t be read into another namespace', async () => {
    const damaged = { ...sketchRecord({ name: 'bad' }), payload: 'bm90aGluZw==' };
    const from = openMemory({ records: [damaged] });
    const mapped: Relocation = { ...asItIs, own: true, namespaces: new Map([['pay', 'web']]) };
    const plan = await planFor(from, openMemory(), mapped);
    expect(plan.releases[0]).toMatchObject({ verdict: 'refused', steps: [] });
    const vault = await planFor(from, openMemory(), { ...asItIs, storageNamespace: 'vault' });
    expect(vault.releases[0]).toMatchObject({ verdict: 'ready' });
  });

  it('changes name and namespace in key, labels and content, and nothing else of it', async () => {
    const [from, to] = [openMemory({ records: some().slice(0, 3) }), openMemory()];
    const relocation: Relocation = {
      ...asItIs,
      own: true,
      name: 'invoices',
      namespaces: new Map([['pay', 'money']]),
    };
    const { outcomes } = await relocate(from, to, relocation, moving);
    expect(outcomes).toMatchObject([{ result: 'migrated', deleted: 3 }]);
    expect(await all(from)).toEqual([]);
    for (const [at, record] of (await all(to)).entries()) {
      const opened = openRecord(record);
      const before = openRecord(some()[at] as ReleaseRecord);
      if (isBad(opened) || isBad(before)) throw new Error('unreadable');
      expect(record).toMatchObject({
        namespace: 'money',
        key: `sh.helm.release.v1.invoices.v${at + 1}`,
        labels: { name: 'invoices', team: 'pay', owner: 'helm' },
      });
      expect(opened.release).toEqual({ ...before.release, name: 'invoices', namespace: 'money' });
    }
  });

  it('refuses what is there with other content, and another release of the name', async () => {
    const other = sketchRecord({ revision: 3, notes: 'other' });
    const taken = openMemory({ records: [other] });
    const from = openMemory({ records: some() });
    const plan = await planFor(from, taken);
    expect(verdicts(plan)).toMatchObject({ billing: 'refused', search: 'ready' });
    const aside = openMemory({ records: [sketchRecord({ revision: 9 }, { kind: 'ConfigMap' })] });
    expect(verdicts(await planFor(from, aside))).toMatchObject({ billing: 'ready' });
    const stranger = openMemory({ records: [sketchRecord({ revision: 9 })] });
    expect(verdicts(await planFor(from, stranger))).toMatchObject({ billing: 'refused' });
  });

  it('leaves what lies where it would go, and deletes nothing of it', async () => {
    const from = openMemory({ records: some() });
    const { plan, outcomes } = await relocate(from, from, asItIs, moving);
    expect(new Set(Object.values(verdicts(plan)))).toEqual(new Set(['done']));
    expect(new Set(outcomes.map(({ result }) => result))).toEqual(new Set(['left alone']));
    expect(await all(from)).toHaveLength(5);
  });

  it('gathers records in one namespace of the same store, and has nothing to do again', async () => {
    const store = openMemory({ records: some().slice(0, 4) });
    const vault: Relocation = { ...asItIs, storageNamespace: 'vault' };
    await relocate(store, store, vault);
    const again = await planFor(store, store, vault, moving);
    expect(again.releases.map(({ verdict }) => verdict)).toEqual([
      'ready',
      'done',
      'ready',
      'done',
    ]);
    const steps = again.releases.flatMap((release) => release.steps);
    expect(steps.filter((step) => step.do === 'create')).toEqual([]);
    await relocate(store, store, vault, moving);
    expect(new Set((await all(store)).map(({ namespace }) => namespace))).toEqual(
      new Set(['vault']),
    );
    expect(await all(store)).toHaveLength(4);
  });

  it('reads a store that must be read whole a few times, however many releases go from it', async () => {
    const names = Array.from({ length: 20 }, (_, i) => `app${i}`);
    const memory = openMemory({ records: names.map((name) => sketchRecord({ name })) });
    let lists = 0;
    const from: Storage = {
      ...memory,
      capabilities: { ...memory.capabilities, selects: false },
      listMeta(selection) {
        lists++;
        return memory.listMeta(selection);
      },
    };
    const { outcomes } = await relocate(from, openMemory(), asItIs, moving);
    expect(outcomes.every((one) => one.result === 'migrated' && one.deleted === 1)).toBe(true);
    expect(await all(memory)).toEqual([]);
    expect(lists).toBeLessThan(6);
  });

  it('refuses two releases whose records would meet', async () => {
    const two = [
      sketchRecord({ namespace: 'pay' }),
      sketchRecord({ namespace: 'web', revision: 2 }),
    ];
    const plan = await planFor(openMemory({ records: two }), openMemory(), {
      ...asItIs,
      storageNamespace: 'vault',
    });
    expect(plan.releases.map(({ verdict }) => verdict)).toEqual(['refused', 'refused']);
    expect(plan.releases[0]?.findings[0]?.message).toMatch(
      /would meet there with those of billing/,
    );
    expect(plan.releases[0]?.findings[0]?.fix).toMatch(/^-n pay takes this one alone; or /);
    const apart = await planFor(openMemory({ records: two }), openMemory());
    expect(apart.releases.map(({ verdict }) => verdict)).toEqual(['ready', 'ready']);
  });

  it('moves one of two that are equal, and says so of the other', async () => {
    const one = [1, 2, 3].map((revision) => sketchRecord({ revision }));
    const other = one.slice(0, 2).map((record) => ({ ...record, kind: 'ConfigMap' as const }));
    const both = openMemory({ records: [...other, ...one] });
    const asMaps: Relocation = { ...asItIs, kind: 'ConfigMap' };
    const plan = await planFor(both, openMemory(), asMaps);
    expect(plan.releases).toMatchObject([
      { verdict: 'done', steps: [], findings: [], twin: expect.stringMatching(/^secret:/) },
      { verdict: 'ready', sources: [{ kind: 'Secret' }, {}, {}] },
    ]);
    const deleting = { deleteSources: true, revisions: 'all' } as const;
    const { plan: moved } = await relocate(both, openMemory(), asMaps, deleting);
    expect(moved.releases[0]?.findings).toMatchObject([{ unmet: '--delete-source' }]);
    expect(await all(both)).toHaveLength(2);
  });

  it('refuses two that differ, and names the flag that takes one of them', async () => {
    const one = sketchRecord({ revision: 1 });
    const changed = sketchRecord({ revision: 1, status: 'superseded' });
    const lost = sketchRecord({ revision: 2 });
    for (const other of [[changed], [{ ...one, labels: { ...one.labels, team: 'pay' } }, lost]]) {
      const maps = other.map((record) => ({ ...record, kind: 'ConfigMap' as const }));
      const both = openMemory({ records: [one, sketchRecord({ revision: 3 }), ...maps] });
      const plan = await planFor(both, openMemory(), { ...asItIs, kind: 'ConfigMap' });
      const fixes = plan.releases.map(({ verdict, findings }) => [verdict, findings[0]?.fix]);
      expect(fixes).toEqual([
        ['refused', expect.stringMatching(/^--kind (configmap|secret) takes this one alone; or /)],
        ['refused', expect.stringMatching(/^--kind (configmap|secret) takes this one alone; or /)],
      ]);
      expect(fixes[0]).not.toEqual(fixes[1]);
    }
  });

  it('refuses a release that another process, with another shard, would move there too', async () => {
    const two = [
      sketchRecord({ namespace: 'pay' }),
      sketchRecord({ namespace: 'web', revision: 2 }),
    ];
    const from = openMemory({ records: two });
    const vault: Relocation = { ...asItIs, storageNamespace: 'vault' };
    const { releases } = await surveyRelocation([from], new Set(), vault);
    const [own = [], beside = []] = [releases.slice(0, 1), releases.slice(1)];
    const stores = new Map([[from.address, from]]);
    const to = openMemory();
    const target = await surveyRelocationTarget(to, own, stores, 1, () => false, beside);
    const plan = planRelocation(own, target, { ...copying, beside });
    expect(plan.releases.map(({ verdict }) => verdict)).toEqual(['refused']);
    const alone = planRelocation(own, target, copying);
    expect(alone.releases.map(({ verdict }) => verdict)).toEqual(['ready']);
  });

  it('sends a release to one place, whatever namespace its older revisions name', async () => {
    const at = { namespace: 'pay' };
    const records = ['old', 'old', 'pay'].map((namespace, index) =>
      sketchRecord({ namespace, revision: index + 1 }, at),
    );
    for (const relocation of [
      { ...asItIs, own: true },
      { ...asItIs, namespace: 'web' },
      { ...asItIs, namespaces: new Map([['pay', 'web']]) },
    ]) {
      const from = openMemory({ records });
      const plan = await planFor(from, openMemory(), relocation);
      const places = plan.releases.flatMap(({ steps }) =>
        steps.map((step) => ('record' in step ? step.record.namespace : step.do)),
      );
      expect(new Set(places)).toEqual(new Set([relocation.own ? 'pay' : 'web']));
      expect(places).toHaveLength(3);
    }
  });

  it.each(['old', ''])(
    'leaves a release where Helm finds it, whose content says “%s”',
    async (says) => {
      const record = sketchRecord({ namespace: says }, { namespace: 'pay' });
      const [own, map] = [true, new Map([['pay', 'web']])];
      for (const [namespaces, place] of [
        [new Map<string, string>(), 'pay'],
        [map, 'web'],
      ] as const) {
        const from = openMemory({ records: [record] });
        const { releases } = await surveyRelocation(
          ...([[from], new Set<string>(), { own, namespaces }, { atHome: true }] as const),
        );
        expect(releases).toMatchObject([
          { home: 'pay', copies: [{ record: { namespace: place } }] },
        ]);
      }
    },
  );

  it('sends what it can’t read where the rest of its release goes', async () => {
    const beside = { namespace: 'vault' };
    const records = [sketchRecord({ revision: 2 }, beside), sketchRecord({ revision: 1 }, beside)];
    const broken = { ...(records[1] as ReleaseRecord), payload: 'bm90IGEgcmVsZWFzZQ==' };
    const to = openMemory();
    await relocate(openMemory({ records: [records[0] as ReleaseRecord, broken] }), to, {
      ...asItIs,
      own: true,
    });
    expect((await all(to)).map(({ namespace }) => namespace)).toEqual(['pay', 'pay']);
  });

  it('takes the newest revisions, or the deployed one, and keeps sources that did not all move', async () => {
    const [from, to] = [openMemory({ records: some().slice(0, 3) }), openMemory()];
    const { outcomes } = await relocate(from, to, asItIs, { ...moving, revisions: 'deployed' });
    expect(outcomes).toMatchObject([{ result: 'migrated', deleted: 0 }]);
    expect((await all(to)).map(({ key }) => key)).toEqual(['sh.helm.release.v1.billing.v3']);
    await relocate(from, to, asItIs, { ...copying, revisions: 2 });
    expect(await all(to)).toHaveLength(2);
    expect(await all(from)).toHaveLength(3);
  });

  it('copies what it can’t read as it is, and says so', async () => {
    const broken = { ...(some()[0] as ReleaseRecord), payload: 'bm90IGEgcmVsZWFzZQ==' };
    const [from, to] = [openMemory({ records: [broken] }), openMemory()];
    const { plan } = await relocate(from, to);
    expect(plan.releases[0]?.findings).toMatchObject([{ severity: 'change' }]);
    expect(contents(await all(to))).toEqual(contents([broken]));
    const renamed = await planFor(from, openMemory(), { ...asItIs, name: 'other' });
    expect(renamed.releases[0]).toMatchObject({ verdict: 'refused', steps: [] });
  });

  it('counts what another run has written meanwhile, and what it wrote itself without an answer', async () => {
    const [from, to] = [openMemory({ records: some() }), openMemory()];
    const plan = await planFor(from, to);
    const shared: Storage = {
      ...to,
      async create(record) {
        await to.create(record);
        if (record.key.endsWith('.v2'))
          throw new ReleasesError('UNREACHABLE', 'the reply was lost');
        if (record.key.endsWith('.v3')) await to.create(record);
      },
    };
    const engine = { from: new Map([[from.address, from]]), to: shared, concurrency: 2 };
    const io = captureIO();
    const done = await carryOut(plan, engine, 'Relocating', io);
    expect(done).toMatchObject({ created: 4, met: 1, deleted: 0 });
    printOutcomes({ ...done, next: '' }, io);
    expect(io.out()).toContain(
      'Done: 3 releases, 4 records created, 1 by another run at the same time, read back and equal.',
    );
  });

  it('names what failed for twenty reasons, with the cluster that was chosen, and counts the rest', async () => {
    const records = Array.from({ length: 25 }, (_, at) => sketchRecord({ name: `app-${at}` }));
    const [from, to] = [openMemory({ records }), openMemory()];
    const plan = await planFor(from, to);
    const refusing: Storage = {
      ...to,
      async create({ key }) {
        const hints = [kubectlLine('auth can-i create secrets')];
        throw new ReleasesError('FORBIDDEN', `no permission to create ${key}`, { hints });
      },
    };
    const engine = { from: new Map([[from.address, from]]), to: refusing, concurrency: 2 };
    const io = captureIO();
    const done = await carryOut(plan, engine, 'Relocating', io, { context: 'prod' });
    printOutcomes({ ...done, next: '' }, io);
    expect(io.err().match(/^error: /gm)).toHaveLength(20);
    expect(io.err().match(/ {2}try: kubectl --context prod auth can-i/g)).toHaveLength(20);
    expect(io.err()).toMatch(/\n5 more releases failed: -o json names each\n$/);
  });

  it('stops when a source changes between the plan and its copy', async () => {
    const from = openMemory({ records: some().slice(0, 1) });
    const to = openMemory();
    const plan = await planFor(from, to);
    const swapped: Storage = {
      ...from,
      list: () =>
        openMemory({ records: [{ ...(some()[0] as ReleaseRecord), payload: 'eA==' }] }).list({}),
      get: async (ref) => ({ ...(some()[0] as ReleaseRecord), ...ref, payload: 'eA==' }),
    };
    const outcomes = await applyPlan(plan, {
      from: new Map([[from.address, swapped]]),
      to,
      concurrency: 1,
    });
    expect(outcomes).toMatchObject([{ result: 'failed', error: { code: 'CONFLICT' } }]);
    expect(await all(to)).toEqual([]);
  });
});

describe('into an archive', () => {
  it('moves only when the archive is whole, and comes back as it was', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'releases-relocate-'));
    try {
      const path = join(folder, 'all.zip');
      const from = openMemory({ records: some() });
      const target = await openArchive(path, { create: true });
      const failing: Storage = {
        ...target,
        async seal() {
          throw new ReleasesError('FILE', 'no space left');
        },
      };
      const failed = await relocate(from, failing, asItIs, moving);
      expect(failed.outcomes.map(({ result }) => result)).toEqual(['failed', 'failed', 'failed']);
      expect(contents(await all(from))).toEqual(
        contents(await all(openMemory({ records: some() }))),
      );
      await target.close();

      const archive = await openArchive(path, { create: true });
      const { outcomes } = await relocate(from, archive, asItIs, moving);
      expect(outcomes.map(({ result }) => result)).toEqual(['migrated', 'migrated', 'migrated']);
      expect(await all(from)).toEqual([]);
      await archive.close();

      const back = openMemory();
      const again = await openArchive(path);
      await relocate(again, back);
      await again.close();
      expect(contents(await all(back))).toEqual(
        contents(await all(openMemory({ records: some() }))),
      );
    } finally {
      rmSync(folder, { recursive: true });
    }
  });
});
