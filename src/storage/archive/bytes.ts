/** The bytes of an archive, read where they are wanted: from a file, or from behind a cipher. */
import { type FileHandle, open } from 'node:fs/promises';
import { ReleasesError } from '../../errors.ts';
import { withoutWaiting } from '../../namedFile.ts';

export interface Bytes {
  readonly size: number;
  /** @returns exactly `length` bytes; the caller has checked that they are there */
  read(at: number, length: number): Promise<Buffer>;
  close(): Promise<void>;
}

/** @throws the file system's error */
export async function openFileBytes(path: string): Promise<Bytes> {
  const file = await open(path, withoutWaiting);
  try {
    const { size } = await file.stat();
    return { size, read: (at, length) => readExactly(file, at, length), close: () => file.close() };
  } catch (error) {
    await file.close();
    throw error;
  }
}

async function readExactly(file: FileHandle, at: number, length: number): Promise<Buffer> {
  const buffer = Buffer.alloc(length);
  for (let done = 0; done < length; ) {
    const { bytesRead } = await file.read(buffer, done, length - done, at + done);
    if (bytesRead === 0)
      throw new ReleasesError('FILE', 'it ended early: somebody cut it while it was read', {
        hints: ['a whole copy of it: `verify` says which one is'],
      });
    done += bytesRead;
  }
  return buffer;
}

const chunk = 1024 * 1024;

/** All bytes from the first to the one before `end`, a piece at a time. */
export async function* pieces(bytes: Bytes, end: number): AsyncGenerator<Buffer> {
  for (let at = 0; at < end; at += chunk) yield await bytes.read(at, Math.min(chunk, end - at));
}
