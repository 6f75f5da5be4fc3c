/** Connections to a real API server, and what is said when they fail. */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer as createHttpServer } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { connect, createServer, type Server } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { parse, stringify } from 'yaml';
import type { Environment } from '../../src/environment.ts';
import { isReleasesError, type ReleasesError } from '../../src/errors.ts';
import { type Kube, openKube } from '../../src/kube/kube.ts';
import type { KubeOptions } from '../../src/kube/options.ts';
import { listPages } from '../../src/kube/pages.ts';
import { makeAuthority, serverCertificate } from '../cluster/certificates.ts';
import { useCluster } from '../cluster/shared.ts';
import { runCli } from '../unit/cli-io.ts';

const cluster = useCluster();
const open_: Kube[] = [];
const servers: Server[] = [];
let home: string;

beforeAll(() => {
  home = mkdtempSync(join(tmpdir(), 'releases-e2e-kube-'));
});
afterAll(() => rmSync(home, { recursive: true }));
afterEach(() => {
  for (const kube of open_.splice(0)) kube.close();
  for (const server of servers.splice(0)) server.close();
});

function open(options: KubeOptions, env: Environment = {}): Kube {
  const kube = openKube(options, env);
  open_.push(kube);
  return kube;
}

const ping = {
  verb: 'list',
  apiVersion: 'v1',
  resource: 'namespaces',
  query: { limit: '1' },
} as const;

async function failure(options: KubeOptions, env: Environment = {}): Promise<ReleasesError> {
  const error = await open(options, env)
    .api.call(ping)
    .then(
      () => new Error('it did not fail'),
      (reason: unknown) => reason,
    );
  if (!isReleasesError(error)) throw error;
  return error;
}

/** Who the server takes us for. */
async function whoAmI(kube: Kube): Promise<{ username: string; groups?: string[]; uid?: string }> {
  const apiVersion = 'authentication.k8s.io/v1';
  const answer = (await kube.api.call({
    verb: 'create',
    apiVersion,
    resource: 'selfsubjectreviews',
    body: { apiVersion, kind: 'SelfSubjectReview' },
  })) as { status: { userInfo: { username: string; groups?: string[]; uid?: string } } };
  return answer.status.userInfo;
}

/** The admin's kubeconfig with parts replaced. */
function changed(name: string, cluster_: object, user?: object): string {
  const config = parse(readFileSync(cluster.adminKubeconfig, 'utf8'));
  config.clusters[0].cluster = { ...config.clusters[0].cluster, ...cluster_ };
  if (user) config.users[0].user = user;
  const file = join(home, name);
  writeFileSync(file, stringify(config));
  return file;
}

async function listen(server: Server): Promise<number> {
  servers.push(server);
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  return (server.address() as AddressInfo).port;
}

/** A token of a real service account. */
async function accountToken(): Promise<{ token: string; name: string }> {
  const namespace = await cluster.namespace();
  const base = `/api/v1/namespaces/${namespace}/serviceaccounts`;
  await cluster.must('POST', base, { metadata: { name: 'robot' } });
  const answer = await cluster.must('POST', `${base}/robot/token`, { spec: {} });
  const { token } = (answer as { status: { token: string } }).status;
  return { token, name: `system:serviceaccount:${namespace}:robot` };
}

