/** What is said when releases that were asked for aren't where a change looks, or are there no more. */
import { printable, ReleasesError, typed } from '../../errors.ts';
import { missingNamespace, otherNamespaces as namespacesWith } from '../../inspect/namespaces.ts';
import { storageAddress } from '../../inspect/rows.ts';
import type { ReadSource } from '../../inspect/sources.ts';
import type { Finished } from '../../migrate/finished.ts';
import { believedNamespace } from '../../migrate/relocate/survey.ts';
import { countOf } from '../../output/plans/plan.ts';
import { note } from '../../output/terminal/errors.ts';
import type { IO } from '../../output/terminal/io.ts';
import { closest } from '../../output/terminal/suggest.ts';
import { namesOf, type Owner } from '../../record.ts';
import { shellQuote } from '../../shellQuote.ts';
import type { Storage } from '../../storage/storage.ts';
import { isIn } from '../reading/release.ts';
import { namespacesHint } from '../stores/stores.ts';
import { type Candidate, leftOutBy, type SelectionArgs, type SelectionWords } from './selection.ts';

/** What an error says beside its message. */
export interface Advice {
  readonly why: readonly string[];
  readonly hints: readonly string[];
}

/** Where was looked. */
export interface Looked {
  readonly stores: readonly Storage[];
  /** Whose records; absent: anybody's. */
  readonly owner?: Owner;
  readonly words: SelectionWords;
  /** Where else a release of this name may be, or any release. */
  elsewhere(name?: string): Promise<Advice>;
  /** What helps where no name is near, and it is nowhere else; absent: to list what is there. */
  readonly otherwise?: string | undefined;
}

/** `billing is in namespace pay (Helm 3/4, configmap)` */
export function whereLine(candidate: Candidate): string {
  const { name, from, owner, records } = candidate;
  const [first] = records;
  const namespace = believedNamespace(candidate, records) ?? '-';
  const place = first ? storageAddress(first, { address: from }, undefined) : from;
  // A folder holds records of both kinds.
  const kind = first && isFiles(from) ? `, ${first.kind}s` : '';
  const helm = owner === 'helm' ? 'Helm 3/4' : 'Helm 2';
  return isIn(name, printable(namespace, 63), [helm, `${place}${kind}`]);
}

function isFiles(address: string): boolean {
  return /^(dir|file):|^-$/.test(address);
}

/**
 * Says where the name is after all, or else which name is nearly the same.
 * @param found releases of any name
 */
export async function notFound(
  name: string,
  found: readonly Candidate[],
  args: SelectionArgs,
  looked: Looked,
  io: IO,
): Promise<ReleasesError> {
  const { stores, words } = looked;
  const message = `no ${words.what} "${typed(name, 60)}" in ${placesOf(stores)}`;
  const same = found.filter((release) => release.name === name);
  if (same.length > 0) {
    const { hints } = otherNamespaces(same, args.namespace ?? '', words.where);
    return new ReleasesError('NOT_FOUND', message, { why: same.map(whereLine), hints });
  }
  const elsewhere = await looked.elsewhere(name);
  if (elsewhere.hints.length > 0) return new ReleasesError('NOT_FOUND', message, elsewhere);
  const hints = [nearLine(name, await namesIn(looked)) ?? looked.otherwise ?? listLine(looked, io)];
  return new ReleasesError('NOT_FOUND', message, { hints });
}

/** Which of the names that there are was meant, or where they are shown. */
export function meantLine(
  name: string,
  names: ReadonlySet<string>,
  looked: Pick<Looked, 'stores' | 'words'>,
  io: IO,
  flag = '',
): string {
  return nearLine(name, names, flag) ?? listLine(looked, io);
}

function nearLine(name: string, names: ReadonlySet<string>, flag = ''): string | undefined {
  const others = [...names].filter((one) => one !== name);
  const near = closest(name, others);
  if (near === undefined) return undefined;
  return `did you mean ${flag ? `${flag} ${shellQuote(near)}` : printable(near, 60)}?`;
}

/** Where somebody sees what is there. */
function listLine({ stores, words }: Pick<Looked, 'stores' | 'words'>, { program }: IO): string {
  const outside = stores.find(({ capabilities }) => !capabilities.inCluster)?.address;
  const list = outside === undefined ? words.list : `list --storage ${shellQuote(outside)}`;
  return `${program} ${list}  shows what there is`;
}

/**
 * A mistyped release that is to be left alone must not be moved, or deleted.
 * @param seen the names that were come across; where there are none, nothing moves
 * @param isDone of names that aren't there, those that are where everything goes, and need no leaving alone
 * @throws ReleasesError USAGE
 */
export async function checkExcluded(
  { exclude = [] }: SelectionArgs,
  seen: ReadonlySet<string>,
  looked: Looked,
  io: IO,
  isDone: (names: readonly string[]) => Promise<DoneNames> = async () => noneDone,
): Promise<void> {
  const unseen = exclude.filter((name) => !seen.has(name));
  if (unseen.length === 0 || seen.size === 0) return;
  const names = await namesIn(looked);
  const unknown = unseen.filter((name) => !names.has(name));
  const { done, why } = await isDone(unknown);
  const wrong = unknown.find((name) => !done.has(name));
  if (wrong === undefined) return;
  const message = `--exclude "${typed(wrong, 60)}" is no ${looked.words.what} in ${placesOf(looked.stores)}`;
  const hints = [meantLine(wrong, names, looked, io, '--exclude')];
  throw new ReleasesError('USAGE', message, { why, hints });
}

