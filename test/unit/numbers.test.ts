/** Numbers of a record with all their digits, from one end of the program to the other. */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gunzipSync, gzipSync } from 'node:zlib';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { run } from '../../src/cli.ts';
import { captureIO } from './cli-io.ts';

let dir: string;
let aside: string;
beforeEach(() => {
  [dir, aside] = ['numbers-', 'aside-'].map((name) => mkdtempSync(join(tmpdir(), name))) as [
    string,
    string,
  ];
});
afterEach(() => {
  for (const made of [dir, aside]) rmSync(made, { recursive: true });
});

async function program(argv: readonly string[], input = '') {
  const io = captureIO();
  (io.stdin as unknown as { end(text: string): void }).end(input);
  const code = await run(argv, io);
  return { code, out: io.out(), err: io.err() };
}

/** As Helm 3 would write it: members in the order of its struct. */
function recordText(revision: number, config: string, more = ''): string {
  const times = '"first_deployed":"2020-01-01T00:00:00Z","last_deployed":"2020-01-01T00:00:00Z"';
  return (
    `{"name":"ids","info":{${times},"deleted":"","status":"deployed"},` +
    '"chart":{"metadata":{"name":"web","version":"1.0.0","apiVersion":"v2"},"lock":null,' +
    `"templates":[],"values":{"big":1234567890123456790},"schema":null,"files":[]},` +
    `"config":${config},"version":${revision},"namespace":"shop"${more}}`
  );
}

function secret(revision: number, text: string): object {
  const payload = gzipSync(text).toString('base64');
  const labels = { owner: 'helm', name: 'ids', version: String(revision), status: 'deployed' };
  return {
    ...{ apiVersion: 'v1', kind: 'Secret', type: 'helm.sh/release.v1' },
    metadata: { name: `sh.helm.release.v1.ids.v${revision}`, namespace: 'shop', labels },
    data: { release: Buffer.from(payload).toString('base64') },
  };
}

/** A folder with a record for each config. */
function records(...configs: readonly string[]): string[] {
  for (const [at, config] of configs.entries())
    writeFileSync(
      join(dir, `${at}.json`),
      JSON.stringify(secret(at + 1, recordText(at + 1, config))),
    );
  return ['--storage', `dir:${dir}`];
}

const odd =
  '{"a":1.0,"b":-0,"big":9007199254740993,"c":1e3,"d":0.10,"e":1E+2,"f":1e-7,"id":1234567890123456790,"ratio":1.5,"t":"1.0"}';

describe('decode and encode', () => {
  it.each([
    ['yaml', odd],
    ['json', odd],
    ['yaml', '{}'],
    ['json', '{}'],
  ])('as %s make the same record of %s', async (output, config) => {
    const text = recordText(1, config);
    const decoded = await program(['decode', '-o', output], JSON.stringify(secret(1, text)));
    expect(decoded).toMatchObject({ code: 0, err: '' });
    const encoded = await program(['encode', '-o', 'payload'], decoded.out);
    expect(encoded).toMatchObject({ code: 0, err: '' });
    expect(gunzipSync(Buffer.from(encoded.out, 'base64')).toString()).toBe(text);
  });

  it('carry what Helm passes over, whatever numbers there are', async () => {
    const text = recordText(1, '{"a":1}', ',"odd":[1e400,1.50]');
    const decoded = await program(['decode'], JSON.stringify(secret(1, text)));
    const encoded = await program(['encode', '-o', 'payload'], decoded.out);
    expect(gunzipSync(Buffer.from(encoded.out, 'base64')).toString()).toBe(text);
  });

  it('refuse a number that Helm would refuse in the place of a revision', async () => {
    const text = recordText(1, '{}');
    const decoded = await program(['decode'], JSON.stringify(secret(1, text)));
    const edited = decoded.out.replace('revision: 1', 'revision: 1.0');
    expect((await program(['encode'], edited)).err).toMatch(/as it is, at revision/);
  });
});

