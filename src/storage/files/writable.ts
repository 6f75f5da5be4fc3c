/** Whether a file can be made, asked before there is anything to write. */
import { access, constants, stat } from 'node:fs/promises';
import { dirname } from 'node:path';
import { typed } from '../../errors.ts';
import { reasonOf } from '../../systemErrors.ts';

/** @returns why no file can be written there; undefined: nothing is known against it */
export async function obstacleTo(path: string): Promise<string | undefined> {
  try {
    if ((await stat(path)).isDirectory()) return 'it is a folder';
    await access(path, constants.W_OK);
    return undefined;
  } catch (error) {
    const code = codeOf(error);
    if (code !== 'ENOENT') return reasonOf(code);
  }
  const folder = dirname(path);
  try {
    await access(folder, constants.W_OK | constants.X_OK);
    return undefined;
  } catch (error) {
    const code = codeOf(error);
    return code === 'ENOENT' ? `there is no folder ${typed(folder, 1000)}` : reasonOf(code);
  }
}

/** The system's word for what went wrong. @throws what isn't the system's */
export function codeOf(error: unknown): string {
  if (error instanceof Error && 'code' in error && typeof error.code === 'string')
    return error.code;
  throw error;
}
