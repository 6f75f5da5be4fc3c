/**
 * What docs/security.md says writes nothing: each command that it names, and each that has --dry-run, as a
 * user who may do everything, in an empty folder and an empty home. The API server's audit log, and the
 * folders, say what was written.
 */
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { stringify } from 'yaml';
import { optionsOf } from '../../src/commands/line/optionsOf.ts';
import { commandTable } from '../../src/commands/table.ts';
import { objectOf } from '../../src/storage/objects.ts';
import { isWrite } from '../cluster/audit.ts';
import { useClients, useCluster } from '../cluster/shared.ts';
import { put } from '../e2e/kubectl-program.ts';
import { withArguments } from '../e2e/program.ts';
import { sketchRecord } from '../unit/cli-records.ts';
import { root } from './pages.ts';

const cluster = useCluster();
const { run } = useClients();
const folder = mkdtempSync(join(tmpdir(), 'security-'));
const [record, other, helmHome] = ['record.yaml', 'other', 'helm2'].map((name) =>
  join(folder, name),
) as [string, string, string];
let [namespace, tiller] = ['', ''];

beforeAll(async () => {
  namespace = await cluster.namespace('secure');
  tiller = await cluster.namespace('secure-tiller');
  const old = { helm: 2, name: 'old', namespace: tiller } as const;
  const releases = [
    sketchRecord({ namespace, status: 'superseded' }),
    sketchRecord({ namespace, revision: 2 }),
    sketchRecord({ name: 'stuck', namespace, status: 'pending-upgrade' }),
    sketchRecord(old, { namespace: tiller }),
  ];
  await put(cluster, ...releases);
  mkdirSync(other);
  mkdirSync(join(helmHome, 'repository'), { recursive: true });
  const repositories = 'apiVersion: v1\nrepositories: []\n';
  writeFileSync(join(helmHome, 'repository', 'repositories.yaml'), repositories);
  for (const [i, one] of releases.entries())
    writeFileSync(join(other, `${i}.yaml`), stringify(objectOf(one)));
  const decoded = await run(...withArguments(['decode', join(other, '0.yaml')]), {});
  writeFileSync(record, decoded.stdout);
});
afterAll(() => rmSync(folder, { recursive: true }));

const inStore = () => ['-n', namespace];
/** Words after each command that have it do what it is for. */
const typed: { readonly [command: string]: () => readonly string[] } = {
  list: () => ['-A'],
  history: () => ['billing', ...inStore()],
  status: () => ['billing', ...inStore()],
  get: () => ['values', 'billing', ...inStore()],
  diff: () => ['billing', '1', '2', ...inStore()],
  chart: () => ['billing', ...inStore(), '-d', join(folder, 'chart')],
  decode: () => [join(other, '0.yaml')],
  encode: () => [record],
  tree: () => ['billing', ...inStore()],
  du: () => inStore(),
  doctor: () => ['--deep', ...inStore()],
  rbac: () => ['list', '-n', namespace],
  job: () => ['--shards', '2', '--image', 'i', '-n', namespace, 'copy', '-A', '--to', 'configmap'],
  verify: () => [`dir:${other}`],
  completion: () => ['words', '--', 'get', 'values', ...inStore(), ''],
  options: () => [],
  version: () => [],
};
const dry: { readonly [command: string]: () => readonly string[] } = {
  migrate2to3: () => ['old', '-t', tiller, '--delete-v2-releases'],
  relocate: () => ['billing', ...inStore(), '--to', 'configmap', '--delete-source'],
  copy: () => ['billing', ...inStore(), '--to', `dir:${join(folder, 'copied')}`],
  cleanup: () => ['--name', 'old', '-t', tiller],
  'move-config': () => ['--helm2-home', helmHome],
  unlock: () => ['stuck', ...inStore()],
  prune: () => ['billing', ...inStore(), '--keep', '1'],
  backup: () => ['billing', ...inStore(), join(folder, 'all.zip')],
  restore: () => [other, '--overwrite', 'billing', '--to', `secret:${namespace}`],
};

let users = 0;
/** What was written by a run, where it may: in the cluster, and on the disk below its folders. */
async function writes(args: readonly string[]) {
  users += 1;
  const [user, home] = [`secure-${users}-${process.pid}`, join(folder, `home-${users}`)];
  mkdirSync(home);
  const kubeconfig = cluster.kubeconfigFor(user, ['system:masters']);
  const mark = await cluster.auditMark();
  const before = readdirSync(folder);
  const env = { HOME: home, TMPDIR: home, XDG_CACHE_HOME: home, PATH: process.env.PATH ?? '' };
  const ran = await run(...withArguments(args), { kubeconfig, env, cwd: home });
  const asked = await cluster.auditSince(mark, { user });
  const left = [...readdirSync(home), ...readdirSync(folder)];
  const added = left.filter((name) => !before.includes(name));
  return { ran, asked: asked.length, written: asked.filter(isWrite), added };
}

describe('docs/security.md', () => {
  const text = readFileSync(join(root, 'docs', 'security.md'), 'utf8');
  const [, sentence = ''] = /\nNothing, by ([\s\S]*?), nor by/.exec(text) ?? [];
  const named = [...sentence.matchAll(/`([\w-]+)`/g)].map(([, name = '']) => name);

  it('names commands that are tried here, all of them', () => {
    expect(named.toSorted()).toEqual(Object.keys(typed).toSorted());
  });

  it.each(named)('%s writes nothing', async (name) => {
    const { ran, asked, written, added } = await writes([name, ...(typed[name]?.() ?? [])]);
    expect(ran.stderr).not.toMatch(/^error: /m);
    expect(ran.stdout).not.toBe('');
    expect(written).toEqual([]);
    expect(added).toEqual(name === 'chart' ? ['chart'] : []);
    const local = ['decode', 'encode', 'rbac', 'job', 'verify', 'options', 'version'];
    if (local.includes(name)) expect(asked).toBe(0);
    else expect(asked).toBeGreaterThan(0);
  });

  it('means every command that has --dry-run', async () => {
    const commands = await Promise.all(commandTable.map(({ load }) => load()));
    const having = commands.filter((command) => 'dry-run' in optionsOf(command));
    expect(having.map(({ name }) => name).toSorted()).toEqual(Object.keys(dry).toSorted());
  });

  it.each(Object.keys(dry))('%s --dry-run writes nothing', async (name) => {
    const args = [name, ...(dry[name]?.() ?? []), '--dry-run'];
    const { ran, written, added } = await writes(args);
    expect(ran.stderr).not.toMatch(/^error: /m);
    expect(ran.stdout).not.toBe('');
    expect(written).toEqual([]);
    expect(added).toEqual([]);
  });
});
