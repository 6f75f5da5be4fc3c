/** A release that is in two stores: equal, it goes once; changed since, it is said which flag takes which. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { type Postgres, startPostgres } from '../cluster/postgres.ts';
import { runCli } from '../unit/cli-io.ts';
import { cluster, contents, helm, recordsIn, releases, type World } from './relocateWorld.ts';

const chart = fileURLToPath(new URL('../cluster/chart', import.meta.url));
let postgres: Postgres;
let folder: string;
beforeAll(async () => {
  postgres = await startPostgres();
  folder = mkdtempSync(join(tmpdir(), 'relocate-twins-'));
});
afterAll(async () => {
  rmSync(folder, { recursive: true });
  await postgres.stop();
});

/** Of a real helm, in Secrets and, equal, in another store. */
async function twice(which: World['helm'], other: 'sql' | 'configmap'): Promise<World> {
  const namespace = await cluster.namespace('twins');
  const at: World = { helm: which, namespace, sqlUrl: await postgres.database() };
  const labels = which === 'helm4' ? ['--labels', 'team=pay'] : [];
  await helm(at, 'secret', 'install', 'app', chart, ...labels);
  await helm(at, 'secret', 'upgrade', 'app', chart, '--set', 'greeting=two');
  const copied = await releases(at, `copy app -n ${namespace} --from secret --to ${other} --yes`);
  expect(copied.code, copied.err).toBe(0);
  return at;
}

async function asHelmReads(at: World, line: string) {
  const env = {
    ...{ KUBECONFIG: cluster.adminKubeconfig, HELM_DRIVER: 'sql' },
    HELM_DRIVER_SQL_CONNECTION_STRING: at.sqlUrl,
  };
  const { code, out, err } = await runCli(line.split(' '), { env });
  return { code, out: out.replace(/\s+/g, ' '), err };
}

it('a backup holds a release of a database and of Secrets once, and brings it back to both', async () => {
  const at = await twice('helm3', 'sql');
  const { namespace } = at;
  const file = join(folder, `${namespace}.zip`);
  const made = await asHelmReads(at, `backup app -n ${namespace} ${file}`);
  expect(made.code, made.out + made.err).toBe(0);
  expect(made.out).toMatch(/app \S+ \S+ 2 ready app \S+ \S+ 2 done equal to that in \S+, which is/);
  const rows = contents(await recordsIn('sql', at));
  const secrets = contents(await recordsIn('secret', at));
  await helm(at, 'sql', 'uninstall', 'app');
  for (const target of ['sql', 'secret']) {
    if (target === 'secret')
      await cluster.must(
        'DELETE',
        `/api/v1/namespaces/${namespace}/secrets?labelSelector=owner%3Dhelm`,
      );
    // The second one beside the first is two releases again, and somebody has to mean that.
    const twice = target === 'secret' ? ' --overwrite app' : '';
    const line = `restore ${file} --to ${target} --yes`;
    if (twice) expect((await releases(at, line)).out).toMatch(/refused +app \(.*\) lives in sql/);
    const back = await releases(at, `${line}${twice}`);
    expect(back.code, back.out + back.err).toBe(0);
  }
  expect(contents(await recordsIn('sql', at))).toEqual(rows);
  expect(contents(await recordsIn('secret', at))).toEqual(secrets);
});

it('changed in the database since, each is backed up by the flag that is named', async () => {
  const at = await twice('helm4', 'sql');
  const { namespace } = at;
  await helm(at, 'sql', 'upgrade', 'app', chart, '--set', 'greeting=three');
  const file = join(folder, `${namespace}.zip`);
  const refused = await asHelmReads(at, `backup app -n ${namespace} ${file}`);
  expect(refused.code).toBe(4);
  for (const [address, revisions] of [
    ['sql', 3],
    ['secret', 2],
  ]) {
    const flag = `--storage ${address}`;
    expect(refused.out).toContain(`${flag} takes this one alone`);
    const one = join(folder, `${namespace}-${address}.zip`);
    const made = await asHelmReads(at, `backup app -n ${namespace} ${one} ${flag}`);
    expect(made.code, made.err).toBe(0);
    expect(made.out).toContain(`1 release, ${revisions} records created`);
  }
});

it('an archive with both kinds goes into one, or the kind that is chosen', async () => {
  const at = await twice('helm4', 'configmap');
  const { namespace } = at;
  const file = join(folder, `${namespace}.zip`);
  expect((await releases(at, `backup app -n ${namespace} ${file}`)).code).toBe(0);
  const line = `restore ${file} app --to configmap --dry-run`;
  const equal = await releases(at, line);
  expect(equal.code, equal.out).toBe(0);
  expect(equal.err).toContain(`(Helm 3/4, file:${file}, ConfigMaps)`);
  expect(equal.err).toContain(`(Helm 3/4, file:${file}, Secrets)`);
  expect(equal.out).toMatch(/^RELEASE +NAMESPACE +RECORDS +REVISIONS/m);
  expect(equal.out).toMatch(/equal to that in (secret|configmap):/);
  await helm(at, 'secret', 'upgrade', 'app', chart, '--set', 'greeting=three');
  const later = join(folder, `${namespace}-later.zip`);
  expect((await releases(at, `backup app -n ${namespace} ${later}`)).code).toBe(0);
  const empty = { ...at, sqlUrl: await postgres.database() };
  const both = `restore ${later} --to sql`;
  const refused = await releases(empty, `${both} --dry-run`);
  expect(refused.code).toBe(4);
  for (const kind of ['secret', 'configmap'])
    expect(refused.out.replace(/\s+/g, ' ')).toContain(`--kind ${kind} takes this one alone`);
  const chosen = await releases(empty, `${both} --kind secret --yes`);
  expect(chosen.out).toContain('1 release, 3 records created');
  expect(contents(await recordsIn('sql', empty))).toEqual(contents(await recordsIn('secret', at)));
});
