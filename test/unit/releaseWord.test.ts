/** How a release and a revision are named where one is read: what people type first, from kubectl, git and npm. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { nameArguments } from '../../src/commands/line/arguments.ts';
import { candidates } from '../../src/commands/line/candidates.ts';
import { readReleaseWord } from '../../src/commands/line/releaseWord.ts';
import { commandTable } from '../../src/commands/table.ts';
import { openDirectory } from '../../src/storage/directory.ts';
import { captureIO, runCli } from './cli-io.ts';
import { sketchRecord } from './cli-records.ts';

let dir: string;
beforeAll(async () => {
  dir = mkdtempSync(join(tmpdir(), 'words-'));
  const storage = await openDirectory(dir, { create: true });
  for (const namespace of ['pay', 'shop'])
    for (const revision of [3, 4, 7])
      await storage.create(
        sketchRecord({
          ...{ namespace, revision, config: { from: `${namespace} ${revision}` }, hooks: [] },
          status: revision === 4 ? 'deployed' : revision === 7 ? 'failed' : 'superseded',
        }),
      );
  await storage.create(sketchRecord({ name: 'alone', namespace: 'shop', revision: 2 }));
});
afterAll(() => rmSync(dir, { recursive: true }));

const cli = (line: string) => runCli([...line.split(' '), '--storage', `dir:${dir}`]);

const prints = async (line: string): Promise<string> => {
  const { code, out, err } = await cli(line);
  expect({ line, code, err }).toEqual({ line, code: 0, err: '' });
  return out;
};

describe('a word', () => {
  it.each([
    ['billing', { name: 'billing' }],
    ['pay/billing', { namespace: 'pay', name: 'billing' }],
    ['billing@3', { name: 'billing', revision: '3' }],
    ['pay/billing@HEAD~2', { namespace: 'pay', name: 'billing', revision: 'HEAD~2' }],
    ['billing@@deployed', { name: 'billing', revision: '@deployed' }],
  ])('%s', (word, read) => {
    expect(readReleaseWord(word)).toEqual(read);
  });

  it.each(['/billing', 'pay/', 'a/b/c', '@3', 'billing@', 'pay/@3', '/', '@'])('%s', (word) => {
    expect(() => readReleaseWord(word)).toThrow('names no release');
  });
});

describe('the arguments after it', () => {
  const one = { name: 'release', revision: 'optional' } as const;
  const two = { name: 'release', a: 'optional', b: 'optional' } as const;
  it.each([
    [one, 'billing 3', { name: 'billing', revision: '3' }],
    [one, 'billing@3', { name: 'billing', revision: '3' }],
    [one, 'pay/billing@3', { name: 'billing', revision: '3', namespace: 'pay' }],
    [two, 'billing 3..7', { name: 'billing', a: '3', b: '7' }],
    [two, 'billing@3..7', { name: 'billing', a: '3', b: '7' }],
    [two, 'billing HEAD~1..@deployed', { name: 'billing', a: 'HEAD~1', b: '@deployed' }],
    [two, 'billing@3 7', { name: 'billing', a: '3', b: '7' }],
    [two, 'billing@3 billing@7', { name: 'billing', a: '3', b: '7' }],
    [two, 'pay/billing@3 pay/billing@7', { name: 'billing', a: '3', b: '7', namespace: 'pay' }],
    [two, 'billing @deployed', { name: 'billing', a: '@deployed', b: undefined }],
  ])('%o %s', (table, line, named) => {
    expect(nameArguments(line.split(' '), table)).toEqual(named);
  });

  it.each([
    [one, 'billing@3 4', 'unexpected argument "4"'],
    [two, 'billing 3..5 7', 'unexpected argument "7"'],
    [two, 'billing@3 other@7', 'other@7 is another release than billing'],
    [two, 'billing@3 shop/billing@7', 'another release'],
  ])('%o %s is refused', (table, line, says) => {
    expect(() => nameArguments(line.split(' '), table)).toThrow(says);
  });
});

describe('every command that reads one release', () => {
  it.each([
    ['get values', (revision: string) => `from: pay ${revision}\n`],
    ['show values', (revision: string) => `from: pay ${revision}\n`],
    ['get metadata', (revision: string) => expect.stringMatching(`\nREVISION: ${revision}\n`)],
    ['get all', (revision: string) => expect.stringMatching(`\nREVISION: ${revision}\n`)],
    ['status', (revision: string) => expect.stringMatching(`\nREVISION: ${revision}\n`)],
    ['describe', (revision: string) => expect.stringMatching(`\nREVISION: ${revision}\n`)],
    ['history -o name', (revision: string) => `${revision}\n`],
    [
      'du --no-headers --sort-by .revision',
      (revision: string) => expect.stringMatching(`^${revision} .*\n(?!\\d)`),
    ],
  ])('%s', async (verb, shows) => {
    for (const word of ['pay/billing@3', 'pay/billing 3', 'billing 3 -n pay', 'billing@3 -n pay'])
      expect(await prints(`${verb} ${word}`), word).toEqual(shows('3'));
    expect(await prints(`${verb} pay/billing@deployed`)).toEqual(shows('4'));
    expect(await prints(`${verb} pay/billing @deployed`)).toEqual(shows('4'));
    expect(await prints(`${verb} pay/billing@HEAD -n pay`)).toEqual(shows('7'));
  });

  it('tree, and chart', async () => {
    expect((await cli('tree shop/billing@3')).out).toMatch(/^billing \(shop\): revision 3, /);
    const made = await cli(`chart pay/billing@4 -d ${dir}/chart`);
    expect(made.out).toContain('billing (pay), revision 4:');
  });

  it('diff', async () => {
    for (const line of ['pay/billing 3..4', 'pay/billing@3 4', 'billing@3 billing@4 -n pay']) {
      const { code, out } = await cli(`diff ${line} --only values`);
      expect({ line, code, out }).toMatchObject({ code: 1, out: expect.stringContaining('pay 4') });
    }
    const other = await cli('diff pay/billing@3 --to-release shop/billing@7 --only values');
    expect(other.out).toMatch(/pay 3[\s\S]*shop 7/);
  });

  it('measures the one revision that is named', async () => {
    const of = async (line: string) => JSON.parse(await prints(`du ${line} -o json`))[0];
    const whole = await of('pay/billing');
    expect(whole.revisions).toHaveLength(3);
    const one = await of('pay/billing@3');
    expect(one.revisions).toEqual([expect.objectContaining({ revision: 3 })]);
    expect(one.largest.revision).toBe(3);
    // Of one revision no pruning would leave anything.
    expect([whole.wouldFree, one.wouldFree]).toEqual([{ records: 0, bytes: 0 }, undefined]);
  });
});

describe('what contradicts itself is refused', () => {
  it.each([
    ['status pay/billing -n shop', "pay/ before the name and -n shop can't both hold"],
    ['du pay/billing -A', "pay/ before the name and -A can't both hold"],
    ['get values pay/billing@3 --revision 4', "the revision 3 and --revision 4 can't both hold"],
    ['get values pay/billing 3 4', 'unexpected argument "4"'],
    ['diff pay/billing --to-release shop/billing --to-namespace pay', "can't both hold"],
    ['diff pay/billing 3 4 --to-release shop/billing@3', "can't both hold"],
    ['history pay/billing@3 --watch', '--watch follows every revision of billing, not one alone'],
    ['get values a/b/c', '"a/b/c" names no release'],
    ['get values pay/billing 3..4', '"3..4" is no revision'],
    ['get billing', 'where it is a release: get all billing'],
    ['show billing', 'where it is a release: get all billing'],
  ])('%s', async (line, says) => {
    const { code, err } = await cli(line);
    expect(code).toBe(2);
    expect(err).toContain(says);
  });

  it('names the revisions there are', async () => {
    for (const verb of ['get values', 'history', 'du', 'status']) {
      const { code, err } = await cli(`${verb} pay/billing@5`);
      expect({ verb, code }).toEqual({ verb, code: 1 });
      expect(err).toContain('error: release billing has no revision 5\n  there are: 3-4, 7\n');
    }
  });
});

it('a name alone is no command, and what to type is said', async () => {
  const { code, err } = await runCli(['pay/billing@3']);
  expect(code).toBe(2);
  expect(err).toBe(
    'error: unknown command "pay/billing@3"\n' +
      '  try: kubectl releases status pay/billing@3  where it is a release\n' +
      '  try: kubectl releases --help\n',
  );
});

describe('completion', () => {
  const offered = async (...words: readonly string[]) => {
    const [verb = '', ...rest] = words;
    const found = await candidates(
      commandTable,
      [verb, '--storage', `dir:${dir}`, ...rest],
      captureIO(),
    );
    return found.found.map(([word]) => word).join(' ');
  };
  it.each([
    [['get', 'values', 'pay/billing', ''], 'HEAD @deployed 7 4 3'],
    [['status', 'billing', '-n', 'pay', ''], 'HEAD @deployed 7 4 3'],
    [
      ['status', 'pay/billing@'],
      'pay/billing@HEAD pay/billing@deployed pay/billing@7 pay/billing@4 pay/billing@3',
    ],
    [['status', 'alone@'], 'alone@HEAD alone@deployed alone@2'],
    [['status', 'alone@2', ''], ''],
    [['history', 'shop/'], 'shop/alone shop/billing'],
    [['history', 'pay/'], 'pay/billing'],
    [['diff', 'pay/billing@3', ''], 'HEAD @deployed 7 4 3'],
    [['status', 'a'], 'alone'],
  ])('%j', async (words, expected) => {
    expect(await offered(...words)).toBe(expected);
  });
});
