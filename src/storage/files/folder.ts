/** Reading all manifests of a folder, and telling which file holds which record. */
import { lstat, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { isBad, type ReadRecord, type RecordRef } from '../../record.ts';
import { sameContent } from '../objects.ts';
import { type Found, nameless, readManifests } from './manifests.ts';
import type { Walked } from './walk.ts';

/** A record and the file it was found in, relative to the root. */
export interface Copy {
  readonly file: string;
  readonly found: Found;
}

/** One record with all files that hold it. */
export interface Held {
  readonly record: ReadRecord;
  /** See `Found.nameless`. */
  readonly nameless: boolean;
  readonly copies: readonly Copy[];
}

/** A larger file doesn't fit a JavaScript string once it's more than ASCII. */
const maxFileBytes = 256 * 1024 * 1024;
const filesAtOnce = 16;

export function idOf({ kind, namespace, key }: RecordRef): string {
  return JSON.stringify([kind, namespace, key]);
}

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
function decodeText(bytes: Buffer): string {
  return bytes[0] === 0xff && bytes[1] === 0xfe
    ? bytes.toString('utf16le')
    : bytes.toString('utf8');
}

function merge(copies: readonly Copy[]): Held[] {
  const held: Held[] = [];
  const named = new Map<string, Copy[]>();
  for (const copy of copies) {
    const { record, nameless } = copy.found;
    const others = nameless ? undefined : named.get(idOf(record));
    if (nameless) held.push({ record, nameless, copies: [copy] });
    else if (others) others.push(copy);
    else named.set(idOf(record), [copy]);
  }
  for (const same of named.values()) held.push(mergeCopies(same));
  return held;
}

function mergeCopies(copies: readonly Copy[]): Held {
  const [first, ...others] = copies;
  if (!first) throw new RangeError('a record without a copy');
  const { record } = first.found;
  const different = others.find(({ found }) => !sameRecord(record, found.record));
  if (!different) return { record, nameless: false, copies };
  const where =
    different.file === first.file
      ? `${first.file} holds it twice`
      : `${first.file} and ${different.file} both hold it`;
  const { labels, kind, namespace, key, place } = { place: first.file, ...record };
  const unreadable = `${where}, with different contents`;
  return {
    record: { kind, namespace, key, labels, place, unreadable },
    nameless: false,
    copies,
  };
}

function sameRecord(a: ReadRecord, b: ReadRecord): boolean {
  if (isBad(a) || isBad(b)) return isBad(a) && isBad(b) && a.resourceVersion === b.resourceVersion;
  return sameContent(a, b);
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
  return copies.length > 0 ? mergeCopies(copies) : undefined;
}
