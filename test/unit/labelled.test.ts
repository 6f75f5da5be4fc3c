/** Helm 2 records that somebody's own labels tell. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { byLabel } from '../../src/commands/stores/tillers.ts';
import { identify, type ReadRecord, type ReleaseRecord } from '../../src/record.ts';
import { openDirectory } from '../../src/storage/directory.ts';
import { parseSelector } from '../../src/storage/labels.ts';
import { openMemory } from '../../src/storage/memory.ts';
import type { Selection, Storage } from '../../src/storage/storage.ts';
import { withTillerLabels } from '../../src/storage/wrappers/withTillerLabels.ts';
import { runCli } from './cli-io.ts';
import { type Sketch, sketchRecord } from './cli-records.ts';

/** As a fork writes it: with its own owner label. */
function fork(sketch: Sketch, labels: { readonly [name: string]: string } = {}): ReleaseRecord {
  const record = sketchRecord({ helm: 2, ...sketch });
  return { ...record, labels: { ...record.labels, OWNER: 'FORK', ...labels } };
}

const records = [
  fork({ name: 'app' }),
  fork({ name: 'app', revision: 2 }),
  sketchRecord({ helm: 2, name: 'team' }),
  sketchRecord({ helm: 3, name: 'app', namespace: 'kube-system' }),
];
const selector = parseSelector('OWNER=FORK');
const store = (more: readonly ReadRecord[] = []) =>
  withTillerLabels(openMemory({ records: [...records, ...more] }), selector);

async function all(storage: Storage, selection: Selection): Promise<ReadRecord[]> {
  const found: ReadRecord[] = [];
  for await (const page of storage.list(selection)) found.push(...page);
  return found;
}

const keys = (found: readonly ReadRecord[]) => found.map(({ key }) => key).sort();

it('finds and identifies them, and no others', async () => {
  const found = await all(store(), { owner: 'tiller' });
  expect(keys(found)).toEqual(['app.v1', 'app.v2']);
  expect(found.map(identify)).toMatchObject([{ name: 'app' }, { name: 'app' }]);
  expect(await all(store(), { owner: 'tiller', name: 'team' })).toEqual([]);
  const every = ['app.v1', 'app.v2', 'sh.helm.release.v1.app.v1'];
  expect(keys(await all(store(), {}))).toEqual(every);
  expect(keys(await all(store(), { owner: 'helm' }))).toEqual(every.slice(2));
});

it('shows what the labels leave out of a release, as unreadable', async () => {
  const other = sketchRecord({ helm: 2, name: 'app', revision: 3 });
  const storage = store([other]);
  const why = { unreadable: 'the labels of --tiller-label leave it out' };
  const found = await all(storage, { owner: 'tiller' });
  expect(found.at(-1)).toMatchObject({ key: 'app.v3', ...why });
  expect(keys(found)).toEqual(['app.v1', 'app.v2', 'app.v3']);
  expect(await storage.get(other)).toMatchObject(why);
  expect(await storage.get(fork({ name: 'app' }))).not.toHaveProperty('unreadable');
});

it('passes over what only has the label', async () => {
  const lock = { ...fork({ name: 'app' }), key: 'lock', labels: { OWNER: 'FORK' } };
  const { payload: _, ...bare } = lock;
  const empty = { ...bare, unreadable: 'it has no release data' };
  expect(keys(await all(store([empty]), { owner: 'tiller' }))).toEqual(['app.v1', 'app.v2']);
  expect(keys(await all(store([lock]), { owner: 'tiller' }))).toContain('lock');
});

it.each([
  ['OWNER!=x', "says only what records don't have"],
  ['!x', "says only what records don't have"],
  ['a b', 'is no label selector'],
])('--tiller-label %j is refused', (text, why) => {
  expect(() => byLabel(openMemory(), { 'tiller-label': text })).toThrow(
    expect.objectContaining({ code: 'USAGE', message: expect.stringContaining(why) }),
  );
});

let dir: string;
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'labelled-'));
});
afterEach(() => rmSync(dir, { recursive: true }));

it('migrates a fork’s records from a folder, deletes them, and puts them back as they were', async () => {
  const from = await openDirectory(join(dir, 'from'), { create: true });
  for (const record of records) await from.create(record);
  const flags = ['--from', `dir:${dir}/from`, '--to', `dir:${dir}/to`];
  const run = async (...args: readonly string[]) => runCli([...args, ...flags]);
  const unlabelled = await run('migrate2to3', 'app', '--dry-run');
  expect(unlabelled.out).toContain('its owner label names neither Helm nor Tiller');
  const moving = ['--label', 'OWNER=FORK', '--yes', '--backup', join(dir, 'backup')];
  const moved = await run('migrate2to3', '--all', '--delete-v2-releases', ...moving);
  expect(moved, moved.err).toMatchObject({ code: 0 });
  expect(keys(await all(from, { owner: 'tiller' }))).toEqual(['team.v1']);
  const back = await runCli([
    ...['restore', join(dir, 'backup'), '--to', `dir:${dir}/from`, '--yes'],
  ]);
  expect(back, back.err).toMatchObject({ code: 0 });
  const restored = await all(from, { owner: 'tiller', name: 'app' });
  expect(restored.map(({ labels }) => labels.OWNER)).toEqual(['FORK', 'FORK']);
});
