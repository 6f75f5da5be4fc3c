/** `cleanup`: what is left of Helm 2 goes, once Helm 3 has all of it. */

import { type ExitCode, exitCodes, printable, ReleasesError, typed } from '../errors.ts';
import { missingPermissions, type Need } from '../kube/access.ts';
import type { CleanupPlan } from '../migrate/cleanup/cleanupPlan.ts';
import { tillerNeeds } from '../migrate/cleanup/tiller.ts';
import { planNeeds } from '../migrate/needs.ts';
import { isMovable } from '../migrate/plan.ts';
import { clusterNameOf, clusterText } from '../output/clusters.ts';
import {
  hasFailed,
  homeText,
  isGoing,
  printCleanup,
  releasesText,
  tillerText,
  wasStopped,
} from '../output/plans/cleanup.ts';
import { cleanupData, outcomesData } from '../output/plans/cleanupData.ts';
import { destinationText } from '../output/plans/destination.ts';
import { countOf, printData, strayLines } from '../output/plans/plan.ts';
import { ask } from '../output/terminal/ask.ts';
import type { IO } from '../output/terminal/io.ts';
import { size } from '../output/terminal/units.ts';
import { shellQuote } from '../shellQuote.ts';
import { cleanupOptions } from './cleanup/cleanupOptions.ts';
import {
  type CleanupArgs,
  type Looked,
  lookAround,
  type Parts,
  partsOf,
} from './cleanup/cleanupPlan.ts';
import { carryAllOut, openBackup } from './cleanup/cleanupRun.ts';
import { defineCommand } from './command.ts';
import { checkCount } from './move/carryOut.ts';
import { type Helm2Ends, openHelm2Ends } from './move/helm2Ends.ts';
import { storeOf } from './move/helm2Selection.ts';
import { lacking, missingData, planning } from './move/permissions.ts';

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
    // The home alone needs no cluster, nor a kubeconfig.
    const ends = parts.releases || parts.tiller ? await openHelm2Ends(args, io.env) : undefined;
    try {
      const looked = await io.whilePlanning(() => planning(lookAround(args, parts, ends, io)));
      return await clean(args, looked, ends, io);
    } finally {
      ends?.close();
    }
  },
});

interface RunArgs extends CleanupArgs {
  readonly 'dry-run'?: string | undefined;
  readonly yes?: boolean | undefined;
  readonly 'skip-confirmation'?: boolean | undefined;
  readonly backup?: string | undefined;
  readonly output: string;
}

/** What helm-2to3 has as its default says nothing new. */
const tillersLabel = 'OWNER=TILLER';
/** Where Tiller's records are said to be elsewhere, nobody could tell what it still holds. */
const narrowing = [
  'tiller-label',
  'from',
  'helm2-release-storage-type',
  'helm2-release-storage-namespace',
] as const;

function checkArgs(args: RunArgs, parts: Parts): void {
  checkCount('concurrency', args.concurrency);
  for (const flag of ['target-release', 'target-namespace'] as const)
    if (args[flag] !== undefined && args.name?.length !== 1)
      throw new ReleasesError('USAGE', `--${flag} is for one release: give its --name`);
  if (args['tiller-cleanup'] && args['tiller-out-cluster'])
    throw new ReleasesError('USAGE', "--tiller-cleanup and --tiller-out-cluster can't both hold");
  for (const flag of narrowing)
    if (parts.tiller && args[flag] !== undefined && args[flag] !== tillersLabel)
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
  ends: Helm2Ends | undefined,
  io: IO,
): Promise<ExitCode> {
  const { plan } = looked;
  const asTable = args.output === 'table';
  if (asTable) await show(looked, ends, io);
  const counts = countCleanup(plan);
  const missing = await missingRights(looked, ends);
  if (counts.going === 0 || args['dry-run'] === 'client' || missing.length > 0) {
    if (!asTable) printData({ ...cleanupData(plan), ...missingData(missing) }, args.output, io);
    else if (missing.length === 0) io.stdout.write(stillText(plan, counts));
    if (missing.length > 0)
      throw lacking(missing, [`${io.program} rbac cleanup ${roleFlags(args)} prints a Role`]);
    if (counts.waiting === 0) return exitCodes.done;
    return counts.going === 0 ? exitCodes.refused : exitCodes.needsPerson;
  }
  const backup = await openBackup(args, plan, ends, io);
  if (asTable) io.stdout.write(`\n${intention(plan)}`);
  const yes = args.yes || args['skip-confirmation'];
  if (!yes && !(await ask('Delete it?', io))) {
    io.stderr.write('Nothing was deleted.\n');
    return exitCodes.refused;
  }
  const done = await carryAllOut(args, looked, ends, backup, io).finally(() => backup?.close());
  if (asTable) printCleanup(done, counts.waiting, io);
  else printData({ ...cleanupData(plan), ...outcomesData(done) }, args.output, io);
  if (wasStopped(done)) return exitCodes.interrupted;
  if (hasFailed(done)) return exitCodes.failed;
  return counts.waiting > 0 ? exitCodes.needsPerson : exitCodes.done;
}

