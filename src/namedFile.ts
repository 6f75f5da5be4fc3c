/**
 * Files that somebody names, on the command line, in the environment or in a kubeconfig: what is behind
 * the name may be a pipe that nobody writes to, or a device without end. None is read for longer than its
 * bound, and none keeps a thread waiting: a program doesn't end before its threads do, whatever the signal.
 */
import { closeSync, constants, openSync, readSync, type Stats, statSync } from 'node:fs';
import { open, realpath, stat } from 'node:fs/promises';
import { isAbsolute } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { printable } from './errors.ts';
import { sayingWait } from './waits.ts';

/** For messages, of what is no plain file. */
export function kindOfFile(about: Pick<Stats, 'isDirectory' | 'isFIFO' | 'isSocket'>): string {
  if (about.isDirectory()) return 'a folder';
  if (about.isFIFO()) return 'a pipe';
  return about.isSocket() ? 'a socket' : 'a device';
}

/** Without it, opening a pipe waits for somebody who writes to it. Windows has no such pipes. */
export const withoutWaiting = constants.O_RDONLY | (constants.O_NONBLOCK ?? 0);

/** How often a pipe is looked at. */
const lookMs = 15;
const chunkBytes = 256 * 1024;
/** Of a device: nobody types more, and what has no end is not worth more. */
const maxDeviceBytes = 16 * 1024 * 1024;

/**
 * Everything in a file, or what comes through a pipe until its end.
 * @throws the system's error; one with the code TOO_LARGE for what holds more than `maxBytes`
 */
export async function readNamed(path: string, maxBytes: number): Promise<Buffer> {
  const about = await stat(path);
  return about.isFile() ? readPlain(path, maxBytes) : readSlowly(path, about, maxBytes);
}

/** A pipe can be read but once, and several may need what came through it. */
const begun = new Map<string, Promise<Buffer>>();
const come = new Map<string, Buffer>();

/** The same, and of a pipe the same again whenever it is named again. */
export async function readNamedOnce(path: string, maxBytes: number): Promise<Buffer> {
  if ((await stat(path)).isFile()) return readNamed(path, maxBytes);
  const reading = begun.get(path) ?? readNamed(path, maxBytes);
  begun.set(path, reading);
  const bytes = await reading;
  come.set(path, bytes);
  return bytes;
}

/**
 * The same at once: a plain file, a device that has something to say, or a pipe that `readNamedOnce` has
 * read.
 * @throws as `readNamed`; an error with the code PIPE for any other pipe
 */
export function readNamedSync(path: string, maxBytes: number): Buffer {
  const known = come.get(path);
  if (known) return known;
  const about = statSync(path);
  if (about.isFIFO()) throw failure('PIPE');
  const file = openSync(path, withoutWaiting);
  try {
    return readWhole(file, boundOf(about, maxBytes));
  } finally {
    closeSync(file);
  }
}

/** Reads the pipes among the files, so that `readNamedSync` finds them read; leaves errors to it. */
export async function readPipes(
  paths: readonly (string | undefined)[],
  maxBytes: number,
): Promise<void> {
  for (const path of paths) {
    const about = path ? await stat(path).catch(() => undefined) : undefined;
    if (path && about?.isFIFO()) await readNamedOnce(path, maxBytes);
  }
}

async function readPlain(path: string, maxBytes: number): Promise<Buffer> {
  const file = await open(path, withoutWaiting);
  try {
    // It may have grown since, and what the system makes up as it is read has no size.
    const { size } = await file.stat();
    if (size > maxBytes) throw failure('TOO_LARGE');
    const parts: Buffer[] = [];
    for (let held = 0; ; ) {
      const part = Buffer.allocUnsafe(Math.min(Math.max(size - held, chunkBytes), maxBytes + 1));
      const { bytesRead } = await file.read(part, 0, part.length, null);
      if (bytesRead === 0) return Buffer.concat(parts);
      held += bytesRead;
      if (held > maxBytes) throw failure('TOO_LARGE');
      parts.push(part.subarray(0, bytesRead));
    }
  } finally {
    await file.close();
  }
}

/** A pipe, a terminal or another device, looked at again and again. */
async function readSlowly(path: string, about: Stats, maxBytes: number): Promise<Buffer> {
  const most = boundOf(about, maxBytes);
  const mayBegin = about.isFIFO() && (await hasName(path));
  const file = openSync(path, withoutWaiting);
  const parts: Buffer[] = [];
  let held = 0;
  const readAll = async () => {
    for (;;) {
      const part = readSome(file, Math.min(chunkBytes, most + 1));
      if (part?.length) {
        held += part.length;
        if (held > most) throw failure('TOO_LARGE');
        parts.push(part);
        // Signals are heard in between.
        if (parts.length % 8 === 0) await sleep(0);
        continue;
      }
      // The end, but for a pipe with a name to which nobody has begun to write.
      if (part && !(mayBegin && held === 0)) return Buffer.concat(parts);
      await sleep(lookMs);
    }
  };
  try {
    return await sayingWait(`for what comes through ${printable(path)}`, readAll());
  } finally {
    closeSync(file);
  }
}

function readWhole(file: number, maxBytes: number): Buffer {
  const parts: Buffer[] = [];
  for (let held = 0; ; ) {
    const part = readSome(file, Math.min(chunkBytes, maxBytes + 1));
    if (!part?.length) return Buffer.concat(parts);
    held += part.length;
    if (held > maxBytes) throw failure('TOO_LARGE');
    parts.push(part);
  }
}

/** @returns none at the end; undefined where nothing is there yet */
function readSome(file: number, bytes: number): Buffer | undefined {
  const part = Buffer.allocUnsafe(bytes);
  try {
    return part.subarray(0, readSync(file, part, 0, bytes, null));
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EAGAIN') return undefined;
    throw error;
  }
}

/** mkfifo's, not what a shell makes for `<(…)`: that one's writer is there from the beginning. */
async function hasName(path: string): Promise<boolean> {
  // Where it leads, for which Node finds nothing: `pipe:[123]`.
  const real = await realpath(path).catch(() => '');
  return isAbsolute(real) && !/^\/(dev\/fd|proc)\//.test(real);
}

function boundOf(about: Stats, maxBytes: number): number {
  return about.isCharacterDevice() ? Math.min(maxBytes, maxDeviceBytes) : maxBytes;
}

function failure(code: 'TOO_LARGE' | 'PIPE'): Error {
  return Object.assign(new Error(code), { code });
}
