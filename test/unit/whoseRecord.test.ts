/** Every row of the table in docs/whose-record.md, for every Helm, under the commands that read and carry records. */
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { attribute } from '../../src/attribution.ts';
import { openRecord } from '../../src/codecs/index.ts';
import { findReleases } from '../../src/inspect/find.ts';
import { newestRevisions } from '../../src/inspect/newest.ts';
import { releaseRow } from '../../src/inspect/rows.ts';
import { planReleaseCleanup } from '../../src/migrate/cleanup/planReleases.ts';
import { applyPlan } from '../../src/migrate/engine/apply.ts';
import { plan2to3 } from '../../src/migrate/helm2to3/plan.ts';
import { surveySources, surveyTarget } from '../../src/migrate/helm2to3/survey.ts';
import { isMovable } from '../../src/migrate/plan.ts';
import { planRelocation } from '../../src/migrate/relocate/plan.ts';
import { surveyRelocation } from '../../src/migrate/relocate/survey.ts';
import { surveyRelocationTarget } from '../../src/migrate/relocate/target.ts';
import { openDirectory } from '../../src/storage/directory.ts';
import { openMemory } from '../../src/storage/memory.ts';
import { objectOf } from '../../src/storage/objects.ts';
import type { Storage } from '../../src/storage/storage.ts';
import { drawnOfEach } from '../cluster/drawn.ts';
import { runCli } from './cli-io.ts';
import { asItIs } from './relocations.ts';
import {
  called,
  neighbours,
  type Parts,
  recordFor,
  rightOf,
  table,
  tableText,
  titleOf,
} from './whoseTable.ts';

type Helm = 2 | 3 | 4;
const helms = [2, 3, 4] as const;

async function payloadsIn(store: Storage): Promise<string[]> {
  const found: string[] = [];
  for await (const page of store.list({}))
    found.push(...page.flatMap((one) => ('payload' in one ? one.payload : [])));
  return found;
}

describe.each(helms)('in memory, Helm %d', (helm) => {
  // A ConfigMap has no type.
  const rows = table.filter(({ type }) => helm !== 2 || type === 'own');
  it.each(rows.map((parts) => [titleOf(parts), parts] as const))('%s', async (_, parts) => {
    const odd = recordFor(parts, helm);
    const records = [...neighbours(helm), odd];
    const right = rightOf(parts);
    const opened = openRecord(odd);
    const content = 'release' in opened ? opened.release : undefined;
    // Told from labels alone it may be neither Helm's; then nobody reads it.
    expect(content !== undefined).toBe(right.readable);
    expect([...attribute(odd, content).names].sort()).toEqual(right.names);
    await shows(records, parts);
    await carries(records, parts);
    await deletes(records, parts);
    if (helm === 2) await converts(records, parts);
  });
});

/** `list`, `history`, `get`. */
async function shows(records: ReturnType<typeof neighbours>, parts: Parts): Promise<void> {
  const right = rightOf(parts);
  const storage = openMemory({ records });
  const source = { storage, selection: {}, optional: false };
  const rows = await newestRevisions(source, (one) => releaseRow(one, storage));
  const [name, revision] = parts.content.split(' ');
  if (right.readable)
    expect(rows).toContainEqual(expect.objectContaining({ name, revision: Number(revision) }));
  const row = rows.find(({ place }) => place.endsWith(`/${records[2]?.key}`));
  expect(row).toBeDefined();
  expect((row?.disagreements ?? []).length > 0 || row?.unreadable !== undefined).toBe(
    !right.whole || !right.readable || parts.version === '7',
  );
  for (const one of [parts.key, parts.name])
    if (one === 'alpha' || one === 'beta') {
      const { releases, tied } = await findReleases([source], one);
      const isTied = tied.some((other) =>
        (isRecordOf(other) ?? '').endsWith(records[2]?.key ?? ''),
      );
      const isFound = releases.some(({ keys }) =>
        [...keys.values()].includes(records[2]?.key ?? ''),
      );
      expect(isFound || isTied).toBe(true);
    }
}

function isRecordOf(opened: Parameters<typeof releaseRow>[0]): string | undefined {
  return 'record' in opened ? opened.record.key : opened.key;
}

async function relocate(from: Storage, names: readonly string[], deleteSources: boolean) {
  const [to, backup] = [openMemory(), openMemory()];
  const stores = new Map([[from.address, from]]);
  const found = await surveyRelocation([from], new Set(names), asItIs);
  const all = [...found.releases, ...(names.length === 0 ? found.unattributed : [])];
  const target = await surveyRelocationTarget(to, all, stores, 4);
  const plan = planRelocation(all, target, { deleteSources, revisions: 'all' });
  const outcomes = await applyPlan(plan, { from: stores, to, backup, concurrency: 4 });
  return { plan, outcomes, to, backup, found };
}

