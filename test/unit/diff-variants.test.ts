/**
 * What a diff hides, it hides in every spelling, and by names and shapes that configuration has: the whole way
 * through `diff`, in every format.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { isSecretName, namedSecrets } from '../../src/inspect/diff/secretNames.ts';
import { concealing } from '../../src/inspect/diff/secretTexts.ts';
import { openDirectory } from '../../src/storage/directory.ts';
import { drawn } from '../cluster/drawn.ts';
import { runCli } from './cli-io.ts';
import { type Sketch, sketchRecord } from './cli-records.ts';

let dir: string;
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'variants-'));
});
afterEach(() => {
  rmSync(dir, { recursive: true });
});

async function diff(older: Sketch, newer: Sketch): Promise<string> {
  const storage = await openDirectory(dir, { create: true });
  await storage.create(sketchRecord({ hooks: [], ...older, revision: 1 }));
  await storage.create(sketchRecord({ hooks: [], ...newer, revision: 2 }));
  const formats = ['fields', 'unified', 'json', 'yaml', 'jsonpath={}'];
  const argv = ['diff', 'billing', '--storage', `dir:${dir}`];
  const all = await Promise.all(formats.map((format) => runCli([...argv, '-o', format])));
  return all.map(({ out }) => out).join('');
}
const object = (kind: string, name: string, more: object = {}) =>
  `---\n${JSON.stringify({ apiVersion: 'v1', kind, metadata: { name }, ...more })}\n`;
const base64 = (text: string) => Buffer.from(text).toString('base64');

/** How Go's html/template writes a text. */
const goHtml = (text: string) =>
  text.replace(
    /[&<>"']/g,
    (c) => ({ '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&#34;', "'": '&#39;' })[c] ?? c,
  );
/** How Go's encoding/json does. */
const goJson = (text: string) =>
  JSON.stringify(text)
    .slice(1, -1)
    .replace(/[<>&]/g, (c) => `\\u00${c.charCodeAt(0).toString(16)}`);
const json = (text: string) => JSON.stringify(text).slice(1, -1);

/** Every unit of UTF-16 by its number. */
const units = (write: (unit: number) => string) => (text: string) =>
  Array.from({ length: text.length }, (_, at) => write(text.charCodeAt(at))).join('');

const writers: { readonly [how: string]: (text: string) => string } = {
  'as it is': (text) => text,
  HTML: goHtml,
  'HTML with names': (text) =>
    goHtml(text).replaceAll('&#34;', '&quot;').replaceAll('&#39;', '&apos;'),
  'HTML twice': (text) => goHtml(goHtml(text)),
  JSON: json,
  "Go's JSON": goJson,
  'JSON in JSON': (text) => json(json(text)),
  "JSON in Go's JSON": (text) => goJson(json(text)),
  'a URL': encodeURIComponent,
  'a whole URL': encodeURI,
  'a form': (text) => String(new URLSearchParams({ a: text })).slice(2),
  'a URL with small letters': (text) =>
    encodeURIComponent(text).replace(/%../g, (c) => c.toLowerCase()),
  'a URL in a URL': (text) => encodeURIComponent(encodeURIComponent(text)),
  'a URL, all of it': (text) =>
    encodeURIComponent(text).replace(/[!'()*]/g, (c) => `%${c.charCodeAt(0).toString(16)}`),
  'large letters': (text) => text.toUpperCase(),
  'small letters': (text) => text.toLowerCase(),
  "YAML's quotes": (text) => text.replaceAll("'", "''"),
  "a shell's quotes": (text) => text.replaceAll("'", "'\\''"),
  base64,
  'base64 for URLs': (text) => Buffer.from(text).toString('base64url'),
  'base64 of more': (text) => base64(`me:${text}`),
  'base64 in base64': (text) => base64(base64(text)),
  'base64 of JSON': (text) => base64(JSON.stringify({ auths: { a: text } })),
  "JSON's escapes, all of it": units((unit) => `\\u${unit.toString(16).padStart(4, '0')}`),
  "JSON's escapes in JSON": units((unit) => `\\\\u${unit.toString(16).padStart(4, '0')}`),
  "HTML's numbers, all of it": units((unit) => `&#${unit};`),
  "HTML's hexadecimal numbers": units((unit) => `&#x${unit.toString(16).toUpperCase()};`),
  'a URL, every byte': (text) =>
    Buffer.from(text).toString('hex').toUpperCase().replace(/../g, '%$&'),
  'a URL, every byte, in a URL': (text) =>
    Buffer.from(text).toString('hex').replace(/../g, '%25$&'),
  'base64 in a URL': (text) => encodeURIComponent(base64(text)),
};
const secrets = [
  'c4nary<a>&"b"\'c\'/+ \\ é7',
  'C4naryPlain9',
  'c4nary two words',
  'c4nary\\\\server\\share',
  'c4nary\nsecond-line\tand<more>',
];

describe.each(secrets)('%j in a Secret', (secret) => {
  it.each(drawn(secret, Object.entries(writers), 2))(
    'is hidden in a ConfigMap as %s',
    async (how, write) => {
      const written = write(secret);
      const manifest = object('Secret', 's', { stringData: { s: secret } });
      const out = await diff(
        { manifest, notes: 'x' },
        {
          manifest:
            manifest + object('ConfigMap', 'c', { data: { alone: written, a: `x ${written} y` } }),
          notes: `see <${written}> there`,
          config: { a: `--x="${written}"` },
        },
      );
      expect(out).not.toMatch(/c4nary/i);
      for (const part of [written.slice(0, 12), written.slice(-12)])
        if (how !== 'base64 of JSON') expect(out).not.toContain(part);
      expect(out).not.toContain(base64(secret).slice(0, 16));
      expect(out).toContain('(hidden)');
    },
  );
});

it.each([
  ...['{"password":{', '{"password":["', 'password: [', 'password:\n  - a\n', 'password: "'],
  ...['\\u0041', '%41', '%25', '&#65;', '&amp;', 'a', '[', '--password, ', "define('password',"],
  ...['{"name":"password",', 'name: password\n', 'password:\n', '\\\\"', 'auth:', 'Basic abcd'],
  ...[
    'a://b:',
    'https://a:',
    'https://x/webhooks/',
    'jdbc:oracle:x:a/',
    '--a=b',
    '=',
    'a.b:',
    'Aa1',
    'sk-A1',
  ],
  ...[
    'a=',
    'x.y:5432:a:b:',
    'cookie: a=',
    'mysql -p',
    'machine a login ',
    '$2a$',
    '-key=',
    'user a >',
  ],
])('reads %j, again and again, in the time that the text takes', (part) => {
  const conceal = concealing(['c4nary-and-more']);
  const timeOf = (text: string) => {
    const before = performance.now();
    conceal(text);
    namedSecrets(text);
    return performance.now() - before;
  };
  expect(timeOf(part.repeat(200_000 / part.length))).toBeLessThan(3000);
  const deep = Array.from({ length: 600 }, (_, at) => `${' '.repeat(at)}password:\n`).join('');
  expect(timeOf(deep)).toBeLessThan(3000);
});

it('finds a spelling in the time that the text takes', () => {
  const slow = concealing([
    `c4nary${'\\'.repeat(40)}x`,
    `c4nary${' '.repeat(40)}x`,
    `${'"'.repeat(60)}`,
  ]);
  const before = performance.now();
  for (const text of [
    '\\'.repeat(50_000),
    ' '.repeat(50_000),
    'c4nary'.repeat(20_000),
    '"'.repeat(50_000),
  ])
    slow(`c4nary${text}`);
  expect(performance.now() - before).toBeLessThan(3000);
});

describe('a telling name', () => {
  it.each([
    ...['password', 'passwd', 'passphrase', 'token', 'apiKey', 'api_key', 'API_KEY', 'secretKey'],
    ...['clientSecret', 'client_secret', 'privateKey', 'AWS_SECRET_ACCESS_KEY', 'DB_PASS', 'dbPwd'],
    ...['passwordAdmin', 'tokenAccount', 'PASSWORD_SUPPORT', 'secretStorage', 'userPassword1'],
    ...['spring.datasource.password', 'X-Api-Key', 'auth.token', 'github/token', 'Authorization'],
  ])('%s', (name) => {
    expect(isSecretName(name)).toBe(true);
  });

  it.each([
    ...[
      'secretName',
      'existingSecret',
      'auth.existingSecret',
      'passwordFile',
      'tokenPath',
      'secretRef',
    ],
    ...[
      'tokenUrl',
      'maxTokens',
      'TOKEN_EXPIRES_AT',
      'passwordMinLength',
      'secretname',
      'bypass',
      'tokenizer',
    ],
    ...['replicas', 'key', 'tokenTTL', 'imagePullSecrets', 'passwordKey', 'keyboard'],
  ])('is not %s', (name) => {
    expect(isSecretName(name)).toBe(false);
  });

  const names = [
    'password',
    'passwd',
    'token',
    'apiKey',
    'secretKey',
    'clientSecret',
    'privateKey',
  ];
  it.each([...names, 'passphrase', 'AWS_SECRET_ACCESS_KEY'])(
    'hides %s in a ConfigMap, in a container and in a custom resource',
    async (name) => {
      const out = await diff(
        {},
        {
          manifest: [
            object('ConfigMap', 'c', { data: { [name]: 'c4nary-1', other: 'shown-1' } }),
            object('Pod', 'p', {
              spec: { containers: [{ name: 'a', env: [{ name, value: 'c4nary-2' }] }] },
            }),
            object('Database', 'd', { spec: { [name]: 'c4nary-3', size: 'shown-2' } }),
          ].join(''),
        },
      );
      expect(out).not.toContain('c4nary');
      expect(out).toContain('shown-1');
      expect(out).toContain('shown-2');
    },
  );

  it.each([
    'spring.datasource.password: c4nary',
    'spring.datasource.password = c4nary',
    'spring.datasource.password=c4nary and more c4nary',
    'a: 1\nspring:\n  datasource:\n    password: c4nary # c4nary\n',
    'password: |\n  c4nary\n  more c4nary\nnext: 1\n',
    '- password: "c4nary"',
    '# password: c4nary',
    'export API_KEY=c4nary',
    '{"db":{"password":"c4nary","port":1}}',
    '{\\"db\\":{\\"password\\":\\"c4nary\\"}}',
    "{'apiKey': 'c4nary'}",
    'password => "c4nary",',
    '<password>c4nary</password>',
    '<bean password="c4nary" x="1"/>',
    'run --token c4nary --verbose',
    'run --password=c4nary',
    "mysql -u root --password 'c4nary' db",
    'curl -H "Authorization: Bearer c4nary" https://x',
    'curl -H "Authorization: token c4nary" https://x',
    'Authorization: Basic bWU6YzRuYXJ5',
    'Authorization=c4nary',
    'X-Api-Key: c4nary',
    'use Bearer c4nary/9 there',
    '{"password":["c4nary"]}',
    '{"password":{"a":"c4nary"}}',
    '{"password":{"a":["x",{"b":"c4nary \\\\" c4nary"}]},"c":1}',
    '{\\"password\\":{\\"a\\":\\"c4nary\\"}}',
    'passwords: [c4nary, c4nary two]',
    'password:\n  - c4nary',
    'password:\n- c4nary\n- "c4nary"\nnext: 1',
    'db:\n  passwords:\n    admin: c4nary\n\n    deeper:\n      - one: c4nary\n  next: 1',
    '["--password","c4nary"]',
    '["--password", "c4nary", "-v"]',
    '[--password, c4nary]',
    'args:\n  - --password\n  - c4nary',
    "define('DB_PASSWORD','c4nary');",
    'os.Setenv("DB_PASSWORD", "c4nary")',
    '{"name":"DB_PASSWORD","value":"c4nary"}',
    '- name: DB_PASSWORD\n  value: c4nary',
    '{ key: password, val: c4nary }',
    '<property name="password" value="c4nary"/>',
  ])('hides what stands beside it in a text: %j', async (text) => {
    const out = await diff(
      {},
      {
        manifest:
          object('ConfigMap', 'c', { data: { file: text } }) +
          object('Pod', 'p', { spec: { containers: [{ name: 'a', args: ['-c', text] }] } }),
        notes: `${text}\n`,
        config: { text },
      },
    );
    expect(out).not.toMatch(/c4nary|bWU6YzRuYXJ5/);
  });

  it('hides the word after a flag, alone in its list, and the same word elsewhere', async () => {
    const args = (token: string) =>
      object('Pod', 'p', { spec: { containers: [{ name: 'a', args: ['--token', token, '-v'] }] } });
    const out = await diff(
      { manifest: args('c4nary-old') },
      { manifest: args('c4nary-new'), config: { a: 'c4nary-new' } },
    );
    expect(out).not.toContain('c4nary');
    expect(out).toContain('(hidden, after)');
  });

  it.each([
    'password: {{ .Values.password }}',
    'password: $PASSWORD',
    'password: $(cat /run/secret)',
    'Password: <see the Secret>',
    'secretName: billing-tls',
    'passwordFile: /run/secrets/db',
    'token: ""',
    'The token is refreshed every hour.',
    'Basic authentication is off.',
    '{"secret":{"name":"db","key":"password"}}',
    'secret:\n  secretName: db\n  items:\n  - key: a\n    path: b\n',
    'imagePullSecrets:\n- name: registry\n',
    '{"properties":{"password":{"type":"string"}}}',
    '- name: DB_PASSWORD\n  valueFrom:\n    secretKeyRef:\n      name: db\n      key: password',
    '%41%42 &#65; \\\\u0041bc',
    'Bearer tokens are used.',
  ])('%j says nothing, and is shown', (text) => {
    expect(namedSecrets(text)).toEqual([]);
    expect(concealing([])(text)).toBe(text);
  });
});
