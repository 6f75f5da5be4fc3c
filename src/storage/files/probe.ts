/**
 * The last look whether two folders are apart: what is written to one must not show up in the other. A folder
 * of a network that is mounted twice has other numbers under each path, so that nothing else tells.
 */
import { rmSync } from 'node:fs';
import { lstat, open, readdir, unlink } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { printable, ReleasesError } from '../../errors.ts';
import type { Storage } from '../storage.ts';
import { fileFailure } from './failure.ts';
import { type FilePlace, type Look, placeOf, relationOfNames } from './place.ts';
import { temporaryIn } from './temporary.ts';
import { foldersBelow } from './walk.ts';

type Store = Pick<Storage, 'address' | 'files'>;

/** A store that will be written to, and those that must not see it. */
export interface Apart {
  readonly written: Store;
  readonly others: readonly Store[];
}

/**
 * Right before the first write, never in a rehearsal: an empty file is written where records will be, looked
 * for by its name in the other folders, and taken away again. Nothing is written to the others.
 * @param look for tests
 * @throws ReleasesError REFUSED where it shows up; FILE where it can't be written
 */
export async function proveApart(pairs: readonly Apart[], look?: Look): Promise<void> {
  for (const { written, others } of pairs) {
    const folders = others.flatMap((store) => (store.files?.is === 'folder' ? store : []));
    if (written.files?.is !== 'folder' || folders.length === 0) continue;
    await prove(written, written.files.path, folders, look);
  }
}

async function prove(
  written: Store,
  path: string,
  others: readonly Store[],
  look?: Look,
): Promise<void> {
  const place = await placeOf(path, look);
  const places: { store: Store; place: FilePlace; folders: readonly string[] }[] = [];
  for (const store of others) {
    const other = await placeOf(store.files?.path ?? '', look);
    places.push({ store, place: other, folders: await foldersOf(other) });
  }
  const name = basename(await temporaryIn(place.there));
  const made: string[] = [];
  const takeAway = () => {
    for (const file of made.splice(0)) rmSync(file, { force: true });
  };
  // A second Ctrl-C ends the program at once.
  process.once('exit', takeAway);
  try {
    for (const folder of await foldersToTry(place, places)) {
      const file = join(folder, name);
      // Nobody else has the name: what is there under it is to go, whenever the program ends.
      made.push(file);
      await (await open(file, 'wx', 0o600)).close();
    }
    for (const { store, place: other, folders } of places) {
      for (const folder of folders) {
        if (!(await isThere(join(folder, name)))) continue;
        const below = relationOfNames(place.missing, other.missing);
        if (other.missing.length === 0 || below !== 'apart') throw notApart(written, store);
      }
    }
  } catch (error) {
    throw fileFailure(path, 'writing below', error);
  } finally {
    process.removeListener('exit', takeAway);
    for (const file of made.splice(0)) await unlink(file).catch(() => {});
  }
}

/** Where a file that was written elsewhere may show up. */
async function foldersOf({ there, missing }: FilePlace): Promise<readonly string[]> {
  const folders = [there];
  if (missing.length > 0) return folders;
  for await (const folder of foldersBelow(there)) folders.push(join(there, folder));
  return folders;
}

/**
 * The folder that is written to, and of those below it whichever holds just what one of the others holds: it
 * may be that one, under another path.
 */
async function foldersToTry(
  place: FilePlace,
  others: readonly { readonly folders: readonly string[] }[],
): Promise<readonly string[]> {
  const [root = place.there, ...inner] = await foldersOf(place);
  if (inner.length === 0) return [root];
  const contents = new Set<string>();
  for (const { folders } of others) for (const one of folders) contents.add(await contentOf(one));
  const alike: string[] = [];
  for (const folder of inner) {
    const content = await contentOf(folder);
    if (content !== '' && contents.has(content)) alike.push(folder);
  }
  return [root, ...alike];
}

/** The names in a folder, as one text; empty where there are none. */
async function contentOf(folder: string): Promise<string> {
  const names = await readdir(folder).catch(() => []);
  return names
    .filter((name) => !name.startsWith('.'))
    .sort()
    .join('/');
}

async function isThere(path: string): Promise<boolean> {
  return lstat(path).then(
    () => true,
    () => false,
  );
}

function notApart(written: Store, other: Store): ReleasesError {
  const [one, two] = [printable(written.address, 500), printable(other.address, 500)];
  return new ReleasesError('REFUSED', `what is written to ${one} shows up in ${two}`, {
    why: [
      'they are one folder, or lie in one another, by other paths: what is deleted in the one would be gone from the other, too',
    ],
    hints: ['name another folder, or an archive: file:PATH.zip'],
  });
}
