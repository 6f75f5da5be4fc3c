/**
 * The known failures of helm-2to3, and that they don't happen here. From its sources and its issues:
 *
 * | what helm-2to3 does | its place | here |
 * |---|---|---|
 * | run again after a partial run, it stops at the first record that exists | cmd/convert.go; #45, #46, #182 | goes on where it stopped |
 * | with --ignore-already-migrated, whatever has the name counts as migrated | cmd/convert.go | equal content only |
 * | and what counts so is not deleted by --delete-v2-releases | cmd/convert.go | it is, once it is verified |
 * | ten revisions are converted unless told; with deletion the older ones stay where Helm 2 no longer lists them | cmd/convert.go; #115 | all move; where not all do, all sources stay |
 * | a record that it can't decode is passed over without a word, and its release counts as converted | pkg/v2/release.go | named, and its release keeps its sources |
 * | a record without a status ends the process by a nil pointer | pkg/v3/release.go | refused with the reason; others move |
 * | requirements and their lock are lost | pkg/v3/release.go | filled, as Helm 3's loader does |
 * | a chart's empty apiVersion stays empty | pkg/v3/release.go | v1, as Helm 3's loader does |
 * | --dry-run converts nothing, so it finds nothing that will fail | cmd/convert.go | the plan is what runs |
 * | a namespace that is missing, or a record that is too large, ends it half way | cmd/convert.go | refused before the first write |
 * | a pending newest revision is carried over, and Helm 3 refuses to upgrade it | pkg/v3/release.go | asks for a decision |
 * | one name in two Tillers, or an unlike release in Helm 3: two histories become one | cmd/convert.go | refused, naming both |
 * | it finds the storage by asking for Tiller's pod; without one it takes Secrets, and says `has no deployed releases` | pkg/v2/release.go; #97, #136, #192, #229 | both are looked at |
 * | a failed delete after the first leaves half of a release deleted, and no copy | pkg/v2/release.go | a backup first; an error, and an exit code |
 * | deletes what was written since it was read | pkg/v2/release.go | uid and version must still hold: test/faults/writers |
 * | one release a process, one list of everything in one answer | cmd/convert.go | all at once, in pages |
 * | asks other clusters than the one named with --kube-context | pkg/v2/utils.go, cleanup | one connection, to the context named |
 * | a kubeconfig's namespace decides where records go | #225 | the release's own does |
 *
 * What it makes of each kind of content is in test/unit/golden.test.ts; that real Helms take the result,
 * in migrate.test.ts and accepted.test.ts.
 */
