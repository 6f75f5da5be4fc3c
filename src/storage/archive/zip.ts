/**
 * The directory of a zip file, and its entries one at a time. Only what `writer.ts` writes is taken:
 * deflated files under plain names, without gaps, links, ciphers or large-file extensions.
 * PKWARE's APPNOTE.TXT, 4.3
 */
import { inflateRawSync } from 'node:zlib';
import { ReleasesError } from '../../errors.ts';
import type { Bytes } from './bytes.ts';

export interface Entry {
  readonly name: string;
  readonly at: number;
  readonly packed: number;
  /** Unpacked, as its directory says. */
  readonly size: number;
}

export const endSize = 22;
const centralSize = 46;
const localSize = 30;
const deflated = 8;
/** What one file may unpack to. */
const maxSize = 128 * 1024 * 1024;
/** 65,535 entries with names of some 200 characters. */
const maxDirectory = 32 * 1024 * 1024;

/**
 * @param end where the end record stands; the caller knows it from the comment's fixed length
 * @throws ReleasesError UNREADABLE
 */
export async function readDirectory(
  bytes: Bytes,
  end: number,
  isName: (name: string) => boolean,
): Promise<ReadonlyMap<string, Entry>> {
  const record = await bytes.read(end, endSize);
  if (record.readUInt32LE(0) !== 0x06054b50) throw broken('its end record is missing');
  const [disk, otherDisk] = [record.readUInt16LE(4), record.readUInt16LE(6)];
  const [count, all] = [record.readUInt16LE(8), record.readUInt16LE(10)];
  const [size, at] = [record.readUInt32LE(12), record.readUInt32LE(16)];
  if (disk !== 0 || otherDisk !== 0 || count !== all || at + size !== end || size > maxDirectory)
    throw broken('its directory is not where it should be');
  const directory = await bytes.read(at, size);
  const entries = new Map<string, Entry>();
  let [place, free] = [0, 0];
  for (let n = 0; n < count; n++) {
    if (place + centralSize > size || directory.readUInt32LE(place) !== 0x02014b50)
      throw broken('its directory is cut short');
    const method = directory.readUInt16LE(place + 10);
    const [nameSize, extraSize, commentSize] = [28, 30, 32].map((o) =>
      directory.readUInt16LE(place + o),
    ) as [number, number, number];
    const name = directory.toString('latin1', place + centralSize, place + centralSize + nameSize);
    if (!isName(name)) throw broken('it names a file that no archive of ours has');
    if (entries.has(name)) throw broken('it has two files of one name');
    const mode = directory.readUInt32LE(place + 38) >>> 16;
    const regular = (mode & 0o170000) === 0 || (mode & 0o170000) === 0o100000;
    const bits = directory.readUInt16LE(place + 8);
    if (method !== deflated || (bits & 1) !== 0 || extraSize + commentSize > 0 || !regular)
      throw broken('it has an entry that is no plain file');
    const entry = {
      name,
      at: directory.readUInt32LE(place + 42),
      packed: directory.readUInt32LE(place + 20),
      size: directory.readUInt32LE(place + 24),
    };
    if (entry.size > maxSize) throw broken('it has a file that no archive of ours has');
    // One after the other and none over another: an archive can't name the same bytes many times.
    if (entry.at < free || entry.at + localSize + nameSize + entry.packed > at)
      throw broken('its files overlap');
    free = entry.at + localSize + nameSize + entry.packed;
    entries.set(name, entry);
    place += centralSize + nameSize;
  }
  if (place !== size) throw broken('its directory is longer than what it lists');
  return entries;
}

/**
 * @param size what it must unpack to, exactly; nothing larger is ever made
 * @throws ReleasesError UNREADABLE
 */
export async function readEntry(bytes: Bytes, entry: Entry, size: number): Promise<Buffer> {
  const head = await bytes.read(entry.at, localSize + entry.name.length);
  const sound =
    head.readUInt32LE(0) === 0x04034b50 &&
    head.readUInt16LE(8) === deflated &&
    head.readUInt16LE(26) === entry.name.length &&
    head.readUInt16LE(28) === 0 &&
    head.toString('latin1', localSize) === entry.name;
  if (!sound) throw broken('a file is not where its directory says');
  const packed = await bytes.read(entry.at + head.length, entry.packed);
  let plain: Buffer;
  try {
    // In one piece: several would be there twice when they are joined.
    const options = { maxOutputLength: Math.max(size, 1), chunkSize: size + 64 };
    plain = inflateRawSync(packed, options);
  } catch {
    throw broken('a file is damaged, or larger than its index says');
  }
  if (plain.length !== size) throw broken('a file is smaller than its index says');
  return plain;
}

export function broken(what: string): ReleasesError {
  return new ReleasesError('UNREADABLE', `the archive is damaged, or none of ours: ${what}`, {
    hints: [
      'another copy of it, or unzip it: `verify` and `restore` take the folder, with what is left',
    ],
  });
}
