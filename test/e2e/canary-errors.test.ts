/**
 * Nothing of what an API server, a proxy or a credential plugin says goes wrong is printed where it may
 * quote a secret, and nothing of how they are reached: tokens, passwords, keys, connection strings.
 */
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { stringify } from 'yaml';
import { reportError } from '../../src/output/terminal/errors.ts';
import type { RunOptions, RunResult } from '../cluster/clients.ts';
import { drawn } from '../cluster/drawn.ts';
import { useClients, useCluster } from '../cluster/shared.ts';
import { type Fate, type ProxiedRequest, type Refusal, startProxy } from '../faults/proxy.ts';
import { captureIO } from '../unit/cli-io.ts';
import { loadedRecord, makeCanaries } from './canaries.ts';
import { builtProgram, put, spokenProgram } from './kubectl-program.ts';

const cluster = useCluster();
const { run } = useClients();
const releases = builtProgram(run, cluster.adminKubeconfig);
/** For the many answers of servers, which say the same in whatever process. */
const spoken = spokenProgram(run, cluster.adminKubeconfig);
const canaries = makeCanaries();
const { hits, plant } = canaries;
const folder = mkdtempSync(join(tmpdir(), 'canaries-'));
let tiller: string;
let apps: string;
/** Takes CONNECT requests and refuses them in many words. */
let rude: Server;

async function quiet(
  args: readonly string[],
  options: RunOptions = {},
  program = releases,
): Promise<RunResult> {
  const env = { KUBECTL_RELEASES_DEBUG: '1', ...options.env };
  const result = await program(args, { cwd: folder, ...options, env });
  expect(hits(result.stdout), `stdout of ${args.join(' ')}`).toEqual([]);
  expect(hits(result.stderr), `stderr of ${args.join(' ')}: ${result.stderr}`).toEqual([]);
  return result;
}

/** One revision, and one of its objects. */
async function putRelease(name: string): Promise<void> {
  await put(cluster, loadedRecord(canaries, tiller, { name, namespace: apps, revision: 1 }));
  await cluster.must('POST', `/api/v1/namespaces/${apps}/secrets`, {
    ...{ metadata: { name: `${name}-secret` }, stringData: { a: plant('a live object') } },
  });
}

beforeAll(async () => {
  tiller = await cluster.namespace('tiller');
  apps = await cluster.namespace('apps');
  rude = createServer().on('connect', (_, socket) => {
    const said = plant('a proxy');
    socket.end(`HTTP/1.1 407 ${said}\r\nproxy-authenticate: ${said}\r\n\r\n${said}`);
  });
  await new Promise<void>((done) => rude.listen(0, '127.0.0.1', done));
});
afterAll(() => rude.close());

