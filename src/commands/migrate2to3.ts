/** `migrate2to3`: Helm 2 releases become Helm 3 releases, with all their revisions. */
import { type ExitCode, exitCodes, printable, ReleasesError } from '../errors.ts';
import { type ReadSource, readSources } from '../inspect/sources.ts';
import { applyPlan, type Outcome } from '../migrate/apply.ts';
import { countPlan, type Plan, planData } from '../migrate/plan.ts';
import { plan2to3, type SourceRelease } from '../migrate/plan2to3.ts';
import { type Sources, surveySources, surveyTarget } from '../migrate/survey.ts';
import { ask } from '../output/ask.ts';
import type { IO } from '../output/io.ts';
import { structLine } from '../output/json.ts';
import {
  intention,
  needsPerson,
  number,
  printOutcomes,
  printPlan,
  strayLines,
} from '../output/plan.ts';
import { startProgress } from '../output/progress.ts';
import { closest } from '../output/suggest.ts';
import { toYaml } from '../output/yaml.ts';
import { isBad } from '../record.ts';
import type { Json } from '../release.ts';
import { narrow } from '../storage/narrow.ts';
import type { Storage } from '../storage/storage.ts';
import { defineCommand } from './command.ts';
import { storageOptions } from './options.ts';
import { type MoveEnds, noteSkipped, openMoveEnds } from './stores.ts';

const group = 'Migration:';

export const migrate2to3 = defineCommand({
  name: 'migrate2to3',
  describe: 'migrate Helm 2 releases to Helm 3, every revision, verified',
  details: [
    'Plans first and shows the plan: what becomes a Helm 3 record, what gets lost on the way, and',
    'what needs a decision. Every record is read back and compared after it was written. Sources',
    'are kept unless --delete-v2-releases is given, and then deleted only after all revisions of',
    'their release have been verified. It can be stopped at any time and run again: it goes on',
    'where it stopped, and writes nothing when nothing is left to do.',
  ],
  examples: [
    ['migrate2to3 --all --dry-run', 'show what would happen, write nothing'],
    ['migrate2to3 billing search', 'migrate two releases'],
    ['migrate2to3 --all --yes --delete-v2-releases', 'migrate all and remove what Tiller kept'],
    ['migrate2to3 --all --from dir:./tiller --to dir:./helm3 --yes', 'between two folders'],
  ],
  arguments: { release: 'many' },
  interruptible: true,
  options: {
    all: { type: 'boolean', describe: 'every Helm 2 release that is found', group },
    'dry-run': { type: 'boolean', describe: 'show the plan and write nothing', group },
    yes: { type: 'boolean', alias: 'y', describe: "don't ask before writing", group },
    'delete-v2-releases': {
      type: 'boolean',
      describe: "delete each release's Helm 2 records once its Helm 3 records are verified",
      group,
    },
    'resolve-pending': {
      type: 'string',
      choices: ['failed', 'deployed'],
      describe: 'what becomes of a newest revision that is pending; without it, such releases wait',
      group,
    },
    'mark-superseded': {
      type: 'boolean',
      describe: 'of several deployed revisions, keep only the newest deployed',
      group,
    },
    concurrency: {
      type: 'number',
      default: 8,
      describe: 'how many releases to work on at once',
      group,
    },
    output: {
      type: 'string',
      alias: 'o',
      choices: ['table', 'json', 'yaml'],
      default: 'table',
      describe: 'how to print the plan and what became of it',
      group,
    },
    from: {
      type: 'string',
      describe: 'read Helm 2 records here: secret[:NS], configmap[:NS] or dir:PATH',
      group: 'Where records are:',
    },
    to: {
      type: 'string',
      describe: 'write Helm 3 records here: secret[:NS], configmap[:NS] or dir:PATH',
      group: 'Where records are:',
    },
    ...storageOptions,
  },
  async handler(args, io) {
    if (args.all === true ? args.release.length > 0 : args.release.length === 0)
      throw new ReleasesError(
        'USAGE',
        args.all ? 'either --all or release names, not both' : 'which releases?',
        { hints: ['name them, or give --all', `${io.program} list -A --helm 2  shows them`] },
      );
    if (!Number.isInteger(args.concurrency) || args.concurrency < 1)
      throw new ReleasesError('USAGE', '--concurrency takes a whole number from 1 up');
    const ends = await openMoveEnds(args, io.env);
    try {
      return await migrate(args as MigrateArgs, ends, io);
    } finally {
      ends.close();
    }
  },
});

