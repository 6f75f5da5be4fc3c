/** Two paths to one folder: a second mount, a link, a network's folder mounted twice. */
import { spawn } from 'node:child_process';
import {
  existsSync,
  linkSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  rmdirSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PassThrough } from 'node:stream';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { run } from '../../src/cli.ts';
import { isReleasesError } from '../../src/errors.ts';
import { openDirectory } from '../../src/storage/directory.ts';
import { checkApart, checkOutside } from '../../src/storage/files/overlappingFolders.ts';
import { type Relation, relationOf } from '../../src/storage/files/place.ts';
import { proveApart } from '../../src/storage/files/probe.ts';
import { captureIO, runCli } from './cli-io.ts';
import { sketchRecord } from './cli-records.ts';
import { asMounted, asNetwork, type SecondPath, secondPath } from './twoPaths.ts';

let dir = '';
let made: SecondPath[] = [];
beforeEach(async () => {
  dir = mkdtempSync(join(tmpdir(), 'same-place-'));
  await fill('data/out');
});
afterEach(() => {
  for (const one of made.reverse()) one.remove();
  made = [];
  rmSync(dir, { recursive: true, force: true });
});

const at = (path: string) => join(dir, path);
const alias = (folder: string, path: string) => {
  made.push(secondPath(at(folder), at(path)));
};

async function fill(path: string): Promise<void> {
  const store = await openDirectory(at(path), { create: true });
  for (const revision of [1, 2]) {
    const status = revision === 2 ? 'deployed' : 'superseded';
    await store.create(sketchRecord({ name: 'app', revision, status }));
    await store.create(sketchRecord({ helm: 2, name: 'old', revision, status }));
  }
}

const cli = (line: string) => runCli(line.split(' ').map((one) => one.replaceAll('DIR', dir)));

/** Every file, our own unfinished ones too. */
function filesIn(path: string): string[] {
  return readdirSync(at(path), { recursive: true, withFileTypes: true })
    .filter((one) => one.isFile())
    .map(({ name }) => name)
    .sort();
}

const away = '--delete-source --yes';

