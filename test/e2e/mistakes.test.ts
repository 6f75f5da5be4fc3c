/** A command line with a mistake in it is refused before anything is written. */
import { randomBytes } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import { isWrite } from '../cluster/audit.ts';
import { useCluster } from '../cluster/shared.ts';
import { type Ran, runCli } from '../unit/cli-io.ts';
import { cleanup, makeWorld, migrate, newFolder, records, type World } from './cleanupWorld.ts';

const here = useCluster();

/** The same as a user of its own, whose writes can be counted on a server that others use. */
async function counted(w: World, work: (w: World) => Promise<Ran>) {
  const user = `mistaken-${randomBytes(4).toString('hex')}`;
  const mark = await here.auditMark();
  const ran = await work({ ...w, kubeconfig: here.kubeconfigFor(user, ['system:masters']) });
  const writes = (await here.auditSince(mark, { user })).filter(isWrite).length;
  return { ...ran, writes };
}

function moveAndDelete(w: World, ...args: readonly string[]) {
  const deleting = ['--delete-v2-releases', '--no-adopt', '--backup', newFolder(here), '--yes'];
  const ends = ['-t', w.tiller, '--kubeconfig', w.kubeconfig];
  return runCli(['migrate2to3', ...args, ...deleting, ...ends]);
}

test('a report that can not be written is no surprise after the work', async () => {
  const w = await makeWorld(here, 'exists');
  const before = await records(w);
  const ran = await counted(w, (as) => moveAndDelete(as, '--all', '--report', '/nodir/x.md'));
  expect(ran).toMatchObject({ code: 2, out: '', writes: 0 });
  expect(ran.err).toBe(
    [
      "error: --report can't be written to /nodir/x.md: there is no folder /nodir",
      '  try: name a file in a folder that is there\n',
    ].join('\n'),
  );
  expect(await records(w)).toEqual(before);
});

describe('--exclude of a name that is nowhere', () => {
  test.each([
    ['keep2', 'try: did you mean --exclude keep?'],
    ['else', 'try: kubectl releases list -A --helm 2  shows what there is'],
    ['', 'error: --exclude "" is no Helm 2 release in configmap:tiller-'],
  ])('%j leaves nothing to be moved and deleted', async (name, hint) => {
    const w = await makeWorld(here, 'go', 'keep');
    const before = await records(w);
    const ran = await counted(w, (as) => moveAndDelete(as, '--all', '--exclude', name));
    expect(ran).toMatchObject({ code: 2, out: '', writes: 0 });
    expect(ran.err).toContain(`error: --exclude "${name}" is no Helm 2 release in configmap:`);
    expect(ran.err).toContain(hint);
    expect(await records(w)).toEqual(before);
    expect((await migrate(w, 'go', 'keep')).code).toBe(0);
    for (const parts of [[], ['--release-cleanup'], ['--name', 'go']]) {
      const cleaned = await counted(w, (as) =>
        cleanup(as, ...parts, '--exclude', name, '--exclude', 'keep', '--yes'),
      );
      expect(cleaned, parts.join()).toMatchObject({ code: 2, out: '', writes: 0 });
    }
    expect(await records(w)).toEqual(before);
  });

  test('is harmless where Helm 3 has it, or another namespace, or nothing is left', async () => {
    const w = await makeWorld(here, 'finished', 'other', 'last');
    expect((await moveAndDelete(w, 'finished')).code).toBe(0);
    const excluded = ['--exclude', 'finished', '--exclude', 'other'];
    const named = await moveAndDelete(w, 'last', ...excluded);
    expect(named.code, named.err).toBe(0);
    const all = await moveAndDelete(w, '--all', ...excluded);
    expect(all.code, all.err).toBe(0);
    expect([...(await records(w)).keys()]).toEqual(['other.v1', 'other.v2']);
    expect((await moveAndDelete(w, '--all')).code).toBe(0);
    const nothing = await moveAndDelete(w, '--all', '--exclude', 'nobody');
    expect(nothing.code, nothing.err).toBe(0);
  });
});
