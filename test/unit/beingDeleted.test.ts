/** Records that wait for a finalizer: there until it goes, and copies of nothing. Stores in memory. */
import { expect, test } from 'vitest';
import { ReleasesError } from '../../src/errors.ts';
import { planReleaseCleanup } from '../../src/migrate/cleanup/planReleases.ts';
import { applyPlan } from '../../src/migrate/engine/apply.ts';
import { put, verify, verifyEach } from '../../src/migrate/engine/write.ts';
import { plan2to3 } from '../../src/migrate/helm2to3/plan.ts';
import { surveySources, surveyTarget } from '../../src/migrate/helm2to3/survey.ts';
import type { Plan } from '../../src/migrate/plan.ts';
import type { ReadRecord, ReleaseRecord } from '../../src/record.ts';
import { recordIn } from '../../src/storage/files/object.ts';
import { openMemory } from '../../src/storage/memory.ts';
import { objectOf } from '../../src/storage/objects.ts';
import type { Storage } from '../../src/storage/storage.ts';
import { sketchRecord } from './cli-records.ts';
import { all, helm2, keep, migrate, planFor as plan2to3For, withStatus } from './migrations.ts';
import { asItIs, copying, planFor, relocate } from './relocations.ts';

const moving = { ...copying, deleteSources: true };
const three = () => [
  sketchRecord({ revision: 1, status: 'superseded' }),
  sketchRecord({ revision: 2, status: 'superseded' }),
  sketchRecord({ revision: 3, status: 'deployed' }),
];
const leave = <R extends ReadRecord>(record: R): R => ({ ...record, leaving: true });
const leaving = (records: readonly ReleaseRecord[], which: RegExp) =>
  records.map((record) => (which.test(record.key) ? leave(record) : record));

function refused({ releases: [release] }: Plan, place: string): void {
  expect(release).toMatchObject({ verdict: 'refused', steps: [] });
  const [first] = release?.findings ?? [];
  expect(first?.message).toContain(place);
  expect(first?.message).toMatch(/ is being deleted.*: it waits for a finalizer$/);
  expect(first?.fix).toMatch(
    /^kubectl get secret -n .* -o yaml.* shows what holds it; run the same/,
  );
}

test.each([
  ['copy', copying],
  ['move', moving],
  ['restore', { ...copying, overwrite: new Set<string>() }],
  ['restore over it', { ...copying, overwrite: new Set(['billing']) }],
])('a %s does not take it for a copy', async (_, options) => {
  for (const which of [/v2$/, /v3$/, /v[123]$/]) {
    const [from, to] = [
      openMemory({ records: three() }),
      openMemory({ records: leaving(three(), which) }),
    ];
    const plan = await planFor(from, to, asItIs, options);
    refused(plan, 'sh.helm.release.v1.billing.v');
    const { outcomes } = await relocate(from, to, asItIs, options);
    expect(outcomes).toMatchObject([{ result: 'left alone' }]);
    expect(await all(from)).toHaveLength(3);
  }
});

test('nor is a later revision of its release one that it goes on from', async () => {
  const [from, to] = [
    openMemory({ records: three().slice(0, 2) }),
    openMemory({ records: leaving(three(), /v3$/) }),
  ];
  refused(await planFor(from, to), 'billing.v3');
});

test('the command names the cluster that it lies in', async () => {
  const [from, to] = [
    openMemory({ records: three() }),
    openMemory({ records: three().map(leave) }),
  ];
  const plan = await planFor(from, to, asItIs, { ...copying, clusterFlags: ' --context new' });
  expect(plan.releases[0]?.findings[0]).toMatchObject({
    message: expect.stringContaining('(and 2 more of its release)'),
    fix: expect.stringContaining('-o yaml --context new  shows'),
  });
});

