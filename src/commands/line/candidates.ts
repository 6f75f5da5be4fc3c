/** What may stand in the place of a command line's last word. */
import { isReleasesError } from '../../errors.ts';
import { findReleases, releaseNames } from '../../inspect/find.ts';
import { statusWords } from '../../inspect/listing.ts';
import { readSources } from '../../inspect/sources.ts';
import { listPages } from '../../kube/pages.ts';
import { shells } from '../../output/shellScripts.ts';
import type { IO } from '../../output/terminal/io.ts';
import {
  aliasesOf,
  type Command,
  type CommandTable,
  commandNamed,
  isWords,
  type Option,
  type OptionTable,
} from '../command.ts';
import { isSharded } from '../job.ts';
import { isAsking } from '../rbac/asks.ts';
import { chooseReads, type Reads } from '../stores/stores.ts';
import { readCommandLine } from './arguments.ts';
import { clusterOptions, type ReadArgs, readOptions } from './options.ts';
import { optionsFor, optionsOf } from './optionsOf.ts';
import { parseOptions } from './parse.ts';
import { isReleaseKind, type ReleaseWord, readReleaseWord, releaseWords } from './releaseWord.ts';

/** A word, and what it is. */
export type Candidate = readonly [word: string, what: string];

export interface Candidates {
  readonly found: readonly Candidate[];
  /** Whether files may stand there too: the shell knows them. */
  readonly files: boolean;
}

/** Whoever presses Tab waits for no server, sign-in or retry longer than this. */
const patienceMs = 2000;

const nothing: Candidates = { found: [], files: false };
const files: Candidates = { found: [], files: true };

const namespaceFlags = [
  ...['namespace', 'tiller-namespace', 'helm-release-storage-namespace', 'to-namespace'],
  ...['helm2-release-storage-namespace', 'to-storage-namespace'],
];
const contextFlags = ['context', 'contexts', 'to-context'];
const addressFlags = ['storage', 'from', 'to', 'to-storage'];
const releaseFlags = ['exclude', 'overwrite', 'to-release'];
const fileFlags = [
  ...['kubeconfig', 'to-kubeconfig', 'passphrase-file', 'identity', 'report', 'backup'],
  'directory',
];

/**
 * Nothing is ever an error here: a shell shows none.
 * @param words what follows the program's name; the last one is being typed and may be empty
 */
export async function candidates(
  table: CommandTable,
  words: readonly string[],
  io: IO,
): Promise<Candidates> {
  const typed = words.at(-1) ?? '';
  try {
    const all = await everyCandidate(table, words.slice(0, -1), typed, io);
    return { ...all, found: all.found.filter(([word]) => word.startsWith(typed)) };
  } catch (error) {
    if (isReleasesError(error)) return nothing;
    throw error;
  }
}

async function everyCandidate(
  table: CommandTable,
  before: readonly string[],
  typed: string,
  io: IO,
): Promise<Candidates> {
  const at = commandAt(before);
  const entry = at === undefined ? undefined : commandNamed(table, before[at] ?? '');
  const command = await entry?.load();
  const words = before.filter((_, i) => i !== at);
  const options = command ? await optionsWhile(command, words) : clusterOptions;
  const rest = withoutUnknown(words, options);
  const waiting = optionNamed(options, rest.at(-1) ?? '');
  if (waiting && waiting[1].type !== 'boolean') {
    const line = readCommandLine(rest.slice(0, -1), options);
    return valuesOf(waiting, typed, { line, options, command }, io);
  }
  const [, flag, value] = /^(--?[^=]+=)(.*)$/s.exec(typed) ?? [];
  if (flag !== undefined && value !== undefined) {
    const option = optionNamed(options, flag.slice(0, -1));
    if (!option) return nothing;
    const line = readCommandLine(rest, options);
    const found = await valuesOf(option, value, { line, options, command }, io);
    return { ...found, found: found.found.map(([word, what]) => [`${flag}${word}`, what]) };
  }
  if (typed.startsWith('-')) return only(flags(options));
  if (!command) return only(table.map(({ name, describe }) => [name, describe]));
  const line = readCommandLine(rest, options);
  return argumentOf(table, { line, options, command }, typed, io);
}

