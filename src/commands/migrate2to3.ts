/** `migrate2to3`: Helm 2 releases become Helm 3 releases, with all their revisions. */
import { type ExitCode, exitCodes, isReleasesError, printable, ReleasesError } from '../errors.ts';
import type { ServerVersion } from '../kube/version.ts';
import { adoptObject } from '../migrate/adopt/adoptObject.ts';
import { withAdoptSteps } from '../migrate/adopt/index.ts';
import { type Engine, outcomeData } from '../migrate/apply.ts';
import { countPlan, type Plan, planData } from '../migrate/plan.ts';
import { plan2to3 } from '../migrate/plan2to3.ts';
import { surveyTarget } from '../migrate/survey.ts';
import type { Options2to3, Placement } from '../migrate/target.ts';
import { ask } from '../output/ask.ts';
import { note } from '../output/errors.ts';
import type { IO } from '../output/io.ts';
import { nextSteps, stillText, targetName } from '../output/migration.ts';
import {
  intention,
  needsPerson,
  number,
  printData,
  printFindings,
  printOutcomes,
  printPlan,
  strayLines,
} from '../output/plan.ts';
import { printRehearsal, rehearsalData } from '../output/rehearsal.ts';
import { reportFormat, writeReport } from '../output/report.ts';
import type { Storage } from '../storage/storage.ts';
import { carryOut, checkCount, exitCodeOf } from './carryOut.ts';
import { defineCommand } from './command.ts';
import { isRehearsed, openDryRunEnds, rehearsed } from './dryRun.ts';
import { migrate2to3Options } from './migrate2to3Options.ts';
import { lacking, missingData, missingFor, planning } from './planPermissions.ts';
import { clusterFlags, roleFlags, word } from './roleLine.ts';
import { checkWanted, findSources, type Wanted } from './sources2to3.ts';
import { type MoveArgs, type MoveEnds, storageFlags } from './stores.ts';

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
  arguments: { release: 'many' },
  interruptible: true,
  options: migrate2to3Options,
  async handler(args, io) {
    checkWanted(args, io);
    checkCount('concurrency', args.concurrency);
    checkCount('release-versions-max', args['release-versions-max'] || undefined);
    if (args.report !== undefined) reportFormat(args.report);
    const ends = await openDryRunEnds(args, io.env);
    try {
      return await migrate(args as MigrateArgs, ends, io);
    } finally {
      ends.close();
    }
  },
});

interface MigrateArgs extends Wanted, MoveArgs {
  readonly 'release-versions-max': number | undefined;
  readonly 'target-release': string | undefined;
  readonly 'target-namespace': string | undefined;
  readonly check: boolean | undefined;
  readonly backup: string | undefined;
  readonly report: string | undefined;
  readonly 'dry-run': string | undefined;
  readonly adopt: boolean | undefined;
  readonly 'no-adopt': boolean | undefined;
  readonly yes: boolean | undefined;
  readonly 'delete-v2-releases': boolean | undefined;
  readonly 'resolve-pending': string | undefined;
  readonly 'mark-superseded': boolean | undefined;
  readonly concurrency: number;
  readonly output: string;
}

async function migrate(args: MigrateArgs, ends: MoveEnds, io: IO): Promise<ExitCode> {
  const adopts = isAdopting(args, ends);
  const { sources, stores, nothing } = await planning(findSources(args, ends, io));
  const placement = placementOf(args, ends);
  const { storage } = ends.to;
  const surveyed = await planning(
    surveyTarget(storage, sources.releases, placement, args.concurrency),
  );
  const serverVersion = await versionOf(ends, io);
  const target = { ...surveyed, ...(serverVersion && { serverVersion }) };
  const records = await plan2to3(sources.releases, target, optionsOf(args));
  const { releases } = sources;
  const plan = adopts
    ? await withAdoptSteps(records, releases, target, (await ends.kube()).api, args.concurrency)
    : records;
  const asTable = args.output === 'table';
  if (asTable && plan.releases.length > 0) printPlan(plan, targetName(ends.to), io);
  if (asTable && args.check) printFindings(plan, io);
  if (sources.strays.length > 0)
    io.stderr.write(
      `${number(sources.strays.length, 'record')} can't be told to belong to a release:\n${strayLines(sources.strays)}`,
    );
  const counts = countPlan(plan);
  const waiting = needsPerson(plan.releases) + sources.strays.length;
  const stays = args['dry-run'] === 'client' || args.check === true;
  const missing = await missingFor(plan, { from: stores, to: storage }, ends.kube);
  if (counts.movable === 0 || stays || missing.length > 0) {
    if (!asTable) printData({ ...planData(plan), ...missingData(missing) }, args.output, io);
    else io.stdout.write(nothing || stillText(plan, stays, waiting));
    await writeReport(args.report, { plan, outcomes: [], ...missingData(missing) }, io);
    if (missing.length > 0) throw lacking(missing, permissionHints(plan, args, io));
    if (waiting === 0) return exitCodes.done;
    return counts.movable + counts.done === 0 ? exitCodes.refused : exitCodes.needsPerson;
  }
  if (asTable) io.stdout.write(`\n${intention(counts)}`);
  const adopt: Engine['adopt'] = async (_, step) => adoptObject((await ends.kube()).api, step);
  const engine = { from: stores, to: storage, concurrency: args.concurrency, adopt };
  if (isRehearsed(args)) {
    const done = await carryOut(plan, rehearsed(engine), 'Trying', io);
    if (asTable) printRehearsal(done, waiting, io);
    else printData({ ...planData(plan), ...rehearsalData(done.outcomes) }, args.output, io);
    await writeReport(args.report, { plan, outcomes: done.outcomes, rehearsed: true }, io);
    return exitCodeOf(done.outcomes, waiting);
  }
  const backup = counts.deletes > 0 ? await openBackup(args.backup) : undefined;
  const question = counts.movable === 1 ? 'Migrate it?' : `Migrate these ${counts.movable}?`;
  if (!args.yes && !(await ask(question, io))) {
    io.stderr.write('Nothing was written.\n');
    return exitCodes.done;
  }
  const all = { ...engine, ...(backup && { backup: backup.storage }) };
  const done = await carryOut(plan, all, 'Migrating', io);
  const { outcomes } = done;
  const undo = backup && undoLine(backup.path, ends, args, io);
  const words = { ...done, next: nextSteps(ends.to, io.program), ...(undo && { undo }) };
  if (asTable) printOutcomes(words, io);
  else printData({ ...planData(plan), outcomes: outcomes.map(outcomeData) }, args.output, io);
  await writeReport(args.report, { plan, outcomes }, io);
  return exitCodeOf(outcomes, waiting);
}

