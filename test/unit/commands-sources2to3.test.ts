/** Which Helm 2 releases a migration is about, and what is said when they aren't there. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { openDirectory } from '../../src/storage/directory.ts';
import { runCli } from './cli-io.ts';
import { sketchRecord } from './cli-records.ts';

let dir: string;
beforeEach(async () => {
  dir = mkdtempSync(join(tmpdir(), 'sources2to3-'));
  const storage = await openDirectory(join(dir, 'from'), { create: true });
  await storage.create(sketchRecord({ helm: 2, name: 'alpha', namespace: 'web' }));
});
afterEach(() => rmSync(dir, { recursive: true }));

async function migrate(...args: readonly string[]) {
  const ends = ['--from', `dir:${dir}/from`, '--to', `dir:${dir}/to`];
  const { code, out, err } = await runCli(['migrate2to3', ...args, ...ends, '--dry-run']);
  return { code, out, err: err.replaceAll(dir, 'DIR') };
}

it('names the namespace that a release is in', async () => {
  expect(await migrate('alpha', '-n', 'pay')).toEqual({
    ...{ code: 1, out: '' },
    err: [
      'error: no Helm 2 release "alpha" in dir:DIR/from',
      '  alpha is in namespace web (Helm 2, dir:DIR/from)',
      '  try: -n web',
      '',
    ].join('\n'),
  });
  expect(await migrate('alpha', '-n', 'web')).toMatchObject({ code: 0, err: '' });
});
