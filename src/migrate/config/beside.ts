/**
 * A folder beside the place that something is going to have, so that a name holds a whole thing or
 * nothing. Helm looks for `plugins/NAME/plugin.yaml`, one level deep, and so never takes what lies
 * in this folder for a plugin.
 */
import { randomBytes } from 'node:crypto';
import { link, mkdir, readdir, rename, rm, unlink } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { makeFolder } from '../../storage/files/write.ts';

const prefix = '.move-config-';

/**
 * @param make gets a path in the folder with the last name of `to`, and gives it that name itself
 * @param folder where the folder is made, on the file system of `to`
 */
export async function withBeside(
  to: string,
  make: (draft: string) => Promise<void>,
  folder = dirname(to),
): Promise<void> {
  await makeFolder(dirname(to));
  const beside = join(folder, `${prefix}${process.pid}-${randomBytes(4).toString('hex')}`);
  await mkdir(beside, { mode: 0o700 });
  try {
    await make(join(beside, basename(to)));
  } finally {
    await rm(beside, { recursive: true, force: true });
  }
}

/** Removes what a killed run left in a folder. */
export async function sweep(folder: string): Promise<void> {
  for (const name of await readdir(folder).catch(() => [])) {
    if (!name.startsWith(prefix)) continue;
    const pid = Number(name.slice(prefix.length).split('-')[0]);
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

/**
 * Gives a file its name. A rename would overwrite; a link doesn't. Some file systems have no links.
 * @throws the file system's EEXIST when the name is taken
 */
export async function nameFile(draft: string, to: string): Promise<void> {
  try {
    await link(draft, to);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (!['EPERM', 'ENOTSUP', 'EOPNOTSUPP', 'ENOSYS', 'EMLINK'].includes(code ?? '')) throw error;
    return rename(draft, to);
  }
  await unlink(draft);
}
