/** Bad input: one clear line, what to do, the documented exit code, nothing else. */
import { spawn } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { useClients, useCluster } from '../cluster/shared.ts';
import { sketchRecord } from '../unit/cli-records.ts';
import { builtProgram, put } from './kubectl-program.ts';
import { withArguments } from './program.ts';

const cluster = useCluster();
const { run } = useClients();
const releases = builtProgram(run, cluster.adminKubeconfig);
/** What must never be printed. */
const secret = 'hunter2-in-the-clear';

let folder: string;
let namespace: string;
let mute: Server;
let mutePort = 0;
const at = (name: string) => join(folder, name);

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'input-'));
  namespace = await cluster.namespace('input');
  mute = createServer(() => {}).listen(0, '127.0.0.1');
  await new Promise((resolve) => mute.once('listening', resolve));
  const address = mute.address();
  mutePort = typeof address === 'object' && address ? address.port : 0;
  await put(cluster, sketchRecord({ namespace, config: { password: secret } }));

  const file = (name: string, text: string) => {
    mkdirSync(join(folder, name, '..'), { recursive: true });
    writeFileSync(at(name), text);
  };
  const record = sketchRecord({ helm: 2, config: `password: ${secret}\n` });
  const manifest = (release: string, more: object = {}) => ({
    ...{ apiVersion: 'v1', kind: 'ConfigMap', data: { release } },
    metadata: { name: record.key, namespace: 'kube-system', labels: record.labels },
    ...more,
  });
  const whole = JSON.stringify(manifest(record.payload));
  file('not-yaml/a.yaml', `kind: ConfigMap\ndata: {password: ${secret}\n  - : [`);
  file('half-file/a.json', whole.slice(0, -20));
  file('half-record/a.json', JSON.stringify(manifest(record.payload.slice(0, 200))));
  file(
    'later/a.json',
    JSON.stringify({
      ...{ apiVersion: 'v1', kind: 'Secret', type: 'helm.sh/release.v2' },
      metadata: {
        name: 'sh.helm.release.v2.billing.v1',
        labels: { owner: 'helm', name: 'billing' },
      },
      stringData: { release: secret },
    }),
  );
  file('neither/a.json', JSON.stringify(manifest(Buffer.from(secret).toString('base64'))));
  file('garbage.kubeconfig', `clusters: [{name: ${secret}`);
  file('empty.kubeconfig', '');
}, 60_000);
afterAll(() => {
  mute.close();
  rmSync(folder, { recursive: true });
});

interface Case {
  readonly name: string;
  readonly args: () => string[];
  readonly code: number;
  readonly says: RegExp;
  /** Without one, the admin's. */
  readonly kubeconfig?: () => string;
  readonly env?: { readonly [name: string]: string };
}

