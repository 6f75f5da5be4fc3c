/** Which releases a change is about: what its command line says of them, and which of those found are meant. */
import { printable, ReleasesError } from '../../errors.ts';
import { note } from '../../output/terminal/errors.ts';
import type { IO } from '../../output/terminal/io.ts';
import { identify, type Owner, type RecordMeta } from '../../record.ts';
import { isInShard, parseShard } from '../../shard.ts';
import { shellQuote } from '../../shellQuote.ts';
import { matchesSelector, parseSelector } from '../../storage/labels.ts';
import type { HelmNamespace } from '../stores/connections.ts';

export interface SelectionArgs {
  /** Release names; empty means every one. */
  readonly release: readonly string[];
  readonly all?: boolean | undefined;
  readonly 'all-namespaces'?: boolean | undefined;
  readonly exclude?: readonly string[] | undefined;
  readonly namespace?: string | undefined;
  /** Labels that a release's newest record must have. */
  readonly selector?: string | undefined;
  /** As addresses call it. */
  readonly kind?: string | undefined;
  /** `I/N` */
  readonly shard?: string | undefined;
}

/** How a command speaks of what it selects. */
export interface SelectionWords {
  /** `release`, or `Helm 2 release` where it means no other. */
  readonly what: string;
  /** What shows them, after the program's name. */
  readonly list: string;
  /** What to do where -l was meant as another tool's; absent: to name them. */
  readonly selectorHint?: string;
  /** The flags that say what one release becomes. */
  readonly forOne: readonly string[];
  /** The flag that says where to look. */
  readonly where: string;
  /** How one of several releases of a name is named. */
  readonly namesOne: string;
}

export const anyRelease: SelectionWords = {
  what: 'release',
  list: 'list -A',
  forOne: ['to-name', 'to-namespace'],
  where: '--from',
  namesOne: '-n NAMESPACE, --from ADDRESS or --kind secret|configmap names one',
};

/** A release as it was found, whatever it was looked at for. */
export interface Candidate {
  readonly name: string;
  readonly owner: Owner;
  /** Its own, as its newest readable revision has it. */
  readonly namespace?: string | undefined;
  /** Its store's address. */
  readonly from: string;
  readonly records: readonly RecordMeta[];
}

/**
 * `-A` as list has it: all releases, or of all namespaces those that are named otherwise.
 * @throws ReleasesError USAGE
 */
export function withEverywhere<Args extends SelectionArgs>(args: Args): Args {
  if (!args['all-namespaces']) return args;
  if (args.namespace) throw new ReleasesError('USAGE', 'either -n or -A, not both');
  return { ...args, all: args.all || (args.release.length === 0 && !args.selector) };
}

/** @throws ReleasesError USAGE when it isn't clear which releases are meant */
export function checkSelection(
  args: SelectionArgs & { readonly [flag: string]: unknown },
  { list, selectorHint, forOne }: SelectionWords,
  { program }: Pick<IO, 'program'>,
): void {
  const named = args.release.length > 0;
  const everywhere = list === anyRelease.list ? '; -A takes those of all namespaces' : '';
  const hints = [`name them, or give --all${everywhere}`, `${program} ${list}  shows them`];
  if (named && args.all)
    throw new ReleasesError('USAGE', 'either --all or release names, not both', { hints });
  if (named && args.selector)
    throw new ReleasesError('USAGE', 'either --selector or release names, not both', {
      hints: selectorHint === undefined ? hints : [selectorHint],
    });
  if (!named && !args.all && !args.selector)
    throw new ReleasesError('USAGE', 'which releases?', { hints });
  for (const flag of forOne)
    if (args[flag] !== undefined && args.release.length !== 1)
      throw new ReleasesError('USAGE', `--${flag} is for one release: name it`);
  if (args.selector) parseSelector(args.selector);
  if (args.shard !== undefined) parseShard(args.shard);
}

/** The words that chose the releases, for an archive that says what was asked of it. */
export function askedWords(args: SelectionArgs): readonly string[] {
  const { release, all, namespace, selector, exclude = [], kind, shard } = args;
  const flags = { '-n': namespace, '-l': selector, '--kind': kind, '--shard': shard };
  return [
    ...release,
    ...(all ? ['--all'] : []),
    ...Object.entries(flags).flatMap(([flag, value]) => (value ? [`${flag}=${value}`] : [])),
    ...exclude.map((name) => `--exclude=${name}`),
  ];
}

