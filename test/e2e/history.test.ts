/** `history` on a real API server: what helm says, with what helm leaves out. */

import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { useClients, useCluster } from '../cluster/shared.ts';
import { broken, sketchRecord } from '../unit/cli-records.ts';
import { writeChart } from './kubectl-chart.ts';
import { builtProgram, put } from './kubectl-program.ts';

const cluster = useCluster();
const { helm3, helm4, run } = useClients();
const releases = builtProgram(run, cluster.adminKubeconfig);
const kubeconfig = cluster.adminKubeconfig;

let folder: string;
let chart: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'history-chart-'));
  chart = writeChart(folder);
});
afterAll(() => rmSync(folder, { recursive: true }));

async function ok(program: string, args: readonly string[]): Promise<string> {
  const result = await run(program, args, { kubeconfig });
  expect(result, `${args.join(' ')}: ${result.stderr}`).toMatchObject({ code: 0 });
  return result.stdout;
}

describe.each([
  { name: 'helm 3', helm: helm3 },
  { name: 'helm 4', helm: helm4 },
])('beside $name', ({ helm }) => {
  it('has the same rows and the same data', async () => {
    const at = ['-n', await cluster.namespace('history')];
    await ok(helm, ['install', 'billing', chart, ...at]);
    await ok(helm, ['upgrade', 'billing', chart, ...at]);
    await ok(helm, ['rollback', 'billing', '1', ...at]);
    const args = ['history', 'billing', ...at];
    const ours = await releases(args);
    expect(ours).toMatchObject({ code: 0, stderr: '' });
    // Of a month's first nine days helm's own form has two blanks inside: `Dec  1`.
    const cells = (text: string) =>
      text
        .replace(/\b([A-Z][a-z]{2}) {2}(?=\d )/g, '$1 ')
        .trim()
        .split('\n')
        .map((line) => line.trim().split(/\s*\t\s*| {2,}(?=\S)/));
    // UPDATED has its own form there, and AGE is beside it; the times are compared in the data below.
    const [mine, theirs] = [cells(ours.stdout), cells(await ok(helm, args))];
    expect(mine.map((row) => row.toSpliced(1, 2))).toEqual(
      theirs.map((row) => row.toSpliced(1, 1)),
    );
    expect(mine[0]?.slice(1, 3)).toEqual(['UPDATED', 'AGE']);
    for (const row of mine.slice(1))
      expect(row[1]).toMatch(/^\d{4}-\d\d-\d\d [\d:]{8} (UTC|[+-]\d{4})$/);
    for (const max of ['256', '2', '1'])
      expect(
        JSON.parse((await releases([...args, '--max', max, '-o', 'json'])).stdout),
      ).toMatchObject(JSON.parse(await ok(helm, [...args, '--max', max, '-o', 'json'])));
  });
});

describe('a release in several places', () => {
  it('is helm’s own first, with a note about the one in Tiller', async () => {
    const [namespace, tiller] = [
      await cluster.namespace('both'),
      await cluster.namespace('tiller'),
    ];
    await put(
      cluster,
      sketchRecord({ namespace, revision: 4 }),
      sketchRecord({ helm: 2, namespace, revision: 4 }, { namespace: tiller }),
    );
    const args = ['history', 'billing', '-n', namespace, '-t', tiller];
    const both = await releases(args);
    expect(both).toMatchObject({ code: 0, stdout: expect.stringContaining(' deployed ') });
    expect(both.stderr).toBe(
      `note: this is Helm 3/4 in secret; billing is also Helm 2 in configmap:${tiller} (--helm 2)\n`,
    );
    const old = await releases([...args, '--helm', '2']);
    expect(old).toMatchObject({
      code: 0,
      stderr: '',
      stdout: expect.stringContaining(' DEPLOYED '),
    });
  });
});

describe('a bad revision', () => {
  it('is a row with its reason among the others', async () => {
    const namespace = await cluster.namespace('bad');
    await put(
      cluster,
      sketchRecord({ namespace, revision: 1 }),
      broken(sketchRecord({ namespace, revision: 2 })),
      sketchRecord({ namespace, revision: 3 }),
    );
    const { code, stdout, stderr } = await releases(['history', 'billing', '-n', namespace]);
    expect(code).toBe(3);
    const rows = stdout.trim().split('\n').slice(1);
    expect(rows.map((row) => row.split(/ {2,}/).slice(0, 1))).toEqual([['1'], ['2'], ['3']]);
    expect(rows[1]).toMatch(/^2 +- +- +unreadable +- +- +\w/);
    expect(stderr).toMatch(/^1 record can't be read: secret /);
  });
});

describe('a release that is not there', () => {
  it('is one error that says where was looked and what may be meant', async () => {
    const namespace = await cluster.namespace('none');
    await put(cluster, sketchRecord({ namespace }));
    const { code, stdout, stderr } = await releases(['history', 'biling', '-n', namespace]);
    expect({ code, stdout }).toEqual({ code: 1, stdout: '' });
    expect(stderr).toBe(
      [
        'error: there is no release biling',
        `  looked in secret:${namespace}, configmap:${namespace}, configmap:kube-system (Helm 2), secret:kube-system (Helm 2)`,
        '  did you mean billing?',
        '  try: kubectl releases list -A',
        '',
      ].join('\n'),
    );
  });

  it('is found in another namespace, as far as one may look', async () => {
    const [here, pay, web] = [
      await cluster.namespace('here'),
      await cluster.namespace('pay'),
      await cluster.namespace('web'),
    ];
    const name = `lost-${here}`;
    await put(
      cluster,
      sketchRecord({ name, namespace: pay }),
      sketchRecord({ name, namespace: web }, { kind: 'ConfigMap' }),
    );
    const places = [
      `  ${name} is in namespace ${pay} (Helm 3/4, secret)`,
      `  ${name} is in namespace ${web} (Helm 3/4, configmap)`,
      `  try: -n ${pay}`,
      `  try: -n ${web}`,
    ];
    const found = await releases(['get', 'values', name, '-n', here]);
    expect(found.code).toBe(1);
    expect(found.stderr.split('\n').slice(2, -1).sort()).toEqual(places.sort());
    const typo = await releases(['history', name, '-n', `${here}x`]);
    expect(typo.stderr).toContain(`\n  there is no namespace ${here}x\n`);
    expect(typo.stderr).toContain(places[0]);
    // Who may look here alone learns no more than before.
    const user = `reader-${here}`;
    const rule = { resources: ['secrets', 'configmaps'], verbs: ['get', 'list'] };
    await cluster.allow(user, [rule], here);
    const kubeconfig = cluster.kubeconfigFor(user, [], here);
    const bound = await releases(['get', 'values', name, '--helm', '3'], { kubeconfig });
    expect(bound).toMatchObject({ code: 1, stdout: '' });
    expect(bound.stderr).toBe(
      `error: there is no release ${name}\n  looked in secret:${here}, configmap:${here}\n  try: kubectl releases list -A\n`,
    );
  });

  it('leaves a list empty, which is said', async () => {
    const empty = await cluster.namespace('empty');
    const list = (namespace: string) =>
      releases(['list', '-n', namespace, '--helm', '3']).then(({ stderr }) => stderr);
    expect(await list(empty)).toBe(
      `No releases found in namespace ${empty}. -A looks in all namespaces.\n`,
    );
    expect(await list(`${empty}x`)).toBe(
      `No releases found in namespace ${empty}x: there is no such namespace.\n`,
    );
  });
});