describe('what an API server says', () => {
  const status = (
    code: number,
    reason: string,
    message = plant(`a message: ${code}`),
  ): Refusal => ({
    status: code,
    body: {
      ...{ apiVersion: 'v1', kind: 'Status', status: 'Failure', code, reason, message },
      details: {
        ...{ name: plant('details'), kind: 'secrets', uid: plant('uid') },
        causes: [{ reason: plant('a cause'), field: `data[${plant('a field')}]`, message }],
      },
    },
    retryAfter: 0,
    headers: { warning: `299 - "${plant('a warning')}"`, 'x-token': plant('a header') },
  });
  const denied = 'admission webhook "guard.example.org" denied the request: ';
  const quoting = `Secret "x" is invalid: data[release]: Invalid value: "`;
  const html = { 'content-type': 'text/html' };

  const answers: { readonly [what: string]: () => Refusal } = {
    'bad request': () => status(400, 'BadRequest'),
    unauthorized: () => status(401, 'Unauthorized'),
    forbidden: () => status(403, 'Forbidden'),
    'forbidden by a webhook': () => status(403, 'Forbidden', denied + plant('a webhook')),
    'not found': () => status(404, 'NotFound'),
    'exists already': () => status(409, 'AlreadyExists'),
    conflict: () => status(409, 'Conflict'),
    expired: () => status(410, 'Expired'),
    'too large': () => status(413, 'RequestEntityTooLarge'),
    invalid: () => status(422, 'Invalid', `${quoting}${plant('an invalid value')}"`),
    'too many': () => status(429, 'TooManyRequests'),
    'internal error': () => status(500, 'InternalError'),
    unavailable: () => status(503, 'ServiceUnavailable'),
    'a reason of its own': () => status(418, plant('a reason')),
    'a page': () => ({ status: 200, text: `<p>${plant('a page')}`, headers: html }),
    'a page with an error': () => ({ status: 502, text: `<p>${plant('a page')}`, headers: html }),
    'a redirect': () => ({ status: 302, headers: { location: `https://${plant('location')}/` } }),
    'JSON that is no list': () => ({ status: 200, body: { kind: plant('kind') } }),
    'a list of something else': () => ({
      status: 200,
      body: { kind: 'SecretList', items: [{ data: plant('an item') }, plant('a text')] },
    }),
    'broken JSON': () => ({
      status: 200,
      text: `{"kind":"SecretList","a":${plant('broken JSON')}`,
    }),
  };
  type Where = (request: ProxiedRequest) => boolean;
  /** Each lets a migration get further than the one before. */
  const places: readonly Where[] = [
    () => true,
    ({ method, path }) => method === 'POST' && path.includes('/secrets'),
    ({ path }) => path.includes('/sh.helm.release.v1.'),
    ({ method }) => method === 'PATCH',
    ({ method }) => method === 'DELETE',
    // Where it can't be asked, the work goes on.
    ({ path }) => path.includes('accessreviews'),
  ];
  const kinds = Object.entries(answers).map(([what, answer], i) => [what, i, answer] as const);

  test.each(drawn('answers', kinds, 2))('%s', async (_, i, answer) => {
    const name = `app-${i}`;
    await putRelease(name);
    let refused = 0;
    let refusing: Where = () => false;
    const proxy = await startProxy(cluster, (request): Fate => {
      if (!refusing(request)) return 'pass';
      refused += 1;
      return answer();
    });
    const at = { kubeconfig: proxy.kubeconfig };
    const more = ['--report', join(folder, 'faults.json'), '-o', 'json'];
    const backup = join(folder, 'backup');
    const from = ['--from', `configmap:${tiller}`, '--delete-v2-releases', '--backup', backup];
    const codes: number[] = [];
    for (const [n, where] of places.entries()) {
      [refusing, refused] = [where, 0];
      const args = ['migrate2to3', name, ...from, '--yes', ...more.slice(0, n % 2 ? 2 : 4)];
      codes.push((await quiet(args, at, spoken)).code);
      expect(refused, `requests refused at ${n}`).toBeGreaterThan(0);
    }
    refusing = () => true;
    if (i % 4 === 0) {
      await quiet(['list', '-A', '-t', tiller], at, spoken);
      await quiet(['history', name, '-n', apps, '-t', tiller], at, spoken);
      await quiet(['restore', backup, '--yes'], at, spoken);
    }
    await proxy.close();
    expect(codes[0]).not.toBe(0);
  });

  test('and none of it is in the report or the backup', () => {
    expect(hits(readFileSync(join(folder, 'faults.json'), 'utf8'))).toEqual([]);
    const backup = readdirSync(join(folder, 'backup'), { recursive: true, encoding: 'utf8' });
    expect(backup.length).toBeGreaterThan(1);
  });
});

