/** What killed runs left in a folder goes with the next write there; what somebody still writes stays. */
import { spawnSync } from 'node:child_process';
import {
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { temporaryIn } from '../../src/storage/files/temporary.ts';
import { writeNew } from '../../src/storage/files/write.ts';

let [dir, aside] = ['', ''];
beforeEach(() => {
  [dir, aside] = [mkdtempSync(join(tmpdir(), 'tmp-')), mkdtempSync(join(tmpdir(), 'tmp-'))];
});
afterEach(() => {
  for (const folder of [dir, aside]) rmSync(folder, { recursive: true });
});

test('leftovers of runs that are over go, and nothing else does', async () => {
  const [, , host] = (await temporaryIn(aside)).split('/').pop()?.split('-') ?? [];
  const { pid: dead } = spawnSync(process.execPath, ['--version']);
  const end = 'abcdefabcdef';
  const put = (name: string, hoursAgo = 0) => {
    writeFileSync(join(dir, name), 'a record');
    const then = Date.now() / 1000 - hoursAgo * 3600;
    utimesSync(join(dir, name), then, then);
  };
  put(`.tmp-${dead}-${host}-${end}`);
  // An earlier run in a container, under the number that this one has.
  put(`.tmp-${process.pid}-${host}-${end}`, 2);
  put(`.tmp-${dead}-00000000-${end}`, 25);
  const stay = [
    `.tmp-${process.ppid}-${host}-${end}`,
    `.tmp-${process.pid}-${host}-000000000000`,
    `.tmp-${dead}-00000000-${end}`.replace('abc', 'fed'),
    `.tmp-${dead}-${host}-notes`,
    'all.zip',
  ];
  for (const name of stay) put(name);
  writeFileSync(join(aside, 'kept'), 'not ours to take');
  symlinkSync(join(aside, 'kept'), join(dir, `.tmp-${dead}-${host}-111111111111`));
  expect(await writeNew(join(dir, 'new.yaml'), 'text')).toBe(true);
  expect(readdirSync(dir).sort()).toEqual(
    [...stay, `.tmp-${dead}-${host}-111111111111`, 'new.yaml'].sort(),
  );
  expect(readFileSync(join(aside, 'kept'), 'utf8')).toBe('not ours to take');
});
