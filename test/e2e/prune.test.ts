/** `prune` on histories that real helms have written: then helm goes on, and nothing else has changed. */
import { randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { helmWords } from '../cluster/clients.ts';
import { type Postgres, startPostgres } from '../cluster/postgres.ts';
import { useClients, useCluster } from '../cluster/shared.ts';
import { builtProgram } from './kubectl-program.ts';
import { contents, recordsIn } from './relocateWorld.ts';
import { digests, restorable } from './unlockWorld.ts';

const cluster = useCluster();
const { helms, run } = useClients();
const kubeconfig = cluster.adminKubeconfig;
const program = builtProgram(run, kubeconfig);
const chart = fileURLToPath(new URL('../cluster/chart', import.meta.url));
const folder = mkdtempSync(join(tmpdir(), 'prune-'));
afterAll(() => rmSync(folder, { recursive: true }));
const newFolder = () => join(folder, randomBytes(6).toString('hex'));

function helmIn(helm: string, namespace: string, env: { readonly [name: string]: string } = {}) {
  return async (...args: readonly string[]): Promise<string> => {
    const ran = await run(helm, [...args, '-n', namespace], { kubeconfig, env });
    expect(ran, `${args.join(' ')}: ${ran.stderr}`).toMatchObject({ code: 0 });
    return ran.stdout;
  };
}

async function statuses(helm: ReturnType<typeof helmIn>): Promise<string[]> {
  const rows = JSON.parse(await helm('history', 'shop', '-o', 'json', '--max', '100'));
  return rows.map(
    ({ revision, status }: { revision: number; status: string }) => `${revision} ${status}`,
  );
}

/** All that it says, but when it was made anew. */
function said(item: Parameters<typeof restorable>[0]): unknown {
  const { metadata, ...rest } = item;
  const { uid: _, creationTimestamp: __, ...kept } = metadata;
  return restorable({ ...rest, metadata: kept });
}

const undoOf = (out: string) => /^Undo: \S+ releases (.*)$/m.exec(out)?.[1]?.split(' ') ?? [];

describe.each(helmWords)('%s', (word) => {
  it('goes on from what is kept, and all of it comes back', async () => {
    const namespace = await cluster.namespace('prune');
    const helm = helmIn(helms[word], namespace);
    await helm('install', 'shop', chart);
    for (let n = 2; n <= 6; n++) await helm('upgrade', 'shop', chart, '--set', `greeting=${n}`);
    await helm('install', 'other', chart);
    const before = await digests(cluster, namespace);
    const bytes = await digests(cluster, namespace, said);
    const line = ['prune', 'shop', '-n', namespace, '--keep', '3', '--yes', '--backup'];
    const done = await program([...line, newFolder()]);
    expect(done, done.stdout + done.stderr).toMatchObject({ code: 0, stderr: '' });
    expect(done.stdout).toContain('revisions 1-3 go, ');
    expect(done.stdout).toContain('Done: 1 release, 3 records deleted.');
    const gone = [1, 2, 3].map((revision) => `secrets sh.helm.release.v1.shop.v${revision}`);
    const rest = Object.entries(before).filter(([name]) => !gone.includes(name));
    expect(await digests(cluster, namespace)).toEqual(Object.fromEntries(rest));

    const undone = await program([...undoOf(done.stdout), '--yes', '--backup', newFolder()]);
    expect(undone, undone.stdout + undone.stderr).toMatchObject({ code: 0 });
    expect(await digests(cluster, namespace, said)).toEqual(bytes);
    expect(await statuses(helm)).toHaveLength(6);

    expect(await program([...line, newFolder()])).toMatchObject({ code: 0 });
    expect(await program([...line, newFolder()])).toMatchObject({
      ...{ code: 0, stdout: 'Nothing to prune of 1 release.\n' },
    });
    // Without a number it goes to the newest but one.
    await helm('rollback', 'shop');
    await helm('upgrade', 'shop', chart);
    expect(await statuses(helm)).toEqual([
      '4 superseded',
      '5 superseded',
      '6 superseded',
      '7 superseded',
      '8 deployed',
    ]);
  });

  it('takes what was uninstalled, and the name is free', async () => {
    const namespace = await cluster.namespace('prune');
    const helm = helmIn(helms[word], namespace);
    await helm('install', 'shop', chart);
    await helm('upgrade', 'shop', chart);
    await helm('uninstall', 'shop', '--keep-history');
    const used = await run(helms[word], ['install', 'shop', chart, '-n', namespace], {
      kubeconfig,
    });
    expect(used.code).toBe(1);
    const line = ['prune', '--all', '-n', namespace, '--uninstalled', '--yes'];
    const done = await program([...line, '--backup', newFolder()]);
    expect(done, done.stdout + done.stderr).toMatchObject({ code: 0, stderr: '' });
    expect(done.stdout).toContain('all its revisions go: 2 records');
    await helm('install', 'shop', chart);
  });
});

describe.each(['configmap', 'sql'] as const)('records that helm keeps as %s', (driver) => {
  let postgres: Postgres;
  beforeAll(async () => {
    postgres = await startPostgres();
  });
  afterAll(() => postgres.stop());

  it('are pruned there, and come back to the byte', async () => {
    const namespace = await cluster.namespace('prune');
    const sqlUrl = await postgres.database();
    const env = { HELM_DRIVER: driver, HELM_DRIVER_SQL_CONNECTION_STRING: sqlUrl };
    const helm = helmIn(helms['helm4.3'], namespace, env);
    await helm('install', 'shop', chart);
    for (let n = 2; n <= 5; n++) await helm('upgrade', 'shop', chart);
    const records = () => recordsIn(driver, { namespace, sqlUrl });
    const before = contents(await records());
    const line = ['prune', '--all', '-n', namespace, '--keep', '2', '--yes', '--backup'];
    const done = await program([...line, newFolder()], { env });
    expect(done, done.stdout + done.stderr).toMatchObject({ code: 0, stderr: '' });
    expect((await records()).size).toBe(2);
    const undone = await program([...undoOf(done.stdout), '--yes', '--backup', newFolder()], {
      env,
    });
    expect(undone, undone.stdout + undone.stderr).toMatchObject({ code: 0 });
    expect(contents(await records())).toEqual(before);
    await program([...line, newFolder()], { env });
    await helm('upgrade', 'shop', chart);
  });
});
