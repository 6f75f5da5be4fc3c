/** Folders in one another: what would be read twice, or deleted with its copy, is refused before anything. */
import { mkdirSync, mkdtempSync, readdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { openDirectory } from '../../src/storage/directory.ts';
import { objectOf } from '../../src/storage/objects.ts';
import { runCli } from './cli-io.ts';
import { sketchRecord } from './cli-records.ts';

let dir = '';
beforeEach(async () => {
  dir = mkdtempSync(join(tmpdir(), 'releases-nested-'));
  for (const helm of [2, 3] as const) {
    const store = await openDirectory(join(dir, 'out', `helm${helm}`), { create: true });
    await store.create(sketchRecord({ helm, name: `app${helm}` }));
  }
  symlinkSync(join(dir, 'out'), join(dir, 'link'));
});
afterEach(() => rmSync(dir, { recursive: true, force: true }));

const cli = (line: string) => runCli(line.split(' ').map((one) => one.replaceAll('DIR', dir)));

function files(): string[] {
  const found = readdirSync(dir, { recursive: true, withFileTypes: true });
  return found.filter((one) => one.isFile()).map(({ name }) => name);
}

describe('a folder in another one', () => {
  it.each([
    'relocate --all --from dir:DIR/out --to dir:DIR/out/new/below --delete-source --yes',
    'relocate --all --from dir:DIR/out --to dir:DIR/link/new --delete-source --yes',
    'relocate --all --from dir:DIR/out/helm3 --to dir:DIR/out --delete-source --yes',
    'relocate --all --from dir:DIR/out --to dir:DIR/to --delete-source --backup DIR/out/kept --yes',
    'relocate --all --from dir:DIR/out --to dir:DIR/to --delete-source --backup DIR/out --yes',
    'relocate --all --from dir:DIR/out --to dir:DIR/to --delete-source --backup DIR/to/kept --yes',
    'copy --all --from dir:DIR/out --to dir:DIR/out/new --yes',
    'backup --all --storage dir:DIR/out dir:DIR/out/new',
    'restore DIR/out/helm3 --to dir:DIR/out --yes',
    'migrate2to3 --all --from dir:DIR/out --to dir:DIR/to --delete-v2-releases --backup DIR/out/kept --yes',
  ])('%s', async (line) => {
    const before = files();
    const { code, err } = await cli(line);
    expect(code, err).toBe(2);
    expect(err).toMatch(/^error: dir:\S+ (lies in dir:\S+|is read itself)\n/);
    expect(files()).toEqual(before);
  });

  it('is none where it is an archive, a file that is only read, or a sibling', async () => {
    writeFileSync(join(dir, 'out', 'dump.json'), JSON.stringify(objectOf(sketchRecord({}))));
    mkdirSync(join(dir, 'output'));
    for (const line of [
      'backup --all --storage dir:DIR/out DIR/out/all.zip',
      'copy --all --from dir:DIR/out --to dir:DIR/output --yes',
      'copy --all --from dir:DIR/out/dump.json --to dir:DIR/out --yes',
      'migrate2to3 --all --from dir:DIR/out --to dir:DIR/out/new --yes',
      'relocate --all --from dir:DIR/output --to dir:DIR/moved --delete-source --backup DIR/output/was.zip --yes',
    ]) {
      const { code, err } = await cli(line);
      expect(code, line + err).toBe(0);
    }
  });
});
