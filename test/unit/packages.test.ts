/** What the standalone packages are made of: archives, Apple's signature, notices, and what krew reads. */
import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { gunzipSync } from 'node:zlib';
import { unzipSync } from 'fflate';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { bundledPackages } from '../../scripts/build.mjs';
import { tarGz, zip } from '../../scripts/package/archive.mjs';
import { checkSignature, signed } from '../../scripts/package/codeSignature.mjs';
import { licencesIn, packagesInside } from '../../scripts/package/components.mjs';
import { archiveName, contentsOf } from '../../scripts/package/contents.mjs';
import { insideBun } from '../../scripts/package/insideBun.mjs';
import { krewManifest } from '../../scripts/package/krew.mjs';
import { notices } from '../../scripts/package/notices.mjs';
import {
  bunVersion,
  hostPlatform,
  platforms,
  programOf,
} from '../../scripts/package/platforms.mjs';
import { runtimeOf } from '../../scripts/package/runtime.mjs';
import { krewFaults } from '../packages/krew.ts';

const root = new URL('../../', import.meta.url);
const read = (name: string) => readFileSync(new URL(name, root), 'utf8');
const { version } = JSON.parse(read('package.json')) as { version: string };
const template = read('krew-manifest.yaml');
const url = 'https://example.org/releases';
const manifestOf = (sha256: string) =>
  krewManifest(
    template,
    platforms.map((platform) => ({ platform, sha256 })),
    { version, url },
  );
const all = () => parse(manifestOf('0123456789abcdef'.repeat(4)));

describe('an archive', () => {
  const entries = [
    { name: 'run', content: Buffer.from('#!/bin/sh\n'), executable: true },
    { name: 'LICENSE', content: Buffer.from('text') },
  ];

  it('holds plain files with their modes, as tar', async () => {
    const tar = gunzipSync(await tarGz(entries));
    const headers = [0, 1024].map((at) => ({
      name: tar.toString('latin1', at, at + 100).replace(/\0+$/, ''),
      mode: Number.parseInt(tar.toString('latin1', at + 100, at + 108), 8),
      size: Number.parseInt(tar.toString('latin1', at + 124, at + 136), 8),
      type: tar.toString('latin1', at + 156, at + 157),
    }));
    expect(headers).toEqual([
      { name: 'run', mode: 0o755, size: 10, type: '0' },
      { name: 'LICENSE', mode: 0o644, size: 4, type: '0' },
    ]);
  });

  it('holds plain files with their modes, as zip', () => {
    const bytes = zip(entries);
    const files = unzipSync(bytes);
    expect(Object.keys(files)).toEqual(['run', 'LICENSE']);
    expect(Buffer.from(files['LICENSE'] ?? []).toString()).toBe('text');
    // The upper half of the external attributes, in the first entry of the directory.
    const directory = bytes.indexOf('PK\x01\x02');
    expect(bytes.readUInt32LE(directory + 38) >>> 16).toBe(0o100755);
  });

  it('has the same bytes whatever the clock and the time zone', async () => {
    const zone = process.env.TZ;
    const made: string[] = [];
    for (const TZ of ['UTC', 'Pacific/Auckland']) {
      process.env.TZ = TZ;
      made.push(Buffer.concat([await tarGz(entries), zip(entries)]).toString('hex'));
    }
    if (zone === undefined) delete process.env.TZ;
    else process.env.TZ = zone;
    expect(made[0]).toBe(made[1]);
  });
});

describe('an ad-hoc signature', () => {
  const program = signed(machO(3 * 4096 + 100), 'kubectl-releases');

  it('covers every page, under the name, to the end of the file', () => {
    const pages = { pages: 4, wrongPages: 0 };
    expect(checkSignature(program)).toEqual({
      ...{ identifier: 'kubectl-releases', adHoc: true, atEnd: true, ...pages },
    });
  });

  it.each([250, 5000, 3 * 4096 + 99])('does not hold when byte %i is another', (at) => {
    const changed = Buffer.from(program);
    changed[at] = (changed[at] ?? 0) ^ 1;
    expect(checkSignature(changed).wrongPages).toBe(1);
  });

  it('does not hold for a longer or shorter file', () => {
    expect(checkSignature(Buffer.concat([program, Buffer.alloc(1)])).atEnd).toBe(false);
    expect(checkSignature(program.subarray(0, -1)).atEnd).toBe(false);
  });

  it('replaces another one, as often as one likes', () => {
    expect(signed(program, 'kubectl-releases').equals(program)).toBe(true);
    expect(checkSignature(signed(program, 'other-name')).identifier).toBe('other-name');
  });
});

