/** `move-config`: Helm 2's repositories, plugins and starters become Helm 3's and 4's. */
import { type ExitCode, exitCodes } from '../errors.ts';
import { applyConfig, type ItemOutcome, removeLeftovers } from '../migrate/config/apply.ts';
import { helm2Home, helm3Places } from '../migrate/config/paths.ts';
import { type ConfigPlan, configPlanData, waiting } from '../migrate/config/plan.ts';
import { planConfig } from '../migrate/config/planConfig.ts';
import { decisionLine, printConfigOutcomes, printConfigPlan } from '../output/plans/moveConfig.ts';
import { countOf, printData } from '../output/plans/plan.ts';
import { ask } from '../output/terminal/ask.ts';
import type { IO } from '../output/terminal/io.ts';
import { startProgress } from '../output/terminal/progress.ts';
import { defineCommand } from './command.ts';
import { dryRunWithoutServer, planOutputOption } from './line/runOptions.ts';

export const moveConfig = defineCommand({
  name: 'move-config',
  describe: "copy Helm 2's repositories, plugins and starters to Helm 3 and 4",
  details: [
    'Plans first and shows the plan. What Helm 3 has already stays: an equal thing of the same name',
    'is done, another one needs a decision. Each copy is read back and compared before it gets its',
    "name; Helm 2's home is only read. It can be stopped at any time and run again. The cached",
    'indexes are not moved: `helm repo update` makes them anew.',
    '',
    "Helm 2's home: --helm2-home, $HELM_V2_HOME, $HELM_HOME or ~/.helm. Helm 3's and 4's folders are",
    'those that `helm env` prints; $HELM_V3_CONFIG and $HELM_V3_DATA go before them.',
  ],
  examples: [
    ['move-config --dry-run', 'show what would be copied, write nothing'],
    ['move-config --yes --update-urls', 'copy all, with the new addresses of stable and incubator'],
    ['move-config --yes --on-conflict keep', 'leave what Helm 3 has of the same name as it is'],
    ['move-config --helm2-home /mnt/old/.helm --dry-run -o json', 'a home from another machine'],
  ],
  arguments: {},
  interruptible: true,
  local: true,
  options: {
    'dry-run': {
      ...dryRunWithoutServer,
      describe: 'show the plan and write nothing',
    },
    yes: { type: 'boolean', alias: 'y', describe: "don't ask before writing" },
    'skip-confirmation': { type: 'boolean', describe: "the same, in helm-2to3's words" },
    'on-conflict': {
      type: 'string',
      choices: ['keep', 'replace'],
      describe:
        "what becomes of another thing of the same name in Helm 3: it stays, or it is put aside for Helm 2's; without it, such items wait",
    },
    'update-urls': {
      type: 'boolean',
      describe: 'give stable and incubator their new addresses; the old ones no longer exist',
    },
    'helm2-home': {
      type: 'string',
      describe: 'the home of Helm 2; default: $HELM_V2_HOME, $HELM_HOME or ~/.helm',
    },
    output: planOutputOption(),
  },
  async handler(args, io) {
    const conflict = args['on-conflict'];
    const plan = await io.whilePlanning(() =>
      planConfig(
        helm2Home(io.env, process.platform, args['helm2-home']),
        helm3Places(io.env, process.platform),
        {
          onConflict: conflict === 'keep' || conflict === 'replace' ? conflict : undefined,
          updateUrls: args['update-urls'] === true,
          moment: new Date(),
        },
      ),
    );
    const yes = args.yes === true || args['skip-confirmation'] === true;
    return await move(plan, { dryRun: args['dry-run'] === true, yes, output: args.output }, io);
  },
});

interface MoveOptions {
  readonly dryRun: boolean;
  readonly yes: boolean;
  readonly output: string;
}

async function move(plan: ConfigPlan, options: MoveOptions, io: IO): Promise<ExitCode> {
  const { dryRun, output } = options;
  const asTable = output === 'table';
  const ready = plan.items.filter(({ verdict }) => verdict === 'ready').length;
  if (asTable && plan.items.length > 0) printConfigPlan(plan, io);
  if (ready === 0 || dryRun) {
    if (!dryRun) await removeLeftovers(plan);
    if (asTable) io.stdout.write(stillText(plan, ready));
    else printData(configPlanData(plan), output, io);
    return waiting(plan) > 0 ? exitCodes.needsPerson : exitCodes.done;
  }
  if (asTable)
    io.stdout.write(
      `\n${decisionLine(plan)}${countOf(ready, 'item')} to copy; Helm 2's home stays as it is.\n`,
    );
  const question = ready === 1 ? 'Copy it?' : `Copy these ${ready}?`;
  if (!options.yes && !(await ask(question, io))) {
    io.stderr.write('Nothing was written.\n');
    return exitCodes.refused;
  }
  const progress = startProgress('Copying', 'items', ready, io);
  let outcomes: readonly ItemOutcome[];
  try {
    outcomes = await applyConfig(plan, io.interrupt, () => progress.step(''));
  } finally {
    progress.end();
  }
  if (asTable) printConfigOutcomes(plan, outcomes, io);
  else printData({ ...configPlanData(plan), outcomes: outcomes.map(outcomeData) }, output, io);
  if (outcomes.some(({ result }) => result === 'interrupted')) return exitCodes.interrupted;
  if (outcomes.some(({ result }) => result === 'failed')) return exitCodes.failed;
  return waiting(plan) > 0 ? exitCodes.needsPerson : exitCodes.done;
}

/** What there is to say when nothing is written. */
function stillText(plan: ConfigPlan, ready: number): string {
  const people = waiting(plan);
  const left = people > 0 ? ` ${people} ${people === 1 ? 'needs' : 'need'} you (see above).` : '';
  const done = plan.items.filter(({ verdict }) => verdict === 'done').length;
  const already = done === 0 ? '' : `: ${countOf(done, 'item')} already in Helm 3, and equal`;
  const what =
    ready > 0
      ? `${countOf(ready, 'item')} to copy. Dry run: nothing was written.`
      : `Nothing to do${already}.`;
  return `\n${decisionLine(plan)}${what}${left}\n`;
}

function outcomeData(outcome: ItemOutcome): object {
  const { kind, name } = outcome.item;
  const error = outcome.result === 'failed' && { error: outcome.error.message };
  return { kind, name, result: outcome.result, ...error };
}
