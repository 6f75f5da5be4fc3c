/** What a person is told was done: counted by what stands in the end, also when a run is broken off. */
import { expect, test } from 'vitest';
import { carryOut } from '../../src/commands/plans/carryOut.ts';
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
