import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { credentialSource } from '../../src/kube/credentials.ts';
import { type ExecConfig, runExecPlugin } from '../../src/kube/exec.ts';

let home: string;
beforeEach(() => {
  home = mkdtempSync(join(tmpdir(), 'releases-exec-'));
});
afterEach(() => rmSync(home, { recursive: true }));

const apiVersion = 'client.authentication.k8s.io/v1';

/** A plugin in JavaScript; `info` is what it was told. */
function plugin(body: string, more: Partial<ExecConfig> = {}): ExecConfig {
  const file = join(home, 'plugin.cjs');
  const head = `const info = JSON.parse(process.env.KUBERNETES_EXEC_INFO);
    const answer = (status) => console.log(JSON.stringify({ apiVersion: '${apiVersion}', kind: 'ExecCredential', status }));\n`;
  writeFileSync(file, head + body);
  return {
    apiVersion,
    command: process.execPath,
    args: [file, 'arg'],
    env: [],
    provideClusterInfo: false,
    interactiveMode: 'IfAvailable',
    ...more,
  };
}

const cluster = {
  server: 'https://x',
  'certificate-authority-data': 'Y2E=',
  config: { audience: 'a' },
};
const run = (exec: ExecConfig) =>
  runExecPlugin(exec, cluster, { PATH: process.env.PATH, OUTER: 'o' });

describe('exec credential plugins', () => {
  it('are told who asks, get their arguments and environment, and answer with a token', async () => {
    const found = await run(
      plugin(
        `answer({ token: [info.kind, info.apiVersion, info.spec.interactive, JSON.stringify(info.spec.cluster), process.argv[2], process.env.INNER, process.env.OUTER].join('|') })`,
        { env: [{ name: 'INNER', value: 'i' }], provideClusterInfo: true },
      ),
    );
    expect(found).toEqual({
      token: `ExecCredential|${apiVersion}|false|${JSON.stringify(cluster)}|arg|i|o`,
    });
    const without = await run(plugin(`answer({ token: String(info.spec.cluster) })`));
    expect(without.token).toBe('undefined');
  });

  it('may answer with a certificate and an end', async () => {
    const found = await run(
      plugin(
        `answer({ clientCertificateData: 'C', clientKeyData: 'K', expirationTimestamp: '2030-01-01T00:00:00Z' })`,
      ),
    );
    expect(found).toEqual({ cert: 'C', key: 'K', expires: Date.UTC(2030, 0, 1) });
  });

  it('fail with one line that holds nothing of what they wrote', async () => {
    const cases: [string, Partial<ExecConfig>, RegExp][] = [
      [`console.log('SECRET'); process.exit(3)`, {}, /ended with exit code 3$/],
      [`console.log('SECRET')`, {}, /did not answer with JSON$/],
      [`console.log('{"kind":"SECRET"}')`, {}, /did not answer with an ExecCredential of /],
      [`answer({ SECRET: 1 })`, {}, /gave neither a token nor a certificate$/],
      [`process.stdout.write('x'.repeat(3e6))`, {}, /wrote more than a credential$/],
      ['', { interactiveMode: 'Always' }, /there is no terminal$/],
      ['', { apiVersion: 'client.authentication.k8s.io/v1alpha1' }, /apiVersion is not one of /],
      ['', { command: '' }, /no command$/],
    ];
    for (const [body, more, why] of cases) {
      const error = await run(plugin(body, more)).then(
        () => undefined,
        (reason: unknown) => reason,
      );
      expect(error).toMatchObject({
        code: 'KUBECONFIG',
        why: [expect.stringMatching(why)],
        hints: [expect.stringContaining('sign in with it again')],
      });
      expect(JSON.stringify(error)).not.toContain('SECRET');
    }
  });

  it('that are missing show the hint of the kubeconfig', async () => {
    const exec = plugin('', {
      command: 'no-such-plugin-here',
      installHint: 'get it\n\nfrom there\u001b[31m',
    });
    await expect(run(exec)).rejects.toMatchObject({
      code: 'KUBECONFIG',
      why: ['no-such-plugin-here was not found'],
      hints: ['get it', 'from there\\u001b[31m'],
    });
  });
});

