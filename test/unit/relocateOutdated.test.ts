/** Copies whose sources Helm has changed since: they follow, and never without a copy of what was there. */
import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { ReleasesError } from '../../src/errors.ts';
import { applyPlan } from '../../src/migrate/engine/apply.ts';
import { countPlan, type Plan } from '../../src/migrate/plan.ts';
import { type ReadRecord, type ReleaseRecord, refId } from '../../src/record.ts';
import { openDirectory } from '../../src/storage/directory.ts';
import { openMemory } from '../../src/storage/memory.ts';
import type { Storage } from '../../src/storage/storage.ts';
import { runCli } from './cli-io.ts';
import { type Sketch, sketchRecord } from './cli-records.ts';
import { asItIs, copying, planFor, relocate } from './relocations.ts';

const moving = { ...copying, deleteSources: true };

/** As Helm leaves it: `modifiedAt` says when it was last changed. */
function revision(sketch: Sketch, modifiedAt?: number): ReleaseRecord {
  const record = sketchRecord(sketch);
  const modified = modifiedAt !== undefined && { modifiedAt: String(modifiedAt) };
  return { ...record, labels: { ...record.labels, ...modified } };
}

const before = [
  revision({ revision: 1, status: 'superseded' }, 100),
  revision({ revision: 2, status: 'deployed' }, 100),
];
const after = [
  revision({ revision: 1, status: 'superseded' }, 100),
  revision({ revision: 2, status: 'superseded' }, 200),
  revision({ revision: 3, status: 'deployed' }),
];

async function all(store: Storage): Promise<ReadRecord[]> {
  const records: ReadRecord[] = [];
  for await (const page of store.list({})) records.push(...page);
  return records.sort((a, b) => (a.key < b.key ? -1 : 1));
}

const contents = (records: readonly ReadRecord[]) =>
  records.map((record) => [refId(record), record.labels, 'payload' in record && record.payload]);

const told = ({ releases }: Plan) =>
  releases.flatMap(({ findings }) =>
    findings.map(({ severity, message, revisions = [] }) => [severity, message, ...revisions]),
  );

test('a copy follows the upgrade of its source, and the plan says so', async () => {
  const [from, to] = [openMemory({ records: after }), openMemory({ records: before })];
  const { plan, outcomes } = await relocate(from, to);
  expect(told(plan)).toEqual([
    [
      'change',
      'superseded in the source since it was copied as deployed: its copy is updated, after a backup of it',
      2,
    ],
  ]);
  expect(countPlan(plan)).toMatchObject({ creates: 2, replaces: 1 });
  expect(outcomes).toMatchObject([{ result: 'migrated', deleted: 0 }]);
  expect(contents(await all(to))).toEqual(contents(after));
});

test('a copy that may not be updated is there as it was, whatever else is allowed', async () => {
  const [from, memory] = [openMemory({ records: after }), openMemory({ records: before })];
  const forbidden = async () => {
    throw new ReleasesError('FORBIDDEN', 'no permission');
  };
  for (const to of [
    { ...memory, create: forbidden },
    { ...memory, create: forbidden, replace: forbidden },
  ]) {
    const there = await all(memory);
    const { outcomes } = await relocate(from, to);
    expect(outcomes).toMatchObject([{ result: 'failed', error: { code: 'FORBIDDEN' } }]);
    expect((await all(memory)).map(refId)).toEqual(there.map(refId));
  }
});

test('what is replaced and what is deleted are copied to two places', async () => {
  const [from, to] = [openMemory({ records: after }), openMemory({ records: before })];
  const [backup, aside] = [openMemory(), openMemory()];
  const plan = await planFor(from, to, asItIs, moving);
  const engine = { from: new Map([[from.address, from]]), to, backup, aside, concurrency: 2 };
  expect(await applyPlan(plan, engine)).toMatchObject([{ result: 'migrated', deleted: 3 }]);
  expect(contents(await all(aside))).toEqual(contents(before.slice(1)));
  expect(contents(await all(backup))).toEqual(contents(after));
  expect(contents(await all(to))).toEqual(contents(after));
});

test('one that changed after the plan is left as it is', async () => {
  const [from, to] = [openMemory({ records: after }), openMemory({ records: before })];
  const plan = await planFor(from, to);
  const [, deployed] = await all(to);
  if (!deployed) throw new Error('it is gone');
  await to.delete(deployed);
  const later = revision({ revision: 2, status: 'failed' }, 300);
  await to.create(later);
  const engine = { from: new Map([[from.address, from]]), to, concurrency: 1 };
  expect(await applyPlan(plan, { ...engine, backup: openMemory() })).toMatchObject([
    { result: 'failed', error: { code: 'CONFLICT' } },
  ]);
  expect(contents(await all(to))[1]).toEqual(contents([later])[0]);
});

