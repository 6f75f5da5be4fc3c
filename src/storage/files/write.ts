/**
 * Writing so that a reader, or a machine that lost its power, sees a whole file or none: into a
 * temporary file beside it, flushed, then given its name. Files are 0600 in folders of 0700,
 * whatever the umask, because release records hold secrets.
 */
import {
  access,
  chmod,
  constants,
  link,
  lstat,
  mkdir,
  open,
  rename,
  stat,
  unlink,
} from 'node:fs/promises';
import { dirname } from 'node:path';
import { temporaryIn } from './temporary.ts';

/**
 * Makes a folder and those above it; those that were there keep their mode. Level by level, because
 * Node's recursive mkdir never ends where the system answers "no such file" for good, as /proc does.
 */
export async function makeFolder(path: string): Promise<void> {
  try {
    await makeOne(path);
  } catch (error) {
    const above = dirname(path);
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT' || above === path) throw error;
    await makeFolder(above);
    await makeOne(path);
  }
}

async function makeOne(path: string): Promise<void> {
  try {
    await mkdir(path, { mode: 0o700 });
    await chmod(path, 0o700);
  } catch (error) {
    const taken = (error as NodeJS.ErrnoException).code === 'EEXIST';
    if (!taken || !(await stat(path)).isDirectory()) throw error;
  }
}

/**
 * Whether new files may be made below a path that needn't be there yet. One is made and taken away: what
 * permissions say isn't all, as in /proc.
 * @throws the file system's error: EACCES, EROFS, ENOTDIR, …
 */
export async function checkWritable(path: string): Promise<void> {
  try {
    await access(path, constants.W_OK | constants.X_OK);
  } catch (error) {
    const above = dirname(path);
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT' || above === path) throw error;
    return checkWritable(above);
  }
  const probe = await temporaryIn(path);
  await (await open(probe, 'wx', 0o600)).close();
  await unlink(probe);
}

/**
 * @returns false when the name is taken, whoever took it
 * @throws the file system's error
 */
export async function writeNew(path: string, text: string | Uint8Array): Promise<boolean> {
  const temporary = await writeTemporary(path, text, 0o600);
  try {
    await takeName(temporary, path);
  } catch (error) {
    await unlink(temporary);
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false;
    throw error;
  }
  await flushFolder(dirname(path));
  return true;
}

/** A link never overwrites. Where the file system has none, an empty file claims the name first. */
export async function takeName(temporary: string, path: string): Promise<void> {
  try {
    await link(temporary, path);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (!['EPERM', 'ENOTSUP', 'EOPNOTSUPP', 'ENOSYS', 'EMLINK'].includes(code ?? '')) throw error;
    await (await open(path, 'wx', 0o600)).close();
    return rename(temporary, path);
  }
  await unlink(temporary);
}

/** Replaces a file that is there, and keeps its mode. */
export async function replaceFile(path: string, text: string): Promise<void> {
  const { mode } = await lstat(path);
  const temporary = await writeTemporary(path, text, mode & 0o777);
  try {
    await rename(temporary, path);
  } catch (error) {
    await unlink(temporary);
    throw error;
  }
  await flushFolder(dirname(path));
}

export async function removeFile(path: string): Promise<void> {
  await unlink(path);
  await flushFolder(dirname(path));
}

/** Readers pass over names with a leading dot, so one left behind by a kill does no harm. */
async function writeTemporary(
  path: string,
  text: string | Uint8Array,
  mode: number,
): Promise<string> {
  const temporary = await temporaryIn(dirname(path));
  const file = await open(temporary, 'wx', 0o600);
  try {
    await file.chmod(mode);
    await file.writeFile(text);
    await file.sync();
  } catch (error) {
    await unlink(temporary);
    throw error;
  } finally {
    await file.close();
  }
  return temporary;
}

export async function flushFolder(path: string): Promise<void> {
  try {
    const folder = await open(path, 'r');
    await folder.sync().finally(() => folder.close());
  } catch {
    // Not every system can flush a folder (Windows); the file itself is safe.
  }
}
