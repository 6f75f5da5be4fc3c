/**
 * Nothing of what Helm 2's home and a Tiller's own objects hold is printed: passwords of repositories,
 * hooks of plugins, certificates; and nothing of the records that a cleanup compares, copies and deletes.
 */
import {
  chmodSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { beforeAll, beforeEach, describe, expect, test } from 'vitest';
import type { RunResult } from '../cluster/clients.ts';
import { useClients, useCluster } from '../cluster/shared.ts';
import { startProxy } from '../faults/proxy.ts';
import { runCli } from '../unit/cli-io.ts';
import { brokenYaml, loadedRecord, makeCanaries } from './canaries.ts';
import { builtProgram, put } from './kubectl-program.ts';

const cluster = useCluster();
const { run } = useClients();
const releases = builtProgram(run, cluster.adminKubeconfig);
const { hits, plant, watch } = makeCanaries();
const canaries = { hits, plant, watch };
let root: string;

beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'canaries-'));
});

const environment = () => ({
  ...{ KUBECTL_RELEASES_DEBUG: '1', HOME: root, TMPDIR: root },
  HELM_CONFIG_HOME: join(root, 'config'),
  HELM_DATA_HOME: join(root, 'data'),
  HELM_CACHE_HOME: join(root, 'cache'),
});

async function quiet(args: readonly string[], kubeconfig?: string): Promise<RunResult> {
  const more = kubeconfig === undefined ? {} : { kubeconfig };
  const result = await releases(args, { cwd: root, env: environment(), ...more });
  expect(hits(result.stdout), `stdout of ${args.join(' ')}`).toEqual([]);
  expect(hits(result.stderr), `stderr of ${args.join(' ')}: ${result.stderr}`).toEqual([]);
  return result;
}

function write(name: string, text: string): void {
  mkdirSync(dirname(join(root, name)), { recursive: true });
  writeFileSync(join(root, name), text);
}

function repositories(...entries: readonly string[]): string {
  const list = entries.map((entry) => `- {${entry}}`).join('\n');
  return `apiVersion: v1\ngenerated: "2019-05-06T07:08:09Z"\nrepositories:\n${list}\n`;
}

function repository(name: string): string {
  const url = `https://me:${plant('a URL')}@charts.example.org/${name}?token=${plant('a query')}`;
  const rest = `username: ${plant('a user')}, password: ${plant('a password')}, keyFile: ""`;
  return `name: ${name}, url: "${url}", ${rest}, note: ${plant('an unknown field')}`;
}

const ways = [
  ['--dry-run'],
  ['--dry-run', '-o', 'json'],
  ['--dry-run', '--on-conflict', 'replace', '-o', 'yaml'],
  ['--yes'],
  ['--yes', '--on-conflict', 'replace', '--update-urls'],
  ['--yes', '-o', 'json'],
];

describe('move-config', () => {
  test('of a home full of them, into one that has others', async () => {
    write('.helm/repository/repositories.yaml', repositories(repository('a'), repository('b')));
    write('config/repositories.yaml', repositories(repository('b'), repository('c')));
    const hook = `hooks: {install: "curl -H ${plant('a hook')}"}`;
    write('.helm/plugins/good/plugin.yaml', `name: good\nversion: 0.1.0\n${hook}\n`);
    write('.helm/plugins/bad/plugin.yaml', `name: "${plant('a broken plugin')}\n  : {`);
    write('.helm/plugins/odd/plugin.yaml', `name: [${plant('an odd plugin')}]\n`);
    write('data/plugins/good/plugin.yaml', `name: good\nusage: ${plant('another plugin')}\n`);
    write('.helm/starters/one/values.yaml', `password: ${plant('a starter')}\n`);
    write('data/starters/one/values.yaml', `password: ${plant('another starter')}\n`);
    write('.helm/key.pem', plant('a key'));
    write('.helm/cache/archive/x.tgz', plant('an archive'));
    for (const way of ways) await quiet(['move-config', ...way]);
    const moved = readFileSync(join(root, 'config/repositories.yaml'), 'utf8');
    expect(hits(moved)).toContain('a password');
    for (const way of ways) await quiet(['cleanup', '--config-cleanup', ...way.slice(0, 1)]);
  });

  test('of repositories that are not what they should be', async () => {
    const texts = [
      ...brokenYaml.map((yaml) => yaml(plant('broken YAML'))),
      ...brokenYaml.map((yaml) => `repositories:\n- name: a\n  password: ${yaml(plant('inside'))}`),
      repositories(`name: {x: ${plant('a name')}}`, `url: ${plant('no name')}`),
      repositories(`name: a, url: [${plant('a list')}]`, `name: b, url: "::${plant('no URL')}"`),
      repositories(`name: a, url: "me:${plant('no scheme')}@x/y"`),
      repositories(`name: a, url: "https://me:a/${plant('a slash')}@x/y"`),
      repositories(`name: a, url: "https://x", password: {p: ${plant('a mapping')}}`),
      `repositories: ${plant('a text')}`,
      `repositories: [${plant('a text in a list')}]`,
    ];
    for (const text of texts) {
      write('.helm/repository/repositories.yaml', text);
      const { code, out, err } = await runCli(['move-config', '--yes'], { env: environment() });
      expect(out + err).toContain(root);
      expect(hits(out + err)).toEqual([]);
      expect(code).toBeLessThan(5);
    }
    write('.helm/repository/repositories.yaml', repositories(repository('a')));
    for (const text of texts.slice(0, 6)) {
      write('config/repositories.yaml', text);
      await quiet(['move-config', '--yes', '--on-conflict', 'replace']);
    }
  });

  test('where files can not be read or written', async () => {
    write('.helm/repository/repositories.yaml', repositories(repository('a')));
    write('config', plant('a file where a folder should be'));
    await quiet(['move-config', '--yes']);
    write('.helm/plugins/locked/plugin.yaml', plant('a locked plugin'));
    chmodSync(join(root, '.helm/plugins/locked/plugin.yaml'), 0);
    await quiet(['move-config', '--yes']);
  });
});

