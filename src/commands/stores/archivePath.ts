/** The archive or folder that a path means, where an address would be longer than it needs to be. */

import { existsSync } from 'node:fs';
import { type FileHandle, open, stat } from 'node:fs/promises';
import { ReleasesError, typed } from '../../errors.ts';
import { kindOfFile, withoutWaiting } from '../../namedFile.ts';
import { shellQuote } from '../../shellQuote.ts';
import type { Address } from '../../storage/address.ts';
import { beginsLikeAge, beginsLikeArchive, notFromPipe } from '../../storage/archive/magicBytes.ts';
import { isNamedZip } from '../../storage/archive/zipName.ts';
import { obstacleTo } from '../../storage/files/writable.ts';
import { reasonOf } from '../../systemErrors.ts';
import { addressOf } from './connections.ts';

const isAddress = /^(dir|file):/;

/**
 * Found out before anything is read or written.
 * @throws ReleasesError USAGE where an archive is meant that can't be made there
 */
export async function mustBePossible({ type, location = '' }: Address): Promise<void> {
  const obstacle = type === 'file' && ((await noPlace(location)) ?? (await obstacleTo(location)));
  if (obstacle)
    throw new ReleasesError('USAGE', `${typed(location, 500)} can't be made: ${obstacle}`);
}

/** Of what is there and can't become an archive, nor be replaced by one. */
async function noPlace(path: string): Promise<string | undefined> {
  const about = await stat(path).catch(() => undefined);
  return about && !about.isFile() ? `it is ${kindOfFile(about)}` : undefined;
}

/**
 * What is there under a path, or under `dir:PATH` and `file:PATH`: a folder, a file of manifests, or an
 * archive, told by its name, however damaged it is, or by its first bytes.
 * @throws ReleasesError NOT_FOUND, FILE, USAGE
 */
export async function foundAddress(text: string): Promise<Address> {
  if (isAddress.test(text)) return addressOf(text);
  if (text === '-') throw notFromPipe();
  try {
    const about = await stat(text);
    const archive = isNamedZip.test(text) || (about.isFile() && (await isArchive(text)));
    return { type: archive ? 'file' : 'dir', location: text };
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (typeof code !== 'string') throw error;
    const name = typed(text, 500);
    if (code === 'ENOENT')
      throw new ReleasesError('NOT_FOUND', `there is no file or folder ${name}`);
    throw new ReleasesError('FILE', `${name} can't be read: ${reasonOf(code)}`);
  }
}

async function isArchive(path: string): Promise<boolean> {
  return beginsLikeArchive(await headOf(path));
}

async function headOf(path: string): Promise<string> {
  const file: FileHandle = await open(path, withoutWaiting);
  try {
    const { buffer, bytesRead } = await file.read(Buffer.alloc(32), 0, 32, 0);
    return buffer.toString('latin1', 0, bytesRead);
  } finally {
    await file.close();
  }
}

/**
 * Before an archive is replaced by one that anybody can read.
 * @throws ReleasesError USAGE where the one that is there is encrypted
 */
export async function mustBeOpen(path: string): Promise<void> {
  const head = await headOf(path).catch(() => '');
  if (!beginsLikeAge(head)) return;
  throw new ReleasesError(
    'USAGE',
    `${typed(path, 500)} is encrypted, and what replaces it is not`,
    {
      hints: [
        '--recipient, --passphrase-file, --passphrase-env or --ask-passphrase',
        'another name',
      ],
    },
  );
}

/**
 * Where a backup goes: `file:PATH`, `dir:PATH`, or a path that ends in `.zip`.
 * @throws ReleasesError USAGE for anything else
 */
export async function newAddress(text: string): Promise<Address> {
  if (isAddress.test(text)) return addressOf(text);
  if (isNamedZip.test(text)) return { type: 'file', location: text };
  throw new ReleasesError('USAGE', `${typed(text, 120) || 'an empty text'} names no archive`, {
    why: ['the forms are: PATH.zip, file:PATH, dir:PATH; it comes after the releases'],
  });
}

/**
 * Where copies go before something is deleted or replaced: as `newAddress`, and any other path is a
 * folder's.
 * @throws ReleasesError USAGE for the address of a store that holds no files
 */
export async function backupAddress(text: string): Promise<Address> {
  const named = isAddress.test(text) || isNamedZip.test(text);
  const { type, location = '' } = named
    ? await newAddress(text)
    : ({ type: 'dir', location: text } as const);
  if (!named && isStoreWord.test(text))
    throw new ReleasesError('USAGE', `--backup ${typed(text, 120)} names no folder or archive`, {
      hints: [`--backup ${shellQuote(`./${text}`)}  for a folder of that name`],
    });
  // A line that names it later must not read it as a flag, or as the standard input.
  return { type, location: location.startsWith('-') ? `./${location}` : location };
}

/** What reads like the address of Secrets, ConfigMaps or a database. */
const isStoreWord = /^(secrets?|configmaps?|cm|sql)(:|$)/;

/**
 * @param also what else helps beside another name
 * @throws ReleasesError EXISTS
 */
export function mustBeNew(path: string, also?: string): void {
  if (!existsSync(path)) return;
  throw new ReleasesError('EXISTS', `${typed(path, 500)} is there already`, {
    hints: ['another name', ...(also === undefined ? [] : [also])],
  });
}

/** A path that was mistyped must not look like a backup that is whole, or restored already. */
export function noRecords(address: string): ReleasesError {
  return new ReleasesError('NOT_FOUND', `there are no records in ${typed(address, 1000)}`, {
    hints: ['the folder or archive that a backup went to: its last lines name it'],
  });
}