/** A flag that is none, and that the command will refuse, doesn't keep the rest from being completed. */
function withoutUnknown(words: readonly string[], table: OptionTable): string[] {
  const kept: string[] = [];
  for (let i = 0; i < words.length; i++) {
    const word = words[i] ?? '';
    if (word === '--') return [...kept, ...words.slice(i)];
    const isFlag = word.startsWith('-') && word !== '-';
    const [name = ''] = word.split('=');
    const isLong = name.startsWith('--');
    const option = optionNamed(table, isLong ? name : name.slice(0, 2))?.[1];
    if (isFlag && !option) continue;
    kept.push(word);
    const isWhole =
      word.includes('=') || (!isLong && word.length > 2) || option?.bare !== undefined;
    // What follows is its value, even where it looks like a flag.
    if (isFlag && option?.type !== 'boolean' && !isWhole) kept.push(...words.slice(++i, i + 1));
  }
  return kept;
}

/** The last word may be a flag that waits for its value. */
async function optionsWhile(command: Command, rest: readonly string[]): Promise<OptionTable> {
  const own = optionsOf(command);
  if (!command.optionsAfter) return own;
  const waiting = optionNamed(own, rest.at(-1) ?? '');
  return optionsFor(command, waiting ? rest.slice(0, -1) : rest);
}

function only(found: readonly Candidate[]): Candidates {
  return { found, files: false };
}

/** What may stand in the place of the next argument. */
async function argumentOf(
  table: CommandTable,
  line: Line & { readonly command: Command },
  typed: string,
  io: IO,
): Promise<Candidates> {
  const { command } = line;
  const keys = Object.keys(command.arguments);
  const count = releaseWords(line.line.positionals, command.arguments).words.length;
  const many = keys.findIndex((key) => command.arguments[key] === 'many');
  const key = keys[many < 0 ? count : Math.min(count, many)];
  const kind = key === undefined ? undefined : command.arguments[key];
  if (kind && isWords(kind)) return only(kind.map((word) => [word, 'what a revision holds']));
  switch (key) {
    case 'name':
      return only(await releaseWordsLike(typed, line, io));
    case 'release':
      // The archive comes last where one is made, and says itself what is in it where one is read.
      if (command.name === 'restore') return nothing;
      return { found: await names(line, io), files: keys.includes('file') };
    case 'revision':
    case 'a':
    case 'b':
      return only(await revisions(line, io));
    case 'file':
    case 'files':
      return files;
    case 'shell':
      return only(shells.map((shell) => [shell, 'its script']));
    case 'command':
      return only(
        table
          .filter(({ name }) => (command.trailing ? isSharded(name) : isAsking(name)))
          .map(({ name, describe }) => [name, describe]),
      );
    default:
      return nothing;
  }
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
  typed: string,
  line: Line,
  io: IO,
): Promise<Candidates> {
  if (option.choices) return only(option.choices.map((one) => [String(one), '']));
  if (fileFlags.includes(name)) return files;
  if (namespaceFlags.includes(name)) return only(await namespaces(line, io));
  if (contextFlags.includes(name)) return only(await contexts(line, io));
  if (addressFlags.includes(name)) return only(await addresses(option, typed, line, io));
  if (releaseFlags.includes(name)) return only(await names(line, io));
  if (name === 'revision' || name === 'rollback') return only(await revisions(line, io));
  if (name === 'status') return only(statuses(typed));
  if (name === 'since') return only(spans);
  if (name === 'time-format') return only(timeFormats);
  if (name === 'chart') return only(await charts(line, io));
  if (name !== 'output') return nothing;
  const forms = option.describe?.split(': ').at(-1)?.split(', ') ?? [];
  const words = forms.flatMap((form): Candidate[] => {
    const word = /^[a-z-]+(=|$)/.exec(form)?.[0];
    return word === undefined ? [] : [[word, 'output format']];
  });
  return { found: words, files: words.length === 0 };
}

