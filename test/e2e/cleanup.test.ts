/**
 * `cleanup` on real API servers: what goes and what stays, in the cluster that was chosen and in no
 * other; what is refused; and that everything comes back by the commands of the last lines.
 */
import { randomBytes } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { parse, stringify } from 'yaml';
import { isWrite } from '../cluster/audit.ts';
import { type Cluster, type RunningCluster, startCluster } from '../cluster/cluster.ts';
import { useClients, useCluster } from '../cluster/shared.ts';
import { type Fate, startProxy } from '../faults/proxy.ts';
import { type CaptureOptions, type Ran, runCli } from '../unit/cli-io.ts';
import { sketchRecord } from '../unit/cli-records.ts';
import { put } from './kubectl-program.ts';

const here = useCluster();
const { kubectl, run } = useClients();
let other: RunningCluster;
let folder: string;
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'cleanup-'));
  other = await startCluster();
}, 120_000);
afterAll(async () => {
  rmSync(folder, { recursive: true });
  await other.stop();
});

const rbac = '/apis/rbac.authorization.k8s.io/v1';
const labels = { app: 'helm', name: 'tiller' };

/** A Tiller as `helm init --service-account tiller --tiller-tls …` leaves it, and its releases. */
interface World {
  readonly tiller: string;
  readonly apps: string;
  readonly kubeconfig: string;
}

/** @param releases by name: revisions in Helm 2, of which `migrated` are in Helm 3 already */
async function world(...releases: readonly string[]): Promise<World> {
  const [tiller, apps] = [await here.namespace('tiller'), await here.namespace('apps')];
  await installTiller(here, tiller);
  for (const name of releases)
    for (const revision of [1, 2]) {
      const status = revision === 2 ? 'deployed' : 'superseded';
      const sketch = { name, namespace: apps, revision, status };
      await put(here, sketchRecord({ ...sketch, helm: 2 }, { namespace: tiller }));
    }
  return { tiller, apps, kubeconfig: here.adminKubeconfig };
}

async function installTiller(cluster: Cluster, namespace: string): Promise<void> {
  const post = (path: string, body: object) => cluster.must('POST', path, body);
  const core = `/api/v1/namespaces/${namespace}`;
  const metadata = { name: 'tiller-deploy', labels };
  const image = 'ghcr.io/helm/tiller:v2.17.0';
  await post(`${core}/serviceaccounts`, { metadata: { name: 'tiller' } });
  await post(`${core}/secrets`, {
    ...{ metadata: { name: 'tiller-secret', labels }, data: { 'tls.key': 'a2V5LWNhbmFyeQ==' } },
  });
  await post(`${core}/services`, {
    ...{ metadata, spec: { selector: labels, ports: [{ name: 'tiller', port: 44134 }] } },
  });
  await post(`/apis/apps/v1/namespaces/${namespace}/deployments`, {
    metadata,
    spec: {
      ...{ replicas: 1, selector: { matchLabels: labels } },
      template: {
        metadata: { labels },
        spec: { serviceAccountName: 'tiller', containers: [{ name: 'tiller', image }] },
      },
    },
  });
  const account = { kind: 'ServiceAccount', name: 'tiller', namespace };
  const roleRef = { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name: 'view' };
  await post(`${rbac}/clusterrolebindings`, {
    ...{ metadata: { name: `own-${namespace}` }, roleRef, subjects: [account] },
  });
  const eve = { kind: 'User', apiGroup: 'rbac.authorization.k8s.io', name: 'eve' };
  await post(`${rbac}/clusterrolebindings`, {
    ...{ metadata: { name: `shared-${namespace}` }, roleRef, subjects: [account, eve] },
  });
}

/** Which objects of a Tiller are there. */
async function standing(cluster: Cluster, namespace: string): Promise<string[]> {
  const core = `/api/v1/namespaces/${namespace}`;
  const paths = {
    deployment: `/apis/apps/v1/namespaces/${namespace}/deployments/tiller-deploy`,
    service: `${core}/services/tiller-deploy`,
    secret: `${core}/secrets/tiller-secret`,
    account: `${core}/serviceaccounts/tiller`,
    own: `${rbac}/clusterrolebindings/own-${namespace}`,
    shared: `${rbac}/clusterrolebindings/shared-${namespace}`,
  };
  const found: string[] = [];
  for (const [name, path] of Object.entries(paths))
    if ((await cluster.request('GET', path)).status === 200) found.push(name);
  return found;
}
const all = ['deployment', 'service', 'secret', 'account', 'own', 'shared'];

/** Names of Tiller's records, with what they hold. */
async function records({ tiller }: World): Promise<Map<string, unknown>> {
  const { items } = (await here.must('GET', `/api/v1/namespaces/${tiller}/configmaps`)) as {
    readonly items: readonly { readonly metadata: { readonly name: string }; data?: unknown }[];
  };
  return new Map(
    items
      .filter(({ metadata }) => /\.v\d+$/.test(metadata.name))
      .map(({ metadata, data }) => [metadata.name, data]),
  );
}

