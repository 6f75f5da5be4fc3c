/** Where sources are copied to before they are deleted, and the command that brings them back. */
import type { Kube } from '../kube/kube.ts';
import type { Storage } from '../storage/storage.ts';
import type { ClusterArgs } from './options.ts';
import { clusterFlags, word } from './roleLine.ts';

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
  const { rowsAsSecrets } = await import('../storage/rowsAsSecrets.ts');
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