/** `copy`, `backup`, `restore`: all of one release, all of the other, everything; and once more. */
async function carries(records: ReturnType<typeof neighbours>, parts: Parts): Promise<void> {
  const right = rightOf(parts);
  const odd = records[2]?.payload ?? '';
  const from = openMemory({ records });
  for (const name of ['alpha', 'beta']) {
    const { to, plan } = await relocate(from, [name], false);
    expect(plan.releases.every(isMovable)).toBe(true);
    expect((await payloadsIn(to)).includes(odd)).toBe(right.names.includes(name));
  }
  const { to, plan, outcomes, found } = await relocate(from, [], false);
  expect(outcomes.map(({ result }) => result)).not.toContain('failed');
  expect((await payloadsIn(to)).sort()).toEqual(records.map(({ payload }) => payload).sort());
  expect(plan.releases.filter(({ unattributed }) => unattributed)).toHaveLength(
    right.names.length === 0 ? 1 : 0,
  );
  // Nothing is left to write.
  const all = [...found.releases, ...found.unattributed];
  const target = await surveyRelocationTarget(to, all, new Map([[from.address, from]]), 4);
  const again = planRelocation(all, target, { deleteSources: false, revisions: 'all' });
  const steps = again.releases.flatMap((release) => release.steps);
  expect(steps.filter((step) => step.do !== 'keep')).toEqual([]);
  expect(again.releases.map(({ verdict }) => verdict)).toEqual(all.map(() => 'done'));
}

/** `relocate --delete-source`: whole or refused. */
async function deletes(records: ReturnType<typeof neighbours>, parts: Parts): Promise<void> {
  const right = rightOf(parts);
  for (const names of [['alpha'], ['beta'], []]) {
    const from = openMemory({ records });
    const { plan, to, backup } = await relocate(from, names, true);
    for (const { name, verdict, unattributed } of plan.releases) {
      const isHers = right.names.includes(name);
      expect(verdict).toBe(isHers && !right.whole && !unattributed ? 'refused' : 'ready');
    }
    const [left, there, saved] = [
      await payloadsIn(from),
      await payloadsIn(to),
      await payloadsIn(backup),
    ];
    for (const { payload } of records) expect([...left, ...there]).toContain(payload);
    for (const { payload } of records)
      if (!left.includes(payload)) expect(saved).toContain(payload);
    const odd = records[2]?.payload ?? '';
    if (!right.whole) expect(left).toContain(odd);
  }
}

/** `migrate2to3 --delete-v2-releases` and `cleanup --release-cleanup`, also with `--unmigrated`. */
async function converts(records: ReturnType<typeof neighbours>, parts: Parts): Promise<void> {
  const right = rightOf(parts);
  const from = openMemory({ records });
  const to = openMemory();
  const { releases, strays } = await surveySources([from], []);
  const target = await surveyTarget(to, releases, { kind: 'Secret' }, 4);
  const options = { deleteSources: true, markSuperseded: false };
  const plan = await plan2to3(releases, target, options);
  const isHelm3s = parts.content === 'other format' && parts.owner === 'both';
  expect(strays.length).toBe(right.names.length === 0 && !isHelm3s ? 1 : 0);
  const judged = (name: string) => plan.releases.find((one) => one.name === name)?.verdict;
  for (const name of ['alpha', 'beta']) {
    const stops = right.names.includes(name) && (!right.whole || !right.readable);
    expect([name, judged(name)]).toEqual([name, stops ? 'refused' : 'ready']);
  }
  const everything = { unmigrated: new Set(['alpha', 'beta']), uncopyable: new Map() };
  const cleanup = await planReleaseCleanup(releases, target, everything);
  for (const { name, verdict } of cleanup.releases)
    expect([name, verdict === 'refused']).toEqual([
      name,
      right.names.includes(name) && !right.whole,
    ]);
}

/**
 * Rows in one folder, each under names of its own: the commands as they are typed. All of them, and in the whole suite
 * some of each kind.
 */
