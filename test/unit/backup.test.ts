/** backup, verify and restore as commands, between folders and archives: no cluster is needed. */
import {
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { generateX25519Identity, identityToRecipient } from 'age-encryption';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { type Document, parseAllDocuments } from 'yaml';
import { openBackupStore } from '../../src/commands/plans/backupStore.ts';
import { isBad, type ReleaseRecord } from '../../src/record.ts';
import { openArchive } from '../../src/storage/archive/archive.ts';
import { openDirectory } from '../../src/storage/directory.ts';
import { openPipe } from '../../src/storage/pipe.ts';
import { runCli } from './cli-io.ts';
import { broken, sketchRecord } from './cli-records.ts';

let dir = '';
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'releases-backup-'));
});
afterEach(() => rmSync(dir, { recursive: true, force: true }));

/** Helm 3 in both kinds, and Helm 2. */
const some: readonly ReleaseRecord[] = [
  sketchRecord({ revision: 1, status: 'superseded' }),
  sketchRecord({ revision: 2 }),
  sketchRecord({ name: 'search', namespace: 'web' }, { kind: 'ConfigMap' }),
  sketchRecord({ helm: 2, name: 'old', namespace: 'web' }),
];

async function fill(name: string, records: readonly ReleaseRecord[]): Promise<void> {
  const store = await openDirectory(join(dir, name), { create: true });
  for (const record of records) await store.create(record);
}

async function contents(name: string): Promise<unknown[]> {
  const store = await openDirectory(join(dir, name));
  const found: unknown[] = [];
  for await (const page of store.list({}))
    for (const record of page) {
      if (isBad(record)) throw new Error(record.unreadable);
      found.push(content(record));
    }
  return found.sort((a, b) => (String(a) < String(b) ? -1 : 1));
}

function content({ kind, namespace, key, labels, payload }: ReleaseRecord): string {
  return JSON.stringify([kind, namespace, key, Object.entries(labels).sort(), payload]);
}

const expected = (records: readonly ReleaseRecord[]) => records.map(content).sort();

/** DIR stands for the test's folder in arguments and in what is printed. */
async function cli(line: string, env = {}) {
  const ran = await runCli(
    line.split(' ').map((one) => one.replaceAll('DIR', dir)),
    { env },
  );
  const plain = (text: string) => text.replaceAll(dir, 'DIR');
  return { ...ran, out: plain(ran.out), err: plain(ran.err) };
}

