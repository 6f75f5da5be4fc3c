/** Where sources are copied to before they are deleted, and the command that brings them back. */
import { existsSync } from 'node:fs';
import type { Kube } from '../kube/kube.ts';
import type { Plan } from '../migrate/plan.ts';
import { identify } from '../record.ts';
import type { Encryption } from '../storage/archive/age.ts';
import type { Storage } from '../storage/storage.ts';
import { backupAddress, mustBeNew } from './archivePath.ts';
import { newArchiveFacts } from './connections.ts';
import type { ClusterArgs } from './options.ts';
import { clusterFlags, flagged, word } from './roleLine.ts';

export interface BackupStore {
  readonly storage: Storage;
  readonly path: string;
}

/**
 * A folder that can be written to, or a new archive, before anything else happens.
 * @param named a folder's path, `dir:PATH`, `PATH.zip` or `file:PATH`; absent: a new folder here,
 *   `PREFIX-20261120T180411Z`
 * @param encryption of an archive; a folder has none
 * @throws ReleasesError FILE, EXISTS for an archive that is there
 */
export async function openBackupStore(
  named: string | undefined,
  prefix: string,
  encryption: Encryption | undefined,
): Promise<BackupStore> {
  const { type, location: path = '.' } = await backupAddress(named ?? newName(prefix));
  const { rowsAsSecrets } = await import('../storage/rowsAsSecrets.ts');
  if (type === 'file') {
    mustBeNew(path);
    const { openArchive } = await import('../storage/archive/archive.ts');
    const about = newArchiveFacts([]);
    const archive = await openArchive(path, { create: true, about, encryption });
    return { storage: rowsAsSecrets(archive), path };
  }
  const { openDirectory } = await import('../storage/directory.ts');
  return { storage: rowsAsSecrets(await openDirectory(path, { create: true })), path };
}

/** The backup of a run a moment ago may hold a record as it was then. */
function newName(prefix: string): string {
  const moment = new Date().toISOString().replace(/[-:]|\.\d+/g, '');
  const name = (count: number) => `${prefix}-${moment}${count > 1 ? `-${count}` : ''}`;
  let count = 1;
  while (existsSync(name(count))) count++;
  return name(count);
}

/**
 * Where what is replaced is copied to, while sources are copied to `named`.
 * @returns what `openBackupStore` takes
 */
export function besideBackup(named: string | undefined): string | undefined {
  return named?.replace(/(\/*|\.zip)$/, '-replaced$1').replace(/\/+$/, '');
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

/**
 * @param plan what has replaced records
 * @param to where it did
 * @param flags from `undoFlags`, for the target
 */
export function undoReplaced(
  program: string,
  path: string,
  plan: Plan,
  to: Storage,
  flags: string,
): string {
  // A row that is there is no record that `restore` can replace by its Secret.
  if (to.kinds.includes('SQL')) return `the rows as they were are Secrets in ${word(path)}`;
  const names = plan.releases.flatMap(({ steps }) =>
    steps.flatMap((step) => {
      const identity = step.do === 'create' && step.replaces && identify(step.replaces);
      return identity && 'name' in identity ? identity.name : [];
    }),
  );
  const overwrite = flagged('--overwrite', [...new Set(names)]);
  return `${undoCommand(program, path, [to], flags)}${overwrite}`;
}
