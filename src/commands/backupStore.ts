/** Where sources are copied to before they are deleted, and the command that brings them back. */
import type { Kube } from '../kube/kube.ts';
import type { Storage } from '../storage/storage.ts';
import { backupAddress, mustBeNew } from './archivePath.ts';
import { newArchiveFacts } from './connections.ts';
import type { ClusterArgs } from './options.ts';
import { clusterFlags, word } from './roleLine.ts';

export interface BackupStore {
  readonly storage: Storage;
  readonly path: string;
}

/**
 * A folder that can be written to, or a new archive, before anything else happens.
 * @param named a folder's path, `dir:PATH`, `PATH.zip` or `file:PATH`; absent: a new folder here,
 *   `PREFIX-20261120T180411Z`
 * @throws ReleasesError FILE, EXISTS for an archive that is there
 */
export async function openBackupStore(
  named: string | undefined,
  prefix: string,
): Promise<BackupStore> {
  const moment = new Date().toISOString().replace(/[-:]|\.\d+/g, '');
  const { type, location: path = '.' } = await backupAddress(named ?? `${prefix}-${moment}`);
  const { rowsAsSecrets } = await import('../storage/rowsAsSecrets.ts');
  if (type === 'file') {
    mustBeNew(path);
    const { openArchive } = await import('../storage/archive/archive.ts');
    const about = newArchiveFacts([]);
    return { storage: rowsAsSecrets(await openArchive(path, { create: true, about })), path };
  }
  const { openDirectory } = await import('../storage/directory.ts');
  return { storage: rowsAsSecrets(await openDirectory(path, { create: true })), path };
}

/**
 * The flags that choose the cluster of these stores, with its context even where none was named: what
 * is undone in another cluster is worse than what isn't undone.
 * @returns ` --context prod`; empty where no store is in a cluster
 */
export async function undoFlags(
  args: ClusterArgs,
  sources: readonly Storage[],
  kube: () => Promise<Pick<Kube, 'context'>>,
): Promise<string> {
  if (!sources.some(({ capabilities }) => capabilities.inCluster)) return '';
  return clusterFlags({ ...args, context: (await kube()).context });
}

/**
 * @param sources the stores that records were deleted from
 * @param flags from `undoFlags`
 */
export function undoCommand(
  program: string,
  path: string,
  sources: readonly Storage[],
  flags: string,
): string {
  // Rows are Secrets in the folder, and rows again in the database.
  if (sources.some(({ kinds }) => kinds.includes('SQL')))
    return `${program} copy --all --from ${word(`dir:${path}`)} --to sql`;
  const folder = sources.find(({ capabilities }) => !capabilities.inCluster)?.address;
  const where = folder === undefined ? flags : ` --to ${word(folder)}`;
  return `${program} restore ${word(path)}${where}`;
}
