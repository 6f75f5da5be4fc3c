/**
 * The main job on a real API server of its own: Tiller's records in kube-system, written by Helm 2's
 * own code, become releases that the real helm 3 and helm 4 list, roll back, upgrade and uninstall.
 */
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { isWrite } from '../cluster/audit.ts';
import { type RunningCluster, startCluster } from '../cluster/cluster.ts';
import { useClients } from '../cluster/shared.ts';
import { withArguments } from './program.ts';
import { demoDump, install, manifestsIn } from './tiller.ts';

const chart = fileURLToPath(new URL('../cluster/chart', import.meta.url));
const { helm3, helm4, run } = useClients();
let cluster: RunningCluster;

/** What the dump holds and moves: name, namespace, revisions, the newest and its status in Helm 3. */
const releases = [
  ['billing', 'pay', 12, 12, 'deployed'],
  ['cms', 'web', 6, 6, 'deployed'],
  ['legacy', 'pay', 4, 9, 'deployed'],
  ['metrics', 'monitoring', 3, 3, 'deployed'],
  ['queue', 'jobs', 4, 4, 'failed'],
  ['reports', 'jobs', 3, 3, 'uninstalled'],
  ['search', 'web', 6, 6, 'failed'],
  ['shop', 'shop', 7, 7, 'deployed'],
] as const;
const alive = releases.filter(([, , , , status]) => status !== 'uninstalled');
const helms = [
  ['helm 3', helm3],
  ['helm 4', helm4],
] as const;

beforeAll(async () => {
  cluster = await startCluster();
  const namespaces = [...new Set(releases.map(([, namespace]) => namespace))];
  await install(cluster, manifestsIn(demoDump), 'kube-system', namespaces);
}, 120_000);
afterAll(() => cluster.stop());

function releasesCommand(...args: string[]) {
  const options = { kubeconfig: cluster.adminKubeconfig, timeoutMs: 120_000 };
  return run(...withArguments(args), options);
}

async function ok(helm: string, ...args: string[]): Promise<string> {
  const result = await run(helm, args, { kubeconfig: cluster.adminKubeconfig });
  expect(result, `${args.join(' ')}: ${result.stderr}`).toMatchObject({ code: 0 });
  return result.stdout;
}

async function writesSince(mark: number): Promise<number> {
  // The API server itself keeps leases and endpoints up to date as system:apiserver.
  const entries = await cluster.auditSince(mark);
  return entries.filter((entry) => entry.user !== 'system:apiserver' && isWrite(entry)).length;
}

describe('before', () => {
  test('list shows what Tiller kept, and what of it is damaged', async () => {
    const { code, stdout, stderr } = await releasesCommand('list', '-A', '-o', 'wide');
    expect(code).toBe(3);
    expect(stdout).toMatch(/^billing +pay +12 .* DEPLOYED +billing-3\.1\.0 .* 2 +configmap/m);
    expect(stdout).toMatch(/^metrics +monitoring +3 .* DEPLOYED .* 2 +secret/m);
    expect(stdout).toMatch(/^old-cms +- +7 +- +- +unreadable/m);
    expect(stderr).toContain('kube-system/old-cms.v7: the gzip checksum is wrong');
  });

  test('a dry run writes nothing and says what would be written', async () => {
    const mark = await cluster.auditMark();
    const { code, stdout } = await releasesCommand('migrate2to3', '--all', '--dry-run');
    expect(code).toBe(3);
    expect(stdout).toContain('Would create 39 records of 7 releases');
    expect(await writesSince(mark)).toBe(0);
  });

  test('without a terminal and without --yes nothing is written', async () => {
    const mark = await cluster.auditMark();
    const { code, stderr } = await releasesCommand('migrate2to3', '--all');
    expect(code).toBe(2);
    expect(stderr).toContain('--yes');
    expect(await writesSince(mark)).toBe(0);
  });
});

