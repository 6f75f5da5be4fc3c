/** A command that names releases and deletes is run again: what it has done already is done. */
import { randomBytes } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import { isWrite } from '../cluster/audit.ts';
import { useCluster } from '../cluster/shared.ts';
import { runCli } from '../unit/cli-io.ts';
import { sketchRecord } from '../unit/cli-records.ts';
import { cleanup, makeWorld, newFolder, records, undone, type World } from './cleanupWorld.ts';
import { put } from './kubectl-program.ts';

const here = useCluster();

function moveAndDelete(w: World, ...args: readonly string[]) {
  const deleting = ['--delete-v2-releases', '--no-adopt', '--backup', newFolder(here), '--yes'];
  const ends = ['-t', w.tiller, '--kubeconfig', w.kubeconfig];
  return runCli(['migrate2to3', ...args, ...deleting, ...ends]);
}

const left = async (w: World) => [...(await records(w)).keys()];

test('migrate2to3 says how to undo it with the context, as cleanup does', async () => {
  const w = await makeWorld(here, 'undone');
  const before = await records(w);
  const done = await moveAndDelete(w, 'undone');
  const [restore = []] = undone(done.out, 'kubectl releases');
  expect(restore.slice(-4)).toEqual(['--kubeconfig', w.kubeconfig, '--context', 'test']);
  expect(await runCli([...restore, '--yes'])).toMatchObject({ code: 0, err: '' });
  expect(await records(w)).toEqual(before);
});

describe('migrate2to3 with names and --delete-v2-releases', () => {
  test('goes on after it was stopped between two releases', async () => {
    // Of no other test: where Helm 3 has a name, all of the cluster is looked at.
    const [one, two, ten] = ['again1', 'again2', 'again10'];
    const w = await makeWorld(here, one, two, ten);
    expect(await moveAndDelete(w, one)).toMatchObject({ code: 0, err: '' });
    const again = await moveAndDelete(w, one, two);
    expect(again.code, again.err).toBe(0);
    expect(again.err).toBe(
      `note: no Helm 2 release "${one}" is left in configmap:${w.tiller}, secret:${w.tiller}, and Helm 3 or 4 has it in secret:${w.apps}: nothing to do for it\n`,
    );
    expect(again.out).toContain('Done: 1 release, 2 records created');
    expect(await left(w)).toEqual([`${ten}.v1`, `${ten}.v2`]);
  });

  test('has nothing to do after it is done, and writes nothing', async () => {
    const made = await makeWorld(here, 'once', 'once2');
    const user = `again-${randomBytes(4).toString('hex')}`;
    const w = { ...made, kubeconfig: here.kubeconfigFor(user, ['system:masters']) };
    expect((await moveAndDelete(w, 'once')).code).toBe(0);
    const mark = await here.auditMark();
    const again = await moveAndDelete(w, 'once');
    expect(again).toMatchObject({
      code: 0,
      out: 'Nothing to do: Helm 2 has nothing left of once.\n',
    });
    const data = await moveAndDelete(w, 'once', '-o', 'json');
    expect(JSON.parse(data.out)).toMatchObject({
      releases: [],
      finished: [{ name: 'once', helm3: [`secret:${w.apps}`] }],
    });
    expect((await here.auditSince(mark, { user })).filter(isWrite)).toEqual([]);
  });

  test('says where a name that is in neither may be, and touches nothing', async () => {
    const w = await makeWorld(here, 'app1', 'app2');
    const none = await moveAndDelete(w, 'app1', 'app22');
    expect(none.code).toBe(1);
    expect(none.err).toContain('error: no Helm 2 release "app22"');
    expect(none.err).toContain('did you mean app2?');
    const elsewhere = await moveAndDelete(w, 'app1', '-n', w.tiller);
    expect(elsewhere.err).toContain(`try: -n ${w.apps}`);
    expect(await left(w)).toHaveLength(4);
  });

  test('knows Helm 3’s release by the name and the namespace it was given', async () => {
    const w = await makeWorld(here, 'old');
    const target = ['--target-release', 'new', '--target-namespace', w.tiller];
    expect((await moveAndDelete(w, 'old', ...target)).code).toBe(0);
    const again = await moveAndDelete(w, 'old', ...target);
    expect(again.code).toBe(0);
    expect(again.err).toContain(`Helm 3 or 4 has it in secret:${w.tiller}`);
    expect((await moveAndDelete(w, 'old', '--target-release', 'new', '-n', w.apps)).code).toBe(1);
  });

  test('names another Tiller that has one of that name', async () => {
    const w = await makeWorld(here, 'twice');
    const other = await makeWorld(here, 'twice');
    expect((await moveAndDelete(w, 'twice')).code).toBe(0);
    const again = await moveAndDelete(w, 'twice');
    expect(again.code).toBe(0);
    expect(again.err).toContain(
      `nothing to do for it; Helm 2 has one elsewhere: -t ${other.tiller}\n`,
    );
  });

  test('names a few of many places', async () => {
    const w = await makeWorld(here, 'common');
    expect((await moveAndDelete(w, 'common')).code).toBe(0);
    for (let i = 0; i < 4; i++) {
      const namespace = await here.namespace('team');
      await put(here, sketchRecord({ name: 'common', namespace }));
    }
    const again = await moveAndDelete(w, 'common');
    expect(again.code).toBe(0);
    expect(again.err).toMatch(
      /Helm 3 or 4 has it in (secret:[\w-]+(, )?){3} and 2 more: nothing to do/,
    );
  });
});

