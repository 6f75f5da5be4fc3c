/**
 * A new archive: records go into a temporary file beside it, one after the other, and the file gets its
 * name only when it is whole, flushed and read back. Until then nothing of it counts.
 */
import { createHash } from 'node:crypto';
import { open, rename, unlink } from 'node:fs/promises';
import { dirname } from 'node:path';
import { crc32, deflateRawSync } from 'node:zlib';
import { Zip, type ZipInputFile } from 'fflate';
import { ReleasesError } from '../../errors.ts';
import type { ReleaseRecord } from '../../record.ts';
import { temporaryIn } from '../files/temporary.ts';
import { flushFolder, takeName } from '../files/write.ts';
import { objectOf } from '../objects.ts';
import type { Missing } from '../storage.ts';
import { type Encryption, encrypt, type Keys } from './age.ts';
import { openFileBytes, pieces } from './bytes.ts';
import {
  type ArchiveFacts,
  fileName,
  type Index,
  type IndexRecord,
  indexName,
  indexText,
} from './index.ts';
import { readArchive, sha256 } from './reader.ts';
import { sealed } from './seal.ts';

export interface ArchiveWriter {
  /** @throws the file system's error */
  add(record: ReleaseRecord): Promise<void>;
  /**
   * Ends the archive, reads it back and gives it its name.
   * @param missing what it says of itself that it lacks
   * @param beside another name for it, that of no file
   * @returns what it says of itself
   * @throws ReleasesError VERIFY when what is on the disk isn't what was written; EXISTS
   */
  end(missing: readonly Missing[], beside?: string): Promise<Index>;
  /** Throws it away. */
  abort(): Promise<void>;
}

export interface WriterOptions {
  readonly about: ArchiveFacts;
  readonly encryption?: Encryption | undefined;
  /** Takes the place of a file that is there. */
  readonly replace?: boolean;
}

/** A zip without large-file extensions holds no more, with its index. */
const mostRecords = 65_534;
const mostBytes = 0xffff_ffff;
/** All but the index is base64, which has nothing to find but its six bits a character. */
const payloadLevel = { strategy: 2 } as const;

/** @throws the file system's error */
export async function writeArchive(path: string, options: WriterOptions): Promise<ArchiveWriter> {
  const temporary = await temporaryIn(dirname(path));
  const written = createHash('sha256');
  const plain = new TransformStream<Uint8Array, Uint8Array>();
  const input = plain.writable.getWriter();
  const { encryption } = options;
  const output = encryption ? await encrypt(plain.readable, encryption) : plain.readable;
  const file = await open(temporary, 'wx', 0o600);
  const flow = (async () => {
    for await (const piece of output) {
      written.update(piece);
      // Not `write`, which may write less than it was given.
      await file.writeFile(piece);
    }
  })();
  // Who waits for room in the stream is woken; what the disk said is in `flow`.
  flow.catch((error) => input.abort(error).catch(() => {}));

  // A file of Unix, for its owner alone.
  const common = { compression: 8, os: 3, attrs: 0o100600 * 2 ** 16, mtime: options.about.created };
  const seal = createHash('sha256');
  const records: IndexRecord[] = [];
  let size = 0;
  let pending: Uint8Array[] = [];
  const zip = new Zip((error, piece) => {
    if (error) throw error;
    pending.push(piece);
  });

  async function pass(bytes: Uint8Array): Promise<void> {
    size += bytes.length;
    if (size > mostBytes)
      throw new ReleasesError('REFUSED', 'the archive would be larger than a zip file can be', {
        hints: ['make several: fewer releases each'],
      });
    try {
      await input.ready;
      await input.write(bytes);
    } catch (error) {
      // A stream that nobody reads any more fails in its own words: the disk's say why.
      await flow;
      throw error;
    }
  }

  /** Entries go into the zip whole, so no two of them mix. */
  async function put(name: string, text: string, level: object): Promise<void> {
    const plainBytes = Buffer.from(text);
    const packed = deflateRawSync(plainBytes, level);
    const entry = { filename: name, size: plainBytes.length, crc: crc32(plainBytes) };
    const part: ZipInputFile = { ...entry, ...common };
    zip.add(part);
    part.ondata?.(null, packed, true);
    const pieces = pending;
    pending = [];
    for (const piece of pieces) {
      seal.update(piece);
      await pass(piece);
    }
  }

  async function add(record: ReleaseRecord): Promise<void> {
    if (records.length >= mostRecords)
      throw new ReleasesError('REFUSED', `an archive holds at most ${mostRecords} records`, {
        hints: ['make several: fewer releases each'],
      });
    const text = `${JSON.stringify(objectOf(record))}\n`;
    const { kind, namespace, key, labels, type, payload } = record;
    const name = fileName(record);
    await put(name, text, payloadLevel);
    records.push({
      ...{ kind, namespace, key, labels },
      ...(type !== undefined && { type }),
      file: name,
      bytes: Buffer.byteLength(text),
      sha256: sha256(text),
      payload: { bytes: payload.length, sha256: sha256(payload) },
    });
  }

  async function end(missing: readonly Missing[], beside?: string): Promise<Index> {
    const lacks = missing.map(({ unfinished: _, ...one }) => one);
    const index = { ...options.about, ...(lacks.length > 0 && { missing: lacks }), records };
    await put(indexName, indexText(index), {});
    zip.end();
    const last = Buffer.concat(pending);
    await pass(sealed(last, seal));
    // Both, so that neither's failure is nobody's.
    const [, flowed] = await Promise.allSettled([input.close(), flow]);
    if (flowed.status === 'rejected') throw flowed.reason;
    await file.sync();
    await file.close();
    await readBack(temporary, written.digest('hex'), encryption);
    try {
      if (options.replace && beside === undefined) await rename(temporary, path);
      else await takeName(temporary, beside ?? path);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
      throw new ReleasesError('EXISTS', 'the archive is there already');
    }
    await flushFolder(dirname(path));
    return index;
  }

  async function abort(): Promise<void> {
    await input.abort().catch(() => {});
    await flow.catch(() => {});
    await file.close().catch(() => {});
    await unlink(temporary).catch(() => {});
  }

  return { add, end, abort };
}

/**
 * Every byte, as the disk has it; and, where this program can open it, every record. What is encrypted
 * for somebody else's key can only be compared as it is.
 */
async function readBack(
  path: string,
  digest: string,
  encryption: Encryption | undefined,
): Promise<void> {
  const wrong = new ReleasesError('VERIFY', 'the archive read back is not what was written');
  const bytes = await openFileBytes(path);
  try {
    const found = createHash('sha256');
    for await (const piece of pieces(bytes, bytes.size)) found.update(piece);
    if (found.digest('hex') !== digest) throw wrong;
  } finally {
    await bytes.close();
  }
  if (encryption && 'recipients' in encryption) return;
  const keys: Keys = encryption ? { passphrase: encryption.passphrase } : {};
  const archive = await readArchive(path, keys);
  try {
    for (const record of archive.index.records) await archive.read(record);
  } finally {
    await archive.close();
  }
}
