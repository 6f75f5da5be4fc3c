/** The flags of `migrate2to3` that need a cluster, where there is none. */
import { cpSync, existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { runCli } from './cli-io.ts';

const demo = fileURLToPath(new URL('../../demo/tiller', import.meta.url));
let dir: string;
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'adopt-command-'));
  cpSync(demo, join(dir, 'from'), { recursive: true });
});
afterEach(() => rmSync(dir, { recursive: true }));

function migrate(...args: readonly string[]) {
  const ends = ['--from', `dir:${dir}/from`, '--to', `dir:${dir}/to`];
  return runCli(['migrate2to3', ...args, ...ends]);
}

it.each([
  [
    ['--adopt'],
    /^error: --adopt needs a target in the cluster, where objects live\n {2}records go/,
  ],
  [['--adopt', '--no-adopt'], /^error: either --adopt or --no-adopt, not both\n/],
  [['--dry-run=server'], /^error: --dry-run=server asks the API server, and the target is none\n/],
  [['--dry-run=true'], /^error: --dry-run is one of none, client, server; not "true"\n/],
  [['--dry-run='], /^error: --dry-run is one of none, client, server; not an empty text\n/],
])('refuses %j, and writes nothing', async (flags, message) => {
  const { code, err } = await migrate('--all', '--yes', ...flags);
  expect(code).toBe(2);
  expect(err).toMatch(message);
  expect(existsSync(join(dir, 'to'))).toBe(false);
});

it.each([
  ['--dry-run', 'billing'],
  ['billing', '--dry-run'],
  ['--dry-run=client', 'billing'],
])('%s %s shows the plan of that release and writes nothing', async (...args) => {
  const { code, out } = await migrate(...args, '--yes');
  expect(code).toBe(0);
  expect(out).toMatch(/^Plan: 1 release, 12 revisions/);
  expect(out).toMatch(/Dry run: nothing was written\.\n$/);
  expect(existsSync(join(dir, 'to'))).toBe(false);
});

it('--dry-run=none and --no-adopt change nothing between folders', async () => {
  const { code, out } = await migrate('billing', '--dry-run=none', '--no-adopt', '--yes');
  expect([code, out]).toEqual([0, expect.stringContaining('Done: 1 release, 12 records created')]);
});

it('shows how the flag is written', async () => {
  const { out } = await runCli(['migrate2to3', '--help']);
  expect(out).toMatch(/^ +--dry-run\[=none\|client\|server\] +show the plan/m);
  expect(out).toMatch(/^ +--no-adopt +leave live objects as they are/m);
});