describe('the migration', () => {
  test('moves every release that it can, and names the others', async () => {
    const mark = await cluster.auditMark();
    const { code, stdout } = await releasesCommand(
      ...['migrate2to3', '--all', '--yes', '--resolve-pending', 'failed'],
    );
    expect(stdout).toContain('Done: 8 releases, 45 records created, read back and equal');
    expect(stdout).toMatch(/^old-cms .* refused .* checksum is wrong/m);
    expect(code).toBe(3);
    expect(await writesSince(mark)).toBe(45);
  });

  test('run again, it has nothing to do and sends no writing request', async () => {
    const mark = await cluster.auditMark();
    const { code, stdout } = await releasesCommand(
      ...['migrate2to3', '--all', '--yes', '--resolve-pending', 'failed'],
    );
    expect(stdout).toContain('Nothing to do: 8 releases are already migrated and equal.');
    expect(code).toBe(3);
    expect(await writesSince(mark)).toBe(0);
  });
});

describe.each(helms)('the real %s', (_, helm) => {
  test('lists every migrated release', async () => {
    const all = helm === helm3 ? ['-A', '-a'] : ['-A'];
    const listed = JSON.parse(await ok(helm, 'list', ...all, '-o', 'json')) as {
      readonly [key: string]: string;
    }[];
    const rows = listed.map(({ name, namespace, revision, status }) => [
      ...[name, namespace, Number(revision), status],
    ]);
    const wanted = releases.map(([name, namespace, , newest, status]) => [
      ...[name, namespace, newest, status],
    ]);
    expect(rows).toEqual(expect.arrayContaining(wanted));
  });

  test.each(releases)('%s: history and get all', async (name, namespace, revisions) => {
    const text = await ok(helm, 'history', name, '-n', namespace, '-o', 'json', '--max', '100');
    expect(JSON.parse(text)).toHaveLength(revisions);
    expect(await ok(helm, 'get', 'all', name, '-n', namespace)).toContain(`NAME: ${name}`);
    const ours = await releasesCommand('get', 'values', name, '-n', namespace, '-o', 'json');
    const theirs = await ok(helm, 'get', 'values', name, '-n', namespace, '-o', 'json');
    expect(ours.stdout).toBe(theirs);
  });
});

describe.each(helms)('work goes on with the real %s', (title, helm) => {
  const other = helm === helm3 ? helm4 : helm3;
  const half = alive.filter((_, i) => (i % 2 === 0) === (title === 'helm 3'));

  // Hooks are Jobs, which nobody runs here; everything else is done as usual.
  test.each(half)('%s: rollback, upgrade, uninstall', async (name, namespace) => {
    const at = ['-n', namespace];
    const history = JSON.parse(await ok(helm, 'history', name, ...at, '-o', 'json')) as {
      readonly revision: number;
    }[];
    const previous = String(history.at(-2)?.revision);
    await ok(helm, 'rollback', name, previous, ...at, '--no-hooks');
    await ok(helm, 'upgrade', name, chart, ...at, '--no-hooks');
    await ok(other, 'upgrade', name, chart, ...at, '--no-hooks');
    const listed = await releasesCommand('history', name, ...at, '--helm', '3', '-o', 'json');
    expect(JSON.parse(listed.stdout).at(-1)).toMatchObject({ status: 'deployed' });
    const again = await releasesCommand('migrate2to3', name, '--dry-run', '-o', 'json');
    // Where Helm pruned the oldest revisions meanwhile, they could come back; nothing conflicts.
    expect(JSON.parse(again.stdout).releases[0].verdict).toMatch(/^(done|ready|with losses)$/);
    await ok(helm, 'uninstall', name, ...at, '--no-hooks');
  });

  test('an uninstalled release stays what it was', async () => {
    const shown = await ok(helm, 'status', 'reports', '-n', 'jobs');
    expect(shown).toContain('STATUS: uninstalled');
  });
});

describe('--delete-v2-releases', () => {
  test('deletes a source only after all its copies are verified, and leaves the others', async () => {
    const mark = await cluster.auditMark();
    const args = ['migrate2to3', 'billing', 'reports', '--yes', '--delete-v2-releases'];
    const { code, stdout } = await releasesCommand(...args);
    expect(code, stdout).toBe(0);
    const left = (await cluster.must('GET', '/api/v1/namespaces/kube-system/configmaps')) as {
      readonly items: readonly { readonly metadata: { readonly name: string } }[];
    };
    const names = left.items.map(({ metadata }) => metadata.name);
    expect(names.filter((name) => /^(billing|reports)\.v/.test(name))).toEqual([]);
    expect(names).toContain('old-cms.v7');
    const counts = await cluster.auditCounts(mark, { resource: 'configmaps', verb: 'delete' });
    expect(counts['delete']).toBe(15);
  });
});
