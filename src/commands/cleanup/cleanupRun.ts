/** Carries a cleanup out, part after part, and says how what went is brought back. */

import { join } from 'node:path';
import { printable } from '../../errors.ts';
import { applyHome } from '../../migrate/cleanup/applyHome.ts';
import { applyTiller, type TillerOutcome } from '../../migrate/cleanup/applyTiller.ts';
import type { CleanupPlan } from '../../migrate/cleanup/cleanupPlan.ts';
import { countPlan, isMovable } from '../../migrate/plan.ts';
import {
  type CleanupOutcomes,
  hasFailed,
  isGoing,
  wasStopped,
} from '../../output/plans/cleanup.ts';
import type { IO } from '../../output/terminal/io.ts';
import { shellQuote } from '../../shellQuote.ts';
import { proveApart } from '../../storage/files/probe.ts';
import { undoCommand, undoFlags } from '../hints/backupLines.ts';
import { apartOf, type BackupStore, namedInBackup, openBackupStore } from '../move/backupStore.ts';
import { carryOut } from '../move/carryOut.ts';
import type { Helm2Ends } from '../move/helm2Ends.ts';
import { ownBackups } from '../move/ownBackups.ts';
import { passphraseEncryption } from '../stores/archiveKeys.ts';
import { provenanceOf } from '../stores/provenance.ts';
import { namedDatabase } from '../stores/secondDatabase.ts';
import type { CleanupArgs, Looked } from './cleanupPlan.ts';

interface BackupArgs extends CleanupArgs {
  readonly backup?: string | undefined;
}

/** A folder that can be written to, before anything else happens; none where nothing needs it. */
export async function openBackup(
  args: BackupArgs,
  { releases, tillers }: CleanupPlan,
  ends: Helm2Ends | undefined,
  io: IO,
) {
  const deletes = releases ? countPlan(releases).deletes : 0;
  if (deletes === 0 && !tillers.some(({ verdict }) => isGoing(verdict))) return undefined;
  const encryption = await passphraseEncryption(args, io);
  return openBackupStore(
    ...([args.backup, ownBackups('helm2-backup', io.env), encryption] as const),
    async () => (ends ? provenanceOf(ends.from, ends.kube) : []),
    ends?.from.map(({ storage }) => storage) ?? [],
  );
}

export type Backup = Awaited<ReturnType<typeof openBackup>>;

/** Releases, then Tiller, then the home; what fails or is stopped keeps what comes after it. */
export async function carryAllOut(
  args: CleanupArgs,
  { plan, stores, known }: Looked,
  ends: Helm2Ends | undefined,
  backup: Backup,
  io: IO,
): Promise<CleanupOutcomes> {
  const skipped: string[] = [];
  const nothing = { releases: [], deleted: 0, tillers: [], stopped: false, undo: [] };
  let done: CleanupOutcomes = { ...nothing, skipped };
  const mayGoOn = () => {
    if (io.interrupt.aborted) done = { ...done, stopped: true };
    return !hasFailed(done) && !wasStopped(done);
  };
  if (plan.releases && ends && backup && plan.releases.releases.some(isMovable)) {
    const engine = { from: stores, to: ends.to.storage, concurrency: args.concurrency };
    const full = { ...engine, backup: backup.storage };
    await proveApart(apartOf(backup, ends.to.storage));
    const { outcomes, deleted } = await carryOut(plan.releases, full, 'Cleaning up', io, args);
    done = { ...done, releases: outcomes, deleted };
  }
  const tillers: TillerOutcome[] = [];
  for (const tiller of plan.tillers.filter(({ verdict }) => isGoing(verdict))) {
    if (!mayGoOn() || !backup || !ends) {
      skipped.push(`Tiller in namespace ${printable(tiller.namespace, 63)}`);
      continue;
    }
    const engine = { api: (await ends.kube()).api, storage: [...stores.values()], known };
    const folder = tillerFolder(backup);
    tillers.push(await applyTiller(tiller, { ...engine, backup: folder, signal: io.interrupt }));
    done = { ...done, tillers };
  }
  if (plan.home && isGoing(plan.home.verdict)) {
    if (mayGoOn()) done = { ...done, home: await applyHome(plan.home, io.interrupt) };
    else skipped.push("Helm 2's home");
  }
  const undo = backup && ends ? await undoLines(done, plan, backup, args, ends, io) : [];
  return { ...done, undo };
}

/** Tiller's objects are manifests and no records: an archive has them in a folder beside it. */
function tillerFolder({ path, storage }: BackupStore): string {
  return storage.seal ? `${path.replace(/\.zip$/, '')}-tiller` : join(path, 'tiller');
}

async function undoLines(
  { deleted, tillers }: CleanupOutcomes,
  { releases }: CleanupPlan,
  backup: BackupStore,
  args: CleanupArgs,
  ends: Helm2Ends,
  io: IO,
): Promise<string[]> {
  const sources = ends.from.map(({ storage }) => storage);
  const database = namedDatabase(args, io.env);
  const flags = await undoFlags(args, sources, ends.kube, database);
  const names = releases ? namedInBackup(backup, releases) : [];
  return [
    ...(deleted > 0 ? [undoCommand(io.program, backup.path, sources, flags, names)] : []),
    ...(tillers.some(({ removed }) => removed.length > 0)
      ? [`kubectl apply -R -f ${shellQuote(tillerFolder(backup))}${flags}`]
      : []),
  ];
}