describe('one folder under two paths', () => {
  it.each([
    ['from dir:DIR/data/out --to dir:DIR/again'],
    ['from dir:DIR/again --to dir:DIR/data/out'],
  ])('moves nothing and deletes nothing: %s', async (ends) => {
    alias('data/out', 'again');
    const before = filesIn('data/out');
    const { code, out, err } = await cli(`relocate --all --${ends} ${away} --backup DIR/kept`);
    expect(code, out + err).toBe(0);
    expect(out.replace(/\s+/g, ' ')).toContain('source and target are the same place');
    expect(filesIn('data/out')).toEqual(before);
  });

  it.each([
    [
      'the target in the source',
      'data/out',
      `relocate --all --from dir:DIR/data/out --to dir:DIR/again/new ${away}`,
    ],
    [
      'the same, mounted deeper',
      'data/out/pay',
      `relocate --all --from dir:DIR/data/out --to dir:DIR/again/new ${away}`,
    ],
    [
      'the source in the target',
      'data',
      `relocate --all --from dir:DIR/data/out --to dir:DIR/again ${away}`,
    ],
    [
      'the source below the target',
      'data/out',
      `relocate --all --from dir:DIR/again --to dir:DIR/data ${away}`,
    ],
    [
      'a copy into the source',
      'data/out',
      'copy --all --from dir:DIR/data/out --to dir:DIR/again/new --yes',
    ],
    [
      'the backup is the source',
      'data/out',
      `relocate --all --from dir:DIR/data/out --to dir:DIR/to ${away} --backup DIR/again`,
    ],
    [
      'the backup in the source',
      'data/out',
      `relocate --all --from dir:DIR/data/out --to dir:DIR/to ${away} --backup DIR/again/kept`,
    ],
    [
      'the backup around the source',
      'data',
      `relocate --all --from dir:DIR/data/out --to dir:DIR/to ${away} --backup DIR/again`,
    ],
    [
      'the same, by one path',
      'data',
      `relocate --all --from dir:DIR/data/out --to dir:DIR/to ${away} --backup DIR/data`,
    ],
    [
      'the source is the backup',
      'data/out',
      `relocate --all --from dir:DIR/again --to dir:DIR/to ${away} --backup DIR/data/out`,
    ],
    [
      'the backup of a migration',
      'data/out',
      'migrate2to3 --all --from dir:DIR/data/out --to dir:DIR/to --delete-v2-releases --backup DIR/again --yes',
    ],
    [
      'the same, around it',
      'data',
      'migrate2to3 --all --from dir:DIR/data/out --to dir:DIR/to --delete-v2-releases --backup DIR/again --yes',
    ],
    ['a folder to restore into', 'data', 'restore DIR/data/out --to dir:DIR/again --yes'],
    [
      'a folder to back up into',
      'data/out',
      'backup --all --storage dir:DIR/data/out dir:DIR/again/new',
    ],
  ])('is refused before anything is written: %s', async (_, folder, line) => {
    alias(folder, 'again');
    const before = filesIn('data');
    const { code, out, err } = await cli(line);
    expect(code, out + err).toBe(2);
    expect(err).toMatch(/^error: dir:\S+ (lies in|is, by another path,) dir:\S+\n/);
    expect(filesIn('data')).toEqual(before);
    expect(existsSync(at('to'))).toBe(false);
  });

  it('is refused where two folders have a third one in common', async () => {
    await fill('shared');
    mkdirSync(at('a'));
    mkdirSync(at('b'));
    alias('shared', 'a/in');
    alias('shared', 'b/in');
    const before = filesIn('shared');
    const { code, out, err } = await cli(
      `relocate --all --from dir:DIR/a --to dir:DIR/b ${away} --backup DIR/kept`,
    );
    // Links aren't followed: without mounts there is nothing there to move.
    if (made[0]?.how === 'mount') expect(err).toContain('have a folder in common');
    expect(code, out + err).toBe(made[0]?.how === 'mount' ? 2 : 0);
    expect(filesIn('shared')).toEqual(before);
  });

  it('is one archive, too: by another path, and as the same file under two names', async () => {
    expect((await cli('backup --all --storage dir:DIR/data/out DIR/data/all.zip')).code).toBe(0);
    linkSync(at('data/all.zip'), at('same.zip'));
    alias('data', 'again');
    for (const other of ['same.zip', 'again/all.zip']) {
      const { code, out } = await cli(
        `copy --all --from file:DIR/data/all.zip --to file:DIR/${other} --yes`,
      );
      expect(code, out).toBe(0);
      expect(out.replace(/\s+/g, ' ')).toContain('source and target are the same place');
    }
    expect((await cli('verify DIR/same.zip')).code).toBe(0);
  });
});

describe('an archive in the folder that it is made of', () => {
  const line = `relocate --all --from dir:DIR/data/out --to dir:DIR/to ${away} --backup`;

  it('stays, for it is none of its manifests', async () => {
    const { code, out, err } = await cli(`${line} DIR/data/out/was.zip`);
    expect(code, out + err).toBe(0);
    expect(filesIn('data/out')).toEqual(['was.zip']);
    expect((await cli('verify DIR/data/out/was.zip')).code).toBe(0);
    expect((await cli('restore DIR/data/out/was.zip --to dir:DIR/again --yes')).code).toBe(0);
    expect(filesIn('again')).toHaveLength(4);
  });

  it('is refused under a name that is read as a manifest’s', async () => {
    const before = filesIn('data/out');
    const { code, err } = await cli(`${line} file:DIR/data/out/was.json`);
    expect(code).toBe(2);
    expect(err).toMatch(/^error: file:\S+ lies in dir:/);
    expect(filesIn('data/out')).toEqual(before);
  });
});

/** A link, at this path, to a folder: with a look handed in, it counts as a mount. */
function link(folder: string, path: string): void {
  symlinkSync(at(folder), at(path));
}

