/**
 * Kubeconfigs, sound and odd. Which of them are taken and which refused is clientcmd's to say: the test that
 * uses them asks the real kubectl.
 */

/** What a kubeconfig may name: paths and PEM, each as base64 too. */
export interface Parts {
  readonly server: string;
  readonly http: string;
  /** Files that are there: PEM of an authority, of a certificate and of its key, a token, an empty file. */
  readonly ca: string;
  readonly cert: string;
  readonly key: string;
  readonly token: string;
  readonly empty: string;
  readonly caData: string;
  readonly certData: string;
  readonly keyData: string;
  /** An exec plugin that answers with a token, in the kubeconfig's folder. */
  readonly plugin: string;
}

export interface Case {
  readonly name: string;
  readonly file: (parts: Parts) => string | object;
  readonly args?: (parts: Parts) => readonly string[];
}

type Made = (parts: Parts) => object;

interface Sections {
  readonly cluster?: Made;
  readonly user?: Made;
  readonly context?: object;
  readonly more?: object;
  readonly args?: Case['args'];
}

function config(parts: Parts, { cluster, user, context, more }: Sections): object {
  return {
    apiVersion: 'v1',
    kind: 'Config',
    'current-context': 'a',
    clusters: [
      {
        name: 'a',
        cluster: { server: parts.server, 'insecure-skip-tls-verify': true, ...cluster?.(parts) },
      },
    ],
    users: [{ name: 'a', user: user?.(parts) ?? { token: 't' } }],
    contexts: [{ name: 'a', context: { cluster: 'a', user: 'a', ...context } }],
    ...more,
  };
}

const one = (name: string, sections: Sections): Case => ({
  name,
  file: (parts) => config(parts, sections),
  ...(sections.args ? { args: sections.args } : {}),
});
const user = (name: string, made: Made, more: Sections = {}): Case =>
  one(name, { user: made, ...more });
const cluster = (name: string, made: Made, more: Sections = {}): Case =>
  one(name, { cluster: made, ...more });
const exec = (name: string, made: Made, more: Made = () => ({}), sections: Sections = {}): Case =>
  user(
    name,
    (parts) => ({
      exec: { apiVersion: v1, command: parts.plugin, interactiveMode: 'Never', ...made(parts) },
      ...more(parts),
    }),
    sections,
  );

const v1 = 'client.authentication.k8s.io/v1';
const v1beta1 = 'client.authentication.k8s.io/v1beta1';
/** Base64 of "x", and texts that are not. */
const x = 'eA==';
const plain = { 'insecure-skip-tls-verify': undefined };
const named = (list: string, kind: string, entries: readonly object[]): Sections => ({
  more: { [list]: entries.map((entry) => ({ name: 'a', [kind]: entry })) },
});

