/** `decode` and `encode`: there and back, for every record that Helm's own code wrote. */
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { parse, parseAllDocuments, stringify } from 'yaml';
import { run } from '../../src/cli.ts';
import { openEnvelope } from '../../src/codecs/envelope.ts';
import { decodePayload, encodePayload, openRecord } from '../../src/codecs/index.ts';
import { toPlain } from '../../src/codecs/plain.ts';
import { isBad, type ReleaseRecord } from '../../src/record.ts';
import { readManifests } from '../../src/storage/files/manifests.ts';
import { objectOf } from '../../src/storage/objects.ts';
import { captureIO } from './cli-io.ts';
import { broken, sketchRecord } from './cli-records.ts';

let dir: string;
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'decode-'));
});
afterEach(() => {
  rmSync(dir, { recursive: true });
});

/** Runs with a text or bytes on the standard input. */
async function piped(argv: readonly string[], input: string | Uint8Array) {
  const io = captureIO();
  const stdin = io.stdin as NodeJS.ReadableStream & { end(data: string | Uint8Array): void };
  stdin.end(input);
  const code = await run(argv, io);
  return { code, out: io.out(), err: io.err() };
}

const fixtures = ['helm2', 'helm3', 'helm4'].flatMap((helm) =>
  readdirSync(new URL(`../fixtures/${helm}/`, import.meta.url))
    .filter((name) => name.endsWith('.yaml'))
    .map((name) => `${helm}/${name}`),
);

function recordsIn(text: string): ReleaseRecord[] {
  const records = readManifests(text, 'x.yaml').map(({ record }) => record);
  return records.flatMap((record) => {
    const opened = openRecord(record);
    return isBad(opened) ? [] : opened.record;
  });
}

describe('there and back', () => {
  it.each(fixtures)('%s, byte for byte', async (name) => {
    const text = readFileSync(new URL(`../fixtures/${name}`, import.meta.url), 'utf8');
    const records = recordsIn(text);
    const all = records.map((record) => JSON.stringify(objectOf(record))).join('\n---\n');
    for (const output of records.length > 0 ? ['yaml', 'json'] : []) {
      const decoded = await piped(['decode', '-o', output], all);
      expect(decoded).toMatchObject({ code: 0, err: '' });
      const encoded = await piped(['encode'], decoded.out);
      expect(encoded.code).toBe(0);
      const back = recordsIn(encoded.out);
      expect(back.map(({ key, labels, type, kind }) => ({ key, labels, type, kind }))).toEqual(
        records.map(({ key, labels, type, kind }) => ({ key, labels, type, kind })),
      );
      for (const [at, record] of records.entries()) {
        const again = back[at]?.payload ?? '';
        expect(toPlain(decodePayload(again))).toEqual(toPlain(decodePayload(record.payload)));
        // What the codec itself writes: for nearly all of them the very bytes that were there.
        const format = name.startsWith('helm2') ? 'helm2' : 'helm3';
        const known = openEnvelope(encodePayload(format, decodePayload(record.payload)));
        expect(Buffer.from(openEnvelope(again)).equals(known), record.key).toBe(true);
      }
    }
    expect(name).toMatch(/^helm/);
  });

  it('keeps what YAML and JavaScript like to lose', async () => {
    const config = JSON.parse(
      '{"__proto__": {"a": 1}, "yes": "yes", "n": -0.0, "big": 1e300, "i": 9007199254740993, "data": "x", "s": " lead\\n  two\\n", "cr": "a\\r\\nb", "nul": "\\u0000", "u": "\\u2028", "<<": 1, "e": "", "l": [], "m": {}}',
    );
    const files = [
      { name: 'text', data: Buffer.from('é\n\tb  \n') },
      { name: 'bom', data: Buffer.from('\ufeffx') },
      { name: 'binary', data: Buffer.from([0xff, 0, 1]) },
      { name: 'zero', data: Buffer.from('a\0b') },
      { name: 'empty', data: Buffer.alloc(0) },
      { name: 'none', data: null },
    ];
    const record = sketchRecord({ config, chart: { files } });
    const decoded = await piped(['decode'], JSON.stringify(objectOf(record)));
    const encoded = await piped(['encode', '-o', 'payload'], decoded.out);
    expect(encoded).toMatchObject({ code: 0, err: '' });
    expect(openEnvelope(encoded.out.trim())).toEqual(openEnvelope(record.payload));
    expect(parse(decoded.out).release.chart.files.slice(0, 3)).toEqual([
      { name: 'text', data: 'é\n\tb  \n' },
      { name: 'bom', data: '\ufeffx' },
      { name: 'binary', data: { base64: '/wAB' } },
    ]);
  });
});

