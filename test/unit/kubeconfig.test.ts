import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { KubeConfig } from '@kubernetes/client-node';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { stringify } from 'yaml';
import { isReleasesError, type ReleasesError } from '../../src/errors.ts';
import { resolveTarget } from '../../src/kube/config.ts';
import { openKube } from '../../src/kube/kube.ts';
import { type KubeOptions, parseTimeout, withHelmEnvironment } from '../../src/kube/options.ts';

let home: string;
beforeEach(() => {
  home = mkdtempSync(join(tmpdir(), 'releases-kube-'));
});
afterEach(() => rmSync(home, { recursive: true }));

function write(path: string, content: unknown): string {
  const full = join(home, path);
  mkdirSync(join(full, '..'), { recursive: true });
  writeFileSync(
    full,
    typeof content === 'string' ? content : stringify(content, { version: '1.1' }),
  );
  return full;
}

interface Parts {
  readonly current?: string;
  readonly cluster?: object;
  readonly user?: object;
  readonly context?: object;
  readonly name?: string;
}

function config({ current, cluster, user, context, name = 'one' }: Parts = {}): object {
  return {
    apiVersion: 'v1',
    kind: 'Config',
    'current-context': current ?? name,
    clusters: [{ name, cluster: { server: `https://${name}.test:6443`, ...cluster } }],
    users: [{ name, user: { token: `token-${name}`, ...user } }],
    contexts: [{ name, context: { cluster: name, user: name, ...context } }],
  };
}

function errorOf(work: () => unknown): ReleasesError {
  try {
    work();
  } catch (error) {
    if (isReleasesError(error)) return error;
    throw error;
  }
  throw new Error('it did not fail');
}

const target = (options: KubeOptions = {}, env: { [name: string]: string } = {}) =>
  resolveTarget(options, { HOME: home, ...env }, join(home, 'no-account'));

