/** `cleanup`: what is left of Helm 2 goes, once Helm 3 has all of it. */
import { type ExitCode, exitCodes, printable, ReleasesError } from '../errors.ts';
import { missingPermissions } from '../kube/access.ts';
import type { Kube } from '../kube/kube.ts';
import { tillerNeeds } from '../migrate/cleanup/tiller.ts';
import { isMovable } from '../migrate/plan.ts';
import { ask } from '../output/ask.ts';
import {
  hasFailed,
  isGoing,
  printCleanup,
  printHome,
  printReleases,
  printTiller,
  size,
  wasStopped,
} from '../output/cleanup.ts';
import type { IO } from '../output/io.ts';
import { number, printData, strayLines } from '../output/plan.ts';
import { checkCount } from './carryOut.ts';
import { cleanupData, outcomesData } from './cleanupData.ts';
import { cleanupOptions } from './cleanupOptions.ts';
import {
  type CleanupArgs,
  type CleanupPlan,
  type Looked,
  lookAround,
  type Parts,
} from './cleanupPlan.ts';
import { carryAllOut, openBackup } from './cleanupRun.ts';
import { defineCommand } from './command.ts';
import { openStores } from './connections.ts';
import { lacking, planNeeds } from './planPermissions.ts';
import { storeOf } from './sources2to3.ts';
import { type MoveEnds, openMoveEnds } from './stores.ts';

export const cleanup = defineCommand({
  name: 'cleanup',
  describe: 'delete what is left of Helm 2: migrated releases, Tiller, its configuration',
  details: [
    'Shows first what would go. A release goes when each of its revisions has an equal record in',
    'Helm 3; others only where --unmigrated names them. Tiller goes when nothing stays in its',
    "storage that isn't in Helm 3. What is deleted from the cluster is backed up before, and the last",
    "lines say how to bring it back; Helm 2's home is not backed up. It can be stopped at any time",
    'and run again.',
  ],
  examples: [
    ['cleanup --dry-run', 'show what is left of Helm 2, delete nothing'],
    ['cleanup --release-cleanup --yes', 'the Helm 2 records of all migrated releases'],
    ['cleanup --name billing --yes', 'those of one release'],
    ['cleanup --tiller-cleanup --tiller-rbac --context old', 'Tiller, with its rights'],
  ],
  arguments: {},
  interruptible: true,
  options: cleanupOptions,
  async handler(args: RunArgs, io) {
    const parts = partsOf(args);
    checkArgs(args, parts);
    const inCluster = parts.releases || parts.tiller;
    const stores = openStores(args, io.env);
    const ends = inCluster ? await openMoveEnds(args, io.env) : undefined;
    try {
      const looked = await lookAround(args, parts, ends, stores.kube, io);
      return await clean(args, looked, ends, stores.kube, io);
    } finally {
      ends?.close();
      stores.close();
    }
  },
});

interface RunArgs extends CleanupArgs {
  readonly 'dry-run'?: boolean | undefined;
  readonly yes?: boolean | undefined;
  readonly 'skip-confirmation'?: boolean | undefined;
  readonly backup?: string | undefined;
  readonly output: string;
}

/** As helm-2to3's: without any of the three flags all parts; --name is about releases alone. */
function partsOf(args: RunArgs): Parts {
  const flags = {
    releases: args['release-cleanup'] === true,
    tiller: args['tiller-cleanup'] === true,
    config: args['config-cleanup'] === true,
  };
  if (args.name?.length) {
    if (flags.tiller || flags.config)
      throw new ReleasesError('USAGE', '--name is about releases alone', {
        hints: ['run the other parts by themselves: --tiller-cleanup, --config-cleanup'],
      });
    return { releases: true, tiller: false, config: false };
  }
  if (flags.releases || flags.tiller || flags.config)
    return { ...flags, tiller: flags.tiller && !args['tiller-out-cluster'] };
  // Records in a place of their own say nothing of a Tiller or of this machine.
  if (args.from !== undefined) return { releases: true, tiller: false, config: false };
  return { releases: true, tiller: !args['tiller-out-cluster'], config: true };
}

/** Where Tiller's records are said to be elsewhere, nobody could tell what it still holds. */
const narrowing = [
  'from',
  'helm2-release-storage-type',
  'helm2-release-storage-namespace',
] as const;

function checkArgs(args: RunArgs, parts: Parts): void {
  checkCount('concurrency', args.concurrency);
  for (const flag of ['target-release', 'target-namespace'] as const)
    if (args[flag] !== undefined && args.name?.length !== 1)
      throw new ReleasesError('USAGE', `--${flag} is for one release: give its --name`);
  for (const flag of narrowing)
    if (parts.tiller && args[flag] !== undefined)
      throw new ReleasesError('USAGE', `--${flag} and removing Tiller can't both hold`, {
        why: ['Tiller goes only when all that its namespace holds has been looked at'],
        hints: ['--release-cleanup, and --tiller-cleanup by itself'],
      });
  for (const name of args.unmigrated ?? [])
    if (args.name?.length && !args.name.includes(name))
      throw new ReleasesError('USAGE', `--unmigrated ${printable(name)} is not among the --name`);
}

