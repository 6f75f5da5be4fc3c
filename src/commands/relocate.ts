/** `relocate` and `copy`: releases go to another store, namespace, cluster or name as they are. */
import { type ExitCode, printable, ReleasesError } from '../errors.ts';
import { adoptObject } from '../migrate/adopt/adoptObject.ts';
import type { Engine } from '../migrate/engine/engine.ts';
import { isMovable, type Plan, type ReleasePlan } from '../migrate/plan.ts';
import { withLeaving } from '../migrate/relocate/leftLiveObjects.ts';
import { withObjects } from '../migrate/relocate/objects.ts';
import { planRelocation } from '../migrate/relocate/plan.ts';
import type { RelocateOptions } from '../migrate/relocate/relocateOptions.ts';
import type { MovingRelease } from '../migrate/relocate/survey.ts';
import { surveyRelocationTarget } from '../migrate/relocate/target.ts';
import { clusterNameOf, shortClusterText } from '../output/clusters.ts';
import { destinationText, nextLine } from '../output/plans/destination.ts';
import { checkReport } from '../output/plans/report.ts';
import { copying, relocating } from '../output/plans/words.ts';
import type { IO } from '../output/terminal/io.ts';
import type { Owner } from '../record.ts';
import { driverKind } from '../storage/address.ts';
import type { Encryption } from '../storage/archive/age.ts';
import { checkApart } from '../storage/files/overlappingFolders.ts';
import { isLive } from '../storage/storage.ts';
import { defineCommand } from './command.ts';
import { clusterFlags, nextFlags } from './hints/flags.ts';
import type { EncryptionArgs } from './line/options.ts';
import { copyOptions, relocateOptions } from './line/relocateOptions.ts';
import { noNamespaces } from './line/runOptions.ts';
import { backupsOf } from './move/backups.ts';
import { checkCount } from './move/carryOut.ts';
import { adoptionWanted } from './move/destination.ts';
import { checkRehearsal, throughOf } from './move/dryRun.ts';
import { ifNewestOf } from './move/ifNewest.ts';
import { noteLeft } from './move/leftBehind.ts';
import { newName, noteEarlierBackup, ownBackups } from './move/ownBackups.ts';
import { missingByEnd, permissionHints, planning } from './move/permissions.ts';
import type { PlannedMove, RunArgs } from './move/plannedMove.ts';
import {
  checkGoal,
  openRelocationEnds,
  type RelocationEnds,
  type RelocationEndsArgs,
} from './move/relocationEnds.ts';
import {
  checkAny,
  checkRelocationSelection,
  namespaceMap,
  type RelocationSelectionArgs,
  revisionsOf,
  selectRelocatable,
} from './move/relocationSelection.ts';
import { runPlan } from './move/run.ts';
import { checkScopeSaid } from './move/scoped.ts';
import { askedWords, notePluginNamespace, withEverywhere } from './move/selection.ts';
import { askOfSources, saidOfSources } from './move/sourceFate.ts';
import { linesAway, linesFromBackup, openUndoMove } from './move/undoMove.ts';
import { encryptionOf, keysOf } from './stores/archiveKeys.ts';
import { mustBePossible } from './stores/archivePath.ts';
import { addressOf } from './stores/connections.ts';

export const relocate = defineCommand({
  name: 'relocate',
  instead: { 'create-namespace': noNamespaces },
  describe: 'move releases to another store, namespace, cluster or name, verified',
  details: [
    'Plans first and shows the plan. Records are copied to the byte, with all their labels, and each',
    'copy is read back and compared. Only another name or namespace of the release itself changes what',
    'is in a record, and then exactly what names it. --delete-source or --keep-source says what becomes',
    'of the sources: what is deleted is copied to a backup folder first, and goes after all revisions',
    'have been verified. mv is relocate --delete-source. It can be stopped at any time and run again: it',
    "goes on where it stopped. These are releases of the context's namespace, unless -n names another one",
    'or -A takes all; of a folder or an archive, all that it holds.',
  ],
  examples: [
    ['relocate -A --to configmap --delete-source --dry-run', 'show what would happen'],
    ['relocate -A --to sql --delete-source', "into Helm's PostgreSQL tables"],
    [
      'relocate billing -n pay --to-storage-namespace vault --delete-source',
      'keep its records in another namespace',
    ],
    ['relocate billing -n pay --to-name invoices --delete-source', 'rename a release'],
    [
      'relocate -A --to-context new --map-namespace pay=money --keep-source',
      'into another cluster',
    ],
  ],
  arguments: { release: 'many' },
  interruptible: true,
  options: relocateOptions,
  async handler(args, io) {
    return runRelocation(args as RelocateArgs, io);
  },
});

