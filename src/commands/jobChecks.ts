/** What would only fail, or overwrite, once its pods run: `job` refuses it before it prints anything. */

import { backupPath, shardIndex } from '../output/job.ts';
import type { IO } from '../output/terminal/io.ts';
import type { ParsedArgs } from './command.ts';
import { usage } from './line/arguments.ts';
import { checkHelm2Selection } from './move/helm2Selection.ts';
import { checkGoal, type RelocationEndsArgs } from './move/relocationEnds.ts';
import {
  checkRelocationSelection,
  type RelocationSelectionArgs,
  revisionsOf,
} from './move/relocationSelection.ts';
import { isScoped, lookingOf } from './move/scoped.ts';
import { withEverywhere } from './move/selection.ts';
import { saidOfSources, sourcesUnsaid } from './move/sourceFate.ts';
import { type ScopeArgs, takesContext } from './stores/scope.ts';

export interface InnerLine {
  readonly command: 'migrate2to3' | 'relocate' | 'copy' | 'backup';
  readonly parsed: ParsedArgs;
  readonly positionals: readonly string[];
}

/** What a pod has beside the command. */
export interface PodGifts {
  readonly claim: string | undefined;
  readonly envFrom: string | undefined;
}

/** @throws ReleasesError USAGE for what the command itself would refuse, or what no pod could do */
export function checkInner(line: InnerLine, gifts: PodGifts, io: IO): void {
  const { command, parsed, positionals } = line;
  if (parsed.shard !== undefined) throw usage('--shard is what job adds: leave it away');
  for (const flag of ['kubeconfig', 'context', 'server', 'to-kubeconfig', 'to-context', 'contexts'])
    if (given(parsed, flag).length > 0)
      throw usage(`--${flag} has no place in a Job`, ['its pods speak to the cluster they are in']);
  const release = command === 'backup' ? positionals.slice(0, -1) : positionals;
  const args = { ...parsed, release } as RelocationSelectionArgs &
    RelocationEndsArgs & { readonly revisions: string };
  if (command === 'migrate2to3') checkHelm2Selection({ ...args }, io);
  else checkRelocationSelection(withEverywhere(args), io);
  if (command === 'relocate' && saidOfSources(parsed) === undefined) throw sourcesUnsaid();
  if (command === 'relocate' || command === 'copy') {
    checkGoal(args);
    revisionsOf(args.revisions);
  }
  checkDatabase(parsed, gifts);
  checkFiles(line, gifts);
}

/**
 * A pod's context is the namespace that the Job is in, which nobody meant.
 * @throws ReleasesError USAGE
 */
export async function checkScope(command: InnerLine['command'], args: ScopeArgs): Promise<void> {
  if (args.namespace || args['all-namespaces'] || !isScoped(command)) return;
  if (!takesContext(await lookingOf(command, args))) return;
  throw usage('which namespaces? A pod has no context but the namespace of the Job', [
    '-n NAMESPACE after the command, or -A for all of them',
  ]);
}

/** @throws ReleasesError USAGE */
function checkDatabase(parsed: ParsedArgs, { envFrom }: PodGifts): void {
  const places = ['from', 'to', 'storage', 'helm-release-storage-type'];
  const isSql = places.some((flag) => given(parsed, flag).includes('sql'));
  if (given(parsed, 'to-sql-connection').length > 0)
    throw usage('--to-sql-connection would stand in the Job, with its password', [
      '--to-sql-connection-env NAME, of a variable in the Secret of --env-from',
    ]);
  if (
    isSql &&
    envFrom === undefined &&
    given(parsed, 'release-storage-sql-connection').length === 0
  )
    throw usage('--env-from is missing: no database is named', [
      '--env-from SECRET, with HELM_DRIVER_SQL_CONNECTION_STRING in it',
    ]);
}

/** A pod's file system can't be written to, and goes with it: only the claim stays. @throws ReleasesError USAGE */
function checkFiles({ command, parsed, positionals }: InnerLine, { claim }: PodGifts): void {
  const reads = [...given(parsed, 'from'), ...given(parsed, 'storage')];
  if (reads.includes('-')) throw usage('a pod has no standard input to read records from');
  const file = command === 'backup' ? positionals.slice(-1) : [];
  const writes = [...given(parsed, 'to'), ...given(parsed, 'backup'), ...file];
  const deletes = parsed['delete-source'] === true || parsed['delete-v2-releases'] === true;
  if ((deletes || command === 'backup') && !claim)
    throw usage('--claim is missing: the backup would go with its pod');
  for (const place of [...reads, ...writes]) {
    const path = pathOf(place, file.includes(place));
    if (path === undefined) continue;
    if (!claim) throw usage('--claim is missing: a pod has no other folder', [claimLine]);
    if (path.startsWith('/') && !path.startsWith(`${backupPath}/`))
      throw usage(`a pod has nothing in ${path}`, [claimLine]);
  }
  const shared = writes.find((place) => isOneFile(place) && !place.includes(shardIndex));
  if (shared !== undefined)
    throw usage('all pods would write one file', [
      `name it by its shard: '${backupPath}/all-${shardIndex}.zip'`,
    ]);
}

const claimLine = `--claim NAME, whose folder is ${backupPath}`;

function pathOf(place: string, isPath: boolean): string | undefined {
  const address = /^(?:dir|file):(.*)$/s.exec(place);
  return address ? address[1] : isPath ? place : undefined;
}

function isOneFile(place: string): boolean {
  return place.startsWith('file:') || place.endsWith('.zip');
}

function given(parsed: ParsedArgs, flag: string): readonly string[] {
  const value = parsed[flag];
  return [value ?? []].flat().flatMap((one) => (typeof one === 'string' && one !== '' ? one : []));
}
