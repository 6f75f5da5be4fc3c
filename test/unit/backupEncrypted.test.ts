/** Archives that a passphrase or a key opens, and who may replace them. */
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { armor, generateX25519Identity, identityToRecipient } from 'age-encryption';
import { describe, expect, it } from 'vitest';
import { openArchive } from '../../src/storage/archive/archive.ts';
import { cli, contents, dir, expected, fill, some } from './backups.ts';
import { sketchRecord } from './cli-records.ts';

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

describe('a passphrase', () => {
  it('that is no UTF-8 is refused: all of them would be one', async () => {
    await fill('from', some);
    writeFileSync(join(dir, 'one'), Buffer.from('70617373ff0a', 'hex'));
    writeFileSync(join(dir, 'other'), Buffer.from('70617373fe0a', 'hex'));
    const line = 'backup --all --storage dir:DIR/from DIR/all.zip';
    for (const file of ['one', 'other']) {
      const { code, err } = await cli(`${line} --passphrase-file DIR/${file}`);
      expect(code).toBe(2);
      expect(err).toMatch(/^error: the passphrase in .*is not UTF-8\n {2}try: /);
      expect(err).not.toContain('pass\ufffd');
    }
    const env = await cli(`${line} --passphrase-env P`, { P: 'pass\ufffd' });
    expect(env.err).toContain('is not UTF-8');
    expect(readdirSync(dir)).not.toContain('all.zip');
    const text = 'grüß Gott 🎉';
    writeFileSync(join(dir, 'text'), text);
    expect((await cli(`${line} --passphrase-file DIR/text`)).code).toBe(0);
    const checked = await cli('verify DIR/all.zip --passphrase-env P', { P: text });
    expect(checked).toMatchObject({ code: 0, err: '' });
  });
});

describe('in armor, as age -a writes it', () => {
  const made = async (newline: string) => {
    await fill('from', some);
    writeFileSync(join(dir, 'pass'), 'words');
    await cli('backup --all --storage dir:DIR/from DIR/all.zip --passphrase-file DIR/pass');
    const text = armor.encode(readFileSync(join(dir, 'all.zip')));
    writeFileSync(join(dir, 'text.zip'), text.replaceAll('\n', newline));
    return text;
  };

  it.each(['\n', '\r\n'])('is read like any other (%j)', async (newline) => {
    await made(newline);
    const key = '--passphrase-file DIR/pass';
    expect(await cli(`verify DIR/text.zip ${key}`)).toMatchObject({ code: 0, err: '' });
    const back = await cli(`restore DIR/text.zip --to dir:DIR/to --yes ${key}`);
    expect(back).toMatchObject({ code: 0, err: '' });
    expect(await contents('to')).toEqual(expected(some));
    const over = await cli('backup --all --storage dir:DIR/from DIR/text.zip --overwrite');
    expect(over.err).toContain('is encrypted, and what replaces it is not');
    expect((await cli('decode DIR/text.zip')).err).toContain('is an encrypted archive');
  });

  it('is told where it is damaged', async () => {
    const text = await made('\n');
    const lines = text.split('\n');
    const broken: { readonly [how: string]: string } = {
      'cut in the middle': text.slice(0, text.length / 2),
      'a line too long': text.replace(lines[3] ?? '', `${lines[3]}AAAA`),
      'a line lost': lines.filter((_, at) => at !== 4).join('\n'),
      'no letters': text.replace(lines[5] ?? '', '*'.repeat(64)),
      'nothing in it': [lines[0], lines.at(-2), ''].join('\n'),
      'the first line alone': `${lines[0]}\n`,
      'text after it': `${text}more\n`,
    };
    for (const [how, content] of Object.entries(broken)) {
      writeFileSync(join(dir, 'text.zip'), content);
      const { code, out, err } = await cli('verify DIR/text.zip --passphrase-file DIR/pass');
      expect([how, code, out]).toEqual([how, 1, '']);
      expect(err, how).toMatch(/the armor of the encrypted archive|damaged|does not open/);
    }
  });
});
