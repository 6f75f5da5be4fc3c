/**
 * Two API servers at once, each with an authority, a user and permissions of its own: releases of a real
 * helm go from one to the other, also when the program is killed on the way.
 */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { parse, parseAllDocuments, stringify } from 'yaml';
import { isWrite } from '../cluster/audit.ts';
import { type Cluster, type RunningCluster, startCluster } from '../cluster/cluster.ts';
import { clientsOf } from '../faults/client.ts';
import { startProxy } from '../faults/proxy.ts';
import { random, sample } from '../faults/seeded.ts';
import { settings, timeoutMs } from '../faults/settings.ts';
import { runCli } from '../unit/cli-io.ts';
import { clients, cluster as old } from './relocateWorld.ts';

const chart = fileURLToPath(new URL('../cluster/chart', import.meta.url));
const start = clientsOf(old);
let other: RunningCluster;
let folder: string;
beforeAll(async () => {
  other = await startCluster();
  folder = mkdtempSync(join(tmpdir(), 'relocate-clusters-'));
}, 120_000);
afterAll(async () => {
  rmSync(folder, { recursive: true });
  await other.stop();
});

/** One kubeconfig with both, as contexts `old` (the current one) and `new`. */
function both(first: string, second: string): string {
  const named = (file: string, name: string) => {
    const config = parse(readFileSync(file, 'utf8'));
    const user = `${name}-user`;
    return {
      clusters: [{ ...config.clusters[0], name }],
      users: [{ ...config.users[0], name: user }],
      contexts: [{ name, context: { cluster: name, user } }],
    };
  };
  const [a, b] = [named(first, 'old'), named(second, 'new')];
  const path = join(mkdtempSync(join(folder, 'config-')), 'config');
  const config = {
    ...{ apiVersion: 'v1', kind: 'Config', 'current-context': 'old' },
    clusters: [...a.clusters, ...b.clusters],
    users: [...a.users, ...b.users],
    contexts: [...a.contexts, ...b.contexts],
  };
  writeFileSync(path, stringify(config), { mode: 0o600 });
  return path;
}

async function helm(cluster: Cluster, namespace: string, ...args: string[]): Promise<string> {
  const options = { kubeconfig: cluster.adminKubeconfig };
  const { code, stdout, stderr } = await clients.run(
    clients.helm4,
    [...args, '-n', namespace],
    options,
  );
  if (code !== 0) throw new Error(`helm ${args.join(' ')}: ${stderr}`);
  return stdout;
}

/** Namespaces of the same names in both clusters, with two revisions of one release in each. */
async function world(count = 2): Promise<string[]> {
  const namespaces: string[] = [];
  for (let i = 0; i < count; i++) {
    const namespace = await old.namespace('moving');
    await other.must('POST', '/api/v1/namespaces', { metadata: { name: namespace } });
    await helm(old, namespace, 'install', 'app', chart, '--labels', 'team=pay');
    await helm(old, namespace, 'upgrade', 'app', chart, '--set', 'greeting=two');
    namespaces.push(namespace);
  }
  return namespaces;
}

/** Payloads and labels of the records in some namespaces. */
async function records(cluster: Cluster, namespaces: readonly string[]) {
  const found = new Map<string, object>();
  for (const namespace of namespaces) {
    const query = 'labelSelector=owner%3Dhelm';
    const { items } = (await cluster.must(
      'GET',
      `/api/v1/namespaces/${namespace}/secrets?${query}`,
    )) as { items: { metadata: { name: string; labels: object }; data: { release: string } }[] };
    for (const { metadata, data } of items)
      found.set(`${namespace}/${metadata.name}`, { labels: metadata.labels, ...data });
  }
  return found;
}

