/** Help screens, laid out by yargs from the tables. */
import yargs from 'yargs';
import type { IO } from '../output/io.ts';
import { argumentsUsage, type Command, type OptionTable } from './command.ts';
import { commandTable } from './table.ts';

/** The same words as the README's table; a test compares both with `exitCodes`. */
export const exitCodeHelp = [
  'Exit codes:',
  '  0    done, or nothing to do',
  '  1    failed',
  '  2    wrong usage',
  '  3    finished, but some records or releases need a person',
  '  4    refused before the first write',
  '  130  interrupted',
].join('\n');

/** A yargs that prints nothing, exits never and speaks English everywhere. */
export function quietYargs(options: OptionTable) {
  return yargs([])
    .exitProcess(false)
    .locale('en')
    .help(false)
    .version(false)
    .parserConfiguration({
      'boolean-negation': false,
      'camel-case-expansion': false,
      'dot-notation': false,
      'greedy-arrays': false,
      'parse-numbers': true,
      'parse-positional-numbers': false,
      'strip-aliased': true,
    })
    .options({ ...options });
}

export async function mainHelp(io: IO): Promise<string> {
  const width = Math.max(...commandTable.map((entry) => entry.name.length));
  const lines = commandTable.map((entry) => `  ${entry.name.padEnd(width)}  ${entry.describe}`);
  return [
    `Usage: ${io.program} COMMAND [flags]`,
    '',
    "Read, migrate and move Helm's release history: Helm 2, 3 and 4.",
    '',
    'Commands:',
    ...lines,
    '',
    'Examples:',
    `  ${io.program} list -A`,
    `  ${io.program} get values NAME --revision 3`,
    `  ${io.program} list --storage dir:./dump   a folder of manifests, no cluster needed`,
    '',
    exitCodeHelp,
    '',
    `${io.program} COMMAND --help shows a command's flags.`,
    '',
  ].join('\n');
}

export async function commandHelp(command: Command, options: OptionTable, io: IO): Promise<string> {
  const usage = [io.program, command.name, argumentsUsage(command.arguments), '[flags]'];
  const head = [`Usage: ${usage.filter(Boolean).join(' ')}`, command.describe];
  const screen = quietYargs(options)
    .scriptName(io.program)
    .usage([...head, ...(command.details?.length ? [command.details.join('\n')] : [])].join('\n\n'))
    .wrap(Math.min(io.stdout.columns ?? 100, 120))
    .epilogue(exitCodeHelp);
  for (const [line, what] of command.examples) screen.example(`${io.program} ${line}`, what);
  return `${await screen.getHelp()}\n`;
}
