/** `decode` and `encode` between real kubectl and real helm. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { useClients, useCluster } from '../cluster/shared.ts';
import { writeChart } from './kubectl-chart.ts';
import { builtProgram } from './kubectl-program.ts';

const cluster = useCluster();
const { helm3, helm4, kubectl, run } = useClients();
const kubeconfig = cluster.adminKubeconfig;
const releases = builtProgram(run, kubeconfig);

let folder: string;
let chart: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'decode-chart-'));
  chart = writeChart(folder);
});
afterAll(() => rmSync(folder, { recursive: true }));

async function ok(program: string, args: readonly string[], input = ''): Promise<string> {
  const result = await run(program, args, { kubeconfig, input });
  expect(result, `${args.join(' ')}: ${result.stderr}`).toMatchObject({ code: 0 });
  return result.stdout;
}

async function ours(args: readonly string[], input: string): Promise<string> {
  const result = await releases(args, { input });
  expect(result, result.stderr).toMatchObject({ code: 0 });
  return result.stdout;
}

describe.each([
  { name: 'helm 3', helm: helm3 },
  { name: 'helm 4', helm: helm4 },
])('what $name stored', ({ helm }) => {
  it('can be changed through kubectl, and helm reads it', async () => {
    const at = ['-n', await cluster.namespace('decode')];
    await ok(helm, ['install', 'billing', chart, ...at]);
    const secret = ['get', 'secret', 'sh.helm.release.v1.billing.v1', ...at];
    const before = await ok(helm, ['get', 'all', 'billing', ...at]);
    const document = await ours(['decode'], await ok(kubectl, [...secret, '-o', 'yaml']));
    // Unchanged, it is the same record.
    await ok(kubectl, ['replace', '-f', '-', ...at], await ours(['encode'], document));
    expect(await ok(helm, ['get', 'all', 'billing', ...at])).toBe(before);
    const release = parse(document).release;
    expect(release).toMatchObject({ name: 'billing', revision: 1, info: { status: 'deployed' } });
    const changed = document.replace(/^( +notes:).*\n(?: {6}.*\n)*/m, '$1 mended by hand\n');
    expect(changed).not.toBe(document);
    await ok(kubectl, ['replace', '-f', '-', ...at], await ours(['encode', '-'], changed));
    expect(await ok(helm, ['get', 'notes', 'billing', ...at])).toContain('mended by hand');
    await ok(helm, ['upgrade', 'billing', chart, ...at]);
    await ok(helm, ['rollback', 'billing', '1', ...at]);
  });

  it('comes in every form that kubectl prints it in', async () => {
    const at = ['-n', await cluster.namespace('decode')];
    await ok(helm, ['install', 'billing', chart, ...at]);
    await ok(helm, ['upgrade', 'billing', chart, ...at]);
    const secret = ['get', 'secret', 'sh.helm.release.v1.billing.v1', ...at, '-o'];
    const plain = await ok(kubectl, [...secret, 'jsonpath={.data.release}']);
    const inputs = [
      await ok(kubectl, [...secret, 'yaml']),
      await ok(kubectl, [...secret, 'json']),
      plain,
      Buffer.from(plain, 'base64').toString(),
      await ok(kubectl, [...secret, 'go-template={{.data.release | base64decode}}']),
    ];
    for (const input of inputs)
      expect(parse(await ours(['decode'], input)).release).toMatchObject({ revision: 1 });
    const list = await ok(kubectl, ['get', 'secret', '-l', 'owner=helm', ...at, '-o', 'yaml']);
    const all = JSON.parse(await ours(['decode', '-o', 'json'], list)) as {
      release: { revision: number };
    }[];
    expect(all.map(({ release }) => release.revision)).toEqual([1, 2]);
  });
});
