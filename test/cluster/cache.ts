/** Where programs for the tests are kept between runs, each in a folder whose name holds its version. */
import { chmodSync, existsSync, mkdirSync, renameSync, rmSync } from 'node:fs';
import { homedir } from 'node:os';
import { dirname, join } from 'node:path';

/** `$XDG_CACHE_HOME/kubectl-releases/NAME`, or below `~/.cache` as the XDG base directory rules say. */
export function cacheFolder(name: string): string {
  const base = process.env.XDG_CACHE_HOME || join(homedir(), '.cache');
  return join(base, 'kubectl-releases', name);
}

/**
 * Puts a program in place whole or not at all: two runs may do this at once, and either may be stopped.
 * @param make writes the program to the path it is given
 */
export async function addProgram(
  path: string,
  make: (temporary: string) => void | Promise<void>,
): Promise<void> {
  if (existsSync(path)) return;
  const temporary = `${path}.${process.pid}.tmp`;
  mkdirSync(dirname(path), { recursive: true });
  try {
    await make(temporary);
    chmodSync(temporary, 0o755);
    renameSync(temporary, path);
  } finally {
    rmSync(temporary, { force: true });
  }
}
