/**
 * An archive while the program is killed, or its disk is full: the old one or a new one, never half. The whole suite
 * kills it at every third change, from one that its seed draws.
 */
import { randomBytes } from 'node:crypto';
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { ReleaseRecord } from '../../src/record.ts';
import { openArchive } from '../../src/storage/archive/archive.ts';
import { openDirectory } from '../../src/storage/directory.ts';
import { runnerIn } from '../cluster/clients.ts';
import { drawnPoints } from '../cluster/drawn.ts';
import { sketchRecord } from '../unit/cli-records.ts';
import { bundle } from './program.ts';

const killer = fileURLToPath(new URL('./killAtChange.cjs', import.meta.url));

let folder = '';
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'releases-archive-faults-'));
  mkdirSync(join(folder, 'to'));
});
afterEach(() => rmSync(folder, { recursive: true }));

const path = () => join(folder, 'to', 'all.zip');

async function fill(records: readonly ReleaseRecord[]): Promise<void> {
  const store = await openDirectory(join(folder, 'from'), { create: true });
  for (const record of records) await store.create(record);
}

const small = [1, 2, 3].map((revision) => sketchRecord({ revision }));
/** Of bytes that no zip makes smaller: half a megabyte in all. */
const large = [1, 2, 3, 4].map((revision): ReleaseRecord => {
  const noise = randomBytes(96 * 1024);
  return { ...sketchRecord({ name: 'big', revision }), payload: noise.toString('base64') };
});

const backup = (...more: readonly string[]) => [
  ...['backup', '--all', '--storage', `dir:${join(folder, 'from')}`, ...more, path()],
];

/** How many records a whole archive holds; none: there is no archive. */
async function recordsIn(): Promise<number | 'none'> {
  if (!existsSync(path())) return 'none';
  const archive = await openArchive(path());
  try {
    let count = 0;
    for await (const page of archive.list({})) count += page.length;
    return count;
  } finally {
    await archive.close();
  }
}

describe.each([
  { title: 'that is new', flags: [], before: 'none' },
  { title: 'in the place of an old one', flags: ['--overwrite'], before: 1 },
  { title: 'that is encrypted', flags: ['--recipient'], before: 'none' },
] as const)('an archive $title', ({ title, flags, before }) => {
  it('is whole or not there wherever its making is killed', { timeout: 240_000 }, async () => {
    const recipient = 'age1ql3z7hjy54pw3hyww5ayyfg7zqgvc7w3j2elw8zmrj2kg5sfn9aqmcac8p';
    const all = flags.flatMap((flag) => (flag === '--recipient' ? [flag, recipient] : flag));
    const run = runnerIn(folder);
    await fill(small);
    if (before === 1) {
      const old = await openArchive(path(), { create: true });
      await old.create(small[0] ?? sketchRecord({}));
      await old.seal?.();
      await old.close();
    }
    const old = before === 'none' ? undefined : readFileSync(path());
    let [killed, whole] = [0, 0];
    for (const at of drawnPoints(title, 3)) {
      const ran = await run(process.execPath, ['--require', killer, bundle, ...backup(...all)], {
        env: { KILL_AT: String(at), KILL_WRITES: 'yes' },
      }).catch(() => undefined);
      if (ran?.code === 0) break;
      killed += 1;
      const there = title.includes('encrypted') ? existsSync(path()) && 3 : await recordsIn();
      expect([before, false, 3], `killed at change ${at}`).toContain(there);
      if (there === 3) whole += 1;
      // What else the kill left behind goes with the next run.
      rmSync(path(), { force: true });
      if (old) writeFileSync(path(), old);
    }
    expect(killed).toBeGreaterThan(8);
    expect(whole).toBeLessThan(killed);
    expect(readdirSync(join(folder, 'to'))).toEqual(['all.zip']);
  });
});

it('stays what it was when the disk is full, and says why', async () => {
  await fill([...small, ...large]);
  const run = runnerIn(folder);
  writeFileSync(path(), 'what was there');
  // 128 blocks of 1 KiB; without the trap the system would end the program, as a kill does.
  for (const limited of ["trap '' XFSZ; ulimit -f 128; exec", 'ulimit -f 128; exec']) {
    const args = ['-c', `${limited} "$@"`, 'sh', process.execPath, bundle];
    const ran = await run('bash', [...args, ...backup('--overwrite')]).catch(() => undefined);
    expect(ran?.code).not.toBe(0);
    expect(readFileSync(path(), 'utf8')).toBe('what was there');
    if (limited.startsWith('trap')) {
      expect(ran).toMatchObject({ code: 1 });
      expect(ran?.stderr).toContain('the file would be larger than is allowed');
      expect(readdirSync(join(folder, 'to'))).toEqual(['all.zip']);
    }
  }
  await run(process.execPath, [bundle, ...backup('--overwrite')]);
  expect(await recordsIn()).toBe(7);
});

it('leaves nothing behind where it was to hold what a move deletes, and nothing is deleted', async () => {
  const records = [1, 2, 3, 4, 5, 6].map((revision): ReleaseRecord => {
    const payload = randomBytes(48 * 1024).toString('base64');
    return { ...sketchRecord({ revision }), payload };
  });
  await fill(records);
  const run = runnerIn(folder);
  const move = [
    ...['relocate', '--all', '--from', `dir:${join(folder, 'from')}`],
    ...['--to', `dir:${join(folder, 'there')}`, '--delete-source', '--yes', '--backup', path()],
  ];
  const limited = `trap '' XFSZ; ulimit -f 128; exec "$@"`;
  const ran = await run('bash', ['-c', limited, 'sh', process.execPath, bundle, ...move]);
  expect(ran).toMatchObject({ code: 1 });
  expect(ran.stderr).toContain('the file would be larger than is allowed');
  expect(ran.stdout).toContain('and nothing was deleted');
  expect(readdirSync(join(folder, 'to'))).toEqual([]);
  expect(await run(process.execPath, [bundle, ...move])).toMatchObject({ code: 0 });
  expect(await recordsIn()).toBe(6);
});
