/** Which releases a relocation, a backup or a restoration is about, and what becomes of their names and namespaces. */
import { isReleasesError, printable, ReleasesError, typed } from '../../errors.ts';
import { readSources } from '../../inspect/sources.ts';
import type { Arrived } from '../../migrate/finished.ts';
import type { Relocation } from '../../migrate/relocate/placement.ts';
import type { RelocateOptions } from '../../migrate/relocate/relocateOptions.ts';
import {
  believedNamespace,
  type MovingRelease,
  type Relocatable,
  surveyRelocation,
} from '../../migrate/relocate/survey.ts';
import { isNamespaceName, isReleaseName } from '../../names.ts';
import { note } from '../../output/terminal/errors.ts';
import type { IO } from '../../output/terminal/io.ts';
import { type RecordMeta, refId } from '../../record.ts';
import { kindOf } from '../../storage/address.ts';
import type { Missing, Selection, Storage } from '../../storage/storage.ts';
import { notePartly, noteSkipped, unseenOf } from '../stores/stores.ts';
import { storeOf } from './helm2Selection.ts';
import { elsewhereLines } from './leftBehind.ts';
import {
  type Advice,
  checkExcluded,
  inOtherNamespaces,
  type Looked,
  meantLine,
  noteFinished,
  notFound,
  nothingText,
  otherNamespaces,
  requireNamespace,
  whereLine,
} from './notFound.ts';
import type { RelocationEnds } from './relocationEnds.ts';
import {
  anyRelease,
  type Candidate,
  checkSelection,
  checkSeveral,
  isFirstShard,
  labelled,
  type SelectionArgs,
  selectedOf,
} from './selection.ts';

/** What is said of releases, and of their names and namespaces. */
export interface RelocationSelectionArgs extends SelectionArgs {
  /** Beside the releases of a namespace those of which nobody can say whether they are of it. */
  readonly 'with-unplaced'?: boolean;
  readonly 'to-name'?: string | undefined;
  readonly 'to-namespace'?: string | undefined;
  readonly 'to-storage-namespace'?: string | undefined;
  readonly 'map-namespace'?: readonly string[] | undefined;
  readonly 'delete-source'?: boolean | undefined;
}

/** @throws ReleasesError USAGE when it isn't clear which releases are meant, or what they become */
export function checkRelocationSelection(args: RelocationSelectionArgs, io: IO): void {
  checkSelection({ ...args }, anyRelease, io);
  for (const flag of ['to-namespace', 'to-storage-namespace'] as const)
    if (args[flag] !== undefined && !isNamespaceName(args[flag]))
      throw new ReleasesError(
        'USAGE',
        `--${flag} "${typed(args[flag], 63)}" is no namespace's name`,
      );
  const name = args['to-name'];
  if (name !== undefined && !isReleaseName(name))
    throw new ReleasesError('USAGE', `--to-name "${printable(name, 63)}" is no release's name`, {
      why: ['helm takes lower case letters, digits, - and . and at most 53 of them'],
    });
  namespaceMap(args);
}

/** @throws ReleasesError USAGE */
export function namespaceMap(args: RelocationSelectionArgs): ReadonlyMap<string, string> {
  const map = new Map<string, string>();
  for (const pair of (args['map-namespace'] ?? []).flatMap((text) => text.split(','))) {
    const [old = '', next = '', ...rest] = pair.split('=');
    const wrong = [old, next].find((name) => name !== '' && !isNamespaceName(name));
    if (rest.length === 0 && old && next && wrong !== undefined)
      throw new ReleasesError(
        'USAGE',
        `--map-namespace: "${typed(wrong, 63)}" is no namespace's name`,
      );
    if (rest.length > 0 || wrong !== undefined || !old || !next)
      throw new ReleasesError('USAGE', `--map-namespace ${typed(pair, 130)} is not OLD=NEW`, {
        hints: ['--map-namespace pay=money --map-namespace web=shop'],
      });
    if ((map.get(old) ?? next) !== next)
      throw new ReleasesError('USAGE', `--map-namespace sends ${printable(old, 63)} to two places`);
    map.set(old, next);
  }
  if (map.size > 0 && args['to-namespace'])
    throw new ReleasesError('USAGE', 'either --to-namespace or --map-namespace, not both');
  return map;
}
export function relocationOf(
  args: RelocationSelectionArgs,
  { to }: Pick<RelocationEnds, 'to'>,
): Relocation {
  const [name, namespace] = [args['to-name'], args['to-namespace']];
  return {
    ...(to.kind && { kind: to.kind }),
    ...(to.namespace !== undefined && { storageNamespace: to.namespace }),
    own: to.own,
    ...(name !== undefined && { name }),
    ...(namespace !== undefined && { namespace }),
    namespaces: namespaceMap(args),
  };
}

