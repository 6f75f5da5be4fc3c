/** A long plan shows what needs a look; what is typed from habit says what does it. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ReleasesError } from '../../src/errors.ts';
import { note, reportError } from '../../src/output/terminal/errors.ts';
import { openDirectory } from '../../src/storage/directory.ts';
import { captureIO, runCli } from './cli-io.ts';
import { sketchRecord } from './cli-records.ts';

let dir = '';
beforeAll(async () => {
  dir = mkdtempSync(join(tmpdir(), 'releases-screens-'));
  const from = await openDirectory(join(dir, 'from'), { create: true });
  for (let at = 1; at <= 30; at++) await from.create(sketchRecord({ name: `app-${at}` }));
  const to = await openDirectory(join(dir, 'to'), { create: true });
  await to.create(sketchRecord({ name: 'app-7', notes: 'another' }));
});
afterAll(() => rmSync(dir, { recursive: true }));

const copy = (...more: string[]) =>
  runCli(['copy', '--all', '--from', `dir:${dir}/from`, '--to', `dir:${dir}/to`, ...more]);

describe('a plan of many releases', () => {
  it('shows those that need a look, and counts the others', async () => {
    const { code, out } = await copy('--dry-run');
    expect(code, out).toBe(3);
    const rows = out.split('\n').filter((line) => /^app-\d/.test(line));
    expect(rows).toHaveLength(1);
    expect(rows[0]).toMatch(/^app-7 +\S+ +1 +refused /);
    expect(out).toContain('\n29 ready · 1 refused; --check lists them all\n');
    expect(out).toContain('Would create 29 records of 29 releases; sources are kept.\n');
  });

  it('is whole under --check and as data', async () => {
    const all = await copy('--check');
    expect(all.out.split('\n').filter((line) => /^app-\d+ +\S+ +1 /.test(line))).toHaveLength(30);
    const data = await copy('--dry-run', '-o', 'json');
    expect(JSON.parse(data.out).releases).toHaveLength(30);
  });

  it('of a few is shown as it is', async () => {
    const few = ['app-1', 'app-2'];
    const { out } = await runCli([
      'copy',
      ...few,
      '--from',
      `dir:${dir}/from`,
      '--to',
      `dir:${dir}/to`,
      '--dry-run',
    ]);
    for (const name of few) expect(out).toMatch(new RegExp(`^${name} .* ready$`, 'm'));
  });
});

describe('a flag that is another command’s', () => {
  it.each([
    ['restore all.zip --to-namespace pay', 'copy RELEASE --from FILE --to secret --to-namespace'],
    ['restore all.zip --map-namespace=a=b', 'copy -A --from FILE'],
    ['copy web --to secret --create-namespace', 'kubectl create namespace NAME'],
    ['mv web --to secret --create-namespace', 'kubectl create namespace NAME'],
    ['migrate2to3 web --create-namespace', 'kubectl create namespace NAME'],
  ])('%s', async (line, hint) => {
    const { code, err } = await runCli(line.split(' '));
    expect(code).toBe(2);
    expect(err).toContain(`try: ${hint}`);
  });
});

describe('a word from habit', () => {
  it.each([
    ['move web', 'kubectl releases relocate NAME --delete-source'],
    ['rename web shop', 'kubectl releases relocate NAME --to-name NEW'],
    ['rollback web 3', 'helm rollback NAME REVISION'],
    ['uninstall web', 'helm uninstall NAME'],
  ])('%s', async (line, hint) => {
    const { code, err } = await runCli(line.split(' '));
    expect(code).toBe(2);
    expect(err).toContain(`try: ${hint}`);
  });
});

describe('on a terminal', () => {
  const coloured = () => {
    const io = captureIO();
    return { ...io, stderr: { ...io.stderr, isTTY: true, colour: true } };
  };

  it('error: and note: are coloured, and nothing else', () => {
    const io = coloured();
    reportError(new ReleasesError('USAGE', 'no', { why: ['because'], hints: ['this'] }), io);
    note(io, 'so');
    expect(io.err()).toBe(
      '\u001b[31merror:\u001b[39m no\n  because\n  try: this\n\u001b[33mnote:\u001b[39m so\n',
    );
  });
});
