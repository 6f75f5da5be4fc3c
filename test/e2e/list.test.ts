/** `list` on a real API server, beside the real helm 3 and helm 4. */

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

let folder: string;
let pay: string;
let web: string;
let tiller: string;
const updated = '2019-05-02T09:11:40.000000001Z';

async function ok(helm: string, args: readonly string[], env: { [name: string]: string } = {}) {
  const result = await run(helm, args, { kubeconfig: cluster.adminKubeconfig, env });
  expect(result, `${args.join(' ')}: ${result.stderr}`).toMatchObject({ code: 0 });
  return result.stdout;
}

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'list-chart-'));
  const chart = writeChart(folder);
  [pay, web, tiller] = [
    await cluster.namespace('pay'),
    await cluster.namespace('web'),
    await cluster.namespace('tiller'),
  ];
  await ok(helm3, ['install', 'billing', chart, '-n', pay]);
  await ok(helm3, ['upgrade', 'billing', chart, '-n', pay, '--set', 'greeting=hi']);
  await ok(helm4, ['install', 'search', chart, '-n', pay]);
  await ok(helm4, ['install', 'search', chart, '-n', web]);
  await ok(helm3, ['install', 'mapped', chart, '-n', pay], { HELM_DRIVER: 'configmap' });
  await put(
    cluster,
    ...[7, 8].map((revision) =>
      sketchRecord(
        { helm: 2, name: 'legacy', namespace: pay, revision, status: 'superseded', updated },
        { namespace: tiller },
      ),
    ),
    sketchRecord(
      { helm: 2, name: 'legacy', namespace: pay, revision: 9, updated },
      { namespace: tiller },
    ),
    sketchRecord(
      { helm: 2, name: 'kept', namespace: web, status: 'uninstalled', updated },
      { kind: 'Secret', namespace: tiller },
    ),
  );
}, 120_000);
afterAll(() => rmSync(folder, { recursive: true }));

interface Row {
  readonly [field: string]: unknown;
}
async function list(args: readonly string[], env: { [name: string]: string } = {}): Promise<Row[]> {
  const at = args.includes('--storage') ? [] : ['-t', tiller];
  // Rows with what only templates see: which Helm wrote them, and where they lie.
  const result = await releases(['list', '-o', 'jsonpath={.items}', ...at, ...args], { env });
  expect(result).toMatchObject({ code: 0, stderr: '' });
  return JSON.parse(result.stdout);
}
const brief = (rows: readonly Row[]) =>
  rows.map(({ name, revision, status, helm, storage }) => [name, revision, status, helm, storage]);

describe('a namespace', () => {
  it('shows Helm 2, 3 and 4, from Secrets and ConfigMaps, side by side', async () => {
    expect(brief(await list(['-n', pay]))).toEqual([
      ['billing', '2', 'deployed', 3, 'secret'],
      ['legacy', '9', 'DEPLOYED', 2, `configmap:${tiller}`],
      ['mapped', '1', 'deployed', 3, 'configmap'],
      ['search', '1', 'deployed', 4, 'secret'],
    ]);
    expect(brief(await list(['-n', web]))).toEqual([
      ['kept', '1', 'DELETED', 2, `secret:${tiller}`],
      ['search', '1', 'deployed', 4, 'secret'],
    ]);
  });

  it('says of every release exactly what helm says of it', async () => {
    const ours = (await list(['-n', pay])).filter((row) => row.helm !== 2);
    const helms = [
      ...JSON.parse(await ok(helm4, ['list', '-n', pay, '-o', 'json'])),
      ...JSON.parse(
        await ok(helm3, ['list', '-n', pay, '-o', 'json'], { HELM_DRIVER: 'configmap' }),
      ),
    ];
    expect(helms).toHaveLength(3);
    for (const row of helms) expect(ours.find(({ name }) => name === row.name)).toMatchObject(row);
  });

  it('comes from the context, HELM_NAMESPACE or -n, in rising order', async () => {
    const kubeconfig = cluster.kubeconfigFor('someone', ['system:masters'], web);
    const names = async (args: readonly string[], env = {}) => {
      const { stdout } = await releases(['list', '-q', '--helm', '3', ...args], {
        kubeconfig,
        env,
      });
      return stdout.trim().split('\n');
    };
    expect(await names([])).toEqual(['search']);
    expect(await names([], { HELM_NAMESPACE: pay })).toEqual(['billing', 'mapped', 'search']);
    expect(await names(['-n', web], { HELM_NAMESPACE: pay })).toEqual(['search']);
  });
});

describe('all namespaces', () => {
  it('finds Helm 2’s records wherever a Tiller left them', async () => {
    const result = await releases(['list', '-A', '-o', 'json']);
    const rows: Row[] = JSON.parse(result.stdout);
    for (const [name, namespace] of [
      ...[
        ['billing', pay],
        ['legacy', pay],
        ['mapped', pay],
        ['search', pay],
      ],
      ...[
        ['search', web],
        ['kept', web],
      ],
    ])
      expect(rows.filter((row) => row.name === name && row.namespace === namespace)).toHaveLength(
        1,
      );
    const names = rows.map((row) => String(row.name));
    expect(names).toEqual([...names].sort());
  });
});

