/**
 * The core in one go, short enough to be run on every API server there is (`npm run test:servers`): read,
 * watch, migrate with adoption, move, back up and put back, with real helms before and after.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { helmWords } from '../cluster/clients.ts';
import { wantedKubernetes } from '../cluster/recipes.mjs';
import { useClients, useCluster } from '../cluster/shared.ts';
import {
  helm2Record,
  managedBy,
  nameKey,
  install as put2,
  type Stored,
  stored,
  webObjects,
  writeChart,
} from './adopt-world.ts';
import { builtProgram, put } from './kubectl-program.ts';
import { watcher } from './watcher.ts';

const chart = fileURLToPath(new URL('../cluster/chart', import.meta.url));
const cluster = useCluster();
const kubeconfig = cluster.adminKubeconfig;
const { helms, run } = useClients();
const program = builtProgram(run, kubeconfig);

let folder = '';
let [apps, tiller] = ['', ''];

async function ours(...args: string[]) {
  const { code, stdout, stderr } = await program(args);
  return { code, stdout, stderr };
}

async function helm(word: (typeof helmWords)[number], ...args: string[]): Promise<string> {
  const { code, stdout, stderr } = await run(helms[word], [...args, '-n', apps], { kubeconfig });
  expect({ args, code, stderr: code === 0 ? '' : stderr }).toEqual({ args, code: 0, stderr: '' });
  return stdout;
}

async function records(kind: 'secrets' | 'configmaps'): Promise<string[]> {
  const path = `/api/v1/namespaces/${apps}/${kind}?labelSelector=owner=helm`;
  const list = (await cluster.must('GET', path)) as { items: { metadata: { name: string } }[] };
  return list.items.map(({ metadata }) => metadata.name).sort();
}

const appOf = (word: string) => word.replace('.', '-');

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'core-'));
  [apps, tiller] = [await cluster.namespace('apps'), await cluster.namespace('tiller')];
  for (const word of helmWords) {
    await helm(word, 'install', appOf(word), chart);
    await helm(word, 'upgrade', appOf(word), chart, '--set', 'greeting=bye');
  }
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

describe(`on Kubernetes ${wantedKubernetes()}`, () => {
  it('is that server', async () => {
    const { gitVersion } = (await cluster.must('GET', '/version')) as { gitVersion: string };
    expect(gitVersion).toBe(`v${wantedKubernetes()}`);
  });

  it.each(helmWords)('list, history, get and status beside the real %s', async (word) => {
    for (const args of [
      ['list', '-o', 'json'],
      ['history', appOf(word), '-o', 'json'],
      ['get', 'values', appOf(word), '-a', '-o', 'yaml'],
      ['get', 'manifest', appOf(word)],
      ['status', appOf(word), '--revision', '1', '-o', 'json'],
    ]) {
      const line = [...args, '-n', apps];
      const [theirs, own] = await Promise.all([
        run(helms[word], line, { kubeconfig }),
        ours(...line, '--compat', word),
      ]);
      expect([line, own.code, own.stdout]).toEqual([line, theirs.code, theirs.stdout]);
    }
    const tree = await ours('tree', appOf(word), '-n', apps);
    expect([tree.code, /1 object: 1 live/.test(tree.stdout)]).toEqual([0, true]);
  });

  it('list --watch sees an upgrade, as it comes', async () => {
    const view = watcher(['list', '-n', apps, '--watch', '--filter', 'helm3-8'], kubeconfig);
    await view.says(/^\S+ +helm3-8 .* 2 /m);
    await helm('helm3.8', 'upgrade', 'helm3-8', chart, '--set', 'greeting=again');
    await view.says(/^\S+ +helm3-8 .* 3 /m);
    expect(await view.interrupt()).toBe(130);
  });

  it('migrate2to3 adopts the live objects, and each helm goes on', async () => {
    const names = helmWords.map((word) => `old-${appOf(word)}`);
    for (const name of names) {
      await put2(cluster, apps, webObjects(name));
      await put(cluster, helm2Record(tiller, webObjects(name), { name, namespace: apps }));
    }
    const moved = await ours('migrate2to3', '--all', '-t', tiller, '--yes');
    expect([moved.code, moved.stderr]).toEqual([0, '']);
    expect(moved.stdout).toContain(
      'Done: 4 releases, 4 records created, read back and equal, 16 live objects adopted',
    );
    for (const [i, word] of helmWords.entries()) {
      const name = names[i] ?? '';
      const [config] = webObjects(name);
      const live = config && (await stored(cluster, apps, config));
      expect(live?.metadata.annotations).toMatchObject({ [nameKey]: name });
      expect(live?.metadata.labels).toMatchObject({ [managedBy]: 'Helm' });
      expect(colourOf(live)).toBe('red');
      const newer = writeChart(join(folder, name), webObjects(name));
      await helm(word, 'upgrade', name, newer);
      await helm(word, 'uninstall', name);
      expect(config && (await stored(cluster, apps, config))).toBeUndefined();
    }
  });

  it('relocate moves to ConfigMaps, to a folder and back, and each helm goes on', async () => {
    const before = await records('secrets');
    expect(before.length).toBe(9);
    const at = ['-n', apps, '--all', '--yes', '--delete-source'];
    const places = [`secret:${apps}`, `configmap:${apps}`, `dir:${join(folder, 'dump')}`];
    for (const [from, to] of [
      [places[0], places[1]],
      [places[1], places[2]],
      [places[2], places[0]],
    ]) {
      const moved = await ours('relocate', '--from', `${from}`, '--to', `${to}`, ...at);
      expect([from, moved.code, moved.stderr]).toEqual([from, 0, '']);
    }
    expect(await records('configmaps')).toEqual([]);
    expect(await records('secrets')).toEqual(before);
    for (const word of helmWords) await helm(word, 'rollback', appOf(word), '1');
  });

  it('backup and restore bring back what was lost, and each helm goes on', async () => {
    const archive = join(folder, 'all.zip');
    const kept = await ours('backup', '--all', '-n', apps, archive);
    expect([kept.code, kept.stderr]).toEqual([0, '']);
    const before = await records('secrets');
    await cluster.must('DELETE', `/api/v1/namespaces/${apps}/secrets?labelSelector=owner=helm`);
    expect((await ours('list', '-n', apps, '-q')).stdout).toBe('');
    const back = await ours('restore', '--all', archive, '--yes');
    expect([back.code, back.stderr]).toEqual([0, '']);
    expect(await records('secrets')).toEqual(before);
    for (const word of helmWords) await helm(word, 'uninstall', appOf(word));
    expect(await records('secrets')).toEqual([]);
  });
});

function colourOf(live: Stored | undefined): unknown {
  return (live?.['data'] as { readonly colour?: unknown } | undefined)?.colour;
}