/** The flags that left releases out. */
export function leftOutBy(args: SelectionArgs): readonly string[] {
  return [
    ...(args.namespace ? [`-n ${shellQuote(args.namespace)}`] : []),
    ...(args.selector ? [`-l ${printable(args.selector, 100)}`] : []),
    ...(args.kind ? [`--kind ${args.kind}`] : []),
    ...(args.exclude?.length ? ['--exclude'] : []),
    ...(args.shard === undefined ? [] : ['--shard']),
  ];
}

export interface Divided<R> {
  readonly own: readonly R[];
  /** Those that another shard takes. */
  readonly others: readonly R[];
}

/** What is left of the releases once --exclude, -l and --shard have had their say. */
export function selectedOf<R>(
  releases: readonly R[],
  candidate: (release: R) => Candidate,
  args: SelectionArgs,
): Divided<R> {
  const excluded = new Set(args.exclude);
  const shard = args.shard === undefined ? undefined : parseShard(args.shard);
  const labels = labelled(args);
  const wanted = releases.filter((release) => {
    const { name, records } = candidate(release);
    return !excluded.has(name) && labels(newestOf(records));
  });
  const isOwn = (release: R) => !shard || isInShard(shard, candidate(release));
  return {
    own: wanted.filter(isOwn),
    others: wanted.filter((release) => !isOwn(release)),
  };
}

/** Whether one of the records has the labels that -l asks for; always where it asks for none. */
export function labelled({
  selector,
}: Pick<SelectionArgs, 'selector'>): (records: readonly RecordMeta[]) => boolean {
  const wanted = selector ? parseSelector(selector) : undefined;
  return (records) => !wanted || records.some(({ labels }) => matchesSelector(wanted, labels));
}

/** By the labels of the newest a release is selected: then all its revisions move. */
function newestOf(records: readonly RecordMeta[]): readonly RecordMeta[] {
  const revisionOf = (record: RecordMeta): number => {
    const identity = identify(record);
    return 'revision' in identity ? identity.revision : Number.NEGATIVE_INFINITY;
  };
  const newest = Math.max(...records.map(revisionOf));
  return records.filter((record) => revisionOf(record) === newest);
}

/** Whether one of the shards is to speak for all of them. */
export function isFirstShard({ shard }: SelectionArgs): boolean {
  return shard === undefined || parseShard(shard).index === 0;
}

/**
 * A name may stand for several releases: in several namespaces, stores or Tillers.
 * @throws ReleasesError USAGE where only one can be meant
 */
export function checkSeveral(
  args: SelectionArgs & { readonly [flag: string]: unknown },
  found: readonly Candidate[],
  whereLine: (one: Candidate) => string,
  { forOne, namesOne }: SelectionWords,
  io: IO,
): void {
  const flag = forOne.find((one) => args[one] !== undefined);
  for (const name of args.release) {
    const same = found.filter((release) => release.name === name);
    if (same.length > 1) checkSeveralMeant(name, same.map(whereLine), { flag, hint: namesOne }, io);
  }
}

/**
 * Each of several releases of a name is meant, and that is said.
 * @param lines where each one is
 * @param flag one that was given and can be meant of one release only
 * @param hint how to name one
 * @throws ReleasesError USAGE where there is such a flag
 */
export function checkSeveralMeant(
  name: string,
  lines: readonly string[],
  { flag, hint }: { readonly flag: string | undefined; readonly hint: string },
  io: IO,
): void {
  if (flag !== undefined)
    throw new ReleasesError('USAGE', `--${flag} is for one release, and there are several`, {
      why: [...lines],
      hints: [hint],
    });
  note(io, `${printable(name, 60)} is there ${lines.length} times, and each is meant:`);
  for (const line of lines) io.stderr.write(`  ${printable(line, 1000)}\n`);
}

/** Who asks for all gets those of one namespace, where helm has called its plugin with one. */
export function notePluginNamespace(
  { release, namespace: given }: SelectionArgs,
  namespace: string | undefined,
  io: IO,
): void {
  if (!io.env.HELM_PLUGIN_NAME || given || namespace === undefined || release.length > 0) return;
  const name = printable(namespace, 63);
  note(io, `helm called this with the namespace ${name}; -A takes all namespaces`);
}

/** helm keeps -n to itself, and hands on the context's own namespace where there was none. */
export function noteContextNamespace(
  args: SelectionArgs,
  helm: HelmNamespace | undefined,
  isWithin: (namespace: string) => boolean,
  io: IO,
): void {
  if (args.namespace || !helm?.isContexts || args.release.length > 0) return;
  if (isWithin(helm.name)) return;
  const name = printable(helm.name, 63);
  note(
    io,
    `these are the releases of all namespaces: helm doesn't hand on a -n ${name}, the context's own`,
  );
}