describe('credentials', () => {
  const target = (user: object) => ({
    cluster: { name: 'c', server: 'https://x', skipTLSVerify: false },
    user: { name: 'u', ...user },
    namespace: 'default',
  });
  const headers = async (user: object) => (await credentialSource(target(user), {}).get()).headers;

  it('become headers', async () => {
    expect(await headers({ token: 't' })).toEqual({ authorization: 'Bearer t' });
    expect(await headers({ username: 'u', password: 'p' })).toEqual({
      authorization: 'Basic dTpw',
    });
    expect(
      await headers({
        impersonateUser: 'j',
        impersonateGroups: ['a', 'b'],
        impersonateUid: '1',
        impersonateExtra: { 'A/b': ['x'] },
      }),
    ).toEqual({
      'impersonate-user': 'j',
      'impersonate-group': ['a', 'b'],
      'impersonate-uid': '1',
      'impersonate-extra-a%2Fb': ['x'],
    });
  });

  it('refuse what no header can carry, without showing it', async () => {
    expect(() => credentialSource(target({ token: 'SECRET\r\nx: y' }), {})).toThrow(
      /^the token holds characters/,
    );
    expect(() => credentialSource(target({ impersonateUser: 'a\nb' }), {})).toThrow(
      /no header can carry$/,
    );
  });

  it('are read from the token file again, and fetched anew after a 401', async () => {
    const tokenFile = join(home, 'token');
    writeFileSync(tokenFile, 'first\n');
    const source = credentialSource(target({ tokenFile, token: 'fallback' }), {});
    expect((await source.get()).headers).toEqual({ authorization: 'Bearer first' });
    writeFileSync(tokenFile, 'second\n');
    expect((await source.get()).headers).toEqual({ authorization: 'Bearer first' });
    expect(source.refresh()).toBe(true);
    expect((await source.get()).headers).toEqual({ authorization: 'Bearer second' });
    rmSync(tokenFile);
    source.refresh();
    expect((await source.get()).headers).toEqual({ authorization: 'Bearer fallback' });
    expect(credentialSource(target({ token: 't' }), {}).refresh()).toBe(false);
  });

  it('of a plugin are kept until they end, and asked for once by many requests', async () => {
    const log = join(home, 'log');
    writeFileSync(log, '');
    const count = `require('node:fs').appendFileSync(${JSON.stringify(log)}, 'x');`;
    const exec = plugin(
      `${count} answer({ token: 'n' + require('node:fs').readFileSync(${JSON.stringify(log)}).length })`,
    );
    const source = credentialSource(target({ exec }), process.env);
    const all = await Promise.all([source.get(), source.get(), source.get()]);
    expect(all.map(({ headers }) => headers.authorization)).toEqual(Array(3).fill('Bearer n1'));
    const short = plugin(
      `${count} answer({ token: 'n', expirationTimestamp: new Date().toISOString() })`,
    );
    const ending = credentialSource(target({ exec: short }), process.env);
    await ending.get();
    expect(readFileSync(log, 'utf8')).toBe('xxx');
  });

  it('of the provider oidc are its token', async () => {
    const part = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url');
    const token = (exp: number) => `${part({ alg: 'none' })}.${part({ exp })}.sig`;
    const good = token(Date.now() / 1000 + 3600);
    expect(await headers({ authProvider: { name: 'oidc', config: { 'id-token': good } } })).toEqual(
      {
        authorization: `Bearer ${good}`,
      },
    );
    const old = { name: 'oidc', config: { 'id-token': token(1) } };
    await expect(headers({ authProvider: old })).rejects.toMatchObject({ code: 'KUBECONFIG' });
  });
});