async function show({ plan }: Looked, ends: Helm2Ends | undefined, io: IO): Promise<void> {
  const inCluster = ends?.from.some(({ storage }) => storage.capabilities.inCluster);
  const cluster = ends && inCluster ? clusterText(clusterNameOf(await ends.kube())) : '';
  const parts: string[] = [];
  if (plan.releases && ends) {
    const places = ends.from.map((source) => printable(storeOf(source).address)).join(', ');
    const from = `${places}${cluster && ` (${printable(cluster)})`}`;
    parts.push(releasesText(plan.releases, from, destinationText(ends.to), io));
  }
  if (plan.strays.length > 0)
    io.stderr.write(
      `${countOf(plan.strays.length, 'record')} can't be told to belong to a release and stay:\n${strayLines(plan.strays)}`,
    );
  parts.push(...plan.tillers.map((tiller) => tillerText(tiller, cluster, io)));
  if (plan.home) parts.push(homeText(plan.home, io));
  io.stdout.write(parts.join('\n'));
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

function stillText(plan: CleanupPlan, { going, waiting }: Counts): string {
  const people = waiting > 0 ? ` ${waiting} left alone (see above).` : '';
  if (going > 0) return `\nDry run: nothing was deleted.${people}\n`;
  if (waiting > 0) return `\nNothing was deleted.${people}\n`;
  const { releases, finished, tillers, home } = plan;
  const names = finished.map(({ name }) => typed(name, 60));
  const parts = [
    ...(names.length > 0 ? names : releases ? ["Helm 2's releases"] : []),
    ...(tillers.length > 0 ? ['Tiller'] : []),
    ...(home ? ["Helm 2's home"] : []),
  ];
  const all = new Intl.ListFormat('en', { type: 'disjunction' }).format(parts);
  return `\nNothing of ${all} is left to delete.\n`;
}

/** What would go, in one sentence. */
function intention({ releases, tillers, home }: CleanupPlan): string {
  const going = releases?.releases.filter(isMovable) ?? [];
  const records = going.flatMap(({ sources }) => sources).length;
  const objects = tillers
    .filter(({ verdict }) => isGoing(verdict))
    .flatMap(({ remove }) => remove).length;
  const words = [
    ...(records > 0
      ? [`${countOf(records, 'record')} of ${countOf(going.length, 'release')}`]
      : []),
    ...(objects > 0 ? [`${countOf(objects, 'object')} of Tiller`] : []),
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

/** Rights that carrying it out takes and that aren't granted. */
async function missingRights(
  { plan, stores }: Looked,
  ends: Helm2Ends | undefined,
): Promise<Need[]> {
  if (!ends) return [];
  const needs = [
    ...(plan.releases ? planNeeds(plan.releases, { from: stores, to: ends.to.storage }) : []),
    ...tillerNeeds(plan.tillers.filter(({ verdict }) => isGoing(verdict))),
  ];
  return needs.length === 0 ? [] : missingPermissions((await ends.kube()).api, needs);
}

/** Those that `rbac` shares, but for the releases' namespaces. */
function roleFlags(args: RunArgs): string {
  const flags = ['release-cleanup', 'tiller-cleanup', 'config-cleanup', 'tiller-rbac'] as const;
  const tillers = [args['tiller-namespace'] ?? []].flat();
  return [
    '-n NAMESPACE',
    ...tillers.map((namespace) => `-t ${shellQuote(namespace)}`),
    ...flags.filter((flag) => args[flag]).map((flag) => `--${flag}`),
  ].join(' ');
}
