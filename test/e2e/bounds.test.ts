/**
 * What is beyond a limit costs a refusal: at most 128 MiB of memory and a second of CPU time more than an
 * ordinary record, whatever a few kilobytes unpack to.
 */
import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { unzipSync, zipSync } from 'fflate';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { sealed } from '../../src/storage/archive/seal.ts';
import { withArguments } from './program.ts';

const MiB = 2 ** 20;
const folder = mkdtempSync(join(tmpdir(), 'bounds-'));
afterAll(() => rmSync(folder, { recursive: true }));

interface Used {
  readonly code: number | null;
  readonly text: string;
  readonly peakMB: number;
  readonly cpuMs: number;
}

/** Looks at the program's highest memory and its CPU time until it ends: Linux keeps both in /proc. */
function use(args: readonly string[], input: string | Uint8Array = ''): Promise<Used> {
  const child = spawn(...withArguments(args), { stdio: 'pipe', env: { HOME: folder } });
  let [peakMB, cpuMs, text] = [0, 0, ''];
  const look = () => {
    try {
      const status = readFileSync(`/proc/${child.pid}/status`, 'utf8');
      peakMB = Math.max(peakMB, Number(/VmHWM:\s+([0-9]+)/.exec(status)?.[1] ?? 0) / 1024);
      const stat = readFileSync(`/proc/${child.pid}/stat`, 'utf8')
        .replace(/^.*\) /, '')
        .split(' ');
      cpuMs = Math.max(cpuMs, (Number(stat[11]) + Number(stat[12])) * 10);
    } catch {
      // It has ended.
    }
  };
  const looking = setInterval(look, 2);
  for (const stream of [child.stdout, child.stderr])
    stream.setEncoding('utf8').on('data', (part: string) => {
      look();
      text += part;
    });
  child.stdin.on('error', () => {}); // it may have ended before all was written
  child.stdin.end(input);
  return new Promise((resolve) => {
    child.on('close', (code) => {
      clearInterval(looking);
      resolve({ code, text, peakMB, cpuMs });
    });
  });
}

const field = (number: number, bytes: Uint8Array): Buffer => {
  const length: number[] = [];
  let rest = bytes.length;
  for (; rest > 127; rest >>>= 7) length.push((rest & 127) | 128);
  return Buffer.concat([Buffer.from([(number << 3) | 2, ...length, rest]), bytes]);
};
const packed = (text: string | Uint8Array): string =>
  gzipSync(text, { level: 9 }).toString('base64');
const config = (text: string): string => `{"name":"a","version":1,"config":${text}`;

/** What a payload says, and the reason that it is refused with. */
const hostile: { readonly [what: string]: readonly [() => string | Uint8Array, RegExp] } = {
  'lists in lists, 60 million': [() => config('['.repeat(60e6)), /nests deeper/],
  'objects in objects, 12 million': [() => config('{"a":'.repeat(12e6)), /nests deeper/],
  'zeros, 31 million': [() => config(`[${'0,'.repeat(31e6)}0]}`), /more than [0-9]+ values/],
  'empty hooks, 20 million': [
    () => `{"name":"a","hooks":[${'{},'.repeat(20e6)}{}]}`,
    /more than [0-9]+ values/,
  ],
  'one object, 350,000 members': [
    () => config(`{${Array.from({ length: 350e3 }, (_, at) => `"k${at}":1`).join(',')}}}`),
    /more than [0-9]+ values/,
  ],
  'a number of 60 million digits': [() => config(`{"a":${'1'.repeat(60e6)}}}`), /digits/],
  'a text of 100 MiB': [() => config(`"${'x'.repeat(100 * MiB)}"}`), /more than 64 MiB/],
  'empty messages, 30 million': [
    () => Buffer.concat([field(1, Buffer.from('a')), Buffer.alloc(60 * MiB, Buffer.of(0x32, 0))]),
    /more than [0-9]+ values/,
  ],
  'events of one hook, 60 million': [
    () => field(6, field(5, Buffer.alloc(60 * MiB))),
    /more than [0-9]+ values/,
  ],
  'a chart in two pieces, again and again': [
    () =>
      Buffer.concat([
        field(3, field(9, Buffer.alloc(32 * MiB))),
        Buffer.alloc(20_000, field(3, Buffer.of())),
      ]),
    /more than [0-9]+ values/,
  ],
};

const ordinary = packed(config('{}}'));
let usual: Used;
beforeAll(async () => {
  usual = await use(['decode'], ordinary);
  expect(usual.code).toBe(0);
});

const most = 128;

function expectBounded(used: Used): void {
  expect(used.peakMB).toBeGreaterThan(0);
  expect(used.peakMB - usual.peakMB).toBeLessThan(most);
  expect(used.cpuMs - usual.cpuMs).toBeLessThan(1000);
}

