/**
 * A revision whose file can't be read is there all the same: a row, and of the release that the file is called
 * after. No release is split because of it.
 */
import { execFileSync } from 'node:child_process';
import {
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  unlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { isBad } from '../../src/record.ts';
import { openDirectory } from '../../src/storage/directory.ts';
import { runCli } from './cli-io.ts';
import { sketchRecord } from './cli-records.ts';
import { brief, put, read, secret, web } from './directoryFixtures.ts';

const key = 'sh.helm.release.v1.billing.v3';
let dir: string;
let file: string;
beforeEach(async () => {
  dir = mkdtempSync(join(tmpdir(), 'unread-'));
  const store = await openDirectory(join(dir, 'src'), { create: true });
  for (const revision of [1, 2, 3]) await store.create(sketchRecord({ revision }));
  await store.create(sketchRecord({ name: 'other', revision: 1 }));
  file = join(dir, 'src', 'pay', `secret-${key}.yaml`);
});
afterEach(() => rmSync(dir, { recursive: true }));

const damages: readonly (readonly [string, () => void])[] = [
  ['empty', () => writeFileSync(file, '')],
  ['cut short', () => writeFileSync(file, readFileSync(file).subarray(0, 60))],
  ['cut at the first line', () => writeFileSync(file, 'apiVersion: v1\n')],
  ['full of zeros', () => writeFileSync(file, Buffer.alloc(4096))],
  ['garbage', () => writeFileSync(file, 'foo: [')],
  ['another object', () => writeFileSync(file, 'kind: Service\nmetadata: {name: web}\n')],
  [
    'a dangling link',
    () => {
      unlinkSync(file);
      symlinkSync(join(dir, 'nowhere'), file);
    },
  ],
  [
    'a link out of the folder',
    () => {
      writeFileSync(join(dir, 'out.yaml'), readFileSync(file));
      unlinkSync(file);
      symlinkSync(join(dir, 'out.yaml'), file);
    },
  ],
  [
    'a link to what is passed over',
    () => {
      mkdirSync(join(dir, 'src', '.git'));
      writeFileSync(join(dir, 'src', '.git', 'x.yaml'), readFileSync(file));
      unlinkSync(file);
      symlinkSync(join(dir, 'src', '.git', 'x.yaml'), file);
    },
  ],
  [
    'a pipe',
    () => {
      unlinkSync(file);
      execFileSync('mkfifo', [file]);
    },
  ],
  [
    'a folder',
    () => {
      unlinkSync(file);
      mkdirSync(file);
    },
  ],
  [
    'packed',
    () => {
      writeFileSync(`${file}.gz`, gzipSync(readFileSync(file)));
      unlinkSync(file);
    },
  ],
];

describe.each(damages)('the newest revision is %s', (_, damage) => {
  beforeEach(() => damage());

  it('is shown, and keeps its release where it is', async () => {
    const from = `dir:${join(dir, 'src')}`;
    const listed = await runCli(['list', '-A', '--storage', from]);
    expect(listed.out + listed.err).toContain(key);
    const history = await runCli(['history', 'billing', '--storage', from]);
    expect(history.out).toMatch(/^3 .*unreadable/m);
    const to = `dir:${join(dir, 'out')}`;
    const gone = [
      '--from',
      from,
      '--to',
      to,
      '--delete-source',
      '--yes',
      '--backup',
      join(dir, 'was'),
    ];
    expect(await runCli(['relocate', 'billing', ...gone])).toMatchObject({
      code: 4,
      out: expect.stringContaining('billing'),
    });
    expect((await runCli(['relocate', '--all', ...gone])).code).not.toBe(0);
    const kept = await read(join(dir, 'src'));
    expect(kept.filter((one) => !isBad(one)).map((one) => one.key)).toEqual([
      ...[1, 2].map((n) => `sh.helm.release.v1.billing.v${n}`),
    ]);
  });

  it('is missed by backup, restore and verify', async () => {
    const from = join(dir, 'src');
    const zip = join(dir, 'b.zip');
    const backup = await runCli(['backup', 'billing', zip, '--from', `dir:${from}`, '--yes']);
    expect(backup.code).not.toBe(0);
    const restored = ['restore', from, 'billing', '--to', `dir:${join(dir, 'back')}`, '--yes'];
    expect((await runCli(restored)).code).not.toBe(0);
    const verified = await runCli(['verify', from]);
    expect(verified.code).not.toBe(0);
    expect(verified.out + verified.err).toContain(key);
  });
});

it('an older revision that is cut short keeps its release where it is, too', async () => {
  writeFileSync(file.replace('.v3.', '.v2.'), '');
  const [from, to] = [`dir:${join(dir, 'src')}`, `dir:${join(dir, 'out')}`];
  const args = [
    'relocate',
    'billing',
    '--from',
    from,
    '--to',
    to,
    '--delete-source',
    '--yes',
    '--backup',
    join(dir, 'was'),
  ];
  expect((await runCli(args)).code).toBe(4);
});

it("a file that says no namespace may be of each release of its name, and a namespace's alone of that one", async () => {
  put('a.yaml', secret('a', 'aaaa'));
  put('b.yaml', secret('a', 'aaaa').replace('namespace: web', 'namespace: shop'));
  put('sh.helm.release.v1.a.v2.yaml', '');
  put('shop/secret-sh.helm.release.v1.a.v3.yaml', '');
  put('gone/secret-sh.helm.release.v1.a.v4.yaml', '');
  expect(brief(await read())).toEqual([
    'Secret gone/sh.helm.release.v1.a.v4 it is empty',
    'Secret shop/sh.helm.release.v1.a.v1 aaaa',
    'Secret shop/sh.helm.release.v1.a.v2 it is empty',
    'Secret shop/sh.helm.release.v1.a.v3 it is empty',
    web('a', 'aaaa'),
    'Secret web/sh.helm.release.v1.a.v2 it is empty',
  ]);
});

it('a folder below the one that this program wrote is one of its namespace', async () => {
  put('a.yaml', secret('a', 'aaaa'));
  put('other/secret-sh.helm.release.v1.a.v2.yaml', '');
  put('other/b.yaml', secret('b', 'bbbb'));
  expect(brief(await read())).toEqual([
    ...[web('a', 'aaaa'), 'Secret web/sh.helm.release.v1.a.v2 it is empty', web('b', 'bbbb')],
  ]);
});

it('a record that is there lacks no file, whatever lies beside it', async () => {
  const name = 'web/secret-sh.helm.release.v1.a.v1.yaml';
  put('a.yaml', secret('a', 'aaaa'));
  put(name, '');
  put(`${name}.gz`, 'packed');
  put(`${name}~`, '');
  expect(brief(await read())).toEqual([
    ...['Secret /secret-sh.helm.release.v1.a.v1.yaml it is empty', web('a', 'aaaa')],
  ]);
});

it('of a release whose name no file can have, the hash in the file’s name says which revision it was', async () => {
  const store = await openDirectory(join(dir, 'hashed'), { create: true });
  for (const revision of [1, 2])
    await store.create(sketchRecord({ helm: 2, name: 'Billing_A', revision }));
  const [first, newest] = readdirSync(join(dir, 'hashed'), { recursive: true })
    .map(String)
    .filter((name) => name.endsWith('.yaml'))
    .sort((a, b) => Number(holds(a, '.v2')) - Number(holds(b, '.v2')));
  expect(newest).toContain('~');
  writeFileSync(join(dir, 'hashed', newest ?? ''), '');
  writeFileSync(join(dir, 'hashed', dirname(first ?? ''), 'configmap-x~0123456789ab.yaml'), '');
  const found = await read(join(dir, 'hashed'));
  expect(found.map(({ key }) => key).sort()).toEqual([
    ...['Billing_A.v1', 'Billing_A.v2', 'configmap-x~0123456789ab.yaml'],
  ]);
  const args = ['--from', `dir:${dir}/hashed`, '--to', `dir:${dir}/out`, '--yes'];
  expect((await runCli(['copy', 'Billing_A', ...args])).code).toBe(4);
});

const holds = (name: string, text: string) =>
  readFileSync(join(dir, 'hashed', name), 'utf8').includes(text);

it("Helm 2's file names its release, and what is only called like one doesn't", async () => {
  const tiller = 'kube-system/configmap-old.v1.yaml';
  put(tiller, 'apiVersion: v1\nkind: ConfigMap\nmetadata:\n');
  put('templates/configmap-api.v2.yaml', 'kind: ConfigMap\nmetadata:\n  name: api\ndata: {a: b}\n');
  put('api.v2.yaml', 'openapi: 3.0.0\n');
  put('kustomization.yaml', 'resources: [a.yaml]\n');
  put('README.yaml', '# nothing here\n');
  put('notes/sh.helm.release.v1.a.v1.txt', 'what became of it');
  expect(brief(await read())).toEqual([
    'ConfigMap kube-system/old.v1 its name is that of a record, and it holds none: perhaps it was cut off',
  ]);
});

it('what was cut off behind its name is a record without its data', async () => {
  put('a.yaml', 'apiVersion: v1\nkind: Secret\nmetadata:\n  name: sh.helm.release.v1.a.v1\n');
  expect(brief(await read())).toEqual(['Secret /sh.helm.release.v1.a.v1 it has no release data']);
});
