/** `-h`: what fits on one screen of 40 lines and 80 columns. `--help` says the rest. */
import type { IO } from '../../output/terminal/io.ts';
import { definitions, wrap } from '../../output/terminal/wrap.ts';
import { argumentsUsage, type Command, type Option, type OptionTable } from '../command.ts';
import { flagMeaning, flagTerm } from './flagLines.ts';
import { isShared } from './sharedOptions.ts';
import { shortMeanings } from './shortMeanings.ts';

const [lines, columns] = [40, 80];
const mostExamples = 3;

/** What few need: where there is no room for all, these are named alone. */
export const seldom: readonly string[] = [
  ...['concurrency', 'shard', 'report', 'if-newest', 'kind', 'to-kubeconfig', 'to-sql-connection'],
  ...['to-sql-connection-env', 'to-storage-namespace', 'no-adopt', 'leave-objects', 'color'],
  ...[
    'time-format',
    'offset',
    'uninstalling',
    'uninstalled',
    'superseded',
    'watch-only',
    'no-headers',
  ],
  ...['helm-release-storage-type', 'helm-release-storage-namespace', 'passphrase-env', 'exclude'],
];

/** The flags that a command doesn't share with all. */
export function ownOptions(options: OptionTable): OptionTable {
  return Object.fromEntries(Object.entries(options).filter(([name, one]) => !isShared(name, one)));
}

export function shortHelp(command: Command, options: OptionTable, io: IO): string {
  const { program } = io;
  const width = Math.min(io.stdout.columns ?? columns, columns);
  const usage = ['Usage:', program, command.name, argumentsUsage(command.arguments), '[flags]'];
  const about = `${command.describe.charAt(0).toUpperCase()}${command.describe.slice(1)}.`;
  const all = command.local ? '' : `; ${program} options lists what all commands take`;
  const parts = [
    usage.filter(Boolean).join(' '),
    wrap(about, width).join('\n'),
    `Examples:\n${examplesOf(command, program, width).join('\n')}`,
  ];
  const end = wrap(`${program} ${command.name} --help says more${all}.`, width).join('\n');
  const taken = [...parts, end].join('\n\n').split('\n').length;
  // A blank line more stands before the end.
  const flags = flagLines(command.name, ownOptions(options), lines - taken - 1, width);
  return `${[...parts, ...flags, end].join('\n\n')}\n`;
}

/** Those on one line first; what it does stands above one that leaves no room beside it. */
function examplesOf({ examples }: Command, program: string, width: number): string[] {
  const fits = ([line]: readonly [string, string]) => `  ${program} ${line}`.length <= width;
  const order = examples.toSorted((a, b) => Number(fits(b)) - Number(fits(a)));
  return order.slice(0, mostExamples).flatMap(([line, what]) => {
    const one = `  ${program} ${line}  ${what}`;
    if (one.length <= width) return [one];
    return [clipped(`  # ${what}`, width), ...continued(`${program} ${line}`, width)];
  });
}

/** As a shell reads it, on several lines where it must be. */
function continued(line: string, width: number): string[] {
  const words = line.match(/(?:[^\s'"]|'[^']*'|"[^"]*")+/g) ?? [];
  const found: string[] = [];
  let last = ' ';
  for (const word of words) {
    const longer = `${last} ${word}`;
    if (longer.length > width - 2 && last.trim() !== '') {
      found.push(`${last} \\`);
      last = `     ${word}`;
    } else last = longer;
  }
  // Only one that goes on needs room for the sign that says so.
  return [...found, last];
}

/** Each flag with its meaning, as many as there is room for; the others by their names. */
function flagLines(command: string, options: OptionTable, room: number, width: number): string[] {
  const rows = Object.entries(options);
  const rank = (name: string) => (name === 'namespace' ? 0 : seldom.includes(name) ? 2 : 1);
  const order = rows.toSorted(([a], [b]) => rank(a) - rank(b)).map(([name]) => name);
  for (let count = rows.length; count > 0; count -= 1) {
    const shown = new Set(order.slice(0, count));
    const left = order.slice(count).map((name) => `--${name}`);
    const described = rows.filter(([name]) => shown.has(name));
    const blocks = [
      `Flags:\n${table(command, described, width)}`.trimEnd(),
      ...(left.length > 0 ? [wrap(`And ${left.join(', ')}.`, width).join('\n')] : []),
    ];
    if (blocks.join('\n\n').split('\n').length <= room) return blocks;
  }
  return [];
}

/** Choices that are many are left to `--help`. */
const widestTerm = 26;

function table(
  command: string,
  rows: readonly (readonly [string, Option])[],
  width: number,
): string {
  const terms = rows.map(([name, option]) => {
    const whole = flagTerm(name, option);
    return whole.length <= widestTerm
      ? whole
      : flagTerm(
          name,
          { ...option, alias: letterOf(option) },
          option.bare === undefined ? ' VALUE' : '[=VALUE]',
        );
  });
  const widest = widestTerm + 4;
  const fitting = terms.map((term) => term.length).filter((length) => length <= widest);
  const room = width - Math.max(0, ...fitting) - 4;
  return definitions(
    rows.map(([name, one], at) => [terms[at] ?? '', brief(command, name, one, room)] as const),
    width,
    widest,
  );
}

function letterOf({ alias = [] }: Option): string[] {
  return [alias].flat().filter((one) => one.length === 1);
}

/** What fits on one line: the whole meaning, its first part, the short one, or (on a narrow terminal) its beginning. */
function brief(command: string, name: string, option: Option, room: number): string {
  const [first = ''] = (option.describe ?? '').split(/;| \(/);
  const short = shortMeanings[`${command} ${name}`] ?? shortMeanings[name];
  const texts = [flagMeaning(option), first.trim(), short ?? first.trim()];
  return texts.find((text) => text.length <= room) ?? clipped(texts[2] ?? '', room);
}

function clipped(text: string, room: number): string {
  if (text.length <= room) return text;
  const [line = ''] = wrap(text, room - 1);
  return `${line.slice(0, room - 1).replace(/[ ,]+$/, '')}…`;
}