test('cleanup by name has nothing to do after it is done', async () => {
  const w = await makeWorld(here, 'app6', 'app5');
  const migrated = await runCli(
    ['migrate2to3', 'app6', 'app5', '--yes', '--no-adopt', '-t', w.tiller].concat(
      ...['--kubeconfig', w.kubeconfig],
    ),
  );
  expect(migrated.code).toBe(0);
  expect((await cleanup(w, '--name', 'app6', '--yes')).code).toBe(0);
  const again = await cleanup(w, '--name', 'app6', '--yes');
  expect(again.code, again.err).toBe(0);
  expect(again.err).toContain('note: no Helm 2 release "app6" is left in');
  expect(again.err).not.toContain('app5');
  expect(again.out).toMatch(/\nNothing of app6 is left to delete\.\n$/);
  const both = await cleanup(w, '--name', 'app6', '--name', 'app5', '--yes');
  expect(both.out).toContain('Done: deleted 2 records of 1 release.');
  const nowhere = await cleanup(w, '--name', 'nowhere', '--yes');
  expect(nowhere).toMatchObject({ code: 1 });
});

describe('where not all namespaces may be looked at', () => {
  async function limited(w: World): Promise<World> {
    const user = `limited-${randomBytes(4).toString('hex')}`;
    const resources = ['configmaps', 'secrets'];
    const verbs = ['get', 'list', 'create', 'delete'];
    for (const namespace of [w.apps, w.tiller])
      await here.allow(user, [{ resources, verbs }], namespace);
    return { ...w, kubeconfig: here.kubeconfigFor(user) };
  }

  test('-n says where, or the other releases do; else it is not taken for a mistyped name', async () => {
    const w = await limited(await makeWorld(here, 'app1', 'app2', 'app10'));
    expect((await moveAndDelete(w, 'app1')).code).toBe(0);
    const beside = await moveAndDelete(w, 'app1', 'app2');
    expect(beside.code, beside.err).toBe(0);
    const named = await moveAndDelete(w, 'app1', '-n', w.apps);
    expect(named.code, named.err).toBe(0);
    const lost = await moveAndDelete(w, 'app1');
    expect(lost.code).toBe(1);
    expect(lost.err).toContain('no permission to look in all namespaces');
    expect(lost.err).toContain('try: -n NAMESPACE, where Helm 3 would have it');
    expect(lost.err).not.toContain('app10');
    expect(await left(w)).toEqual(['app10.v1', 'app10.v2']);
  });

  test('the context’s namespace is one to look in', async () => {
    const w = await limited(await makeWorld(here, 'app1'));
    await put(here, sketchRecord({ name: 'native', namespace: w.apps }));
    const user = `here-${randomBytes(4).toString('hex')}`;
    await here.allow(user, [{ resources: ['configmaps', 'secrets'], verbs: ['list'] }], w.tiller);
    await here.allow(user, [{ resources: ['secrets'], verbs: ['list'] }], w.apps);
    const kubeconfig = here.kubeconfigFor(user, [], w.apps);
    const { code, err } = await moveAndDelete({ ...w, kubeconfig }, 'native');
    expect(code, err).toBe(0);
    expect(err).toContain(`Helm 3 or 4 has it in secret:${w.apps}`);
  });
});