describe('from one cluster into another', () => {
  it('a copy made before an upgrade follows it on the day of the move, and can be brought back', async () => {
    const [namespace = ''] = await world(1);
    const env = { KUBECONFIG: both(old.adminKubeconfig, other.adminKubeconfig) };
    const run = async (line: string) => {
      const ran = await runCli(line.split(' '), { env });
      expect(ran).toMatchObject({ code: 0, err: '' });
      return ran.out;
    };
    const move = `app -n ${namespace} --from secret --to-context new --yes`;
    await run(`copy ${move}`);
    const copied = await records(other, [namespace]);
    await helm(old, namespace, 'upgrade', 'app', chart, '--set', 'greeting=three');
    const upgraded = await records(old, [namespace]);
    const moved = await run(`relocate ${move} --delete-source --backup ${folder}/day`);
    expect(moved).toContain('superseded in the source since it was copied as deployed');
    expect(moved).toContain('1 record created and 1 replaced, read back and equal, 3 sources');
    expect(await records(other, [namespace])).toEqual(upgraded);
    const undo = /^Undo: kubectl releases (.*)$/m.exec(moved)?.[1] ?? '';
    const back = '--delete-source --context new --to-context old';
    expect(undo).toBe(`relocate app -n ${namespace} ${back}`);
    await run(`${undo} --yes --backup ${folder}/again`);
    expect(await records(old, [namespace])).toEqual(upgraded);
    expect(await records(other, [namespace])).toEqual(new Map());
    // What the copy was before that day is kept.
    await run(`restore ${folder}/day-replaced --context new --yes`);
    const key = `${namespace}/sh.helm.release.v1.app.v2`;
    expect((await records(other, [namespace])).get(key)).toEqual(copied.get(key));
  });

  it('what lies beside the store that is read is named, not left behind in silence', async () => {
    const [namespace = ''] = await world(1);
    const env = { kubeconfig: old.adminKubeconfig, env: { HELM_DRIVER: 'configmap' } };
    await clients.run(clients.helm4, ['install', 'beside', chart, '-n', namespace], env);
    const KUBECONFIG = both(old.adminKubeconfig, other.adminKubeconfig);
    const run = (line: string) => runCli(line.split(' '), { env: { KUBECONFIG } });
    const all = await run(`copy --all -n ${namespace} --to-context new --dry-run`);
    expect(all.code).toBe(0);
    expect(all.err).toBe('note: not among these: 1 release in configmap (--from configmap)\n');
    const one = await run(`copy beside -n ${namespace} --to-context new --dry-run`);
    expect(one.code).toBe(1);
    expect(one.err).toContain('there is a beside in configmap');
    expect(one.err).toContain('try: --from configmap');
    const found = await run(
      `copy beside -n ${namespace} --from configmap --to-context new --dry-run`,
    );
    expect(found.code).toBe(0);
  });

  it('every release moves to the byte, with its context or its kubeconfig, and helm goes on there', async () => {
    const namespaces = await world();
    const [first = '', second = ''] = namespaces;
    const before = await records(old, namespaces);
    const KUBECONFIG = both(old.adminKubeconfig, other.adminKubeconfig);
    const line = `--from secret --yes --delete-source --backup ${folder}/backup`;
    const one = await runCli(`relocate --all -n ${first} --to-context new ${line}`.split(' '), {
      env: { KUBECONFIG },
    });
    expect(one.err).toBe('');
    expect(one.out).toContain('2 records created, read back and equal, 2 sources deleted');
    expect(one.out).toContain('--context new --to-context old');
    expect(one.out).toMatch(
      /^Plan: 1 release, 2 revisions of namespace \S+, secret:\S+ \(context old\) → secret.*context new, https:/,
    );
    expect(one.out).toContain('only its records move: its live objects stay in context old');
    expect(one.out).toContain(
      'helm list -A --kube-context new · kubectl releases list -A --context new',
    );
    // Of the files that KUBECONFIG lists, the way back names the one that has all of the context.
    const more = join(folder, 'more.yaml');
    writeFileSync(more, 'apiVersion: v1\nkind: Config\ncontexts: []\n');
    const two = await runCli(
      `relocate --all -n ${second} --to-kubeconfig ${other.adminKubeconfig} ${line}`.split(' '),
      { env: { KUBECONFIG: [more, old.adminKubeconfig].join(delimiter) } },
    );
    expect(two.code).toBe(0);
    expect(two.out).toContain(`helm list -A --kubeconfig ${other.adminKubeconfig} · `);
    expect(await records(other, namespaces)).toEqual(before);
    expect(await records(old, namespaces)).toEqual(new Map());
    await helm(other, first, 'upgrade', 'app', chart, '--set', 'greeting=three');
    await helm(other, first, 'rollback', 'app', '1');
    await helm(other, first, 'uninstall', 'app');
    expect(await helm(other, second, 'list', '-q')).toBe('app\n');
    const undo = /^Undo: kubectl releases (.*)$/m.exec(two.out)?.[1] ?? '';
    expect(undo).toContain(`--to-kubeconfig ${old.adminKubeconfig} --to-context test`);
    const undone = await runCli(`${undo} --yes --backup ${folder}/undone`.split(' '), {
      env: { KUBECONFIG: old.adminKubeconfig },
    });
    expect(undone.code, undone.err).toBe(0);
    const own = [...before].filter(([key]) => key.startsWith(`${second}/`));
    expect(await records(old, [second])).toEqual(new Map(own));
    expect(await records(other, [second])).toEqual(new Map());
  });

  it('both clusters are named, in screens, data, reports and what to do next', async () => {
    const [namespace = ''] = await world(1);
    const KUBECONFIG = both(old.adminKubeconfig, other.adminKubeconfig);
    const run = (line: string) => runCli(line.split(' '), { env: { KUBECONFIG } });
    const report = join(folder, `${namespace}.md`);
    const line = `copy app -n ${namespace} --to-context new --map-namespace ${namespace}=nowhere`;
    const { out } = await run(`${line} --check --report ${report}`);
    expect(out).toContain(
      'namespace nowhere does not exist: kubectl create namespace nowhere --context new',
    );
    expect(out).toContain('ConfigMap app-greeting is not in context new');
    expect(readFileSync(report, 'utf8')).toMatch(/\(context old\) → .*\(context new, https/);
    const data = await run(`copy app -n ${namespace} --to-context new --dry-run -o json`);
    expect(JSON.parse(data.out).clusters).toMatchObject({
      from: { context: 'old' },
      to: { context: 'new', server: expect.stringMatching(/^https/) },
    });
    const one = await run(`copy app -n ${namespace} --to configmap --dry-run`);
    expect(one.out).toMatch(/ \(context old\) → configmap \(.*context old, https/);
    const archive = join(folder, `${namespace}.zip`);
    await run(`backup app -n ${namespace} ${archive}`);
    const back = await run(`restore ${archive} --to-context new --dry-run`);
    expect(back.out).toMatch(/→ the cluster \(context new, https/);
  });

  it('one cluster under another name is one: its live objects move along, or forbid two of them', async () => {
    const [namespace = ''] = await world(1);
    const eve = `eve-${namespace}`;
    const [all, verbs] = [
      ['secrets', 'configmaps'],
      ['get', 'list', 'create', 'delete', 'patch'],
    ];
    await old.allow(eve, [{ apiGroups: [''], resources: all, verbs }], namespace);
    const alias = join(folder, `${namespace}-alias`);
    const text = readFileSync(old.adminKubeconfig, 'utf8');
    writeFileSync(alias, text.replace('//127.0.0.1:', '//localhost:'), { mode: 0o600 });
    const object = `/api/v1/namespaces/${namespace}/configmaps/app-greeting`;
    const owner = async () => {
      const { metadata } = (await old.must('GET', object)) as {
        metadata: { annotations: { [name: string]: string } };
      };
      return metadata.annotations['meta.helm.sh/release-name'];
    };
    const move = `app -n ${namespace} --to-name fresh --to-context new --yes`;
    // By kube-system's uid, or where only one of the users may read that, by the server's address.
    for (const second of [alias, old.kubeconfigFor(eve)]) {
      const env = { KUBECONFIG: both(old.adminKubeconfig, second) };
      const run = (line: string) => runCli(line.split(' '), { env });
      const copied = await run(`copy ${move}`);
      expect(copied.code, copied.err).toBe(4);
      expect(copied.out).toContain('app-greeting would be app (');
      const plain = await run(`copy app -n ${namespace} --to configmap --to-context new --dry-run`);
      expect(plain.out).not.toContain('live objects stay');
      const backup = `--backup ${mkdtempSync(join(folder, 'alias-'))}`;
      const moved = await run(`relocate ${move} --delete-source ${backup}`);
      expect(moved, moved.err).toMatchObject({ code: 0, err: '' });
      expect(moved.out).not.toContain('live objects stay');
      expect(await owner()).toBe('fresh');
      expect(await helm(old, namespace, 'list', '-q')).toBe('fresh\n');
      const undo = /^Undo: kubectl releases (.*)$/m.exec(moved.out)?.[1] ?? '';
      expect(undo).toContain('--delete-source --context new --to-context old');
      const undone = await run(`${undo} --yes ${backup}`);
      expect(undone.code, undone.err).toBe(0);
      expect(await owner()).toBe('app');
      await helm(old, namespace, 'upgrade', 'app', chart, '--set', 'greeting=again');
    }
  });

  it('a map gives namespaces other names, and nothing that lives in the old cluster stands against it', async () => {
    const [namespace = ''] = await world(1);
    const target = await other.namespace('mapped');
    const KUBECONFIG = both(old.adminKubeconfig, other.adminKubeconfig);
    const line = `copy --all -n ${namespace} --to-context new --map-namespace ${namespace}=${target} --yes`;
    const { code, err } = await runCli(line.split(' '), { env: { KUBECONFIG } });
    expect(err).toBe('');
    expect(code).toBe(0);
    const history = JSON.parse(await helm(other, target, 'history', 'app', '-o', 'json'));
    expect(history).toHaveLength(2);
    // The objects were never there: an upgrade makes them where the release is now.
    await helm(other, target, 'upgrade', 'app', chart);
    await other.must('GET', `/api/v1/namespaces/${target}/configmaps/app-greeting`);
    const again = await runCli(line.split(' '), { env: { KUBECONFIG } });
    // The upgrade has superseded what was copied.
    expect(again.out).toContain('Nothing to do: 1 release is already copied.');
  });

  it('a move under a map is undone as it is printed, and no live object is touched', async () => {
    const namespaces = await world(2);
    const mapped = await Promise.all(namespaces.map(() => other.namespace('mapped')));
    const env = { KUBECONFIG: both(old.adminKubeconfig, other.adminKubeconfig) };
    const objects = () =>
      Promise.all(
        namespaces.map((one) =>
          old.must('GET', `/api/v1/namespaces/${one}/configmaps/app-greeting`),
        ),
      );
    // Those of the other tests in both clusters aren't meant.
    for (const namespace of namespaces)
      for (const revision of [1, 2]) {
        const path = `/api/v1/namespaces/${namespace}/secrets/sh.helm.release.v1.app.v${revision}`;
        const secret = (await old.must('GET', path)) as { metadata: { labels: object } };
        const labels = { ...secret.metadata.labels, move: namespaces[0] };
        await old.must('PUT', path, { ...secret, metadata: { ...secret.metadata, labels } });
      }
    const [before, live] = [await records(old, namespaces), await objects()];
    const maps = namespaces.map((one, at) => `--map-namespace ${one}=${mapped[at]}`).join(' ');
    const line = `relocate -A -l move=${namespaces[0]} --from secret --to configmap --to-context new ${maps}`;
    const run = async (text: string, backup: string) => {
      const ran = await runCli(`${text} --yes --backup ${folder}/${backup}`.split(' '), { env });
      expect(ran.code, text + ran.out + ran.err).toBe(0);
      return ran.out;
    };
    const moved = await run(`${line} --delete-source`, `map-${namespaces[0]}`);
    expect(await records(old, namespaces)).toEqual(new Map());
    const undo = moved
      .slice(moved.indexOf('Undo: '))
      .split('\n')
      .flatMap((text) => /kubectl releases (relocate .*)$/.exec(text)?.[1] ?? []);
    expect(undo).toHaveLength(2);
    for (const [at, one] of undo.entries()) await run(one, `back-${namespaces[at]}`);
    const texts = (found: Map<string, object>) => [...found.keys()].sort();
    const back = await records(old, namespaces);
    expect(texts(back)).toEqual(texts(before));
    for (const [key, { labels }] of back as Map<string, { labels?: object }>)
      expect(labels).toEqual((before.get(key) as { labels?: object }).labels);
    expect(await objects()).toEqual(live);
    for (const namespace of namespaces)
      await helm(old, namespace, 'upgrade', 'app', chart, '--set', 'greeting=three');
  });

  it('the Roles that rbac prints are enough, and each cluster is asked for its own', async () => {
    const [namespace = ''] = await world(1);
    const eve = `eve-${namespace}`;
    const KUBECONFIG = both(old.kubeconfigFor(eve), other.kubeconfigFor(eve));
    const flags = `-n ${namespace} --from secret --to configmap --to-context new --delete-source`;
    const line = `relocate --all ${flags} --yes --backup ${folder}/${namespace}`;
    const env = { KUBECONFIG };
    const grant = async (cluster: Cluster, end: 'from' | 'to') => {
      const printed = await runCli(
        `rbac relocate ${flags} --end ${end} --for user:${eve}`.split(' '),
        { env },
      );
      for (const document of parseAllDocuments(printed.out)) {
        const object = (document as { toJS(): { kind: string } }).toJS();
        const path = `/apis/rbac.authorization.k8s.io/v1/namespaces/${namespace}/${object.kind.toLowerCase()}s`;
        await cluster.must('POST', path, object);
      }
    };
    await grant(old, 'from');
    const mark = await other.auditMark();
    const refused = await eventually(() => runCli(line.split(' '), { env }), /configmaps/);
    expect(refused.code).toBe(4);
    expect(refused.err).toMatch(/list configmaps/);
    expect((await other.auditSince(mark, { user: eve })).filter(isWrite)).toEqual([]);
    await grant(other, 'to');
    const done = await eventually(() => runCli(line.split(' '), { env }), /^$/);
    expect(done.err).toBe('');
    expect(done.out).toContain('2 records created, read back and equal, 2 sources deleted');
  });

  it('killed anywhere and run again, no record is lost or doubled', {
    timeout: timeoutMs,
  }, async () => {
    const namespaces = await world(1);
    const [namespace = ''] = namespaces;
    await helm(old, namespace, 'install', 'cart', chart, '--labels', 'team=web');
    const before = await records(old, namespaces);
    const prune = async (cluster: Cluster) => {
      for (const namespace of namespaces)
        await cluster.must('DELETE', `/api/v1/namespaces/${namespace}/secrets`);
    };
    const kept = await Promise.all(
      namespaces.map((namespace) => old.must('GET', `/api/v1/namespaces/${namespace}/secrets`)),
    );
    const reset = async () => {
      await Promise.all([prune(old), prune(other)]);
      for (const { items } of kept as { items: { metadata: { namespace: string } }[] }[])
        for (const item of items) {
          const { namespace, name, labels } = item.metadata as { [field: string]: unknown };
          const body = { ...item, kind: 'Secret', metadata: { name, labels } };
          await old.must('POST', `/api/v1/namespaces/${namespace}/secrets`, body);
        }
    };
    const args = (to: string, backup: string) => {
      const ends = ['--from', 'secret', '--to-kubeconfig', to, '--delete-source'];
      return ['relocate', '--all', '-n', namespace, ...ends, '--yes', '--backup', backup];
    };
    /**
     * One run; the program is killed at the request of that number, in whichever cluster: before the server
     * sees it, or after it has done what was asked, so that only the reply is lost.
     */
    const run = async (point: number, when: 'before' | 'after' = 'before') => {
      let [count, client]: [number, ReturnType<typeof start> | undefined] = [0, undefined];
      const decide = () => {
        count++;
        if (count < point) return 'pass' as const;
        if (count === point && when === 'after') return { afterwards: () => client?.kill() };
        client?.kill();
        return 'drop' as const;
      };
      const proxies = [await startProxy(old, decide), await startProxy(other, decide)];
      const [a, b] = proxies.map(({ kubeconfig }) => kubeconfig);
      client = start(a ?? '', args(b ?? '', mkdtempSync(join(folder, 'backup-'))));
      const ended = await client.ended;
      for (const proxy of proxies) {
        await proxy.idle();
        await proxy.close();
      }
      return { ended, count };
    };
    const never = Number.POSITIVE_INFINITY;
    await reset();
    const { ended, count } = await run(never);
    expect(ended, ended.stderr).toMatchObject({ code: 0 });
    expect(await records(other, namespaces)).toEqual(before);
    const points = Array.from({ length: count }, (_, i) => i + 1);
    const half = Math.ceil(settings.points / 2);
    const some = (['before', 'after'] as const).flatMap((when) =>
      sample(points, half, random(settings.firstSeed)).map((point) => ({ point, when })),
    );
    for (const { point, when } of some) {
      await reset();
      const killed = await run(point, when);
      expect(killed.ended.code, `${when} request ${point}`).toBeNull();
      const [left, there] = [await records(old, namespaces), await records(other, namespaces)];
      for (const [place, record] of before)
        expect(
          [left.get(place), there.get(place)],
          `${place}, ${when} request ${point}`,
        ).toContainEqual(record);
      const rerun = await run(never);
      expect(rerun.ended, rerun.ended.stderr).toMatchObject({ code: 0 });
      expect(await records(other, namespaces), `${when} request ${point}`).toEqual(before);
      expect(await records(old, namespaces)).toEqual(new Map());
      const mark = await other.auditMark();
      await run(never);
      const written = (await other.auditSince(mark)).filter(isWrite);
      expect(written.filter(({ namespace }) => namespaces.includes(namespace ?? ''))).toEqual([]);
    }
  });
});

/** Roles take a moment to count. */
async function eventually<T extends { err: string }>(work: () => Promise<T>, wanted: RegExp) {
  for (let i = 0; ; i++) {
    const result = await work();
    if (wanted.test(result.err) || i === 20) return result;
    await new Promise((done) => setTimeout(done, 100));
  }
}
