/** Backups of a real API server: what real helms and a Tiller kept there, away and back, here and elsewhere. */
import { randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { isWrite } from '../cluster/audit.ts';
import { type RunningCluster, startCluster } from '../cluster/cluster.ts';
import { useClients, useCluster } from '../cluster/shared.ts';
import { runCli } from '../unit/cli-io.ts';
import { sketchRecord } from '../unit/cli-records.ts';
import { put } from './kubectl-program.ts';

const chart = fileURLToPath(new URL('../cluster/chart', import.meta.url));
const cluster = useCluster();
const { helm3, helm4, kubectl, run } = useClients();

let folder = '';
let [pay, tiller] = ['', ''];
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'releases-backup-e2e-'));
  [pay, tiller] = [await cluster.namespace('pay'), await cluster.namespace('tiller')];
  await helm(helm3, 'install', 'three', chart);
  await helm(helm3, 'upgrade', 'three', chart, '--set', 'message=two');
  await helm(helm4, 'install', 'four', chart);
  await put(
    cluster,
    sketchRecord({ helm: 2, name: 'two', namespace: pay }, { namespace: tiller }),
    sketchRecord({ helm: 2, name: 'two', namespace: pay, revision: 2 }, { namespace: tiller }),
  );
}, 120_000);
afterAll(() => rmSync(folder, { recursive: true, force: true }));

async function helm(program: string, ...args: string[]): Promise<string> {
  const kubeconfig = cluster.adminKubeconfig;
  const ran = await run(program, [...args, '-n', pay], { kubeconfig });
  if (ran.code !== 0) throw new Error(ran.stderr);
  return ran.stdout;
}

const archive = (name: string) => join(folder, `${name}.zip`);

async function cli(args: readonly string[], kubeconfig = cluster.adminKubeconfig) {
  return runCli([...args, '--kubeconfig', kubeconfig]);
}

interface Listed {
  readonly metadata: { readonly name: string; readonly labels?: { [name: string]: string } };
  readonly type?: string;
  readonly data: object;
}

/** All Secrets and ConfigMaps of both namespaces, without what the server adds to them. */
async function stored(): Promise<unknown> {
  const found = [];
  for (const path of [`${pay}/secrets`, `${tiller}/configmaps`]) {
    const list = (await cluster.must('GET', `/api/v1/namespaces/${path}`)) as { items: Listed[] };
    for (const { metadata, type, data } of list.items)
      if (/v\d+$/.test(metadata.name))
        found.push({ name: metadata.name, labels: metadata.labels, type, data });
  }
  return found;
}

async function deleteRecords(): Promise<void> {
  await cluster.must('DELETE', `/api/v1/namespaces/${pay}/secrets?labelSelector=owner=helm`);
  await cluster.must(
    'DELETE',
    `/api/v1/namespaces/${tiller}/configmaps?labelSelector=OWNER=TILLER`,
  );
}

const backup = (name: string) => ['backup', '--all', '-n', pay, '-t', tiller, archive(name)];