export interface SelectedRelocation extends Omit<Relocatable, 'seen' | 'unattributed'> {
  readonly stores: ReadonlyMap<string, Storage>;
  /** Those that another shard moves. */
  readonly beside: readonly MovingRelease[];
  /** How many releases there are, apart from what was asked for. */
  readonly found: number;
  /** Places that were asked for and have shown nothing, or may hold more than they showed. */
  readonly unseen: readonly Missing[];
  /** Whether there was any record at all, of whichever release. */
  readonly any: boolean;
  /** What there is to say when no release is left. */
  readonly nothing: string;
  /** What else an error says of that: why, and what to do next. */
  readonly elsewhere: Advice;
  /** Of the names that were asked for, those that an earlier run has moved. */
  readonly finished: readonly Arrived[];
}

/**
 * @param ends `named`: the storage namespaces that somebody named
 * @param flag the one that says where to look
 * @throws ReleasesError NOT_FOUND for a name that isn't there, with the one that was meant
 */
export async function selectRelocatable(
  args: RelocationSelectionArgs,
  ends: Pick<RelocationEnds, 'from' | 'to'> &
    Partial<Pick<RelocationEnds, 'beside' | 'scope'>> & { readonly named?: readonly string[] },
  io: IO,
  flag = '--from',
): Promise<SelectedRelocation> {
  const relocation = relocationOf(args, ends);
  const names = new Set(args.release);
  const seen = new Set<string>();
  const { results, skipped, partly } = await readSources(ends.from, async (source) => {
    const store = storeOf(source);
    const found = await surveyRelocation([store], names, relocation, {
      ...{ owner: source.selection.owner, atHome: source.atHome === true },
    });
    for (const name of found.seen) seen.add(name);
    return { store, ...found };
  });
  noteSkipped(skipped, `${flag} chooses where to look`, io);
  notePartly(partly, io);
  const stores = results.map(({ store }) => store);
  const nowhere: Advice = { why: [], hints: [] };
  const looked: Looked = {
    ...{ stores, words: { ...anyRelease, where: flag } },
    async elsewhere(name) {
      if (name === undefined)
        return ends.scope?.unsaid ? { why: [], hints: ['-A  takes all namespaces'] } : nowhere;
      const beside = await elsewhereLines(name, (await ends.beside?.()) ?? []);
      const others = await inOtherNamespaces(name, ends.from);
      return { why: [...others.why, ...beside.why], hints: [...others.hints, ...beside.hints] };
    },
  };
  const all = results.flatMap((one) => one.releases);
  const kind = args.kind === undefined ? undefined : kindOf(args.kind);
  const found = kind ? all.filter((release) => recordsOf(release)[0]?.kind === kind) : all;
  const isEmpty = results.every(({ releases, strays, unattributed }) =>
    [releases, strays, unattributed].every(({ length }) => length === 0),
  );
  if (isEmpty && names.size === 0) await requireNamespace(ends.from);
  const placed = insideOf(found, args);
  noteUnplaced(found, placed, args, io);
  const inside = goingOf(placed, args, ends.to.storage);
  const finished: Arrived[] = [];
  for (const name of args.release) {
    if (inside.some((release) => release.name === name)) continue;
    // Whoever deletes sources, and was stopped right after that, finds nothing of them any more.
    if (!args['delete-source'] || !(await hasArrived(name, args, ends.to)))
      throw await notFound(name, found.map(candidateOf), args, looked, io);
    finished.push({ name, target: ends.to.storage.address });
  }
  if (inside.length > 0) await noteFinished(finished, looked, io);
  await checkMap(args, found, ends.to, looked, io);
  checkSeveral({ ...args }, inside.map(candidateOf), whereLine, looked.words, io);
  if (names.size === 0) await checkExcluded(args, seen, looked, io);
  const { own, others } = selectedOf(inside, candidateOf, args);
  const strays = results.flatMap((one) => one.strays);
  const speaks = args.release.length === 0 && isFirstShard(args);
  const labels = labelled(args);
  const isMeant = (record: RecordMeta) => (!kind || record.kind === kind) && labels([record]);
  const nobodys = results.flatMap(({ unattributed }) => unattributed);
  const taken = insideOf(speaks ? nobodys : [], args).filter((one) =>
    recordsOf(one).slice(0, 1).some(isMeant),
  );
  const releases = [...own, ...taken];
  return {
    releases,
    ...{ beside: others, finished },
    strays: speaks ? strays.filter(isMeant) : [],
    found: all.length,
    unseen: unseenOf(names.size > 0 ? [] : skipped, partly, args, ends.named),
    any: seen.size + strays.length + nobodys.length > 0,
    stores: new Map(stores.map((store) => [store.address, store])),
    elsewhere:
      inside.length > 0 || !args.namespace
        ? nowhere
        : otherNamespaces(found.map(candidateOf), args.namespace, flag),
    nothing:
      releases.length > 0
        ? ''
        : await nothingText(all.length, args, finished, looked, strays.length),
  };
}