test('a source that is being deleted is copied, which a note says, and may go meanwhile', async () => {
  const records = leaving(three(), /v[12]$/);
  const [memory, to] = [openMemory({ records }), openMemory()];
  let copied = 0;
  const from: Storage = {
    ...memory,
    // Its finalizer goes as soon as all is copied.
    async *listMeta(selection) {
      const [first] = records;
      if (first && (await all(to)).length === 3 && copied++ === 0)
        await memory.delete({ ...first });
      yield* memory.listMeta(selection);
    },
  };
  const plan = await planFor(from, to, asItIs, moving);
  expect(plan.releases[0]).toMatchObject({
    verdict: 'ready',
    findings: [
      { severity: 'note', message: expect.stringContaining('2 sources of it are being deleted') },
    ],
  });
  const stores = new Map([[from.address, from]]);
  const [outcome] = await applyPlan(plan, {
    ...{ from: stores, to, backup: openMemory(), concurrency: 1, patienceMs: 5 },
  });
  expect(outcome).toMatchObject({ result: 'migrated', deleted: 2 });
  expect((await all(to)).filter(({ leaving: going }) => going)).toEqual([]);
});

const target = { kind: 'Secret' } as const;
const two = () => [helm2('web', 1), helm2('web', 2, withStatus('deployed'))];

test('a migration does not take it for a copy, and no cleanup does', async () => {
  const [from, made] = [openMemory({ records: two() }), openMemory()];
  await migrate(from, made, keep);
  const to = openMemory({ records: leaving((await all(made)) as ReleaseRecord[], /v1$/) });
  refused(await plan2to3For(from, to, keep), 'web.v1');
  const { releases } = await surveySources([from], []);
  const plan = await planReleaseCleanup(releases, await surveyTarget(to, releases, target, 1), {
    unmigrated: new Set(),
    uncopyable: new Map(),
  });
  expect(plan.releases).toMatchObject([{ verdict: 'refused', steps: [] }]);
  expect(plan.releases[0]?.findings[0]?.message).toContain('web.v1 is being deleted');
  expect(plan.releases[0]?.findings[0]?.fix).toMatch(
    /^kubectl get secret .*when it is gone; or --unmigrated web$/,
  );
});

test('a migration names the cluster in the lines for kubectl', async () => {
  const [from, made] = [openMemory({ records: two() }), openMemory()];
  await migrate(from, made, keep);
  const to = openMemory({ records: leaving((await all(made)) as ReleaseRecord[], /v1$/) });
  const { releases } = await surveySources([from], []);
  const surveyed = await surveyTarget(to, releases, target, 1);
  const closed = { closedNamespaces: new Map([['apps', 'does not exist']]) };
  const there = { ...surveyed, ...closed, clusterFlags: ' --context new' };
  const fixes = (await plan2to3(releases, there, keep)).releases[0]?.findings.map(({ fix }) => fix);
  expect(fixes).toContain('kubectl create namespace apps --context new');
  expect(fixes?.join()).toMatch(/kubectl get secret .* -o yaml --context new {2}shows/);
});

test('a migration is not done because a later revision is still going', async () => {
  const [from, made] = [
    openMemory({ records: two() }),
    openMemory({ records: [helm2('web', 3, withStatus('deployed'))] }),
  ];
  const later = openMemory();
  await migrate(made, later, keep);
  const to = openMemory({ records: (await all(later)).map(leave) });
  refused(await plan2to3For(from, to, keep), 'web.v3');
});

test('what a create meets is no other run, and what is read back is not there', async () => {
  const [first] = three();
  if (!first) throw new Error('none');
  const memory = openMemory({ records: [leave(first)] });
  const met = await put(memory, first).catch((error: unknown) => error);
  expect(met).toBeInstanceOf(ReleasesError);
  expect(met).toMatchObject({
    code: 'EXISTS',
    message: expect.stringContaining('is being deleted'),
  });
  await expect(verify(memory, [first])).rejects.toThrow('is being deleted when it is read back');
  expect(await verifyEach(memory, [[first]])).toMatchObject([{ code: 'VERIFY' }]);
});

test('a file of one that was being deleted stays, and is a copy', () => {
  const [first] = three();
  if (!first) throw new Error('none');
  const object = objectOf(first);
  const metadata = { ...(object.metadata as object), deletionTimestamp: '2026-11-30T13:00:00Z' };
  const read = recordIn({ ...object, metadata });
  expect(read).toMatchObject({ key: first.key, payload: first.payload });
  expect(read).not.toHaveProperty('leaving');
});
