/** Help screens, from the same tables that the parser reads. */
import type { IO } from '../../output/terminal/io.ts';
import { definitions, wrap } from '../../output/terminal/wrap.ts';
import { argumentsUsage, type Command, type OptionTable } from '../command.ts';
import { commandTable } from '../table.ts';
import { flagGroups, helpWidth } from './flagLines.ts';
import { isConnection } from './sharedOptions.ts';

/** The same words as the README's table; a test compares them with `exitCodes`. */
export const exitCodeHelp = [
  'Exit codes:',
  '  0    done, or nothing to do',
  '  1    failed',
  '  2    wrong usage',
  '  3    finished, but some records or releases need a person',
  '  4    refused before the first write, or the question was answered with no',
  '  130  interrupted: stopped by Ctrl-C or SIGTERM',
  '  143  ended at once by SIGTERM',
].join('\n');

export function mainHelp(io: IO): string {
  const width = helpWidth(io);
  const commands = commandTable.map((entry) => [entry.name, entry.describe] as const);
  const examples = [
    [`${io.program} list -A`, 'every release of every namespace'],
    [`${io.program} get values NAME --revision 3`, 'the values of an old revision'],
    [`${io.program} list --storage dir:./dump`, 'a folder of manifests; no cluster needed'],
  ] as const;
  return [
    `Usage: ${io.program} COMMAND [flags]\n`,
    "Read, migrate and move Helm's release history: Helm 2, 3 and 4.\n",
    `Commands:\n${definitions(commands, width)}`,
    `Examples:\n${definitions(examples, width, 60)}`,
    `${exitCodeHelp}\n`,
    `${io.program} COMMAND -h shows a command's own flags, --help all that it says.\n`,
  ].join('\n');
}

/** Lines that follow one another are one text, but for those that are set in. */
function paragraphs(lines: readonly string[]): string[] {
  const texts: string[] = [];
  for (const line of lines) {
    const last = texts.at(-1);
    const goesOn = last && line && !/^\s/.test(line) && !/^\s|:$/.test(last);
    if (goesOn) texts[texts.length - 1] = `${last} ${line}`;
    else texts.push(line);
  }
  return texts;
}

/** `--help`: all but kubectl's flags for the cluster. */
export function commandHelp(command: Command, options: OptionTable, io: IO): string {
  const width = helpWidth(io);
  const usage = ['Usage:', io.program, command.name, argumentsUsage(command.arguments), '[flags]'];
  const examples = command.examples.map(([line, what]) => [`${io.program} ${line}`, what] as const);
  const details = paragraphs(command.details ?? []).flatMap((text) =>
    text.length <= width ? [text] : wrap(text, width),
  );
  const shown = Object.entries(options).filter(([name, one]) => !isConnection(name, one));
  return [
    `${usage.filter(Boolean).join(' ')}\n`,
    `${sentence(command.describe)}\n`,
    ...(details.length > 0 ? [`${details.join('\n')}\n`] : []),
    `Examples:\n${definitions(examples, width, 64)}`,
    ...flagGroups(Object.fromEntries(shown), width),
    ...(command.local ? [] : [`${wrap(connectionWords(io), width).join('\n')}\n`]),
    `${command.exitCodes?.join('\n') ?? exitCodeHelp}\n`,
  ].join('\n');
}

function connectionWords({ program }: IO): string {
  return `kubectl's flags for the cluster, such as --context, --kubeconfig and --as: ${program} options.`;
}

function sentence(text: string): string {
  return `${text.charAt(0).toUpperCase()}${text.slice(1)}.`;
}
