/** Where sources are copied to before they are deleted, and the command that brings them back. */
import type { Storage } from '../storage/storage.ts';
import { word } from './roleLine.ts';

export interface BackupFolder {
  readonly storage: Storage;
  readonly path: string;
}

/**
 * A folder that can be written to, before anything else happens.
 * @param named absent: a new one here, `PREFIX-20261120T180411Z`
 * @throws ReleasesError FILE
 */
export async function openBackupFolder(
  named: string | undefined,
  prefix: string,
): Promise<BackupFolder> {
  const { openDirectory } = await import('../storage/directory.ts');
  const moment = new Date().toISOString().replace(/[-:]|\.\d+/g, '');
  const path = named ?? `${prefix}-${moment}`;
  return { storage: await openDirectory(path, { create: true }), path };
}

/**
 * @param sources the stores that records were deleted from
 * @param flags those that choose their cluster: ` --context prod`
 */
export function undoCommand(
  program: string,
  path: string,
  sources: readonly Storage[],
  flags: string,
): string {
  const folder = sources.find(({ capabilities }) => !capabilities.inCluster)?.address;
  const where = folder === undefined ? flags : ` --to ${word(folder)}`;
  return `${program} restore ${word(path)}${where}`;
}