describe('the relation of two paths, where only numbers tell it', () => {
  it.each<[string, string, string, Relation]>([
    ['data/out', 'data/out', 'again', 'same'],
    ['data/out', 'data/out', 'again/new', 'around'],
    ['data/out', 'data/out/new', 'again/new', 'same'],
    ['data/out', 'data/out/a', 'again/a/b', 'around'],
    ['data/out', 'data/out/a', 'again/b', 'apart'],
    ['data/out', 'data', 'again', 'around'],
    ['data', 'data/out', 'again', 'inside'],
    ['data', 'data/out/new', 'again', 'inside'],
    ['data', 'data/out', 'again/out', 'same'],
    ['data/out/pay', 'data/out', 'again', 'around'],
    ['data/out/pay', 'data/out', 'again/new', 'around'],
    ['data/out/pay', 'again', 'data', 'inside'],
    ['data/out', 'data/other', 'again', 'apart'],
  ])('with %s mounted again, %s and %s: %s', async (folder, a, b, relation) => {
    mkdirSync(at('data/other'));
    link(folder, 'again');
    const other = { inside: 'around', around: 'inside' } as const;
    const back = relation === 'inside' || relation === 'around' ? other[relation] : relation;
    expect(await relationOf(at(a), at(b), asMounted(at('again')))).toBe(relation);
    expect(await relationOf(at(b), at(a), asMounted(at('again')))).toBe(back);
  });

  it('goes by names where the system has no numbers', async () => {
    const numberless = { ...asMounted(), stat: async () => ({ dev: 0n, ino: 0n }) };
    expect(await relationOf(at('data/out'), at('data'), numberless)).toBe('inside');
    expect(await relationOf(at('data/out'), at('data/outer'), numberless)).toBe('apart');
  });

  it('stops a move and a backup before the plan', async () => {
    link('data', 'again');
    const look = asMounted(at('again'));
    const [out, again] = [await openDirectory(at('data/out')), await openDirectory(at('again'))];
    await expect(checkApart([out], again, look)).rejects.toMatchObject({ code: 'USAGE' });
    const copies = { path: at('again/out'), is: 'folder' } as const;
    await expect(checkOutside(copies, [out], look)).rejects.toMatchObject({ code: 'USAGE' });
    link('data/out', 'other');
    const same = await openDirectory(at('other'));
    expect(await checkApart([out], same, asMounted(at('other')))).toEqual([]);
  });
});

