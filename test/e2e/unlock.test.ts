/** `unlock` on what real helms leave behind that are killed: then helm goes on, and nothing else has changed. */
import { randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { newestHelm3, newestHelm4 } from '../../src/helms.ts';
import { type HelmWord, helmWords } from '../cluster/clients.ts';
import { drawnOfEach } from '../cluster/drawn.ts';
import { type Postgres, startPostgres } from '../cluster/postgres.ts';
import { useClients, useCluster } from '../cluster/shared.ts';
import { builtProgram } from './kubectl-program.ts';
import { contents, recordsIn } from './relocateWorld.ts';
import { digests, killedWhileWaiting, restorable, waitingChart } from './unlockWorld.ts';

const cluster = useCluster();
const { helms, run } = useClients();
const program = builtProgram(run, cluster.adminKubeconfig);
const folder = mkdtempSync(join(tmpdir(), 'unlock-'));
afterAll(() => rmSync(folder, { recursive: true }));
const chart = waitingChart(join(folder, 'chart'));
const newFolder = () => join(folder, randomBytes(6).toString('hex'));
/** Whether a helm has begun with a revision, where its records are Secrets. */
const secretOf = (namespace: string, revision: number) => async () => {
  const at = `/api/v1/namespaces/${namespace}/secrets/sh.helm.release.v1.shop.v${revision}`;
  return (await cluster.request('GET', at)).status === 200;
};

const whatHappens = [
  'upgrades again what was unlocked as failed',
  'upgrades from what was unlocked as deployed',
  'installs again what was never installed to the end',
] as const;
/** The newest helm of each major does all three; of an old one the whole suite asks one. */
const askedOf = (word: HelmWord) =>
  word === newestHelm3.word || word === newestHelm4.word
    ? whatHappens
    : drawnOfEach(`unlock ${word}`, whatHappens, () => 'one');

describe.each(helmWords)('%s', (word) => {
  const asked = askedOf(word);
  const mayAsk = (title: (typeof whatHappens)[number], body: () => Promise<void>) => {
    if (asked.includes(title)) it(title, body);
  };

  async function scene() {
    const namespace = await cluster.namespace('unlock');
    const helm = async (...args: readonly string[]) =>
      run(helms[word], [...args, '-n', namespace], { kubeconfig: cluster.adminKubeconfig });
    const unlock = (...args: readonly string[]) =>
      program(['unlock', 'shop', '-n', namespace, ...args]);
    const must = async (...args: readonly string[]) => {
      const ran = await helm(...args);
      expect(ran, `${args.join(' ')}: ${ran.stderr}`).toMatchObject({ code: 0 });
      return ran.stdout;
    };
    const statuses = async () =>
      (JSON.parse(await must('history', 'shop', '-o', 'json')) as { status: string }[]).map(
        ({ status }) => status,
      );
    return { namespace, helm, unlock, must, statuses };
  }

  async function stuckUpgrade() {
    const all = await scene();
    await all.must('install', 'shop', chart);
    const begun = secretOf(all.namespace, 2);
    await killedWhileWaiting(
      cluster,
      helms[word],
      all.namespace,
      ['upgrade', 'shop', chart],
      begun,
    );
    const refused = await all.helm('upgrade', 'shop', chart);
    expect(refused).toMatchObject({
      code: 1,
      stderr: expect.stringContaining('another operation'),
    });
    return all;
  }

  mayAsk('upgrades again what was unlocked as failed', async () => {
    const { namespace, unlock, must, statuses } = await stuckUpgrade();
    const before = await digests(cluster, namespace);
    const bytes = await digests(cluster, namespace, restorable);
    const young = await unlock('--as', 'failed', '--yes');
    expect(young).toMatchObject({ code: 4 });
    expect(young.stdout).toContain('--older-than 0s');
    expect(await digests(cluster, namespace)).toEqual(before);

    const done = await unlock(
      ...['--as', 'failed', '--yes', '--older-than', '0s', '--backup', newFolder()],
    );
    expect(done, done.stdout + done.stderr).toMatchObject({ code: 0, stderr: '' });
    const newest = 'secrets sh.helm.release.v1.shop.v2';
    const { [newest]: was, ...others } = before;
    const { [newest]: is, ...same } = await digests(cluster, namespace);
    expect(same).toEqual(others);
    expect(is).not.toBe(was);
    expect(await statuses()).toEqual(['deployed', 'failed']);

    const line = /^Undo: \S+ releases (.*)$/m.exec(done.stdout)?.[1] ?? '';
    const undone = await program([...line.split(' '), '--yes', '--backup', newFolder()]);
    expect(undone, undone.stdout + undone.stderr).toMatchObject({ code: 0 });
    expect(await digests(cluster, namespace, restorable)).toEqual(bytes);

    const again = await unlock(
      ...['--as', 'failed', '--yes', '--older-than', '0s', '--backup', newFolder()],
    );
    expect(again, again.stderr).toMatchObject({ code: 0 });
    const settled = await digests(cluster, namespace);
    expect(await unlock('--as', 'failed', '--yes')).toMatchObject({
      code: 0,
      stdout: expect.stringContaining('is not stuck'),
    });
    expect(await digests(cluster, namespace)).toEqual(settled);

    await must('upgrade', 'shop', chart, '--set', 'at=three');
    expect(await statuses()).toEqual(['superseded', 'failed', 'deployed']);
  });

  mayAsk('upgrades from what was unlocked as deployed', async () => {
    const { namespace, unlock, must, statuses } = await stuckUpgrade();
    const done = await unlock(
      ...['--as', 'deployed', '--yes', '--older-than', '0s', '--backup', newFolder()],
    );
    expect(done, done.stdout + done.stderr).toMatchObject({ code: 0, stderr: '' });
    expect(done.stdout).toContain('2 records updated, read back and equal');
    expect(await statuses()).toEqual(['superseded', 'deployed']);
    await must('upgrade', 'shop', chart, '--set', 'at=three');
    // The Deployment that only the interrupted revision had goes, as docs/guides/recover.md says.
    const { status } = await cluster.request(
      ...(['GET', `/apis/apps/v1/namespaces/${namespace}/deployments/app`] as const),
    );
    expect(status).toBe(404);
    expect(await statuses()).toEqual(['superseded', 'superseded', 'deployed']);
  });

  mayAsk('installs again what was never installed to the end', async () => {
    const { namespace, helm, unlock, must } = await scene();
    const begun = secretOf(namespace, 1);
    await killedWhileWaiting(cluster, helms[word], namespace, ['install', 'shop', chart], begun);
    const refused = await helm('upgrade', '--install', 'shop', chart);
    expect(refused).toMatchObject({
      code: 1,
      stderr: expect.stringContaining('another operation'),
    });
    const done = await unlock(
      ...['--as', 'failed', '--yes', '--older-than', '0s', '--backup', newFolder()],
    );
    expect(done, done.stdout + done.stderr).toMatchObject({ code: 0, stderr: '' });
    await must('upgrade', '--install', 'shop', chart);
  });
});

describe.each(['configmap', 'sql'] as const)('records that helm keeps as %s', (driver) => {
  let postgres: Postgres;
  beforeAll(async () => {
    postgres = await startPostgres();
  });
  afterAll(() => postgres.stop());

  it('are unlocked there, and come back to the byte', async () => {
    const namespace = await cluster.namespace('unlock');
    const sqlUrl = await postgres.database();
    const env = { HELM_DRIVER: driver, HELM_DRIVER_SQL_CONNECTION_STRING: sqlUrl };
    const kubeconfig = cluster.adminKubeconfig;
    const helm = (...args: readonly string[]) =>
      run(helms['helm4.3'], [...args, '-n', namespace], { kubeconfig, env });
    const ours = (...args: readonly string[]) => program(args, { env });
    // Where helm looks, and nowhere else.
    const at = ['--helm-release-storage-type', driver];
    const records = () => recordsIn(driver, { namespace, sqlUrl });
    expect(await helm('install', 'shop', chart)).toMatchObject({ code: 0 });
    const begun = async () => (await records()).has('sh.helm.release.v1.shop.v2');
    const upgrade = ['upgrade', 'shop', chart];
    await killedWhileWaiting(cluster, helms['helm4.3'], namespace, upgrade, begun, env);
    expect(await helm('upgrade', 'shop', chart)).toMatchObject({ code: 1 });
    const found = await ours('doctor', '-n', namespace, '--details', ...at);
    expect(found, found.stderr).toMatchObject({ code: 3, stderr: '' });
    expect(found.stdout).toMatch(/^error pending: shop \(\S+\): revision 2 is pending-upgrade/m);
    expect(found.stdout).toContain(`try: kubectl releases unlock shop -n ${namespace}`);
    const before = contents(await records());
    const line = [
      'unlock',
      'shop',
      '-n',
      namespace,
      '--as',
      'deployed',
      '--older-than',
      '0s',
      '--yes',
    ];
    const done = await ours(...line, '--backup', newFolder());
    expect(done, done.stdout + done.stderr).toMatchObject({ code: 0, stderr: '' });
    const undo = /^Undo: \S+ releases (.*)$/m.exec(done.stdout)?.[1] ?? '';
    const undone = await ours(...undo.split(' '), '--yes', '--backup', newFolder());
    expect(undone, undone.stdout + undone.stderr).toMatchObject({ code: 0 });
    expect(contents(await records())).toEqual(before);
    expect(await ours(...line, '--backup', newFolder())).toMatchObject({ code: 0 });
    const upgraded = await helm('upgrade', 'shop', chart);
    expect(upgraded, upgraded.stderr).toMatchObject({ code: 0 });
  });
});