import { randomBytes } from 'node:crypto';
import { mkdtempSync, readdirSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { beforeEach, describe, expect, test } from 'vitest';
import { stringify } from 'yaml';
import { openRecord } from '../../src/codecs/index.ts';
import { isBad, type ReleaseRecord } from '../../src/record.ts';
import type { Chart, Release } from '../../src/release.ts';
import type { RunResult } from '../cluster/clients.ts';
import { useClients, useCluster } from '../cluster/shared.ts';
import { type Fate, type ProxiedRequest, startProxy } from '../faults/proxy.ts';
import { helm2Record } from '../faults/scenario.ts';
import { type Sketch, sketchRelease } from '../unit/cli-records.ts';
import { builtProgram, put } from './kubectl-program.ts';

const cluster = useCluster();
const { helm3, helm4, run } = useClients();
const releases = builtProgram(run, cluster.adminKubeconfig);
const chart = fileURLToPath(new URL('../cluster/chart', import.meta.url));
const folder = mkdtempSync(join(tmpdir(), 'helm2to3-'));

let tiller: string;
let apps: string;

beforeEach(async () => {
  tiller = await cluster.namespace('tiller');
  apps = await cluster.namespace('apps');
});

/** Records as a Tiller keeps them, of a release without objects of its own. */
function tillers(sketch: Sketch, change: (release: Release) => Release = (r) => r): ReleaseRecord {
  const release = sketchRelease({ helm: 2, namespace: apps, ...sketch });
  return helm2Record(tiller, change({ ...release, manifest: '', hooks: [] }));
}

function many(name: string, count: number): ReleaseRecord[] {
  return Array.from({ length: count }, (_, i) => {
    const status = i + 1 === count ? 'deployed' : 'superseded';
    return tillers({ name, revision: i + 1, status });
  });
}

const migrate = (...args: readonly string[]): Promise<RunResult> =>
  releases(['migrate2to3', ...args, '-t', tiller], { cwd: folder });

/** The names of what is there, in the order of revisions. */
async function names(kind: 'configmaps' | 'secrets', namespace: string): Promise<string[]> {
  const answer = await cluster.must('GET', `/api/v1/namespaces/${namespace}/${kind}`);
  const { items } = answer as { items: { metadata: { name: string } }[] };
  const found = items
    .map(({ metadata }) => metadata.name)
    .filter((name) => /\.v[0-9]+$/.test(name));
  return found.sort((a, b) => a.localeCompare(b, 'en', { numeric: true }));
}

const sourcesLeft = () => names('configmaps', tiller);
const targets = () => names('secrets', apps);
const keys = (name: string, ...revisions: number[]) =>
  revisions.map((revision) => `sh.helm.release.v1.${name}.v${revision}`);

async function migrated(name: string, revision: number): Promise<Release> {
  const key = `sh.helm.release.v1.${name}.v${revision}`;
  const path = `/api/v1/namespaces/${apps}/secrets/${key}`;
  const { metadata, data } = (await cluster.must('GET', path)) as {
    metadata: { labels: { [name: string]: string } };
    data: { release: string };
  };
  const payload = Buffer.from(data.release, 'base64').toString('latin1');
  const meta = { kind: 'Secret', namespace: apps, key, labels: metadata.labels } as const;
  const opened = openRecord({ ...meta, payload });
  if (isBad(opened)) throw new Error(opened.unreadable);
  return opened.release;
}

const deleting = ['--yes', '--delete-v2-releases', '--backup'];
const backup = () => join(folder, `backup-${randomBytes(4).toString('hex')}`);

describe('a rerun', () => {
  test('goes on after a partial run, and then deletes what was migrated before too', async () => {
    await put(cluster, ...many('web', 5));
    expect((await migrate('web', '--yes', '--release-versions-max', '2')).code).toBe(0);
    await cluster.must('DELETE', `/api/v1/namespaces/${apps}/secrets/${keys('web', 5)[0]}`);
    expect(await targets()).toEqual(keys('web', 4));
    const { code, stdout } = await migrate('web', ...deleting, backup());
    expect(stdout).toContain('4 records created, read back and equal, 5 sources deleted');
    expect(code).toBe(0);
    expect(await targets()).toEqual(keys('web', 1, 2, 3, 4, 5));
    expect(await sourcesLeft()).toEqual([]);
  });

  test('takes nothing for migrated that is only called so', async () => {
    await put(cluster, ...many('web', 3));
    await migrate('web', '--yes');
    await cluster.must('DELETE', `/api/v1/namespaces/${tiller}/configmaps/web.v2`);
    const values = { config: 'changed: after the migration\n' };
    await put(cluster, tillers({ name: 'web', revision: 2, status: 'superseded', ...values }));
    const { code, stdout } = await migrate('web', ...deleting, backup());
    expect(stdout).toMatch(/^web .* refused .*web\.v2 exists with other content/m);
    expect(code).toBe(4);
    expect(await sourcesLeft()).toHaveLength(3);
  });
});

describe('every revision', () => {
  test('moves, however many there are', async () => {
    await put(cluster, ...many('web', 25));
    const { code } = await migrate('web', ...deleting, backup());
    expect(code).toBe(0);
    expect(await targets()).toHaveLength(25);
    expect(await sourcesLeft()).toEqual([]);
    const listed = await run(helm3, ['history', 'web', '-n', apps, '--max', '99', '-o', 'json'], {
      kubeconfig: cluster.adminKubeconfig,
    });
    expect(JSON.parse(listed.stdout)).toHaveLength(25);
  });

  test('keeps its source where a limit leaves older ones behind', async () => {
    await put(cluster, ...many('web', 12));
    const args = ['--release-versions-max', '10', ...deleting, backup()];
    const { code, stdout } = await migrate('web', ...args);
    expect(stdout).toContain('10 records created');
    expect(stdout).not.toContain('deleted.');
    expect(code).toBe(0);
    expect(await sourcesLeft()).toHaveLength(12);
    const checked = await migrate('web', ...args, '--check');
    expect(checked.stdout).toContain('2 older revisions stay in the source');
    expect(checked.stdout).toContain('its sources are kept: not every revision moves');
    const helm2 = await releases(['list', '-A', '-t', tiller, '--helm', '2', '-o', 'json']);
    expect(JSON.parse(helm2.stdout)).toMatchObject([{ name: 'web', revision: '12' }]);
  });

  test('that can not be read is named, and keeps its release from being deleted', async () => {
    const [old, ...rest] = many('web', 3);
    await put(cluster, { ...(old ?? rest[0]), payload: 'no base64!' } as ReleaseRecord, ...rest);
    const { code, stdout } = await migrate('web', ...deleting, backup());
    expect(stdout).toMatch(/^web .* with losses .*web\.v1: it is not base64/m);
    expect(stdout).toContain('2 records created');
    // Sources that were to go wait for somebody.
    expect(code).toBe(3);
    expect(await sourcesLeft()).toEqual(['web.v1', 'web.v2', 'web.v3']);
  });

  test('without a status is refused with the reason, and the others move', async () => {
    const without = tillers({ name: 'odd' }, ({ info, ...release }) => {
      const { status: _, ...rest } = info ?? { description: '', notes: '' };
      return { ...release, info: { ...rest, status: 'unknown', hasStatus: false } };
    });
    await put(cluster, without, ...many('web', 1));
    const { code, stdout } = await migrate('--all', '--yes');
    expect(stdout).toMatch(/^odd .* refused .*revision 1 can't be converted: it has no status/m);
    expect(stdout).toContain('Done: 1 release, 1 record created');
    expect(code).toBe(3);
  });

  test('of more releases than one answer holds', async () => {
    const all = Array.from({ length: 56 }, (_, i) => many(`app-${i}`, 10)).flat();
    await Promise.all([0, 1, 2, 3].map((n) => put(cluster, ...all.filter((_, i) => i % 4 === n))));
    const { code, stdout } = await migrate('--all', '--yes');
    expect(stdout).toContain('Done: 56 releases, 560 records created');
    expect(code).toBe(0);
  });
});

describe('the content', () => {
  const files = [
    {
      name: 'requirements.yaml',
      data: Buffer.from('dependencies:\n- {name: db, version: 1.2.3, repository: "https://x/y"}\n'),
    },
    {
      name: 'requirements.lock',
      data: Buffer.from(
        'dependencies:\n- {name: db, version: 1.2.3, repository: "https://x/y"}\ndigest: sha256:ab\ngenerated: "2019-05-06T07:08:09Z"\n',
      ),
    },
  ];
  const oldChart = (release: Release): Release => {
    const metadata = release.chart?.metadata;
    if (!release.chart || !metadata) throw new Error('a sketch has a chart');
    const changed: Chart = { ...release.chart, files, metadata: { ...metadata, apiVersion: '' } };
    return { ...release, chart: changed };
  };

  test('keeps requirements and their lock, and a chart without apiVersion is v1', async () => {
    await put(cluster, tillers({ name: 'web' }, oldChart));
    expect((await migrate('web', '--yes')).code).toBe(0);
    const { chart: found } = await migrated('web', 1);
    expect(found?.metadata?.apiVersion).toBe('v1');
    expect(found?.metadata?.dependencies).toMatchObject([{ name: 'db', version: '1.2.3' }]);
    expect(found?.lock).toMatchObject({ digest: 'sha256:ab', dependencies: [{ name: 'db' }] });
    const at = { kubeconfig: cluster.adminKubeconfig };
    const shown = await run(helm4, ['get', 'metadata', 'web', '-n', apps, '-o', 'json'], at);
    const wanted = [{ name: 'db', version: '1.2.3', repository: 'https://x/y' }];
    expect(JSON.parse(shown.stdout)).toMatchObject({ dependencies: wanted });
  });

  test('that is pending waits for a decision, after which both Helms upgrade', async () => {
    await put(cluster, tillers({ name: 'web' }));
    await put(cluster, tillers({ name: 'web', revision: 2, status: 'pending-upgrade' }));
    const { code, stdout } = await migrate('web', '--yes');
    expect(stdout).toMatch(/^web .* needs a decision .*pending-upgrade.*--resolve-pending/m);
    expect(code).toBe(4);
    expect(await targets()).toEqual([]);
    expect((await migrate('web', '--yes', '--resolve-pending', 'failed')).code).toBe(0);
    for (const helm of [helm3, helm4]) {
      const at = { kubeconfig: cluster.adminKubeconfig };
      const upgraded = await run(helm, ['upgrade', 'web', chart, '-n', apps, '--no-hooks'], at);
      expect(upgraded, upgraded.stderr).toMatchObject({ code: 0 });
    }
  });
});

describe('what will fail is said before the first write', () => {
  test.each([
    ['upgrade', (name: string) => ['upgrade', name, chart, '--no-hooks']],
    ['rollback', (name: string) => ['rollback', name, '1', '--no-hooks']],
  ])('by a control character in the manifest, at which %s fails', async (_, act) => {
    const object = 'apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a}\ndata: {a: "\u0007"}\n';
    const spoilt = (release: Release) => ({ ...release, manifest: `---\n${object}` });
    await put(cluster, tillers({ name: 'web' }, spoilt));
    const { stdout } = await migrate('web', '--yes', '--no-adopt');
    expect(stdout).toMatch(/line 5 of the manifest holds a control character/);
    for (const helm of [helm3, helm4]) {
      const at = { kubeconfig: cluster.adminKubeconfig };
      const { code, stderr } = await run(helm, [...act('web'), '-n', apps], at);
      expect({ failed: code !== 0, stderr }).toEqual({
        failed: true,
        stderr: expect.stringMatching(
          /control characters are not allowed|corrupted release record/,
        ),
      });
    }
  });

  const noise = (bytes: number) => [{ name: 'noise', data: randomBytes(bytes) }];
  const laden = (release: Release): Release => ({
    ...release,
    ...(release.chart && { chart: { ...release.chart, files: noise(783_500) } }),
  });

  test('by the dry run and by the run alike', async () => {
    await put(
      cluster,
      ...many('web', 2),
      tillers({ name: 'lost', namespace: 'no-such-namespace' }),
      tillers({ name: 'large', status: 'superseded' }),
      tillers({ name: 'large', revision: 2 }, laden),
    );
    const mark = await cluster.auditMark();
    const dry = await migrate('--all', '--dry-run');
    const wet = await migrate('--all', '--yes', '--exclude', 'web');
    for (const { stdout } of [dry, wet]) {
      expect(stdout).toMatch(/^large .* refused .*takes [0-9]+ bytes, and a Secret holds/m);
      expect(stdout).toMatch(/^lost .* refused .*no-such-namespace does not exist/m);
    }
    expect([dry.code, wet.code]).toEqual([3, 4]);
    const created = await cluster.auditCounts(mark, {
      ...{ resource: 'secrets', verb: 'create', namespace: apps },
    });
    expect(created).toEqual({});
    expect((await migrate('--all', '--yes')).stdout).toContain('Done: 1 release, 2 records');
    expect(await targets()).toEqual(keys('web', 1, 2));
  });

  test('one name in two Tillers, one after the other and both at once', async () => {
    const other = await cluster.namespace('tiller');
    const second = tillers({ name: 'web', revision: 2, updated: '2026-11-21T00:00:00Z' });
    await put(cluster, ...many('web', 1), { ...second, namespace: other });
    const from = (...namespaces: string[]) =>
      releases(['migrate2to3', 'web', '--yes', ...namespaces.flatMap((name) => ['-t', name])]);
    const both = await from(tiller, other);
    expect(both.stdout).toMatch(/^web .* refused /m);
    expect(await targets()).toEqual([]);
    expect((await from(tiller)).code).toBe(0);
    const { code, stdout } = await from(other);
    expect(stdout).toMatch(/^web .* refused .*another Helm 3 release has this name/m);
    expect(code).toBe(4);
    expect(await targets()).toEqual(keys('web', 1));
  });

  test('a release of Helm 3 with the same name and other revisions', async () => {
    const at = ['-n', apps, '--no-hooks'];
    const kubeconfig = cluster.adminKubeconfig;
    expect((await run(helm4, ['install', 'web', chart, ...at], { kubeconfig })).code).toBe(0);
    await put(cluster, tillers({ name: 'web', revision: 7 }));
    const { code, stdout } = await migrate('web', '--yes');
    expect(stdout).toMatch(/another Helm 3 release has this name, with revision 1/);
    expect(code).toBe(4);
    expect((await migrate('web', '--yes', '--target-release', 'old-web')).code).toBe(0);
    expect(await targets()).toEqual([...keys('old-web', 7), ...keys('web', 1)]);
  });
});

describe('where records are', () => {
  test('is found without a Tiller, in Secrets and in ConfigMaps', async () => {
    const secret = { kind: 'Secret', type: 'Opaque' } as const;
    await put(cluster, ...many('web', 1), { ...tillers({ name: 'db' }), ...secret });
    const { stdout } = await migrate('--all', '--yes');
    expect(stdout).toContain('Done: 2 releases, 2 records created');
    await put(cluster, ...many('only-there', 1));
    const missed = await releases(['migrate2to3', 'only-there', '--dry-run', '-t', apps]);
    expect(missed.stderr).toMatch(/^error: no Helm 2 release "only-there" in/);
    expect(missed.code).toBe(1);
  });

  test('is the cluster of the context that is named, and the namespace of each release', async () => {
    await put(cluster, ...many('web', 2));
    let asked = 0;
    const other = await startProxy(cluster, () => {
      asked += 1;
      return 'drop';
    });
    const context = (name: string) => ({ cluster: name, user: 'u', namespace: 'default' });
    const kubeconfig = join(folder, 'two-clusters');
    const trust = { 'certificate-authority': cluster.caFile };
    const user = cluster.kubeconfigFor('context-user', ['system:masters']);
    writeFileSync(
      kubeconfig,
      stringify({
        ...{ apiVersion: 'v1', kind: 'Config', 'current-context': 'other' },
        clusters: [
          { name: 'other', cluster: { server: other.server, ...trust } },
          { name: 'here', cluster: { server: cluster.server, ...trust } },
        ],
        contexts: ['other', 'here'].map((name) => ({ name, context: context(name) })),
      }),
    );
    const both = `${kubeconfig}:${user}`;
    const args = ['--context', 'here', '--user', 'context-user', '-t', tiller, '--yes'];
    const env = { KUBECONFIG: both };
    const { code, stderr } = await releases(['migrate2to3', 'web', ...args], { env });
    await other.close();
    expect(stderr).toBe('');
    expect(code).toBe(0);
    expect(asked).toBe(0);
    expect(await targets()).toEqual(keys('web', 1, 2));
  });
});

describe('an error is an error', () => {
  async function withRefusals(refused: (request: ProxiedRequest) => boolean, args: string[]) {
    const answer: Fate = { status: 500, body: { kind: 'Status', reason: 'InternalError' } };
    const proxy = await startProxy(cluster, (request) => (refused(request) ? answer : 'pass'));
    const options = { kubeconfig: proxy.kubeconfig, cwd: folder };
    const result = await releases(['migrate2to3', ...args, '-t', tiller], options);
    await proxy.close();
    return result;
  }

  test('when a delete fails: it is said, a copy is there, and a rerun ends the work', async () => {
    await put(cluster, ...many('web', 3));
    const copy = backup();
    const refused = ({ method, path }: ProxiedRequest) =>
      method === 'DELETE' && path.includes('web.v2');
    const { code, stdout, stderr } = await withRefusals(refused, ['web', ...deleting, copy]);
    expect(stderr).toContain(`error: the API server refused to delete configmap ${tiller}/web.v2`);
    expect(stdout).toContain('1 release failed');
    expect(stdout).not.toContain('Done:');
    expect(stdout).toContain(`restore ${copy}`);
    expect(code).toBe(1);
    expect(await sourcesLeft()).toEqual(['web.v2', 'web.v3']);
    expect(readdirSync(join(copy, tiller))).toHaveLength(3);
    expect((await migrate('web', ...deleting, backup())).code).toBe(0);
    expect(await sourcesLeft()).toEqual([]);
    expect(await targets()).toEqual(keys('web', 1, 2, 3));
  });

  test('when a finalizer holds a source: it is said, and the copies stand', async () => {
    await put(cluster, ...many('web', 3));
    const path = `/api/v1/namespaces/${tiller}/configmaps/web.v1`;
    const held = (await cluster.must('GET', path)) as { metadata: object };
    const metadata = { ...held.metadata, finalizers: ['example.com/hold'] };
    await cluster.must('PUT', path, { ...held, metadata });
    const { code, stderr } = await migrate('web', ...deleting, backup());
    expect(stderr).toContain(`error: configmap ${tiller}/web.v1 is still there`);
    expect(stderr).toContain('it waits for a finalizer');
    expect(code).toBe(1);
    expect(await sourcesLeft()).toEqual(['web.v1']);
    expect(await targets()).toEqual(keys('web', 1, 2, 3));
  });

  test('when a create fails: nothing is deleted, and the other releases move', async () => {
    await put(cluster, ...many('web', 3), ...many('db', 2));
    let creates = 0;
    const refused = ({ method, path }: ProxiedRequest) => {
      if (method !== 'POST' || !path.includes(`/${apps}/secrets`)) return false;
      creates += 1;
      return creates === 2;
    };
    const args = ['--all', ...deleting, backup(), '--concurrency', '1'];
    const { code, stdout, stderr } = await withRefusals(refused, args);
    expect(stderr).toContain('error: the API server refused to create secret');
    expect(stdout).toContain('1 release failed');
    expect(stdout).toContain('Done: 1 release');
    expect(code).toBe(1);
    expect(await sourcesLeft()).toEqual(['db.v1', 'db.v2']);
  });

  test('when a permission is missing: it is named before the first write', async () => {
    await put(cluster, ...many('web', 2));
    const user = `no-deletes-${tiller}`;
    await cluster.allow(user, [{ resources: ['configmaps', 'secrets'], verbs: ['get', 'list'] }]);
    await cluster.allow(user, [{ resources: ['secrets'], verbs: ['create'] }]);
    await cluster.allow(user, [{ resources: ['namespaces'], verbs: ['get'] }]);
    const kubeconfig = cluster.kubeconfigFor(user);
    const args = ['migrate2to3', 'web', ...deleting, backup(), '-t', tiller];
    const { code, stderr } = await releases(args, { kubeconfig, cwd: folder });
    expect(stderr).toMatch(/no permission to .*delete configmaps|may not delete configmaps/);
    expect(code).not.toBe(0);
    expect(await targets()).toEqual([]);
  });
});
