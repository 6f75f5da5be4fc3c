/** Reading all manifests of a folder, or those files of it that hold one record. */

import { lstat } from 'node:fs/promises';
import { join } from 'node:path';
import { readNamed } from '../../namedFile.ts';
import { bytesOf, metaOnly, type RecordRef } from '../../record.ts';
import { reasonOf } from '../../systemErrors.ts';
import { looksLikeRecords } from './looks.ts';
import { type Found, nameless, readManifests } from './manifests.ts';
import { type Copy, type Held, idOf, merge, mergeCopies } from './merge.ts';
import { namesAnother, saidByFile } from './saidByFile.ts';
import { tied } from './tied.ts';
import { isManifestName, type Walked } from './walk.ts';

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
  return tied(merge(copies));
}

/** @returns the copies in one file; none when the file is gone */
export async function readOne(root: string, { path, unreadable, asked }: Walked): Promise<Copy[]> {
  if (unreadable !== undefined) return [rowOf(path, unreadable)];
  const isManifest = asked || isManifestName(path);
  try {
    if (!isManifest && !(await looksLikeRecords(join(root, path))))
      return saidByFile(path) ? [rowOf(path, otherName)] : [];
    const text = await readManifestText(root, path);
    if (!isManifest) return readManifests(text ?? '', path).map((found) => asideOf(path, found));
    if (text === undefined) return [];
    const found = readManifests(text, path);
    const lacks = found.length === 0 ? whatIsLacking(text, path) : undefined;
    if (lacks !== undefined) return [rowOf(path, lacks)];
    return found.map((found) => ({ file: path, found }));
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (typeof code !== 'string') throw error;
    if (!isManifest) return [];
    const reason =
      code === 'TOO_LARGE' ? 'the file is too large' : `reading it failed: ${reasonOf(code)}`;
    return [rowOf(path, reason)];
  }
}

function rowOf(path: string, unreadable: string): Copy {
  return { file: path, found: nameless(path, {}, unreadable) };
}

const otherName = 'it is in a file whose name ends in neither .yaml, .yml nor .json';

/**
 * Why a file without any record in it isn't passed over: a machine that lost its power leaves empty files, and
 * ones that are cut off, and in YAML what is cut off may still be sound.
 */
function whatIsLacking(text: string, path: string): string | undefined {
  if (text === '') return 'it is empty';
  const said = saidByFile(path);
  if (!said || namesAnother(text, said)) return undefined;
  return 'its name is that of a record, and it holds none: perhaps it was cut off';
}

/** A file that kubectl passes over by its name: what is in it is known, and counts as not read. */
function asideOf(file: string, found: Found): Copy {
  const { record } = found;
  if (found.nameless) return { file, found };
  const storedBytes = bytesOf(record);
  const bad = { ...metaOnly(record), unreadable: otherName, storedBytes };
  return { file, found: { ...found, record: bad, isAside: true } };
}

/**
 * @returns undefined when the file isn't there, or isn't a plain file
 * @throws the file system's error
 */
export async function readManifestText(root: string, path: string): Promise<string | undefined> {
  const full = join(root, path);
  try {
    if (!(await lstat(full)).isFile()) return undefined;
    return decodeText(await readNamed(full, maxFileBytes));
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

/** The copies in one file, by `idOf`. */
type Contents = ReadonlyMap<string, readonly Copy[]>;

interface Kept {
  readonly stamp: string;
  readonly bytes: number;
  readonly contents: Promise<Contents>;
}

/** The text of files that are kept as they were read. */
const maxKeptBytes = maxFileBytes;

/**
 * Finds records one by one. A file that holds many is read once for all of them, as long as nobody
 * writes to it.
 * @param read how a file is read
 * @returns the record of that name in the given files, as they are now
 */
export function openFinder(
  root: string,
  read = readOne,
): (files: Iterable<string>, ref: RecordRef) => Promise<Held | undefined> {
  const kept = new Map<string, Kept>();

  async function contentsOf(file: string): Promise<Contents> {
    const { stamp, bytes } = await stampOf(join(root, file));
    const known = kept.get(file);
    if (known?.stamp === stamp) return known.contents;
    kept.delete(file);
    const contents = read(root, { path: file }).then(byId);
    if (bytes === 0 || bytes > maxKeptBytes) return contents;
    kept.set(file, { stamp, bytes, contents });
    const found = await contents;
    // What holds one record is as quickly read again.
    if (found.size < 2) kept.delete(file);
    forgetOldest(kept);
    return found;
  }

  return async (files, ref) => {
    const id = idOf(ref);
    const copies: Copy[] = [];
    for (const file of [...files].sort()) copies.push(...((await contentsOf(file)).get(id) ?? []));
    return copies.length > 0 ? mergeCopies(copies).held : undefined;
  };
}

function forgetOldest(kept: Map<string, Kept>): void {
  let bytes = [...kept.values()].reduce((sum, one) => sum + one.bytes, 0);
  for (const [file, one] of kept) {
    if (bytes <= maxKeptBytes) return;
    bytes -= one.bytes;
    kept.delete(file);
  }
}

function byId(copies: readonly Copy[]): Contents {
  const found = new Map<string, Copy[]>();
  for (const copy of copies) {
    if (copy.found.nameless) continue;
    const id = idOf(copy.found.record);
    const same = found.get(id);
    if (same) same.push(copy);
    else found.set(id, [copy]);
  }
  return found;
}

/** Differs as soon as anybody has written to the file; no bytes where there is none. */
async function stampOf(path: string): Promise<{ readonly stamp: string; readonly bytes: number }> {
  const about = await lstat(path, { bigint: true }).catch(() => undefined);
  if (!about?.isFile()) return { stamp: '', bytes: 0 };
  const { dev, ino, size, mtimeNs, ctimeNs } = about;
  return { stamp: [dev, ino, size, mtimeNs, ctimeNs].join(' '), bytes: Number(size) };
}
