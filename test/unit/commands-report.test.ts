/** The reports of `migrate2to3`: over folders, in this process. */
import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  statSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { runCli } from './cli-io.ts';

const here = fileURLToPath(import.meta.url);
const demo = fileURLToPath(new URL('../../demo/tiller', import.meta.url));
let dir: string;
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'reports-'));
  cpSync(demo, join(dir, 'from'), { recursive: true });
});
afterEach(() => {
  rmSync(dir, { recursive: true });
});

async function migrate(args: readonly string[]) {
  const ends = ['--from', `dir:${dir}/from`, '--to', `dir:${dir}/to`];
  const { code, out, err } = await runCli(['migrate2to3', ...args, ...ends]);
  return { code, out, err: err.replaceAll(dir, 'DIR') };
}

describe('a report', () => {
  it.each([
    ['json', /"result": "migrated"/],
    ['md', /^\| billing \| pay \| 12 \| ready \| migrated \|/m],
    ['html', /<td>billing<\/td><td>pay<\/td><td>12<\/td><td>ready<\/td><td>migrated<\/td>/],
  ])('writes a private report as %s', async (ending, content) => {
    const path = `${dir}/report.${ending}`;
    const { err } = await migrate(['billing', '--yes', '--report', path]);
    expect(err).toBe(`Report: DIR/report.${ending}\n`);
    expect(readFileSync(path, 'utf8')).toMatch(content);
    expect(statSync(path).mode & 0o777).toBe(0o600);
  });
});

describe('a report where nothing is carried out', () => {
  const results = async (...args: readonly string[]) => {
    const names = ['billing', 'cms', 'old-cms', 'search'];
    const [json, md] = [join(dir, 'r.json'), join(dir, 'r.md')];
    for (const report of [json, md]) await migrate([...names, ...args, '--report', report]);
    const { outcomes } = JSON.parse(readFileSync(json, 'utf8'));
    const all = outcomes.map(({ result }: { result: string }) => result);
    const rows = readFileSync(md, 'utf8').split('\n').slice(4, 8);
    expect(rows.map((row) => row.split(' | ')[4])).toEqual(all);
    return all;
  };

  it('says what is planned, done already, and left alone', async () => {
    expect(await results('--dry-run')).toEqual(['planned', 'planned', 'left alone', 'left alone']);
    expect((await migrate(['billing', '--yes'])).code).toBe(0);
    expect(await results('--check')).toEqual([
      ...['already migrated', 'planned', 'left alone', 'left alone'],
    ]);
    expect((await migrate(['cms', '--yes'])).code).toBe(0);
    const settled = ['already migrated', 'already migrated', 'left alone', 'left alone'];
    expect(await results('--yes')).toEqual(settled);
  });
});

describe('a report that can not be written', () => {
  it.each([
    [['--all', '--report', 'x.pdf'], /^error: --report can't tell the format of x\.pdf/],
    [
      ['--all', '--report', '/nodir/x.md', '--yes'],
      /: there is no folder \/nodir\n {2}try: name a/,
    ],
    [['--all', '--report', `${here}/x.md`, '--yes'], /: a part of the path is not a folder/],
  ])('%j is refused before anything is', async (args, message) => {
    const { code, err } = await migrate(args);
    expect(code).toBe(2);
    expect(err).toMatch(message);
    expect(existsSync(join(dir, 'to'))).toBe(false);
  });

  it('refuses a report where a folder stands', async () => {
    mkdirSync(join(dir, 'folder.md'));
    const folder = await migrate(['--all', '--yes', '--report', join(dir, 'folder.md')]);
    expect(folder).toMatchObject({ code: 2, out: '' });
    expect(folder.err).toMatch(
      /^error: --report can't be written to DIR\/folder\.md: it is a folder/,
    );
    expect(existsSync(join(dir, 'to'))).toBe(false);
  });
});
