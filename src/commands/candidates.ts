/** What may stand in the place of a command line's last word. */
import { isReleasesError } from '../errors.ts';
import { findReleases, releaseNames } from '../inspect/find.ts';
import { listPages } from '../kube/pages.ts';
import type { IO } from '../output/io.ts';
import { readCommandLine } from './arguments.ts';
import { isAsking } from './asks.ts';
import {
  type ArgumentTable,
  aliasesOf,
  type Command,
  isWords,
  type Option,
  type OptionTable,
} from './command.ts';
import { shells } from './completion.ts';
import { clusterOptions, type ReadArgs, readOptions } from './options.ts';
import { parseOptions } from './parse.ts';
import { chooseReads, type Reads } from './stores.ts';
import { commandTable, findCommand } from './table.ts';

/** A word, and what it is. */
export type Candidate = readonly [word: string, what: string];

const namespaceFlags = ['namespace', 'tiller-namespace', 'helm-release-storage-namespace'];

export interface Candidates {
  readonly found: readonly Candidate[];
  /** Whether files may stand there too: the shell knows them. */
  readonly files: boolean;
}

/**
 * Nothing is ever an error here: a shell shows none.
 * @param words what follows the program's name; the last one is being typed and may be empty
 */
export async function candidates(words: readonly string[], io: IO): Promise<Candidates> {
  const typed = words.at(-1) ?? '';
  try {
    const all = await everyCandidate(words.slice(0, -1), typed, io);
    if (all === 'files') return { found: [], files: true };
    return { found: all.filter(([word]) => word.startsWith(typed)), files: false };
  } catch (error) {
    if (isReleasesError(error)) return { found: [], files: false };
    throw error;
  }
}

async function everyCandidate(
  before: readonly string[],
  typed: string,
  io: IO,
): Promise<readonly Candidate[] | 'files'> {
  const at = commandAt(before);
  const entry = at === undefined ? undefined : findCommand(before[at] ?? '');
  const command = await entry?.load();
  const options: OptionTable = command
    ? { ...command.options, ...(command.local ? {} : clusterOptions) }
    : clusterOptions;
  const rest = before.filter((_, i) => i !== at);
  const waiting = optionNamed(options, rest.at(-1) ?? '');
  if (waiting && waiting[1].type !== 'boolean') {
    const line = readCommandLine(rest.slice(0, -1), options);
    return valuesOf(waiting, { line, options, command }, io);
  }
  if (typed.startsWith('-')) return flags(options);
  if (!command) return commandTable.map(({ name, describe }) => [name, describe]);
  const line = readCommandLine(rest, options);
  const key = argumentAt(command.arguments, line.positionals.length);
  const kind = key === undefined ? undefined : command.arguments[key];
  if (kind && isWords(kind)) return kind.map((word) => [word, 'what a revision holds']);
  if (key === 'name' || key === 'release') return names({ line, options, command }, io);
  if (key === 'a' || key === 'b') return revisions({ line, options, command }, io);
  if (key === 'shell') return shells.map((shell) => [shell, 'its script']);
  if (key === 'command' && !command.trailing)
    return commandTable.filter(({ name }) => isAsking(name)).map((one) => [one.name, one.describe]);
  return key === 'file' ? 'files' : [];
}

/** The name of the argument that is being typed; one that may be many doesn't end. */
function argumentAt(table: ArgumentTable, before: number): string | undefined {
  const names = Object.keys(table);
  const many = names.findIndex((name) => table[name] === 'many');
  return names[many < 0 ? before : Math.min(before, many)];
}

interface Line {
  readonly line: { readonly options: readonly string[]; readonly positionals: readonly string[] };
  readonly options: OptionTable;
  readonly command: Command | undefined;
}

/** Where the command stands: the first word that is neither a flag nor a flag's value. */
function commandAt(words: readonly string[]): number | undefined {
  const shared: OptionTable = { ...clusterOptions, ...readOptions };
  for (let i = 0; i < words.length; i++) {
    const word = words[i] ?? '';
    if (!word.startsWith('-')) return i;
    const option = optionNamed(shared, word)?.[1];
    if (option && option.type !== 'boolean') i += 1;
  }
  return undefined;
}

/** The option that a flag names, unless its value stands in the same word. */
function optionNamed(table: OptionTable, word: string): readonly [string, Option] | undefined {
  if (!word.startsWith('-') || word.includes('=')) return undefined;
  const name = word.replace(/^--?/, '');
  return Object.entries(table).find(
    ([long, option]) => long === name || aliasesOf(option).includes(name),
  );
}

function flags(options: OptionTable): Candidate[] {
  return Object.entries(options).map(([name, { describe = '' }]) => [`--${name}`, describe]);
}

async function valuesOf(
  [name, option]: readonly [string, Option],
  line: Line,
  io: IO,
): Promise<readonly Candidate[]> {
  if (option.choices) return option.choices.map((one) => [String(one), '']);
  if (namespaceFlags.includes(name)) return namespaces(line, io);
  if (name === 'revision' || name === 'rollback') return revisions(line, io);
  if (name !== 'output') return [];
  return ['table', 'wide', 'json', 'yaml', 'name', 'jsonpath=', 'custom-columns='].flatMap(
    (word): Candidate[] =>
      option.describe?.includes(word.replace('=', '')) ? [[word, 'output format']] : [],
  );
}

async function names(line: Line, io: IO): Promise<readonly Candidate[]> {
  return withReads(line, io, async ({ sources }) =>
    [...(await releaseNames(sources))].sort().map((name) => [name, 'release']),
  );
}

async function revisions(line: Line, io: IO): Promise<readonly Candidate[]> {
  const at = Object.keys(line.command?.arguments ?? {}).indexOf('name');
  const name = line.line.positionals[at];
  if (name === undefined) return [];
  return withReads(line, io, async ({ sources }) => {
    const { releases } = await findReleases(sources, name);
    const numbers = releases[0]?.revisions.toReversed() ?? [];
    return [
      ['HEAD', 'the newest'],
      ['@deployed', 'the deployed one'],
      ...numbers.map((number): Candidate => [String(number), `revision of ${name}`]),
    ];
  });
}

async function namespaces(line: Line, io: IO): Promise<readonly Candidate[]> {
  return withReads(line, io, async ({ kube }) => {
    const { api } = await kube();
    const found: Candidate[] = [];
    const at = { apiVersion: 'v1', resource: 'namespaces' };
    for await (const page of listPages(api, at, { metadataOnly: true }))
      for (const { metadata } of page) found.push([metadata.name, 'namespace']);
    return found;
  });
}

async function withReads(
  { line, options }: Line,
  io: IO,
  read: (reads: Reads) => Promise<readonly Candidate[]>,
): Promise<readonly Candidate[]> {
  const reads = await chooseReads(parseOptions(line.options, options) as ReadArgs, io.env);
  try {
    return await read(reads);
  } finally {
    reads.close();
  }
}
