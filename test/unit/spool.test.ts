/** What is kept of records outside the memory: whole, for its owner alone, and nowhere by a name. */
import { mkdtempSync, readdirSync, readlinkSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { expect, test, vi } from 'vitest';
import { openRecord } from '../../src/codecs/index.ts';
import type { KeptGood } from '../../src/migrate/spool.ts';
import { openSpool } from '../../src/migrate/spool.ts';
import { isBad } from '../../src/record.ts';
import { sketchRecord } from './cli-records.ts';

const records = Array.from({ length: 40 }, (_, i) =>
  openRecord(sketchRecord({ name: `app-${i}`, revision: i + 1 })),
);
const goods = records.flatMap((one) => (isBad(one) ? [] : one));

test.each([0, 5000, Number.POSITIVE_INFINITY])(
  'gives back what was kept (%d in memory)',
  (most) => {
    const spool = openSpool(most);
    const kept = records.map((one) => spool.keep(one)) as KeptGood[];
    expect(kept).toHaveLength(40);
    for (const i of [39, 0, 17, 17]) {
      expect(kept[i]?.open()).toEqual(goods[i]);
      expect(kept[i]?.release.name).toBe(goods[i]?.release.name);
      expect(kept[i]?.record).not.toHaveProperty('payload');
    }
    spool.close();
  },
);

test('what can not be read is kept as it is', () => {
  const bad = openRecord({ ...sketchRecord({}), payload: 'nothing' });
  expect(openSpool().keep(bad)).toBe(bad);
});

test('its file has no name, and is for its owner alone', () => {
  const folder = mkdtempSync(join(tmpdir(), 'spool-'));
  vi.stubEnv('TMPDIR', folder);
  const spool = openSpool(0);
  for (const one of records) spool.keep(one);
  vi.unstubAllEnvs();
  expect(readdirSync(folder)).toEqual([]);
  rmSync(folder, { recursive: true });
  const open = readdirSync('/proc/self/fd').filter((fd) => {
    try {
      const path = readlinkSync(`/proc/self/fd/${fd}`);
      return path.startsWith(`${folder}/`) && path.endsWith(' (deleted)');
    } catch {
      return false;
    }
  });
  expect(open).toHaveLength(1);
  const { mode, nlink } = statSync(`/proc/self/fd/${open[0]}`);
  expect((mode & 0o777).toString(8)).toBe('600');
  expect(nlink).toBe(0);
  spool.close();
});

test('no content stays in memory beyond what it may hold', async () => {
  setFlagsFromString('--expose-gc');
  const collect = runInNewContext('gc') as () => void;
  const spool = openSpool(0);
  const make = () => {
    const opened = openRecord(sketchRecord({ name: 'gone', revision: 7 }));
    if (isBad(opened)) throw new Error('it can be read');
    return { kept: spool.keep(opened), content: new WeakRef(opened.release) };
  };
  const all = Array.from({ length: 20 }, make);
  for (let i = 0; i < 5; i++) {
    await new Promise((resolve) => setTimeout(resolve, 1));
    collect();
  }
  expect(all.filter(({ content }) => content.deref() !== undefined)).toEqual([]);
  const [first] = all.map(({ kept }) => kept as KeptGood);
  expect(first?.open().release.name).toBe('gone');
  spool.close();
});
