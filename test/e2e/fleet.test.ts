/** Several clusters at once: two real API servers with CAs of their own, and a third that isn't there. */
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Document, parse, parseAllDocuments, stringify } from 'yaml';
import { type RunningCluster, startCluster } from '../cluster/cluster.ts';
import { useCluster } from '../cluster/shared.ts';
import { runCli } from '../unit/cli-io.ts';
import { sketchRecord } from '../unit/cli-records.ts';
import { put } from './kubectl-program.ts';
import { watcher } from './watcher.ts';

const cluster = useCluster();
let other: RunningCluster;
let [folder, kubeconfig, pay] = ['', '', ''];

interface Config {
  readonly clusters: readonly { cluster: object }[];
  readonly users: readonly { user: object }[];
}

beforeAll(async () => {
  other = await startCluster();
  folder = mkdtempSync(join(tmpdir(), 'releases-fleet-'));
  pay = await cluster.namespace('pay');
  await other.must('POST', '/api/v1/namespaces', { metadata: { name: pay } });
  await put(cluster, sketchRecord({ name: 'here', namespace: pay }));
  await put(other, sketchRecord({ name: 'there', namespace: pay }));
  const configs = [cluster, other].map(
    ({ adminKubeconfig }) => parse(readFileSync(adminKubeconfig, 'utf8')) as Config,
  );
  const names = ['prod/a', 'prod-b'];
  const dead = { name: 'prod-dead', cluster: { server: 'https://127.0.0.1:9' } };
  kubeconfig = join(folder, 'kubeconfig');
  writeFileSync(
    kubeconfig,
    stringify({
      apiVersion: 'v1',
      kind: 'Config',
      clusters: [...configs.map(({ clusters }, i) => ({ ...clusters[0], name: names[i] })), dead],
      users: configs.map(({ users }, i) => ({ ...users[0], name: names[i] })),
      contexts: [...names, dead.name].map((name) => ({
        name,
        context: { cluster: name, ...(name !== dead.name && { user: name }) },
      })),
    }),
    { mode: 0o600 },
  );
}, 120_000);
afterAll(async () => {
  await other?.stop();
  rmSync(folder, { recursive: true, force: true });
});

const cli = (...args: string[]) => runCli([...args, '--kubeconfig', kubeconfig]);

it('diff takes the other side from another context', async () => {
  const sides = ['diff', 'here', '-n', pay, '--context', 'prod/a', '--to-release', 'there'];
  const { code, out, err } = await cli(...sides, '--to-context', 'prod-b', '--only', 'values');
  expect({ code, err }).toEqual({ code: 0, err: '' });
  expect(out).toBe(
    `here (${pay}) revision 1 in secret and there (${pay}) revision 1 of context prod-b in secret have the same values\n`,
  );
  const data = await cli(...sides, '--to-context', 'prod-b', '-o', 'jsonpath={.to.context}');
  expect(data.out).toBe('prod-b');
  const alone = await cli(
    'diff',
    'here',
    '-n',
    pay,
    '--context',
    'prod/a',
    '--to-context',
    'prod-b',
  );
  expect(alone).toMatchObject({ code: 2, out: '' });
  expect(alone.err).toContain('there is no release here');
});

