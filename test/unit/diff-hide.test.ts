/** A text that a diff hides in one place is hidden in every place of it, however it is written there. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { concealing } from '../../src/inspect/diff/secretTexts.ts';
import { openDirectory } from '../../src/storage/directory.ts';
import { runCli } from './cli-io.ts';
import { type Sketch, sketchRecord } from './cli-records.ts';

let dir: string;
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'hide-'));
});
afterEach(() => {
  rmSync(dir, { recursive: true, force: true });
});

async function diff(older: Sketch, newer: Sketch, ...more: readonly string[]) {
  const storage = await openDirectory(dir, { create: true });
  await storage.create(sketchRecord({ hooks: [], ...older, revision: 1 }));
  await storage.create(sketchRecord({ hooks: [], ...newer, revision: 2 }));
  const formats = ['fields', 'unified', 'json', 'yaml', 'jsonpath={}'];
  const argv = ['diff', 'billing', '--storage', `dir:${dir}`, ...more];
  const all = await Promise.all(formats.map((format) => runCli([...argv, '-o', format])));
  return { out: all.map(({ out }) => out).join(''), err: all[0]?.err ?? '', code: all[0]?.code };
}

const object = (kind: string, name: string, more: object = {}) =>
  `---\n${JSON.stringify({ apiVersion: 'v1', kind, metadata: { name }, ...more })}\n`;
const base64 = (text: string) => Buffer.from(text).toString('base64');
const file = (name: string, text: string) => ({ name, data: Buffer.from(text) });

const key = 'c4nary+/"key" 7';
const pem =
  '-----BEGIN RSA PRIVATE KEY-----\nc4naryMIIEow\nc4naryAAAA\n-----END RSA PRIVATE KEY-----\n';

describe('what a Secret holds', () => {
  // Which of both it is written to makes no difference; nor that the Secret itself is the same.
  const secrets = [
    object('Secret', 'creds', { stringData: { key } }),
    object('Secret', 'creds', { data: { key: base64(key) } }),
    object('Secret', 'creds', { stringData: { 'app.ini': `[a]\nkey = c4nary-part-of-a-file\n` } }),
  ];
  const hook = (manifest: string) => ({
    ...{ name: 'h', kind: 'Job', path: 'billing/templates/h.yaml', manifest },
    ...{
      events: ['pre-install'],
      weight: 0,
      deletePolicies: [],
      lastRun: { startedAt: '', completedAt: '', phase: '' },
    },
  });

  it('is hidden in values, other objects, hooks, notes and files', async () => {
    const part = 'c4nary-part-of-a-file';
    const url = `https://db/?x=${encodeURIComponent(key)}&y=1`;
    const places: Sketch = {
      config: { one: key, list: [`a ${key} b`], url, part, code: base64(key), n: 12345678 },
      notes: `Log in with ${key}, or ${base64(key)}.\n`,
      manifest:
        secrets.join('') +
        object('ConfigMap', 'conf', {
          data: { a: key, 'b.json': JSON.stringify({ a: key }), basic: base64(`me:${key}`) },
        }),
      hooks: [hook(object('Job', 'h', { spec: { args: [`--key=${key}`] } }))] as never,
      chart: { files: [file('files/a', `the ${key}\n`)] },
    };
    const { out, err, code } = await diff({ manifest: secrets.join('') }, places);
    expect(code).toBe(1);
    expect(out).not.toContain('c4nary');
    expect(out).not.toContain(base64(key).slice(0, 12));
    expect(out).toContain('12345678');
    expect(err).toBe(
      'note: hid 6 values: values code, values list[0], values one, values part, values url, notes; --show-secrets shows them\n',
    );
  });

  it('is hidden where the Secret itself is no part of the diff', async () => {
    const manifest = secrets.join('');
    const { out } = await diff(
      { manifest, config: { a: 'x' } },
      { manifest, config: { a: key } },
      ...['--only', 'values'],
    );
    expect(out).not.toContain('c4nary');
    expect(out).toContain('(hidden)');
  });

  it('is still said to differ, and what says little is shown', async () => {
    const manifest = (text: string) =>
      object('Secret', 's', { stringData: { text, debug: 'true', replicas: 3 } });
    const { out } = await diff(
      {
        manifest: manifest('c4nary-old'),
        config: { url: 'http://c4nary-old/', replicas: 3, debug: 'true' },
      },
      { manifest: manifest('c4nary-new'), config: { url: 'http://c4nary-new/', replicas: 4 } },
    );
    expect(out).not.toContain('c4nary');
    expect(out).toMatch(/ url +http:\/\/\(hidden, before\)\/ → http:\/\/\(hidden, after\)\/\n/);
    expect(out).toMatch(/ replicas +3 → 4\n/);
    expect(out).toMatch(/ debug +- "true"\n/);
  });

  it('is hidden in a list of objects, too', async () => {
    const list = JSON.stringify({
      ...{ apiVersion: 'v1', kind: 'List' },
      items: [JSON.parse(secrets[0]?.slice(4) ?? '')],
    });
    const { out } = await diff(
      { config: { a: 'b' } },
      { manifest: `---\n${list}\n`, config: { a: key } },
    );
    expect(out).not.toContain('c4nary');
  });
});

describe('below a telling name', () => {
  it.each<[string, object]>([
    ['a field', { password: { plain: 'c4nary-1' } }],
    ['an item', { token: ['c4nary-1'] }],
    ['items', { passwords: ['c4nary-1', 'c4nary-2'], apiKeys: ['c4nary-3'] }],
    ['any name', { credentials: { x: 'c4nary-1' }, secrets: { foo: 'c4nary-2' } }],
    ['deeper ones', { tokens: { x: [{ y: { z: 'c4nary-1' } }] } }],
    ['a named item', { tokens: [{ name: 'a', x: 'c4nary-1' }] }],
    ['value', { userPassword: { value: 'c4nary-1' } }],
    ['a name and a user', { credentials: { username: 'c4nary-1', name: 'c4nary-2' } }],
    ['what is no reference', { secret: { name: 'C4nary c4nary', key: 'c4nary /' } }],
    ['a reference that is a text', { password: { valueFrom: 'c4nary-1' } }],
    ['name and value', { name: 'DB_PASSWORD', value: 'c4nary-1' }],
    ['key and value', { key: 'password', value: 'c4nary-1' }],
    ['name and val', { x: { name: 'rootPassword', val: 'c4nary-1' } }],
    ['key and value in a list', { list: [{ key: 'password', value: 'c4nary-1' }] }],
    ['Name and Value', { list: [{ Name: 'password', Value: ['c4nary-1'] }] }],
  ])('%s is hidden in objects and values, and elsewhere', async (_, spec) => {
    const other = JSON.stringify(spec).match(/c4nary-\d/g) ?? [];
    const after = (text: object) => JSON.parse(JSON.stringify(text).replaceAll(/4nary/g, '4naryX'));
    for (const [older, newer] of [
      [{}, spec],
      [spec, {}],
      [spec, after(spec)],
    ]) {
      const { out } = await diff(
        { manifest: object('Database', 'd', { spec: older }), config: { a: older } },
        {
          manifest:
            object('Database', 'd', { spec: newer }) +
            object('ConfigMap', 'c', { data: { other } }),
          config: { a: newer, other },
        },
      );
      expect(out).not.toMatch(/c4nary/i);
      rmSync(dir, { recursive: true });
    }
  });

  it('references are no secrets, nor is what describes them', async () => {
    const spec = (to: string) => ({
      containers: [
        {
          name: 'a',
          env: [
            {
              name: 'DB_PASSWORD',
              valueFrom: { secretKeyRef: { name: `ref1-${to}`, key: `ref2-${to}` } },
            },
          ],
        },
      ],
      volumes: [
        {
          name: 'v',
          secret: {
            secretName: `ref3-${to}`,
            defaultMode: 256,
            items: [{ key: `ref4-${to}`, path: `ref5-${to}` }],
          },
        },
        {
          name: 'p',
          projected: {
            sources: [
              { secret: { name: `ref6-${to}`, items: [{ key: `ref7-${to}`, path: 'x' }] } },
              {
                serviceAccountToken: {
                  path: `ref8-${to}`,
                  audience: `ref9-${to}`,
                  expirationSeconds: 3600,
                },
              },
            ],
          },
        },
      ],
      imagePullSecrets: [{ name: `ref10-${to}` }],
      password: { valueFrom: { secretKeyRef: { name: `ref11-${to}`, key: 'x' } } },
      basicAuth: { password: { name: `ref12-${to}`, key: `ref13-${to}` } },
      privateKey: { algorithm: `ref14-${to}`, size: 2048, rotationPolicy: 'Always' },
      credentials: { kind: `ref15-${to}`, secretName: `ref16-${to}` },
      secrets: [{ name: `ref17-${to}` }],
      secretTemplate: { labels: { app: `ref18-${to}` } },
    });
    const schema = (to: string) => ({
      conversion: { token: { x: `c4nary-x-${to}` }, password: `c4nary-y-${to}` },
      versions: [
        {
          name: 'v1',
          schema: {
            openAPIV3Schema: {
              properties: {
                password: { type: 'string', description: `ref19-${to}`, default: `c4nary-${to}` },
              },
            },
          },
        },
      ],
    });
    const manifest = (to: string) =>
      object('Thing', 't', { spec: spec(to) }) +
      object('CustomResourceDefinition', 'd', { spec: schema(to) });
    const { out } = await diff({ manifest: manifest('old') }, { manifest: manifest('new') });
    for (let at = 1; at <= 19; at++) {
      expect(out).toContain(`ref${at}-old`);
      expect(out).toContain(`ref${at}-new`);
    }
    expect(out).not.toContain('c4nary');
  });
});

describe('of a Secret, hidden is', () => {
  const applied = 'kubectl.kubernetes.io/last-applied-configuration';
  const secret = (more: object) =>
    `---\n${JSON.stringify({ apiVersion: 'v1', kind: 'Secret', ...more })}\n`;
  const last = (data: object) => ({
    metadata: {
      name: 's',
      annotations: { [applied]: JSON.stringify({ apiVersion: 'v1', kind: 'Secret', ...data }) },
    },
  });
  const auths = (auth: string) =>
    JSON.stringify({ auths: { 'registry.example': { auth: base64(auth) } } });

  it.each<[string, object, object]>([
    [
      'what was applied last',
      last({ data: { key: base64('c4nary-old') } }),
      last({ data: { key: base64('c4nary-1') } }),
    ],
    [
      'that as text',
      last({ stringData: { key: 'c4nary-old' } }),
      last({ stringData: { key: 'c4nary-1' } }),
    ],
    [
      'data that is a text',
      { metadata: { name: 's' }, data: 'c4nary-old' },
      { metadata: { name: 's' }, data: 'c4nary-1' },
    ],
    [
      'an annotation by its name',
      { metadata: { name: 's', annotations: { password: 'c4nary-old' } } },
      { metadata: { name: 's', annotations: { password: 'c4nary-1' } } },
    ],
    [
      "the password in a registry's auth",
      { metadata: { name: 's' }, data: { '.dockerconfigjson': base64(auths('me:c4nary-old')) } },
      { metadata: { name: 's' }, data: { '.dockerconfigjson': base64(auths('me:c4nary-1')) } },
    ],
    [
      'that as text',
      { metadata: { name: 's' }, stringData: { '.dockerconfigjson': auths('me:c4nary-old') } },
      { metadata: { name: 's' }, stringData: { '.dockerconfigjson': auths('me:c4nary-1') } },
    ],
  ])('%s', async (_, older, newer) => {
    const { out } = await diff(
      { manifest: secret(older) },
      {
        manifest:
          secret(newer) + object('ConfigMap', 'c', { data: { a: 'c4nary-1', b: 'see c4nary-1.' } }),
        notes: 'c4nary-1',
      },
    );
    expect(out).not.toContain('c4nary');
    for (const text of ['c4nary-1', 'c4nary-old', 'me:c4nary-1'])
      expect(out).not.toContain(base64(text).slice(0, 11));
    expect(out).toContain('(hidden');
  });
});

it.each<[string, object]>([
  ['a value by its name', { db: { password: 'c4nary-1' } }],
  ['an abbreviated name', { dbPwd: 'c4nary-1' }],
  ['a licence', { license: 'c4nary-1' }],
  ['the address of a webhook', { alerts: { webhookUrl: 'https://x/c4nary-1' } }],
])('hides %s, and the same text elsewhere', async (_, config) => {
  const same = JSON.stringify(config).match(/"([^"]*c4nary-1)"/)?.[1] ?? '';
  const { out } = await diff(
    {},
    { config: { ...config, other: same, long: `<${same}>` }, notes: `see ${same}\n` },
  );
  expect(out).not.toContain('c4nary');
});

it.each([
  ['PEM', pem],
  ['PEM in one line', pem.replaceAll('\n', '\\n')],
  ['PEM that is cut', pem.slice(0, 50)],
  ['PEM of a certificate', pem.replaceAll('RSA PRIVATE KEY', 'CERTIFICATE')],
  ['PEM of PGP', pem.replaceAll('RSA PRIVATE KEY', 'PGP PRIVATE KEY BLOCK')],
  ['PEM in base64', base64(`${pem}c4nary`)],
  ['PEM within a text', `tls:\n  key: |\n    ${pem.replaceAll('\n', '\n    ')}`],
  ['a key of age', 'AGE-SECRET-KEY-1C4NARYC4NARY'],
  ['a password in a URL', 'postgres://me:c4nary@db/x'],
  ['a webhook of Slack', 'https://hooks.slack.com/services/T0/B0/c4nary'],
  ['a token in a query', 'https://x/?a=b&token=c4nary&c=d'],
])('hides %s under any name', async (_, text) => {
  const { out } = await diff(
    { config: { a: '1' } },
    { config: { a: text, list: [text] }, notes: `${text}\n`, chart: { files: [file('f', text)] } },
  );
  expect(out).not.toMatch(/c4nary/i);
  expect(out).not.toContain(base64(pem).slice(40, 60));
});

describe('concealing', () => {
  const conceal = concealing(['hunt3', 'longer-secret', 'admin']);
  it.each([
    ['hunt3', '(hidden)'],
    ['pw: hunt3', 'pw: (hidden)'],
    ['http://admin:hunt3@h/', 'http://(hidden)@h/'],
    ['http://admin.example.org/', 'http://admin.example.org/'],
    ['hunt34', 'hunt34'],
    ['xlonger-secretx', 'x(hidden)x'],
    ['Log in as admin.', 'Log in as (hidden).'],
    ['nothing', 'nothing'],
  ])('%j is %j', (text, shown) => {
    expect(conceal(text)).toBe(shown);
  });

  it('takes its time by the size of what it reads', () => {
    const secrets = Array.from({ length: 300 }, (_, at) => `secret number ${at} of many`);
    const long = concealing([...secrets, 'line of a file\n'.repeat(20_000)]);
    const before = performance.now();
    for (let at = 0; at < 3000; at++) long(`value ${at} of a manifest, which is not secret`);
    long('some text of a chart\n'.repeat(20_000));
    expect(performance.now() - before).toBeLessThan(5000);
  });
});
