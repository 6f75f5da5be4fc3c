/**
 * Nothing that a record, a kubeconfig or an API server's answer holds is printed, but by `get`: every
 * command runs, well and badly, over releases full of canaries, with the most that can be said
 * (KUBECTL_RELEASES_DEBUG), and what it prints and writes is searched for them.
 */
import {
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { beforeAll, describe, expect, test } from 'vitest';
import { stringify } from 'yaml';
import { commandTable } from '../../src/commands/table.ts';
import type { ReleaseRecord } from '../../src/record.ts';
import { objectOf } from '../../src/storage/objects.ts';
import type { RunOptions, RunResult } from '../cluster/clients.ts';
import { drawnOfEach } from '../cluster/drawn.ts';
import { useClients, useCluster } from '../cluster/shared.ts';
import { runCli } from '../unit/cli-io.ts';
import {
  brokenJson,
  brokenYaml,
  damaged,
  helm3Payload,
  loadedRecord,
  loadedRelease,
  makeCanaries,
} from './canaries.ts';
import { builtProgram, put } from './kubectl-program.ts';

const cluster = useCluster();
const { run } = useClients();
const releases = builtProgram(run, cluster.adminKubeconfig);
const canaries = makeCanaries();
const { hits, plant } = canaries;

/** Everything that a run leaves behind lies here, its HOME and its temporary files too. */
const folder = mkdtempSync(join(tmpdir(), 'canaries-'));
const env = { KUBECTL_RELEASES_DEBUG: '1', HOME: folder, TMPDIR: folder };
let tiller: string;
let apps: string;

async function quiet(args: readonly string[], options: RunOptions = {}): Promise<RunResult> {
  const more = { cwd: folder, ...options, env: { ...env, ...options.env } };
  const result = await releases(args, more);
  const { stdout, stderr } = result;
  expect(hits(stdout), `stdout of ${args.join(' ')}`).toEqual([]);
  expect(hits(stderr), `stderr of ${args.join(' ')}`).toEqual([]);
  return result;
}

function history(name: string, statuses: readonly string[]): ReleaseRecord[] {
  return statuses.map((status, i) =>
    loadedRecord(canaries, tiller, { name, namespace: apps, revision: i + 1 }, (release) => ({
      ...release,
      info: { ...release.info, description: '', notes: plant('notes'), status },
    })),
  );
}

function brokenHistory(): ReleaseRecord[] {
  return brokenYaml.flatMap((yaml, i) => {
    const at = { namespace: apps, revision: i + 1 };
    const broken = () => ({ yaml: yaml(plant('broken YAML')) });
    const requirements = [{ name: 'requirements.yaml', data: Buffer.from(broken().yaml) }];
    return [
      loadedRecord(canaries, tiller, { ...at, name: 'bad-values' }, (release) => ({
        ...release,
        config: broken(),
      })),
      loadedRecord(canaries, tiller, { ...at, name: 'bad-chart' }, (release) => ({
        ...release,
        manifest: broken().yaml,
        chart: {
          ...{ metadata: null, lock: null, templates: null, schema: null },
          ...{ values: { yaml: 'a: 1' }, files: requirements },
          dependencies: [
            {
              ...{ metadata: null, lock: null, templates: null, schema: null, files: null },
              values: broken(),
            },
          ],
        },
      })),
    ];
  });
}

function hurtRecords(): ReleaseRecord[] {
  const kinds = Object.keys(damaged(hurt(1), ''));
  return kinds.map((how, i) => {
    const record = hurt(i + 1);
    const payload = damaged(record, plant(`damage: ${how}`))[how] ?? '';
    return { ...record, payload };
  });
}

const hurt = (revision: number) =>
  loadedRecord(canaries, tiller, { name: 'hurt', namespace: apps, revision });

function helm3Records(): ReleaseRecord[] {
  const record = (name: string, revision: number, payload: string): ReleaseRecord => ({
    ...{ kind: 'Secret', namespace: apps, key: `sh.helm.release.v1.${name}.v${revision}` },
    labels: { owner: 'helm', name, version: String(revision), status: 'deployed' },
    ...{ type: 'helm.sh/release.v1', payload },
  });
  const at = { name: 'differs', namespace: apps, revision: 1 };
  return [
    record('differs', 1, helm3Payload(canaries, loadedRelease(canaries, at))),
    ...brokenJson.map((json, i) => {
      const text = json(plant('broken JSON'), 'bad-json', i + 1);
      return record('bad-json', i + 1, Buffer.from(text).toString('base64'));
    }),
  ];
}

/** Files that are no manifests, or damaged ones, beside sound ones. */
function writeDump(records: readonly ReleaseRecord[]): void {
  const dump = join(folder, 'dump');
  mkdirSync(dump);
  const write = (name: string, text: string) => writeFileSync(join(dump, name), text);
  const [one, two, three] = records.map((record) => objectOf(record));
  write('sound.yaml', stringify(one));
  const text = stringify(two);
  write('two.yaml', `${text}---\nkind: Secret\nvalue: "${plant('torn document')}\n  : {\n`);
  brokenYaml.forEach((yaml, i) => {
    write(`yaml-${i}.yaml`, yaml(plant('a broken file')));
  });
  const list = { kind: 'List', items: [one, three, { kind: 'Secret', data: plant('item') }] };
  write('list.json', JSON.stringify(list).slice(0, -20));
  write('text.json', `{"kind":"Secret","data":{"release":${plant('a broken JSON file')}}}`);
  write('odd.yaml', `kind: Secret\nmetadata: {name: a.v1}\ndata: {release: "*${plant('data')}"}\n`);
  write('keys.yaml', `? {${plant('key')}: a}\n: b\nkind: Secret\nmetadata: {name: b.v1}\n`);
}

beforeAll(async () => {
  tiller = await cluster.namespace('tiller');
  apps = await cluster.namespace('apps');
  const gone = { name: 'lost', namespace: 'no-such-namespace', revision: 1 };
  const sound = [
    ...history('full', ['superseded', 'superseded', 'deployed']),
    ...history('pending', ['deployed', 'pending-upgrade']),
    ...history('twice', ['deployed', 'deployed']),
    ...history('differs', ['deployed']),
    loadedRecord(canaries, tiller, gone),
  ];
  const broken = [...brokenHistory(), ...hurtRecords(), ...helm3Records()];
  await put(cluster, ...sound, ...broken);
  mkdirSync(join(folder, 'broken'));
  const list = { apiVersion: 'v1', kind: 'List', items: broken.map(objectOf) };
  writeFileSync(join(folder, 'broken', 'list.json'), JSON.stringify(list));
  await cluster.must('POST', `/api/v1/namespaces/${apps}/secrets`, {
    metadata: { name: 'full-secret', annotations: { note: plant('live annotation') } },
    stringData: { a: plant('live Secret') },
  });
  writeDump(sound);
}, 60_000);

describe('get prints what it is asked for, and nothing else', () => {
  const parts = {
    values: ['values', 'list'],
    notes: ['notes'],
    hooks: ['hook'],
    metadata: ['chart annotation'],
  };
  test.each(Object.entries(parts))('get %s', async (what, wanted) => {
    const { code, stdout, stderr } = await releases([
      'get',
      what,
      'full',
      '-t',
      tiller,
      '-n',
      apps,
    ]);
    expect(code, stderr).toBe(0);
    expect(hits(stdout)).toEqual(wanted);
    expect(hits(stderr)).toEqual([]);
  });

  test('get manifest', async () => {
    const { stdout } = await releases(['get', 'manifest', 'full', '-t', tiller, '-n', apps]);
    const wanted = ['stringData', 'data', 'env', 'custom', 'broken manifest'];
    expect(hits(stdout)).toEqual([...wanted, 'manifest that is a text', 'manifest key']);
  });

  const revisions = Array.from({ length: 20 }, (_, i) => String(i + 1));
  test.each(['bad-json', 'bad-values', 'hurt'])('get says nothing of a broken %s', async (name) => {
    const where = ['--storage', `dir:${join(folder, 'broken')}`];
    let failed = 0;
    for (const revision of revisions) {
      const args = ['get', 'values', name, ...where, '--revision', revision];
      const { code, out, err } = await runCli(args);
      expect(hits(out + err)).toEqual([]);
      if (code === 1 && err.includes('error: ')) failed++;
    }
    expect(failed).toBeGreaterThan(12);
    await quiet(['get', 'values', name, '-n', apps, '-t', tiller, '--revision', '1']);
  });
});

describe('the other commands print none of it', () => {
  const names = ['full', 'pending', 'twice', 'differs', 'lost', 'hurt', 'bad-values', 'bad-chart'];
  const own = ['get', 'list', 'history', 'du', 'tree', 'migrate2to3', 'restore', 'rbac', 'version'];
  const at = () => ['-n', apps, '-t', tiller];

  test('list', async () => {
    for (const output of ['table', 'wide', 'json', 'yaml', 'name']) {
      const { stdout } = await quiet(['list', ...at(), '-o', output]);
      for (const name of [...names.slice(0, 4), 'hurt']) expect(stdout).toContain(name);
    }
    await quiet(['list', '--storage', 'dir:dump', '-o', 'wide']);
    await quiet(['list', '--storage', 'dir:dump', '-o', 'json']);
  });

  test('history', async () => {
    const outputs = ['table', 'json', 'yaml'];
    for (const [i, name] of [...names, 'bad-json', 'no-such-release'].entries())
      await quiet(['history', name, ...at(), '-o', outputs[i % 3] ?? 'table']);
    for (const output of outputs) await quiet(['history', 'bad-json', '-n', apps, '-o', output]);
    await quiet(['history', 'full', '--storage', 'dir:dump']);
  });

  test('du and tree', async () => {
    for (const output of ['table', 'json', 'yaml']) {
      await quiet(['du', ...at(), '-o', output]);
      await quiet(['du', '--storage', 'dir:dump', '-o', output]);
    }
    for (const [i, name] of [...names, 'bad-json'].entries()) {
      await quiet(['tree', name, ...at(), '-o', ['tree', 'json', 'yaml'][i % 3] ?? 'tree']);
      await quiet(['du', name, ...at()]);
    }
  });

  test('diff hides what Secrets hold, and what it says of live objects', async () => {
    const asked = [['2', '3'], ['--rollback', '1'], ['--live'], ['--rollback', '1', '--live']];
    for (const args of asked)
      for (const output of ['unified', 'json']) {
        const line = ['diff', 'full', ...at(), ...args, '-o', output, '--only', 'manifest'];
        const { stdout, stderr } = await releases(line);
        const secret = ['stringData', 'data', 'live Secret', 'live annotation'];
        expect(hits(stdout).filter((where) => secret.includes(where))).toEqual([]);
        expect(hits(stderr)).toEqual([]);
      }
  });

  test('diff, chart and decode say nothing of what they can’t read', async () => {
    const where = ['--storage', `dir:${join(folder, 'broken')}`];
    for (const name of ['bad-json', 'bad-values', 'hurt'])
      for (const revision of ['1', '2', '3', '4', '5', '6']) {
        const { err } = await runCli(['diff', name, revision, 'HEAD', ...where, '-o', 'json']);
        expect(hits(err)).toEqual([]);
        const back = join(folder, `chart-${name}-${revision}`);
        const chart = await runCli(['chart', name, '--revision', revision, '-d', back, ...where]);
        expect(hits(chart.out + chart.err)).toEqual([]);
        // What was asked for is on disk, and not meant for the search below.
        rmSync(back, { recursive: true, force: true });
      }
    const decoded = await runCli(['decode', join(folder, 'broken', 'list.json')]);
    expect(decoded.code).toBe(3);
    expect(hits(decoded.err)).toEqual([]);
  });

  const plans: readonly (readonly string[])[] = [
    ['--check'],
    ['--check', '-o', 'json', '--report', 'check.json'],
    ['--dry-run', '-o', 'yaml', '--report', 'dry.md'],
    ['--dry-run', '--resolve-pending', 'failed', '--mark-superseded', '--report', 'dry.html'],
    ['--dry-run=server', '--resolve-pending', 'failed', '--report', 'tried.html'],
    ['--dry-run=server', '--no-adopt', '-o', 'json'],
    ['--dry-run', '--release-versions-max', '1', '--delete-v2-releases', '-o', 'json'],
  ];
  test.each(plans.map((args) => [args.join(' '), args] as const))('%s', async (_, args) => {
    const { stdout } = await quiet(['migrate2to3', '--all', '-t', tiller, ...args]);
    for (const name of names) expect(stdout).toContain(name);
  });

  test('migrate2to3 of a damaged folder, into a folder', async () => {
    await quiet(['migrate2to3', '--all', '--from', 'dir:dump', '--to', 'dir:copy', '--check']);
    const args = ['--from', 'dir:dump', '--to', 'dir:copy', '--yes', '--report', 'folder.html'];
    const { stdout } = await quiet(['migrate2to3', '--all', ...args]);
    expect(stdout).toContain('Done: ');
  });

  test('a migration that deletes, its backup, and restore', async () => {
    const args = ['--delete-v2-releases', '--backup', 'backup', '--mark-superseded'];
    const pending = ['--resolve-pending', 'failed', '--report', 'done.md'];
    const all = ['migrate2to3', '--all', '-t', tiller, '--yes', ...args, ...pending];
    const { stdout } = await quiet(all);
    expect(stdout).toContain('Done: 4 releases, 27 records created');
    await quiet([...all, '-o', 'json']);
    for (const more of [['--dry-run'], ['--dry-run', '-o', 'json'], ['--yes'], ['--yes']])
      await quiet(['restore', 'backup', ...more]);
    await quiet(['restore', 'dump', '--dry-run']);
    await quiet(['restore', 'dump', '--to', 'dir:copy', '--yes', '-o', 'yaml']);
    const { stdout: listed } = await quiet(['history', 'full', '--helm', '2', ...at()]);
    expect(listed.match(/superseded|deployed/gi)).toHaveLength(3);
  });

  test('rbac and version', async () => {
    for (const { name } of commandTable) await quiet(['rbac', name, ...at()]);
    expect((await quiet(['version'])).code).toBe(0);
  });

  test('whatever else there is, asked in every way that commands share', async () => {
    for (const { name } of commandTable) expect((await quiet([name, '--help'])).code).toBe(0);
    const others = commandTable.filter(({ name }) => !own.includes(name));
    const lines = others.flatMap(({ name }) =>
      [[], ['full'], ['--all'], ['full', '--name', 'full']].flatMap((args) =>
        [['--dry-run'], ['--dry-run', '-o', 'json'], ['--yes']].map((how) => [
          ...[name, ...args, ...how],
        ]),
      ),
    );
    // The whole suite asks a third of the ways of each command.
    for (const line of drawnOfEach('ways', lines, ([name = '']) => name, 4))
      await quiet([...line, '-t', tiller]);
  });
});

describe('what stays behind', () => {
  test('no report, log or temporary file holds any', () => {
    const own = String.raw`\.local[/\\]state[/\\]kubectl-releases[/\\]helm2-backup-[0-9TZ]+(-\d+)?`;
    const kept = new RegExp(String.raw`^(dump|broken|copy|backup|${own})[/\\]`);
    const files = readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter(
      (name) => !kept.test(name) && statSync(join(folder, name)).isFile(),
    );
    expect(files).toEqual(expect.arrayContaining(['check.json', 'dry.md', 'dry.html', 'done.md']));
    const found = files.map((name) => [name, hits(readFileSync(join(folder, name), 'utf8'))]);
    expect(found.filter(([, where]) => where?.length)).toEqual([]);
  });

  test('backups hold the records as they are, for their owner alone', () => {
    const all = readdirSync(join(folder, 'backup'), { recursive: true, encoding: 'utf8' });
    const modes = ['', ...all].map((name) => {
      const status = statSync(join(folder, 'backup', name));
      return [status.isDirectory(), status.mode & 0o777];
    });
    expect(all.length).toBeGreaterThan(6);
    for (const [isFolder, mode] of modes) expect(mode).toBe(isFolder ? 0o700 : 0o600);
    expect(statSync(join(folder, 'done.md')).mode & 0o777).toBe(0o600);
  });
});