interface MigrateArgs {
  readonly release: readonly string[];
  readonly namespace?: string | undefined;
  readonly 'dry-run': boolean | undefined;
  readonly yes: boolean | undefined;
  readonly 'delete-v2-releases': boolean | undefined;
  readonly 'resolve-pending': string | undefined;
  readonly 'mark-superseded': boolean | undefined;
  readonly concurrency: number;
  readonly output: string;
}

async function migrate(args: MigrateArgs, ends: MoveEnds, io: IO): Promise<ExitCode> {
  const { sources, stores } = await survey(args, ends, io);
  const { to } = ends;
  const { kind, namespace } = to;
  const target = await surveyTarget(
    to.storage,
    sources.releases,
    { kind, ...(namespace !== undefined && { storageNamespace: namespace }) },
    args.concurrency,
  );
  const plan = plan2to3(sources.releases, target, {
    deleteSources: args['delete-v2-releases'] === true,
    markSuperseded: args['mark-superseded'] === true,
    ...(args['resolve-pending'] === 'failed' || args['resolve-pending'] === 'deployed'
      ? { resolvePending: args['resolve-pending'] }
      : {}),
  });
  const asTable = args.output === 'table';
  const where = targetName(ends);
  if (asTable && plan.releases.length > 0) printPlan(plan, where, io);
  if (sources.strays.length > 0)
    io.stderr.write(
      `${number(sources.strays.length, 'record')} can't be told to belong to a release:\n${strayLines(sources.strays)}`,
    );
  const counts = countPlan(plan);
  const waiting = needsPerson(plan.releases) + sources.strays.length;
  if (counts.movable === 0 || args['dry-run']) {
    if (!asTable) printData(planData(plan), args.output, io);
    else io.stdout.write(stillText(plan, ends, args['dry-run'] === true, waiting));
    if (waiting === 0) return exitCodes.done;
    return counts.movable + counts.done === 0 ? exitCodes.refused : exitCodes.needsPerson;
  }
  if (asTable) io.stdout.write(`\n${intention(counts)}`);
  if (
    !args.yes &&
    !(await ask(counts.movable === 1 ? 'Migrate it?' : `Migrate these ${counts.movable}?`, io))
  ) {
    io.stderr.write('Nothing was written.\n');
    return exitCodes.done;
  }
  const { outcomes, created } = await carryOut(plan, stores, to.storage, args.concurrency, io);
  if (asTable) printOutcomes(outcomes, { created, next: nextSteps(ends, io) }, io);
  else printData({ ...planData(plan), outcomes: outcomes.map(outcomeData) }, args.output, io);
  if (outcomes.some(({ result }) => result === 'interrupted')) return exitCodes.interrupted;
  if (outcomes.some(({ result }) => result === 'failed')) return exitCodes.failed;
  return waiting > 0 ? exitCodes.needsPerson : exitCodes.done;
}

async function survey(
  args: MigrateArgs,
  ends: MoveEnds,
  io: IO,
): Promise<{ sources: Sources; stores: ReadonlyMap<string, Storage> }> {
  const { results, skipped } = await readSources(ends.from, async (source) => {
    const store = storeOf(source);
    return { store, ...(await surveySources([store], args.release)) };
  });
  noteSkipped(skipped, io);
  const stores = results.map(({ store }) => store);
  const found = results.flatMap(({ releases }) => releases).filter(inNamespace(args.namespace));
  for (const name of args.release)
    if (!found.some((release) => release.name === name)) await notFound(name, stores);
  return {
    sources: { releases: found, strays: results.flatMap(({ strays }) => strays) },
    stores: new Map(stores.map((store) => [store.address, store])),
  };
}

