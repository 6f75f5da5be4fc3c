/** Copying so that a name in Helm's folders holds a whole copy, read back and compared, or nothing. */
import { chmod, constants, copyFile, lstat, mkdir, rename, symlink } from 'node:fs/promises';
import { basename, dirname, join, relative } from 'node:path';
import { ReleasesError } from '../../errors.ts';
import { makeFolder } from '../../storage/files/write.ts';
import { nameFile, withBeside } from './beside.ts';
import type { CopyStep, LinkStep } from './plan.ts';
import { readTree, type TreeEntry } from './tree.ts';

export interface CopyOptions {
  /** As for `readTree`. */
  readonly leaving: readonly string[];
  /** Where what is replaced goes, once its copy is known to be good. */
  readonly aside: string;
  /** For a key: only its owner may read the copy, which is made in this folder first. */
  readonly secretIn?: string;
}

/** @throws ReleasesError EXISTS, VERIFY; the file system's errors */
export async function carryOutCopy(step: CopyStep, options: CopyOptions): Promise<void> {
  const make = async (copy: string): Promise<void> => {
    const { entries } = await readTree(step.from, options.leaving);
    const [top] = entries;
    await copyEntries(entries, step.from, copy);
    if (options.secretIn && top) await chmod(copy, (top.mode & 0o700) | 0o600);
    if ((await readTree(copy)).digest !== step.digest) throw changedSource();
    await putAside(step.replaces, options.aside);
    await requireFree(step.to);
    if (top?.kind === 'file') await nameFile(copy, step.to);
    else await rename(copy, step.to);
  };
  await withBeside(step.to, make, options.secretIn);
}

export async function carryOutLink(step: LinkStep, aside: string): Promise<void> {
  await makeFolder(dirname(step.to));
  await putAside(step.replaces, aside);
  await requireFree(step.to);
  await symlink(step.target, step.to);
}

async function putAside(paths: readonly string[] = [], aside: string): Promise<void> {
  for (const path of paths) {
    await makeFolder(aside);
    const name = basename(path);
    // Certificates of one name come from several folders.
    let free = join(aside, name);
    for (let i = 1; await isThere(free); i++) free = join(aside, `${name}.${i}`);
    await rename(path, free);
  }
}

/** What to do when the plan is no longer true. */
export const again = 'run the same command again: it plans anew from what is there now';

/** Folders get their mode last: one that nobody may write to has to be filled first. */
async function copyEntries(entries: readonly TreeEntry[], from: string, to: string): Promise<void> {
  for (const { path, kind, mode, target } of entries) {
    const place = join(to, path);
    if (kind === 'folder') await mkdir(place, { mode: 0o700 });
    else if (kind === 'file') {
      await copyFile(join(from, path), place, constants.COPYFILE_EXCL | constants.COPYFILE_FICLONE);
      await chmod(place, mode);
    } else if (target)
      await symlink(
        target.inside ? relative(dirname(place), join(to, target.path)) || '.' : target.path,
        place,
      );
  }
  for (const { path, kind, mode } of [...entries].reverse())
    if (kind === 'folder') await chmod(join(to, path), mode | 0o700);
}

async function requireFree(path: string): Promise<void> {
  if (await isThere(path)) throw tookItsPlace();
}

async function isThere(path: string): Promise<boolean> {
  try {
    await lstat(path);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return false;
    throw error;
  }
}

function changedSource(): ReleasesError {
  return new ReleasesError('VERIFY', 'its copy is not what was planned: the source has changed', {
    hints: [again],
  });
}

export function tookItsPlace(): ReleasesError {
  return new ReleasesError('EXISTS', 'something took its place since the plan was made', {
    hints: [again],
  });
}
