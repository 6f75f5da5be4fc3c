/** `list --watch` and `history --watch` beside the real helm: each change as it happens. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { ReleaseRecord } from '../../src/record.ts';
import { objectOf } from '../../src/storage/objects.ts';
import { useClients, useCluster } from '../cluster/shared.ts';
import { broken, sketchChart, sketchRecord } from '../unit/cli-records.ts';
import { writeChart } from './kubectl-chart.ts';
import { put } from './kubectl-program.ts';
import { type Watcher, watcher } from './watcher.ts';

const cluster = useCluster();
const { helm3, helm4, run } = useClients();
const kubeconfig = cluster.adminKubeconfig;
const watch = (...args: readonly string[]) => watcher([...args, '--watch'], kubeconfig);

let folder: string;
let chart: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'watch-chart-'));
  chart = writeChart(folder);
});
afterAll(() => rmSync(folder, { recursive: true }));

async function ok(program: string, args: readonly string[]): Promise<void> {
  const result = await run(program, args, { kubeconfig });
  expect(result, `${args.join(' ')}: ${result.stderr}`).toMatchObject({ code: 0 });
}

const urlOf = ({ namespace, kind, key }: ReleaseRecord) =>
  `/api/v1/namespaces/${namespace}/${kind.toLowerCase()}s/${key}`;
const replace = (record: ReleaseRecord) => cluster.must('PUT', urlOf(record), objectOf(record));
const remove = (record: ReleaseRecord) => cluster.must('DELETE', urlOf(record));

/** The cells that tell what happened. */
type Cells = (line: string) => string;
const inList: Cells = (line) => {
  const [, name, , revision, , , status] = line.split(/ {2,}/);
  return `${name} ${revision} ${status}`;
};
const inHistory: Cells = (line) => {
  const [, revision, , , status] = line.split(/ {2,}/);
  return `${revision} ${status}`;
};

/**
 * Reads on to the last of these lines. Each must be in its order, but a state that Helm left before it
 * was read may be missing: what ends with `!` may not.
 */
async function tells(view: Watcher, cells: Cells, ...expected: readonly string[]): Promise<void> {
  const left = [...expected];
  while (left.length > 0) {
    const [line = ''] = await view.next(1);
    const told = cells(line);
    const at = left.findIndex((one) => one.replace(/!$/, '') === told);
    expect(at, `${told}, where ${left.join(', ')} was to come`).toBeGreaterThanOrEqual(0);
    const missed = left.splice(0, at + 1).slice(0, -1);
    expect(missed.filter((one) => one.endsWith('!'))).toEqual([]);
  }
}

describe.each([
  { name: 'helm 3', helm: helm3 },
  { name: 'helm 4', helm: helm4 },
])('beside $name', ({ helm }) => {
  it('list shows what it does, state by state', async () => {
    const at = ['-n', await cluster.namespace('watch')];
    await ok(helm, ['install', 'a-release-that-was-there', chart, ...at]);
    const view = watch('list', ...at);
    const [header = ''] = await view.next(1);
    expect(header).toMatch(
      /^SEEN +NAME +NAMESPACE +REVISION +UPDATED +AGE +STATUS +CHART +APP VERSION$/,
    );
    await tells(view, inList, 'a-release-that-was-there 1 deployed!');
    await ok(helm, ['install', 'billing', chart, ...at]);
    await tells(view, inList, 'billing 1 pending-install', 'billing 1 deployed!');
    const last = view.out().trimEnd().split('\n').at(-1) ?? '';
    for (const [word, column] of [
      ['watch-', 'NAMESPACE'],
      ['deployed', 'STATUS'],
    ] as const)
      expect(last.indexOf(word)).toBe(header.indexOf(column));
    await ok(helm, ['upgrade', 'billing', chart, ...at]);
    await tells(view, inList, 'billing 2 pending-upgrade', 'billing 2 deployed!');
    await ok(helm, ['rollback', 'billing', '1', ...at]);
    await tells(view, inList, 'billing 3 pending-rollback', 'billing 3 deployed!');
    await ok(helm, ['uninstall', 'billing', '--keep-history', ...at]);
    await tells(view, inList, 'billing 3 uninstalling', 'billing 3 uninstalled!');
    const other = 'a-release-that-was-there 1';
    await ok(helm, ['uninstall', 'a-release-that-was-there', ...at]);
    await tells(view, inList, `${other} uninstalling`, `${other} removed!`);
    expect(await view.interrupt()).toBe(130);
    expect(view.err()).toBe('');
  });

  it('history shows every revision that comes, changes and goes', async () => {
    const at = ['-n', await cluster.namespace('watch')];
    await ok(helm, ['install', 'billing', chart, ...at]);
    const view = watch('history', 'billing', ...at);
    expect((await view.next(1))[0]).toMatch(/^SEEN +REVISION +UPDATED +AGE +STATUS +CHART/);
    await tells(view, inHistory, '1 deployed!');
    await ok(helm, ['upgrade', 'billing', chart, ...at]);
    await view.says(/^\d\d:\d\d:\d\d +2 .*deployed/m);
    await view.says(/^\d\d:\d\d:\d\d +1 .*superseded/m);
    await ok(helm, ['uninstall', 'billing', ...at]);
    await view.says(/^\d\d:\d\d:\d\d +1 .*removed/m);
    await view.says(/^\d\d:\d\d:\d\d +2 .*removed/m);
    expect(await view.interrupt()).toBe(130);
  });
});

