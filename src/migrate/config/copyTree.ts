/**
 * Copying so that a name in Helm's folders holds a whole copy or nothing: into a folder beside it,
 * read back and compared, then given its name. Helm looks for `plugins/NAME/plugin.yaml`, one level
 * deep, so it never takes what lies in the folder beside for a plugin.
 */
import { randomBytes } from 'node:crypto';
import {
  chmod,
  constants,
  copyFile,
  link,
  lstat,
  mkdir,
  readdir,
  rename,
  rm,
  symlink,
  unlink,
} from 'node:fs/promises';
import { basename, dirname, join, relative } from 'node:path';
import { ReleasesError } from '../../errors.ts';
import { makeFolder } from '../../storage/files/write.ts';
import type { CopyStep, LinkStep } from './plan.ts';
import { readTree, type TreeEntry } from './tree.ts';

export interface CopyOptions {
  /** As for `readTree`. */
  readonly leaving: readonly string[];
  /** Where what is replaced goes, once its copy is known to be good. */
  readonly aside: string;
  /** A key: only its owner may read the copy. */
  readonly secret?: boolean;
}

/** @throws ReleasesError EXISTS, VERIFY; the file system's errors */
export async function carryOutCopy(step: CopyStep, options: CopyOptions): Promise<void> {
  const folder = dirname(step.to);
  await makeFolder(folder);
  const beside = join(folder, `${besidePrefix}${process.pid}-${randomBytes(4).toString('hex')}`);
  await mkdir(beside, { mode: 0o700 });
  try {
    const copy = join(beside, basename(step.to));
    const { entries } = await readTree(step.from, options.leaving);
    const [top] = entries;
    await copyEntries(entries, step.from, copy);
    if (options.secret && top) await chmod(copy, (top.mode & 0o700) | 0o600);
    if ((await readTree(copy)).digest !== step.digest)
      throw new ReleasesError(
        'VERIFY',
        'its copy is not what was planned: the source has changed',
        {
          hints: [again],
        },
      );
    await putAside(step.replaces, options.aside);
    await requireFree(step.to);
    if (top?.kind === 'file') await nameFile(copy, step.to);
    else await rename(copy, step.to);
  } finally {
    await rm(beside, { recursive: true, force: true });
  }
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
    await rename(path, join(aside, basename(path)));
  }
}

/** What to do when the plan is no longer true. */
export const again = 'run the same command again: it plans anew from what is there now';

const besidePrefix = '.move-config-';

/** Removes what a killed run left in a folder of Helm's. */
export async function sweep(folder: string): Promise<void> {
  for (const name of await readdir(folder).catch(() => [])) {
    if (!name.startsWith(besidePrefix)) continue;
    const pid = Number(name.slice(besidePrefix.length).split('-')[0]);
    if (Number.isInteger(pid) && pid > 0 && !isRunning(pid))
      await rm(join(folder, name), { recursive: true, force: true });
  }
}

function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code !== 'ESRCH';
  }
}

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
  const there = await lstat(path).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return undefined;
    throw error;
  });
  if (there)
    throw new ReleasesError('EXISTS', 'something took its place since the plan was made', {
      hints: [again],
    });
}

/** A rename would overwrite; a link doesn't. Some file systems have no links. */
async function nameFile(copy: string, to: string): Promise<void> {
  try {
    await link(copy, to);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (!['EPERM', 'ENOTSUP', 'EOPNOTSUPP', 'ENOSYS', 'EMLINK'].includes(code ?? '')) throw error;
    return rename(copy, to);
  }
  await unlink(copy);
}
