/** A backup of all that may not look everywhere, on a real API server: it lacks a part, and says so. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { useCluster } from '../cluster/shared.ts';
import { runCli } from '../unit/cli-io.ts';
import { sketchRecord } from '../unit/cli-records.ts';
import { put } from './kubectl-program.ts';
import { as, grant, grants, newUser, settled } from './rbacUsers.ts';

const cluster = useCluster();
let [folder, pay, tiller] = ['', '', ''];
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'releases-rights-'));
  [pay, tiller] = [await cluster.namespace('pay'), await cluster.namespace('tiller')];
  await put(
    cluster,
    sketchRecord({ name: 'seen', namespace: pay }),
    sketchRecord({ name: 'hidden', namespace: pay }, { kind: 'ConfigMap' }),
    sketchRecord({ helm: 2, name: 'old', namespace: pay }, { namespace: tiller }),
  );
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

async function userOf(...role: string[]): Promise<string> {
  const user = newUser();
  await grant(role, user.name);
  await settled(user.kubeconfig, await grants(role), []);
  return user.kubeconfig;
}

const names = async (zip: string) =>
  (await runCli(['list', '-A', '-q', '--storage', `file:${zip}`])).out.trim().split('\n');

it('ends with 3, names the places in the archive, and replaces none that has more', async () => {
  const zip = join(folder, 'all.zip');
  const line = ['backup', '--all', '-n', pay, '-t', tiller, zip];
  const whole = await as(await userOf('backup', '--all', '-n', pay, '-t', tiller), line);
  expect(whole, whole.err).toMatchObject({ code: 0, err: '' });
  expect(await names(zip)).toEqual(['hidden', 'old', 'seen']);

  const reader = await userOf('backup', 'seen', '-n', pay);
  const less = await as(reader, [...line, '--overwrite']);
  expect(less.code, less.err).toBe(3);
  expect(less.err).toContain('no permission to look into configmap');
  expect(await names(zip)).toEqual(['hidden', 'old', 'seen']);
  const beside = join(folder, 'all-incomplete.zip');
  expect(await names(beside)).toEqual(['seen']);
  const verified = await runCli(['verify', beside]);
  expect(verified.code).toBe(3);
  expect(verified.out).toContain(
    `It may lack what configmap:${pay} has, which was asked for: no permission to look into it\n`,
  );
  expect(verified.out).toContain(`It may lack what configmap:${tiller} (Helm 2) has`);
  const { missing } = JSON.parse((await runCli(['verify', beside, '-o', 'json'])).out);
  expect(missing).toContainEqual(
    expect.objectContaining({ name: '', namespace: pay, store: `configmap:${pay}` }),
  );

  // Where there is none, or one that lacks the same, it has the name.
  const own = [...line.slice(0, -1), join(folder, 'own.zip'), '--overwrite'];
  expect((await as(reader, own)).code).toBe(3);
  expect((await as(reader, own)).code).toBe(3);
  expect(await names(join(folder, 'own.zip'))).toEqual(['seen']);
});

it('of a named release, or of a namespace that a Tiller of nobody’s lies beside, lacks nothing', async () => {
  const named = ['backup', 'seen', '-n', pay, join(folder, 'named.zip')];
  const one = await as(await userOf('backup', 'seen', '-n', pay), named);
  expect(one, one.err).toMatchObject({ code: 0 });
  const own = ['backup', '--all', '-n', pay, join(folder, 'pay.zip')];
  const all = await as(await userOf('backup', '--all', '-n', pay), own);
  expect(all, all.err).toMatchObject({ code: 0 });
  expect(all.err).toContain('configmap:kube-system (Helm 2)');
  expect(await names(join(folder, 'pay.zip'))).toEqual(['hidden', 'seen']);
});
