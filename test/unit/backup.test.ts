/** backup as a command, between folders and archives: no cluster is needed. */
import { readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { type Document, parseAllDocuments } from 'yaml';
import { cli, contents, dir, expected, fill, some } from './backups.ts';
import { runCli } from './cli-io.ts';
import { broken, sketchRecord } from './cli-records.ts';

describe('a backup', () => {
  it('holds every record as it is, says so, and brings all of them back', async () => {
    await fill('from', some);
    const made = await cli('backup --all --storage dir:DIR/from DIR/all.zip');
    expect(made).toMatchObject({ code: 0, err: '' });
    expect(made.out).toContain('\nWill create 4 records of 3 releases.\n');
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

  it('says to a person that it holds values in clear, and to nobody else', async () => {
    await fill('from', some);
    const line = ['backup', '--all', '--storage', `dir:${join(dir, 'from')}`, join(dir, 'a.zip')];
    const { err } = await runCli(line, { terminal: 100 });
    expect(err).toContain(
      'its values are in clear, passwords too: --recipient or --ask-passphrase',
    );
    expect((await runCli([...line, '--overwrite'])).err).toBe('');
  });

  it('that has nothing of a kind is no success where that was asked for', async () => {
    await fill('secrets', [sketchRecord({})]);
    const { code, err } = await cli('restore DIR/secrets --kind configmap --to dir:DIR/to --yes');
    expect(code).toBe(1);
    expect(err).toContain('1 release found in dir:DIR/secrets, all left out by --kind configmap.');
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
      'what --recipient gives is no recipient of age',
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