describe('a backup', () => {
  it('holds every record as it is, says so, and brings all of them back', async () => {
    await fill('from', some);
    const made = await cli('backup --all --storage dir:DIR/from DIR/all.zip');
    expect(made).toMatchObject({ code: 0, err: '' });
    expect(made.out).toContain('\n3 releases will be backed up, 4 records created.\n');
    expect(made.out).toContain('Done: 3 releases, 4 records created, read back and equal.');
    expect(made.out).toContain('Next: kubectl releases verify file:DIR/all.zip\n');
    expect(statSync(join(dir, 'all.zip')).mode & 0o777).toBe(0o600);
    const checked = await cli('verify DIR/all.zip');
    expect(checked).toMatchObject({ code: 0, err: '' });
    expect(checked.out).toMatch(/^billing +pay +3 +2 +/m);
    expect(checked.out).toMatch(/^old +web +2 +1 +/m);
    expect(checked.out).toMatch(/whole: seal, index and digests agree: 3 releases, 4 records, /);
    const back = await cli('restore DIR/all.zip --to dir:DIR/to --yes');
    expect(back).toMatchObject({ code: 0, err: '' });
    expect(await contents('to')).toEqual(expected(some));
    const again = await cli('restore DIR/all.zip --to dir:DIR/to --yes');
    expect(again.out).toContain('Nothing to do: 3 releases are already restored and equal.');
  });

  it('is verified beside others: a line for each, and the exit code of the worst', async () => {
    await fill('from', some);
    for (const name of ['a', 'b', 'c'])
      await cli(`backup --all --storage dir:DIR/from DIR/${name}.zip`);
    const whole = await cli('verify DIR/a.zip dir:DIR/from');
    expect(whole).toMatchObject({ code: 0, err: '' });
    expect(whole.out.split('\n')).toEqual([
      expect.stringMatching(/^file:DIR\/a.zip .* is whole: .*: 3 releases, 4 records, .* read\.$/),
      expect.stringMatching(/^dir:DIR\/from has no seal and no index: 3 releases, 4 records, /),
      '',
    ]);
    const bytes = readFileSync(join(dir, 'b.zip'));
    writeFileSync(join(dir, 'b.zip'), bytes.subarray(0, -40));
    const some2 = await cli('verify DIR/a.zip DIR/b.zip DIR/none.zip DIR/c.zip');
    expect(some2.code).toBe(1);
    expect(some2.out).toMatch(/^file:DIR\/a.zip .*\nfile:DIR\/c.zip .*\n$/);
    expect(some2.err).toMatch(/^error: .*DIR\/b\.zip/m);
    expect(some2.err).toContain('error: there is no file or folder DIR/none.zip\n');
    const bad = { ...sketchRecord({ name: 'bad' }), payload: 'AAAA' };
    await fill('bad', [bad]);
    const people = await cli('verify dir:DIR/bad DIR/a.zip -o json');
    expect(people.code).toBe(3);
    const documents = people.out.trim().split('\n');
    expect(documents.map((one) => JSON.parse(one).address)).toEqual([
      'dir:DIR/bad',
      'file:DIR/a.zip',
    ]);
    const { out } = await cli('verify dir:DIR/from DIR/a.zip -o yaml');
    expect(parseAllDocuments(out).map((one) => (one as Document).toJS().sealed)).toEqual([
      false,
      true,
    ]);
  });

  it('is made of what was asked for', async () => {
    await fill('from', some);
    const backup = (words: string) => cli(`backup ${words} --storage dir:DIR/from DIR/one.zip`);
    const names = async () => {
      const { out } = await cli('verify DIR/one.zip -o json');
      rmSync(join(dir, 'one.zip'));
      const { records } = JSON.parse(out) as { records: { name: string }[] };
      return [...new Set(records.map(({ name }) => name))].sort();
    };
    for (const [words, wanted] of [
      ['search old', ['old', 'search']],
      ['--all -n web', ['old', 'search']],
      ['-A', ['billing', 'old', 'search']],
      ['-A --helm 2', ['old']],
      ['--all --exclude old', ['billing', 'search']],
      ['-l status=deployed', ['billing', 'search']],
    ] as const) {
      expect(await backup(words)).toMatchObject({ code: 0 });
      expect(await names()).toEqual(wanted);
    }
    expect(await backup('--all --dry-run')).toMatchObject({ code: 0, err: '' });
    expect(readdirSync(dir)).toEqual(['from']);
  });

  it('of one namespace has an unreadable record only of that one', async () => {
    const bad = broken(sketchRecord({ name: 'bad', namespace: 'web' }));
    const tillers = broken(sketchRecord({ helm: 2, name: 'worse', namespace: 'web' }));
    await fill('from', [sketchRecord({}), bad, tillers]);
    const names = async (namespace: string) => {
      const line = `backup --all -n ${namespace} --storage dir:DIR/from DIR/x.zip --dry-run -o json`;
      const { out } = await cli(line);
      const { releases } = JSON.parse(out) as { releases: { name: string }[] };
      return releases.map(({ name }) => name).sort();
    };
    // Nobody can say whose namespace a record of Tiller is that can't be read.
    expect(await names('pay')).toEqual(['billing', 'worse']);
    expect(await names('web')).toEqual(['bad', 'worse']);
    expect((await cli('backup --all --storage dir:DIR/from DIR/all.zip')).code).toBe(0);
    const ends = '--to dir:DIR/to -n pay --dry-run';
    for (const [every, one] of [
      ['restore DIR/all.zip', 'restore DIR/all.zip worse'],
      ['copy --all --from file:DIR/all.zip', 'copy worse --from file:DIR/all.zip'],
    ]) {
      const { code, out, err } = await cli(`${every} ${ends} -o json`);
      expect(code, err).toBe(0);
      const { releases } = JSON.parse(out) as { releases: { name: string }[] };
      expect(releases.map(({ name }) => name)).toEqual(['billing']);
      expect(err).toContain("note: 1 release is left out whose namespace can't be read: name");
      const named = await cli(`${one} ${ends}`);
      expect(named.out, named.err).toMatch(/^worse +- /m);
    }
    rmSync(join(dir, 'all.zip'));
    await fill('helm3', [bad]);
    const nowhere = await cli('restore DIR/helm3 -n nowhere --to dir:DIR/to --yes');
    expect(nowhere.code).toBe(1);
    expect(nowhere.err).toContain('1 release found in dir:DIR/helm3, all left out by -n nowhere.');
    expect(readdirSync(dir)).toEqual(['from', 'helm3']);
  });

  it('never touches an archive that is there, unless it is told to', async () => {
    await fill('from', some);
    writeFileSync(join(dir, 'all.zip'), 'mine');
    const refused = await cli('backup --all --storage dir:DIR/from DIR/all.zip');
    expect(refused).toMatchObject({ code: 1, out: '' });
    expect(refused.err).toContain('DIR/all.zip is there already');
    expect(readFileSync(join(dir, 'all.zip'), 'utf8')).toBe('mine');
    const told = await cli('backup --all --storage dir:DIR/from DIR/all.zip --overwrite');
    expect(told).toMatchObject({ code: 0, err: '' });
    expect((await cli('verify DIR/all.zip')).code).toBe(0);
    expect(readdirSync(dir).sort()).toEqual(['all.zip', 'from']);
  });

  it('goes into a folder too, and adds to it', async () => {
    await fill('from', some);
    await fill('to', some.slice(0, 1));
    expect(await cli('backup --all --storage dir:DIR/from dir:DIR/to')).toMatchObject({ code: 0 });
    expect(await contents('to')).toEqual(expected(some));
  });

  it('keeps what can’t be decoded, and says it; verify finds it', async () => {
    const half = broken(sketchRecord({ name: 'half' }));
    await fill('from', [...some, half]);
    await cli('backup --all --storage dir:DIR/from DIR/all.zip');
    const checked = await cli('verify DIR/all.zip');
    expect(checked.code).toBe(3);
    expect(checked.out).toContain("1 record can't be read");
    expect(checked.err).toMatch(/^1 record can't be read: secret pay\/sh.helm.release.v1.half.v1 /);
    expect(await cli('restore DIR/all.zip --to dir:DIR/to --yes')).toMatchObject({ code: 0 });
    expect(await contents('to')).toEqual(expected([...some, half]));
  });

  it.each([
    ['backup', 2, 'FILE is missing'],
    ['backup DIR/all.zip', 2, 'which releases?'],
    ['backup --all billing DIR/all.zip', 2, 'either --all or release names'],
    ['backup --all DIR/all', 2, 'names no archive'],
    ['backup DIR/all.zip billing', 2, 'billing names no archive'],
    ['backup -A -n pay DIR/all.zip', 2, 'either -n or -A'],
    ['backup --all --storage dir:DIR/from --ask-passphrase dir:DIR/to', 2, 'no terminal'],
    [
      'backup --all --storage dir:DIR/from --recipient age1 DIR/all.zip',
      2,
      'age1 is no recipient of age',
    ],
    ['backup --all --storage dir:DIR/from DIR/no/all.zip', 2, 'there is no folder DIR/no'],
    ['backup biling --storage dir:DIR/from DIR/all.zip', 1, 'did you mean billing?'],
    ['verify DIR/none.zip', 1, 'there is no file or folder DIR/none.zip'],
    ['restore DIR/none.zip', 1, 'there is no file or folder DIR/none.zip'],
  ])('%s', async (line, code, says) => {
    await fill('from', some);
    const ran = await cli(line);
    expect(ran.code).toBe(code);
    expect(ran.err).toContain(says);
    expect(readdirSync(dir)).toEqual(['from']);
  });
});

/** Where archives come from beside `backup`; ARCHIVE is the new one. */
const archiving = [
  'copy --all --from dir:DIR/from --to file:ARCHIVE',
  'restore DIR/from --to file:ARCHIVE',
  'relocate old --from dir:DIR/from --to dir:DIR/to --delete-source --backup ARCHIVE',
  'restore DIR/from --to dir:DIR/other --overwrite billing --backup ARCHIVE',
];

describe('an encrypted backup', () => {
  it.each(archiving)('is what a passphrase makes of every archive: %s', async (line) => {
    await fill('from', some);
    await fill('other', [sketchRecord({ revision: 2, manifest: 'a: 1' })]);
    writeFileSync(join(dir, 'pass'), 'words');
    const key = '--passphrase-file DIR/pass';
    const made = await cli(`${line.replace('ARCHIVE', 'DIR/a.zip')} --yes ${key}`);
    expect(made, made.out + made.err).toMatchObject({ code: 0 });
    const head = readFileSync(join(dir, 'a.zip')).toString('latin1', 0, 19);
    expect(head).toBe('age-encryption.org/');
    expect(await cli(`verify DIR/a.zip ${key}`)).toMatchObject({ code: 0, err: '' });
  });

  it('is not replaced by one that everybody can read', async () => {
    await fill('from', some);
    writeFileSync(join(dir, 'pass'), 'words');
    const line = 'backup --all --storage dir:DIR/from DIR/all.zip --overwrite';
    expect((await cli(`${line} --passphrase-file DIR/pass`)).code).toBe(0);
    const before = readFileSync(join(dir, 'all.zip'));
    const { code, err } = await cli(line);
    expect({ code, err }).toEqual({
      code: 2,
      err: expect.stringMatching(
        /^error: DIR\/all.zip is encrypted, and what replaces it is not\n/,
      ),
    });
    expect(readFileSync(join(dir, 'all.zip'))).toEqual(before);
    expect((await cli(`${line} --passphrase-file DIR/pass`)).code).toBe(0);
  });

  it('is not one that was made without a key, which verify says to who gives one', async () => {
    await fill('from', some);
    writeFileSync(join(dir, 'pass'), 'words');
    await cli('backup --all --storage dir:DIR/from DIR/all.zip');
    const { code, err } = await cli('verify DIR/all.zip --passphrase-file DIR/pass');
    expect({ code, err }).toEqual({
      code: 0,
      err: 'note: it is not encrypted: whoever has it can read it\n',
    });
    expect((await cli('verify DIR/all.zip')).err).toBe('');
  });

  it('opens with its passphrase alone, from a file or the environment', async () => {
    await fill('from', some);
    writeFileSync(join(dir, 'pass'), 'open sesame\nand more\n');
    const made = await cli(
      'backup --all --storage dir:DIR/from DIR/all.zip --passphrase-file DIR/pass',
    );
    expect(made.code).toBe(0);
    expect(readFileSync(join(dir, 'all.zip'), 'latin1')).toMatch(/^age-encryption\.org\/v1\n/);
    const env = { PASS: 'open sesame' };
    const checked = await cli('verify DIR/all.zip --passphrase-env PASS', env);
    expect(checked.out).toContain('(encrypted, made ');
    const listed = await cli('list -A --storage file:DIR/all.zip --passphrase-env PASS', env);
    expect(listed).toMatchObject({ code: 0, err: '' });
    const wrong = await cli('verify DIR/all.zip --passphrase-env PASS', { PASS: 'open barley' });
    expect(wrong).toMatchObject({ code: 1, out: '' });
    expect(wrong.err).toContain('DIR/all.zip: the archive does not open with this passphrase');
    expect(wrong.err).not.toContain('barley');
    const none = await cli('restore DIR/all.zip --to dir:DIR/to --yes');
    expect(none.code).toBe(2);
    expect(none.err).toContain('--passphrase-file FILE');
    expect((await cli('verify DIR/all.zip --passphrase-env NONE')).err).toContain(
      'no passphrase in',
    );
  });

  it('opens for its recipients alone', async () => {
    await fill('from', some);
    const [mine, other] = [await generateX25519Identity(), await generateX25519Identity()];
    writeFileSync(join(dir, 'key'), `# created: today\n${mine}\n`);
    writeFileSync(join(dir, 'other'), other);
    const recipient = await identityToRecipient(mine);
    const made = await cli(
      `backup --all --storage dir:DIR/from DIR/all.zip --recipient ${recipient}`,
    );
    expect(made).toMatchObject({ code: 0, err: '' });
    const back = await cli('restore DIR/all.zip --to dir:DIR/to --yes --identity DIR/key');
    expect(back).toMatchObject({ code: 0, err: '' });
    expect(await contents('to')).toEqual(expected(some));
    const wrong = await cli('verify DIR/all.zip --identity DIR/other');
    expect(wrong.err).toContain('does not open with this identity');
    const archive = await openArchive(join(dir, 'all.zip'), { keys: { identities: [mine] } });
    expect(archive.about).toMatchObject({ encrypted: true, from: [`dir:${dir}/from`] });
    await archive.close();
  });
});

describe('an archive', () => {
  it('can’t come through a pipe, and says where it can come from', async () => {
    await fill('from', some);
    await cli('backup --all --storage dir:DIR/from DIR/all.zip');
    for (const line of ['verify -', 'restore - --to dir:DIR/to --yes']) {
      const { code, err } = await cli(line);
      expect([code, err.split('\n')[0]]).toEqual([
        2,
        "error: an archive can't be read from the standard input",
      ]);
    }
    for (const head of [
      readFileSync(join(dir, 'all.zip')),
      Buffer.from('age-encryption.org/v1\n'),
    ]) {
      const listing = openPipe(Readable.from([head.subarray(0, 1), head.subarray(1)])).list({});
      await expect(listing[Symbol.asyncIterator]().next()).rejects.toMatchObject({
        code: 'USAGE',
        message: "an archive can't be read from the standard input",
      });
    }
  });

  it('is what a name is looked for in, and not the cluster', async () => {
    await fill('from', some);
    await cli('backup --all --storage dir:DIR/from DIR/all.zip');
    const { code, err } = await cli('restore DIR/all.zip nothing-like-it --to dir:DIR/to --yes');
    expect(code).toBe(1);
    expect(err).toContain('error: no release "nothing-like-it" in file:DIR/all.zip\n');
    const [, hint = ''] = /try: +kubectl releases (.*) {2}shows what there is/.exec(err) ?? [];
    expect(hint).toBe('list --storage file:DIR/all.zip');
    expect((await cli(hint)).out).toMatch(/^billing /m);
  });
});

describe('a restore', () => {
  const changed = sketchRecord({ revision: 2, notes: 'changed by hand' });

  it('overwrites other content only by name, after a copy of it', async () => {
    await fill('from', some);
    await cli('backup --all --storage dir:DIR/from DIR/all.zip');
    await fill('to', [changed]);
    const refused = await cli('restore DIR/all.zip billing --to dir:DIR/to --yes');
    expect(refused.code).toBe(4);
    expect(refused.out).toContain('exists with other content');
    expect(await contents('to')).toEqual(expected([changed]));
    const other = await cli('restore DIR/all.zip search --to dir:DIR/to --overwrite billing --yes');
    expect(other.code).toBe(2);
    expect(other.err).toContain('--overwrite billing: no such release goes back');
    const told = await cli(
      'restore DIR/all.zip --to dir:DIR/to --overwrite billing --backup DIR/was.zip --yes',
    );
    expect(told).toMatchObject({ code: 0, err: '' });
    expect(told.out).toContain('what is there has other content and is replaced');
    expect(told.out).toContain(
      '\n3 releases will be restored, 3 records created and 1 replaced.\n',
    );
    expect(told.out).toContain(
      'Done: 3 releases, 3 records created and 1 replaced, read back and equal.\n',
    );
    expect(await contents('to')).toEqual(expected(some));
    const undo = /^Undo: kubectl releases (.*)$/m.exec(told.out)?.[1] ?? '';
    expect(undo).toBe('restore DIR/was.zip --to dir:DIR/to --overwrite billing');
    expect(await cli(`${undo} --backup DIR/again --yes`)).toMatchObject({ code: 0 });
    expect(await contents('to')).toEqual(
      expected([...some.filter(({ key }) => key !== changed.key), changed]),
    );
  });

  it('takes its file first, and says so where it comes last', async () => {
    await fill('from', some);
    await cli('backup --all --storage dir:DIR/from DIR/all.zip');
    const { code, err } = await cli('restore billing DIR/all.zip');
    expect(code).toBe(1);
    expect(err).toContain('error: there is no file or folder billing\n');
    expect(err).toContain('the file comes first, then the releases\n');
    expect(err).toContain('try: kubectl releases restore DIR/all.zip billing\n');
    const all = await cli('restore DIR/all.zip --all --to dir:DIR/back --yes');
    expect(all.code).toBe(0);
    expect((await cli('restore DIR/all.zip billing --all')).err).toContain('either --all or');
  });

  it('takes what was asked for, as the kind and into the namespace that --to names', async () => {
    await fill('from', some);
    await cli('backup --all --storage dir:DIR/from DIR/all.zip');
    await cli('restore DIR/all.zip --to dir:DIR/to -n web --yes');
    expect(await contents('to')).toEqual(expected(some.slice(2)));
    await cli(
      'restore DIR/all.zip --to file:DIR/two.zip -l status=deployed --exclude search --yes',
    );
    const { out } = await cli('verify DIR/two.zip -o json');
    expect(JSON.parse(out)).toMatchObject({ records: [{ name: 'billing' }, { name: 'billing' }] });
  });
});

describe('what is no backup', () => {
  it('is not made where nothing was chosen', async () => {
    await fill('from', some);
    for (const choice of [
      '-l nope=1',
      '--all -n misspelt',
      '--all --exclude billing --exclude search --exclude old',
    ]) {
      const { code, out, err } = await cli(`backup ${choice} DIR/n.zip --storage dir:DIR/from`);
      expect({ code, out }, err).toEqual({ code: 1, out: '' });
      expect(err).toMatch(/^error: there is nothing to back up: no archive was made\n {2}\w/);
    }
    expect(readdirSync(dir)).toEqual(['from']);
  });

  it('is an archive by its name, whatever became of its bytes', async () => {
    await fill('from', some);
    const made = await cli('backup --all DIR/whole.zip --storage dir:DIR/from');
    expect(made, made.err).toMatchObject({ code: 0 });
    const whole = readFileSync(join(dir, 'whole.zip'));
    const flipped = (at: number) => whole.map((byte, index) => (index === at ? byte ^ 1 : byte));
    const spoilt = {
      ...{ empty: Buffer.alloc(0), first: flipped(0), second: flipped(1) },
      behind: Buffer.concat([Buffer.from('\n'), whole]),
    };
    for (const [name, bytes] of Object.entries(spoilt)) {
      writeFileSync(join(dir, `${name}.zip`), bytes);
      for (const command of ['verify', 'restore --dry-run --to dir:DIR/to']) {
        const { code, out, err } = await cli(`${command} DIR/${name}.zip`);
        expect({ code, out }, `${command} ${name}`).toEqual({ code: 1, out: '' });
        expect(err).toMatch(
          /^error: (file:)?DIR\/\w+\.zip: the archive is damaged, or none of ours/,
        );
      }
    }
  });

  it('is said of a folder without records', async () => {
    mkdirSync(join(dir, 'none'));
    writeFileSync(join(dir, 'none', 'README.md'), '# Nothing');
    for (const command of ['verify dir:DIR/none', 'restore DIR/none --to dir:DIR/to'])
      expect(await cli(command)).toMatchObject({
        ...{ code: 1, out: '' },
        err: expect.stringContaining('error: there are no records in dir:DIR/none\n'),
      });
  });
});

describe('what is about to be deleted', () => {
  const tiller = [1, 2].map((revision) => sketchRecord({ helm: 2, name: 'old', revision }));

  it.each([
    [
      'migrate2to3 --all --from dir:DIR/from --to dir:DIR/helm3 --delete-v2-releases',
      'restore DIR/was.zip --to dir:DIR/from',
    ],
    [
      'relocate --all --from dir:DIR/from --to dir:DIR/there --delete-source',
      'relocate old -n pay --from dir:DIR/there --to dir:DIR/from --helm 2 --delete-source',
    ],
  ])('goes into an archive too, by %s, and comes back from it', async (line, told) => {
    await fill('from', tiller);
    const moved = await cli(`${line} --backup DIR/was.zip --yes`);
    expect(moved, moved.err).toMatchObject({ code: 0 });
    expect(await contents('from')).toEqual([]);
    expect((await cli('verify DIR/was.zip')).out).toContain('1 release, 2 records');
    const undo = /^Undo: kubectl releases (.*)$/m.exec(moved.out)?.[1] ?? '';
    expect(undo).toBe(told);
    expect(await cli('restore DIR/was.zip --to dir:DIR/again --yes')).toMatchObject({ code: 0 });
    expect(await contents('again')).toEqual(expected(tiller));
    const backup = undo.startsWith('restore') ? '' : '--backup DIR/back';
    expect(await cli(`${undo} ${backup} --yes`.replace('  ', ' '))).toMatchObject({ code: 0 });
    expect(await contents('from')).toEqual(expected(tiller));
  });

  it('encrypted, comes back without a plain copy on the way', async () => {
    await fill('from', tiller);
    writeFileSync(join(dir, 'pass'), 'one two three four\n');
    const line = 'relocate --all --from dir:DIR/from --to dir:DIR/there --delete-source --yes';
    const moved = await cli(`${line} --backup DIR/was.zip --passphrase-file DIR/pass`);
    expect(moved, moved.err).toMatchObject({ code: 0 });
    const undo = /^Undo: kubectl releases (.*)$/m.exec(moved.out)?.[1] ?? '';
    expect(undo).toMatch(/ --backup DIR\/was-undone.zip --passphrase-file DIR\/pass$/);
    expect(await cli(`${undo} --yes`)).toMatchObject({ code: 0 });
    expect(await contents('from')).toEqual(expected(tiller));
    expect(await contents('there')).toEqual([]);
    const verified = await cli('verify DIR/was-undone.zip --passphrase-file DIR/pass');
    expect(verified.out).toContain('1 release, 2 records');
  });

  it('goes into an archive by cleanup', async () => {
    await fill('from', tiller);
    await cli('migrate2to3 --all --from dir:DIR/from --to dir:DIR/helm3 --yes');
    const line = 'cleanup --release-cleanup --from dir:DIR/from --to dir:DIR/helm3 --yes';
    const cleaned = await cli(`${line} --backup file:DIR/was`);
    expect(cleaned, cleaned.err).toMatchObject({ code: 0 });
    expect(await contents('from')).toEqual([]);
    const undo = /^Undo: kubectl releases (.*)$/m.exec(cleaned.out)?.[1] ?? '';
    expect(await cli(`${undo} --yes`)).toMatchObject({ code: 0 });
    expect(await contents('from')).toEqual(expected(tiller));
  });

  it('stays where the backup holds something else of its name, which is said', async () => {
    await fill('from', tiller);
    await fill('was', [sketchRecord({ helm: 2, name: 'old', revision: 2, notes: 'before' })]);
    const line = 'relocate --all --from dir:DIR/from --to dir:DIR/there --delete-source --yes';
    const { code, err } = await cli(`${line} --backup DIR/was`);
    expect(code).toBe(1);
    expect(err).toMatch(
      /^error: the backup holds another configmap .*old\.v2.*, as it was in an earlier run$/m,
    );
    expect(err).toContain('try: --backup with another folder or archive');
    expect(await contents('from')).toEqual(expected(tiller));
    expect((await cli(`${line} --backup DIR/new`)).code).toBe(0);
  });

  it('has a folder of its own in every run, however fast they follow each other', async () => {
    vi.useFakeTimers({ toFake: ['Date'], now: new Date('2026-11-21T12:00:00Z') });
    const cwd = process.cwd();
    process.chdir(dir);
    try {
      const paths: string[] = [];
      for (const _ of [1, 2, 3]) {
        const { storage, path } = await openBackupStore(
          ...([undefined, 'kept', undefined] as const),
          async () => [],
        );
        await storage.create(sketchRecord({}));
        paths.push(path);
      }
      const first = 'kept-20261121T120000Z';
      expect(paths).toEqual([first, `${first}-2`, `${first}-3`]);
    } finally {
      process.chdir(cwd);
      vi.useRealTimers();
    }
  });

  it('stays where the archive for it is there already', async () => {
    await fill('from', tiller);
    writeFileSync(join(dir, 'was.zip'), 'mine');
    const line = 'migrate2to3 --all --from dir:DIR/from --to dir:DIR/helm3 --delete-v2-releases';
    const refused = await cli(`${line} --backup DIR/was.zip --yes`);
    expect(refused.code).toBe(1);
    expect(refused.err).toContain('DIR/was.zip is there already');
    expect(await contents('from')).toEqual(expected(tiller));
    expect(readdirSync(dir).sort()).toEqual(['from', 'was.zip']);
  });
});
