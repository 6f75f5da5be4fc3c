/** Archives: what goes in comes out, and whatever isn't exactly what went in is refused. */
import { createHash } from 'node:crypto';
import {
  existsSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { generateX25519Identity, identityToRecipient } from 'age-encryption';
import { unzipSync, zipSync } from 'fflate';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { isReleasesError } from '../../src/errors.ts';
import { isBad, type ReadRecord, type ReleaseRecord } from '../../src/record.ts';
import { type ArchiveOptions, openArchive } from '../../src/storage/archive/archive.ts';
import { indexName } from '../../src/storage/archive/index.ts';
import { commentSize, sealed } from '../../src/storage/archive/seal.ts';
import { helm3Record, tillerRecord } from '../contract/stores.ts';
import { runCli } from './cli-io.ts';

let folder = '';
let path = '';
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'releases-archive-'));
  path = join(folder, 'backup.zip');
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const about = { tool: 'kubectl-releases 0', created: '2026-01-02T03:04:05Z', from: ['secret:pay'] };
const some: readonly ReleaseRecord[] = [
  helm3Record('Secret', 'pay', 'app', 1),
  { ...helm3Record('Secret', 'pay', 'app', 2), annotations: { note: 'kept' } },
  { ...helm3Record('ConfigMap', 'web', 'big'), payload: 'QUJD'.repeat(100_000) },
  tillerRecord('ConfigMap', 'kube-system', 'nul'),
];

async function make(records = some, options: ArchiveOptions = {}): Promise<void> {
  const archive = await openArchive(path, { create: true, about, ...options });
  for (const record of records) await archive.create(record);
  await archive.seal?.();
  await archive.close();
}

async function readAll(options: ArchiveOptions = {}): Promise<ReadRecord[]> {
  const archive = await openArchive(path, options);
  try {
    const records: ReadRecord[] = [];
    for await (const page of archive.list({})) records.push(...page);
    return records;
  } finally {
    await archive.close();
  }
}

async function refusal(work: Promise<unknown>): Promise<string> {
  const error = await work.then(
    () => 'it was taken',
    (reason: unknown) => reason,
  );
  if (!isReleasesError(error)) throw error instanceof Error ? error : new Error(String(error));
  return `${error.code}: ${error.message}`;
}

const bare = (records: readonly ReadRecord[]) =>
  records.map((record) => {
    if (isBad(record)) return record;
    const { kind, namespace, key, labels, type, annotations, payload } = record;
    return { kind, namespace, key, labels, type, annotations, payload };
  });

describe('an archive', () => {
  it('gives back what it got, says what it is, and is its owner’s alone', async () => {
    await make();
    expect(bare(await readAll())).toEqual(bare(some));
    expect(statSync(path).mode & 0o777).toBe(0o600);
    expect(readdirSync(folder)).toEqual(['backup.zip']);
    const archive = await openArchive(path);
    expect(archive.about).toMatchObject(about);
    expect(await archive.get(some[1] as ReleaseRecord)).toMatchObject({
      annotations: { note: 'kept' },
    });
    const metas = [];
    for await (const page of archive.listMeta({ owner: 'tiller' })) metas.push(...page);
    expect(metas).toHaveLength(1);
    expect(metas[0]).not.toHaveProperty('payload');
    await archive.close();
  });

  it('is a plain zip of manifests for every other program', async () => {
    await make();
    const files = unzipSync(readFileSync(path));
    const names = Object.keys(files).sort();
    expect(names).toEqual([
      indexName,
      'records/configmap_kube-system_nul.v1.json',
      'records/configmap_web_sh.helm.release.v1.big.v1.json',
      'records/secret_pay_sh.helm.release.v1.app.v1.json',
      'records/secret_pay_sh.helm.release.v1.app.v2.json',
    ]);
    const object = JSON.parse(Buffer.from(files[names[3] ?? ''] ?? []).toString());
    expect(object).toMatchObject({ kind: 'Secret', type: 'helm.sh/release.v1' });
  });

  it('is never changed once it is there', async () => {
    await make();
    const archive = await openArchive(path, { create: true });
    expect(await refusal(archive.create(some[0] as ReleaseRecord))).toMatch(/^EXISTS/);
    expect(await refusal(archive.create(helm3Record('Secret', 'pay', 'new')))).toMatch(
      /^FILE: .*never changed/,
    );
    expect(await refusal(archive.delete(some[0] as ReleaseRecord))).toMatch(/never changed/);
    await archive.close();
  });

  it('takes a record once, and nothing is there before it is sealed', async () => {
    const archive = await openArchive(path, { create: true, about });
    await archive.create(some[0] as ReleaseRecord);
    expect(await refusal(archive.create(some[0] as ReleaseRecord))).toMatch(/^EXISTS/);
    expect(existsSync(path)).toBe(false);
    await archive.close();
    expect(readdirSync(folder)).toEqual([]);
  });

  it('does not overwrite a file that somebody put there meanwhile', async () => {
    const archive = await openArchive(path, { create: true, about });
    await archive.create(some[0] as ReleaseRecord);
    writeFileSync(path, 'mine');
    expect(await refusal(archive.seal?.() ?? Promise.resolve())).toMatch(/^EXISTS/);
    await archive.close();
    expect(readFileSync(path, 'utf8')).toBe('mine');
    expect(readdirSync(folder)).toEqual(['backup.zip']);
  });

  it('that is cut while it is open is said so, and is no fault of the program', async () => {
    await make();
    const archive = await openArchive(path);
    truncateSync(path, 100);
    const said = await refusal(
      archive.get({ kind: 'Secret', namespace: 'pay', key: some[0]?.key ?? '' }),
    );
    await archive.close();
    expect(said).toMatch(/^FILE: .*backup\.zip: it ended early: somebody cut it/);
  });

  it('that is not there is said so', async () => {
    expect(await refusal(openArchive(path))).toMatch(/^NOT_FOUND/);
    expect(await refusal(openArchive(folder))).toMatch(
      /^FILE: .* is a folder, and an archive is a file/,
    );
  });
});