describe('with --contexts', () => {
  it('list shows the releases of all, and which context each is in', async () => {
    const { code, out, err } = await cli(
      ...['list', '-n', pay, '--contexts', 'prod/*', '--contexts', 'prod-?'],
    );
    expect({ code, err }).toEqual({ code: 0, err: '' });
    expect(out).toMatch(/^CONTEXT +NAME +NAMESPACE/);
    expect(out).toMatch(/^prod\/a +here +/m);
    expect(out).toMatch(/^prod-b +there +/m);
    const short = await cli('list', '-n', pay, '--contexts', 'prod-b', '-q');
    expect(short.out).toMatch(/^(prod-b\t[\w-]+\n)+$/);
    const json = await cli('list', '-n', pay, '--contexts', 'prod-b', '-o', 'json');
    expect(JSON.parse(json.out)).toMatchObject([{ name: 'there', context: 'prod-b' }]);
  });

  it('list --watch goes on with the changes of each', async () => {
    const contexts = ['--contexts', 'prod/*,prod-?'];
    const view = watcher(['list', '-n', pay, ...contexts, '--watch', '-f', 'ere'], kubeconfig);
    expect((await view.next(3))[0]).toMatch(/^SEEN +CONTEXT +NAME +NAMESPACE/);
    for (const [at, context] of [
      [other, 'prod-b'],
      [cluster, 'prod/a'],
    ] as const) {
      const record = sketchRecord({ name: 'where', namespace: pay });
      await put(at, record);
      const [line = ''] = await view.next(1);
      expect(line.split(/ {2,}/).slice(1, 3)).toEqual([context, 'where']);
      await at.must('DELETE', `/api/v1/namespaces/${pay}/secrets/${record.key}`);
      expect((await view.next(1))[0]).toMatch(/ removed /);
    }
    expect(await view.interrupt()).toBe(130);
    expect(view.err()).toBe('');
  });

  it('the commands that read one release answer for each, under its name', async () => {
    const web = await cluster.namespace('web');
    await other.must('POST', '/api/v1/namespaces', { metadata: { name: web } });
    await put(cluster, sketchRecord({ name: 'both', namespace: web, config: { replicas: 2 } }));
    await put(other, sketchRecord({ name: 'both', namespace: web, config: { replicas: 3 } }));
    const each = async (line: string) => {
      const words = [...line.split(' '), '-n', web, '--contexts', 'prod-b', '--contexts', 'prod/?'];
      const ran = await cli(...words);
      expect(ran, ran.err).toMatchObject({ code: 0 });
      // The sketch's manifest and hook hold what is no object.
      const noted = /^(prod-b, prod\/a: note: document 1 .*\n)+$/;
      expect(ran.err).toMatch(line.startsWith('status') ? noted : /^$/);
      return ran.out;
    };
    const history = await each('history both');
    expect(history).toMatch(/^# context prod-b\nREVISION .*\n1 .*\n\n# context prod\/a\nREVISION /);
    const values = await each('get values both');
    expect(values).toBe('# context prod-b\nreplicas: 3\n---\n# context prod/a\nreplicas: 2\n');
    const one = await each('get values both -o jsonpath={.replicas}');
    expect(one).toBe('# context prod-b\n3\n\n# context prod/a\n2\n');
    for (const line of ['status both', 'du both', 'du', 'history both']) {
      const documents = (await each(`${line} -o json`)).trim().split('\n');
      expect(documents.map((text) => JSON.parse(text).context)).toEqual(['prod-b', 'prod/a']);
      const yaml = parseAllDocuments(await each(`${line} -o yaml`));
      expect(yaml.map((document) => (document as Document).errors)).toEqual([[], []]);
    }
    const both = ['--contexts', 'prod-b', '--contexts', 'prod/a'];
    const noted = await cli('tree', 'both', '-n', web, ...both);
    expect(noted.code).toBe(3);
    expect(noted.err).toMatch(/^(prod-b, prod\/a: note: document 1 .*\n)+$/);
    expect(noted.out).toMatch(/^# context prod-b\nboth \(.*\n\n# context prod\/a\nboth \(/s);
    const some = await cli('history', 'here', '-n', pay, '--contexts', 'prod*');
    expect(some.code).toBe(1);
    expect(some.out).toMatch(/^# context prod\/a\nREVISION .*\n1 .*\n$/);
    expect(some.err).toContain('error: context prod-b: there is no release here\n');
    expect(some.err).toContain('error: context prod-dead: ');
  });

  it('one that fails is named, and the others are shown', async () => {
    const { code, out, err } = await cli('list', '-n', pay, '--contexts', 'prod*');
    expect(code).toBe(1);
    expect(out).toMatch(/^prod\/a +here +/m);
    expect(err).toMatch(/^error: context prod-dead: /);
  });

  it('backup makes an archive for each', async () => {
    mkdirSync(join(folder, 'to'));
    const file = join(folder, 'to', '{context}.zip');
    const made = await cli('backup', '--all', '-n', pay, '--contexts', 'prod*', file);
    expect(made.code).toBe(1);
    expect(made.err).toMatch(/^error: context prod-dead: /m);
    expect(readdirSync(join(folder, 'to')).sort()).toEqual(['prod%2Fa.zip', 'prod-b.zip']);
    const checked = await runCli(['verify', join(folder, 'to', 'prod%2Fa.zip'), '-o', 'json']);
    const facts: { records: unknown; from: unknown } = JSON.parse(checked.out);
    expect(facts.records).toMatchObject([{ name: 'here' }]);
    expect(facts.from).toContain(`secret:${pay} (context prod/a)`);
    const both = ['--contexts', 'prod?a', '--contexts', 'prod-b'];
    const again = [...both, '--overwrite', '-o', 'json', file];
    const data = await cli('backup', '--all', '-n', pay, ...again);
    expect(data).toMatchObject({ code: 0, err: '' });
    const documents = data.out
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line));
    expect(documents.map(({ clusters }) => clusters.from.context)).toEqual(['prod-b', 'prod/a']);
  });

  it.each([
    [['list', '--contexts', 'dev-*'], 1, 'no context is called dev-*'],
    [['list', '--contexts', 'prod-b', '--context', 'prod-b'], 2, "can't both hold"],
    [['history', 'x', '--contexts', 'prod-b', '--watch'], 2, 'follows one cluster'],
    [['du', '--contexts', ''], 2, '--contexts needs a value'],
    [
      ['list', '--contexts', 'prod-b', '--helm-release-storage-type', 'sql'],
      2,
      'a database is in no cluster',
    ],
    [
      ['backup', '--all', '--contexts', 'prod-b', 'all.zip'],
      2,
      'all contexts would share one file',
    ],
  ])('%j', async (args, code, says) => {
    const ran = await cli(...args);
    expect(ran.code).toBe(code);
    expect(ran.err).toContain(says);
  });
});
