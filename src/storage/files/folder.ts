/** Reading all manifests of a folder, or those files of it that hold one record. */
import { lstat, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { RecordRef } from '../../record.ts';
import { nameless, readManifests } from './manifests.ts';
import { type Copy, type Held, idOf, merge, mergeCopies } from './merge.ts';
import type { Walked } from './walk.ts';

/** A larger file doesn't fit a JavaScript string once it's more than ASCII. */
export const maxFileBytes = 256 * 1024 * 1024;
const filesAtOnce = 16;

/** @returns every record of the files, and every piece that can't be read as a `BadRecord` */
export async function readFolder(root: string, files: AsyncIterable<Walked>): Promise<Held[]> {
  const copies: Copy[] = [];
  let batch: Walked[] = [];
  const flush = async () => {
    const read = await Promise.all(batch.map((walked) => readOne(root, walked)));
    for (const found of read) copies.push(...found);
    batch = [];
  };
  for await (const walked of files) {
    batch.push(walked);
    if (batch.length >= filesAtOnce) await flush();
  }
  await flush();
  return merge(copies);
}

/** @returns the copies in one file; none when the file is gone */
async function readOne(root: string, { path, unreadable }: Walked): Promise<Copy[]> {
  if (unreadable !== undefined) return [{ file: path, found: nameless(path, {}, unreadable) }];
  try {
    const text = await readManifestText(root, path);
    return text === undefined
      ? []
      : readManifests(text, path).map((found) => ({ file: path, found }));
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (typeof code !== 'string') throw error;
    const reason = code === 'TOO_LARGE' ? 'the file is too large' : `reading it failed: ${code}`;
    return [{ file: path, found: nameless(path, {}, reason) }];
  }
}

/**
 * @returns undefined when the file isn't there, or isn't a plain file
 * @throws the file system's error
 */
export async function readManifestText(root: string, path: string): Promise<string | undefined> {
  const full = join(root, path);
  try {
    const about = await lstat(full);
    if (!about.isFile()) return undefined;
    if (about.size > maxFileBytes) throw Object.assign(new Error(), { code: 'TOO_LARGE' });
    return decodeText(await readFile(full));
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
}

/** PowerShell's `>` writes UTF-16 with a byte order mark. */
export function decodeText(bytes: Buffer): string {
  return bytes[0] === 0xff && bytes[1] === 0xfe
    ? bytes.toString('utf16le')
    : bytes.toString('utf8');
}

/** The record of that name in the given files, as they are now. */
export async function findIn(
  root: string,
  files: Iterable<string>,
  ref: RecordRef,
): Promise<Held | undefined> {
  const id = idOf(ref);
  const copies: Copy[] = [];
  for (const file of [...files].sort())
    for (const copy of await readOne(root, { path: file }))
      if (!copy.found.nameless && idOf(copy.found.record) === id) copies.push(copy);
  return copies.length > 0 ? mergeCopies(copies).held : undefined;
}
