/** Puts programs for the tests into the folders of `cacheFolder.mjs`. */
import { chmodSync, existsSync, mkdirSync, renameSync, rmSync } from 'node:fs';
import { dirname } from 'node:path';

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