export const copy = defineCommand({
  name: 'copy',
  instead: { 'create-namespace': noNamespaces },
  describe: 'copy releases to another store, namespace, cluster or name, verified',
  details: [
    'The same as relocate --keep-source: every record is copied, read back and compared, and those that',
    'are there already are left alone. Nothing is deleted. cp is another word for it.',
  ],
  examples: [
    ['copy -A --to dir:./releases --yes', 'every release into a folder'],
    ['copy billing -n pay --to configmap --yes', 'one release, as HELM_DRIVER=configmap reads it'],
    ['copy -A --to-context new --dry-run', 'show what would be copied into another cluster'],
  ],
  arguments: { release: 'many' },
  interruptible: true,
  options: copyOptions,
  async handler(args, io) {
    return runRelocation({ ...args, copies: true } as RelocateArgs, io);
  },
});

interface RelocateArgs
  extends RelocationEndsArgs,
    RelocationSelectionArgs,
    RunArgs,
    EncryptionArgs {
  /** `copy` never deletes, and says copied. */
  readonly copies?: boolean;
  readonly 'delete-source'?: boolean | undefined;
  readonly 'keep-source'?: boolean | undefined;
  readonly 'if-newest'?: readonly string[] | undefined;
  readonly backup?: string | undefined;
  readonly adopt?: boolean | undefined;
  readonly 'no-adopt'?: boolean | undefined;
  readonly 'leave-objects'?: boolean | undefined;
  readonly revisions: string;
  readonly concurrency: number;
}

/** @throws ReleasesError as `openRelocationEnds`; REFUSED */
async function runRelocation(given: RelocateArgs, io: IO): Promise<ExitCode> {
  const asked = withEverywhere(given);
  checkRelocationSelection(asked, io);
  checkGoal(asked);
  checkCount('concurrency', asked.concurrency);
  const revisions = revisionsOf(asked.revisions);
  ifNewestOf(asked['if-newest']);
  await checkReport(asked.report);
  const deletes = !asked.copies && (saidOfSources(asked) ?? (await askOfSources(io)));
  const args = { ...asked, 'delete-source': deletes };
  if (args.to !== undefined) await mustBePossible(await addressOf(args.to));
  const encryption = await encryptionOf(args, io);
  const places = [args.from, args.to, args.backup];
  if (encryption && !places.some((place) => place && /^file:|\.zip$/.test(place)))
    throw new ReleasesError('USAGE', 'only an archive is encrypted', {
      hints: ['--to file:PATH.zip  makes one'],
    });
  const archives = {
    ...{ keys: await keysOf(args, io), encryption, asked: askedWords(args) },
    // What sources are deleted for is where it was said to be.
    beside: !deletes,
  };
  const ends = await openRelocationEnds(args, io.env, throughOf(args), archives);
  try {
    return await runPlan(
      await io.whilePlanning(() => planned(args, revisions, ends, encryption, io)),
      args,
      io,
    );
  } finally {
    ends.close();
  }
}

/** Those that `rbac` takes, too. */
const ownFlags = [
  ...(['helm', 'delete-source', 'to-name', 'to-namespace', 'map-namespace'] as const),
  ...(['to-storage-namespace', 'to-context', 'to-kubeconfig'] as const),
];