test('an outdated copy is updated whichever revisions were asked for', async () => {
  const [from, to] = [openMemory({ records: after }), openMemory({ records: before })];
  await relocate(from, to, asItIs, { ...copying, revisions: 'deployed' });
  expect(contents(await all(to))).toEqual(contents(after));
});

test('a pending copy follows what became of it, a copy that Helm has changed stays', async () => {
  const pending = revision({ status: 'pending-install' });
  const settled = openMemory({ records: [revision({ status: 'deployed' }, 200)] });
  const late = openMemory({ records: [pending] });
  await relocate(settled, late);
  expect(contents(await all(late))).toEqual(contents(await all(settled)));

  const ahead = openMemory({ records: [revision({ status: 'superseded' }, 300)] });
  expect((await planFor(settled, ahead)).releases[0]).toMatchObject({ verdict: 'done' });
});

test('a source that was uninstalled since, or tested again, is not what was copied', async () => {
  const copied = openMemory({ records: [revision({}, 100)] });
  const uninstalled = openMemory({ records: [revision({ status: 'uninstalled' }, 200)] });
  const refused = await planFor(uninstalled, copied, asItIs, moving);
  expect(told(refused)).toEqual([
    [
      'refusal',
      'secret pay/sh.helm.release.v1.billing.v1 is an old copy: it says deployed, its source has since become uninstalled',
      1,
    ],
  ]);
  const [hook] = sketchHooks('Succeeded');
  const tested = openMemory({ records: [revision({ hooks: hook ? [hook] : [] }, 200)] });
  const untested = openMemory({ records: [revision({ hooks: sketchHooks('') }, 100)] });
  expect(told(await planFor(tested, untested))).toMatchObject([
    ['change', expect.stringMatching(/^changed in the source since it was copied: /), 1],
  ]);
});

function sketchHooks(phase: string) {
  return [
    {
      ...{ name: 'test', kind: 'Job', path: 'test.yaml', manifest: 'kind: Job', weight: 1 },
      ...{ events: ['test'], deletePolicies: [] },
      lastRun: { startedAt: '', completedAt: '', phase },
    },
  ];
}

test('restore replaces nothing of the kind unless it is told to', async () => {
  const [from, to] = [openMemory({ records: after }), openMemory({ records: before })];
  const none = await planFor(from, to, asItIs, { ...copying, overwrite: new Set() });
  expect(none.releases[0]).toMatchObject({ verdict: 'refused', steps: [] });
  const named = await planFor(from, to, asItIs, { ...copying, overwrite: new Set(['billing']) });
  expect(countPlan(named)).toMatchObject({ creates: 2, replaces: 1 });
});

test('the command updates copies in a folder, and names what brings them back', async () => {
  const dir = mkdtempSync(join(tmpdir(), 'relocate-outdated-'));
  const home = process.cwd();
  const fill = async (name: string, records: readonly ReleaseRecord[]) => {
    const store = await openDirectory(join(dir, name), { create: true });
    for (const record of records) await store.create(record);
  };
  const held = async (name: string) => contents(await all(await openDirectory(join(dir, name))));
  const run = (line: string) => runCli(line.replaceAll('DIR', dir).split(' '));
  try {
    process.chdir(dir);
    await fill('from', after);
    await fill('to', before);
    await fill('nightly', before);
    const nightly = await run('backup --all --storage dir:DIR/from dir:DIR/nightly');
    expect(nightly).toMatchObject({ code: 0, err: '' });
    expect(await held('nightly')).toEqual(await held('from'));
    const line = 'relocate --all --from dir:DIR/from --to dir:DIR/to --delete-source --yes';
    const moved = await run(`${line} --backup DIR/kept/`);
    expect(moved).toMatchObject({ code: 0, err: '' });
    expect(await held('to')).toEqual(await held('kept'));
    expect(await held('kept-replaced')).toEqual(contents(before.slice(1)));
    expect(moved.out).toContain('1 record created and 1 replaced, read back and equal, 3 sources');
    expect(moved.out).toContain(
      `What is deleted is copied to ${dir}/kept/ first, and what is replaced to ${dir}/kept-replaced.\n`,
    );
    const undo = /^Undo: kubectl releases (.*)$/m.exec(moved.out)?.[1] ?? '';
    expect(undo.replaceAll(dir, 'DIR')).toBe(
      'relocate billing -n pay --from dir:DIR/to --to dir:DIR/from --helm 3 --delete-source',
    );
    const undone = await run(`${undo} --yes`);
    expect(undone).toMatchObject({ code: 0, err: '' });
    expect(await held('from')).toEqual(contents(after));
    expect(await held('to')).toEqual([]);
    expect(readdirSync(dir).filter((name) => /^helm-/.test(name))).toHaveLength(2);
  } finally {
    process.chdir(home);
    rmSync(dir, { recursive: true });
  }
});
