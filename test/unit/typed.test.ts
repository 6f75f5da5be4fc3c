/** What somebody typed in the wrong place may be a key or a password: no message holds it. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { optionsOf } from '../../src/commands/line/optionsOf.ts';
import { commandTable } from '../../src/commands/table.ts';
import { ReleasesError, typed } from '../../src/errors.ts';
import { reportError } from '../../src/output/terminal/errors.ts';
import { withoutSecrets } from '../../src/secretShapes.ts';
import { captureIO, runCli } from './cli-io.ts';

const secrets: { readonly [what: string]: string } = {
  'a key of age': 'AGE-SECRET-KEY-1C4NARYC4NARYC4NARYC4NARY',
  'a JSON web token': 'eyJhbGciOiJSUzI1NiJ9.eyJzdWIiOiJjNG5hcnkifQ.c4narySignature',
  'an opaque token': 'c4naryHJ2kdk39fKDkdk3kd9',
  'a bootstrap token': 'abcdef.c4nary0123456789',
  'a connection string': 'postgres://helm:c4nary@db/helm?sslmode=require',
  'one with odd characters': 'postgres://helm:c4n@ry/c4nary#x@db/helm',
  'one in words': "host=db password='it\\'s c4nary' dbname=x",
  'one without a scheme': 'helm:c4nary@tcp(db)/helm',
  'a kubeconfig': 'apiVersion: v1\nusers:\n- user: {token: c4nary}\n',
  'a private key': '-----BEGIN EC PRIVATE KEY-----\nc4nary\n-----END EC PRIVATE KEY-----',
  'a token of a forge': 'ghp_c4naryc4naryc4nary',
};
const canary = /c4n|ry\/c4|YzRuYXJ5|jNG5hcnk/i;

it.each(Object.entries(secrets))('typed leaves out %s', (_, secret) => {
  expect(typed(secret)).not.toMatch(canary);
  expect(typed(`x ${secret}`)).not.toMatch(/c4nary/);
});

it.each([
  ...[
    'frontend@3',
    'secret:pay',
    's3://bucket/backups',
    '@deployed',
    'HEAD~2',
    'old=new',
    'dir:./a@b',
    'a=b',
  ],
  ...['./a=b@c', '/srv/x:y@z', 'gs://bucket', 'sh.helm.release.v1.billing.v12', 'file:all.zip'],
  ...['arn:aws:eks:eu-west-1:123456789012:cluster/Prod-1', 'gke_my-project-1_europe-west1_Prod'],
  ...[
    'postgres://db/helm',
    'host=db dbname=helm',
    'user@example.org',
    'https://api:6443',
    'v1.2+x',
  ],
])('typed shows %s', (text) => {
  expect(typed(text)).toBe(text);
});

it.each([
  [secrets['a connection string'] ?? '', 'postgres://…@db/helm?sslmode=require'],
  ['helm:c4nary@tcp(db)/helm', 'helm:…@tcp(db)/helm'],
  ['host=db password=c4nary x=y', 'host=db password=…'],
])('typed shows the rest: %s', (text, shown) => {
  expect(typed(text)).toBe(shown);
});

describe('an error', () => {
  let dir: string;
  beforeAll(() => {
    dir = mkdtempSync(join(tmpdir(), 'typed-'));
    writeFileSync(join(dir, 'empty'), '');
  });
  afterAll(() => rmSync(dir, { recursive: true }));

  /** They name a file to make. */
  const made = ['report', 'backup', 'directory'];
  const words = ['values', 'billing', 'list', 'x.zip'];

  it.each(commandTable.map((entry) => [entry.name, entry] as const))(
    'of %s holds no key, whichever flag or argument it is',
    async (name, entry) => {
      const options = optionsOf(await entry.load());
      const leaks: string[] = [];
      for (const [what, secret] of Object.entries(secrets)) {
        const lines = [
          ...Object.keys(options)
            .filter((flag) => !made.includes(flag) && !(flag === 'output' && name === 'chart'))
            .map((flag) => [`--${flag}=${secret}`, ...words.slice(0, 2)]),
          ...[[secret], ['values', secret], ['billing', secret], [`--tokn=${secret}`]],
          ...[[`--token:${secret}`], [`-Z${secret}`], ['billing', 'x', secret, secret]],
        ];
        for (const line of lines) {
          const { out, err } = await runCli([name, ...line, '--context=none']);
          if (canary.test(out + err)) leaks.push(`${line[0]?.split('=')[0]} ${what}: ${out}${err}`);
        }
      }
      expect(leaks).toEqual([]);
    },
  );

  it.each([
    ['--passphrase-env', 'correct horse c4nary'],
    ['--passphrase-env', 'c4nary'],
    ['--passphrase-file', 'c4nary'],
    ['--passphrase-file', '/c4nary/battery'],
    ['--recipient', 'c4nary'],
    ['--recipient', 'AGE-SECRET-KEY-1C4NARY'],
    ['--ask-passphrase=c4nary', ''],
    ['--passphrase-file', 'DIR/empty'],
  ])('of backup %s %s holds no passphrase, and says what is meant', async (flag, value) => {
    const given = [flag, ...(value === '' ? [] : [value.replace('DIR', dir)])];
    const { code, out, err } = await runCli(['backup', '--all', `${dir}/x.zip`, ...given]);
    expect(code).toBeGreaterThan(0);
    expect(out + err).not.toMatch(canary);
    expect(err).toContain(value.startsWith('DIR') ? `${dir}/empty` : (flag.split('=')[0] ?? ''));
  });

  it('names a file that is there, and a variable that is empty', async () => {
    const argv = ['verify', join(dir, 'x.zip'), '--identity', dir];
    expect((await runCli(argv)).err).toContain(`${dir} can't be read: `);
    const empty = await runCli(['backup', '--all', `${dir}/x.zip`, '--passphrase-env', 'EMPTY'], {
      env: { EMPTY: '' },
    });
    expect(empty.err).toContain('the environment variable EMPTY');
  });

  it('that quotes a key all the same is printed without it', () => {
    const io = captureIO();
    const why = [`server https://eve:c4nary@api`, `a ${secrets['a key of age']} b`];
    reportError(new ReleasesError('USAGE', secrets['a private key'] ?? '', { why }), io);
    expect(io.err()).not.toMatch(canary);
    expect(io.err()).toContain('https://…@api');
  });
});

it.each([
  'HELM_DRIVER_SQL_CONNECTION_STRING=postgresql://USER:PASSWORD@HOST:5432/DATABASE?sslmode=require',
  'sh.helm.release.v1.billing.v3',
  'kubectl releases list --storage dir:./a@b',
  'read https://10.0.0.1:6443/api/v1/namespaces/pay/secrets?limit=500',
])('a hint stays as it is: %s', (text) => {
  expect(withoutSecrets(text, '…')).toBe(text);
});
