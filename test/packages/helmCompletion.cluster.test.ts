/** Helm asks the plugin what may follow on its command line: a clone of this repository, as a plugin. */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { helmPluginOf } from '../../scripts/package/helmPlugin.mjs';
import { platforms } from '../../scripts/package/platforms.mjs';
import { optionsOf } from '../../src/commands/line/optionsOf.ts';
import { commandTable, findCommand } from '../../src/commands/table.ts';
import { useClients, useCluster } from '../cluster/shared.ts';
import { put } from '../e2e/kubectl-program.ts';
import { sketchRecord } from '../unit/cli-records.ts';

const root = fileURLToPath(new URL('../..', import.meta.url));
const cluster = useCluster();
const { helm3, helm4, run } = useClients();
const folder = mkdtempSync(join(tmpdir(), 'helm-completion-'));
let [here, elsewhere] = ['', ''];

beforeAll(async () => {
  here = await cluster.namespace('tab');
  elsewhere = await cluster.namespace('tab');
  await put(
    cluster,
    sketchRecord({ namespace: here, status: 'superseded' }),
    sketchRecord({ namespace: here, revision: 2 }),
    sketchRecord({ namespace: elsewhere, name: 'search' }),
  );
});
afterAll(() => rmSync(folder, { recursive: true }));

describe.each([
  { name: 'helm3', helm: helm3 },
  { name: 'helm4', helm: helm4 },
])('$name', ({ name, helm }) => {
  const withPlugin = async (from: string) => {
    const data = mkdtempSync(join(folder, `${name}-`));
    const env = { HELM_DATA_HOME: data, PATH: [dirname(process.execPath), '/bin'].join(':') };
    const installed = await run(helm, ['plugin', 'install', from], { env });
    expect(installed, installed.stderr).toMatchObject({ code: 0 });
    /** What a shell gets for the line, the last word of which is being typed. */
    return async (line: readonly string[], more: { readonly [name: string]: string } = {}) => {
      const options = { kubeconfig: cluster.adminKubeconfig, env: { ...env, ...more } };
      const { stdout } = await run(helm, ['__complete', ...line], options);
      const lines = stdout.trimEnd().split('\n');
      const directive = lines.pop();
      return { directive, words: lines.map((one) => one.split('\t')[0] ?? '') };
    };
  };
  const noFiles = ':4';

  it('completes commands, flags and the names that the cluster holds', async () => {
    const complete = await withPlugin(root);
    const all = await complete(['releases', '']);
    expect(all).toEqual({ directive: noFiles, words: commandTable.map((one) => one.name) });
    expect((await complete(['releases', 'get', 'ma'])).words).toEqual(['manifest']);
    expect((await complete(['releases', 'list', '--com'])).words).toEqual(['--compat']);
    const values = ['releases', 'get', 'values'];
    const names = { directive: noFiles, words: ['billing'] };
    expect(await complete([...values, '-n', here, ''])).toEqual(names);
    expect(await complete(['-n', here, ...values, ''])).toEqual(names);
    expect(await complete([...values, ''], { HELM_NAMESPACE: here })).toEqual(names);
    expect(await complete([...values, ''], { HELM_NAMESPACE: elsewhere })).toEqual({
      ...names,
      words: ['search'],
    });
    const revisions = [...values, 'billing', '--revision', ''];
    expect((await complete(revisions, { HELM_NAMESPACE: here })).words).toEqual([
      ...['HEAD', '@deployed', '2', '1'],
    ]);
  });

  it('offers nothing, and says nothing, where the cluster can’t be asked', async () => {
    const complete = await withPlugin(root);
    const line = ['releases', 'get', 'values', ''];
    const env = { HELM_NAMESPACE: here };
    const nothing = { directive: noFiles, words: [] };
    expect(await complete(line, { ...env, HELM_KUBECONTEXT: 'elsewhere' })).toEqual(nothing);
    expect(await complete(['--kube-context', 'elsewhere', ...line], env)).toEqual(nothing);
    expect(await complete(['--kubeconfig', '/nowhere', ...line], env)).toEqual(nothing);
  });

  it('completes commands and flags of the archive for Windows, which starts nothing', async () => {
    const plugin = join(folder, `${name}-windows`);
    mkdirSync(plugin);
    const windows = platforms.filter(({ os }) => os === 'windows');
    for (const entry of (await Promise.all(windows.map(helmPluginOf))).flat())
      writeFileSync(join(plugin, entry.name), entry.content);
    const complete = await withPlugin(plugin);
    const { words } = await complete(['releases', '']);
    expect(words).toEqual(commandTable.map((one) => one.name).toSorted());
    const flags = await complete(['releases', 'history', '--']);
    const command = await findCommand('history')?.load();
    const own = command ? Object.keys(optionsOf(command)).map((flag) => `--${flag}`) : [];
    expect(own.length).toBeGreaterThan(20);
    expect(flags.words).toEqual(expect.arrayContaining(own));
    expect(new Set(flags.words).size).toBe(flags.words.length);
  });
});
