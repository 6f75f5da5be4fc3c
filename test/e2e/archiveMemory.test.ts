/**
 * Many records through a backup and a restore, in a program that may not hold them: its heap is smaller
 * than all payloads together. More by hand: `node test/bench/archives.mjs`.
 */
import { randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { ReleaseRecord } from '../../src/record.ts';
import { openArchive } from '../../src/storage/archive/archive.ts';
import { runnerIn } from '../cluster/clients.ts';
import { sketchRecord } from '../unit/cli-records.ts';
import { bundle } from './program.ts';

const [count, kilobytes, heap] = [900, 96, 60];

let folder = '';
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'releases-memory-'));
  const archive = await openArchive(join(folder, 'all.zip'), { create: true });
  for (const record of made()) await archive.create(record);
  await archive.seal?.();
  await archive.close();
}, 120_000);
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** Releases of ten revisions with payloads that nothing makes smaller; nobody decodes them. */
function* made(): Generator<ReleaseRecord> {
  for (let i = 0; i < count; i++) {
    const name = `app-${Math.floor(i / 10)}`;
    const payload = randomBytes((kilobytes * 1024 * 3) / 4).toString('base64');
    yield { ...sketchRecord({ name, revision: (i % 10) + 1 }), payload };
  }
}

it('holds no payload but those under way', { timeout: 180_000 }, async () => {
  const run = runnerIn(folder);
  const small = (...args: string[]) =>
    run(process.execPath, [`--max-old-space-size=${heap}`, bundle, ...args], {
      timeoutMs: 150_000,
    });
  const [first, second] = [join(folder, 'all.zip'), join(folder, 'again.zip')];
  expect((count * kilobytes) / 1024).toBeGreaterThan(heap * 1.4);
  const backup = await small('backup', '--all', '--storage', `file:${first}`, second);
  expect(backup, backup.stderr).toMatchObject({ code: 0 });
  const restore = await small('restore', second, '--to', `file:${join(folder, 'to.zip')}`, '--yes');
  expect(restore, restore.stderr).toMatchObject({ code: 0 });
  const verify = await small('verify', join(folder, 'to.zip'), '-o', 'json');
  const { records } = JSON.parse(verify.stdout) as { records: readonly unknown[] };
  expect(records).toHaveLength(count);
});
