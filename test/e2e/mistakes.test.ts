/** A command line with a mistake in it is refused before anything is written. */
import { randomBytes } from 'node:crypto';
import { expect, test } from 'vitest';
import { isWrite } from '../cluster/audit.ts';
import { useCluster } from '../cluster/shared.ts';
import { type Ran, runCli } from '../unit/cli-io.ts';
import { makeWorld, newFolder, records, type World } from './cleanupWorld.ts';

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
