/** `migrate2to3`: Helm 2 releases become Helm 3 releases, with all their revisions. */
import { type ExitCode, isReleasesError } from '../errors.ts';
import { adoptObject } from '../migrate/adopt/adoptObject.ts';
import { withAdoptSteps } from '../migrate/adopt/index.ts';
import type { Engine } from '../migrate/engine/engine.ts';
import { plan2to3 } from '../migrate/helm2to3/plan.ts';
import { surveyTarget } from '../migrate/helm2to3/survey.ts';
import type { Options2to3 } from '../migrate/helm2to3/target.ts';
import { openDiscovery, type Serves } from '../objects/discovery.ts';
import { destinationText, nextLine } from '../output/plans/destination.ts';
import { checkReport } from '../output/plans/report.ts';
import { migrating } from '../output/plans/words.ts';
import { note } from '../output/terminal/errors.ts';
import type { IO } from '../output/terminal/io.ts';
import { driverKind } from '../storage/address.ts';
import { defineCommand } from './command.ts';
import { clusterFlags, nextFlags } from './hints/flags.ts';
import { migrate2to3Options } from './line/migrate2to3Options.ts';
import { noNamespaces } from './line/runOptions.ts';
import { backupsOf } from './move/backups.ts';
import { checkCount } from './move/carryOut.ts';
import { adoptionWanted } from './move/destination.ts';
import { checkRehearsal, throughOf } from './move/dryRun.ts';
import { type Helm2Args, type Helm2Ends, openHelm2Ends, placementOf } from './move/helm2Ends.ts';
import {
  checkHelm2Selection,
  type Helm2SelectionArgs,
  selectHelm2,
} from './move/helm2Selection.ts';
import { newName, noteEarlierBackup, ownBackups } from './move/ownBackups.ts';
import { missingFor, permissionHints, planning } from './move/permissions.ts';
import type { PlannedMove, RunArgs } from './move/plannedMove.ts';
import { runPlan } from './move/run.ts';
import { linesAway, linesOfCopies } from './move/undoMove.ts';
import { passphraseEncryption } from './stores/archiveKeys.ts';
import { namedDatabase } from './stores/secondDatabase.ts';

export const migrate2to3 = defineCommand({
  name: 'migrate2to3',
  describe: 'migrate Helm 2 releases to Helm 3, every revision, verified',
  details: [
    'Plans first and shows the plan: what becomes a Helm 3 record, what gets lost on the way, and',
    'what needs a decision. Every record is read back and compared after it was written. Sources',
    'are kept unless --delete-v2-releases is given, and then deleted only after all revisions of',
    'their release have been verified. It can be stopped at any time and run again: it goes on',
    'where it stopped, and writes nothing when nothing is left to do.',
    'Without -n, these are releases of all namespaces, from every Tiller namespace that -t names; no',
    'Tiller needs to run.',
    "The newest revision's live objects are adopted: they get the annotations and the label that",
    'Helm 3 knows its own by. An object that another release owns is named, and never touched.',
  ],
  examples: [
    ['migrate2to3 --all --dry-run', 'show what would happen, write nothing'],
    ['migrate2to3 --all --dry-run=server', 'the same, with every step checked by the API server'],
    ['migrate2to3 billing search', 'migrate two releases'],
    ['migrate2to3 --all -t tiller-a -t tiller-b', 'those of two Tillers'],
    ['migrate2to3 -l STATUS=DEPLOYED --exclude cms', 'what is deployed, but for one'],
    ['migrate2to3 --all --yes --delete-v2-releases', 'migrate all and remove what Tiller kept'],
    ['migrate2to3 --all --from dir:./tiller --to dir:./helm3 --yes', 'between two folders'],
  ],
  instead: { 'create-namespace': noNamespaces },
  arguments: { release: 'many' },
  interruptible: true,
  options: migrate2to3Options,
  async handler(args, io) {
    checkHelm2Selection(args, io);
    checkCount('concurrency', args.concurrency);
    checkCount('release-versions-max', args['release-versions-max'] || undefined);
    await checkReport(args.report);
    const ends = await openHelm2Ends(args, io.env, throughOf(args));
    try {
      checkRehearsal(args, ends.to.storage);
      return await migrate(args as MigrateArgs, ends, io);
    } finally {
      ends.close();
    }
  },
});