describe('which kubeconfig', () => {
  it('is --kubeconfig, then every file of KUBECONFIG, then ~/.kube/config', () => {
    write('.kube/config', config({ name: 'home' }));
    const [a, b] = [write('a', config({ name: 'a' })), write('b', config({ name: 'b' }))];
    expect(target().cluster.server).toBe('https://home.test:6443');
    const env = { KUBECONFIG: [a, b].join(delimiter) };
    expect(target({}, env).cluster.server).toBe('https://a.test:6443');
    expect(target({ context: 'b' }, env).cluster.server).toBe('https://b.test:6443');
    expect(target({ kubeconfig: b }, env).context).toBe('b');
  });

  it('lets the first definition and the first current-context win, and tolerates missing files', () => {
    const first = write('first', { ...config({ name: 'x' }), 'current-context': '' });
    const second = write('second', {
      ...config({ name: 'x', cluster: { server: 'https://late.test' }, current: 'y' }),
      contexts: [
        { name: 'x', context: { cluster: 'x', user: 'x', namespace: 'late' } },
        { name: 'y', context: { cluster: 'x', user: 'x', namespace: 'mine' } },
      ],
    });
    const third = write('third', config({ name: 'z', current: 'z' }));
    const files = [join(home, 'missing'), first, first, second, third].join(delimiter);
    const found = target({}, { KUBECONFIG: files });
    expect(found).toMatchObject({ context: 'y', namespace: 'mine' });
    expect(found.cluster.server).toBe('https://x.test:6443');
    expect(target({ context: 'x' }, { KUBECONFIG: files }).namespace).toBe('default');
  });

  it('resolves relative paths from the file they stand in', () => {
    write('deep/certs/ca.pem', 'ca');
    const cluster = { 'certificate-authority': 'certs/ca.pem' };
    const exec = { apiVersion: 'client.authentication.k8s.io/v1', interactiveMode: 'Never' };
    const user = {
      token: undefined,
      tokenFile: '../token',
      'client-key': '/abs/key',
      exec: { ...exec, command: './bin/login' },
    };
    const found = target({ kubeconfig: write('deep/config', config({ cluster, user })) });
    expect(found.cluster.caFile).toBe(join(home, 'deep/certs/ca.pem'));
    expect(found.user.tokenFile).toBe(join(home, 'token'));
    expect(found.user.keyFile).toBe('/abs/key');
    expect(found.user.exec?.command).toBe(join(home, 'deep/bin/login'));
  });

  it('finds a plugin beside a kubeconfig that is named from its own folder', () => {
    const exec = { apiVersion: 'client.authentication.k8s.io/v1', interactiveMode: 'Never' };
    const file = (command: string) =>
      write('here', config({ user: { token: undefined, exec: { ...exec, command } } }));
    const before = process.cwd();
    process.chdir(home);
    try {
      const commandOf = (command: string) => {
        file(command);
        return target({ kubeconfig: 'here' }).user.exec?.command;
      };
      expect(commandOf('./plug')).toBe(join(process.cwd(), 'plug'));
      expect(commandOf('plug')).toBe('plug');
      expect(commandOf('/opt/plug')).toBe('/opt/plug');
    } finally {
      process.chdir(before);
    }
  });

  it('reads what the client library reads from the same file', () => {
    const cluster = {
      'certificate-authority-data': 'Y2E=',
      'tls-server-name': 'n',
      'proxy-url': 'http://p:1',
      'insecure-skip-tls-verify': false,
    };
    const user = {
      'client-certificate-data': 'Y2VydA==',
      'client-key-data': 'a2V5',
      token: undefined,
      username: 'u',
      password: 'p',
      as: 'other',
    };
    const file = write('config', config({ cluster, user, context: { namespace: 'ns' } }));
    const library = new KubeConfig();
    library.loadFromFile(file);
    const ours = target({ kubeconfig: file });
    const given = (value: unknown) => JSON.parse(JSON.stringify(value, (_, v) => v ?? undefined));
    expect(ours.cluster).toEqual(given(library.getCurrentCluster()));
    const { impersonateUser, ...rest } = ours.user;
    expect({ ...rest, impersonateUser }).toEqual(given(library.getCurrentUser()));
    expect(ours.namespace).toBe(library.getContextObject('one')?.namespace);
  });

  it('is the account of the pod where there is no file', () => {
    const account = join(home, 'account');
    write('account/token', 'pod-token');
    write('account/ca.crt', 'ca');
    write('account/namespace', 'pods\n');
    const env = { HOME: home, KUBERNETES_SERVICE_HOST: '::1', KUBERNETES_SERVICE_PORT: '443' };
    const found = resolveTarget({}, env, account);
    expect(found).toMatchObject({ namespace: 'pods', user: { tokenFile: join(account, 'token') } });
    expect(found.cluster).toMatchObject({
      server: 'https://[::1]:443',
      caFile: join(account, 'ca.crt'),
    });
    expect(errorOf(() => resolveTarget({}, { HOME: home }, account)).code).toBe('NO_CLUSTER');
  });

  it('is not needed when flags say everything', () => {
    const certificateAuthority = write('ca', 'ca');
    const found = target({ server: 'https://flag.test/', token: 't', certificateAuthority });
    expect(found).toMatchObject({
      cluster: { server: 'https://flag.test', caFile: certificateAuthority },
      user: { token: 't' },
      namespace: 'default',
    });
  });
});