describe('encrypted', () => {
  it('opens with its passphrase and with nothing else', async () => {
    await make(some, { encryption: { passphrase: 'open sesame' } });
    expect(readFileSync(path).includes('index.json')).toBe(false);
    expect(bare(await readAll({ keys: { passphrase: 'open sesame' } }))).toEqual(bare(some));
    expect(await refusal(readAll({ keys: { passphrase: 'sesame' } }))).toMatch(
      /^UNREADABLE: .*does not open with this passphrase/,
    );
    expect(await refusal(readAll())).toMatch(/^USAGE: .*passphrase/);
  });

  it('for a recipient opens with the identity, and every flipped bit and cut is noticed', async () => {
    const identity = await generateX25519Identity();
    const recipient = await identityToRecipient(identity);
    await make(some, { encryption: { recipients: [recipient] } });
    const keys = { identities: [identity] };
    expect(bare(await readAll({ keys }))).toEqual(bare(some));
    const other = await generateX25519Identity();
    expect(await refusal(readAll({ keys: { identities: [other] } }))).toMatch(/^UNREADABLE/);
    const whole = readFileSync(path);
    for (let n = 0; n < 60; n++) {
      const at = Math.floor((whole.length * n) / 60);
      const bad = Buffer.from(whole);
      bad[at] = (bad[at] ?? 0) ^ 1;
      writeFileSync(path, bad);
      expect(await refusal(readAll({ keys })), `byte ${at}`).toMatch(/^UNREADABLE|^USAGE/);
      writeFileSync(path, whole.subarray(0, at));
      expect(await refusal(readAll({ keys })), `cut at ${at}`).toMatch(/^UNREADABLE/);
    }
    // Cut where a chunk of age's ends, what is left is still made of sound chunks.
    const start = whole.indexOf('\n', whole.indexOf('\n--- ') + 1) + 1 + 16;
    writeFileSync(path, whole.subarray(0, start + 65_552));
    expect(await refusal(readAll({ keys }))).toMatch(/^UNREADABLE/);
  });
});