function cli(w: World, ...args: readonly string[]): Promise<Ran> {
  return runCli([...args, '-t', w.tiller, '--kubeconfig', w.kubeconfig]);
}

/** A folder that isn't there yet. */
function newFolder(): string {
  return join(folder, randomBytes(6).toString('hex'));
}

const cleanup = (w: World, ...args: readonly string[]) =>
  cli(w, 'cleanup', '--backup', newFolder(), ...args);
const migrate = (w: World, ...names: readonly string[]) =>
  cli(w, 'migrate2to3', ...names, '--yes', '--no-adopt');

/** The commands after `Undo:`, as arguments. */
function undone(out: string, program: string): string[][] {
  const lines = [...out.matchAll(/^Undo: (.*)$/gm)].map(([, line = '']) => line);
  return lines
    .filter((line) => line.startsWith(program))
    .map((line) => line.slice(program.length + 1).split(' '));
}

describe('releases', () => {
  test('go when each revision is in Helm 3; the others survive, and Tiller for their sake', async () => {
    const w = await world('billing', 'shop');
    const before = await records(w);
    expect((await migrate(w, 'billing')).code).toBe(0);
    const mark = await here.auditMark();
    const done = await cleanup(w, '--yes', '--tiller-rbac');
    expect(done.code, done.err).toBe(3);
    expect(done.out).toMatch(/^billing .* delete +every revision is in Helm 3, equal$/m);
    expect(done.out).toMatch(/^shop .* stays +it isn't in Helm 3 \(2 revisions\)/m);
    expect(done.out).toContain("its storage holds what isn't in Helm 3: shop");
    expect([...(await records(w)).keys()]).toEqual(['shop.v1', 'shop.v2']);
    expect(await standing(here, w.tiller)).toEqual(all);
    const deleted = (await here.auditSince(mark)).filter(
      ({ verb, namespace }) => verb === 'delete' && [w.tiller, w.apps].includes(namespace ?? ''),
    );
    expect(deleted.map(({ name }) => name)).toEqual(['billing.v1', 'billing.v2']);

    const [restore = []] = undone(done.out, 'kubectl releases');
    expect(restore.slice(-2)).toEqual(['--kubeconfig', w.kubeconfig]);
    expect(await runCli([...restore, '--yes'])).toMatchObject({ code: 0, err: '' });
    expect(await records(w)).toEqual(before);
  });

  test('stay when Helm 3 has pruned their revisions, until they are named', async () => {
    const w = await world('billing');
    await migrate(w, 'billing');
    const [one, two] = ['v1', 'v2'].map(
      (v) => `/api/v1/namespaces/${w.apps}/secrets/sh.helm.release.v1.billing.${v}`,
    );
    const sketch = { name: 'billing', namespace: w.apps, revision: 3 };
    await put(here, sketchRecord(sketch));
    await here.must('DELETE', one ?? '');
    const some = await cleanup(w, '--name', 'billing', '--yes');
    expect(some.code).toBe(4);
    expect(some.out).toMatch(/stays +revision 1 isn't in Helm 3: migrate2to3 billing/);
    await here.must('DELETE', two ?? '');
    const none = await cleanup(w, '--name', 'billing', '--yes');
    expect(none.code).toBe(4);
    expect(none.out).toMatch(/stays +Helm 3 has upgraded it and pruned these revisions/);
    expect((await records(w)).size).toBe(2);
    const named = await cleanup(w, '--name', 'billing', '--unmigrated', 'billing', '--yes');
    expect(named.code, named.err).toBe(0);
    expect((await records(w)).size).toBe(0);
  });

  test('a dry run and a second run write nothing', async () => {
    const w = await world('billing');
    await migrate(w, 'billing');
    const writes = async (work: () => Promise<unknown>) => {
      const mark = await here.auditMark();
      await work();
      const entries = await here.auditSince(mark, { user: 'admin' });
      return entries.filter((entry) => isWrite(entry)).length;
    };
    expect(await writes(() => cleanup(w, '--dry-run', '--tiller-rbac'))).toBe(0);
    expect((await cleanup(w, '--yes', '--tiller-rbac')).code).toBe(0);
    let again: Ran | undefined;
    expect(
      await writes(async () => {
        again = await cleanup(w, '--yes', '--tiller-rbac');
      }),
    ).toBe(0);
    expect(again).toMatchObject({ code: 0 });
    expect(again?.out).toContain('Nothing of Helm 2 is left: nothing to do.');
  });

  test('a deletion that the server refuses is an error, also with --name', async () => {
    const w = await world('billing');
    await migrate(w, 'billing');
    const status = { kind: 'Status', status: 'Failure', code: 403, reason: 'Forbidden' };
    const proxy = await startProxy(here, ({ method }) =>
      method === 'DELETE' ? { status: 403, body: status } : 'pass',
    );
    try {
      const through = { ...w, kubeconfig: proxy.kubeconfig };
      const failed = await cleanup(through, '--name', 'billing', '--yes');
      expect(failed.code).toBe(1);
      expect(failed.err).toContain(
        `error: no permission to delete configmap ${w.tiller}/billing.v`,
      );
      expect(failed.err).toContain('while removing billing');
      const tiller = await cleanup(through, '--tiller-cleanup', '--yes');
      expect(tiller.code).toBe(1);
      expect(tiller.err).toContain(`no permission to delete service ${w.tiller}/tiller-deploy`);
      expect(tiller.out).toContain('Not all of it is done: nothing was deleted');
      const both = await cleanup(through, '--yes');
      expect(both.code).toBe(1);
      expect(both.out).toContain(`Left: Tiller in namespace ${w.tiller}`);
    } finally {
      await proxy.close();
    }
    expect((await records(w)).size).toBe(2);
    expect(await standing(here, w.tiller)).toEqual(all);
  });

  test('without a right that it takes, nothing is begun', async () => {
    const w = await world('billing');
    await migrate(w, 'billing');
    const user = `user-${randomBytes(4).toString('hex')}`;
    await here.allow(user, [
      { apiGroups: ['*'], resources: ['*'], verbs: ['get', 'list'] },
      { resources: ['configmaps', 'services'], verbs: ['delete'] },
    ]);
    const limited = { ...w, kubeconfig: here.kubeconfigFor(user) };
    const { code, err } = await cleanup(limited, '--yes');
    expect(code).toBe(4);
    expect(err).toContain(`no permission to delete deployments.apps in namespace ${w.tiller}`);
    expect((await records(w)).size).toBe(2);
  });
});

describe('Tiller', () => {
  test('goes from the chosen context and from no other', async () => {
    const w = await world();
    await other.must('POST', '/api/v1/namespaces', { metadata: { name: w.tiller } });
    await installTiller(other, w.tiller);
    const user = `cleaner-${randomBytes(4).toString('hex')}`;
    const kubeconfig = twoContexts(user);
    const ways: (readonly [string[], CaptureOptions])[] = [
      [['--context', 'other'], {}],
      [['--kube-context', 'other'], {}],
      // As `helm --kube-context other releases cleanup` starts its plugin.
      [[], { env: { HELM_KUBECONTEXT: 'other' } }],
    ];
    const mark = await here.auditMark();
    for (const [flags, options] of ways) {
      const args = ['cleanup', '--tiller-cleanup', '--dry-run', '-t', w.tiller, ...flags];
      const { code, out } = await runCli([...args, '--kubeconfig', kubeconfig], options);
      expect(code).toBe(0);
      expect(out).toContain(`Tiller in namespace ${w.tiller}, context other, ${other.server}:`);
    }
    const line = ['cleanup', '--tiller-cleanup', '--yes', '-t', w.tiller, '--context', 'other'];
    const done = await runCli([...line, '--backup', newFolder(), '--kubeconfig', kubeconfig]);
    expect(done, done.err).toMatchObject({ code: 0 });
    expect(await standing(other, w.tiller)).toEqual(['secret', 'account', 'own', 'shared']);
    expect(await standing(here, w.tiller)).toEqual(all);
    expect(await here.auditSince(mark, { user })).toEqual([]);
    const [apply = []] = undone(done.out, 'kubectl');
    expect(apply.slice(-2)).toEqual(['--context', 'other']);
    const back = await run(kubectl, apply, { kubeconfig });
    expect(back, back.stderr).toMatchObject({ code: 0 });
    expect(await standing(other, w.tiller)).toEqual(all);
  });

  test('goes with its rights when asked; what others share stays, and all comes back', async () => {
    const w = await world('billing');
    await migrate(w, 'billing');
    const done = await cleanup(w, '--yes', '--tiller-cleanup', '--tiller-rbac');
    expect(done.code, done.err).toBe(0);
    expect(done.out).toMatch(
      new RegExp(`^clusterrolebinding shared-${w.tiller} +stays +it binds 1 other too$`, 'm'),
    );
    expect(done.out).toMatch(
      new RegExp(`^deployment ${w.tiller}/tiller-deploy +delete +ghcr\\.io/helm/tiller:v2`, 'm'),
    );
    expect(done.out + done.err).not.toContain('a2V5LWNhbmFyeQ');
    expect(await standing(here, w.tiller)).toEqual(['shared']);
    // Its records weren't asked for.
    expect((await records(w)).size).toBe(2);
    const [apply = []] = undone(done.out, 'kubectl');
    const backup = apply[apply.indexOf('-f') + 1] ?? '';
    const secret = join(backup, w.tiller, 'secret-tiller-secret.yaml');
    expect(statSync(secret).mode & 0o777).toBe(0o600);
    expect(parse(readFileSync(secret, 'utf8')).data).toEqual({ 'tls.key': 'a2V5LWNhbmFyeQ==' });
    const back = await run(kubectl, apply);
    expect(back, back.stderr).toMatchObject({ code: 0 });
    expect(await standing(here, w.tiller)).toEqual(all);
  });

  test('leaves an account that other pods run as, with its bindings', async () => {
    const w = await world();
    await here.must('POST', `/api/v1/namespaces/${w.tiller}/pods`, {
      metadata: { name: 'backup-job' },
      spec: { serviceAccountName: 'tiller', containers: [{ name: 'a', image: 'b' }] },
    });
    const done = await cleanup(w, '--yes', '--tiller-cleanup', '--tiller-rbac');
    expect(done.code, done.err).toBe(0);
    expect(done.out).toMatch(/^serviceaccount .*\/tiller +stays +pod backup-job runs as it too$/m);
    expect(await standing(here, w.tiller)).toEqual(['account', 'own', 'shared']);
  });

  test('that went half way goes on in the next run, also when an answer is lost', async () => {
    const w = await world();
    let deletes = 0;
    const proxy = await startProxy(here, ({ method }): Fate => {
      if (method !== 'DELETE') return 'pass';
      deletes += 1;
      if (deletes === 1) return 'lose-answer';
      return deletes < 4 ? 'pass' : { status: 500, body: { kind: 'Status', code: 500 } };
    });
    const args = ['--tiller-cleanup', '--tiller-rbac', '--yes'];
    try {
      const half = await cleanup({ ...w, kubeconfig: proxy.kubeconfig }, ...args);
      expect(half.code).toBe(1);
      expect(half.out).toContain('Not all of it is done: deleted 2 objects of Tiller.');
      expect(half.out).toContain('Run the same command to go on.');
    } finally {
      await proxy.close();
    }
    const left = await standing(here, w.tiller);
    expect(left).toEqual(['deployment', 'account', 'own', 'shared']);
    const rest = await cleanup(w, ...args);
    expect(rest.code, rest.err).toBe(0);
    expect(await standing(here, w.tiller)).toEqual(['shared']);
  });

  test('goes before its releases only when somebody says so', async () => {
    const w = await world('shop');
    const kept = await cleanup(w, '--yes', '--tiller-cleanup');
    expect(kept.code).toBe(4);
    expect(await standing(here, w.tiller)).toEqual(all);
    const gone = await cleanup(w, '--yes', '--tiller-cleanup', '--leave-unmigrated');
    expect(gone.code, gone.err).toBe(0);
    expect(await standing(here, w.tiller)).toEqual(['secret', 'account', 'own', 'shared']);
    expect((await records(w)).size).toBe(2);
  });

  test('stays when it writes after the plan was shown', async () => {
    const w = await world('billing');
    await migrate(w, 'billing');
    let reviewed = false;
    const proxy = await startProxy(here, async ({ method, path }): Promise<Fate> => {
      if (method === 'POST' && path.includes('selfsubjectaccessreviews') && !reviewed) {
        reviewed = true;
        const sketch = { name: 'late', namespace: w.apps, revision: 1 };
        await put(here, sketchRecord({ ...sketch, helm: 2 }, { namespace: w.tiller }));
      }
      return 'pass';
    });
    try {
      const through = { ...w, kubeconfig: proxy.kubeconfig };
      const { code, err } = await cleanup(through, '--tiller-cleanup', '--yes');
      expect(code).toBe(1);
      expect(err).toContain('late.v1 is new since the plan was made: this Tiller is at work');
    } finally {
      await proxy.close();
    }
    expect(await standing(here, w.tiller)).toEqual(all);
  });
});

/** Contexts `here`, which is the current one, and `other`. */
function twoContexts(user: string): string {
  const made = { here, other };
  const parts = Object.entries(made).map(([name, cluster]) => {
    const config = parse(readFileSync(cluster.kubeconfigFor(user, ['system:masters']), 'utf8'));
    return {
      cluster: { ...config.clusters[0], name },
      user: { ...config.users[0], name },
      context: { name, context: { cluster: name, user: name } },
    };
  });
  const path = join(folder, `${user}.kubeconfig`);
  const config = {
    ...{ apiVersion: 'v1', kind: 'Config', 'current-context': 'here' },
    clusters: parts.map(({ cluster }) => cluster),
    users: parts.map((part) => part.user),
    contexts: parts.map(({ context }) => context),
  };
  writeFileSync(path, stringify(config), { mode: 0o600 });
  return path;
}
