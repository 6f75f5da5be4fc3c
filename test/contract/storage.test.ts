/** What `src/storage/storage.ts` promises, held against every store. */
import { afterAll, afterEach, beforeEach, describe, expect, it } from 'vitest';
import { isReleasesError } from '../../src/errors.ts';
import { isBad, type ReadRecord, type RecordMeta, type ReleaseRecord } from '../../src/record.ts';
import { parseSelector } from '../../src/storage/labels.ts';
import type { Selection, Storage } from '../../src/storage/storage.ts';
import { type Bench, helm3Record, pageSize, stopPostgres, stores, tillerRecord } from './stores.ts';

async function all(storage: Storage, selection: Selection): Promise<ReadRecord[]> {
  const records: ReadRecord[] = [];
  for await (const page of storage.list(selection)) records.push(...page);
  return records;
}

async function allMeta(storage: Storage, selection: Selection): Promise<RecordMeta[]> {
  const records: RecordMeta[] = [];
  for await (const page of storage.listMeta(selection)) records.push(...page);
  return records;
}

const keys = (records: readonly RecordMeta[]) => records.map(({ key }) => key).sort();

async function codeOf(work: Promise<unknown>): Promise<string> {
  try {
    await work;
  } catch (error) {
    if (isReleasesError(error)) return error.code;
    throw error;
  }
  return 'no error';
}

afterAll(stopPostgres);

