/** `chart`, in this process: what may be written, and where. */
import {
  existsSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { unpackTar } from 'modern-tar';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import type { Chart } from '../../src/release.ts';
import { openDirectory } from '../../src/storage/directory.ts';
import { runCli } from './cli-io.ts';
import { sketchChart, sketchRecord } from './cli-records.ts';

let root: string;
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'chart-'));
});
afterEach(() => {
  rmSync(root, { recursive: true });
});

const file = (name: string, text = name) => ({ name, data: Buffer.from(text) });

async function chart(given: Partial<Chart>, ...args: string[]) {
  const storage = await openDirectory(join(root, 'dump'), { create: true });
  await storage.create(sketchRecord({ chart: given }));
  return again(...args);
}

async function again(...args: string[]) {
  const from = ['--storage', `dir:${join(root, 'dump')}`];
  const { code, out, err } = await runCli(['chart', 'billing', ...args, ...from]);
  return { code, out: out.replaceAll(root, 'ROOT'), err: err.replaceAll(root, 'ROOT') };
}

/** Every path below a folder; links by what they are. */
function tree(folder: string, below = ''): string[] {
  return readdirSync(join(folder, below)).flatMap((name) => {
    const path = below === '' ? name : `${below}/${name}`;
    return lstatSync(join(folder, path)).isDirectory() ? tree(folder, path) : [path];
  });
}

describe('hostile names', () => {
  const names = [
    ...['../out', '/abs', 'a/../../out', 'C:\\x', '..\\out', 'a//b', './c', 'x/', '', '.', '..'],
    ...['esc\u001b[2J', 'line\nbreak', 'turn\u202e', 'n'.repeat(256), `${'d/'.repeat(600)}x`],
    ...['Chart.yaml', 'CHART.YAML', 'Chart.yaml/evil', 'values.yaml', 'ok', 'ok/below'],
    ...['.git/config', '.GIT./HEAD', 'sub/.git::$INDEX_ALLOCATION/config', '.gi\u206at/config'],
    ...['HEAD', '.envrc', '.vscode/tasks.json', 'nul.txt', 'a. ', 'fine/\u{e0061}'],
  ];

  it('never leave the folder, and are named', async () => {
    const dir = join(root, 'out-here', 'chart');
    const files = [...names.map((name) => file(name)), file('fine/file')];
    const { code, out, err } = await chart({ files, templates: [file('../../t')] }, '-d', dir);
    expect(code).toBe(3);
    expect(tree(dir)).toEqual(['Chart.yaml', 'fine/file', 'ok', 'values.yaml']);
    expect(readdirSync(root).sort()).toEqual(['dump', 'out-here']);
    expect(readdirSync(join(root, 'out-here'))).toEqual(['chart']);
    expect(parse(readFileSync(join(dir, 'Chart.yaml'), 'utf8'))).toMatchObject({ name: 'billing' });
    expect(out + err).not.toMatch(/[\u001b\u202e]/);
    expect(err.split('\n').filter((line) => line.includes('is left out'))).toHaveLength(
      names.length,
    );
  });

  it('never leave the archive’s folder, the chart’s own name neither', async () => {
    const tgz = join(root, 'c.tgz');
    const metadata = { ...sketchChart('x', {}).metadata, name: '../../evil' };
    const files = names.map((name) => file(name));
    await chart({ files, metadata: metadata as Chart['metadata'] }, '-o', tgz);
    const entries = await unpackTar(gunzipSync(readFileSync(tgz)));
    expect(entries.map(({ header }) => header.name).sort()).toEqual([
      ...['chart/Chart.yaml', 'chart/ok', 'chart/values.yaml'],
    ]);
  });
});

describe('the folder', () => {
  it.each<[string, (path: string) => void]>([
    ['a folder that holds something', (path) => mkdirSync(join(path, 'x'), { recursive: true })],
    ['a file', (path) => writeFileSync(path, 'mine')],
    ['a link to a folder', (path) => symlinkSync(root, path)],
    ['a dangling link', (path) => symlinkSync(join(root, 'nowhere'), path)],
  ])('is not %s', async (_, make) => {
    const dir = join(root, 'there');
    make(dir);
    const before = [tree(root), readdirSync(root)];
    const { code, out, err } = await chart({}, '-d', dir);
    expect({ code, out }).toEqual({ code: 1, out: '' });
    expect(err).toContain('nothing is overwritten');
    rmSync(join(root, 'dump'), { recursive: true });
    expect([tree(root), readdirSync(root)]).toEqual(before);
  });

  it('may be there and empty', async () => {
    const dir = join(root, 'there');
    mkdirSync(dir);
    expect((await chart({}, '-d', dir)).code).toBe(0);
    expect(tree(dir)).toEqual(['Chart.yaml', 'values.yaml']);
  });

  it('an archive is not overwritten either', async () => {
    const tgz = join(root, 'c.tgz');
    writeFileSync(tgz, 'mine');
    const { code, err } = await chart({}, '-o', tgz);
    expect(code).toBe(1);
    expect(err).toContain('is there already, and nothing is overwritten');
    expect(readFileSync(tgz, 'utf8')).toBe('mine');
  });
});

describe('what is there', () => {
  it('ends with the command that renders it', async () => {
    const { code, out, err } = await chart(
      { templates: [file('templates/a.yaml', '{{ include "gone" . }}')] },
      ...['-d', join(root, 'c')],
    );
    expect({ code, err }).toEqual({ code: 0, err: '' });
    expect(out).toBe(`billing-1.2.3 of billing (pay), revision 1: 3 files in ROOT/c
Not in the record:
  comments, and the order of keys, in values.yaml
  comments in Chart.yaml
  what templates/a.yaml includes from a subchart: gone; it can't be rendered
Next: kubectl releases get values billing --storage dir:ROOT/dump --revision 1 | helm template billing ROOT/c -n pay -f -
`);
  });

  it('keeps Helm 2’s values as they were written, and its subcharts', async () => {
    const storage = await openDirectory(join(root, 'dump'), { create: true });
    const values = '# kept\non: 0777\n';
    const subcharts = [sketchChart('db', 'port: 1 # kept\n')];
    await storage.create(sketchRecord({ helm: 2, values, subcharts }));
    expect((await again('-d', join(root, 'c'))).code).toBe(0);
    expect(readFileSync(join(root, 'c', 'values.yaml'), 'utf8')).toBe(values);
    expect(readFileSync(join(root, 'c', 'charts/db/values.yaml'), 'utf8')).toBe('port: 1 # kept\n');
  });

  it.each([
    [[], 2, 'where to?'],
    [['-d', 'x', '-o', 'x.tgz'], 2, 'either -d DIR or -o FILE.tgz, not both'],
    [['-o', 'x.zip'], 2, 'is no FILE.tgz'],
    [['-d', 'x', '--revision', '9'], 1, 'has no revision 9'],
  ])('%j is refused', async (args, wanted, message) => {
    const { code, err } = await chart({}, ...args);
    expect(code).toBe(wanted);
    expect(err).toContain(message);
    expect(existsSync('x')).toBe(false);
  });

  it('says so where the record holds no chart', async () => {
    const { code, err } = await chart({ metadata: null }, '-d', join(root, 'c'));
    expect(code).toBe(1);
    expect(err).toContain('revision 1 holds no chart');
  });
});