describe('cleanup', () => {
  let tiller: string;
  let apps: string;
  const at = () => ['-t', tiller];

  beforeAll(async () => {
    tiller = await cluster.namespace('tiller');
    apps = await cluster.namespace('apps');
    const record = (name: string, revision: number) =>
      loadedRecord(canaries, tiller, { name, namespace: apps, revision });
    const hurt = record('hurt', 1);
    await put(cluster, record('full', 1), record('full', 2), record('left', 1));
    await put(cluster, { ...hurt, payload: plant('a damaged record') });
    const labels = { app: 'helm', name: 'tiller' };
    const metadata = { name: 'tiller-deploy', namespace: tiller, labels };
    const env = [{ name: 'PASSWORD', value: plant("Tiller's environment") }];
    const container = { name: 'tiller', image: 'tiller', env, args: [plant('an argument')] };
    await cluster.must('POST', `/apis/apps/v1/namespaces/${tiller}/deployments`, {
      metadata: { ...metadata, annotations: { note: plant('an annotation') } },
      spec: {
        selector: { matchLabels: labels },
        template: { metadata: { labels }, spec: { containers: [container] } },
      },
    });
    await cluster.must('POST', `/api/v1/namespaces/${tiller}/services`, {
      ...{ metadata, spec: { ports: [{ port: 44134 }], selector: labels } },
    });
    await cluster.must('POST', `/api/v1/namespaces/${tiller}/secrets`, {
      metadata: { ...metadata, name: 'tiller-secret' },
      stringData: { 'tls.key': plant("Tiller's key") },
    });
  });

  test('with releases, Tiller and its own Secret; and back', async () => {
    await quiet(['migrate2to3', 'full', ...at(), '--yes']);
    const all = ['--release-cleanup', '--tiller-cleanup', '--tiller-rbac', ...at()];
    await quiet(['cleanup', ...all, '--dry-run']);
    await quiet(['cleanup', ...all, '--dry-run', '-o', 'json']);
    let answered = 0;
    const proxy = await startProxy(cluster, ({ method }) => {
      if (method !== 'DELETE') return 'pass';
      answered += 1;
      const message = plant('a message');
      const denied = `admission webhook "guard" denied the request: ${message}`;
      return { status: answered % 2 ? 403 : 500, body: { kind: 'Status', message: denied } };
    });
    const failing = ['cleanup', ...all, '--yes', '--leave-unmigrated', '--backup', 'first'];
    expect((await quiet(failing, proxy.kubeconfig)).code).toBe(1);
    await quiet([...failing, '-o', 'yaml'], proxy.kubeconfig);
    await proxy.close();
    expect(answered).toBeGreaterThan(0);
    const really = ['--yes', '--unmigrated', 'left', '--leave-unmigrated', '--backup', 'second'];
    const { stdout } = await quiet(['cleanup', ...all, ...really]);
    expect(stdout).toContain('restore second');
    await quiet(['restore', 'second', '--dry-run', '-o', 'json']);
    await quiet(['restore', 'second', '--yes']);
    const kept = readdirSync(join(root, 'second'), { recursive: true, encoding: 'utf8' });
    expect(kept.length).toBeGreaterThan(2);
  });
});
