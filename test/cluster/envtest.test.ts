/** The download of published test binaries, against a server of our own: most machines never see it fail. */
import { createHash } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterEach, describe, expect, it } from 'vitest';
import { downloadEnvtest } from './envtest.ts';

const system = process.platform === 'win32' ? 'windows' : process.platform;
const arch = process.arch === 'x64' ? 'amd64' : process.arch;
const version = '1.37.0';
const archiveName = `envtest-v${version}-${system}-${arch}.tar.gz`;
const wanted = ['etcd', 'kube-apiserver'];
const quiet = () => {};
let server: Server | undefined;

afterEach(() => {
  server?.close();
  server = undefined;
});

/** A header as ustar writes it, as far as a reader of regular files looks. */
function tarEntry(name: string, content: string, type = '0'): Buffer {
  const header = Buffer.alloc(512);
  header.write(name, 0);
  header.write(content.length.toString(8).padStart(11, '0'), 124);
  header.write(type, 156);
  const padding = Buffer.alloc((512 - (content.length % 512)) % 512);
  return Buffer.concat([header, Buffer.from(content), padding]);
}

function archiveOf(...names: string[]): Buffer {
  const folder = tarEntry('controller-tools/envtest/', '', '5');
  const files = names.map((name) =>
    tarEntry(`controller-tools/envtest/${name}`, `${name}, `.repeat(100)),
  );
  return gzipSync(Buffer.concat([folder, ...files, Buffer.alloc(1024)]));
}

const sha512 = (bytes: Buffer) => createHash('sha512').update(bytes).digest('hex');

/** Serves an index and an archive; returns the index's address. */
async function publish(archive: Buffer, hash = sha512(archive), name = archiveName) {
  const listening = createServer((request, response) => {
    const base = `http://${request.headers.host}`;
    const entry = `      hash: ${hash}\n      selfLink: ${base}/archive\n`;
    const index = `releases:\n  v${version}:\n    ${name}:\n${entry}`;
    if (request.url === '/index') response.end(index);
    else if (request.url === '/archive') response.end(archive);
    else response.writeHead(404).end();
  });
  server = listening;
  await new Promise<void>((done) => listening.listen(0, '127.0.0.1', done));
  const address = listening.address();
  if (address === null || typeof address === 'string') throw new Error('no address');
  return `http://127.0.0.1:${address.port}`;
}

describe('downloadEnvtest', () => {
  it('hands out each program of an archive that is what its checksum says', async () => {
    const base = await publish(archiveOf('kubectl', 'etcd', 'kube-apiserver'));
    const lines: string[] = [];
    const programs = await downloadEnvtest(
      version,
      wanted,
      (line) => lines.push(line),
      `${base}/index`,
    );
    expect([...programs.keys()]).toEqual(wanted);
    expect(lines).toEqual([`test binaries: downloading ${archiveName}`]);
    const folder = mkdtempSync(join(tmpdir(), 'envtest-'));
    try {
      for (const [name, write] of programs) {
        write(join(folder, name));
        expect(readFileSync(join(folder, name), 'utf8')).toBe(`${name}, `.repeat(100));
      }
    } finally {
      rmSync(folder, { recursive: true });
    }
  });

  it('refuses an archive with another checksum', async () => {
    const base = await publish(archiveOf(...wanted), sha512(Buffer.from('something else')));
    const result = downloadEnvtest(version, wanted, quiet, `${base}/index`);
    await expect(result).rejects.toThrow('not what its published checksum says');
  });

  it('refuses an archive without one of the programs, and one that is cut short', async () => {
    const base = await publish(archiveOf('etcd'));
    const result = downloadEnvtest(version, wanted, quiet, `${base}/index`);
    await expect(result).rejects.toThrow('holds no kube-apiserver');
    server?.close();
    const short = gzipSync(tarEntry('etcd', 'x'.repeat(2000)).subarray(0, 1024));
    const other = await publish(short);
    const second = downloadEnvtest(version, wanted, quiet, `${other}/index`);
    await expect(second).rejects.toThrow('cut short');
  });

  it('says so when the index has nothing for this platform, or is not there', async () => {
    const base = await publish(archiveOf(...wanted), undefined, 'envtest-v1-plan9-mips.tar.gz');
    const nothing = downloadEnvtest(version, wanted, quiet, `${base}/index`);
    await expect(nothing).rejects.toThrow(`has no ${archiveName}`);
    const missing = downloadEnvtest(version, wanted, quiet, `${base}/elsewhere`);
    await expect(missing).rejects.toThrow('HTTP status 404');
  });
});