function manifest(payload: string): string {
  const labels = { owner: 'helm', name: 'a', version: '1', status: 'deployed' };
  const name = 'sh.helm.release.v1.a.v1';
  return JSON.stringify({
    ...{ apiVersion: 'v1', kind: 'Secret', type: 'helm.sh/release.v1' },
    metadata: { name, namespace: 'x', labels },
    data: { release: Buffer.from(payload).toString('base64') },
  });
}

/** A folder of its own with these files. */
function filesIn(name: string, files: { readonly [name: string]: string }): string {
  const made = join(folder, name.replace(/\W/g, '-'));
  mkdirSync(made);
  for (const [file, text] of Object.entries(files)) writeFileSync(join(made, file), text);
  return made;
}

describe.each(Object.entries(hostile))('%s', (what, [make, reason]) => {
  const payload = packed(make());

  test('decode refuses it', async () => {
    const used = await use(['decode'], payload);
    expect(used.text).toMatch(reason);
    expect(used.code).toBe(3);
    expectBounded(used);
  });

  test('list shows it as a row, beside others', async () => {
    const files = {
      'a.json': manifest(payload),
      'b.json': manifest(ordinary).replaceAll('a.v1', 'b.v1'),
    };
    const used = await use(['list', '--storage', `dir:${filesIn(what, files)}`]);
    expect(used.text).toMatch(reason);
    expect(used.code).toBe(3);
    expectBounded(used);
  });
});

/** What a file says, and the reason. */
const files: { readonly [file: string]: readonly [() => string, RegExp] } = {
  'lists.json': [() => '['.repeat(20e6), /nests deeper/],
  'objects.json': [() => '{"a":'.repeat(4e6), /nests deeper/],
  'zeros.json': [() => `[${'0,'.repeat(20e6)}0]`, /more than [0-9]+ values/],
  'lists.yaml': [() => '['.repeat(20e6), /nests too deep/],
  'dashes.yaml': [() => '- '.repeat(1e6), /nests too deep/],
  'questions.yaml': [() => '? '.repeat(1e6), /nests too deep/],
  'lines.yaml': [() => 'a:\n'.repeat(5e6), /too many lines/],
  'items.yaml': [() => '- 1\n'.repeat(900e3), /too many values/],
  'commas.yaml': [() => `a: [${'1,'.repeat(5e6)}]`, /too many values/],
  'aliases.yaml': [
    () =>
      `a: &a [${'x,'.repeat(9)}x]\n${[...'bcdefghij'].map((to, at) => `${to}: &${to} [${`*${'abcdefghij'[at]},`.repeat(9)}*${'abcdefghij'[at]}]\n`).join('')}`,
    /aliases/,
  ],
};

describe.each(Object.entries(files))('the file %s', (name, [make, reason]) => {
  test('is a row', async () => {
    const made = filesIn(name, { [name]: make() });
    const used = await use(['list', '--storage', `dir:${made}`]);
    expect(used.text).toMatch(reason);
    expect(used.code).toBe(3);
    // The file itself is read whole, and it isn't packed.
    expect(used.peakMB - usual.peakMB).toBeLessThan(most + 60);
    expect(used.cpuMs - usual.cpuMs).toBeLessThan(1000);
  });
});

describe('an archive whose index', () => {
  let whole: { [name: string]: Uint8Array };
  beforeAll(async () => {
    const source = filesIn('source', { 'a.json': manifest(ordinary) });
    const path = join(folder, 'whole.zip');
    const { code, text } = await use(['backup', '--all', '--storage', `dir:${source}`, path]);
    expect(code, text).toBe(0);
    whole = unzipSync(readFileSync(path));
  });

  test.each([
    ['nests', () => '['.repeat(100e6), /damaged/],
    ['lists zeros', () => `[${'0,'.repeat(50e6)}0]`, /damaged/],
    ['nests in little', () => '['.repeat(500e3), /nests deeper/],
    ['has many labels', () => `{"records":[${'0,'.repeat(400e3)}0]}`, /more than [0-9]+ values/],
  ])('%s is refused', async (what, make, reason) => {
    const zip = zipSync({ ...whole, 'index.json': Buffer.from(make()) }, { level: 9 });
    const end = zip.length - 22;
    const digest = createHash('sha256').update(zip.subarray(0, end));
    const path = join(folder, `${what.replace(/\W/g, '-')}.zip`);
    writeFileSync(path, Buffer.concat([zip.subarray(0, end), sealed(zip.subarray(end), digest)]));
    const used = await use(['verify', path]);
    expect(used.text).toMatch(reason);
    expect(used.code).not.toBe(0);
    expectBounded(used);
  });
});