const spans: readonly Candidate[] = [
  ['1h', 'updated within an hour'],
  ['24h', 'within a day'],
  ['7d', 'within a week'],
];

const timeFormats: readonly Candidate[] = [
  ['2006-01-02', 'the day'],
  ['2006-01-02T15:04:05Z07:00', 'RFC 3339'],
];

/** After a comma another one. */
function statuses(typed: string): Candidate[] {
  const start = typed.slice(0, typed.lastIndexOf(',') + 1);
  const given = start.split(',');
  return statusWords
    .filter((word) => !given.includes(word))
    .map((word) => [`${start}${word}`, 'status']);
}

/** Those that the releases there are were made of. */
async function charts(line: Line, io: IO): Promise<readonly Candidate[]> {
  return withReads(line, io, async ({ sources }) => {
    const { newestRevisions } = await import('../../inspect/newest.ts');
    const { results } = await readSources(sources, (source) =>
      newestRevisions(source, (opened) =>
        'release' in opened ? opened.release.chart?.metadata?.name : undefined,
      ),
    );
    const found = new Set(results.flat().flatMap((one) => one ?? []));
    return [...found].sort().map((name) => [name, 'chart']);
  });
}

/** The forms that the flag's own help names; behind the colon, what may stand there. */
async function addresses(
  { describe = '' }: Option,
  typed: string,
  line: Line,
  io: IO,
): Promise<readonly Candidate[]> {
  const [, form, place] = /^(\w+:)(.*)$/s.exec(typed) ?? [];
  if (form !== undefined && place !== undefined) {
    const found = ['dir:', 'file:'].includes(form)
      ? await pathsLike(place)
      : ['secret:', 'configmap:', 'sql:'].includes(form)
        ? await namespaces(line, io)
        : [];
    return found.map(([word, what]) => [`${form}${word}`, what]);
  }
  const forms = ['secret', 'configmap', 'sql', 'dir:', 'file:'] as const;
  return forms.flatMap((form): Candidate[] =>
    describe.includes(form) || !describe.includes('secret') ? [[form, 'a store']] : [],
  );
}

/** A shell knows paths better, but not behind a colon. @param typed as far as it goes: `./du` */
async function pathsLike(typed: string): Promise<Candidate[]> {
  const { readdir } = await import('node:fs/promises');
  const folder = typed.slice(0, typed.lastIndexOf('/') + 1);
  const entries = await readdir(folder || '.', { withFileTypes: true }).catch(() => []);
  const hidden = typed.slice(folder.length).startsWith('.');
  return entries
    .filter(({ name }) => hidden || !name.startsWith('.'))
    .map((entry): Candidate => {
      const isFolder = entry.isDirectory();
      return [`${folder}${entry.name}${isFolder ? '/' : ''}`, isFolder ? 'a folder' : 'a file'];
    })
    .sort(([a], [b]) => (a < b ? -1 : 1));
}

async function contexts({ line, options }: Line, io: IO): Promise<Candidate[]> {
  const { kubeconfigFiles, readKubeconfig, readKubePipes } = await import(
    '../../kube/kubeconfig.ts'
  );
  const { kubeconfig } = parseOptions(line.options, options);
  const path = typeof kubeconfig === 'string' ? kubeconfig : undefined;
  await readKubePipes({ kubeconfig: path }, io.env);
  const { files, required } = kubeconfigFiles(path, io.env);
  const names = [...readKubeconfig(files, required).contexts.keys()].sort();
  return names.map((name) => [name, 'context']);
}