describe('flags and the environment over the file', () => {
  it('replace trust, name and credentials by the rules of kubectl', () => {
    const cluster = { 'certificate-authority-data': 'Y2E=', 'tls-server-name': 'old' };
    const file = write('config', config({ cluster, user: { tokenFile: '/tok' } }));
    const at = (options: KubeOptions) => target({ kubeconfig: file, ...options });
    expect(at({ insecureSkipTlsVerify: true }).cluster).toMatchObject({ skipTLSVerify: true });
    expect(at({ insecureSkipTlsVerify: true }).cluster.caData).toBeUndefined();
    const certificateAuthority = write('ca', 'ca');
    expect(at({ certificateAuthority }).cluster).toMatchObject({
      caFile: certificateAuthority,
      skipTLSVerify: false,
    });
    expect(at({ server: 'https://x' }).cluster.tlsServerName).toBeUndefined();
    expect(at({ server: 'https://x', tlsServerName: 'new' }).cluster.tlsServerName).toBe('new');
    expect(at({}).cluster.tlsServerName).toBe('old');
    expect(at({ token: 'flag' }).user).toMatchObject({ token: 'flag' });
    expect(at({ token: 'flag' }).user.tokenFile).toBeUndefined();
    const as = { as: 'jane', asGroup: ['a', 'b'], asUid: '7' };
    expect(at(as).user).toMatchObject({
      impersonateUser: 'jane',
      impersonateGroups: ['a', 'b'],
      impersonateUid: '7',
    });
  });

  it('follow helm where nothing is said', () => {
    const file = write('config', {
      ...config(),
      contexts: [
        { name: 'one', context: { cluster: 'one', user: 'one', namespace: 'own' } },
        { name: 'two', context: { cluster: 'one', user: 'one' } },
      ],
    });
    const env = {
      KUBECONFIG: file,
      HELM_NAMESPACE: 'helm',
      HELM_KUBECONTEXT: 'two',
      HELM_KUBEASUSER: 'jane',
      HELM_KUBEASGROUPS: 'a,b',
      HELM_KUBETOKEN: 't',
      HELM_KUBEAPISERVER: 'https://h',
      HELM_KUBEINSECURE_SKIP_TLS_VERIFY: 'true',
      HELM_KUBETLS_SERVER_NAME: 'n',
    };
    const found = resolveTarget(withHelmEnvironment({}, env), env);
    expect(found).toMatchObject({
      namespace: 'helm',
      context: 'two',
      cluster: { server: 'https://h', skipTLSVerify: true, tlsServerName: 'n' },
      user: { token: 't', impersonateUser: 'jane', impersonateGroups: ['a', 'b'] },
    });
    expect(openKube({ namespace: 'flag', context: 'one' }, env)).toMatchObject({
      namespace: 'flag',
      context: 'one',
      userHint: 'jane',
    });
    expect(openKube({}, { KUBECONFIG: file }).namespace).toBe('own');
    expect(
      withHelmEnvironment({}, { HELM_KUBEINSECURE_SKIP_TLS_VERIFY: 'false' }).insecureSkipTlsVerify,
    ).toBeUndefined();
  });

  it('take times as kubectl does', () => {
    expect(['', '0', '0s', '30', '30s', '1m30s', '1.5h', '250ms'].map(parseTimeout)).toEqual([
      0, 0, 0, 30_000, 30_000, 90_000, 5_400_000, 250,
    ]);
    for (const text of ['soon', '5x', '-1', '1m3', 's'])
      expect(errorOf(() => parseTimeout(text)).code).toBe('USAGE');
  });
});

