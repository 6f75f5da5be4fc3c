/** The way back that a failed run prints takes along nothing that somebody else wrote. */
import { expect, test } from 'vitest';
import { encodePayload, openRecord } from '../../src/codecs/index.ts';
import type { PlannedMove } from '../../src/commands/move/plannedMove.ts';
import { runPlan } from '../../src/commands/move/run.ts';
import { linesAway } from '../../src/commands/move/undoMove.ts';
import { ReleasesError } from '../../src/errors.ts';
import { migrating } from '../../src/output/plans/words.ts';
import { isBad, type ReadRecord, type ReleaseRecord, recordKey } from '../../src/record.ts';
import { openMemory } from '../../src/storage/memory.ts';
import type { Storage } from '../../src/storage/storage.ts';
import { captureIO } from './cli-io.ts';
import { helm2, keep, planFor, withStatus } from './migrations.ts';

/** As Helm 3 upgrades: the newest revision is superseded, and the next one is deployed. */
async function upgrade(store: Storage, key: string): Promise<void> {
  const [newest] = (await all(store)).filter((record) => record.key === key);
  const opened = newest && openRecord(newest);
  if (!newest || !opened || isBad(newest) || isBad(opened)) throw new Error('none');
  const { release, record } = opened;
  const written = (revision: number, status: string): ReleaseRecord => {
    const next = {
      ...release,
      revision,
      info: { ...release.info, status, description: '', notes: '' },
    };
    return {
      ...record,
      key: recordKey('helm', release.name, revision),
      labels: { ...record.labels, status, version: String(revision), modifiedAt: '1800000000' },
      payload: encodePayload('helm3', next),
    };
  };
  await store.replace(written(release.revision, 'superseded'), newest);
  await store.create(written(release.revision + 1, 'deployed'));
}

async function all(store: Storage): Promise<ReadRecord[]> {
  const found: ReadRecord[] = [];
  for await (const page of store.list({})) found.push(...page);
  return found;
}

/** A migration of three revisions whose third create is held while `act` is at work. */
async function migrated(act: (to: Storage) => Promise<unknown>) {
  const records = [helm2('web', 1), helm2('web', 2), helm2('web', 3, withStatus('deployed'))];
  const from = openMemory({ records });
  const memory = openMemory();
  const to: Storage = {
    ...memory,
    // So that its records lie where Helm works.
    capabilities: { ...memory.capabilities, inCluster: true },
    async create(record) {
      if (record.key.endsWith('web.v1')) await act(memory);
      await memory.create(record);
    },
  };
  const plan = await planFor(from, to, keep);
  const engine = { from: new Map([[from.address, from]]), to, concurrency: 1, patienceMs: 5 };
  const move: PlannedMove = {
    ...{ plan, words: migrating, where: 'secret', strays: [], nothing: '', missing: [] },
    ...{ permissionHints: () => [], engine, next: '' },
    away: (half) =>
      linesAway(half, to, 'taken', { program: 'kubectl releases', driver: 'Secret', flags: '' }),
  };
  const io = captureIO();
  const code = await runPlan(move, { output: 'table', yes: true }, io);
  return { code, out: io.out(), err: io.err(), memory };
}

test('a create that fails: what was written is taken away into a folder', async () => {
  const failed = await migrated(async () => {
    throw new ReleasesError('REFUSED', 'exceeded quota');
  });
  expect(failed.code).toBe(1);
  expect(failed.out).toMatch(/^Undo: kubectl releases relocate web .*dir:taken/m);
});

test('helm has gone on from it: its revision is named, and nothing takes it along', async () => {
  const { code, out, memory } = await migrated((to) => upgrade(to, 'sh.helm.release.v1.web.v3'));
  expect((await all(memory)).map(({ key }) => key.slice(-2)).sort()).toEqual([
    'v1',
    'v2',
    'v3',
    'v4',
  ]);
  expect(code).toBe(1);
  expect(out).toContain('revision 4 there is not of this run, which takes nothing back');
  expect(out).not.toContain('Undo:');
  expect(out).toContain('2 records created, read back and equal');
});