/** Under -n, releases of that namespace; one that can't be read at all may be one of them. */
function inNamespace(namespace: string | undefined): (release: SourceRelease) => boolean {
  return ({ records }) =>
    !namespace ||
    records.every(isBad) ||
    records.some((opened) => !isBad(opened) && opened.release.namespace === namespace);
}

/** Each source as a store of its own, so that a plan can name it. */
function storeOf({ storage, selection }: ReadSource): Storage {
  return selection.namespace === undefined ? storage : narrow(storage, selection.namespace);
}

async function notFound(name: string, stores: readonly Storage[]): Promise<never> {
  const { releases } = await surveySources(stores, []);
  const near = closest(
    name,
    releases.map((release) => release.name),
  );
  const where = stores.map(({ address }) => printable(address)).join(', ');
  throw new ReleasesError('NOT_FOUND', `no Helm 2 release "${printable(name)}" in ${where}`, {
    hints: near === undefined ? [] : [`did you mean ${printable(near)}?`],
  });
}

async function carryOut(
  plan: Plan,
  from: ReadonlyMap<string, Storage>,
  to: Storage,
  concurrency: number,
  io: IO,
): Promise<{ outcomes: Outcome[]; created: number }> {
  const { creates, deletes } = countPlan(plan);
  const progress = startProgress('Migrating', 'records', creates + deletes, io);
  let created = 0;
  const finished = new Set<string>();
  try {
    const outcomes = await applyPlan(plan, {
      ...{ from, to, concurrency, signal: io.interrupt },
      onStep(release, step) {
        if (step.do === 'create') created++;
        if (step === release.steps.at(-1)) finished.add(`${release.from}/${release.name}`);
        if (step.do !== 'keep') progress.step(`${number(finished.size, 'release')} done`);
      },
    });
    return { outcomes, created };
  } finally {
    progress.end();
  }
}

/** What there is to say when nothing is written. */
function stillText(plan: Plan, ends: MoveEnds, dryRun: boolean, waiting: number): string {
  const counts = countPlan(plan);
  if (plan.releases.length === 0) {
    const places = ends.from.map((source) => printable(storeOf(source).address)).join(', ');
    return `No Helm 2 releases found in ${places}.\n`;
  }
  const people =
    waiting > 0 ? ` ${waiting} ${waiting === 1 ? 'needs' : 'need'} you (see above).` : '';
  if (counts.movable > 0 && dryRun)
    return `\n${intention(counts)}Dry run: nothing was written.${people}\n`;
  return counts.done > 0
    ? `\nNothing to do: ${number(counts.done, 'release')} ${counts.done === 1 ? 'is' : 'are'} already migrated and equal.${people}\n`
    : `\nNothing was written.${people}\n`;
}

function targetName({ to }: MoveEnds): string {
  if (to.namespace !== undefined && !to.storage.address.includes(':'))
    return `${to.storage.address}:${to.namespace}`;
  return to.storage.address.includes(':')
    ? to.storage.address
    : `${to.storage.address} (each release's namespace)`;
}

function nextSteps({ to }: MoveEnds, io: IO): string {
  const { address } = to.storage;
  if (address.startsWith('dir:')) return `${io.program} list --storage ${printable(address)}`;
  const driver = to.kind === 'ConfigMap' ? 'HELM_DRIVER=configmap ' : '';
  const where = to.namespace === undefined ? '-A' : `-n ${to.namespace}`;
  return `${driver}helm list ${where} · ${io.program} list -A`;
}

function outcomeData(outcome: Outcome): object {
  const { release, result } = outcome;
  return {
    ...{ name: release.name, namespace: release.namespace, from: release.from, result },
    ...(outcome.result === 'failed' && { error: outcome.error.message }),
    ...(outcome.result === 'migrated' && { deleted: outcome.deleted }),
  };
}

function printData(data: object, output: string, io: IO): void {
  const json = JSON.parse(JSON.stringify(data)) as Json;
  io.stdout.write(output === 'json' ? structLine(json) : toYaml(json));
}