describe.each(helms)('in a folder, Helm %d', (helm) => {
  let dir: string;
  const all = table
    .map((parts, at) => ({ parts, mark: String(at), right: rightOf(parts) }))
    .filter(({ parts }) => isRecordInFolder(parts, helm));
  const rows = drawnOfEach(`folder ${helm}`, all, ({ right }) => JSON.stringify(right), 3);
  const records = rows.flatMap(({ parts, mark }) => [
    ...neighbours(helm, mark),
    recordFor(parts, helm, mark),
  ]);
  const start = records.map(({ payload }) => payload);
  const nobodys = rows.filter(({ right }) => right.names.length === 0).length;
  const run = (line: string) => runCli(line.replaceAll('DIR', dir).split(' '));
  const inFolder = async (name: string): Promise<string[]> =>
    existsSync(join(dir, name)) ? payloadsIn(await openDirectory(join(dir, name))) : [];

  beforeAll(() => {
    dir = mkdtempSync(join(tmpdir(), 'whose-'));
    for (const name of ['from', 'moving', 'old']) {
      mkdirSync(join(dir, name));
      const items = records.map((record) => JSON.stringify(objectOf(record)));
      for (const [at, item] of items.entries()) writeFileSync(join(dir, name, `${at}.json`), item);
    }
  });
  afterAll(() => rmSync(dir, { recursive: true }));

  it('is listed and verified, with what disagrees', async () => {
    const listed = await run('list --storage dir:DIR/from -o json');
    const shown = JSON.parse(listed.out) as {
      name: string;
      revision: string;
      disagreements?: readonly string[];
    }[];
    const verified = await run('verify dir:DIR/from -o json');
    expect([listed.code, verified.code]).toEqual([3, 3]);
    const checked = JSON.parse(verified.out).records as {
      record: string;
      disagreements?: readonly string[];
      unreadable?: string;
    }[];
    for (const { parts, mark, right } of rows) {
      const [name = '', revision = ''] = parts.content.split(' ');
      if (right.readable)
        expect(shown).toContainEqual(
          expect.objectContaining({ name: called(name, mark), revision }),
        );
      const { key } = recordFor(parts, helm, mark);
      const one = checked.find(({ record }) => record.includes(`/${key} `));
      const isSaid = one?.disagreements !== undefined || one?.unreadable !== undefined;
      expect([key, isSaid]).toEqual([
        key,
        !right.whole || !right.readable || parts.version === '7',
      ]);
    }
  });

  it('is copied, backed up and restored whole', async () => {
    const code = nobodys > 0 ? 3 : 0;
    const copied = await run('copy --all --from dir:DIR/from --to dir:DIR/all --yes');
    expect([copied.code, (await inFolder('all')).sort()]).toEqual([code, [...start].sort()]);
    expect(copied.out).toContain(`and ${nobodys} records of no release`);
    const again = await run('copy --all --from dir:DIR/from --to dir:DIR/all --yes');
    expect([again.code, again.out]).toEqual([code, expect.not.stringContaining('Done')]);
    const backedUp = await run('backup --all DIR/all.zip --storage dir:DIR/from');
    const restored = await run('restore DIR/all.zip --to dir:DIR/restored --yes');
    expect([backedUp.code, restored.code]).toEqual([code, code]);
    expect((await inFolder('restored')).sort()).toEqual([...start].sort());
  });

  it('is moved whole or stays whole', async () => {
    const line = 'relocate --all --from dir:DIR/moving --to dir:DIR/moved --delete-source --yes';
    const moved = await run(`${line} --backup DIR/saved`);
    expect(moved.code, moved.err).toBe(3);
    const [left, there, saved] = await Promise.all(['moving', 'moved', 'saved'].map(inFolder));
    for (const { parts, mark, right } of rows) {
      const odd = recordFor(parts, helm, mark).payload;
      const stays = !right.whole;
      expect([titleOf(parts), left?.includes(odd)]).toEqual([titleOf(parts), stays]);
      expect([titleOf(parts), there?.includes(odd)]).toEqual([
        titleOf(parts),
        right.whole || right.names.length === 0,
      ]);
      if (!stays) expect(saved).toContain(odd);
    }
    expect(start.filter((one) => !left?.includes(one) && !there?.includes(one))).toEqual([]);
  });

  if (helm !== 2) return;

  it('is migrated and cleaned up whole or not at all', async () => {
    const line =
      'migrate2to3 --all --from dir:DIR/old --to dir:DIR/helm3 --delete-v2-releases --yes';
    const done = await run(`${line} --backup DIR/saved2`);
    expect(done.code, done.err).toBe(3);
    const ends = '--from dir:DIR/old --to dir:DIR/helm3 --yes';
    const cleaned = await run(`cleanup --release-cleanup ${ends} --backup DIR/saved3`);
    expect(cleaned.code).not.toBe(0);
    const [left, saved] = await Promise.all(['old', 'saved2'].map(inFolder));
    for (const { parts, mark, right } of rows) {
      const odd = recordFor(parts, helm, mark).payload;
      const stays = !right.whole || !right.readable;
      expect([titleOf(parts), left?.includes(odd)]).toEqual([titleOf(parts), stays]);
    }
    expect(start.filter((one) => !left?.includes(one) && !saved?.includes(one))).toEqual([]);
  });
});

/** An object without any label, and with a name that no Helm gives, is none of Helm's in a folder. */
function isRecordInFolder({ owner, key, type }: Parts, helm: Helm): boolean {
  return owner === 'own' || owner === 'both' || key !== 'odd' || (helm !== 2 && type === 'own');
}

it('docs/whose-record.md holds this table', () => {
  expect(table.length).toBeGreaterThanOrEqual(64);
  const page = readFileSync(new URL('../../docs/whose-record.md', import.meta.url), 'utf8');
  expect(page.includes(tableText()), tableText()).toBe(true);
});