/** @throws ReleasesError USAGE when there are no live objects beside the target */
function isAdopting(args: MigrateArgs, { to }: MoveEnds): boolean {
  if (args.adopt && args['no-adopt'])
    throw new ReleasesError('USAGE', 'either --adopt or --no-adopt, not both');
  if (to.storage.capabilities.inCluster) return args.adopt !== false && !args['no-adopt'];
  if (args.adopt)
    throw new ReleasesError('USAGE', '--adopt needs a target in the cluster, where objects live', {
      why: [`records go to ${printable(to.storage.address, 200)}`],
    });
  return false;
}

/** Asked only of the cluster that releases go into; a check that can't be made stops nothing. */
async function versionOf(ends: MoveEnds, io: IO): Promise<ServerVersion | undefined> {
  if (!ends.to.storage.capabilities.inCluster) return undefined;
  const { fetchVersion } = await import('../kube/version.ts');
  try {
    const version = await fetchVersion((await ends.kube()).api);
    if (version) return version;
  } catch (error) {
    if (!isReleasesError(error)) throw error;
  }
  note(io, "the API server's version isn't known, so removed API versions were not looked for");
  return undefined;
}

/** Those of `rbac` that say where records are and what becomes of them. */
const sharedFlags = [
  ...(['from', 'to', 'delete-v2-releases', 'tiller-label'] as const),
  ...(['tiller-out-cluster', 'release-storage'] as const),
] as const;

function permissionHints(plan: Plan, args: MigrateArgs, io: IO): string[] {
  const shared = [...sharedFlags, ...storageFlags] as const;
  const flags = roleFlags(plan, Object.fromEntries(shared.map((flag) => [flag, args[flag]])));
  const adopts = plan.releases.some(({ steps }) => steps.some((step) => step.do === 'adopt'));
  return [
    `${io.program} rbac migrate2to3${flags}  prints a Role for it`,
    ...(adopts ? ['--no-adopt  leaves live objects as they are'] : []),
  ];
}

function placementOf(args: MigrateArgs, { to }: MoveEnds): Placement {
  const [name, namespace] = [args['target-release'], args['target-namespace']];
  return {
    kind: to.kind,
    ...(to.namespace !== undefined && { storageNamespace: to.namespace }),
    ...(name !== undefined && { name }),
    ...(namespace !== undefined && { namespace }),
  };
}

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

/** A folder that can be written to, before anything else happens. */
async function openBackup(named: string | undefined): Promise<{ storage: Storage; path: string }> {
  const { openDirectory } = await import('../storage/directory.ts');
  const moment = new Date().toISOString().replace(/[-:]|\.\d+/g, '');
  const path = named ?? `helm2-backup-${moment}`;
  return { storage: await openDirectory(path, { create: true }), path };
}

/** Where the records were: in the cluster that the command line chose, or in a folder. */
function undoLine(path: string, { from }: MoveEnds, args: MigrateArgs, io: IO): string {
  const folder = from.find(({ storage }) => !storage.capabilities.inCluster)?.storage.address;
  const where = folder === undefined ? clusterFlags(args) : ` --to ${word(folder)}`;
  return `${io.program} restore ${word(path)}${where}`;
}
