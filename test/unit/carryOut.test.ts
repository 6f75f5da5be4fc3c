/** What a person is told was done: counted by what stands in the end, also when a run is broken off. */
import { expect, test } from 'vitest';
import { carryOut } from '../../src/commands/move/carryOut.ts';
import { ReleasesError } from '../../src/errors.ts';
import { openMemory } from '../../src/storage/memory.ts';
import type { Storage } from '../../src/storage/storage.ts';
import { captureIO } from './cli-io.ts';
import { sketchRecord } from './cli-records.ts';
import { copying, planFor } from './relocations.ts';

const sources = [1, 2, 3].map((revision) =>
  sketchRecord({ revision, status: revision === 3 ? 'deployed' : 'superseded' }),
);

async function moved(to: Storage, from: Storage, interrupt = new AbortController().signal) {
  const plan = await planFor(from, to, undefined, { ...copying, deleteSources: true });
  const engine = {
    from: new Map([[from.address, from]]),
    ...{ to, backup: openMemory(), concurrency: 1, patienceMs: 1 },
  };
  return carryOut(plan, engine, 'Relocating', captureIO({ interrupt }));
}

test('what is taken back was never counted: no number is below nothing', async () => {
  const store = openMemory({ records: [] });
  const stranger = sketchRecord({ revision: 1, status: 'deployed', config: { of: 'another' } });
  let creates = 0;
  // Helm installs under the name while the first record is written.
  const to: Storage = {
    ...store,
    async create(record) {
      await store.create(record);
      if (++creates === 1) await store.create(stranger);
    },
  };
  const done = await moved(to, openMemory({ records: sources }));
  expect(done.outcomes).toMatchObject([{ result: 'failed' }]);
  expect(done).toMatchObject({ created: 0, replaced: 0, deleted: 0, met: 0 });
});

test.each(['FORBIDDEN', 'UNAUTHORIZED', 'REFUSED', 'EXISTS'] as const)(
  'what another run has written is not counted where this one was refused: %s',
  async (code) => {
    const store = openMemory({ records: [] });
    const to: Storage = {
      ...store,
      async create(record) {
        await store.create(record);
        throw new ReleasesError(code, 'not by this run');
      },
    };
    const from = openMemory({ records: sources });
    const plan = await planFor(from, to, undefined, copying);
    const engine = { from: new Map([[from.address, from]]), to, concurrency: 1 };
    const done = await carryOut(plan, engine, 'Copying', captureIO());
    expect(done.outcomes).toMatchObject([{ result: 'migrated' }]);
    expect(done).toMatchObject({ created: 0, met: 3 });
  },
);

test('copies are not taken back from under a release whose sources somebody else has deleted', async () => {
  const store = openMemory({ records: [] });
  const from = openMemory({ records: sources });
  const stranger = sketchRecord({ revision: 1, status: 'deployed', config: { of: 'another' } });
  let creates = 0;
  const to: Storage = {
    ...store,
    async create(record) {
      await store.create(record);
      if (++creates !== 2) return;
      for await (const page of from.list({})) for (const one of page) await from.delete(one);
      await store.create(stranger);
    },
  };
  const done = await moved(to, from);
  expect(done.outcomes).toMatchObject([{ result: 'failed' }]);
  const keys: string[] = [];
  for await (const page of store.listMeta({})) keys.push(...page.map(({ key }) => key));
  expect(keys.sort()).toEqual(
    [1, 2, 3].map((revision) => `sh.helm.release.v1.billing.v${revision}`),
  );
});

test('Ctrl-C between two deletes is an interruption, and what was not deleted is no error', async () => {
  const store = openMemory({ records: sources });
  const ctrlC = new AbortController();
  const from: Storage = {
    ...store,
    async delete(record) {
      await store.delete(record);
      ctrlC.abort();
    },
  };
  const done = await moved(openMemory({ records: [] }), from, ctrlC.signal);
  expect(done.outcomes).toMatchObject([{ result: 'interrupted' }]);
  expect(done).toMatchObject({ created: 3, deleted: 1 });
});