describe('where to look', () => {
  it('is what HELM_DRIVER and the options say', async () => {
    const type = '--helm-release-storage-type';
    expect(brief(await list(['-n', pay, '--helm', '3', type, 'configmap']))).toEqual([
      ['mapped', '1', 'deployed', 3, 'configmap'],
    ]);
    expect(await list(['-n', web, '--helm', '3'], { HELM_DRIVER: 'configmaps' })).toHaveLength(1);
    expect(
      brief(await list(['-n', web, '--helm', '2', '--helm2-release-storage-type=configmap'])),
    ).toEqual([]);
    expect(await list(['-n', pay, '--helm', '2'], { TILLER_NAMESPACE: web })).toHaveLength(1);
  });

  it('can be a storage namespace that is not the releases’ own', async () => {
    const store = await cluster.namespace('store');
    await put(
      cluster,
      sketchRecord({ name: 'apart', namespace: pay }, { namespace: store }),
      sketchRecord({ name: 'other', namespace: web }, { namespace: store }),
    );
    const at = ['--helm-release-storage-namespace', store, '--helm', '3'];
    expect(brief(await list(['-n', pay, ...at]))).toEqual([
      ['apart', '1', 'deployed', 3, `secret:${store}`],
    ]);
    expect(await list(['-A', ...at])).toHaveLength(2);
  });

  it('can be addresses, and then nothing else', async () => {
    expect(brief(await list(['--storage', `configmap:${tiller}`]))).toEqual([
      ['legacy', '9', 'DEPLOYED', 2, `configmap:${tiller}`],
    ]);
    expect(
      brief(await list(['--storage', `secret:${tiller}`, '--storage', 'configmap', '-n', pay])),
    ).toEqual([['mapped', '1', 'deployed', 3, 'configmap']]);
  });
});

describe('requests', () => {
  it('are a few lists, no writes, and no payload of a superseded revision', async () => {
    const user = `auditor-of-${pay}`;
    const kubeconfig = cluster.kubeconfigFor(user, ['system:masters']);
    const mark = await cluster.auditMark();
    const result = await releases(['list', '-n', pay, '-t', tiller, '-q'], { kubeconfig });
    expect(result.stdout.trim().split('\n')).toHaveLength(4);
    expect(await cluster.auditCounts(mark, { user })).toEqual({ list: 8 });
  });
});

describe('what can not be read', () => {
  it('is a row, a line on stderr and exit code 3; its neighbours stay', async () => {
    const namespace = await cluster.namespace('bad');
    const later = {
      ...sketchRecord({ name: 'later', namespace }),
      ...{ key: 'sh.helm.release.v2.later.v1', type: 'helm.sh/release.v2' },
    };
    await put(
      cluster,
      sketchRecord({ name: 'good', namespace }),
      sketchRecord({ name: 'half', namespace, revision: 3, config: { password: 'hunter2' } }),
      broken(
        sketchRecord({ name: 'half', namespace, revision: 4, config: { password: 'hunter2' } }),
      ),
      later,
    );
    const { code, stdout, stderr } = await releases(['list', '-n', namespace, '--helm', '3']);
    expect(code).toBe(3);
    const rows = stdout.split('\n').map((line) => line.split(/ {2,}/));
    expect(rows[1]?.slice(0, 3)).toEqual(['good', namespace, '1']);
    expect(rows[2]).toEqual(['half', namespace, '4', '-', '-', 'unreadable', '-', '-']);
    expect(rows[3]?.[5]).toBe('unreadable');
    expect(stderr).toMatch(/^2 records can't be read:\n/);
    expect(stderr).toContain(`secret ${namespace}/sh.helm.release.v1.half.v4: `);
    expect(stderr).toContain('helm.sh/release.v2, is newer than this program');
    expect(stdout + stderr).not.toContain('hunter2');
  });
});

describe('permission', () => {
  it('only for the namespace’s Secrets is enough; what is left out is said', async () => {
    const user = `reader-of-${pay}`;
    await cluster.allow(user, [{ resources: ['secrets'], verbs: ['get', 'list'] }], pay);
    const kubeconfig = cluster.kubeconfigFor(user, [], pay);
    const { code, stdout, stderr } = await releases(['list', '-q'], { kubeconfig });
    expect({ code, stdout }).toEqual({ code: 0, stdout: 'billing\nsearch\n' });
    expect(stderr).toBe(
      `note: no permission to look into configmap:${pay}, configmap:kube-system (Helm 2), secret:kube-system (Helm 2); --storage or --helm chooses where to look; HELM_RELEASES_HELM=3 leaves Helm 2 out\n`,
    );
  });

  it('for nothing is one error', async () => {
    const user = `nobody-of-${pay}`;
    const kubeconfig = cluster.kubeconfigFor(user, [], pay);
    const here = await releases(['list'], { kubeconfig });
    expect(here).toMatchObject({ code: 1, stdout: '' });
    expect(here.stderr).toMatch(
      new RegExp(
        `^error: no permission to list secrets .*${pay}.*\\(as ${user}\\)\n  the API server said: `,
      ),
    );
    const everywhere = await releases(['list', '-A'], { kubeconfig });
    expect(everywhere).toMatchObject({ code: 1, stdout: '' });
    expect(everywhere.stderr).toMatch(/\n {2}try: -n NAMESPACE/);
  });
});