describe('a copy under another name', () => {
  it('keeps the digits', async () => {
    const store = records(odd);
    const to = join(aside, 'to');
    const args = [
      'relocate',
      'ids',
      '--keep-source',
      '--from',
      ...store.slice(1),
      '--to',
      `dir:${to}`,
      '--to-name',
      'new',
      '--yes',
    ];
    const { code, err, out } = await program(args);
    expect(code, `${out}${err}`).toBe(0);
    const shown = await program([
      'get',
      'values',
      'new',
      '--storage',
      `dir:${to}`,
      '-o',
      'jsonpath={.id} {.a}',
    ]);
    expect(shown.out).toBe('1234567890123456790 1');
  });
});

describe('what imitates helm rounds as helm does', () => {
  it('get values', async () => {
    const store = records(
      '{"a":1.0,"b":-0,"c":1e3,"id":1234567890123456790,"low":-9223372036854775808}',
    );
    expect((await program(['get', 'values', 'ids', ...store])).out).toBe(
      'a: 1\nb: 0\nc: 1000\nid: 1234567890123456800\nlow: -9.223372036854776e+18\n',
    );
    expect((await program(['get', 'values', 'ids', '-o', 'json', ...store])).out).toBe(
      '{"a":1,"b":-0,"c":1000,"id":1234567890123456800,"low":-9223372036854776000}\n',
    );
    const { out } = await program(['status', 'ids', '-o', 'json', ...store]);
    expect(out).toContain('"id":1234567890123456800');
    const template = ['--template', '{{.Release.Config.id}} {{.Release.Config.a}}'];
    expect((await program(['get', 'all', 'ids', ...template, ...store])).out).toBe(
      '1.2345678901234568e+18 1',
    );
  });
});

describe('diff', () => {
  it('tells integers beyond 2^53 apart', async () => {
    const store = records('{"big":9007199254740993}', '{"big":9007199254740992}');
    const { code, out } = await program(['diff', 'ids', '1', '2', '--only', 'values', ...store]);
    expect(out).toMatch(/big +9007199254740993 → 9007199254740992\n/);
    expect(code).toBe(1);
  });

  it('says where only the digits differ', async () => {
    const store = records('{"a":1.0,"b":1}', '{"a":1,"b":2}');
    const args = ['diff', 'ids', '1', '2', '--only', 'values', ...store];
    const { out } = await program(args);
    expect(out).toMatch(/a +1\.0 → 1 \(the same number\)\n/);
    expect(out).toMatch(/b +1 → 2\n/);
    const { values } = JSON.parse((await program([...args, '-o', 'json'])).out);
    expect(values[0]).toMatchObject({ path: 'a', onlyDigits: true });
    expect(values[1]).not.toHaveProperty('onlyDigits');
  });
});

describe('a record that Helm refuses', () => {
  it.each([
    ['"version":1', '"version":1.0', /digits alone/],
    ['"config":{}', '"config":{"a":1e400}', /too large/],
  ])('%s as %s is a row with its reason', async (from, to, reason) => {
    const text = recordText(1, '{}').replace(from, to);
    writeFileSync(join(dir, 'a.json'), JSON.stringify(secret(1, text)));
    const { code, err } = await program(['list', '--storage', `dir:${dir}`]);
    expect(err).toMatch(reason);
    expect(code).toBe(3);
  });
});

describe('a list in a file', () => {
  it('keeps the digits of its other items when one is taken out', async () => {
    const records = [1, 2].map((n) => JSON.stringify(secret(n, recordText(n, '{}')), null, 1));
    const other =
      '{"apiVersion":"v1","kind":"Odd","metadata":{"name":"o"},"n":[1234567890123456790,1.0,-0]}';
    const file = join(dir, 'all.json');
    writeFileSync(
      file,
      `{"kind":"List","apiVersion":"v1","items":[\n${[...records, other].join(',\n')}]}\n`,
    );
    const to = join(aside, 'to');
    const args = ['relocate', 'ids', '--from', `dir:${dir}`, '--to', `dir:${to}`];
    const { code, err, out } = await program([...args, '--delete-source', '--yes']);
    expect(code, `${out}${err}`).toBe(0);
    expect(readFileSync(file, 'utf8').replace(/\s/g, '')).toContain('[1234567890123456790,1.0,-0]');
  });
});
