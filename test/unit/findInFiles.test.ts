/** Records that are found one by one: how often a file is read for them, and that changes are seen. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { openDirectory } from '../../src/storage/directory.ts';
import { openFinder, readOne } from '../../src/storage/files/folder.ts';
import { objectOf } from '../../src/storage/objects.ts';
import { sketchRecord } from './cli-records.ts';

let dir: string;
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'finder-'));
});
afterEach(() => rmSync(dir, { recursive: true }));

const three = [1, 2, 3].map((revision) => sketchRecord({ revision, status: 'superseded' }));

function write(file: string, records: readonly (typeof three)[number][]): void {
  const items = records.map(objectOf);
  writeFileSync(join(dir, file), JSON.stringify({ apiVersion: 'v1', kind: 'List', items }));
}

it('a file of many records is read once, and again when it was written', async () => {
  write('dump.json', three);
  let reads = 0;
  const find = openFinder(dir, (root, walked) => {
    reads++;
    return readOne(root, walked);
  });
  const all = await Promise.all(three.map((record) => find(['dump.json'], record)));
  expect(all.map((held) => held?.record.key)).toEqual(three.map(({ key }) => key));
  for (const record of three) await find(['dump.json'], record);
  expect(reads).toBe(1);
  write('dump.json', three.slice(1));
  expect(await find(['dump.json'], three[0] ?? { kind: 'Secret', namespace: '', key: '' })).toBe(
    undefined,
  );
  expect(reads).toBe(2);
});

it('a file of one record is read each time', async () => {
  write('one.json', three.slice(0, 1));
  let reads = 0;
  const find = openFinder(dir, (root, walked) => {
    reads++;
    return readOne(root, walked);
  });
  for (const record of three) await find(['one.json'], record);
  expect(reads).toBe(3);
});

it('a store sees at once what somebody writes into a file that it has read', async () => {
  write('dump.json', three);
  const store = await openDirectory(dir);
  const [first, second] = three;
  if (!first || !second) throw new Error('there are three');
  expect(await store.get(first)).toMatchObject({ payload: first.payload });
  write('dump.json', [{ ...first, payload: second.payload }]);
  expect(await store.get(first)).toMatchObject({ payload: second.payload });
  expect(await store.get(second)).toBe(undefined);
});
