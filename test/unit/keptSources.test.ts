/** Sources that were to go and stay, because not all of a release can move: it is done, but for them, and ends with 3. */
import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { openDirectory } from '../../src/storage/directory.ts';
import { runCli } from './cli-io.ts';
import { sketchRecord } from './cli-records.ts';

let dir = '';
beforeEach(async () => {
  dir = mkdtempSync(join(tmpdir(), 'releases-kept-'));
  const from = await openDirectory(join(dir, 'from'), { create: true });
  const cut = sketchRecord({ helm: 2, name: 'old', status: 'superseded' });
  await from.create({ ...cut, payload: cut.payload.slice(0, cut.payload.length / 2) });
  await from.create(sketchRecord({ helm: 2, name: 'old', revision: 2 }));
});
afterEach(() => rmSync(dir, { recursive: true, force: true }));

const run = (...more: string[]) =>
  runCli([
    ...['migrate2to3', '--all', '--from', `dir:${dir}/from`, '--to', `dir:${dir}/to`, '--yes'],
    ...['--backup', `${dir}/kept`, ...more],
  ]);
const left = () => readdirSync(join(dir, 'from'), { recursive: true }).length;

it('of a revision that can’t be read', async () => {
  const before = left();
  const { code, out } = await run('--delete-v2-releases');
  expect(code, out).toBe(3);
  expect(out).toContain('its sources are kept: not every revision moves');
  expect(out).toContain('Sources of 1 release are kept (see above).');
  expect(left()).toBe(before);
  expect((await run('--delete-v2-releases')).code).toBe(3);
});

it('and is done with 0 where that was chosen, or nothing was to go', async () => {
  expect((await run('--delete-v2-releases', '--release-versions-max', '1')).code).toBe(0);
  expect((await run()).code).toBe(0);
});
