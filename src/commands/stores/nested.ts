/**
 * Folders that lie in one another. A folder is read with all that is below it, so that a record in the inner
 * one counts as one of the outer one's: deleted there, it would be gone from both.
 */
import { realpath } from 'node:fs/promises';
import { basename, dirname, resolve, sep } from 'node:path';
import { printable, ReleasesError } from '../../errors.ts';
import type { Storage } from '../../storage/storage.ts';

type Place = Pick<Storage, 'address' | 'undeletable'>;

/**
 * Where records come from and where they go. One and the same folder is no mistake: nothing moves then.
 * @throws ReleasesError USAGE
 */
export async function checkApart(from: readonly Place[], to: Place): Promise<void> {
  for (const source of from) {
    const [a, b] = [await folderOf(source.address), await folderOf(to.address)];
    if (a === undefined || b === undefined || a === b) continue;
    if (liesIn(b, a)) throw nested(to.address, source.address);
    // A file is only read, and its records stay.
    if (liesIn(a, b) && (await source.undeletable?.()) === undefined)
      throw nested(source.address, to.address);
  }
}

/**
 * A folder for copies of what is about to be deleted, or replaced, in these stores.
 * @throws ReleasesError USAGE where it would be read as a part of one of them, or is one
 */
export async function checkOutside(path: string, stores: readonly Place[]): Promise<void> {
  const folder = await realFolder(path);
  for (const { address } of stores) {
    const other = await folderOf(address);
    if (other !== undefined && (folder === other || liesIn(folder, other)))
      throw nested(`dir:${path}`, address, ['--backup with another folder, or with PATH.zip']);
  }
}

function nested(
  inner: string,
  outer: string,
  hints = ['a folder beside it, or an archive: file:PATH.zip'],
): ReleasesError {
  const [one, other] = [printable(inner, 500), printable(outer, 500)];
  const message = one === other ? `${one} is read itself` : `${one} lies in ${other}`;
  return new ReleasesError('USAGE', message, {
    why: [
      'a folder is read with all that is below it: what is deleted there would be gone here, too',
    ],
    hints,
  });
}

function liesIn(inner: string, outer: string): boolean {
  return inner.startsWith(outer.endsWith(sep) ? outer : `${outer}${sep}`);
}

async function folderOf(address: string): Promise<string | undefined> {
  const path = /^dir:(.*)$/s.exec(address)?.[1];
  return path === undefined ? undefined : realFolder(path);
}

/** Also of one that isn't there yet. */
async function realFolder(path: string): Promise<string> {
  const full = resolve(path);
  try {
    return await realpath(full);
  } catch {
    const parent = dirname(full);
    return parent === full ? full : resolve(await realFolder(parent), basename(full));
  }
}
