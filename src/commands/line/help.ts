/** Help screens, from the same tables that the parser reads. */
import type { Options } from 'yargs';
import type { IO } from '../../output/terminal/io.ts';
import { definitions, wrap } from '../../output/terminal/wrap.ts';
import {
  aliasesOf,
  argumentsUsage,
  type Command,
  type Option,
  type OptionTable,
} from '../command.ts';
import { commandTable } from '../table.ts';

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

const ownGroup = 'Options:';

export function mainHelp(io: IO): string {
  const width = widthOf(io);
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
    `${io.program} COMMAND --help shows a command's flags.\n`,
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

export function commandHelp(command: Command, options: OptionTable, io: IO): string {
  const width = widthOf(io);
  const usage = ['Usage:', io.program, command.name, argumentsUsage(command.arguments), '[flags]'];
  const examples = command.examples.map(([line, what]) => [`${io.program} ${line}`, what] as const);
  const details = paragraphs(command.details ?? []).flatMap((text) =>
    text.length <= width ? [text] : wrap(text, width),
  );
  return [
    `${usage.filter(Boolean).join(' ')}\n`,
    `${sentence(command.describe)}\n`,
    ...(details.length > 0 ? [`${details.join('\n')}\n`] : []),
    `Examples:\n${definitions(examples, width, 64)}`,
    ...groups(options).map(([title, rows]) => `${title}\n${definitions(rows, width)}`),
    `${command.exitCodes?.join('\n') ?? exitCodeHelp}\n`,
  ].join('\n');
}

/** The command's own options first, then each group in the order of its first option. */
function groups(options: OptionTable): [string, [string, string][]][] {
  const found = new Map<string, [string, string][]>([[ownGroup, []]]);
  for (const [name, option] of Object.entries(options)) {
    const title = option.group ?? ownGroup;
    const rows = found.get(title) ?? [];
    rows.push([term(name, option), meaning(option)]);
    found.set(title, rows);
  }
  return [...found].filter(([, rows]) => rows.length > 0);
}

function term(name: string, option: Option): string {
  const aliases = aliasesOf(option);
  const letter = aliases.find((alias) => alias.length === 1);
  const names = [name, ...aliases.filter((alias) => alias.length > 1)];
  const long = names.map((one) => `--${one}`).join(', ');
  return `${letter ? `-${letter}, ` : '    '}${long}${value(option)}`;
}

function value(option: Option): string {
  if (option.type === 'boolean') return '';
  if (option.choices && option.bare) return `[=${option.choices.join('|')}]`;
  if (option.choices) return ` ${option.choices.join('|')}`;
  return option.type === 'number' ? ' N' : ' VALUE';
}

function meaning(option: Options): string {
  const fallback = option.default === undefined ? '' : ` (default: ${option.default})`;
  return `${option.describe ?? ''}${fallback}`;
}

function sentence(text: string): string {
  return `${text.charAt(0).toUpperCase()}${text.slice(1)}.`;
}

function widthOf(io: IO): number {
  return Math.min(io.stdout.columns ?? 100, 110);
}