export const kubeconfigs: readonly Case[] = [
  one('a sound one', {}),
  // The file
  { name: 'an empty file', file: () => '' },
  { name: 'nothing but a comment', file: () => '# nothing\n' },
  { name: 'a text', file: () => 'hello\n' },
  { name: 'a list', file: () => '[]\n' },
  one('without apiVersion and kind', { more: { apiVersion: undefined, kind: undefined } }),
  one('without a kind', { more: { kind: undefined } }),
  one('without an apiVersion', { more: { apiVersion: undefined } }),
  one('of an apiVersion that is none', { more: { apiVersion: 'v2' } }),
  one('of a group', { more: { apiVersion: 'x/v1' } }),
  one('of another kind', { more: { kind: 'Pod' } }),
  one('with fields that are unknown', {
    more: { future: { a: 1 } },
    cluster: () => ({ future: 1 }),
  }),
  one('without a current context', { more: { 'current-context': '' } }),
  one('with a current context that is not there', { more: { 'current-context': 'gone' } }),
  one('with a stale current context, and --server', {
    more: { 'current-context': 'gone' },
    args: ({ server }) => ['--server', server, '--token', 't', '--insecure-skip-tls-verify'],
  }),
  one('with a stale current context, and --cluster and --user', {
    more: { 'current-context': 'gone' },
    args: () => ['--cluster', 'a', '--user', 'a'],
  }),
  one('with --context of another name', { args: () => ['--context', 'gone'] }),
  one('with --cluster of another name', { args: () => ['--cluster', 'gone'] }),
  one('with --user of another name', { args: () => ['--user', 'gone'] }),
  one('with a context of no such cluster', { context: { cluster: 'gone' } }),
  one('with a context of no such user, and --token', {
    context: { user: 'gone' },
    args: () => ['--token', 't'],
  }),
  cluster('with a context of no such user, over http', ({ http }) => ({ server: http }), {
    context: { user: 'gone' },
  }),
  one('with a context of no user, and --token', {
    context: { user: '' },
    args: () => ['--token', 't'],
  }),
  one('with a context of a namespace that no one can have', {
    context: { namespace: 'Not_A_Name' },
  }),
  one('with lists that are null', { more: { preferences: null, extensions: null } }),
  // A name twice
  {
    name: 'a cluster twice, the same',
    file: (parts) => {
      const same = { server: parts.server, 'insecure-skip-tls-verify': true };
      return config(parts, named('clusters', 'cluster', [same, same]));
    },
  },
  {
    name: 'a cluster twice, differing',
    file: (parts) => {
      const entry = { server: parts.server, 'insecure-skip-tls-verify': true };
      return config(parts, named('clusters', 'cluster', [entry, { server: 'https://x' }]));
    },
  },
  one('a user twice', named('users', 'user', [{ token: 't' }, { token: 'u' }])),
  one(
    'a context twice',
    named('contexts', 'context', [
      { cluster: 'a', user: 'a' },
      { cluster: 'a', user: 'a' },
    ]),
  ),
  one('another user twice', {
    more: {
      users: ['a', 'b', 'b'].map((name) => ({ name, user: { token: 't' } })),
    },
  }),
  cluster('an extension twice', () => ({
    extensions: ['e', 'e'].map((name) => ({ name, extension: { a: 1 } })),
  })),
  one('an entry without a name', {
    more: { users: [{ name: 'a', user: { token: 't' } }, { user: { token: 'u' } }] },
  }),
  one('two entries without a name', {
    more: { users: [{ name: 'a', user: { token: 't' } }, { user: {} }, { user: {} }] },
  }),
  one('an entry without its mapping', {
    more: { users: [{ name: 'a', user: { token: 't' } }, { name: 'b' }] },
  }),
  // Types
  user('a token that is a number', () => ({ token: 12 })),
  user('a token that is null', () => ({ token: null, username: 'u', password: 'p' })),
  cluster('a flag that is a text', () => ({ 'insecure-skip-tls-verify': 'true' })),
  user('groups that are a text', () => ({ token: 't', as: 'x', 'as-groups': 'g' })),
  user('groups with a number', () => ({ token: 't', as: 'x', 'as-groups': [1] })),
  one('a name that is a number', {
    more: {
      users: [
        { name: 'a', user: { token: 't' } },
        { name: 1, user: {} },
      ],
    },
  }),
  // Base64
  cluster('authority data that is no base64', () => ({
    ...plain,
    'certificate-authority-data': 'no base64!',
  })),
  cluster('authority data that is no PEM', () => ({ ...plain, 'certificate-authority-data': x })),
  cluster('authority data', ({ caData }) => ({ ...plain, 'certificate-authority-data': caData })),
  cluster('authority data over several lines', ({ caData }) => ({
    ...plain,
    'certificate-authority-data': `${caData.slice(0, 60)}\n${caData.slice(60)}\n`,
  })),
  cluster('authority data without its padding', () => ({
    ...plain,
    'certificate-authority-data': 'eA',
  })),
  one("another cluster's data that is no base64", {
    more: {
      users: [
        { name: 'a', user: { token: 't' } },
        { name: 'b', user: { 'client-key-data': '%%' } },
      ],
    },
  }),
  user('certificate data that is no base64', ({ keyData }) => ({
    'client-certificate-data': 'eA=',
    'client-key-data': keyData,
  })),
  user('key data in the letters of URLs', ({ certData }) => ({
    'client-certificate-data': certData,
    'client-key-data': '_-8=',
  })),
  // The cluster
  cluster('an authority as data and as a file', ({ ca, caData }) => ({
    ...plain,
    'certificate-authority': ca,
    'certificate-authority-data': caData,
  })),
  cluster(
    'an authority twice, and --certificate-authority',
    ({ ca, caData }) => ({
      ...plain,
      'certificate-authority': ca,
      'certificate-authority-data': caData,
    }),
    {
      args: ({ ca }) => ['--certificate-authority', ca],
    },
  ),
  cluster('an authority in a file', ({ ca }) => ({ ...plain, 'certificate-authority': ca })),
  cluster('an authority that is not there', () => ({
    ...plain,
    'certificate-authority': 'gone.pem',
  })),
  cluster('an authority that is not there, over http', ({ http }) => ({
    ...plain,
    server: http,
    'certificate-authority': 'gone.pem',
  })),
  cluster('an authority in an empty file', ({ empty }) => ({
    ...plain,
    'certificate-authority': empty,
  })),
  cluster('an authority, and no check', ({ caData }) => ({ 'certificate-authority-data': caData })),
  cluster('an authority, and no check, over http', ({ caData, http }) => ({
    server: http,
    'certificate-authority-data': caData,
  })),
  cluster(
    'an authority, and --insecure-skip-tls-verify',
    ({ caData }) => ({ ...plain, 'certificate-authority-data': caData }),
    {
      args: () => ['--insecure-skip-tls-verify'],
    },
  ),
  cluster('no server', () => ({ server: '' })),
  cluster('a server of another scheme', ({ server }) => ({
    server: server.replace('https', 'ftp'),
  })),
  cluster('a server without a scheme', ({ server }) => ({
    server: server.replace('https://', ''),
  })),
  cluster('a server with a path', ({ server }) => ({ server: `${server}/k8s/clusters/c-1/` })),
  cluster('a server with blanks', ({ server }) => ({ server: `${server} ` })),
  cluster('a server over http', ({ http }) => ({ server: http })),
  ...[
    '127.0.0.1:1',
    'localhost',
    'ftp://127.0.0.1:1',
    '://',
    'socks4://127.0.0.1:1',
    'socks5h://127.0.0.1:1',
    'HTTP:/',
    'http://a b',
  ].map((proxy) => cluster(`the proxy ${proxy}`, () => ({ 'proxy-url': proxy }))),
  cluster('the proxy of the test', ({ http }) => ({
    server: 'https://there.test',
    'proxy-url': http,
  })),
  cluster('the proxy of the test, by socks5', ({ http }) => ({
    server: 'https://127.0.0.2:1',
    'proxy-url': http.replace('http', 'socks5'),
  })),
  cluster('the proxy of the test, in capitals', ({ http }) => ({
    server: 'https://there.test',
    'proxy-url': http.replace('http', 'HTTP'),
  })),
  // The user
  user('a token and a password', () => ({ token: 't', username: 'u', password: 'p' })),
  user('a token and only a password', () => ({ token: 't', password: 'p' })),
  user('a token and only a name', () => ({ token: 't', username: 'u' })),
  user('a token and a password, over http', () => ({ token: 't', username: 'u', password: 'p' }), {
    cluster: ({ http }) => ({ server: http }),
  }),
  user('a name and a password', () => ({ username: 'u', password: 'p' })),
  user('a password, and --token', () => ({ username: 'u', password: 'p' }), {
    args: () => ['--token', 't'],
  }),
  user('a token file and a password', ({ token }) => ({
    tokenFile: token,
    username: 'u',
    password: 'p',
  })),
  user('a token file', ({ token }) => ({ tokenFile: token })),
  user('a token and a token file that is not there', () => ({ token: 't', tokenFile: 'gone' })),
  user('a token file that is not there', () => ({ tokenFile: 'gone' })),
  user('a token file that is not there, over http', () => ({ tokenFile: 'gone' }), {
    cluster: ({ http }) => ({ server: http }),
  }),
  user('an empty token file', ({ empty }) => ({ tokenFile: empty })),
  user('a token, and an empty token file', ({ empty }) => ({ token: 't', tokenFile: empty })),
  user('a certificate and its key, as data', ({ certData, keyData }) => ({
    'client-certificate-data': certData,
    'client-key-data': keyData,
  })),
  user('a certificate and its key, as files', ({ cert, key }) => ({
    'client-certificate': cert,
    'client-key': key,
  })),
  user('a certificate as data, its key as a file', ({ certData, key }) => ({
    'client-certificate-data': certData,
    'client-key': key,
  })),
  user('a certificate without a key', ({ certData }) => ({
    token: 't',
    'client-certificate-data': certData,
  })),
  user('a certificate file without a key', ({ cert }) => ({
    token: 't',
    'client-certificate': cert,
  })),
  user('a key without a certificate', ({ keyData }) => ({
    token: 't',
    'client-key-data': keyData,
  })),
  user('a certificate as data and as a file', ({ cert, certData, key }) => ({
    'client-certificate': cert,
    'client-certificate-data': certData,
    'client-key': key,
  })),
  user('a key as data and as a file', ({ certData, key, keyData }) => ({
    'client-certificate-data': certData,
    'client-key': key,
    'client-key-data': keyData,
  })),
  user('a key twice without a certificate', ({ key, keyData }) => ({
    token: 't',
    'client-key': key,
    'client-key-data': keyData,
  })),
  user('a certificate file that is not there', ({ key }) => ({
    'client-certificate': 'gone',
    'client-key': key,
  })),
  user('a key file that is not there', ({ cert }) => ({
    'client-certificate': cert,
    'client-key': 'gone',
  })),
  user('a key file that is not there, without a certificate', () => ({
    token: 't',
    'client-key': 'gone',
  })),
  user(
    'a key file that is not there, over http',
    ({ cert }) => ({ 'client-certificate': cert, 'client-key': 'gone' }),
    { cluster: ({ http }) => ({ server: http }) },
  ),
  user('a certificate that is no PEM', ({ keyData }) => ({
    'client-certificate-data': x,
    'client-key-data': keyData,
  })),
  user('a certificate and a token', ({ certData, keyData }) => ({
    token: 't',
    'client-certificate-data': certData,
    'client-key-data': keyData,
  })),
  user('a certificate and a password', ({ certData, keyData }) => ({
    username: 'u',
    password: 'p',
    'client-certificate-data': certData,
    'client-key-data': keyData,
  })),
  user('groups to be without a user', () => ({ token: 't', 'as-groups': ['g'] })),
  user('no groups to be, without a user', () => ({
    token: 't',
    'as-groups': [],
    'as-user-extra': {},
  })),
  user('extra to be without a user', () => ({ token: 't', 'as-user-extra': { a: ['b'] } })),
  user('a uid to be without a user', () => ({ token: 't', 'as-uid': '1' })),
  user('groups, and --as', () => ({ token: 't', 'as-groups': ['g'] }), {
    args: () => ['--as', 'x'],
  }),
  user('another user to be', () => ({
    token: 't',
    as: 'x',
    'as-groups': ['g'],
    'as-uid': '1',
    'as-user-extra': { a: ['b'] },
  })),
  // Plugins
  exec('a plugin', () => ({})),
  exec('a plugin beside the kubeconfig', () => ({ command: './plugin' })),
  exec('a plugin that is not there', () => ({ command: './gone' })),
  exec('a plugin that is not on the PATH', () => ({ command: 'plugin' })),
  exec('a plugin without interactiveMode', () => ({ interactiveMode: undefined })),
  exec('a plugin of v1beta1 without interactiveMode', () => ({
    apiVersion: v1beta1,
    interactiveMode: undefined,
  })),
  exec('a plugin of an interactiveMode that is none', () => ({ interactiveMode: 'Sometimes' })),
  exec('a plugin of interactiveMode in small letters', () => ({ interactiveMode: 'never' })),
  exec('a plugin that has to ask', () => ({ interactiveMode: 'Always' })),
  exec('a plugin without a command', () => ({ command: '' })),
  exec('a plugin without apiVersion', () => ({ apiVersion: undefined })),
  exec('a plugin of v1alpha1', () => ({ apiVersion: 'client.authentication.k8s.io/v1alpha1' })),
  exec('a plugin of a version that is none', () => ({ apiVersion: 'v1' })),
  exec('a plugin with a variable without a name', () => ({ env: [{ value: 'x' }] })),
  exec('a plugin with a variable without a value', () => ({ env: [{ name: 'X' }] })),
  exec(
    'a plugin and a token',
    () => ({ command: './gone' }),
    () => ({ token: 't' }),
  ),
  exec(
    'a plugin of no version, and a token',
    () => ({ apiVersion: 'v9' }),
    () => ({ token: 't' }),
  ),
  exec(
    'a plugin of no version, over http',
    () => ({ apiVersion: 'v9' }),
    () => ({}),
    { cluster: ({ http }) => ({ server: http }) },
  ),
  exec(
    'a plugin without interactiveMode, over http',
    () => ({ interactiveMode: undefined }),
    () => ({}),
    { cluster: ({ http }) => ({ server: http }) },
  ),
  exec(
    'a plugin and a password',
    () => ({ command: './gone' }),
    () => ({ username: 'u', password: 'p' }),
  ),
  exec(
    'a plugin and a certificate',
    () => ({ command: './gone' }),
    ({ certData, keyData }) => ({
      'client-certificate-data': certData,
      'client-key-data': keyData,
    }),
  ),
  exec(
    'a plugin and a token file',
    () => ({ command: './gone' }),
    ({ token }) => ({ tokenFile: token }),
  ),
  exec(
    'a plugin and a provider',
    () => ({}),
    () => ({ 'auth-provider': { name: 'oidc', config: {} } }),
  ),
  // Providers
  user('a provider that is gone', () => ({ 'auth-provider': { name: 'gcp' } })),
  user('a provider that is gone, and a token', () => ({
    token: 't',
    'auth-provider': { name: 'gcp' },
  })),
  user('a provider that nobody knows', () => ({ 'auth-provider': { name: 'nobody' } })),
  user('a provider that is gone, over http', () => ({ 'auth-provider': { name: 'gcp' } }), {
    cluster: ({ http }) => ({ server: http }),
  }),
  user('oidc without an issuer', () => ({
    'auth-provider': { name: 'oidc', config: { 'client-id': 'c', 'id-token': 'a.b.c' } },
  })),
  user('oidc without a client', () => ({
    'auth-provider': {
      name: 'oidc',
      config: { 'idp-issuer-url': 'https://x.test', 'id-token': 'a.b.c' },
    },
  })),
  user('oidc without a client, and a token', () => ({
    token: 't',
    'auth-provider': { name: 'oidc', config: {} },
  })),
];
