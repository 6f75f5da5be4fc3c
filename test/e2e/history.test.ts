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
    const cells = (text: string) =>
      text
        .trim()
        .split('\n')
        .map((line) => line.trim().split(/\s*\t\s*| {2,}(?=\S)/));
    // A day of one digit is padded, so times are compared apart from the cells' own padding.
    expect(cells(ours.stdout)).toEqual(cells(await ok(helm, args)));
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
    expect(rows[1]).toMatch(/^2 +- +unreadable +- +- +\w/);
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
});