describe('a damaged or hostile archive', () => {
  it('with any byte changed is refused', async () => {
    await make([some[0], some[3]] as ReleaseRecord[]);
    const whole = readFileSync(path);
    for (let at = 0; at < whole.length; at++) {
      const bad = Buffer.from(whole);
      bad[at] = (bad[at] ?? 0) ^ (1 << (at % 8));
      writeFileSync(path, bad);
      expect(await refusal(readAll()), `byte ${at}`).toMatch(/^UNREADABLE/);
    }
  });

  it('cut short anywhere, or with more after its end, is refused', async () => {
    await make([some[0]] as ReleaseRecord[]);
    const whole = readFileSync(path);
    for (let end = 0; end < whole.length; end++) {
      writeFileSync(path, whole.subarray(0, end));
      expect(await refusal(readAll()), `cut at ${end}`).toMatch(/^UNREADABLE/);
    }
    writeFileSync(path, Buffer.concat([whole, Buffer.from('\n')]));
    expect(await refusal(readAll())).toMatch(/^UNREADABLE/);
  });

  /** The archive's files, changed by somebody who can also seal it anew. */
  async function forge(change: (files: { [name: string]: Uint8Array }) => void): Promise<string> {
    await make();
    const files = unzipSync(readFileSync(path));
    change(files);
    const zip = zipSync(files, { level: 1 });
    const digest = createHash('sha256').update(zip.subarray(0, zip.length - 22));
    const end = sealed(zip.subarray(zip.length - 22), digest);
    writeFileSync(path, Buffer.concat([zip.subarray(0, zip.length - 22), end]));
    return refusal(readAll());
  }

  const first = 'records/secret_pay_sh.helm.release.v1.app.v1.json';
  interface LooseIndex {
    version: number;
    records: { [field: string]: unknown }[];
  }
  const changeIndex = (
    files: { [name: string]: Uint8Array },
    change: (index: LooseIndex, first: { [field: string]: unknown }) => void,
  ) => {
    const index: LooseIndex = JSON.parse(Buffer.from(files[indexName] ?? []).toString());
    change(index, index.records[0] ?? {});
    files[indexName] = Buffer.from(JSON.stringify(index));
  };

  it('with two files of one record is refused, whichever of them is the right one', async () => {
    const said = await forge((files) => {
      const other = first.replace('secret_pay_', 'secret_%70ay_');
      const text = Buffer.from(files[first] ?? []).toString();
      const changed = Buffer.from(text.replace('"labels":{', '"labels": {'));
      files[other] = changed;
      changeIndex(files, (index, one) => {
        const sha256 = createHash('sha256').update(changed).digest('hex');
        index.records.push({ ...one, file: other, bytes: changed.length, sha256 });
      });
    });
    expect(said).toBe(
      `UNREADABLE: ${path}: the archive is damaged, or none of ours: two of its files are secret pay/sh.helm.release.v1.app.v1`,
    );
  });

  it('with a namespace that is a way out is restored in no part', async () => {
    const taken = forge((files) => {
      const text = Buffer.from(files[first] ?? []).toString();
      const changed = Buffer.from(text.replace('"namespace":"pay"', '"namespace":"../x"'));
      files[first] = changed;
      changeIndex(files, (_, one) => {
        const sha256 = createHash('sha256').update(changed).digest('hex');
        Object.assign(one, { namespace: '../x', bytes: changed.length, sha256 });
      });
    });
    expect(await taken.catch((error: Error) => error.message)).toBe('it was taken');
    expect((await runCli(['verify', path])).code).toBe(3);
    const line = ['restore', path, 'app', '--to', `dir:${join(folder, 'to')}`, '--yes'];
    const { code, out } = await runCli(line);
    expect(code, out).toBe(3);
    expect(out).toContain('it is in a namespace that Kubernetes could not have');
    expect(readdirSync(join(folder, 'to'))).toEqual(['pay']);
  });

  it('is taken when it was only packed anew: the forgery below is refused for what it says', async () => {
    expect(await forge(() => {}).catch((error: Error) => error.message)).toBe('it was taken');
  });

  it.each([
    '../escape.json',
    '/etc/passwd',
    'records/../../escape.json',
    'records/secret_a_b\n.json',
    'records/secret_a_b\u001b[31m.json',
    'records\\secret_a_b.json',
    'records/NUL',
    'records/con.json',
    'C:/x.json',
    'records/secret_a_b.json/',
  ])('with a file named %j is refused, and nothing is written', async (name) => {
    const before = readdirSync(tmpdir()).length;
    expect(await forge((files) => (files[name] = Buffer.from('{}')))).toMatch(
      /^UNREADABLE: .*(no archive of ours has|overlap)/,
    );
    expect(readdirSync(folder)).toEqual(['backup.zip']);
    expect(Math.abs(readdirSync(tmpdir()).length - before)).toBeLessThan(50);
  });

  it.each<[string, (files: { [name: string]: Uint8Array }) => void, RegExp]>([
    ['lacks a file of its index', (files) => delete files[first], /disagree/],
    [
      'has a file beside its index',
      (files) => (files['records/secret_a_b.json'] = Buffer.from('{}')),
      /disagree/,
    ],
    ['lacks its index', (files) => delete files[indexName], /has no index/],
    [
      'has a larger file than its index says',
      (files) =>
        changeIndex(files, (_, record) => {
          record.bytes = Number(record.bytes) - 1;
        }),
      /larger than its index/,
    ],
    [
      'has another record than its index says',
      (files) =>
        changeIndex(files, (_, record) => {
          record.key = 'sh.helm.release.v1.other.v1';
        }),
      /not the one that its index names/,
    ],
    [
      'has other labels than its index says',
      (files) =>
        changeIndex(files, (_, record) => {
          record.labels = { status: 'failed' };
        }),
      /not the one that its index names/,
    ],
    [
      'has another digest in its index',
      (files) =>
        changeIndex(files, (_, record) => {
          record.sha256 = '0'.repeat(64);
        }),
      /not the one that its index names/,
    ],
    [
      'has another payload digest',
      (files) =>
        changeIndex(files, (_, record) => {
          record.payload = { bytes: 1, sha256: '0'.repeat(64) };
        }),
      /payload is not/,
    ],
    [
      'names one file twice',
      (files) =>
        changeIndex(files, (index, record) => {
          Object.assign(index.records[1] ?? {}, { file: record.file });
        }),
      /disagree/,
    ],
    [
      'lists what is no record',
      (files) =>
        changeIndex(files, (index) => {
          index.records[0] = [] as never;
        }),
      /no record/,
    ],
    ['has an index that is no JSON', (files) => (files[indexName] = Buffer.from('{')), /no JSON/],
    [
      'is of a later version',
      (files) =>
        changeIndex(files, (index) => {
          index.version = 2;
        }),
      /newer kubectl-releases/,
    ],
    [
      'says its version as a text',
      (files) =>
        changeIndex(files, (index) => {
          index.version = '1' as never;
        }),
      /says no version/,
    ],
  ])('that %s is refused', async (_, change, message) => {
    expect(await forge(change)).toMatch(message);
  });

  /** As `forge`, with the bytes of the zip in hand. */
  async function forgeBytes(change: (zip: Buffer) => void): Promise<string> {
    await make();
    const size = statSync(path).size - commentSize;
    const zip = Buffer.from(readFileSync(path).subarray(0, size));
    zip.writeUInt16LE(0, size - 2);
    change(zip);
    const digest = createHash('sha256').update(zip.subarray(0, size - 22));
    const end = sealed(zip.subarray(size - 22), digest);
    writeFileSync(path, Buffer.concat([zip.subarray(0, size - 22), end]));
    return refusal(readAll());
  }

  /** The directory's entry of the first record, 46 bytes before its name. */
  const entryAt = (zip: Buffer) => zip.lastIndexOf(first) - 46;

  it.each<[string, (zip: Buffer) => void, RegExp]>([
    [
      'two files of one name',
      (zip) => {
        const other = first.replace('.v1.json', '.v2.json');
        for (let at = zip.indexOf(other); at >= 0; at = zip.indexOf(other)) zip.write(first, at);
      },
      /two files of one name/,
    ],
    ['a link', (zip) => zip.writeUInt32LE(0o120777 * 2 ** 16, entryAt(zip) + 38), /no plain file/],
    ['a cipher of its own', (zip) => zip.writeUInt16LE(1, entryAt(zip) + 8), /no plain file/],
    [
      'one file over another',
      (zip) => {
        const next = zip.lastIndexOf(first.replace('.v1.json', '.v2.json')) - 46;
        zip.writeUInt32LE(0, next + 42);
      },
      /overlap/,
    ],
  ])('with %s is refused', async (_, change, message) => {
    expect(await forgeBytes(() => {}).catch((error: Error) => error.message)).toBe('it was taken');
    rmSync(path);
    expect(await forgeBytes(change)).toMatch(message);
  });

  it('that unpacks to more than it says is refused before it does', async () => {
    const bomb = Buffer.alloc(130 * 1024 * 1024);
    const before = process.memoryUsage().rss;
    expect(await forge((files) => (files[first] = bomb))).toMatch(/no archive of ours has|larger/);
    expect(commentSize).toBeGreaterThan(64);
    expect(process.memoryUsage().rss - before).toBeLessThan(600 * 1024 * 1024);
  });
});