describe('the notices and the SBOM', () => {
  it('name every package of the bundle with its licence', async () => {
    const text = await notices();
    for (const { name, version: own, licence, text: words } of await packagesInside()) {
      expect(text).toContain(`${name} ${own} (${licence})\n`);
      expect(words?.length ?? 0, name).toBeGreaterThan(200);
    }
    for (const { name, licence, copyright, version: own } of insideBun) {
      expect(text).toContain(`  ${name}${own ? ` ${own[1]}` : ''}: ${licence}\n`);
      if (copyright) expect(text).toContain(`\n    ${copyright}\n`);
      for (const id of licencesIn(licence)) expect(text).toContain(`\n${id}\n---`);
    }
  });

  it('name every package of the library, too', async () => {
    const named = (await packagesInside()).map(({ name, version: own }) => `${name}@${own}`);
    for (const entry of ['src/library/codecs.ts', 'src/library/stores.ts'])
      for (const folder of await bundledPackages(entry)) {
        const { name, version: own } = JSON.parse(read(`${folder}/package.json`));
        expect(named).toContain(`${name}@${own}`);
      }
  });

  it('name what Bun itself says that it holds, at the same versions', async () => {
    const bun = await runtimeOf(hostPlatform(), () => {});
    const { stdout } = spawnSync(bun, ['-p', 'JSON.stringify(process.versions)'], {
      ...{ encoding: 'utf8', cwd: tmpdir() },
    });
    const versions: { [key: string]: string } = JSON.parse(stdout);
    // Whose interface it has, not what it holds; uSockets comes with uWebSockets.
    const others = ['node', 'openssl', 'v8', 'uv', 'napi', 'unicode', 'typescript', 'modules'];
    for (const key of [...others, 'usockets']) delete versions[key];
    expect(Object.fromEntries(insideBun.flatMap(({ version: own }) => (own ? [own] : [])))).toEqual(
      versions,
    );
    expect(versions['bun']).toBe(bunVersion);
  }, 120_000);

  it('are in each archive with the program, the licence and the Helm plugin', async () => {
    for (const platform of platforms) {
      const contents = await contentsOf(platform, Buffer.from('program'), version);
      const names = contents.map(({ name }) => name);
      expect(names[0]).toBe(programOf(platform));
      expect(names).toEqual(
        expect.arrayContaining([
          'LICENSE',
          'THIRD-PARTY-NOTICES.txt',
          'sbom.cdx.json',
          'plugin.yaml',
          platform.os === 'windows' ? 'completion.yaml' : 'plugin.complete',
        ]),
      );
      const file = (wanted: string) =>
        contents.find(({ name }) => name === wanted)?.content ?? Buffer.alloc(0);
      const plugin = parse(file('plugin.yaml').toString());
      expect(plugin.command).toBe(`$HELM_PLUGIN_DIR/${programOf(platform)}`);
      expect(plugin.description).not.toContain('Node');
      const complete = contents.find(({ name }) => name === 'plugin.complete');
      expect(complete?.executable).toBe(platform.os === 'windows' ? undefined : true);
      if (complete) expect(complete.content.toString()).not.toContain('node');
      const sbom = JSON.parse(file('sbom.cdx.json').toString());
      expect(sbom.components.length).toBe((await packagesInside()).length + 1);
      const refs = sbom.components.map((one: { 'bom-ref': string }) => one['bom-ref']);
      const [runtime] = sbom.components;
      expect(runtime).toMatchObject({ name: platform.runtime, version: bunVersion });
      expect(runtime.hashes[0].content).toBe(
        Buffer.from(platform.integrity.replace('sha512-', ''), 'base64').toString('hex'),
      );
      expect(runtime.components).toHaveLength(insideBun.length - 1);
      expect(sbom.dependencies[0].dependsOn).toEqual(refs);
      expect(new Set(refs).size).toBe(refs.length);
      for (const { hashes, licenses, purl } of sbom.components) {
        expect(hashes[0].content).toMatch(/^[0-9a-f]{128}$/);
        expect(licenses).toHaveLength(1);
        expect(purl).toMatch(/^pkg:npm\/(%40[\w.-]+\/)?[\w.-]+@\d/);
      }
    }
  });
});