/** Those that the command would find: of a Tiller's, only what is in the namespace. */
async function names(line: Line, io: IO): Promise<readonly Candidate[]> {
  const given = new Set(line.line.positionals);
  return withReads(line, io, async ({ sources }) => {
    const { results } = await readSources(sources, async (source) => {
      const { releaseNamespace: wanted } = source;
      if (wanted === undefined) return [...(await releaseNames([source]))];
      const { newestRevisions } = await import('../../inspect/newest.ts');
      const releases = await newestRevisions(source, (opened) =>
        'release' in opened ? opened.release : undefined,
      );
      return releases.flatMap((one) => (one?.namespace === wanted ? one.name : []));
    });
    const found = [...new Set(results.flat())].filter((name) => !given.has(name));
    return found.sort().map((name) => [name, 'release']);
  });
}

/** `bil`, `pay/bil`, `billing@`: what is in front of the part that is being typed stays. */
async function releaseWordsLike(
  typed: string,
  line: Line & { readonly command: Command },
  io: IO,
): Promise<readonly Candidate[]> {
  if (!isReleaseKind(line.command.arguments.name)) return names(line, io);
  const at = typed.indexOf('@');
  if (at > 0) {
    const found = await revisionsOf(readReleaseWord(typed.slice(0, at)), line, io);
    const start = typed.slice(0, at + 1);
    return found.map(([word, what]) => [`${start}${word.replace(/^@/, '')}`, what]);
  }
  const slash = typed.indexOf('/');
  if (slash < 1) return names(line, io);
  const start = typed.slice(0, slash + 1);
  const found = await names(inNamespace(line, typed.slice(0, slash)), io);
  return found.map(([word, what]) => [`${start}${word}`, what]);
}

function inNamespace<L extends Line>(line: L, namespace: string | undefined): L {
  if (namespace === undefined) return line;
  const others = line.line.options.filter((option) => !option.startsWith('--namespace='));
  const options = [...others, `--namespace=${namespace}`];
  return { ...line, line: { ...line.line, options } };
}

async function revisions(line: Line, io: IO): Promise<readonly Candidate[]> {
  const at = Object.keys(line.command?.arguments ?? {}).indexOf('name');
  const word = line.line.positionals[at];
  return word === undefined ? [] : revisionsOf(readReleaseWord(word), line, io);
}

async function revisionsOf(
  { name, namespace }: ReleaseWord,
  line: Line,
  io: IO,
): Promise<readonly Candidate[]> {
  return withReads(inNamespace(line, namespace), io, async ({ sources }) => {
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

/** Moves have `--from`, and mean all namespaces where none is named. */
function readArgs({ line, options, command }: Line): ReadArgs {
  const given = parseOptions(line.options, options) as ReadArgs & { readonly from?: string };
  // Where --as is something else, as unlock's status is, another flag says who is impersonated.
  const user = (given as { readonly 'kube-as-user'?: string })['kube-as-user'];
  const args = options['kube-as-user'] ? { ...given, as: user } : given;
  if (!command?.arguments.release) return args;
  return {
    ...args,
    ...(args.namespace ? {} : { 'all-namespaces': true }),
    ...(args.from ? { storage: [args.from] } : {}),
    ...(command.name === 'migrate2to3' ? { helm: '2' } : {}),
  };
}

async function withReads(
  { line, options, command }: Line,
  io: IO,
  read: (reads: Reads) => Promise<readonly Candidate[]>,
): Promise<readonly Candidate[]> {
  const args = { ...readArgs({ line, options, command }), 'request-timeout': `${patienceMs}ms` };
  const reads = await chooseReads(args, io.env);
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<readonly Candidate[]>((resolve) => {
    timer = setTimeout(resolve, patienceMs, []);
  });
  try {
    return await Promise.race([read(reads), late]);
  } finally {
    clearTimeout(timer);
    // What hasn't answered by now ends with it.
    reads.close();
  }
}
