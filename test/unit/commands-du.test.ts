/** `du`, in this process, over folders of manifests. */
import { randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { ReleaseRecord } from '../../src/record.ts';
import { openDirectory } from '../../src/storage/directory.ts';
import { type CaptureOptions, runCli } from './cli-io.ts';
import { broken, type Sketch, sketchChart, sketchRecord } from './cli-records.ts';

let dir: string;
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'du-'));
});
afterEach(() => {
  rmSync(dir, { recursive: true });
});

async function fill(...records: readonly ReleaseRecord[]): Promise<void> {
  const storage = await openDirectory(dir, { create: true });
  for (const record of records) await storage.create(record);
}

async function du(argv: readonly string[] = [], options?: CaptureOptions) {
  return runCli(['du', ...argv, '--storage', `dir:${dir}`], options);
}

const noise = (name: string, bytes: number) => ({ name, data: randomBytes(bytes) });
const search = (revision: number, bytes: number, more: Sketch = {}) =>
  sketchRecord({
    ...{ name: 'search', namespace: 'web', revision, status: 'superseded', ...more },
    chart: { files: [noise('files/board.json', bytes)], templates: [] },
  });

describe('of all releases', () => {
  it('is sorted by size, and says what takes the room', async () => {
    await fill(
      sketchRecord({ manifest: 'a: b\n'.repeat(5000) }),
      ...[1, 2, 3].map((revision) => search(revision, 100_000 * revision)),
    );
    const { code, out, err } = await du();
    expect({ code, err }).toEqual({ code: 0, err: '' });
    const lines = out.split('\n').map((line) => line.split(/ {2,}/));
    expect(lines[0]).toEqual([
      ...['RELEASE', 'NAMESPACE', 'REVISIONS', 'SIZE', 'LARGEST', 'OF LIMIT', 'MOST OF IT'],
    ]);
    expect(lines[1]?.slice(0, 3)).toEqual(['search', 'web', '3']);
    expect(lines[1]?.at(-1)).toMatch(
      /^files of the chart (99|100) % \(files\/board.json hardly compresses\)$/,
    );
    expect(lines[2]?.slice(0, 3)).toEqual(['billing', 'pay', '1']);
    expect(out).toMatch(
      /\n\n2 releases, 4 revisions, .* KiB. Keeping 5 revisions of each would free/,
    );
    expect(out).toContain('would free nothing.\n');
  });

  it('is sorted and printed as list is', async () => {
    await fill(sketchRecord({}), ...[1, 2].map((revision) => search(revision, 100_000)));
    expect((await du(['-o', 'jsonpath={.items[*].name}'])).out).toBe('search billing');
    expect((await du(['-o', 'jsonpath={.items[*].name}', '--sort-by', '.name'])).out).toBe(
      'billing search',
    );
    const columns = ['-o', 'custom-columns=R:.name,N:.revisions[*].revision', '--no-headers'];
    expect((await du(columns)).out).toBe('search   1,2\nbilling  1\n');
    const bare = await du(['--no-headers', '--sort-by', '.namespace']);
    expect(bare.out.split('\n').map((line) => line.split(' ')[0])).toEqual([
      'billing',
      'search',
      '',
    ]);
    const revisions = await du(['search', '--no-headers', '--sort-by', '{.revision}']);
    expect(revisions.out).toMatch(/^1 +superseded .*\n2 +superseded .*\n$/);
    const wrong = await du(['-o', 'name']);
    expect(wrong).toMatchObject({ code: 2, out: '' });
    expect(wrong.err).toContain(
      '--output is one of table, json, yaml, jsonpath=…, custom-columns=…',
    );
  });

  it('counts bytes as the store does', async () => {
    const records = [1, 2, 3, 4].map((revision) =>
      search(revision, 1000 * revision, revision === 2 ? { status: 'deployed' } : {}),
    );
    await fill(...records);
    const [only] = JSON.parse((await du(['--keep', '1', '-o', 'json'])).out);
    const bytes = records.map(({ payload }) => payload.length);
    const sum = (list: readonly number[]) => list.reduce((total, one) => total + one, 0);
    expect(only).toMatchObject({
      ...{ name: 'search', namespace: 'web', helm: 3, limit: 2 ** 20, bytes: sum(bytes) },
      revisions: bytes.map((size, at) => ({ revision: at + 1, bytes: size })),
      // Neither the deployed one goes, nor the newest.
      wouldFree: { records: 2, bytes: (bytes[0] ?? 0) + (bytes[2] ?? 0) },
      largest: { revision: 4 },
    });
    const fields = Object.values<{ packed: number }>(only.largest.fields);
    const packed = sum(fields.map((field) => field.packed));
    expect(Math.abs(packed - (bytes[3] ?? 0))).toBeLessThanOrEqual(fields.length);
    const { out } = await du(['--keep', '1']);
    expect(out).toContain('Keeping 1 revision of each would free');
    expect(out).toContain('(2 records)');
  });

  it('has a row for what can not be read, and the exit code says so', async () => {
    const bad = broken(sketchRecord({ name: 'old' }));
    await fill(sketchRecord({}), bad);
    const { code, out, err } = await du();
    expect(code).toBe(3);
    expect(out).toMatch(/\nold +pay +1 .*unreadable: its gzip data is cut short\n/);
    expect(err).toMatch(/^1 record can't be read: secret pay\/sh.helm.release.v1.old.v1/);
    const data = JSON.parse((await du(['-o', 'json'])).out);
    expect(data.find(({ name }: { name: string }) => name === 'old')).toMatchObject({
      bytes: bad.payload.length,
      revisions: [{ revision: 1, unreadable: 'its gzip data is cut short' }],
    });
  });

  it('says that there are none', async () => {
    await fill();
    expect(await du()).toEqual({ code: 0, out: '', err: `No releases found in dir:${dir}.\n` });
  });
});

describe('of one release', () => {
  it('shows revisions, fields and files', async () => {
    await fill(search(1, 20_000), search(2, 40_000, { status: 'deployed' }), sketchRecord({}));
    const { code, out, err } = await du(['search', '--keep', '1']);
    expect({ code, err }).toEqual({ code: 0, err: '' });
    expect(out).toMatch(
      /^REVISION +STATUS +SIZE +OF LIMIT +CHART\n1 +superseded +[\d.]+ KiB +\d %/,
    );
    expect(out).toContain('\nIn the largest, revision 2:\nFIELD');
    expect(out).toMatch(/\nfiles of the chart +[\d.]+ KiB +9\d %|100 %/);
    expect(out).toMatch(/\nFiles that hardly compress:\n {2}files\/board.json {2}39.1 KiB, packed/);
    expect(out).toMatch(/\nsearch, 2 revisions, [\d.]+ KiB. Keeping 1 revision would free/);
    expect(out).not.toContain('billing');
  });

  it('knows Helm 2’s subcharts', async () => {
    const subcharts = [sketchChart('db', `x: ${randomBytes(20_000).toString('hex')}\n`)];
    await fill(sketchRecord({ helm: 2, subcharts }));
    expect((await du(['billing'])).out).toMatch(/\nFIELD .*\nsubcharts /);
  });

  it.each([
    [['none'], 1, 'there is no release none'],
    [['billing', '-A'], 2, 'NAME is one release'],
    [['--keep', '0'], 2, '--keep must be at least 1'],
  ])('%j', async (argv, code, message) => {
    await fill(sketchRecord({}));
    const result = await du(argv);
    expect(result).toMatchObject({ code, out: '' });
    expect(result.err).toContain(message);
  });
});

describe('on a terminal', () => {
  it.each([80, 200])('draws bars in %i columns', async (terminal) => {
    await fill(search(1, 750_000), sketchRecord({ name: `long-${'x'.repeat(40)}` }));
    const { out } = await du([], { terminal });
    expect(out).not.toContain('\u001b');
    expect(out).toMatch(terminal === 80 ? /[█]{9,10}░? +9\d %/ : /[█]{18,20}░{0,2} +9\d %/);
    for (const line of out.split('\n').slice(0, -2))
      expect(line.length, line).toBeLessThanOrEqual(terminal);
    expect((await du([], { terminal, colour: true })).out).toMatch(/\u001b\[3[13]m█/);
    expect((await du()).out).not.toContain('█');
  });

  it('lets no record write to it', async () => {
    const evil = '\u001b[2J';
    await fill(sketchRecord({ chart: { files: [noise(`f${evil}`, 20_000)] } }));
    for (const argv of [[], ['billing'], ['-o', 'json'], ['-o', 'yaml']])
      expect((await du(argv)).out).not.toContain('\u001b');
  });
});

describe('what can’t be read', () => {
  const text = 'x'.repeat(1000);
  const secret = (change: object) => ({
    ...{ apiVersion: 'v1', kind: 'Secret', type: 'helm.sh/release.v1' },
    metadata: { name: 'sh.helm.release.v1.odd.v1', namespace: 'web' },
    ...change,
  });

  it.each<[string, string | object, number]>([
    ['whose outer base64 is broken', secret({ data: { release: `${text}!` } }), 1001],
    ['whose payload is no base64', secret({ stringData: { release: text } }), 1000],
    ['whose payload is no ASCII', secret({ stringData: { release: 'é'.repeat(500) } }), 1000],
    [
      'of a newer format',
      secret({ type: 'helm.sh/release.v2', stringData: { release: text } }),
      1000,
    ],
    ['without a payload', secret({ data: {} }), 0],
  ])('takes the room that it takes, one %s', async (_, object, bytes) => {
    writeFileSync(join(dir, 'a.json'), JSON.stringify(object));
    const measured = JSON.parse((await du(['-o', 'json'])).out);
    const verified = JSON.parse((await runCli(['verify', `dir:${dir}`, '-o', 'json'])).out);
    const [one] = Array.isArray(measured) ? measured : measured.items;
    expect(one.bytes).toBe(bytes);
    expect(JSON.stringify(verified)).toContain(`"bytes":${bytes}`);
  });

  it('is of the namespace that its object lies in, and shows where that is asked for', async () => {
    writeFileSync(join(dir, 'a.json'), JSON.stringify(secret({ stringData: { release: text } })));
    const namespaces = async (...argv: string[]) => {
      const measured = JSON.parse((await du([...argv, '-o', 'json'])).out);
      return measured.map(({ namespace }: { namespace: string }) => namespace);
    };
    expect(await namespaces()).toEqual(['web']);
    expect(await namespaces('-n', 'web')).toEqual(['web']);
    expect(await namespaces('-n', 'other')).toEqual([]);
  });

  it('counts the text of a manifest that was cut off', async () => {
    const whole = JSON.stringify(secret({ stringData: { release: text } }));
    writeFileSync(join(dir, 'a.json'), whole.slice(0, -50));
    const measured = JSON.parse((await du(['-o', 'json'])).out);
    const [one] = Array.isArray(measured) ? measured : measured.items;
    expect(one.bytes).toBe(whole.length - 50);
  });
});