describe('how a server is reached', () => {
  const { server } = cluster;
  const closed = 'https://127.0.0.1:1';
  interface Case {
    readonly cluster?: object;
    readonly user?: object;
    /** The kubeconfig's text, where it is no sound one. */
    readonly text?: string;
    readonly args?: readonly string[];
    readonly env?: { readonly [name: string]: string };
  }
  const plugin = (script: string) => ({
    exec: {
      apiVersion: 'client.authentication.k8s.io/v1',
      command: process.execPath,
      args: ['-e', script, plant('an argument')],
      env: [{ name: 'PLUGIN_PASSWORD', value: plant('env of a plugin') }],
      interactiveMode: 'Never',
    },
  });
  const says = (text: string) => plugin(`process.stdout.write(${JSON.stringify(text)})`);
  const credential = (token: string) =>
    JSON.stringify({
      apiVersion: 'client.authentication.k8s.io/v1',
      kind: 'ExecCredential',
      status: { token },
    });
  const rudeProxy = (scheme: string) =>
    `${scheme}://me:${plant('a proxy password')}@127.0.0.1:${(rude.address() as AddressInfo).port}`;
  const pem = (what: string) => Buffer.from(`-----BEGIN X-----\n${plant(what)}`).toString('base64');

  const cases: { readonly [what: string]: () => Case } = {
    'a token': () => ({ user: { token: plant('token') } }),
    'a token no header can carry': () => ({ user: { token: `${plant('token')}\n` } }),
    'a token that is no text': () => ({ user: { token: [plant('token')] } }),
    'a password': () => ({ user: { username: 'me', password: plant('password') } }),
    'a broken key': () => ({
      user: { 'client-certificate-data': pem('cert'), 'client-key-data': pem('key') },
    }),
    'a broken authority': () => ({ cluster: { server, 'certificate-authority-data': pem('ca') } }),
    'a plugin that fails': () => ({ user: plugin('process.exit(3)') }),
    'a plugin that talks': () => ({ user: says(`token=${plant('plugin output')}`) }),
    'a plugin with a bad token': () => ({ user: says(credential(`${plant('its token')}\n`)) }),
    'a plugin with a wrong token': () => ({ user: says(credential(plant('its token'))) }),
    'a plugin that is not there': () => ({
      user: { exec: { ...plugin('').exec, command: '/no/such/plugin' } },
    }),
    'an id-token': () => ({
      user: {
        'auth-provider': {
          name: 'oidc',
          config: {
            ...{ 'idp-issuer-url': closed, 'client-id': 'me', 'client-secret': plant('secret') },
            ...{ 'id-token': plant('id-token'), 'refresh-token': plant('refresh-token') },
          },
        },
      },
    }),
    'a server with a password': () => ({
      cluster: { server: `https://me:${plant('server password')}@127.0.0.1:1` },
    }),
    'a server that is no address': () => ({ cluster: { server: `ftp://me:${plant('pw')}@x` } }),
    'a proxy that refuses': () => ({ cluster: { server, 'proxy-url': rudeProxy('http') } }),
    'a proxy of another kind': () => ({ cluster: { server, 'proxy-url': rudeProxy('socks5') } }),
    'a proxy that is no address': () => ({
      cluster: { server, 'proxy-url': `foo://me:${plant('proxy password')}@x` },
    }),
    'a proxy in the environment': () => ({
      cluster: { server: 'https://kube.example.org' },
      env: { HTTPS_PROXY: rudeProxy('http') },
    }),
    'YAML that breaks at a token': () => ({ text: `users:\n- user: {token: "${plant('token')}\n` }),
    'a file that is a token': () => ({ text: plant('a file') }),
    'keys that are no texts': () => ({ text: `? {${plant('a key')}: 1}\n: 2\nusers: []\n` }),
    '--token': () => ({ args: ['--token', plant('--token')] }),
    '--token, misspelt': () => ({ args: [`--tokn=${plant('--tokn')}`] }),
    '--server with a password': () => ({
      args: ['--server', `https://me:${plant('--server')}@127.0.0.1:1`],
    }),
    HELM_KUBETOKEN: () => ({ env: { HELM_KUBETOKEN: plant('HELM_KUBETOKEN') } }),
    'a connection string of Helm': () => ({
      env: {
        HELM_DRIVER: 'sql',
        HELM_DRIVER_SQL_CONNECTION_STRING: `postgres://me:${plant('sql')}@127.0.0.1:1/helm`,
      },
    }),
    'a connection string as an address': () => ({
      args: ['--storage', `postgres://me:${plant('an address')}@127.0.0.1:1/helm`],
    }),
    'a connection string beside other flags': () => ({
      args: ['--storage', `sql:host=x password=${plant('an address')}`, '-t', 'x'],
    }),
    'a connection string as an argument': () => ({
      args: [`postgres://me:${plant('an argument')}@127.0.0.1:1/helm`],
    }),
  };

  test.each(Object.entries(cases))('%s', async (what, make) => {
    const { text, args = [], env = {}, ...made } = make();
    const own = mkdtempSync(join(folder, 'kubeconfig-'));
    const kubeconfig = join(own, 'config');
    const whole = {
      ...{ apiVersion: 'v1', kind: 'Config', 'current-context': 'c' },
      clusters: [
        { name: 'k', cluster: { 'certificate-authority': cluster.caFile, ...made.cluster } },
      ],
      contexts: [{ name: 'c', context: { cluster: 'k', user: 'u' } }],
      users: [{ name: 'u', user: { ...made.user } }],
    };
    if (!made.cluster) Object.assign(whole.clusters[0]?.cluster ?? {}, { server });
    writeFileSync(kubeconfig, text ?? stringify(whole), { mode: 0o600 });
    const more = { kubeconfig, env };
    const { code, stderr } = await quiet(['list', ...args], more);
    expect(stderr, what).toMatch(/^error: /);
    expect(code).toBeGreaterThan(0);
    await quiet(['migrate2to3', '--all', '--yes', ...args], more);
  });

  test('a misplaced word, whatever it is', async () => {
    const url = `postgres://me:${plant('a command')}@127.0.0.1:1/helm`;
    for (const args of [[url], ['get', url, 'x'], ['rbac', url], ['list', '-o', url]])
      expect((await quiet(args)).code).toBeGreaterThan(0);
    for (const flag of ['--from', '--to', '--report', '--backup'])
      for (const place of [url, `${url}.md`])
        await quiet(['migrate2to3', '--all', flag, place, '--dry-run']);
  });
});