interface DoneNames {
  readonly done: { has(name: string): boolean };
  /** What couldn't be looked at. */
  readonly why: readonly string[];
}

const noneDone: DoneNames = { done: new Set<string>(), why: [] };

/** Of every release, whatever was asked for. */
async function namesIn({ stores, owner }: Looked): Promise<Set<string>> {
  const names = new Set<string>();
  for (const store of stores)
    for await (const page of store.listMeta(owner ? { owner } : {}))
      for (const record of page) for (const name of namesOf(record)) names.add(name);
  return names;
}

/**
 * Says of each that there is nothing to do about it.
 * @param more what else is said of a name
 */
export async function noteFinished(
  finished: readonly Finished[],
  { stores, words }: Looked,
  io: IO,
  more: (name: string) => Promise<string> = async () => '',
): Promise<void> {
  for (const one of finished) {
    const { name } = one;
    const places = 'target' in one ? [one.target] : one.helm3;
    const has =
      'target' in one ? `${fewOf(places)} has it` : `Helm 3 or 4 has it in ${fewOf(places)}`;
    note(
      io,
      [
        `no ${words.what} "${typed(name, 60)}" is left in ${placesOf(stores)}`,
        places.length > 0 ? `, and ${has}` : '',
        `: nothing to do for it${await more(name)}`,
      ].join(''),
    );
  }
}

/** More than this make no line that anybody reads. */
const mostShown = 3;

export function fewOf(texts: readonly string[], between = ', '): string {
  const more = texts.length - mostShown;
  const shown = texts.slice(0, mostShown).map((text) => printable(text));
  return `${shown.join(between)}${more > 0 ? ` and ${more} more` : ''}`;
}

export function placesOf(stores: readonly Storage[]): string {
  return [...new Set(stores.map(({ address }) => printable(address)))].join(', ');
}

/** More namespaces than this make no lines that anybody reads. */
const mostNamespaces = 5;

/**
 * Nothing was found: a mistyped namespace must not end like work that was done.
 * @throws ReleasesError NOT_FOUND; not where looking at namespaces is forbidden
 */
export async function requireNamespace(sources: readonly ReadSource[]): Promise<void> {
  const missing = await missingNamespace(sources);
  if (missing !== undefined)
    throw new ReleasesError('NOT_FOUND', `there is no namespace ${missing}`, {
      hints: [namespacesHint],
    });
}

/** Of a name that this namespace hasn't: the others that have it, as far as somebody may look into them. */
export async function inOtherNamespaces(
  name: string,
  sources: readonly ReadSource[],
): Promise<Advice> {
  const places = await namespacesWith(sources, name);
  const named = places.slice(0, mostNamespaces);
  const more = places.length - named.length;
  return {
    why: [
      ...named.map(({ storage, namespace }) =>
        isIn(name, printable(namespace, 63), ['Helm 3/4', storage.address]),
      ),
      ...(more > 0 ? [`and in ${more} more`] : []),
    ],
    hints: [
      ...new Set(named.map(({ namespace }) => `-n ${shellQuote(namespace)}`)),
      ...(places.length > 1 ? ['-A  means each of them'] : []),
    ],
  };
}

/**
 * Where -n leaves everything out: of which namespaces the releases are. `list -n` is about where records
 * lie, as for helm, so that it shows releases which -n of a move doesn't mean.
 * @param wanted what -n names
 * @param flag the one that says where to look: `--from`
 */
export function otherNamespaces(found: readonly Candidate[], wanted: string, flag: string): Advice {
  const ways = new Map<string, string>();
  const here = new Set<string>();
  for (const { namespace, from, records } of found) {
    const [record] = records;
    if (!namespace || !record) continue;
    const lies = record.namespace === wanted && !isFiles(from);
    const address = storageAddress(record, { address: from }, undefined);
    if (lies) here.add(printable(address, 100));
    ways.set(
      printable(namespace, 63),
      `-n ${shellQuote(namespace)}${lies ? ` ${flag} ${shellQuote(address)}` : ''}`,
    );
  }
  const names = [...ways.keys()].sort();
  if (names.length === 0) return { why: [], hints: [] };
  const more = names.length > mostNamespaces ? `, and ${names.length - mostNamespaces} more` : '';
  const lie = here.size > 0 ? `, and their records lie in ${[...here].sort().join(', ')}` : '';
  const which = names.slice(0, mostNamespaces);
  return {
    why: [`the releases are of ${which.join(', ')}${more}${lie}`],
    hints: which.flatMap((name) => ways.get(name) ?? []),
  };
}

/**
 * What is said when no release is left to work on.
 * @param found how many there are, apart from what was asked for
 * @param finished those that are done already
 * @param strays records that name no release, and are shown
 */
export async function nothingText(
  found: number,
  args: SelectionArgs,
  finished: readonly { readonly name: string }[],
  { stores, owner, words, elsewhere }: Looked,
  strays = 0,
): Promise<string> {
  const places = placesOf(stores);
  const names = finished.map(({ name }) => typed(name, 60)).join(', ');
  if (names !== '')
    return owner === 'tiller'
      ? `Nothing to do: Helm 2 has nothing left of ${names}.\n`
      : `Nothing to do: nothing is left in ${places} of ${names}, and the target has it.\n`;
  if (found > 0)
    return `${countOf(found, words.what)} found in ${places}, all left out by ${leftOutBy(args).join(', ')}.\n`;
  if (strays > 0) return `No record in ${places} names a release.\n`;
  const { hints } = await elsewhere();
  return `No ${words.what}s found in ${places}.\n${hints.map((hint) => `  try: ${hint}\n`).join('')}`;
}