describe('a backup of a cluster', () => {
  it('writes nothing there, holds all three Helms, and helm goes on after the restore', async () => {
    const before = await stored();
    const mark = await cluster.auditMark();
    // A user of its own: other files work on the same server.
    const user = `backup-${randomBytes(4).toString('hex')}`;
    const made = await cli(backup('all'), cluster.kubeconfigFor(user, ['system:masters']));
    expect(made, made.err).toMatchObject({ code: 0, err: '' });
    const asked = await cluster.auditSince(mark, { user });
    expect(asked.length).toBeGreaterThan(0);
    expect(asked.filter(isWrite)).toEqual([]);
    expect(made.out).toContain('Done: 3 releases, 5 records created, read back and equal.');
    const { out } = await runCli(['verify', archive('all'), '-o', 'yaml']);
    expect(parse(out)).toMatchObject({
      sealed: true,
      from: expect.arrayContaining([`secret:${pay} (context test)`]),
    });
    const same = await cli(['restore', archive('all'), '--yes']);
    expect(same.out).toContain('Nothing to do: 3 releases are already restored and equal.');
    await deleteRecords();
    expect(await helm(helm4, 'list', '-q')).toBe('');
    const back = await cli(['restore', archive('all'), '--yes']);
    expect(back, back.err).toMatchObject({ code: 0 });
    expect(await stored()).toEqual(before);
    expect((await helm(helm3, 'list', '-q')).trim().split('\n')).toEqual(['four', 'three']);
    expect(await helm(helm3, 'rollback', 'three', '1')).toContain('success');
    expect(await helm(helm4, 'upgrade', 'four', chart)).toContain('REVISION: 2');
    const later = await cli(['restore', archive('all'), '--yes']);
    expect(later, later.out).toMatchObject({ code: 0 });
    expect(JSON.parse(await helm(helm3, 'history', 'three', '-o', 'json'))).toHaveLength(3);
  });

  it('asks for no more than its Role, and neither does the restore', async () => {
    await cli(backup('role'));
    const roleOf = async (...line: string[]) => {
      const user = `${line[0]}-${pay}`;
      const { out } = await runCli(['rbac', ...line, '--optional', '--for', `user:${user}`]);
      const file = join(folder, `${user}.yaml`);
      writeFileSync(file, out);
      const applied = await run(kubectl, ['apply', '-f', file], {
        kubeconfig: cluster.adminKubeconfig,
      });
      expect(applied.code, applied.stderr).toBe(0);
      return cluster.kubeconfigFor(user, [], pay);
    };
    const reader = await roleOf('backup', '-n', pay, '-t', tiller);
    rmSync(archive('role'));
    const made = await cli(backup('role'), reader);
    expect(made, made.err).toMatchObject({ code: 0, err: '' });
    // Where all of it is there, reading is enough.
    expect(await cli(['restore', archive('role'), '--yes'], reader)).toMatchObject({ code: 0 });
    await deleteRecords();
    const again = await cli(['restore', archive('role'), '--yes'], reader);
    expect(again).toMatchObject({ code: 4, err: expect.stringContaining('rbac restore -n ') });
    const writer = await roleOf('restore', '-n', pay, '-n', tiller);
    const back = await cli(['restore', archive('role'), '--yes'], writer);
    expect(back, back.err).toMatchObject({ code: 0 });
  });

  it('goes back beside no record that somebody has given other labels', async () => {
    await cli(backup('labels'));
    const key = 'sh.helm.release.v1.three.v1';
    const label = async (...labels: string[]) => {
      const line = ['label', 'secret', key, '-n', pay, '--overwrite', ...labels];
      const ran = await run(kubectl, line, { kubeconfig: cluster.adminKubeconfig });
      expect(ran.code, ran.stderr).toBe(0);
    };
    for (const change of ['name=other', 'owner=me', 'owner-']) {
      await label(change);
      for (const line of [
        ['restore', archive('labels'), 'three'],
        ['restore', archive('labels')],
      ]) {
        const { code, out } = await cli([...line, '--yes']);
        expect([3, 4], out).toContain(code);
        expect(out.replace(/\s+/g, ' ')).toContain(`${key} exists and differs in labels`);
      }
      const over = ['--overwrite', 'three', '--backup', join(folder, `was-${change}`)];
      const back = await cli(['restore', archive('labels'), 'three', ...over, '--yes']);
      expect(back, back.err).toMatchObject({ code: 0 });
      expect(back.out).toContain('1 record replaced');
      expect(await helm(helm3, 'history', 'three')).toMatch(/^1 /m);
    }
  });
});

describe('in another cluster', () => {
  let other: RunningCluster;
  beforeAll(async () => {
    other = await startCluster();
  });
  afterAll(() => other?.stop());

  it('records are what they were, where their namespaces are there', async () => {
    await cli(backup('away'));
    const args = ['restore', archive('away'), '--to-kubeconfig', other.adminKubeconfig, '--yes'];
    const early = await runCli(args);
    expect(early.code).toBe(4);
    expect(early.out).toContain(`namespace ${pay} does not exist: kubectl create namespace ${pay}`);
    for (const name of [pay, tiller])
      await other.must('POST', '/api/v1/namespaces', { metadata: { name } });
    const done = await runCli(args);
    expect(done, done.err).toMatchObject({ code: 0 });
    const listed = await run(helm4, ['list', '-n', pay, '-q'], {
      kubeconfig: other.adminKubeconfig,
    });
    expect(listed.stdout.trim().split('\n')).toEqual(['four', 'three']);
    expect(
      (await cli(['restore', archive('away'), '--context', 'a', '--to-context', 'b'])).code,
    ).toBe(2);
  });
});