interface MigrateArgs extends Helm2SelectionArgs, Helm2Args, RunArgs {
  readonly 'release-versions-max': number | undefined;
  readonly 'target-release': string | undefined;
  readonly 'target-namespace': string | undefined;
  readonly backup: string | undefined;
  readonly adopt: boolean | undefined;
  readonly 'no-adopt': boolean | undefined;
  readonly 'delete-v2-releases': boolean | undefined;
  readonly 'resolve-pending': string | undefined;
  readonly 'mark-superseded': boolean | undefined;
  readonly concurrency: number;
}

async function migrate(args: MigrateArgs, ends: Helm2Ends, io: IO): Promise<ExitCode> {
  return runPlan(await io.whilePlanning(() => planned(args, ends, io)), args, io);
}

async function planned(args: MigrateArgs, ends: Helm2Ends, io: IO): Promise<PlannedMove> {
  const { inCluster } = ends.to.storage.capabilities;
  const adopts = adoptionWanted(args, ends.to.storage, inCluster) ?? inCluster;
  const { sources, stores, finished, nothing } = await planning(selectHelm2(args, ends, io));
  if (sources.releases.length === 0 && args['delete-v2-releases'] && args.backup === undefined)
    noteEarlierBackup(ownBackups('helm2-backup', io.env), io);
  const placement = placementOf(args, ends);
  const { storage } = ends.to;
  const surveyed = await planning(
    surveyTarget(storage, sources.releases, placement, args.concurrency),
  );
  const serves = await servedIn(ends, io);
  const target = {
    ...{ ...surveyed, clusterFlags: clusterFlags(args) },
    ...(serves && { serves }),
  };
  const records = await plan2to3(sources.releases, target, optionsOf(args));
  const { releases } = sources;
  const plan = adopts
    ? await withAdoptSteps(records, releases, target, (await ends.kube()).api, args.concurrency)
    : records;
  const ready = { from: stores, to: storage };
  const adopt: Engine['adopt'] = async (_, step) => adoptObject((await ends.kube()).api, step);
  const database = namedDatabase(args, io.env);
  const end = { args, kube: ends.kube, database };
  const backups = await backupsOf(
    plan,
    { from: { sources: ends.from, ...end }, to: { storage, ...end } },
    {
      ...{ named: args.backup, prefix: ownBackups('helm2-backup', io.env) },
      encryption: () => passphraseEncryption(args, io),
    },
    io.program,
  );
  const parts = { program: io.program, driver: driverKind(io.env), flags: backups.flags.to };
  return {
    plan,
    words: migrating,
    where: destinationText(ends.to),
    strays: sources.strays,
    ...{ nothing, finished },
    missing: await missingFor(plan, ready, ends.kube),
    permissionHints: () =>
      permissionHints(`${io.program} rbac migrate2to3`, plan, { ...args }, ownFlags),
    engine: { ...ready, concurrency: args.concurrency, adopt },
    ...backups,
    copiesAway: (whole) =>
      linesOfCopies(whole, storage, newName(ownBackups('helm3-taken', io.env)), parts),
    away: (half) => linesAway(half, storage, newName(ownBackups('helm3-taken', io.env)), parts),
    next: nextLine(
      { ...ends.to, database: database.shell },
      io.program,
      nextFlags(args),
      new Set(['helm']),
    ),
  };
}

/** Asked only of the cluster that releases go into; a check that can't be made stops nothing. */
async function servedIn(ends: Helm2Ends, io: IO): Promise<Serves | undefined> {
  if (!ends.to.storage.capabilities.inCluster) return undefined;
  try {
    return await openDiscovery((await ends.kube()).api).all();
  } catch (error) {
    if (!isReleasesError(error)) throw error;
    note(
      io,
      "what the API server serves isn't known, so API versions that it lacks were not looked for",
    );
    return undefined;
  }
}

/** Those that `rbac` takes, too. */
const ownFlags = ['delete-v2-releases', 'tiller-out-cluster', 'release-storage'];

function optionsOf(args: MigrateArgs): Options2to3 {
  const pending = args['resolve-pending'];
  const most = args['release-versions-max'];
  return {
    deleteSources: args['delete-v2-releases'] === true,
    markSuperseded: args['mark-superseded'] === true,
    ...(pending === 'failed' || pending === 'deployed' ? { resolvePending: pending } : {}),
    ...(most && { maxRevisions: most }),
  };
}