describe('a file that is written to prove it, where no number tells', () => {
  const store = async (path: string) => openDirectory(at(path), { create: true });

  it.each([
    ['one folder', 'data/out', 'again', 'data/out'],
    ['the target in the source', 'data', 'again/out', 'data'],
    ['the target, to be made in the source', 'data/out', 'again/new', 'data/out'],
    ['the source in the target', 'data/out', 'data', 'again'],
    ['the source far below the target', 'data/out/pay', 'data', 'again'],
    ['a folder that both have', 'data/out', 'data', 'b'],
    ['both to be made, in one another', 'data', 'data/new', 'again/new/kept'],
    ['both to be made, as one', 'data', 'data/new', 'again/new'],
  ])('%s', async (_, folder, to, from) => {
    mkdirSync(at('b'));
    link(folder, from === 'b' ? 'b/in' : 'again');
    const before = filesIn('.');
    // A link isn't followed below the folder itself; a mount is.
    const [written, other] = [await store(to), await store(from === 'b' ? 'b/in' : from)];
    const look = asNetwork(at('again'), at('b/in'));
    expect(await relationOf(at(to), at(from), look)).toBe('apart');
    const error = await proveApart([{ written, others: [other] }], look).catch((one) => one);
    expect(isReleasesError(error, 'REFUSED'), String(error)).toBe(true);
    expect(error.message).toContain('shows up in');
    expect(filesIn('.')).toEqual(before);
  });

  it.each([
    ['two folders', 'data/out', 'copy'],
    ['two that hold the same', 'copy', 'data/out'],
    ['one to be made beside it', 'data/new', 'data/out'],
    ['two to be made beside each other', 'data/new', 'data/newer'],
  ])('finds nothing where they are apart: %s', async (_, to, from) => {
    await fill('copy');
    const before = filesIn('.');
    await proveApart([{ written: await store(to), others: [await store(from)] }]);
    expect(filesIn('.')).toEqual(before);
    expect(existsSync(at('data/new'))).toBe(false);
  });

  it('is taken away where looking for it ends the program', async () => {
    for (let one = 0; one < 3000; one++) mkdirSync(at(`many/${one}`), { recursive: true });
    const bundle = at('probe.mjs');
    await build({
      entryPoints: [fileURLToPath(new URL('../../src/storage/files/probe.ts', import.meta.url))],
      ...({ bundle: true, platform: 'node', format: 'esm', outfile: bundle } as const),
    });
    const script = `import { proveApart } from ${JSON.stringify(bundle)};
      import { readdirSync } from 'node:fs';
      const store = (path, is = 'folder') => ({ address: 'dir:' + path, files: { path, is } });
      const [to, from] = ${JSON.stringify([at('data'), at('many')])};
      setInterval(() => {
        if (!readdirSync(to).some((name) => name.startsWith('.tmp-'))) return;
        console.log('seen');
        process.exit(130);
      });
      await proveApart([{ written: store(to), others: [store(from)] }]);
      console.log('over');
      process.exit(0);`;
    writeFileSync(at('run.mjs'), script);
    const child = spawn(process.execPath, [at('run.mjs')], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    let printed = '';
    child.stdout.on('data', (bytes) => {
      printed += bytes;
    });
    const code = await new Promise((done) => child.on('close', done));
    expect([printed, code]).toEqual(['seen\n', 130]);
    expect(readdirSync(at('data'))).toEqual(['out']);
  });
});

describe('a folder that becomes the other one at the question', () => {
  /** Answers as soon as the question is there; before that, `to` leads to the source. */
  async function answer(line: string, typed: string) {
    mkdirSync(at('to'));
    const io = captureIO();
    const stdin = Object.assign(new PassThrough(), { isTTY: true });
    let err = '';
    const write = (text: string) => {
      err += text;
      if (!text.endsWith('[y/N] ')) return;
      rmdirSync(at('to'));
      alias('data/out', 'to');
      setImmediate(() => stdin.write(typed));
    };
    const argv = line.split(' ').map((one) => one.replaceAll('DIR', dir));
    const code = await run(argv, { ...io, stdin, stderr: { ...io.stderr, write, isTTY: true } });
    return { code, out: io.out(), err };
  }
  const line = 'relocate --all --from dir:DIR/data/out --to dir:DIR/to --delete-source';

  it('is found right before the first write: nothing is written, and nothing deleted', async () => {
    const before = filesIn('data/out');
    const { code, out, err } = await answer(`${line} --backup DIR/kept`, 'y\n');
    expect(code, out + err).toBe(4);
    expect(err).toMatch(/error: what is written to dir:\S+\/to shows up in dir:\S+\/data\/out$/m);
    expect(filesIn('data/out')).toEqual(before);
    expect(existsSync(at('kept'))).toBe(false);
  });

  it('as a backup likewise', async () => {
    const before = filesIn('data/out');
    const { code, err } = await answer(
      'relocate --all --from dir:DIR/data/out --to dir:DIR/there --delete-source --backup DIR/to',
      'y\n',
    );
    expect(code, err).toBe(4);
    expect(err).toContain('shows up in');
    expect(filesIn('data/out')).toEqual(before);
    expect(existsSync(at('there'))).toBe(false);
  });

  it('is nobody’s matter where the answer is no', async () => {
    const before = filesIn('data/out');
    const { code, err } = await answer(`${line} --backup DIR/kept`, 'n\n');
    expect(code).toBe(4);
    expect(err).toContain('Nothing was written.');
    expect(err).not.toContain('shows up in');
    expect(filesIn('data/out')).toEqual(before);
  });
});
