/** Encrypted archives with the built program: written, listed and checked with the passphrase alone. */
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { stringify } from 'yaml';
import { objectOf } from '../../src/storage/objects.ts';
import { useClients } from '../cluster/shared.ts';
import { sketchRecord } from '../unit/cli-records.ts';
import { withArguments } from './program.ts';

const { run } = useClients();
const folder = mkdtempSync(join(tmpdir(), 'releases-encrypted-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

test('an archive is encrypted with a passphrase, and opens with it and no other', async () => {
  const [dump, archive] = [join(folder, 'dump'), join(folder, 'all.zip')];
  mkdirSync(dump);
  const record = sketchRecord({ helm: 3, name: 'alpha', namespace: 'web' });
  writeFileSync(join(dump, 'alpha.yaml'), stringify(objectOf(record)));
  const passphrase = (name: string) => {
    writeFileSync(join(folder, name), `${name} and some more\n`);
    return ['--passphrase-file', join(folder, name)];
  };
  const start = (...args: readonly string[]) => run(...withArguments(args));
  const backup = ['backup', '--all', archive, '--storage', `dir:${dump}`];
  const made = await start(...backup, ...passphrase('right'));
  expect(made, made.stderr).toMatchObject({ code: 0 });
  // As much work as age's own: the tests of the source take less.
  expect(readFileSync(archive, 'latin1')).toMatch(
    /^age-encryption\.org\/v1\n-> scrypt [A-Za-z0-9+/]{22} 18\n/,
  );
  const list = ['list', '--storage', `file:${archive}`, '-q'];
  const listed = await start(...list, ...passphrase('right'));
  expect(listed, listed.stderr).toMatchObject({ code: 0, stdout: 'alpha\n' });
  const verified = await start('verify', `file:${archive}`, ...passphrase('right'));
  expect(verified, verified.stderr).toMatchObject({ code: 0 });
  const refused = await start(...list, ...passphrase('wrong'));
  expect(refused).toMatchObject({ code: 1, stdout: '' });
  expect(refused.stderr).toContain('does not open with this passphrase');
});
