/** restore, and what is and is no backup, between folders and archives. */
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { describe, expect, it } from 'vitest';
import { openPipe } from '../../src/storage/pipe.ts';
import { cli, contents, dir, expected, fill, some } from './backups.ts';
import { sketchRecord } from './cli-records.ts';

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

  it('says what has changed since, instead of calling it equal', async () => {
    const shop = (revision: number, status: string, modified: string) => {
      const record = sketchRecord({ name: 'shop', revision, status });
      return { ...record, labels: { ...record.labels, modifiedAt: modified } };
    };
    await fill('from', [shop(1, 'deployed', '1700000000')]);
    await cli('backup --all --storage dir:DIR/from DIR/shop.zip');
    await fill('to', [shop(1, 'superseded', '1700000100'), shop(2, 'deployed', '1700000100')]);
    const { code, out } = await cli('restore DIR/shop.zip --to dir:DIR/to --yes');
    expect(code, out).toBe(0);
    expect(out).toContain('already restored, and changed there since');
    expect(out).toContain('Nothing to do: 1 release is already restored.');
    const over = await cli('restore DIR/shop.zip --to dir:DIR/to --overwrite shop --dry-run');
    expect(over.code, over.out).toBe(0);
    expect(over.out).toContain(
      'it has gone on there with revision 2, which stays above what is put back',
    );
  });

  it('has nothing to ask the second time, where a record’s label doesn’t say that it is deployed', async () => {
    const shop = sketchRecord({ name: 'shop' });
    const { status: _, ...labels } = shop.labels;
    await fill('from', [{ ...shop, labels }]);
    await cli('backup --all --storage dir:DIR/from DIR/shop.zip');
    for (const done of ['1 record created', 'Nothing to do']) {
      const { code, out } = await cli('restore DIR/shop.zip --to dir:DIR/to --yes');
      expect(code, out).toBe(0);
      expect(out).toContain(done);
    }
  });

  it('asks where no revision would be deployed, and the file has one', async () => {
    const shop = (revision: number, status: string, modified: string) => {
      const record = sketchRecord({ name: 'shop', revision, status });
      return { ...record, labels: { ...record.labels, modifiedAt: modified } };
    };
    await fill('from', [shop(1, 'deployed', '1700000000')]);
    await cli('backup --all --storage dir:DIR/from DIR/shop.zip');
    // An upgrade superseded it, and its own record is lost.
    await fill('to', [shop(1, 'superseded', '1700000100')]);
    const asked = await cli('restore DIR/shop.zip --to dir:DIR/to --yes');
    expect(asked.code, asked.out).toBe(4);
    expect(asked.out.replace(/\s+/g, ' ')).toContain(
      'revision 1 is deployed in the file, and superseded there: no revision would be deployed: --overwrite shop',
    );
    const told = await cli('restore DIR/shop.zip --to dir:DIR/to --overwrite shop --yes');
    expect(told.code, told.out).toBe(0);
    const { out } = await cli('history shop --storage dir:DIR/to -o json');
    expect(JSON.parse(out)).toMatchObject([{ revision: 1, status: 'deployed' }]);
    // What has gone on is left as it is.
    await fill('to2', [shop(1, 'superseded', '1700000100'), shop(2, 'deployed', '1700000200')]);
    const gone = await cli('restore DIR/shop.zip --to dir:DIR/to2 --yes');
    expect(gone.code, gone.out).toBe(0);
  });

  it('overwrites other content only by name, after a copy of it', async () => {
    await fill('from', some);
    await cli('backup --all --storage dir:DIR/from DIR/all.zip');
    await fill('to', [changed]);
    const refused = await cli('restore DIR/all.zip billing --to dir:DIR/to --yes');
    expect(refused.code).toBe(4);
    expect(refused.out).toMatch(/exists with other content.*--overwrite billing/);
    expect(await contents('to')).toEqual(expected([changed]));
    const other = await cli('restore DIR/all.zip search --to dir:DIR/to --overwrite billing --yes');
    expect(other.code).toBe(2);
    expect(other.err).toContain('--overwrite billing: no such release goes back');
    const told = await cli(
      'restore DIR/all.zip --to dir:DIR/to --overwrite billing --backup DIR/was.zip --yes',
    );
    expect(told).toMatchObject({ code: 0 });
    expect(told.err).toBe(
      'note: the Undo puts back what was replaced, and leaves the 1 record that was created: look at the history after it\n',
    );
    expect(told.out).toContain('what is there has other content and is replaced');
    expect(told.out).toContain('\nWill create 3 records of 3 releases, replace 1 record.\n');
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
