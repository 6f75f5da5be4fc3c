/** Revisions as people write them. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { revisionFor } from '../../src/commands/reading/revisionFor.ts';
import { parseRevision } from '../../src/inspect/revision.ts';
import type { ReleaseRecord } from '../../src/record.ts';
import { openDirectory } from '../../src/storage/directory.ts';
import { runCli } from './cli-io.ts';
import { broken, sketchRecord } from './cli-records.ts';

describe('parseRevision', () => {
  it.each([
    ['12', { is: 'number', number: 12, back: 0 }],
    ['12~1', { is: 'number', number: 12, back: 1 }],
    ['7~', { is: 'number', number: 7, back: 1 }],
    ['0', { is: 'newest', back: 0 }],
    ['HEAD', { is: 'newest', back: 0 }],
    ['head~', { is: 'newest', back: 1 }],
    ['HEAD~2', { is: 'newest', back: 2 }],
    ['@deployed', { is: 'deployed', back: 0 }],
    ['@deployed~3', { is: 'deployed', back: 3 }],
  ])('%s', (text, word) => {
    expect(parseRevision(text)).toMatchObject(word);
  });

  it('is the newest without a word', () => {
    expect(parseRevision(undefined)).toEqual(parseRevision('HEAD'));
  });

  it.each([
    '',
    '-1',
    'x',
    '1.5',
    'HEAD~~',
    'HEAD~-1',
    '@',
    '@failed',
    '12~-1',
    '12~~',
    '1\u001b[2J',
  ])('refuses %j by its forms, and prints nothing that a terminal acts on', (text) => {
    const refused = (): unknown => parseRevision(text);
    expect(refused).toThrow(expect.objectContaining({ code: 'USAGE' }));
    expect(refused).toThrow(/^[^\u001b]* is no revision$/);
  });
});

describe('--revision with --compat, as strconv.ParseInt reads it with base 0, and helm what is not above zero', () => {
  it.each<[string, object]>([
    ['-1', { is: 'newest', back: 0 }],
    ['-0', { is: 'newest', back: 0 }],
    ['0', { is: 'newest', back: 0 }],
    ['-9223372036854775808', { is: 'newest', back: 0 }],
    ['3', { is: 'number', number: 3, back: 0 }],
    ['+3', { is: 'number', number: 3, back: 0 }],
    ['0X3', { is: 'number', number: 3, back: 0 }],
    ['0b11', { is: 'number', number: 3, back: 0 }],
    ['0o3', { is: 'number', number: 3, back: 0 }],
    ['0_3', { is: 'number', number: 3, back: 0 }],
    ['0x_3', { is: 'number', number: 3, back: 0 }],
    ['010', { is: 'number', number: 8, back: 0 }],
    // What this program has beside it.
    ['HEAD~1', { is: 'newest', back: 1 }],
    ['3~1', { is: 'number', number: 3, back: 1 }],
  ])('%s', (revision, word) => {
    expect(revisionFor({ compat: 'helm4', revision })).toMatchObject(word);
  });

  it.each([
    '',
    'x',
    '--1',
    '1.0',
    '1e1',
    "'a'",
    '08',
    '3_',
    '_3',
    '1__0',
    '0x',
    '+',
    '-',
    '1i',
    ' 1',
    '9223372036854775808',
  ])('refuses %j, as ParseInt does', (revision) => {
    const refused = () => revisionFor({ compat: 'helm3', revision });
    expect(refused).toThrow(expect.objectContaining({ code: 'USAGE' }));
  });

  it('is as ever without it', () => {
    expect(() => revisionFor({ revision: '-1' })).toThrow('"-1" is no revision');
    expect(revisionFor({ revision: '010' })).toMatchObject({ is: 'number', number: 10 });
  });
});

describe('on a release', () => {
  let dir: string;
  beforeEach(() => {
    dir = mkdtempSync(join(tmpdir(), 'revision-'));
  });
  afterEach(() => {
    rmSync(dir, { recursive: true });
  });

  async function got(revision: string, ...records: readonly ReleaseRecord[]) {
    const storage = await openDirectory(dir, { create: true });
    for (const record of records) await storage.create(record);
    const args = ['get', 'values', 'billing', '--revision', revision, '--storage', `dir:${dir}`];
    return runCli(args);
  }
  const revision = (number: number, status: string) =>
    sketchRecord({ revision: number, status, config: { at: number } });
  const history = [
    revision(2, 'superseded'),
    revision(5, 'superseded'),
    revision(6, 'deployed'),
    revision(9, 'failed'),
  ];

  it.each([
    ['HEAD', 9],
    ['0', 9],
    ['HEAD~1', 6],
    ['HEAD~3', 2],
    ['@deployed', 6],
    ['@deployed~', 5],
    ['5', 5],
  ])('%s is revision %i: gaps do not count', async (word, number) => {
    expect(await got(word, ...history)).toEqual({ code: 0, out: `at: ${number}\n`, err: '' });
  });

  it.each(['HEAD~4', '@deployed~3', '7'])('%s is not there', async (word) => {
    const { code, err } = await got(word, ...history);
    expect(code).toBe(1);
    expect(err).toContain(
      `error: release billing has no revision ${word}\n  there are: 2, 5-6, 9\n`,
    );
  });

  it('says what may be deployed and can not be read', async () => {
    const { code, out, err } = await got(
      '@deployed',
      ...history,
      broken(sketchRecord({ revision: 10 })),
    );
    expect({ code, out }).toEqual({ code: 0, out: 'at: 6\n' });
    expect(err).toContain("note: revision 10 of billing can't be read, and may be deployed\n");
  });

  it('is checked before anything is read', async () => {
    const { code, err } = await runCli(['get', 'values', 'billing', '--revision', 'HAED']);
    expect(code).toBe(2);
    expect(err).toContain('error: "HAED" is no revision\n  a revision is a number, HEAD');
  });
});
