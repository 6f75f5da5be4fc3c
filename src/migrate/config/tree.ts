/**
 * A folder or a file as it is on disk, with a digest that is the same for a faithful copy: names,
 * contents, whether files can be run, and where links lead, seen from the top.
 */

import { createHash, type Hash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { lstat, readdir, readlink, realpath } from 'node:fs/promises';
import { dirname, join, relative, resolve, sep } from 'node:path';
import { printable, UnreadableError } from '../../errors.ts';
import { reasonOf } from '../../systemErrors.ts';

export interface TreeEntry {
  /** From the top, '' for the top itself. */
  readonly path: string;
  readonly kind: 'folder' | 'file' | 'link';
  /** Permission bits. */
  readonly mode: number;
  /** Of a link: a path from the top when it stays inside, else an absolute one. */
  readonly target?: { readonly inside: boolean; readonly path: string };
}

export interface Tree {
  readonly entries: readonly TreeEntry[];
  /** SHA-256, in hex. */
  readonly digest: string;
}

const limits = { entries: 100_000, depth: 64, bytes: 2 * 1024 ** 3 };

interface Walk {
  readonly top: string;
  /** Folders that no link may lead into from here, because they may be removed one day. */
  readonly leaving: readonly string[];
  readonly entries: TreeEntry[];
  readonly hash: Hash;
  bytes: number;
}

/**
 * @param top absolute, with all its links resolved
 * @param leaving see `Walk`; none for a tree that is only compared
 * @throws UnreadableError with the first path below the top that can't be copied, and why
 */
export async function readTree(top: string, leaving: readonly string[] = []): Promise<Tree> {
  const walk: Walk = { top, leaving, entries: [], hash: createHash('sha256'), bytes: 0 };
  await visit(walk, '', 0);
  return { entries: walk.entries, digest: walk.hash.digest('hex') };
}

async function visit(walk: Walk, path: string, depth: number): Promise<void> {
  const absolute = join(walk.top, path);
  if (depth > limits.depth) throw problem(path, 'folders nest too deeply');
  if (walk.entries.length >= limits.entries)
    throw problem('', `it holds more than ${limits.entries} files`);
  try {
    const stat = await lstat(absolute);
    const mode = stat.mode & 0o777;
    if (stat.isSymbolicLink()) {
      const target = await linkTarget(walk, path);
      walk.entries.push({ path, kind: 'link', mode, target });
      note(walk, 'link', path, `${target.inside ? '>' : '='}${target.path}`);
    } else if (stat.isDirectory()) {
      walk.entries.push({ path, kind: 'folder', mode });
      note(walk, 'folder', path, '');
      for (const name of (await readdir(absolute)).sort())
        await visit(walk, path === '' ? name : join(path, name), depth + 1);
    } else if (stat.isFile()) {
      walk.bytes += stat.size;
      if (walk.bytes > limits.bytes) throw problem('', 'it holds more than 2 GiB');
      walk.entries.push({ path, kind: 'file', mode });
      note(walk, mode & 0o100 ? 'program' : 'file', path, await digestOf(absolute));
    } else throw problem(path, 'neither a file, a folder nor a link');
  } catch (error) {
    if (error instanceof UnreadableError) throw error;
    throw problem(path, `can't be read: ${reasonOf((error as NodeJS.ErrnoException).code)}`);
  }
}

/** Each part with its length, so that no two trees look the same. */
function note(walk: Walk, ...parts: readonly string[]): void {
  for (const part of parts) walk.hash.update(`${Buffer.byteLength(part)}:${part}`);
}

async function digestOf(file: string): Promise<string> {
  const hash = createHash('sha256');
  for await (const part of createReadStream(file)) hash.update(part as Buffer);
  return hash.digest('hex');
}

async function linkTarget(walk: Walk, path: string): Promise<{ inside: boolean; path: string }> {
  const absolute = join(walk.top, path);
  const written = resolve(dirname(absolute), await readlink(absolute));
  // A link to nothing is copied like any other: it is as useful as it was.
  const real = await realpath(written).catch(() => written);
  if (isWithin(real, walk.top)) return { inside: true, path: relative(walk.top, real) };
  if (walk.leaving.some((folder) => isWithin(real, folder)))
    throw problem(path, "a link to another place in Helm 2's home");
  return { inside: false, path: real };
}

/** Whether a path is a folder or in it; both absolute. */
export function isWithin(path: string, folder: string): boolean {
  return path === folder || path.startsWith(folder.endsWith(sep) ? folder : folder + sep);
}

function problem(path: string, why: string): UnreadableError {
  return new UnreadableError(path === '' ? why : `${printable(path)}: ${why}`);
}
