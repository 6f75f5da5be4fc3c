/** The single acts of the engine, one at a time: what each does, and what it refuses to take for done. */
import { describe, expect, it, test } from 'vitest';
import { type ErrorCode, ReleasesError } from '../../src/errors.ts';
import { backUp, put, verify, verifyEach } from '../../src/migrate/engine/write.ts';
import type { BadRecord, ReadRecord, RecordMeta, ReleaseRecord } from '../../src/record.ts';
import { openMemory } from '../../src/storage/memory.ts';
import type { Storage } from '../../src/storage/storage.ts';
import { sketchRecord } from './cli-records.ts';

const record = sketchRecord({});
const changed = sketchRecord({ notes: 'changed' });
const { payload: _, ...meta } = record;
const bad: BadRecord = { ...meta, unreadable: 'its payload is gone' };

async function one(store: Storage): Promise<ReadRecord> {
  for await (const page of store.list({})) for (const found of page) return found;
  throw new Error('the store is empty');
}

async function keys(store: Storage): Promise<string[]> {
  const found: string[] = [];
  for await (const page of store.list({})) found.push(...page.map(({ key }) => key));
  return found;
}

describe('a write that failed', () => {
  /** @param there what is found then */
  function failing(code: ErrorCode, there: ReadRecord | undefined): Storage {
    const fail = async () => {
      throw new ReleasesError(code, 'the write failed');
    };
    return { ...openMemory(), create: fail, replace: fail, get: async () => there };
  }

  it.each(['EXISTS', 'CONFLICT', 'FORBIDDEN', 'UNAUTHORIZED', 'NOT_FOUND', 'REFUSED'] as const)(
    'with %s has written nothing: an equal record is another run’s',
    async (code) => {
      expect(await put(failing(code, record), record)).toBe('another run');
      expect(await put(failing(code, record), record, meta)).toBe('another run');
    },
  );

  it.each(['UNREACHABLE', 'API', 'FILE'] as const)(
    'with %s may have written it all the same',
    async (code) => {
      expect(await put(failing(code, record), record)).toBe('this run');
    },
  );

  it.each<[string, ReadRecord | undefined]>([
    ['nothing is there', undefined],
    ['another record is there', changed],
    ['what is there can’t be read', bad],
  ])('is an error where %s', async (_, there) => {
    await expect(put(failing('UNREACHABLE', there), record)).rejects.toThrow('the write failed');
  });

  it('is an error where nobody can look, the one of the write', async () => {
    const get = async () => {
      throw new ReleasesError('API', 'nobody can look');
    };
    const store = { ...failing('EXISTS', record), get };
    await expect(put(store, record)).rejects.toThrow('the write failed');
  });

  it('is another error where what is there is being deleted', async () => {
    const store = failing('EXISTS', { ...record, leaving: true });
    await expect(put(store, record)).rejects.toThrow(/is being deleted$/);
  });
});

test('a write creates, or takes the place of what was there', async () => {
  const store = openMemory();
  expect(await put(store, record)).toBe('this run');
  expect(await put(store, changed, await one(store))).toBe('this run');
  expect(await one(store)).toMatchObject({ payload: changed.payload });
});

describe('what is read back', () => {
  const place = 'secret pay/sh.helm.release.v1.billing.v1';
  const rest = 'nothing of this release was deleted';
  it.each<[string, ReadRecord[]]>([
    [`${place} is not there when it is read back: ${rest}`, []],
    [`${place} read back is not what was written: ${rest}`, [changed]],
    [`${place} read back is not what was written: ${rest}`, [bad]],
    [`${place} is being deleted when it is read back: ${rest}`, [{ ...record, leaving: true }]],
  ])('%s', async (message, there) => {
    const store = openMemory({ records: there });
    await expect(verify(store, [record])).rejects.toMatchObject({ code: 'VERIFY', message });
    expect(await verifyEach(store, [[], [record]])).toMatchObject([undefined, { message }]);
  });

  it('is right where it is what was written', async () => {
    const store = openMemory({ records: [record] });
    await expect(verify(store, [record])).resolves.toBeUndefined();
    expect(await verifyEach(store, [[record], [record]])).toEqual([undefined, undefined]);
  });

  it('fails each release for itself where all can’t be listed at once', async () => {
    const other = sketchRecord({ name: 'search', namespace: 'web' });
    const memory = openMemory({ records: [record, other] });
    const store: Storage = {
      ...memory,
      capabilities: { ...memory.capabilities, selects: false },
      get: async (ref) => {
        if (ref.key === other.key) throw new ReleasesError('API', 'it broke');
        return memory.get(ref);
      },
    };
    expect(await verifyEach(store, [[record], [other]])).toMatchObject([
      undefined,
      { message: 'it broke' },
    ]);
  });
});