async function clean(
  args: RunArgs,
  looked: Looked,
  ends: MoveEnds | undefined,
  kube: () => Promise<Kube>,
  io: IO,
): Promise<ExitCode> {
  const { plan } = looked;
  const asTable = args.output === 'table';
  if (asTable) await show(looked, ends, kube, io);
  const counts = countCleanup(plan);
  if (counts.going === 0 || args['dry-run']) {
    if (asTable) io.stdout.write(stillText(plan, counts));
    else printData(cleanupData(plan), args.output, io);
    if (counts.waiting === 0) return exitCodes.done;
    return counts.going === 0 ? exitCodes.refused : exitCodes.needsPerson;
  }
  await requireRights(looked, ends, kube, io);
  const backup = await openBackup(args.backup, plan);
  if (asTable) io.stdout.write(`\n${intention(plan)}`);
  const yes = args.yes || args['skip-confirmation'];
  if (!yes && !(await ask('Delete it?', io))) {
    io.stderr.write('Nothing was deleted.\n');
    return exitCodes.done;
  }
  const done = await carryAllOut(args, looked, ends, backup, kube, io);
  if (asTable) printCleanup(done, counts.waiting, io);
  else printData({ ...cleanupData(plan), ...outcomesData(done) }, args.output, io);
  if (wasStopped(done)) return exitCodes.interrupted;
  if (hasFailed(done)) return exitCodes.failed;
  return counts.waiting > 0 ? exitCodes.needsPerson : exitCodes.done;
}

async function show(
  { plan }: Looked,
  ends: MoveEnds | undefined,
  kube: () => Promise<Kube>,
  io: IO,
): Promise<void> {
  const inCluster = ends?.from.some(({ storage }) => !storage.address.startsWith('dir:'));
  const cluster = inCluster ? clusterWord(await kube()) : '';
  if (plan.releases && ends) {
    const places = ends.from.map((source) => printable(storeOf(source).address)).join(', ');
    printReleases(plan.releases, `${places}${cluster && ` (${printable(cluster)})`}`, io);
  }
  if (plan.strays.length > 0)
    io.stderr.write(
      `${number(plan.strays.length, 'record')} can't be told to belong to a release and stay:\n${strayLines(plan.strays)}`,
    );
  for (const tiller of plan.tillers) printTiller(tiller, cluster, io);
  if (plan.home) printHome(plan.home, io);
}

function clusterWord({ context, api }: Kube): string {
  return context === undefined ? api.server : `context ${context}, ${api.server}`;
}

interface Counts {
  /** Releases, Tillers and homes. */
  readonly going: number;
  readonly waiting: number;
}

function countCleanup({ releases, strays, tillers, home }: CleanupPlan): Counts {
  const all = [...(releases?.releases ?? []), ...tillers, ...(home ? [home] : [])];
  const count = (...words: string[]) => all.filter(({ verdict }) => words.includes(verdict)).length;
  return { going: count('ready', 'with losses'), waiting: count('refused') + strays.length };
}

function stillText({ strays }: CleanupPlan, { going, waiting }: Counts): string {
  const people = waiting > 0 ? ` ${waiting} left alone (see above).` : '';
  if (going > 0) return `\nDry run: nothing was deleted.${people}\n`;
  const some = waiting > strays.length || strays.length > 0;
  return some
    ? `\nNothing was deleted.${people}\n`
    : '\nNothing of Helm 2 is left: nothing to do.\n';
}

/** What would go, in one sentence. */
function intention({ releases, tillers, home }: CleanupPlan): string {
  const going = releases?.releases.filter(isMovable) ?? [];
  const records = going.flatMap(({ sources }) => sources).length;
  const objects = tillers
    .filter(({ verdict }) => isGoing(verdict))
    .flatMap(({ remove }) => remove).length;
  const words = [
    ...(records > 0 ? [`${number(records, 'record')} of ${number(going.length, 'release')}`] : []),
    ...(objects > 0 ? [`${number(objects, 'object')} of Tiller`] : []),
  ];
  const lines: string[] = [];
  if (words.length > 0)
    lines.push(`${words.join(' and ')} would be deleted, after a backup of each in a folder.\n`);
  if (home && isGoing(home.verdict)) {
    const bytes = home.remove.reduce((sum, entry) => sum + entry.bytes, 0);
    lines.push(
      `${size(bytes)} below ${printable(home.path, 1000)} would be deleted, which can't be undone.\n`,
    );
  }
  return lines.join('');
}

/** @throws ReleasesError REFUSED, naming every verb that is missing */
async function requireRights(
  { plan, stores }: Looked,
  ends: MoveEnds | undefined,
  kube: () => Promise<Kube>,
  io: IO,
): Promise<void> {
  const records =
    plan.releases && ends ? planNeeds(plan.releases, { from: stores, to: ends.to.storage }) : [];
  const needs = [
    ...records,
    ...tillerNeeds(plan.tillers.filter(({ verdict }) => isGoing(verdict))),
  ];
  if (needs.length === 0) return;
  const missing = await missingPermissions((await kube()).api, needs);
  if (missing.length > 0) throw lacking(missing, [`${io.program} rbac cleanup  prints a Role`]);
}
