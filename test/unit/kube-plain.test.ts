/** Credentials over plain HTTP, to a server of the test's own that keeps what it is sent. */
import { chmodSync, existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, expect, it } from 'vitest';
import type { ReleasesError } from '../../src/errors.ts';
import { openKube } from '../../src/kube/kube.ts';
import type { KubeOptions } from '../../src/kube/options.ts';

const secret = 'c4nary-credential';
let folder: string;
let server: Server;
let address: string;
let seen: string[] = [];
let answer: (request: IncomingMessage, response: ServerResponse) => void;

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'plain-'));
  server = createServer((request, response) => {
    seen.push([request.url, ...request.rawHeaders].join('\n'));
    answer(request, response);
  });
  server.on('connect', (request, socket) => {
    seen.push([request.url, ...request.rawHeaders].join('\n'));
    socket.end('HTTP/1.1 502 Bad Gateway\r\n\r\n');
  });
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  address = `127.0.0.1:${(server.address() as AddressInfo).port}`;
});

afterEach(() => {
  seen = [];
});

afterAll(() => {
  server.close();
  rmSync(folder, { recursive: true, force: true });
});

function status(code: number) {
  return (_: IncomingMessage, response: ServerResponse) => {
    response.statusCode = code;
    response.end(JSON.stringify({ kind: 'Status', code, message: `it is ${secret}` }));
  };
}

const file = (name: string, text: string) => {
  writeFileSync(join(folder, name), text);
  return join(folder, name);
};

const users: { readonly [kind: string]: () => object } = {
  token: () => ({ token: secret }),
  tokenFile: () => ({ tokenFile: file('token', secret) }),
  'password of a user': () => ({ username: 'eve', password: secret }),
  'exec plugin': () => {
    const command = file('plugin', `#!/bin/sh\ntouch ${join(folder, 'ran')}\n`);
    chmodSync(command, 0o700);
    const apiVersion = 'client.authentication.k8s.io/v1';
    return { exec: { apiVersion, command, interactiveMode: 'Never' } };
  },
  'oidc provider': () => {
    const claims = Buffer.from('{"exp":99999999999}').toString('base64url');
    return { 'auth-provider': { name: 'oidc', config: { 'id-token': `${secret}.${claims}.x` } } };
  },
  'certificate that is none': () => ({
    'client-certificate': file('cert', secret),
    'client-key': file('key', secret),
  }),
};

function ask(options: KubeOptions, user: object | undefined, env = {}) {
  const kubeconfig = file(
    'config',
    JSON.stringify({
      ...{ apiVersion: 'v1', kind: 'Config', 'current-context': 'one' },
      clusters: [{ name: 'one', cluster: { server: `http://${address}` } }],
      contexts: [{ name: 'one', context: { cluster: 'one', user: 'eve' } }],
      users: [{ name: 'eve', user: { ...user, as: 'joe' } }],
    }),
  );
  const kube = openKube({ kubeconfig, ...options }, env);
  const call = { verb: 'list', apiVersion: 'v1', resource: 'secrets', namespace: 'web' } as const;
  return kube.api
    .call(call)
    .then(
      () => undefined,
      (error: ReleasesError) => error,
    )
    .finally(() => kube.close());
}

const withheld = 'the credentials were not sent: the address does not begin with https://';

// What kubectl 1.35 does: no credentials, no plugin, and `Impersonate-User` all the same.
it.each(Object.keys(users))('sends no %s to a plain port, and says so', async (kind) => {
  for (const [code, name] of [
    [401, 'UNAUTHORIZED'],
    [403, 'FORBIDDEN'],
  ] as const) {
    answer = status(code);
    const error = await ask({}, users[kind]?.());
    expect(error).toMatchObject({ code: name, why: expect.arrayContaining([withheld]) });
    expect(error?.hints[0]).toMatch(/https:\/\//);
  }
  expect(seen).toHaveLength(2);
  expect(seen.join('\n')).not.toMatch(/authorization/i);
  expect(seen.join('\n')).not.toContain(secret);
  expect(seen[0]).toMatch(/impersonate-user\njoe/i);
  expect(existsSync(join(folder, 'ran'))).toBe(false);
});

it.each<[string, () => KubeOptions]>([
  ['an address without a scheme', () => ({ server: address, token: secret })],
  [
    'one whose certificate would not be looked at',
    () => ({ server: address, token: secret, insecureSkipTlsVerify: true }),
  ],
  ['a scheme in capitals', () => ({ server: `HTTP://${address}`, token: secret })],
  ['a name and a password in it', () => ({ server: `http://eve:${secret}@${address}` })],
])('sends nothing to %s', async (_, options) => {
  answer = status(401);
  await ask(options(), undefined);
  expect(seen).toHaveLength(1);
  expect(seen[0]).not.toContain(secret);
  expect(seen[0]).not.toMatch(/\nauthorization/i);
});

it('works without credentials where none are asked for, as behind kubectl proxy', async () => {
  answer = (_, response) => response.end('{"items":[]}');
  expect(await ask({}, users.token?.())).toBe(undefined);
});

it('says nothing of credentials where there are none', async () => {
  answer = status(403);
  const error = await ask({}, undefined);
  expect(error?.why).not.toContain(withheld);
});

it('follows no redirect', async () => {
  answer = (_, response) => {
    response.writeHead(302, { location: `http://${address}/elsewhere` });
    response.end();
  };
  expect(await ask({}, undefined)).toMatchObject({ code: 'API', why: ['it answered 302'] });
  expect(seen).toHaveLength(1);
});

it("gives a proxy its own password, and not the server's token", async () => {
  answer = status(401);
  const env = { HTTPS_PROXY: `http://someone:proxypass@${address}` };
  await ask({ server: 'https://api.example.org', token: secret }, undefined, env);
  const basic = Buffer.from('someone:proxypass').toString('base64');
  expect(seen.map((one) => one.split('\n')[0])).toEqual(['api.example.org:443']);
  expect(seen[0]).toContain(`Basic ${basic}`);
  expect(seen.join('\n')).not.toContain(secret);
});