export function candidateOf(release: MovingRelease): Candidate {
  return { ...release, records: recordsOf(release) };
}

function recordsOf({
  copies,
  lost,
}: Pick<MovingRelease, 'copies' | 'lost'>): readonly RecordMeta[] {
  return [...copies.map(({ source }) => source), ...lost];
}

/**
 * A mistyped namespace or selector must not end like work that was done. A shard may be empty, and who
 * deletes sources finds nothing of them the second time.
 * @throws ReleasesError NOT_FOUND
 */
export function checkAny(chosen: SelectedRelocation, args: RelocationSelectionArgs): void {
  const { releases, finished, found, nothing, elsewhere } = chosen;
  const narrowed = [args.namespace, args.selector, args.kind].some((one) => one !== undefined);
  if (releases.length + finished.length > 0 || found === 0 || !narrowed) return;
  if (args['delete-source'] || args.shard !== undefined) return;
  throw new ReleasesError('NOT_FOUND', 'no release is left to work on', {
    ...{ why: [nothing.trim(), ...elsewhere.why], hints: elsewhere.hints },
  });
}

/**
 * A release that was to get another namespace must not land under its old one. Of some releases, it is
 * enough that the map means any.
 * @throws ReleasesError USAGE where the map names a namespace that has no release
 */
async function checkMap(
  args: RelocationSelectionArgs,
  found: readonly MovingRelease[],
  { storage }: RelocationEnds['to'],
  looked: Looked,
  io: IO,
): Promise<void> {
  const there = new Set(
    found.flatMap((release) => [
      ...[release.namespace ?? []].flat(),
      ...recordsOf(release).map((record) => record.namespace),
    ]),
  );
  const map = [...namespaceMap(args)];
  const unknown = map.filter(([old]) => !there.has(old));
  const some = args.release.length > 0 || args.namespace !== undefined;
  if (found.length === 0 || unknown.length === 0) return;
  if (some && unknown.length < map.length) return;
  for (const [old, next] of unknown) {
    const message = `--map-namespace ${old}=${next}: no release is in namespace ${old}`;
    // Whoever deletes sources finds them there when the same command is run again.
    if (!args['delete-source'] || !(await hasAny(storage, { namespace: next })))
      throw new ReleasesError('USAGE', message, {
        hints: [meantLine(old, there, looked, io)],
      });
    note(io, `${message}, and ${printable(storage.address)} has some in ${next}`);
  }
}