describe('what is given', () => {
  const record = sketchRecord({ config: { a: 1 } });
  const packed = Buffer.from(record.payload, 'base64');
  const inside = Buffer.from(openEnvelope(record.payload));
  const object = objectOf(record);
  const list = { apiVersion: 'v1', kind: 'List', items: [object] };
  const other = { apiVersion: 'v1', kind: 'Secret', metadata: { name: 'x' }, data: { a: 'Yg==' } };
  it.each<[string, string | Uint8Array]>([
    ['the value of its key', record.payload],
    ['the value with a line end', `${record.payload}\n`],
    ['the value in lines', record.payload.replace(/.{76}/g, '$&\n')],
    ['the value with Kubernetes’ own base64', Buffer.from(record.payload).toString('base64')],
    ['what is packed', packed],
    ['packed otherwise', gzipSync(inside, { level: 1 })],
    ['what is inside', inside],
    ['a Secret as YAML', stringify(object)],
    ['a Secret as JSON', JSON.stringify(object)],
    ['a list', stringify(list)],
    ['a list with others', JSON.stringify({ ...list, items: [other, object] })],
  ])('may be %s', async (_, input) => {
    const { code, out, err } = await piped(['decode'], input);
    expect({ code, err }).toEqual({ code: 0, err: '' });
    expect(parse(out)).toMatchObject({ release: { name: 'billing', config: { json: { a: 1 } } } });
    writeFileSync(join(dir, 'file'), input);
    expect((await piped(['decode', join(dir, 'file')], '')).out).toBe(out);
  });

  it('may be protobuf', async () => {
    const old = sketchRecord({ helm: 2 });
    const { out } = await piped(['decode'], openEnvelope(old.payload));
    expect(parse(out).release).toMatchObject({ helm: 2, name: 'billing' });
  });

  it('is several documents where it is several records', async () => {
    const objects = [1, 2].map((revision) => objectOf(sketchRecord({ revision })));
    const { out } = await piped(['decode'], objects.map((one) => stringify(one)).join('---\n'));
    expect(parseAllDocuments(out).map((one) => one.toJSON().release.revision)).toEqual([1, 2]);
    const encoded = await piped(['encode', '-o', 'json'], out);
    expect(JSON.parse(encoded.out)).toMatchObject({ kind: 'List', items: [{}, {}] });
  });

  it.each<[string, string, number, string]>([
    ['nothing of Helm’s', stringify(other), 1, "there is no record of Helm's in standard input"],
    ['nothing', '', 1, "there is no record of Helm's"],
  ])('is not %s', async (_, input, code, message) => {
    const result = await piped(['decode'], input);
    expect(result).toMatchObject({ code, out: '' });
    expect(result.err).toContain(message);
  });

  it('is not there', async () => {
    const { code, err } = await piped(['decode', join(dir, 'none')], '');
    expect(code).toBe(1);
    expect(err).toContain('is not there');
  });
});

