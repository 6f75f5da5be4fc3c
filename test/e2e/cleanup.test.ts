/**
 * `cleanup` of releases on a real API server: what goes and what stays, that a deletion that fails is an
 * error, and that everything comes back by the commands of the last lines.
 */
import { randomBytes } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import { isWrite } from '../cluster/audit.ts';
import { useCluster } from '../cluster/shared.ts';
import { startProxy } from '../faults/proxy.ts';
import { type Ran, runCli } from '../unit/cli-io.ts';
import { broken, sketchRecord } from '../unit/cli-records.ts';
import { all, cleanup, makeWorld, migrate, records, standing, undone } from './cleanupWorld.ts';
import { put } from './kubectl-program.ts';

const here = useCluster();
const world = (...releases: readonly string[]) => makeWorld(here, ...releases);

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
    expect(restore.slice(-4)).toEqual(['--kubeconfig', w.kubeconfig, '--context', 'test']);
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

  test('that nobody can read go by name only, and come back as they were', async () => {
    const w = await world();
    const sketch = { helm: 2, name: 'damaged', namespace: w.apps } as const;
    await put(here, broken(sketchRecord(sketch, { namespace: w.tiller })));
    const before = await records(w);
    const kept = await cleanup(w, '--yes', '--release-cleanup');
    expect(kept.code).toBe(4);
    expect(kept.out).toMatch(
      /^damaged .* stays +a revision can't be read, so it can't be in Helm 3/m,
    );
    expect(await records(w)).toEqual(before);
    const gone = await cleanup(w, '--yes', '--release-cleanup', '--unmigrated', 'damaged');
    expect(gone.code, gone.err).toBe(0);
    expect((await records(w)).size).toBe(0);
    const [restore = []] = undone(gone.out, 'kubectl releases');
    const back = await runCli([...restore, '--yes']);
    expect(back, back.out + back.err).toMatchObject({ code: 0 });
    expect(await records(w)).toEqual(before);
  });

  test('a dry run and a second run write nothing', async () => {
    const made = await world('billing');
    await migrate(made, 'billing');
    // A user of its own: other files work on the same server.
    const user = `counted-${randomBytes(4).toString('hex')}`;
    const w = { ...made, kubeconfig: here.kubeconfigFor(user, ['system:masters']) };
    const writes = async (work: () => Promise<unknown>) => {
      const mark = await here.auditMark();
      await work();
      const entries = await here.auditSince(mark, { user });
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
    expect(again?.out).toContain(
      "Nothing of Helm 2's releases, Tiller, or Helm 2's home is left to delete.",
    );
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
    const user = `cleaner-${randomBytes(4).toString('hex')}`;
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
