/** What every move says of its backups: where copies go before anything goes, and what brings it back. */
import { dirname, join } from 'node:path';
import type { ReadSource } from '../../inspect/sources.ts';
import type { Kube } from '../../kube/kube.ts';
import type { Plan } from '../../migrate/plan.ts';
import type { Encryption } from '../../storage/archive/age.ts';
import { undoCommand, undoFlags, undoReplaced } from '../hints/backupLines.ts';
import type { ClusterArgs } from '../line/options.ts';
import { provenanceOf } from '../stores/provenance.ts';
import type { NamedDatabase } from '../stores/secondDatabase.ts';
import { besideBackup, openBackupStore } from './backupStore.ts';
import type { PlannedMove } from './plannedMove.ts';

/** One end of a move: its stores, the flags that choose its cluster, and that. */
interface End {
  readonly sources: readonly Pick<ReadSource, 'storage' | 'selection'>[];
  readonly args: ClusterArgs;
  /** Where one of the stores is one. */
  readonly database: NamedDatabase;
  kube(): Promise<Pick<Kube, 'context'>>;
}

export interface Backups
  extends Required<Pick<PlannedMove, 'openBackup' | 'openAside' | 'undo' | 'undoReplaced'>> {
  /** The flags of either end's cluster, with its context: see `undoFlags`. */
  readonly flags: { readonly from: string; readonly to: string };
}

/**
 * @param wish what the command line says of them; `prefix` is of a folder's path where nothing is `named`
 * @param of what is copied first: sources that go, or, where none ever does, what is replaced in the target
 */
export async function backupsOf(
  { releases }: Plan,
  {
    from,
    to,
  }: { readonly from: End; readonly to: Omit<End, 'sources'> & Pick<ReadSource, 'storage'> },
  wish: {
    readonly named: string | undefined;
    readonly prefix: string;
    encryption(): Promise<Encryption | undefined>;
  },
  program: string,
  of: 'sources' | 'replaced' = 'sources',
): Promise<Backups> {
  const sources = from.sources.map(({ storage }) => storage);
  const target: End = { ...to, sources: [{ storage: to.storage, selection: {} }] };
  const flags = {
    from: await undoFlags(from.args, sources, from.kube, from.database),
    to: await undoFlags(to.args, [to.storage], to.kube, to.database),
  };
  const open = async (path: string | undefined, prefix: string, end: End) =>
    openBackupStore(
      ...([path, prefix, await wish.encryption()] as const),
      () => provenanceOf(end.sources, end.kube),
      [...sources, to.storage],
    );
  const replaced: Backups['undoReplaced'] = (path, names, those = releases) =>
    undoReplaced(program, path, those, to.storage, flags.to, names);
  return {
    openBackup: () => open(wish.named, wish.prefix, of === 'sources' ? from : target),
    openAside: () =>
      open(besideBackup(wish.named), join(dirname(wish.prefix), 'helm-replaced'), target),
    undo: (path, names) =>
      of === 'replaced'
        ? replaced(path, names)
        : undoCommand(program, path, sources, flags.from, names),
    undoReplaced: replaced,
    flags,
  };
}
