/** `get` prints what the real helm 3 and helm 4 print of the same revision. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { useClients, useCluster } from '../cluster/shared.ts';
import { broken, sketchRecord } from '../unit/cli-records.ts';
import { writeChart } from './kubectl-chart.ts';
import { builtProgram, put } from './kubectl-program.ts';

const cluster = useCluster();
const { helm3, helm4, run } = useClients();
const releases = builtProgram(run, cluster.adminKubeconfig);

let folder: string;
let chart: string;

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'get-chart-'));
  chart = writeChart(folder);
});
afterAll(() => rmSync(folder, { recursive: true }));

async function ok(program: string, args: readonly string[]): Promise<string> {
  const result = await run(program, args, { kubeconfig: cluster.adminKubeconfig });
  expect(result, `${args.join(' ')}: ${result.stderr}`).toMatchObject({ code: 0 });
  return result.stdout;
}

async function ours(...args: string[]): Promise<string> {
  const result = await releases(args);
  expect(result).toMatchObject({ code: 0, stderr: '' });
  return result.stdout;
}

/** Values that YAML readers love to misread, and the rules of merging. */
const values = `greeting: "yes"
replicas: null
list: [1, null, "0777", 2.50]
table:
  dropped: null
  more: { a: "22:22", b: [] , c: {} }
  "1": one
odd: "~"
date: "2001-01-01"
exp: "1e3"
long: ${'many words '.repeat(20)}
trail: "trailing "
lines: "first\\n  second\\n"
colon: "a: b"
hash: "a #b"
html: "<&>"
big: 123456789012345
neg: -0.5
`;

describe.each([
  { name: 'helm 3', helm: helm3 },
  { name: 'helm 4', helm: helm4 },
])('beside $name', ({ helm }) => {
  let at: string[];
  beforeAll(async () => {
    const namespace = await cluster.namespace('get');
    at = ['-n', namespace];
    writeFileSync(join(folder, 'odd.yaml'), values);
    await ok(helm, ['install', 'billing', chart, ...at]);
    await ok(helm, ['upgrade', 'billing', chart, ...at, '-f', join(folder, 'odd.yaml')]);
    await ok(helm, ['test', 'billing', ...at]).catch(() => '');
  }, 60_000);

  it.each([
    { what: 'manifest', more: [] },
    { what: 'hooks', more: [] },
    { what: 'notes', more: [] },
    { what: 'manifest', more: ['--revision', '1'] },
    { what: 'values', more: ['-o', 'json'] },
    { what: 'values', more: ['-o', 'json', '--revision', '1'] },
    { what: 'values', more: ['-o', 'yaml', '--revision', '1'] },
    { what: 'values', more: ['-o', 'yaml', '--all', '--revision', '1'] },
  ])('$what $more is the same to the byte', async ({ what, more }) => {
    const args = ['get', what, 'billing', ...at, ...more];
    const theirs = await ok(helm, args);
    expect(await ours(...args)).toBe(theirs);
    expect(theirs.length).toBeGreaterThan(4);
  });

  it.each([[], ['--all'], ['--all', '--revision', '1']])(
    'values %j are the same values',
    async (...more) => {
      const args = ['get', 'values', 'billing', ...at, ...more];
      const theirs = await ok(helm, [...args, '-o', 'json']);
      expect(JSON.parse(await ours(...args, '-o', 'json'))).toEqual(JSON.parse(theirs));
      expect(parse(await ours(...args))).toEqual(JSON.parse(theirs));
    },
  );

  it('values go back into helm as they were', async () => {
    const file = join(folder, 'again.yaml');
    writeFileSync(file, await ours('get', 'values', 'billing', ...at));
    await ok(helm, ['install', 'again', chart, ...at, '-f', file]);
    const [first, again] = await Promise.all(
      ['billing', 'again'].map((name) => ok(helm, ['get', 'values', name, ...at, '-o', 'json'])),
    );
    expect(again).toBe(first);
  });

  it('all says what helm says, line by line', async () => {
    const args = ['get', 'all', 'billing', ...at, '--revision', '1'];
    const [theirs, mine] = [await ok(helm, args), await ours(...args)];
    // Of helm 4's lines, helm 3 hasn't the description, and 3.8 not the chart's name and versions.
    const missing = ['CHART', 'VERSION', 'APP_VERSION', 'DESCRIPTION'].filter(
      (line) => !theirs.includes(`\n${line}: `),
    );
    const wanted = missing.reduce(
      (text, line) => text.replace(new RegExp(`\n${line}: .*`), ''),
      mine,
    );
    expect(wanted).toBe(theirs);
  });
});

describe('metadata', () => {
  it('is what helm 4 says', async () => {
    const namespace = await cluster.namespace('get');
    await ok(helm4, ['install', 'billing', chart, '-n', namespace]);
    const args = ['get', 'metadata', 'billing', '-n', namespace];
    const theirs = JSON.parse(await ok(helm4, [...args, '-o', 'json']));
    expect(JSON.parse(await ours(...args, '-o', 'json'))).toEqual(theirs);
    expect(parse(await ours(...args, '-o', 'yaml'))).toEqual(theirs);
    expect(await ours(...args)).toBe(await ok(helm4, args));
  });
});

describe('what can not be got', () => {
  it('is one error; other revisions are not touched by it', async () => {
    const namespace = await cluster.namespace('get');
    const config = { password: 'hunter2' };
    await put(
      cluster,
      sketchRecord({ namespace, config }),
      broken(sketchRecord({ namespace, config, revision: 2 })),
    );
    const at = ['-n', namespace, '--helm', '3'];
    const bad = await releases(['get', 'values', 'billing', ...at]);
    expect(bad).toMatchObject({ code: 1, stdout: '' });
    expect(bad.stderr).toMatch(
      /^error: revision 2 of billing can't be read\n {2}secret .*\n {2}try: /,
    );
    expect(bad.stderr).not.toContain('hunter2');
    expect(await ours('get', 'values', 'billing', ...at, '--revision', '1')).toBe(
      'password: hunter2\n',
    );
    const none = await releases(['get', 'manifest', 'billing', ...at, '--revision', '9']);
    expect(none).toMatchObject({ code: 1, stdout: '' });
    expect(none.stderr).toContain('has no revision 9\n  there are: 1-2\n');
  });
});