describe('who the server takes us for', () => {
  it('is the client certificate, or whom it impersonates', async () => {
    const kubeconfig = cluster.adminKubeconfig;
    expect((await whoAmI(open({ kubeconfig }))).username).toBe('admin');
    const as = { as: 'jane', asGroup: ['devs', 'system:masters'], asUid: '42' };
    const jane = await whoAmI(open({ kubeconfig, ...as }));
    expect(jane).toMatchObject({ username: 'jane', uid: '42' });
    expect(jane.groups).toEqual(expect.arrayContaining(['devs', 'system:masters']));
    const helm = { HELM_KUBEASUSER: 'joe', HELM_KUBEASGROUPS: 'ops', KUBECONFIG: kubeconfig };
    expect(await whoAmI(open({}, helm))).toMatchObject({ username: 'joe' });
  });

  it('is nobody else, where that is not allowed, and the server’s words say so', async () => {
    const KUBECONFIG = cluster.kubeconfigFor('not-admin');
    const { code, err } = await runCli(['list', '--as', 'admin', '-n', 'default'], {
      env: { KUBECONFIG },
    });
    expect(code).toBe(1);
    expect(err).toContain('no permission to act as somebody else');
    expect(err).toMatch(/User "not-admin" cannot impersonate/);
  });

  it('is the bearer of a token from a flag, the file, a token file or a plugin', async () => {
    const { token, name } = await accountToken();
    const flags = { server: cluster.server, certificateAuthority: cluster.caFile };
    expect((await whoAmI(open({ ...flags, token }, { HOME: home }))).username).toBe(name);
    const tokenFile = join(home, 'token');
    writeFileSync(tokenFile, `${token}\n`);
    for (const user of [{ token }, { tokenFile }]) {
      const kubeconfig = changed('bearer', {}, user);
      expect((await whoAmI(open({ kubeconfig }))).username).toBe(name);
    }
    const answer = {
      apiVersion: 'client.authentication.k8s.io/v1',
      kind: 'ExecCredential',
      status: { token },
    };
    const script = `process.stdout.write(${JSON.stringify(JSON.stringify(answer))})`;
    const exec = {
      apiVersion: answer.apiVersion,
      command: process.execPath,
      args: ['-e', script],
      interactiveMode: 'Never',
    };
    const plugin = open({ kubeconfig: changed('exec', {}, { exec }) }, process.env);
    expect((await whoAmI(plugin)).username).toBe(name);
  });

  it('is the certificate that a plugin gives', async () => {
    const admin = parse(readFileSync(cluster.adminKubeconfig, 'utf8')).users[0].user;
    const text = (field: string) => Buffer.from(admin[field], 'base64').toString();
    const status = {
      clientCertificateData: text('client-certificate-data'),
      clientKeyData: text('client-key-data'),
    };
    const answer = {
      apiVersion: 'client.authentication.k8s.io/v1beta1',
      kind: 'ExecCredential',
      status,
    };
    const file = join(home, 'answer.json');
    writeFileSync(file, JSON.stringify(answer));
    const exec = {
      apiVersion: answer.apiVersion,
      command: process.execPath,
      args: ['-p', `require('fs').readFileSync(${JSON.stringify(file)}, 'utf8')`],
    };
    const kube = open({ kubeconfig: changed('exec-cert', {}, { exec }) }, process.env);
    expect((await whoAmI(kube)).username).toBe('admin');
  });
});

describe('ways to the server', () => {
  it('lead through HTTPS_PROXY and proxy-url, and past it for NO_PROXY', async () => {
    const asked: string[] = [];
    const proxy = createHttpServer();
    proxy.on('connect', (request, client) => {
      asked.push(`${request.url} ${request.headers['proxy-authorization'] ?? ''}`.trim());
      const [host = '', port = ''] = (request.url ?? '').split(':');
      const onward = connect(Number(port), host, () => {
        client.write('HTTP/1.1 200 OK\r\n\r\n');
        onward.pipe(client).pipe(onward);
      });
      for (const side of [onward, client]) side.on('error', () => side.destroy());
    });
    const port = await listen(proxy);
    // Loopback addresses are never asked of the environment's proxy; proxy-url always counts.
    const kubeconfig = changed('proxied', { 'proxy-url': `http://u:p@127.0.0.1:${port}` });
    const kube = open({ kubeconfig });
    for (let n = 0; n < 3; n++) await kube.api.call(ping);
    expect(asked).toEqual([`${new URL(cluster.server).host} Basic dTpw`]);
    const loop = { HTTPS_PROXY: `http://127.0.0.1:${port}` };
    await open({ kubeconfig: cluster.adminKubeconfig }, loop).api.call(ping);
    expect(asked).toHaveLength(1);
    const named = changed('named', {
      server: cluster.server.replace('127.0.0.1', 'api.test'),
      'tls-server-name': '127.0.0.1',
    });
    const refused = createHttpServer();
    refused.on('connect', (_request, client) => client.end('HTTP/1.1 407 No\r\n\r\n'));
    const env = { HTTPS_PROXY: `http://127.0.0.1:${await listen(refused)}` };
    const error = await failure({ kubeconfig: named }, env);
    expect(error).toMatchObject({
      ...{ code: 'UNREACHABLE', message: 'the proxy does not lead to the API server' },
      why: [expect.stringMatching(/^127\.0\.0\.1:\d+: the proxy answered 407$/)],
      hints: [expect.stringContaining('user:password@'), expect.stringContaining('proxy-url')],
    });
    kube.close();
  });

  it('end at a proxy whose own certificate nobody vouches for, and that is said of the proxy', async () => {
    const authority = makeAuthority('nobody knows it');
    const proxy = createTlsServer(serverCertificate(authority, ['127.0.0.1', 'localhost']));
    const port = await listen(proxy);
    const kubeconfig = changed('unsafe-proxy', { 'proxy-url': `https://localhost:${port}` });
    const error = await failure({ kubeconfig });
    expect(error).toMatchObject({
      ...{ code: 'UNREACHABLE', message: 'the proxy does not lead to the API server' },
      why: [expect.stringMatching(/^localhost:\d+: certificate signed by unknown authority$/)],
    });
  });

  it('use one connection for many requests, and pages of any size', async () => {
    for (let n = 0; n < 5; n++) await cluster.namespace('paged');
    const sockets = new Set<unknown>();
    const forward = createServer((client) => {
      sockets.add(client);
      const onward = connect(Number(new URL(cluster.server).port), '127.0.0.1');
      client.pipe(onward).pipe(client);
      for (const side of [onward, client]) side.on('error', () => side.destroy());
    });
    const server = `https://127.0.0.1:${await listen(forward)}`;
    const kube = open({ kubeconfig: changed('forward', { server }) });
    const names: string[] = [];
    const at = { apiVersion: 'v1', resource: 'namespaces' };
    for await (const page of listPages(kube.api, at, { pageSize: 3, metadataOnly: true }))
      names.push(...page.map(({ metadata }) => metadata.name));
    expect(new Set(names).size).toBe(names.length);
    expect(names.filter((name) => name.startsWith('paged-')).length).toBeGreaterThanOrEqual(5);
    expect(sockets.size).toBe(1);
    const whole: string[] = [];
    // Far too few bytes for one page: it's asked for again in smaller ones.
    for await (const page of listPages(kube.api, at, { pageSize: 64, maxPageBytes: 3000 }))
      whole.push(...page.map(({ metadata }) => metadata.name));
    expect(whole).toEqual(expect.arrayContaining(names));
    kube.close();
  });
});

