/**
 * `backup` and `restore` as a plugin of helm, which keeps -n to itself and hands on HELM_NAMESPACE: they keep to it,
 * as `relocate` and `copy` do (relocate.test.ts). The environment is as helm's callPluginExecutable makes it
 * (cmd/helm/load_plugins.go; helm 4: internal/plugin).
 */
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { parse, stringify } from 'yaml';
import { type RunningCluster, startCluster } from '../cluster/cluster.ts';
import { runCli } from '../unit/cli-io.ts';
import { sketchRecord } from '../unit/cli-records.ts';
import { put } from './kubectl-program.ts';

// Of its own: a backup of everything meets what other tests leave, and take away while it is made.
let cluster: RunningCluster;
let [folder, one, two] = ['', '', ''];
beforeAll(async () => {
  cluster = await startCluster();
  folder = mkdtempSync(join(tmpdir(), 'releases-plugin-'));
  [one, two] = [await cluster.namespace('one'), await cluster.namespace('two')];
  await put(cluster, ...[one, two].map((namespace) => sketchRecord({ name: 'same', namespace })));
}, 240_000);
afterAll(async () => {
  rmSync(folder, { recursive: true, force: true });
  await cluster.stop();
});

async function helm(line: string, namespace: string, kubeconfig = cluster.adminKubeconfig) {
  const env = {
    KUBECONFIG: kubeconfig,
    ...{ HELM_PLUGIN_NAME: 'releases', HELM_NAMESPACE: namespace },
  };
  const args = line.split(' ').map((word) => word.replace('DIR', folder));
  return runCli(args, { env, program: 'helm releases' });
}

const there = async (namespace: string) => {
  const list = await cluster.must('GET', `/api/v1/namespaces/${namespace}/secrets`);
  return (list as { items: unknown[] }).items.length;
};
const wipe = (namespace: string) =>
  cluster.must('DELETE', `/api/v1/namespaces/${namespace}/secrets?labelSelector=owner=helm`);
const namespacesIn = async (zip: string) => {
  const { out } = await runCli(['list', '-A', '-o', 'json', '--storage', `file:${zip}`]);
  return (JSON.parse(out) as { namespace: string }[]).map(({ namespace }) => namespace).sort();
};

it('backup takes the releases of that namespace, and says so; -A takes all', async () => {
  const made = await helm('backup --all DIR/one.zip', one);
  expect(made, made.err).toMatchObject({ code: 0 });
  expect(made.err).toContain(
    `note: helm called this with the namespace ${one}; -A takes all namespaces\n`,
  );
  expect(await namespacesIn(join(folder, 'one.zip'))).toEqual([one]);
  const named = await helm('backup same DIR/named.zip', two);
  expect(named, named.err).toMatchObject({ code: 0 });
  expect(await namespacesIn(join(folder, 'named.zip'))).toEqual([two]);
  const all = await helm('backup -A DIR/all.zip', one);
  expect(all, all.err).toMatchObject({ code: 0 });
  expect(await namespacesIn(join(folder, 'all.zip'))).toEqual(expect.arrayContaining([one, two]));
});

it('backup refuses the context’s own namespace, which nobody may have meant, where others have releases', async () => {
  const file = join(folder, 'nightly.zip');
  const config = parse(readFileSync(cluster.adminKubeconfig, 'utf8'));
  config.contexts[0].context.namespace = two;
  const kubeconfig = join(folder, 'kubeconfig');
  writeFileSync(kubeconfig, stringify(config));
  for (const line of ['backup --all DIR/nightly.zip', 'backup -l name=same DIR/nightly.zip']) {
    const refused = await helm(line, two, kubeconfig);
    expect(refused, refused.err).toMatchObject({ code: 2, out: '' });
    expect(refused.err).toContain(`error: which namespaces: ${two} alone, or all of them?`);
    expect(refused.err).toContain(`try: --storage secret:${two}  takes`);
    expect(refused.err).toContain('try: -A  takes those of all namespaces');
  }
  expect(existsSync(file)).toBe(false);
  const hint = await helm(`backup --all --storage secret:${two} DIR/nightly.zip`, two, kubeconfig);
  expect(hint, hint.err).toMatchObject({ code: 0 });
  expect(await namespacesIn(file)).toEqual([two]);
});

it('restore puts back those of that namespace; what it prints brings all of its backup back', async () => {
  await helm('backup -A same DIR/two.zip', one);
  for (const namespace of [one, two]) await wipe(namespace);
  const back = await helm('restore DIR/two.zip --yes', one);
  expect(back, back.err).toMatchObject({ code: 0 });
  expect([await there(one), await there(two)]).toEqual([1, 0]);
  expect(back.err).toContain('-A takes all namespaces');
  const changed = sketchRecord({ name: 'same', namespace: one, notes: 'changed' });
  await wipe(one);
  await put(cluster, changed);
  const over = await helm('restore DIR/two.zip same --overwrite same --backup DIR/was --yes', one);
  expect(over, over.err).toMatchObject({ code: 0 });
  expect(await there(two)).toBe(0);
  const undo = /^Undo: helm releases (.*)$/m.exec(over.out)?.[1] ?? '';
  const undone = await helm(`${undo} --backup DIR/was-2 --yes`, two);
  expect(undone, undo + undone.err).toMatchObject({ code: 0 });
  expect(undone.out).toContain('1 record replaced');
  const all = await helm('restore DIR/two.zip -A --dry-run', two);
  expect(all.out).toContain(two);
});

it('a folder has no namespace that helm could mean', async () => {
  await wipe(two);
  await put(cluster, sketchRecord({ name: 'same', namespace: two }));
  const copied = await helm(`backup same -A dir:DIR/folder`, one);
  expect(copied, copied.err).toMatchObject({ code: 0 });
  const both = await helm('backup --all --storage dir:DIR/folder DIR/both.zip', one);
  expect(both, both.err).toMatchObject({ code: 0, err: '' });
  expect(await namespacesIn(join(folder, 'both.zip'))).toEqual([one, two].sort());
  const back = await helm('restore DIR/both.zip --to dir:DIR/again --yes', one);
  expect(back.out).toContain('2 releases');
});
