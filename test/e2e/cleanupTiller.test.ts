/**
 * `cleanup` of Tiller on real API servers: in the cluster that was chosen and in no other, only when
 * nothing needs it any more, and back by the command of the last line.
 */
import { randomBytes } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { parse, stringify } from 'yaml';
import { type RunningCluster, startCluster } from '../cluster/cluster.ts';
import { useClients, useCluster } from '../cluster/shared.ts';
import { type Fate, startProxy } from '../faults/proxy.ts';
import { type CaptureOptions, runCli } from '../unit/cli-io.ts';
import { sketchRecord } from '../unit/cli-records.ts';
import {
  all,
  cleanup,
  makeWorld,
  migrate,
  newFolder,
  records,
  standing,
  undone,
} from './cleanupWorld.ts';
import { put } from './kubectl-program.ts';
import { installTiller } from './tillerObjects.ts';

const here = useCluster();
const { kubectl, run } = useClients();
const world = (...releases: readonly string[]) => makeWorld(here, ...releases);
let other: RunningCluster;
beforeAll(async () => {
  other = await startCluster();
}, 120_000);
afterAll(() => other.stop());

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
    const done = await runCli([...line, '--backup', newFolder(here), '--kubeconfig', kubeconfig]);
    expect(done, done.err).toMatchObject({ code: 0 });
    expect(await standing(other, w.tiller)).toEqual(['secret', 'account', 'role', 'own', 'shared']);
    expect(await standing(here, w.tiller)).toEqual(all);
    expect(await here.auditSince(mark, { user })).toEqual([]);
    const [apply = []] = undone(done.out, 'kubectl');
    expect(apply.slice(-2)).toEqual(['--context', 'other']);
    const back = await run(kubectl, apply, { kubeconfig });
    expect(back, back.stderr).toMatchObject({ code: 0 });
    expect(await standing(other, w.tiller)).toEqual(all);
  });

  test('is gone when it runs again, and releases may still be there', async () => {
    const w = await world('billing');
    const args = ['--yes', '--tiller-cleanup', '--tiller-rbac', '--leave-unmigrated'];
    expect((await cleanup(w, ...args)).code).toBe(0);
    const again = await cleanup(w, ...args);
    expect(again.code, again.err).toBe(0);
    expect(again.out).toMatch(/\nNothing of Tiller is left to delete\.\n$/);
    expect((await records(w)).size).toBe(2);
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
    expect(await standing(here, w.tiller)).toEqual(['account', 'role', 'own', 'shared']);
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
    expect(left).toEqual(['deployment', 'account', 'role', 'own', 'shared']);
    const rest = await cleanup(w, ...args);
    expect(rest.code, rest.err).toBe(0);
    expect(await standing(here, w.tiller)).toEqual(['shared']);
  });

  test('goes before its releases only when somebody says so', async () => {
    const w = await world('shop');
    const kept = await cleanup(w, '--yes', '--tiller-cleanup');
    expect(kept.code).toBe(4);
    expect(await standing(here, w.tiller)).toEqual(all);
    const home = newFolder(here);
    mkdirSync(join(home, '.helm', 'repository'), { recursive: true });
    writeFileSync(join(home, '.helm/repository/repositories.yaml'), 'repositories: []\n');
    const both = await runCli(
      [
        ...['cleanup', '--tiller-cleanup', '--config-cleanup', '--yes', '-t', w.tiller],
        ...['--kubeconfig', w.kubeconfig],
      ],
      { env: { HOME: home } },
    );
    expect(both.code).toBe(4);
    expect(both.out).toContain('refusal: Tiller stays, and its client needs this folder');
    expect(existsSync(join(home, '.helm/repository/repositories.yaml'))).toBe(true);
    const gone = await cleanup(w, '--yes', '--tiller-cleanup', '--leave-unmigrated');
    expect(gone.code, gone.err).toBe(0);
    expect(await standing(here, w.tiller)).toEqual(['secret', 'account', 'role', 'own', 'shared']);
    expect((await records(w)).size).toBe(2);
  });

  test('stays where its releases are elsewhere, or nobody can tell where', async () => {
    const w = await world();
    const served = (await world('billing')).tiller;
    const path = `/apis/apps/v1/namespaces/${w.tiller}/deployments/tiller-deploy`;
    const change = async (container: object) => {
      const { spec, ...rest } = (await here.must('GET', path)) as {
        readonly spec: { readonly template: { spec: { containers: object[] } } };
      };
      const image = 'ghcr.io/helm/tiller:v2.17.0';
      spec.template.spec.containers = [{ name: 'tiller', image, ...container }];
      await here.must('PUT', path, { ...rest, spec });
    };
    const stays: readonly [object, string][] = [
      [{ env: [{ name: 'TILLER_NAMESPACE', value: served }] }, `it serves namespace ${served}`],
      [{ command: ['sh', '-c', 'exec /tiller --storage=sql'] }, 'it keeps its releases in sql'],
      [{ envFrom: [{ configMapRef: { name: 'tiller' } }] }, 'nobody can tell where'],
    ];
    for (const [container, message] of stays) {
      await change(container);
      const { code, out } = await cleanup(w, '--yes', '--tiller-cleanup');
      expect([code, out]).toEqual([4, expect.stringContaining(message)]);
      expect(out).toContain(`kubectl get deployment tiller-deploy -n ${w.tiller} -o yaml`);
    }
    expect(await standing(here, w.tiller)).toEqual(all);
    // Both are looked into: what isn't in Helm 3 is seen.
    await change({ env: [{ name: 'TILLER_NAMESPACE', value: served }] });
    const both = await cleanup(w, '--yes', '--tiller-cleanup', '-t', served);
    expect([both.code, both.out]).toEqual([4, expect.stringContaining("what isn't in Helm 3")]);
    const own = { valueFrom: { fieldRef: { fieldPath: 'metadata.namespace' } } };
    await change({ env: [{ name: 'TILLER_NAMESPACE', ...own }] });
    const gone = await cleanup(w, '--yes', '--tiller-cleanup');
    expect(gone.code, gone.err).toBe(0);
    expect(await standing(here, w.tiller)).not.toContain('deployment');
  });

  test("stays for a release in another namespace than helm's -n names", async () => {
    const w = await world('billing');
    await migrate(w, 'billing');
    const elsewhere = await here.namespace('elsewhere');
    const sketch = { helm: 2, name: 'shop', namespace: elsewhere } as const;
    await put(here, sketchRecord(sketch, { namespace: w.tiller }));
    // As `helm -n APPS releases cleanup` starts its plugin.
    const env = { HELM_PLUGIN_NAME: 'releases', HELM_NAMESPACE: w.apps };
    const args = ['cleanup', '--yes', '-t', w.tiller, '--backup', newFolder(here)];
    const done = await runCli([...args, '--kubeconfig', w.kubeconfig], { env });
    expect(done.code, done.err).toBe(3);
    expect(done.out).toContain("its storage holds what isn't in Helm 3: shop");
    expect(done.out).not.toMatch(/^shop /m);
    expect([...(await records(w)).keys()]).toEqual(['shop.v1']);
    expect(await standing(here, w.tiller)).toEqual(all);
    const none = await cleanup(w, '--name', 'shop', '-n', w.apps, '--yes');
    expect(none.code).toBe(1);
    expect(none.err).toContain('no Helm 2 release "shop"');
  });

  test('goes from several namespaces at once', async () => {
    const [one, two] = [await world('billing'), await world('shop')];
    await migrate(one, 'billing');
    await migrate(two, 'shop');
    const done = await cleanup(one, '-t', two.tiller, '--yes', '--tiller-rbac');
    expect(done.code, done.err).toBe(0);
    for (const w of [one, two]) {
      expect((await records(w)).size).toBe(0);
      expect(await standing(here, w.tiller)).toEqual(['shared']);
    }
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
  const folder = newFolder(here);
  mkdirSync(folder);
  const path = join(folder, 'config');
  const config = {
    ...{ apiVersion: 'v1', kind: 'Config', 'current-context': 'here' },
    clusters: parts.map(({ cluster }) => cluster),
    users: parts.map((part) => part.user),
    contexts: parts.map(({ context }) => context),
  };
  writeFileSync(path, stringify(config), { mode: 0o600 });
  return path;
}