/** Whether the target has a release under the name and in the namespace that this one gets there. */
async function hasArrived(
  name: string,
  args: RelocationSelectionArgs,
  { storage, namespace: fixed }: RelocationEnds['to'],
): Promise<boolean> {
  const own = args['to-namespace'] ?? (args.namespace && moved(args, args.namespace));
  const namespace = fixed ?? own;
  const named = { name: args['to-name'] ?? name };
  if (await hasAny(storage, { ...named, ...(namespace && { namespace }) })) return true;
  // Helm 2's records don't lie in their release's namespace.
  if (fixed !== undefined || namespace === undefined) return false;
  return hasAny(storage, { ...named, owner: 'tiller' }).catch((error: unknown) => {
    if (isReleasesError(error, 'FORBIDDEN')) return false;
    throw error;
  });
}

async function hasAny(storage: Storage, selection: Selection): Promise<boolean> {
  for await (const page of storage.listMeta(selection)) if (page.length > 0) return true;
  return false;
}

function moved(args: RelocationSelectionArgs, namespace: string): string {
  return namespaceMap(args).get(namespace) ?? namespace;
}

/**
 * Helm 3 and 4 look for records in the namespace that they are called with, so a release is of the one that it lies
 * in, as in a list: what a backup was restored into another namespace with may say another. Elsewhere its content
 * tells, and where it lies is what is believed of one that can't be read.
 * Tiller keeps them all in its own namespace: one of those may be of any, and is meant where it is
 * named, or in a backup of a namespace that has another release.
 */
function insideOf(
  found: readonly MovingRelease[],
  { namespace: wanted, release: named, 'with-unplaced': withUnplaced }: RelocationSelectionArgs,
): readonly MovingRelease[] {
  if (!wanted) return found;
  const sure = found.filter((release) => namespaceOf(release) === wanted);
  const takes = named.length > 0 || (withUnplaced && sure.length > 0);
  if (!takes) return sure;
  return found.filter((release) => [undefined, wanted].includes(namespaceOf(release)));
}

/** Who restores or moves one namespace must not find that others' records came along. */
function noteUnplaced(
  found: readonly MovingRelease[],
  inside: readonly MovingRelease[],
  { namespace: wanted, release: named }: RelocationSelectionArgs,
  io: IO,
): void {
  if (!wanted || named.length > 0 || inside.length === 0) return;
  const out = found.filter((one) => namespaceOf(one) === undefined && !inside.includes(one));
  if (out.length === 0) return;
  const are = out.length === 1 ? 'release is' : 'releases are';
  note(
    io,
    `${out.length} ${are} left out whose namespace can't be read: name what is meant, or leave -n away`,
  );
}

function namespaceOf(release: MovingRelease): string | undefined {
  return release.home ?? believedNamespace(release, recordsOf(release));
}

/**
 * Where one alone can be meant, what an earlier run has copied in the same store isn't it: the same command again
 * has nothing to do. What can't be read is no copy of such a run, which writes only what it has read back.
 */
function goingOf(
  found: readonly MovingRelease[],
  args: RelocationSelectionArgs,
  to: Storage,
): readonly MovingRelease[] {
  if (args['to-name'] === undefined && args['to-namespace'] === undefined) return found;
  const going = found.filter(
    ({ from, copies, lost }) =>
      from !== to.address ||
      lost.length > 0 ||
      copies.some(({ source, record, rename }) => rename || refId(source) !== refId(record)),
  );
  return going.length === 1 ? going : found;
}

/** @throws ReleasesError USAGE */
export function revisionsOf(text: string): RelocateOptions['revisions'] {
  if (text === 'all' || text === 'deployed') return text;
  if (/^[1-9][0-9]{0,8}$/.test(text)) return Number(text);
  throw new ReleasesError(
    'USAGE',
    `--revisions is all, deployed or a number, not ${typed(text, 40)}`,
  );
}