describe('a damaged record', () => {
  it('shows what is left of it, and why', async () => {
    const whole = sketchRecord({ config: { secret: 'x'.repeat(200) } });
    const { code, out, err } = await piped(['decode'], stringify(objectOf(broken(whole))));
    expect(code).toBe(3);
    expect(err).toMatch(/^1 record can't be read: secret pay\/sh.helm.release.v1.billing.v1/);
    expect(parse(out)).toMatchObject({
      record: { name: 'sh.helm.release.v1.billing.v1' },
      unreadable: 'its gzip data is cut short',
      left: expect.stringMatching(/^\{"name":"billing"/),
    });
  });

  it('shows all of it where only the checksum is wrong', async () => {
    const whole = sketchRecord({ config: { a: 1 } });
    const bytes = Buffer.from(whole.payload, 'base64');
    bytes.writeUInt32LE(1, bytes.length - 8);
    const { code, out, err } = await piped(['decode'], bytes);
    expect(code).toBe(3);
    expect(err).toContain('the gzip checksum is wrong');
    expect(parse(out).release).toMatchObject({ name: 'billing', config: { json: { a: 1 } } });
    // Which is how it is mended.
    expect((await piped(['encode'], out)).code).toBe(0);
  });

  it('shows a record whose parts disagree, and encode makes it again', async () => {
    const record = { ...sketchRecord({}), key: 'sh.helm.release.v1.billing.v7' };
    const { code, out } = await piped(['decode'], stringify(objectOf(record)));
    expect(code).toBe(0);
    expect(parse(out).release.revision).toBe(1);
    const again = await piped(['encode'], out);
    expect(again).toMatchObject({
      code: 0,
      err: expect.stringContaining('its key says revision 7, its content 1'),
    });
    expect(parse(again.out)).toEqual(objectOf(record));
    const mended = await piped(['encode'], out.replace('billing.v7', 'billing.v1'));
    expect(mended).toMatchObject({ code: 0, err: '' });
  });
});

describe('encode', () => {
  const text = async () => (await piped(['decode'], stringify(objectOf(sketchRecord({}))))).out;
  it.each<[string, (text: string) => string, string]>([
    ['a wrong type', (t) => t.replace('revision: 1', 'revision: x'), "can't be encoded: no record"],
    [
      'an unknown field',
      (t) => t.replace('  revision: 1', '  revision: 1\n  extra: 1'),
      'at extra',
    ],
    [
      'a status that Helm does not know',
      (t) => t.replace('status: deployed\n    notes', 'status: bogus\n    notes'),
      'its status is bogus, which Helm does not know: unknown, deployed, ',
    ],
    ['no release', () => 'record: {}\n', 'it has no release'],
    [
      'one of several, by its number',
      (t) => `${t}---\nrecord: {}\nunreadable: damaged\nleft: x\n`,
      "document 2: the document can't be encoded: `decode` could not read it; leave it out",
    ],
    ['broken YAML', (t) => `${t}\n  - [`, 'its YAML is wrong at line'],
    ['broken JSON', () => '{"release": hunter2', 'its JSON is damaged'],
    ['nothing', () => '', 'it is empty'],
    ['aliases', (t) => `${t}x: &a 1\ny: *a\n`, 'its YAML has aliases'],
    ['a kind without records', (t) => t.replace('kind: Secret', 'kind: Pod'), 'kind is none of'],
  ])('refuses %s', async (_, change, message) => {
    const { code, out, err } = await piped(['encode'], change(await text()));
    expect({ code, out }).toEqual({ code: 2, out: '' });
    expect(err).toContain(message);
    expect(err).not.toContain('hunter2');
  });

  it('says that Helm does not know a status, where the record had it in its label, too', async () => {
    const { code, err } = await piped(
      ['encode'],
      (await text()).replaceAll('status: deployed', 'status: bogus'),
    );
    expect({ code, err }).toEqual({
      ...{
        code: 0,
        err: 'note: the status is bogus, which Helm does not know: helm list leaves it out\n',
      },
    });
  });

  it('takes a change, and names the label that it leaves behind', async () => {
    const changed = (await text()).replace(
      'status: deployed\n    notes',
      'status: failed\n    notes',
    );
    const { code, out, err } = await piped(['encode'], changed);
    expect({ code, err }).toEqual({
      ...{ code: 0, err: 'note: the status label says deployed, the release failed\n' },
    });
    const [record] = recordsIn(out);
    expect(decodePayload(record?.payload ?? '').info?.status).toBe('failed');
  });
});

describe('what is no record', () => {
  const tar = Buffer.concat([Buffer.alloc(257), Buffer.from('ustar\0'), Buffer.alloc(300)]);
  it.each<[string, Uint8Array, RegExp]>([
    [
      'a zip',
      Buffer.from('PK\u0003\u0004rest'),
      /is a zip archive, .*\n {2}try: .* list --storage/,
    ],
    ['an age file', Buffer.from('age-encryption.org/v1\n…'), /is an encrypted archive/],
    ['a tar', tar, /is a tar archive, and no record/],
    ['a chart archive', gzipSync(tar), /is a packed tar archive, .*\n {2}try: helm show all/],
    ['a word', Buffer.from('hello\n'), /holds no record: it is a text, not a manifest\n {2}try: /],
    ['damaged YAML', Buffer.from('a: [\nb'), /holds no record: it is not valid YAML/],
  ])('is named: %s', async (_, bytes, message) => {
    for (const from of ['standard input', join(dir, 'file')]) {
      writeFileSync(join(dir, 'file'), bytes);
      const argv = from === 'standard input' ? ['decode'] : ['decode', from];
      const result = await piped(argv, bytes);
      expect(result).toMatchObject({ code: 1, out: '' });
      expect(result.err).toMatch(message);
      expect(result.err).toContain(`error: ${from}`);
    }
  });

  it('is printed up to a bound: bytes as base64, text as text', async () => {
    const bytes = new Uint8Array(3_000_000).map((_, i) => (i * 7919) % 251);
    const random = await piped(['decode'], bytes);
    expect(random.code).toBe(3);
    expect(random.out.length).toBeLessThan(3000);
    expect(parse(random.out)).toMatchObject({ left: { base64: expect.any(String) } });
    expect(parse(random.out).notShown).toMatch(/^\d+ more bytes$/);
    const text = await piped(['decode'], gzipSync(`{"name":"x", ${'damaged '.repeat(20_000)}`));
    expect(text.code).toBe(3);
    expect(text.out.length).toBeLessThan(70_000);
    expect(parse(text.out).left).toMatch(/^\{"name":"x", damaged/);
    expect(parse(text.out).notShown).toBe(`${13 + 160_000 - 65_536} more bytes`);
  });
});
