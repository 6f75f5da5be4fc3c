/** The command lines that bring back what a backup has, as they are printed. */
import type { Kube } from '../../kube/kube.ts';
import { type ReleasePlan, replacedBy } from '../../migrate/plan.ts';
import { identify } from '../../record.ts';
import { shellQuote } from '../../shellQuote.ts';
import { isZip } from '../../storage/archive/zipName.ts';
import type { Storage } from '../../storage/storage.ts';
import type { ClusterArgs, PassphraseArgs } from '../line/options.ts';
import type { NamedDatabase } from '../stores/secondDatabase.ts';
import { clusterFlags, flagged } from './flags.ts';

/**
 * The flags that choose the cluster of these stores, with its context even where none was named, and their
 * database: what is undone in another one is worse than what isn't undone.
 * @returns ` --context prod`; empty where no store is in a cluster, and the database is the one that helm has
 */
export async function undoFlags(
  args: ClusterArgs,
  sources: readonly Storage[],
  kube: () => Promise<Pick<Kube, 'context'>>,
  database: Pick<NamedDatabase, 'flag'> = { flag: '' },
): Promise<string> {
  const sql = sources.some(({ kinds }) => kinds.includes('SQL')) ? database.flag : '';
  if (!sources.some(({ capabilities }) => capabilities.inCluster)) return sql;
  return `${clusterFlags({ ...args, context: (await kube()).context })}${sql}`;
}

/**
 * @param sources the stores that records were deleted from
 * @param flags from `undoFlags`
 * @param names from `namedInBackup`
 */
export function undoCommand(
  program: string,
  path: string,
  sources: readonly Storage[],
  flags: string,
  names: readonly string[] = [],
): string {
  const named = namesText(names);
  // Rows are Secrets in the folder, and rows again in the database.
  if (sources.some(({ kinds }) => kinds.includes('SQL')))
    return `${program} copy${named || ' --all'} --from ${shellQuote(`${isZip(path) ? 'file' : 'dir'}:${path}`)} --to sql${flags}`;
  const folder = sources.find(({ capabilities }) => !capabilities.inCluster)?.address;
  const where = folder === undefined ? flags : ` --to ${shellQuote(folder)}`;
  return `${restoreLine(program, path, names)}${where}`;
}

/** @param program helm hands its plugin a namespace where the line has none, which would be all that goes back */
function restoreLine(program: string, path: string, names: readonly string[]): string {
  const all = isPlugin(program) ? ' -A' : '';
  return `${program} restore ${shellQuote(path)}${namesText(names)}${all}`;
}

function isPlugin(program: string): boolean {
  return program.startsWith('helm ');
}

function namesText(names: readonly string[]): string {
  return names.map((name) => ` ${shellQuote(name)}`).join('');
}

/**
 * @param releases what has replaced records
 * @param to where it did
 * @param flags from `undoFlags`, for the target
 * @param named from `namedInBackup`
 */
export function undoReplaced(
  program: string,
  path: string,
  releases: readonly ReleasePlan[],
  to: Storage,
  flags: string,
  named: readonly string[] = [],
): string {
  const names = releases.flatMap(({ steps }) => {
    const own = steps.flatMap((step) => {
      const over = replacedBy(step);
      const identity = over && identify(over);
      return identity && 'name' in identity ? identity.name : [];
    });
    return [...new Set(own)];
  });
  return restoreOver(program, path, [to], flags, named, names);
}

/**
 * Of releases that have lost some of their revisions, or all: those come back beside what stays, which `restore` takes
 * for another release's otherwise.
 * @param stores that they were deleted from; all or none of them a database
 */
export function undoPruned(
  program: string,
  path: string,
  releases: readonly ReleasePlan[],
  stores: readonly Storage[],
  flags: string,
  named: readonly string[] = [],
): string {
  const names = releases.flatMap(({ name, steps, sources }) =>
    steps.length > 0 && steps.length < sources.length ? name : [],
  );
  return restoreOver(program, path, stores, flags, named, names);
}

/** @param names that have records there; one comes twice that is meant in several namespaces */
function restoreOver(
  program: string,
  path: string,
  stores: readonly Storage[],
  flags: string,
  named: readonly string[],
  names: readonly string[],
): string {
  const overwrite = flagged('--overwrite', [...new Set(names)]);
  // Of a name in several namespaces, each is meant.
  const all = new Set(names).size < names.length && !isPlugin(program) ? ' -A' : '';
  // Rows are Secrets in the backup, and each goes back to its row.
  const line = stores.some(({ kinds }) => kinds.includes('SQL'))
    ? `${restoreLine(program, path, named)} --to sql${flags}`
    : undoCommand(program, path, stores, flags, named);
  return `${line}${all}${overwrite}`;
}

/**
 * What opens an archive again that was made with these flags, for a command line to try next.
 * @param path of what was made: a folder is never encrypted
 */
export function passphraseFlags(args: PassphraseArgs, path: string): string {
  if (!isZip(path)) return '';
  const flags = ['passphrase-file', 'passphrase-env'] as const;
  return flags.map((flag) => (args[flag] ? ` --${flag} ${shellQuote(args[flag])}` : '')).join('');
}