async function planned(
  args: RelocateArgs,
  revisions: RelocateOptions['revisions'],
  ends: RelocationEnds,
  encryption: Encryption | undefined,
  io: IO,
): Promise<PlannedMove> {
  const { storage } = ends.to;
  checkRehearsal(args, storage);
  const adopts = adoptionWanted(args, storage, isLive(storage));
  const apart = await checkApart(
    ends.from.map((source) => source.storage),
    storage,
  );
  const { scope } = ends;
  const { namespace } = scope;
  const sameStore = await ends.isSameStore();
  const sameCluster = await planning(ends.isSameCluster());
  checkChains(args, sameStore || sameCluster);
  if (args.release.length === 0)
    await planning(checkScopeSaid(scope, ends.from, args, '--from', io));
  const chosen = await planning(selectRelocatable({ ...args, namespace }, ends, io));
  checkAny(chosen, { ...args, namespace });
  if (chosen.releases.length === 0) {
    notePluginNamespace(args, namespace, io);
    if (args['delete-source'] && args.backup === undefined)
      noteEarlierBackup(ownBackups('helm-backup', io.env), io);
  }
  // "Move them back" is typed without --from, too.
  if ((!sameCluster || chosen.found === 0) && args.release.length === 0)
    await noteLeft(await ends.beside(), io);
  const target = await planning(
    surveyRelocationTarget(
      ...([storage, chosen.releases, chosen.stores, args.concurrency] as const),
      () => sameStore,
      chosen.beside,
    ),
  );
  const deleteSources = args['delete-source'] === true;
  const records = planRelocation(chosen.releases, target, {
    ...{ deleteSources, revisions, beside: chosen.beside },
    ifNewest: ifNewestOf(args['if-newest']),
    clusterFlags: clusterFlags(ends.toArgs),
    elsewhere: !sameCluster,
  });
  const clusters = await clustersOf(ends);
  const plan = await withLiveObjects({ ...records, clusters }, chosen.releases, args, adopts, ends);
  const adopt: Engine['adopt'] = async (_, step) => adoptObject((await ends.toKube()).api, step);
  const { stores: from, unseen } = chosen;
  const engine = { from, to: storage, unseen, concurrency: args.concurrency, adopt };
  const sources = ends.from.map((source) => source.storage);
  const { toArgs } = ends;
  const backups = await backupsOf(
    plan,
    {
      from: { sources: ends.from, args, kube: ends.kube, database: ends.databases.from },
      to: { storage, args: toArgs, kube: ends.toKube, database: ends.databases.to },
    },
    {
      named: args.backup,
      prefix: ownBackups('helm-backup', io.env),
      encryption: async () => encryption,
    },
    io.program,
  );
  const renames = plan.releases.some(({ becomes }) => becomes !== undefined);
  const undoMove = await openUndoMove(args, ends, renames, io.program, io.env);
  const missing = await missingByEnd(plan, engine, ends);
  return {
    plan,
    words: args.copies ? copying : relocating,
    scope: scope.words,
    where: destinationText(ends.to, clusters.to, plan),
    strays: chosen.strays,
    ...{ nothing: chosen.nothing, finished: chosen.finished },
    missing: [...missing.from, ...missing.to],
    permissionHints: () => {
      const two = args['to-context'] || args['to-kubeconfig'];
      const lacking = (['from', 'to'] as const).filter((end) => two && missing[end].length > 0);
      const renames = Boolean(args['to-name'] || args['to-namespace'] || args['map-namespace']);
      const line = `${io.program} rbac ${commandOf(args)}`;
      return permissionHints(line, plan, { ...args }, ownFlags, renames, lacking);
    },
    ...{ engine, apart },
    ...backups,
    target: toArgs,
    undoMove,
    away: (half) =>
      linesAway(half, storage, newName(ownBackups('helm-taken', io.env)), {
        ...{ program: io.program, driver: driverKind(io.env), flags: backups.flags.to },
      }),
    ...(isLive(storage) &&
      sources.every(isLive) && {
        beside: (path: string, gone: readonly ReleasePlan[]) =>
          linesFromBackup(gone, sources, path, args, {
            ...{ program: io.program, driver: driverKind(io.env), flags: backups.flags.from },
          }),
      }),
    next: nextLine(ends.to, io.program, nextFlags(toArgs), ownersOf(plan)),
  };
}

/** Whose records move. */
function ownersOf({ releases }: Plan): ReadonlySet<Owner> {
  return new Set(releases.filter(isMovable).map(({ owner }) => owner));
}

/** Of both ends, as far as they are in a cluster. */
async function clustersOf({ from, to, kube, toKube }: RelocationEnds) {
  const inCluster = from.some(({ storage }) => storage.capabilities.inCluster);
  return {
    ...(inCluster && { from: clusterNameOf(await kube()) }),
    ...(to.storage.capabilities.inCluster && { to: clusterNameOf(await toKube()) }),
  };
}

/**
 * In one store, what a first run has moved a second one would move on.
 * @throws ReleasesError USAGE
 */
function checkChains(args: RelocateArgs, inOnePlace: boolean): void {
  const map = namespaceMap(args);
  const chained = [...map].find(([old, next]) => old !== next && map.has(next));
  if (!chained || !inOnePlace) return;
  const [old, next] = chained;
  throw new ReleasesError('USAGE', `--map-namespace ${old}=${next} leads to another one's source`, {
    why: ['run again, it would move what the first run has moved'],
    hints: ['one command after the other, or into another cluster'],
  });
}

/** Where releases get other names beside live objects: a folder has none. */
async function withLiveObjects(
  records: Plan,
  releases: readonly MovingRelease[],
  args: RelocateArgs,
  adopt: boolean | undefined,
  { to, isSameCluster, toKube, neighbours }: RelocationEnds,
): Promise<Plan> {
  const isRenamed = ({ copies }: MovingRelease) => copies.some(({ rename }) => rename);
  if (args.adopt && releases.length > 0 && !releases.some(isRenamed))
    throw new ReleasesError('USAGE', '--adopt has nothing to do: no release gets another name', {
      why: [
        'it marks live objects as those of a release under its new name or in its new namespace',
      ],
      hints: ['--to-name NAME, --to-namespace NS or --map-namespace OLD=NEW  gives it one'],
    });
  const { from: left, to: reached } = records.clusters ?? {};
  const sameCluster = await isSameCluster();
  const leaves = !sameCluster && left && reached;
  const plan = leaves ? withLeaving(records, printable(shortClusterText(left))) : records;
  if (!isLive(to.storage) || releases.every(({ living }) => !living)) return plan;
  const leave = args['leave-objects'] === true;
  const options = {
    ...{ leave, sameCluster, neighbours: await neighbours() },
    ...(adopt !== undefined && { adopt }),
    ...(leaves && { cluster: printable(shortClusterText(reached)) }),
  };
  const { api } = await toKube();
  return withObjects(plan, releases, options, api, args.concurrency, commandOf(args));
}

function commandOf({ copies }: RelocateArgs): 'copy' | 'relocate' {
  return copies ? 'copy' : 'relocate';
}