describe('what cannot be used', () => {
  it('says that there is neither a cluster nor a storage', () => {
    expect(errorOf(() => target())).toMatchObject({
      code: 'NO_CLUSTER',
      message: 'no cluster and no storage given',
      why: ['no kubeconfig was found (KUBECONFIG, ~/.kube/config, in-cluster)'],
      hints: [expect.stringContaining('--storage dir:./dump')],
    });
  });

  it('names the files of KUBECONFIG that are missing', () => {
    const empty = write('empty', {});
    const error = errorOf(() => target({}, { KUBECONFIG: ['/nope', empty].join(delimiter) }));
    expect(error).toMatchObject({
      code: 'NO_CLUSTER',
      why: ['the kubeconfig /nope does not exist', `the kubeconfig ${empty} names no cluster`],
    });
    expect(error.hints.join()).toContain('--kubeconfig FILE');
    expect(errorOf(() => target({ kubeconfig: '/nope' }))).toMatchObject({
      code: 'KUBECONFIG',
      message: "can't read the kubeconfig /nope",
      why: ['there is no such file'],
      hints: [expect.stringContaining('--kubeconfig')],
    });
  });

  it('names an unknown context, cluster or user and the ones there are', () => {
    const file = write('config', config({ name: 'real' }));
    for (const kind of ['context', 'cluster', 'user'] as const) {
      const error = errorOf(() => target({ kubeconfig: file, [kind]: 'evil\u001b[31m' }));
      expect(error).toMatchObject({
        code: 'KUBECONFIG',
        message: `the ${kind} evil\\u001b[31m does not exist`,
      });
      expect(error.why.join()).toContain('real');
    }
    const stale = write('stale', { ...config(), 'current-context': 'gone' });
    expect(errorOf(() => target({ kubeconfig: stale })).message).toBe(
      'the context gone does not exist',
    );
    const none = write('none', { ...config(), 'current-context': '' });
    expect(errorOf(() => target({ kubeconfig: none })).message).toBe(
      'the kubeconfig has no current context',
    );
  });

  it('says what is wrong with a file, and shows none of its secrets', () => {
    const cases: [string | object, string][] = [
      ['users: [{name: a, user: {token: SECRET\n', 'not valid YAML'],
      ['SECRET', 'the file must be a mapping'],
      [config({ user: { token: ['SECRET'] } }), 'users[0].user.token must be a text'],
      ['current-context: no', 'current-context must be a text, in quotes'],
      ['users: [{name: 12, user: {token: SECRET}}]', 'users[0].name must be a text, in quotes'],
      [config({ cluster: { server: 'ftp://SECRET:x@h' } }), 'the server h is not an http or https'],
      [
        config({ cluster: { server: 'https://h', 'insecure-skip-tls-verify': 'SECRET' } }),
        'true or false',
      ],
      [
        config({ cluster: { 'certificate-authority': 'x', 'insecure-skip-tls-verify': true } }),
        'exclude each other',
      ],
      [config({ user: { 'as-groups': ['g'] } }), 'needs a user too'],
      [
        config({ user: { token: 'SECRET', username: 'u' } }),
        'the user one has a token and a password',
      ],
      [
        config({ user: { 'client-key-data': 'SECRET!' } }),
        'users[0].user.client-key-data must be base64',
      ],
      [
        config({ cluster: { 'proxy-url': 'SECRET:1' } }),
        'the proxy-url of the cluster one is not an',
      ],
      [config({ user: { 'client-certificate-data': 'U0VDUkVU' } }), 'and no key for it'],
      [
        config({ user: { exec: { command: 'x', args: ['SECRET'] } } }),
        'needs an interactiveMode: Never',
      ],
      [
        { ...config(), users: ['SECRET', 'x'].map((token) => ({ name: 'one', user: { token } })) },
        'users[1].name must be there once, and is there twice',
      ],
      [
        config({ user: { 'auth-provider': { name: 'gcp' } } }),
        'the auth provider gcp is not supported',
      ],
      [{ ...config(), kind: 'Pod' }, 'kind must be Config'],
    ];
    for (const [content, part] of cases) {
      const error = errorOf(() => target({ kubeconfig: write('bad', content) }));
      expect(error.code).toBe('KUBECONFIG');
      expect([error.message, ...error.why].join('\n')).toContain(part);
      expect([error.message, ...error.why, ...error.hints].join('\n')).not.toContain('SECRET');
    }
    const missing = errorOf(() => target({ kubeconfig: join(home, 'nope') }));
    expect(missing).toMatchObject({ code: 'KUBECONFIG', why: ['there is no such file'] });
  });
});