describe.each(stores)('storage contract: $name', ({ kind, open }) => {
  let bench: Bench;
  beforeEach(async () => {
    bench = await open();
  });
  afterEach(() => bench.done());

  it('gives back what was created: key, labels, type and payload, with a version', async () => {
    const { storage, here } = bench;
    const record = helm3Record(kind, here, 'app');
    const annotated = { ...record, annotations: { note: 'kept' } };
    const whole = storage.capabilities.annotations === false ? record : annotated;
    // What it has no place for, it refuses: nothing is dropped in silence.
    if (whole === record) expect(await codeOf(storage.create(annotated))).toBe('REFUSED');
    await storage.create(whole);
    const read = await storage.get(record);
    expect(read).toMatchObject(whole);
    expect(read?.resourceVersion).toBeTruthy();
    expect(await all(storage, { namespace: here })).toEqual([read]);
  });

  it('says which kinds it holds and what it can promise', async () => {
    const { storage } = bench;
    expect(storage.kinds).toContain(kind);
    expect(storage.capabilities.preconditions).toBe(true);
    expect(storage.address).toMatch(/^(memory|dir:.+|secret|configmap|sql)$/);
  });

  it('returns undefined for a record that is not there', async () => {
    const { storage, here } = bench;
    for (const key of ['sh.helm.release.v1.no.v1', '..', '.', '', '../../x', 'a/b', '%2e%2e'])
      expect(await storage.get({ kind, namespace: here, key })).toBeUndefined();
  });

  it('yields every record once, over many pages', async () => {
    const { storage, here, there } = bench;
    const made = [1, 2, 3, 4, 5].flatMap((n) => [
      helm3Record(kind, here, 'app', n),
      tillerRecord(kind, bench.tiller ?? there, 'old', n),
    ]);
    for (const record of made) await storage.create(record);
    const pages: number[] = [];
    for await (const page of storage.list({ namespace: here })) pages.push(page.length);
    expect(Math.max(...pages)).toBeLessThanOrEqual(pageSize);
    expect(pages.length).toBeGreaterThan(1);
    const mine = new Set([here, there, bench.tiller]);
    const found = (await all(storage, {})).filter(({ namespace }) => mine.has(namespace));
    expect(keys(found)).toEqual(keys(made));
  });

  it('selects by namespace, owner, name and status', async () => {
    const { storage, here, there } = bench;
    const records = [
      helm3Record(kind, here, 'app', 1, 'superseded'),
      helm3Record(kind, here, 'app', 2),
      helm3Record(kind, here, 'other', 1),
      helm3Record(kind, there, 'app', 1),
      tillerRecord(kind, bench.tiller ?? here, 'app', 1, 'SUPERSEDED'),
      tillerRecord(kind, bench.tiller ?? here, 'app', 2),
    ];
    for (const record of records) await storage.create(record);
    const find = async (selection: Selection) => {
      const found = await all(storage, { namespace: here, ...selection });
      if (bench.tiller === undefined || selection.owner === 'helm') return keys(found);
      const old = await all(storage, { owner: 'tiller', ...selection });
      return keys(selection.owner === 'tiller' ? old : [...found, ...old]);
    };
    const v3 = 'sh.helm.release.v1.';
    expect(await find({ owner: 'helm' })).toEqual([`${v3}app.v1`, `${v3}app.v2`, `${v3}other.v1`]);
    expect(await find({ owner: 'tiller' })).toEqual(['app.v1', 'app.v2']);
    const labels = parseSelector('NAME in (app,none),VERSION!=1');
    expect(await find({ owner: 'tiller', labels })).toEqual(['app.v2']);
    expect(await find({ labels: parseSelector('!OWNER') })).toEqual([]);
    expect(await find({ name: 'app' })).toEqual(['app.v1', 'app.v2', `${v3}app.v1`, `${v3}app.v2`]);
    expect(await find({ owner: 'helm', notStatus: 'superseded' })).toEqual([
      `${v3}app.v2`,
      `${v3}other.v1`,
    ]);
    expect(await find({ owner: 'tiller', notStatus: 'SUPERSEDED' })).toEqual(['app.v2']);
    expect(await find({ name: 'not a label value!' })).toEqual([]);
    expect(await find({ names: ['app', 'none'] })).toEqual(await find({ name: 'app' }));
    expect(await find({ names: ['app'], name: 'none' })).toEqual([]);
    for (const names of [[], ['none'], ['not a label value!']])
      expect(await find({ names })).toEqual([]);
    expect(await find({ namespace: there, owner: 'helm' })).toEqual([`${v3}app.v1`]);
  });

  it('lists metadata with the same records, labels and versions', async () => {
    const { storage, here } = bench;
    for (const n of [1, 2, 3]) await storage.create(helm3Record(kind, here, 'app', n));
    const whole = await all(storage, { namespace: here });
    const metas = await allMeta(storage, { namespace: here });
    const facts = (records: readonly RecordMeta[]) =>
      records
        .map(({ key, labels, uid, resourceVersion }) => ({ key, labels, uid, resourceVersion }))
        .sort((a, b) => (a.key < b.key ? -1 : 1));
    expect(facts(metas)).toEqual(facts(whole));
    if (storage.capabilities.metadataOnly)
      for (const meta of metas) expect(meta).not.toHaveProperty('payload');
  });

  it('never overwrites: one of two writers gets EXISTS and the first content stays', async () => {
    const { storage, here } = bench;
    const record = helm3Record(kind, here, 'app');
    const other = { ...record, payload: 'b3RoZXI=' };
    const codes = await Promise.all([record, other].map((one) => codeOf(storage.create(one))));
    expect(codes.sort()).toEqual(['EXISTS', 'no error']);
    expect(await codeOf(storage.create({ ...record, payload: 'dGhpcmQ=' }))).toBe('EXISTS');
    const there = await storage.get(record);
    expect(there && !isBad(there) ? there.payload : '').toMatch(/^(b3RoZXI=|cGF5.*)$/);
  });

  it('replaces the record that was read, and only that: payload and all labels', async () => {
    const { storage, here } = bench;
    const [first, second] = [1, 2].map((n) => helm3Record(kind, here, 'app', n)) as [
      ReleaseRecord,
      ReleaseRecord,
    ];
    const labels = { ...first.labels, team: 'red', only: 'before' };
    for (const record of [{ ...first, labels }, second]) await storage.create(record);
    const read = await storage.get(first);
    if (!read) throw new Error('the record was created');
    const wanted = {
      ...first,
      labels: { ...first.labels, status: 'superseded', team: 'blue' },
      payload: 'YW5vdGhlcg==',
    };
    const uid = 'c6f0a3a6-0000-4000-8000-000000000000';
    for (const over of [
      { ...read, resourceVersion: '424242424' },
      { ...read, uid },
    ])
      expect(await codeOf(storage.replace(wanted, over))).toBe('CONFLICT');
    expect(await storage.get(first)).toEqual(read);
    await storage.replace(wanted, read);
    const now = await storage.get(first);
    expect(now).toMatchObject(wanted);
    expect(now?.labels).toEqual(wanted.labels);
    expect(now?.resourceVersion).not.toBe(read.resourceVersion);
    expect(await codeOf(storage.replace(first, read))).toBe('CONFLICT');
    expect(await storage.get(first)).toEqual(now);
    expect(await storage.get(second)).toMatchObject(second);
    expect(await all(storage, { namespace: here })).toHaveLength(2);
    if (!now) return;
    await storage.delete(now);
    expect(await codeOf(storage.replace(wanted, now))).toBe('NOT_FOUND');
    expect(
      keys(await all(storage, {}).then((found) => found.filter((one) => one.namespace === here))),
    ).toEqual([second.key]);
  });

  it('replaces a record of Helm 2, and one that has no labels of its own', async () => {
    const { storage, there } = bench;
    const record = tillerRecord(kind, bench.tiller ?? there, 'old', 3);
    await storage.create(record);
    const read = await storage.get(record);
    if (!read) throw new Error('the record was created');
    const wanted = {
      ...tillerRecord(kind, record.namespace, 'old', 3, 'DELETED'),
      payload: 'WA==',
    };
    await storage.replace(wanted, read);
    expect(await storage.get(record)).toMatchObject(wanted);
    expect(await codeOf(storage.replace(record, read))).toBe('CONFLICT');
  });

  it('deletes the record that was read, and only that', async () => {
    const { storage, here } = bench;
    await storage.create(helm3Record(kind, here, 'app', 1));
    await storage.create(helm3Record(kind, here, 'app', 2));
    const read = await storage.get(helm3Record(kind, here, 'app', 1));
    if (!read) throw new Error('the record was created');
    expect(await codeOf(storage.delete({ ...read, resourceVersion: '424242424' }))).toBe(
      'CONFLICT',
    );
    expect(
      await codeOf(storage.delete({ ...read, uid: 'c6f0a3a6-0000-4000-8000-000000000000' })),
    ).toBe('CONFLICT');
    await storage.delete(read);
    expect(await storage.get(read)).toBeUndefined();
    expect(await codeOf(storage.delete(read))).toBe('NOT_FOUND');
    expect(keys(await all(storage, { namespace: here }))).toEqual(['sh.helm.release.v1.app.v2']);
  });

  it('refuses to delete a record that was made anew in between', async () => {
    const { storage, here } = bench;
    const record = helm3Record(kind, here, 'app');
    await storage.create(record);
    const read = await storage.get(record);
    if (!read) throw new Error('the record was created');
    await storage.delete(read);
    await storage.create({ ...record, payload: 'YW5vdGhlcg==' });
    expect(await codeOf(storage.delete(read))).toBe('CONFLICT');
    expect(await storage.get(record)).toMatchObject({ payload: 'YW5vdGhlcg==' });
  });

  it('yields a bad record as a value, beside its neighbours', async () => {
    const { here, plant } = bench;
    const labels = { owner: 'helm', name: 'bad', status: 'deployed', version: '1' };
    await plant({ kind, namespace: here, key: 'sh.helm.release.v1.bad.v1', labels });
    const { storage } = bench;
    await storage.create(helm3Record(kind, here, 'app'));
    const found = await all(storage, { namespace: here });
    expect(keys(found)).toEqual(['sh.helm.release.v1.app.v1', 'sh.helm.release.v1.bad.v1']);
    const bad = found.filter(isBad);
    expect(bad.map(({ unreadable }) => unreadable)).toEqual(['it has no release data']);
    expect(bad[0]?.labels).toEqual(labels);
    expect(
      await storage.get({ kind, namespace: here, key: 'sh.helm.release.v1.bad.v1' }),
    ).toMatchObject({
      unreadable: 'it has no release data',
    });
  });

  it('refuses a later record format by name', async () => {
    const { here, plant } = bench;
    const labels = { owner: 'helm', name: 'new', status: 'deployed', version: '1' };
    const data = { release: kind === 'Secret' ? 'WFg9PQ==' : 'XX==' };
    const key = kind === 'Secret' ? 'sh.helm.release.v1.new.v1' : 'sh.helm.release.v2.new.v1';
    const type = kind === 'Secret' ? { type: 'helm.sh/release.v2' } : {};
    await plant({ kind, namespace: here, key, labels, data, ...type });
    const [bad] = await all(bench.storage, { namespace: here });
    expect(bad).toMatchObject({ unreadable: expect.stringMatching(/release\.v2.* is newer than/) });
  });

  it('keeps payloads of any size up to its limit, to the byte', async () => {
    const { storage, here } = bench;
    const { maxRecordBytes = 2 * 1024 * 1024 } = storage.capabilities;
    const big = { ...helm3Record(kind, here, 'big'), payload: 'A'.repeat(maxRecordBytes) };
    await storage.create(big);
    const read = await storage.get(big);
    expect(read && !isBad(read) && read.payload === big.payload).toBe(true);
    if (storage.capabilities.maxRecordBytes !== undefined) {
      const over = { ...helm3Record(kind, here, 'over'), payload: `${big.payload}A` };
      expect(await codeOf(storage.create(over))).toBe('API');
      expect(await storage.get(over)).toBeUndefined();
    }
  });

  it('keeps hostile names in their place, or refuses them', async () => {
    const { storage, here } = bench;
    for (const key of [
      '../../escape.v1',
      'a/b.v1',
      '..',
      'NUL',
      'x\u001b[31m.v1',
      `${'l'.repeat(300)}.v1`,
    ]) {
      const record = { ...helm3Record(kind, here, 'app'), key };
      const code = await codeOf(storage.create(record));
      const read = await storage.get(record).catch((error: unknown) => error);
      if (code === 'no error') expect(read).toMatchObject({ key, payload: record.payload });
      else
        expect([code, read]).toEqual([
          expect.stringMatching(/^(API|NOT_FOUND|REFUSED)$/),
          undefined,
        ]);
    }
  });

  it('leaves alone what is not in its place', async () => {
    const { storage, here } = bench;
    const other = kind === 'Secret' ? 'ConfigMap' : 'Secret';
    if (storage.kinds.includes(other)) {
      await storage.create(helm3Record(other, here, 'app'));
      expect(await storage.get(helm3Record(kind, here, 'app'))).toBeUndefined();
    } else {
      expect(await codeOf(storage.create(helm3Record(other, here, 'app')))).toBe('NOT_FOUND');
      expect(await storage.get(helm3Record(other, here, 'app'))).toBeUndefined();
    }
  });
});