describe('the krew manifest of a release', () => {
  it('says nothing of how it was made', () => {
    expect(manifestOf('f'.repeat(64))).toMatch(/^apiVersion: /);
  });

  it('keeps krew’s rules', () => {
    expect(krewFaults('releases', all())).toEqual([]);
  });

  it('has each platform once, with its archive, its program and nothing that is not in the archive', async () => {
    const entries = all().spec.platforms;
    expect(entries.length).toBe(6);
    for (const platform of platforms) {
      const { os, arch } = platform;
      const [entry, ...more] = entries.filter(
        ({ selector }: { selector: { matchLabels: object } }) =>
          JSON.stringify(selector.matchLabels) === JSON.stringify({ os, arch }),
      );
      expect(more).toEqual([]);
      expect(entry.uri).toBe(`${url}/${archiveName(platform, version)}`);
      expect(entry.bin).toBe(programOf(platform));
      const contents = await contentsOf(platform, Buffer.from('program'), version);
      const inside = contents.map(({ name }) => name);
      const froms = entry.files.map(({ from }: { from: string }) => from);
      expect(inside).toEqual(expect.arrayContaining(froms));
      expect(froms).toEqual(expect.arrayContaining([entry.bin, 'LICENSE']));
    }
  });

  it('has only the platforms that were made', () => {
    const [only] = platforms;
    const sha256 = 'f'.repeat(64);
    const text = krewManifest(template, only ? [{ platform: only, sha256 }] : [], { version, url });
    expect(parse(text).spec.platforms).toHaveLength(1);
  });

  it.each([
    ['apiVersion', (m: ReturnType<typeof all>) => (m.apiVersion = 'v1')],
    ['name', (m: ReturnType<typeof all>) => (m.metadata.name = 'kubectl releases')],
    ['shortDescription', (m: ReturnType<typeof all>) => (m.spec.shortDescription = 'a\nb')],
    ['version', (m: ReturnType<typeof all>) => (m.spec.version = '0.1')],
    ['sha256', (m: ReturnType<typeof all>) => (m.spec.platforms[0].sha256 = 'F'.repeat(64))],
    ['uri', (m: ReturnType<typeof all>) => (m.spec.platforms[0].uri = '')],
    ['bin', (m: ReturnType<typeof all>) => (m.spec.platforms[5].bin = 'kubectl-releases')],
    ['bin', (m: ReturnType<typeof all>) => (m.spec.platforms[0].bin = '../sh')],
    [
      'selector',
      (m: ReturnType<typeof all>) => (m.spec.platforms[0].selector.matchLabels = { cpu: 'x' }),
    ],
    ['selector', (m: ReturnType<typeof all>) => delete m.spec.platforms[0].selector.matchLabels.os],
    [
      'selector',
      (m: ReturnType<typeof all>) => (m.spec.platforms[0].selector.matchLabels.arch = 'x64'),
    ],
    ['files', (m: ReturnType<typeof all>) => (m.spec.platforms[0].files[0].to = './')],
    ['files', (m: ReturnType<typeof all>) => m.spec.platforms[0].files.splice(1, 1)],
  ])('is refused for a wrong %s', (what, spoil) => {
    const manifest = all();
    spoil(manifest);
    expect(krewFaults('releases', manifest).join()).toContain(what);
  });
});

/** The least Mach-O file that has a place for a signature: a header, two segments, and bytes. */
function machO(size: number): Buffer {
  const file = Buffer.alloc(size + 16, 7);
  file.fill(0, 0, 256);
  file.writeUInt32LE(0xfeedfacf, 0);
  file.writeUInt32LE(3, 16);
  const segment = (at: number, name: string, offset: number, length: number) => {
    file.writeUInt32LE(0x19, at);
    file.writeUInt32LE(72, at + 4);
    file.write(name, at + 8);
    file.writeBigUInt64LE(BigInt(offset), at + 40);
    file.writeBigUInt64LE(BigInt(length), at + 48);
  };
  segment(32, '__TEXT', 0, 4096);
  segment(104, '__LINKEDIT', 4096, size + 16 - 4096);
  file.writeUInt32LE(0x1d, 176);
  file.writeUInt32LE(16, 180);
  file.writeUInt32LE(size, 184);
  file.writeUInt32LE(16, 188);
  return file;
}