describe('what is shown', () => {
  it('keeps to the flags, and says once what they no longer mean', async () => {
    const namespace = await cluster.namespace('watch');
    const at = ['-n', namespace];
    const one = (status: string, more: object = {}) => sketchRecord({ namespace, status, ...more });
    await put(cluster, one('failed'), one('deployed', { name: 'web' }));
    const view = watch('list', '--failed', '-f', 'bill|shop', ...at);
    expect((await view.next(2)).slice(1).map(inList)).toEqual(['billing 1 failed']);
    await replace(one('failed', { name: 'web' }));
    await replace(one('deployed'));
    await put(cluster, one('deployed', { name: 'shop' }));
    await replace(one('failed', { name: 'shop' }));
    expect((await view.next(2)).map(inList)).toEqual(['billing 1 deployed', 'shop 1 failed']);
    const labelled = { ...one('deployed'), labels: { ...one('deployed').labels, team: 'pay' } };
    const mine = watch('list', '-l', 'team=pay', ...at);
    await mine.next(1);
    await replace(labelled);
    await replace(one('deployed', { name: 'shop' }));
    expect((await mine.next(1)).map(inList)).toEqual(['billing 1 deployed']);
    await remove(labelled);
    expect((await mine.next(1)).map(inList)).toEqual(['billing 1 removed']);
  });

  it('is the newest revision, of which alone bodies are read', async () => {
    const namespace = await cluster.namespace('watch');
    const revisions = [1, 2, 3].map((revision) =>
      sketchRecord({ namespace, revision, status: revision === 3 ? 'deployed' : 'superseded' }),
    );
    await put(cluster, ...revisions);
    const view = watch('list', '-n', namespace, '--helm', '3');
    await view.next(2);
    const mark = await cluster.auditMark();
    const [first, , third] = revisions;
    if (!first || !third) throw new Error('no revisions');
    await remove(first);
    const fourth = sketchRecord({ namespace, revision: 4, status: 'pending-upgrade' });
    await put(cluster, fourth);
    await replace(sketchRecord({ namespace, revision: 3, status: 'superseded' }));
    expect((await view.next(1)).map(inList)).toEqual(['billing 4 pending-upgrade']);
    await remove(fourth);
    expect((await view.next(1)).map(inList)).toEqual(['billing 3 superseded']);
    const got = await cluster.auditSince(mark, { verb: 'get', namespace });
    expect(got.map(({ name }) => name)).toEqual([fourth.key, third.key]);
  });

  it('are Helm 2 records too, and those in ConfigMaps', async () => {
    const [namespace, tiller] = [
      await cluster.namespace('watch'),
      await cluster.namespace('tiller'),
    ];
    const view = watch('list', '-n', namespace, '-t', tiller);
    await view.next(1);
    const old = sketchRecord({ helm: 2, name: 'old', namespace }, { namespace: tiller });
    const other = sketchRecord(
      { helm: 2, name: 'other', namespace: 'other' },
      { namespace: tiller },
    );
    const map = sketchRecord({ name: 'map', namespace }, { kind: 'ConfigMap' });
    await put(cluster, other, old);
    expect((await view.next(1)).map(inList)).toEqual(['old 1 DEPLOYED']);
    await put(cluster, map);
    expect((await view.next(1)).map(inList)).toEqual(['map 1 deployed']);
    await remove(old);
    expect((await view.next(1)).map(inList)).toEqual(['old 1 removed']);
  });

  it('are records that can not be read, with their reason', async () => {
    const namespace = await cluster.namespace('watch');
    const view = watch('list', '-n', namespace);
    await view.next(1);
    const bad = broken(sketchRecord({ namespace }));
    await put(cluster, bad);
    expect((await view.next(1)).map(inList)).toEqual(['billing 1 unreadable']);
    await view.says(/1 record can't be read: secret watch-.*billing.v1: /);
    await replace(sketchRecord({ namespace }));
    expect((await view.next(1)).map(inList)).toEqual(['billing 1 deployed']);
  });
});

describe('formats', () => {
  it('are a document, a name or a line for each change', async () => {
    const namespace = await cluster.namespace('watch');
    await put(cluster, sketchRecord({ namespace }));
    const at = ['-n', namespace];
    const views = {
      json: watch('list', '-o', 'json', ...at),
      yaml: watch('list', '-o', 'yaml', ...at),
      name: watch('list', '-o', 'name', ...at),
      short: watch('list', '-q', '-o', 'json', ...at),
      path: watch('list', '-o', 'jsonpath={.name} {.status} {.items[0].helm}{"\\n"}', ...at),
      columns: watch('list', '-o', 'custom-columns=WHO:.name,WHAT:.status', ...at),
      bare: watch('list', '--no-headers', '-o', 'wide', ...at),
      only: watcher(['list', '--watch-only', ...at], kubeconfig),
      history: watch('history', 'billing', '-o', 'json', ...at),
    };
    const first = {
      json: await views.json.next(1),
      yaml: await views.yaml.next(8),
      name: await views.name.next(1),
      short: await views.short.next(1),
      path: await views.path.next(1),
      columns: await views.columns.next(2),
      bare: await views.bare.next(1),
      only: await views.only.next(1),
      history: await views.history.next(1),
    };
    expect(JSON.parse(first.json[0] ?? '')).toMatchObject({ name: 'billing', revision: '1' });
    expect(first).toMatchObject({
      name: ['billing'],
      short: ['"billing"'],
      path: ['billing deployed 3'],
      columns: ['WHO      WHAT', 'billing  deployed'],
      only: [expect.stringMatching(/^SEEN +NAME +NAMESPACE/)],
    });
    await put(cluster, sketchRecord({ namespace, revision: 2, status: 'pending-upgrade' }));
    const later = JSON.parse((await views.json.next(1))[0] ?? '');
    expect(later).toMatchObject({ revision: '2' });
    // When each document came.
    const came = [JSON.parse(first.json[0] ?? ''), later].map(({ seen }) => Date.parse(seen));
    expect(came[1]).toBeGreaterThanOrEqual(came[0] ?? Number.NaN);
    expect(Date.now() - (came[1] ?? 0)).toBeLessThan(60_000);
    const yaml = await views.yaml.next(9);
    expect(yaml[0]).toBe('---');
    expect(yaml).toContain('revision: "2"');
    expect(await views.name.next(1)).toEqual(['billing']);
    expect(await views.short.next(1)).toEqual(['"billing"']);
    expect(await views.path.next(1)).toEqual(['billing pending-upgrade 3']);
    expect(await views.columns.next(1)).toEqual(['billing  pending-upgrade']);
    expect((await views.bare.next(1))[0]).toMatch(/pending-upgrade .* secret /);
    expect((await views.only.next(1)).map(inList)).toEqual(['billing 2 pending-upgrade']);
    const [revision = ''] = await views.history.next(1);
    expect(JSON.parse(revision)).toMatchObject({ revision: 2, status: 'pending-upgrade' });
  });

  it.each([
    [['list', '--storage', 'dir:.'], /--watch can't be had of dir:\./],
    [['list', '--compat', 'helm4'], /--watch and --compat can't both hold/],
    [['list', '--max', '3'], /--watch and --max can't both hold/],
    [['history', 'x', '--compat', 'helm3'], /--watch and --compat can't both hold/],
  ])('%j with --watch is refused', async (args, says) => {
    const view = watch(...args);
    expect(await view.ended()).toBe(args.includes('--compat') ? 1 : 2);
    expect(view.err()).toMatch(says);
    expect(view.out()).toBe('');
  });
});

it('reads no further than its reader, and then shows how things are', async () => {
  const namespace = await cluster.namespace('watch');
  const view = watch('list', '-n', namespace, '-o', 'json', '--helm', '3');
  const big = 'x'.repeat(60_000);
  const { metadata } = sketchChart('shop', {});
  if (!metadata) throw new Error('a chart without metadata');
  const one = (n: number) =>
    sketchRecord({ namespace, chart: { metadata: { ...metadata, name: `${big}${n}` } } });
  await put(cluster, one(0));
  await view.next(1);
  view.pause();
  for (let n = 1; n <= 30; n++) await replace(one(n));
  const before = view.out().length;
  view.resume();
  await view.says(/x30-1/);
  expect(view.out().length - before).toBeLessThan(30 * big.length);
  expect(await view.interrupt()).toBe(130);
});