describe('a copy before a delete', () => {
  async function listed(store: Storage): Promise<RecordMeta> {
    const { kind, namespace, key, labels, uid = '', resourceVersion = '' } = await one(store);
    return { kind, namespace, key, labels, uid, resourceVersion };
  }

  it('is made of what is there, and is read back', async () => {
    const [from, backup] = [openMemory({ records: [record] }), openMemory()];
    await backUp(await listed(from), from, backup);
    expect(await one(backup)).toMatchObject({ payload: record.payload });
    // Run again: the copy is there.
    await backUp(await listed(from), from, backup);
    expect(await keys(backup)).toEqual([record.key]);
  });

  it.each<[string, (from: Storage, ref: RecordMeta) => Promise<unknown>]>([
    ['is gone', (from, ref) => from.delete(ref)],
    ['was written anew', (from, ref) => from.replace(changed, ref)],
  ])('is none where the record %s', async (_, meanwhile) => {
    const [from, backup] = [openMemory({ records: [record] }), openMemory()];
    const ref = await listed(from);
    await meanwhile(from, ref);
    await expect(backUp(ref, from, backup)).rejects.toMatchObject({
      code: 'CONFLICT',
      message: 'secret pay/sh.helm.release.v1.billing.v1 changed before it was backed up',
    });
    expect(await keys(backup)).toEqual([]);
  });

  it('is none of what can’t be read', async () => {
    const from = openMemory({ records: [bad] });
    const ref = await listed(from);
    await expect(backUp(ref, from, openMemory())).rejects.toMatchObject({ code: 'CONFLICT' });
  });

  it('needs a place', async () => {
    const from = openMemory({ records: [record] });
    await expect(backUp(await listed(from), from, undefined)).rejects.toMatchObject({
      ...{ code: 'USAGE', message: 'a plan that deletes needs a place for a backup' },
    });
  });

  it('does not take the place of another copy', async () => {
    const [from, backup] = [openMemory({ records: [record] }), openMemory({ records: [changed] })];
    await expect(backUp(await listed(from), from, backup)).rejects.toMatchObject({
      code: 'EXISTS',
      message:
        'the backup holds another secret pay/sh.helm.release.v1.billing.v1, as it was in an earlier run',
      hints: ['--backup with another folder or archive'],
    });
    expect(await one(backup)).toMatchObject({ payload: changed.payload });
  });

  it('that can’t be written says why', async () => {
    const from = openMemory({ records: [record] });
    const full: Storage = {
      ...openMemory(),
      create: async () => {
        throw new ReleasesError('FILE', 'the disk is full');
      },
    };
    await expect(backUp(await listed(from), from, full)).rejects.toThrow('the disk is full');
  });

  it('is read back at once, but from what is written as a whole', async () => {
    const from = openMemory({ records: [record] });
    const ref = await listed(from);
    const losing: Storage = { ...openMemory(), create: async () => {} };
    await expect(backUp(ref, from, losing)).rejects.toMatchObject({ code: 'VERIFY' });
    const written: ReleaseRecord[] = [];
    const sealed: Storage = {
      ...losing,
      create: async (copy) => void written.push(copy),
      seal: async () => {},
    };
    await backUp(ref, from, sealed);
    expect(written).toMatchObject([{ payload: record.payload }]);
  });
});