const errors: Case[] = [
  {
    name: 'a folder that is not there',
    args: () => ['list', '--storage', `dir:${at('missing')}`],
    ...{ code: 1, says: /^error: .*missing/ },
  },
  {
    name: 'an address that is none',
    args: () => ['list', '--storage', './dump'],
    ...{ code: 2, says: /^error: \.\/dump is not a storage address\n.*\n {2}try: dir:\.\/dump/ },
  },
  {
    name: 'an address without its path',
    args: () => ['list', '--storage', 'dir:'],
    ...{ code: 2, says: /^error: .*dir:.*\n {2}try: dir:PATH/ },
  },
  {
    name: 'no cluster at all',
    args: () => ['list', '-A'],
    kubeconfig: () => at('empty.kubeconfig'),
    ...{
      code: 1,
      says: /^error: no cluster and no storage given\n(.*\n)+ {2}try: --storage dir:\.\/dump/,
    },
  },
  {
    name: 'a kubeconfig that is not there',
    args: () => ['list', '--kubeconfig', at('none.kubeconfig')],
    ...{ code: 1, says: /^error: .*none\.kubeconfig/ },
  },
  {
    name: 'a kubeconfig that is no YAML',
    args: () => ['list', '--kubeconfig', at('garbage.kubeconfig')],
    ...{ code: 1, says: /^error: .*garbage\.kubeconfig/ },
  },
  {
    name: 'a context that is not there',
    args: () => ['list', '--context', 'elsewhere'],
    ...{ code: 1, says: /^error: .*elsewhere/ },
  },
  {
    name: 'a server that nobody runs',
    args: () => ['list', '--server', 'https://127.0.0.1:9'],
    ...{
      code: 1,
      says: /^error: can't reach the API server\n {2}https:\/\/127\.0\.0\.1:9: .*\n {2}try: /,
    },
  },
  {
    name: 'a server that does not answer',
    args: () => ['list', '--server', `https://127.0.0.1:${mutePort}`, '--request-timeout', '500ms'],
    ...{ code: 1, says: /^error: can't reach the API server\n {2}https:\/\/127\.0\.0\.1:\d+: / },
  },
  {
    name: 'a certificate nobody vouches for',
    args: () => ['list', '--server', cluster.server],
    kubeconfig: () => at('empty.kubeconfig'),
    ...{
      code: 1,
      says: /^error: can't reach the API server\n.*certificate signed by unknown authority/,
    },
  },
  {
    name: 'a token that the server does not know',
    args: () => [
      ...['list', '--server', cluster.server, '--certificate-authority', cluster.caFile],
      ...['--token', secret],
    ],
    kubeconfig: () => at('empty.kubeconfig'),
    ...{ code: 1, says: /^error: the API server does not accept the credentials\n/ },
  },
  {
    name: 'no permission',
    args: () => ['list', '-n', namespace],
    kubeconfig: () => cluster.kubeconfigFor(`stranger-of-${namespace}`),
    ...{ code: 1, says: /^error: no permission to list secrets .*\n {2}the API server said: / },
  },
  {
    name: 'a flag that is not there',
    args: () => ['list', '--all-namespace'],
    ...{
      code: 2,
      says: /^error: unknown flag "--all-namespace"\n {2}did you mean --all-namespaces\?\n {2}try: kubectl releases list -h\n$/,
    },
  },
  {
    name: 'a flag without its value',
    args: () => ['list', '--namespace'],
    ...{
      code: 2,
      says: /^error: --namespace needs a value\n {2}try: kubectl releases list -h\n$/,
    },
  },
  {
    name: 'a format that is not there',
    args: () => ['list', '-o', 'xml'],
    ...{ code: 2, says: /^error: --output is one of .*; not "xml"\n/ },
  },
  {
    name: 'a command that is not there',
    args: () => ['lst'],
    ...{ code: 2, says: /^error: unknown command "lst"\n {2}did you mean list\?\n/ },
  },
  {
    name: 'a driver that keeps nothing',
    args: () => ['list'],
    env: { HELM_DRIVER: 'memory' },
    ...{ code: 2, says: /^error: HELM_DRIVER=memory can't be read\n/ },
  },
  {
    name: 'a database that is nowhere, with a password that stays unsaid',
    args: () => ['list'],
    env: {
      HELM_DRIVER: 'sql',
      HELM_DRIVER_SQL_CONNECTION_STRING: `host=127.0.0.1 port=1 user=helm password=${secret}`,
    },
    ...{ code: 1, says: /^error: the SQL database can't be reached\n/ },
  },
  {
    name: 'a namespace that no server has',
    args: () => ['get', 'values', 'billing', '-n', '../../nodes'],
    ...{ code: 2, says: /^error: --namespace "\.\.\/\.\.\/nodes" is no namespace's name\n/ },
  },
  {
    name: 'a release that is not there',
    args: () => ['get', 'values', 'bilding', '-n', namespace],
    ...{
      code: 1,
      says: /^error: there is no release bilding\n(.*\n)* {2}did you mean billing\?\n/,
    },
  },
  {
    name: 'a revision that is not there',
    args: () => ['get', 'values', 'billing', '-n', namespace, '--revision', '7'],
    ...{ code: 1, says: /^error: release billing has no revision 7\n {2}there are: 1\n/ },
  },
];

describe('a release that only a later Helm could read', () => {
  it('is not called missing', async () => {
    const storage = ['--storage', `dir:${at('later')}`];
    const { code, stdout, stderr } = await releases(['history', 'billing', ...storage]);
    expect({ code, stdout }).toEqual({ code: 1, stdout: '' });
    expect(stderr).toMatch(
      /^error: no record of billing can be read\n {2}secret .*: its format, helm\.sh\/release\.v2, is newer than this program\n$/,
    );
    expectHarmless(stderr);
  });
});

describe('an error', () => {
  it.each(errors)('$name', async ({ args, code, says, kubeconfig, env }) => {
    const options = { ...(kubeconfig && { kubeconfig: kubeconfig() }), ...(env && { env }) };
    const result = await releases(args(), options);
    expect(result).toMatchObject({ code, stdout: '' });
    expect(result.stderr).toMatch(says);
    expect(result.stderr.split('\n').length).toBeLessThanOrEqual(6);
    expectHarmless(result.stderr);
  });
});

const rows: { name: string; says: RegExp }[] = [
  { name: 'not-yaml', says: /a\.yaml/ },
  { name: 'half-file', says: /a\.json/ },
  { name: 'half-record', says: /configmap kube-system\/billing\.v1 \(a\.json\): / },
  { name: 'later', says: /helm\.sh\/release\.v2, is newer than this program/ },
  { name: 'neither', says: /configmap kube-system\/billing\.v1 \(a\.json\): / },
];

describe('a record that can not be read', () => {
  it.each(rows)('$name is a row, one line and exit code 3', async ({ name, says }) => {
    const { code, stdout, stderr } = await releases(['list', '--storage', `dir:${at(name)}`]);
    expect(code).toBe(3);
    expect(stdout.trim().split('\n')).toHaveLength(2);
    expect(stdout).toContain(' unreadable ');
    expect(stderr).toMatch(/^1 record can't be read: .*\.\n$/);
    expect(stderr).toMatch(says);
    expectHarmless(stdout + stderr);
  });
});

/** No secret, no stack, no control character. */
function expectHarmless(text: string): void {
  expect(text).not.toContain(secret);
  expect(text).not.toMatch(/^\s+at |node:internal|\.ts:\d|\.js:\d|\[object|undefined/m);
  expect(text).not.toMatch(/[\u0000-\u0009\u000b-\u001f\u007f]/);
}

describe('an interruption', () => {
  it.each([
    ['SIGINT', 130],
    ['SIGTERM', 143],
  ] as const)('by %s ends at once with %i', async (signal, code) => {
    const server = ['--server', `https://127.0.0.1:${mutePort}`];
    const ended = await ending(['list', ...server], (child) => {
      setTimeout(() => child.kill(signal), 700);
    });
    expect(ended).toEqual({ code, signal: null, stderr: '' });
  });

  it('by a full disk is one line and exit code 1', async () => {
    const [file, args] = withArguments(['help']);
    const full = await run('sh', ['-c', '"$0" "$@" > /dev/full', file, ...args]);
    expect(full).toMatchObject({ code: 1, stdout: '' });
    expect(full.stderr).toBe("error: the output can't be written: no space left on the disk\n");
  });

  it('by a reader that has seen enough is no error', async () => {
    const ended = await ending(['list', '--help'], (child) => child.stdout.destroy());
    expect(ended).toEqual({ code: 0, signal: null, stderr: '' });
  });
});

function ending(args: readonly string[], meddle: (child: ReturnType<typeof start>) => void) {
  const child = start(args);
  let stderr = '';
  child.stderr.on('data', (part: Buffer) => {
    stderr += part.toString();
  });
  meddle(child);
  return new Promise((resolve) => {
    child.on('close', (code, signal) => resolve({ code, signal, stderr }));
  });
}

function start(args: readonly string[]) {
  return spawn(...withArguments(args), {
    env: { PATH: process.env.PATH, HOME: folder, KUBECONFIG: cluster.adminKubeconfig },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
}