describe('what is said when a connection fails', () => {
  const at = (kubeconfig: string) => ({ kubeconfig });

  it('is the cause, in one line', async () => {
    const probe = createServer();
    const closed = await listen(probe);
    probe.close();
    const silent = createServer(() => {});
    const silentPort = await listen(silent);
    const cutting = createServer((socket) => socket.destroy());
    const cuttingPort = await listen(cutting);
    const page = createHttpServer((_request, response) => response.end('<html>SECRET</html>'));
    const pagePort = await listen(page);
    const local = (port: number, scheme = 'https') => ({ server: `${scheme}://127.0.0.1:${port}` });
    const noCa = { 'certificate-authority-data': undefined };
    const cases: [object, KubeOptions, string, RegExp][] = [
      [local(closed), {}, 'UNREACHABLE', /: connection refused$/],
      [{ server: 'https://no-such-host.invalid' }, {}, 'UNREACHABLE', /: no such host/],
      [local(silentPort), { requestTimeout: '200ms' }, 'UNREACHABLE', /: timed out$/],
      [local(cuttingPort), {}, 'UNREACHABLE', /connection broke|connection failed/],
      [noCa, {}, 'UNREACHABLE', /: certificate signed by unknown authority$/],
      [{ 'tls-server-name': 'other.test' }, {}, 'UNREACHABLE', /certificate is for another name$/],
      [local(pagePort), {}, 'UNREACHABLE', /does not speak TLS/],
      [local(pagePort, 'http'), {}, 'API', /^$/],
      [{ server: cluster.server.replace('https', 'http') }, {}, 'API', /^it answered 400$/],
    ];
    for (const [i, [cluster_, flags, code, why]] of cases.entries()) {
      const error = await failure({ ...at(changed(`failing-${i}`, cluster_)), ...flags });
      expect([error.code, error.why.join()], `case ${i}`).toEqual([
        code,
        expect.stringMatching(why),
      ]);
      expect(JSON.stringify([error.message, error.why, error.hints])).not.toContain('SECRET');
    }
  });

  it('names bad credentials, without them', async () => {
    const flags = { server: cluster.server, certificateAuthority: cluster.caFile };
    const error = await failure({ ...flags, token: 'SECRET' }, { HOME: home });
    expect(error).toMatchObject({ code: 'UNAUTHORIZED' });
    expect(JSON.stringify([error.message, error.why, error.hints, error.stack])).not.toContain(
      'SECRET',
    );
    const user = { 'client-certificate-data': 'U0VDUkVU', 'client-key-data': 'U0VDUkVU' };
    expect(await failure(at(changed('bad-cert', {}, user)))).toMatchObject({ code: 'KUBECONFIG' });
    const ca = { 'certificate-authority-data': 'U0VDUkVU' };
    expect((await failure(at(changed('bad-ca', ca)))).code).toMatch(/^(KUBECONFIG|UNREACHABLE)$/);
  });

  it('works all the same when the certificate is not to be checked', async () => {
    const unchecked = { server: cluster.server, insecureSkipTlsVerify: true };
    expect(
      (await whoAmI(open({ kubeconfig: cluster.adminKubeconfig, ...unchecked }))).username,
    ).toBe('admin');
  });
});
