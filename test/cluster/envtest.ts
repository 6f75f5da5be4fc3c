/**
 * The etcd and kube-apiserver that the Kubernetes project publishes for tests (controller-tools'
 * "envtest" releases): one archive for each platform, its SHA-512 in an index beside the sources.
 */
import { createHash } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { gunzipSync } from 'node:zlib';
import { parse } from 'yaml';
import type { Say } from './binaries.ts';

const publishedIndex =
  'https://raw.githubusercontent.com/kubernetes-sigs/controller-tools/HEAD/envtest-releases.yaml';
const indexTimeoutMs = 5_000;
const archiveTimeoutMs = 300_000;
const maxUnpackedBytes = 1024 ** 3;

interface Index {
  readonly releases?: {
    readonly [version: string]: {
      readonly [archive: string]: { readonly hash?: string; readonly selfLink?: string };
    };
  };
}

/**
 * Downloads the archive for this platform and checks it.
 * @param version of Kubernetes; what is published is mostly the first of a minor: 1.37.0
 * @returns for each program asked for, a function that writes it to a path
 * @throws Error when it can't be had, isn't what the index promises, or lacks a program
 */
export async function downloadEnvtest(
  version: string,
  programs: readonly string[],
  say: Say,
  index: string = publishedIndex,
): Promise<Map<string, (path: string) => void>> {
  const archive = `envtest-v${version}-${platform()}.tar.gz`;
  const list: Index = parse(String(await download(index, indexTimeoutMs)));
  const entry = list.releases?.[`v${version}`]?.[archive];
  if (!entry?.hash || !entry.selfLink) throw new Error(`the index of releases has no ${archive}`);
  say(`test binaries: downloading ${archive}`);
  const bytes = await download(entry.selfLink, archiveTimeoutMs);
  if (createHash('sha512').update(bytes).digest('hex') !== entry.hash)
    throw new Error(`${archive} is not what its published checksum says`);
  const files = untar(gunzipSync(bytes, { maxOutputLength: maxUnpackedBytes }));
  return new Map(
    programs.map((program) => {
      const [, content] = files.find(([name]) => name.split('/').pop() === program) ?? [];
      if (!content) throw new Error(`${archive} holds no ${program}`);
      return [program, (path: string) => writeFileSync(path, content)];
    }),
  );
}

function platform(): string {
  const system = process.platform === 'win32' ? 'windows' : process.platform;
  return `${system}-${process.arch === 'x64' ? 'amd64' : process.arch}`;
}

async function download(url: string, timeoutMs: number): Promise<Buffer> {
  const response = await fetch(url, { signal: AbortSignal.timeout(timeoutMs) });
  if (!response.ok) throw new Error(`HTTP status ${response.status}`);
  return Buffer.from(await response.arrayBuffer());
}

/** Regular files of a ustar archive (POSIX.1-1988): a header of 512 bytes, then content in 512s. */
function untar(tar: Buffer): [name: string, content: Buffer][] {
  const files: [string, Buffer][] = [];
  const text = (start: number, size: number) =>
    tar.toString('latin1', start, start + size).replace(/\0.*$/s, '');
  for (let at = 0; at + 512 <= tar.length && tar[at] !== 0; ) {
    const size = Number.parseInt(text(at + 124, 12).trim() || '0', 8);
    const type = text(at + 156, 1);
    if (!Number.isSafeInteger(size) || at + 512 + size > tar.length)
      throw new Error('the archive is cut short');
    if (type === '' || type === '0')
      files.push([text(at, 100), tar.subarray(at + 512, at + 512 + size)]);
    at += 512 + Math.ceil(size / 512) * 512;
  }
  return files;
}