describe('an error that nobody foresaw', () => {
  const thrown: { readonly [what: string]: () => unknown } = {
    'its message': () => new Error(plant('message')),
    'a message that looks like a stack': () => new Error(`x\n    at ${plant('frame')} (a.js:1:1)`),
    'its code': () => Object.assign(new Error(), { code: plant('code') }),
    'its cause': () => new Error('x', { cause: plant('cause') }),
    'a text': () => plant('a text'),
    'an object': () => ({ message: plant('an object') }),
    many: () => new AggregateError([new Error(plant('one'))], plant('many')),
  };
  test.each(Object.entries(thrown))('hides %s', (_, make) => {
    const io = captureIO({ env: { KUBECTL_RELEASES_DEBUG: '1' } });
    expect(reportError(make(), io)).toBe(1);
    expect(io.err()).toContain('error: internal error: ');
    expect(hits(io.err())).toEqual([]);
  });

  test('still says where it happened', () => {
    const io = captureIO({ env: { KUBECTL_RELEASES_DEBUG: '1' } });
    reportError(new TypeError('x'), io);
    expect(io.err()).toMatch(/internal error: TypeError\n {2}at /);
  });
});

test('NODE_DEBUG adds nothing', async () => {
  const kubeconfig = join(folder, 'debugged');
  const user = { token: plant('a debugged token') };
  const whole = {
    ...{ apiVersion: 'v1', kind: 'Config', 'current-context': 'c' },
    clusters: [
      { name: 'k', cluster: { server: cluster.server, 'certificate-authority': cluster.caFile } },
    ],
    contexts: [{ name: 'c', context: { cluster: 'k', user: 'u' } }],
    users: [{ name: 'u', user }],
  };
  mkdirSync(folder, { recursive: true });
  writeFileSync(kubeconfig, stringify(whole));
  const env = { NODE_DEBUG: 'http,https,tls,net,stream,fs,module,esm' };
  const { stderr } = await quiet(['list', '-A'], { kubeconfig, env });
  expect(stderr).toContain('error: the API server does not accept the credentials');
});
