/** Which releases a relocation is about, and what was said of their names and namespaces. */
import { isReleasesError, printable, ReleasesError } from '../../errors.ts';
import { readSources } from '../../inspect/sources.ts';
import type { Relocation } from '../../migrate/relocate/placement.ts';
import {
  type MovingRelease,
  type Relocatable,
  surveyRelocation,
} from '../../migrate/relocate/survey.ts';
import { note } from '../../output/terminal/errors.ts';
import type { IO } from '../../output/terminal/io.ts';
import { identify, type RecordMeta, refId } from '../../record.ts';
import { isInShard, parseShard, type Shard } from '../../shard.ts';
import { shellQuote } from '../../shellQuote.ts';
import { type LabelSelector, matchesSelector, parseSelector } from '../../storage/labels.ts';
import type { Selection, Storage } from '../../storage/storage.ts';
import { kindOf } from '../stores/connections.ts';
import { notePartly, noteSkipped } from '../stores/stores.ts';
import { type ChoiceArgs, forOne, namespaceMap } from './choiceArgs.ts';
import type { Arrived } from './finished.ts';
import type { RelocationEnds } from './relocationEnds.ts';
import {
  checkExcluded,
  meantLine,
  noteArrived,
  notFound,
  nothingText,
  otherNamespaceLines,
  whereLine,
} from './relocationUnfound.ts';
import { checkSeveralMeant } from './severalMeant.ts';
import { storeOf } from './sources2to3.ts';

export function relocationOf(args: ChoiceArgs, { to }: Pick<RelocationEnds, 'to'>): Relocation {
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

export interface Chosen extends Omit<Relocatable, 'seen' | 'unattributed'> {
  readonly stores: ReadonlyMap<string, Storage>;
  /** Those that another shard moves. */
  readonly beside: readonly MovingRelease[];
  /** How many releases there are, apart from what was asked for. */
  readonly found: number;
  /** Whether a store that was read may hold more than it showed. */
  readonly partly: boolean;
  /** Whether there was any record at all, of whichever release. */
  readonly any: boolean;
  /** What there is to say when no release is left. */
  readonly nothing: string;
  /** What else an error says of that: why, and what to do next. */
  readonly elsewhere: { readonly why: readonly string[]; readonly hints: readonly string[] };
  /** Of the names that were asked for, those that an earlier run has moved. */
  readonly finished: readonly Arrived[];
}

/**
 * @param flag the one that says where to look
 * @throws ReleasesError NOT_FOUND for a name that isn't there, with the one that was meant
 */
export async function chooseRelocatable(
  args: ChoiceArgs,
  ends: Pick<RelocationEnds, 'from' | 'to'> & Partial<Pick<RelocationEnds, 'beside'>>,
  io: IO,
  flag = '--from',
): Promise<Chosen> {
  const relocation = relocationOf(args, ends);
  const names = new Set(args.release);
  const seen = new Set<string>();
  const { results, skipped, partly } = await readSources(ends.from, async (source) => {
    const store = storeOf(source);
    const found = await surveyRelocation([store], names, relocation, source.selection.owner);
    for (const name of found.seen) seen.add(name);
    return { store, ...found };
  });
  noteSkipped(skipped, `${flag} chooses where to look`, io);
  notePartly(partly, io);
  const stores = results.map(({ store }) => store);
  const all = results.flatMap((one) => one.releases);
  const kind = args.kind === undefined ? undefined : kindOf(args.kind);
  const found = kind ? all.filter((release) => firstRecord(release)?.kind === kind) : all;
  const placed = insideOf(found, args);
  noteUnplaced(found, placed, args, io);
  const inside = goingOf(placed, args, ends.to.storage);
  const finished: Arrived[] = [];
  for (const name of args.release) {
    if (inside.some((release) => release.name === name)) continue;
    // Whoever deletes sources, and was stopped right after that, finds nothing of them any more.
    if (!args['delete-source'] || !(await hasArrived(name, args, ends.to)))
      throw await notFound(
        name,
        found,
        stores,
        (await ends.beside?.()) ?? [],
        { ...args, flag },
        io,
      );
    finished.push({ name, target: ends.to.storage.address });
  }
  if (inside.length > 0) noteArrived(finished, stores, io);
  await checkMap(args, found, ends.to, stores, io);
  checkSeveral(args, inside, io);
  if (names.size === 0) checkExcluded(args.exclude ?? [], seen, stores, io);
  const excluded = new Set(args.exclude);
  const selector = args.selector ? parseSelector(args.selector) : undefined;
  const shard = args.shard === undefined ? undefined : parseShard(args.shard);
  const wanted = inside
    .filter(({ name }) => !excluded.has(name))
    .filter((release) => !selector || isSelected(release, selector));
  const [own, beside] = divided(wanted, shard);
  const strays = results.flatMap((one) => one.strays);
  // One of the shards speaks for all of them.
  const speaks = args.release.length === 0 && (!shard || shard.index === 0);
  const isMeant = (stray: RecordMeta) =>
    (!kind || stray.kind === kind) && (!selector || matchesSelector(selector, stray.labels));
  const nobodys = results.flatMap(({ unattributed }) => unattributed);
  const taken = insideOf(speaks ? nobodys : [], args).filter((one) => {
    const record = firstRecord(one);
    return record !== undefined && isMeant(record);
  });
  const releases = [...own, ...taken];
  return {
    releases,
    ...{ beside, finished },
    strays: speaks ? strays.filter(isMeant) : [],
    found: all.length,
    partly: partly.length > 0,
    any: seen.size + strays.length + nobodys.length > 0,
    stores: new Map(stores.map((store) => [store.address, store])),
    elsewhere:
      inside.length > 0 || !args.namespace
        ? { why: [], hints: [] }
        : otherNamespaceLines(found, args.namespace, flag),
    nothing:
      releases.length > 0
        ? ''
        : nothingText(all.length, leftOutBy(args), finished, stores, strays.length),
  };
}

function leftOutBy(args: ChoiceArgs): readonly string[] {
  return [
    ...(args.namespace ? [`-n ${shellQuote(args.namespace)}`] : []),
    ...(args.selector ? [`-l ${printable(args.selector, 100)}`] : []),
    ...(args.kind ? [`--kind ${args.kind}`] : []),
    ...(args.exclude?.length ? ['--exclude'] : []),
    ...(args.shard === undefined ? [] : ['--shard']),
  ];
}

/**
 * A mistyped namespace or selector must not end like work that was done. A shard may be empty, and who
 * deletes sources finds nothing of them the second time.
 * @throws ReleasesError NOT_FOUND
 */
export function checkAny(chosen: Chosen, args: ChoiceArgs): void {
  const { releases, finished, found, nothing, elsewhere } = chosen;
  const narrowed = [args.namespace, args.selector, args.kind].some((one) => one !== undefined);
  if (releases.length + finished.length > 0 || found === 0 || !narrowed) return;
  if (args['delete-source'] || args.shard !== undefined) return;
  throw new ReleasesError('NOT_FOUND', 'no release is left to work on', {
    ...{ why: [nothing.trim(), ...elsewhere.why], hints: elsewhere.hints },
  });
}

function divided(
  releases: readonly MovingRelease[],
  shard: Shard | undefined,
): [own: MovingRelease[], others: MovingRelease[]] {
  const isOwn = (release: MovingRelease) => !shard || isInShard(shard, release);
  return [releases.filter(isOwn), releases.filter((release) => !isOwn(release))];
}

/**
 * A release that was to get another namespace must not land under its old one. Of some releases, it is
 * enough that the map means any.
 * @throws ReleasesError USAGE where the map names a namespace that has no release
 */
async function checkMap(
  args: ChoiceArgs,
  found: readonly MovingRelease[],
  { storage }: RelocationEnds['to'],
  stores: readonly Storage[],
  io: IO,
): Promise<void> {
  const there = new Set(
    found.flatMap(({ namespace, copies, lost }) => [
      ...[namespace ?? []].flat(),
      ...[...copies.map(({ source }) => source), ...lost].map((record) => record.namespace),
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
        hints: [meantLine(old, there, stores, io)],
      });
    note(io, `${message}, and ${printable(storage.address)} has some in ${next}`);
  }
}

/** Whether the target has a release under the name and in the namespace that this one gets there. */
async function hasArrived(
  name: string,
  args: ChoiceArgs,
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

function moved(args: ChoiceArgs, namespace: string): string {
  return namespaceMap(args).get(namespace) ?? namespace;
}

/**
 * Helm 3 and 4 keep records beside their release, so that is what is believed of one that can't be read.
 * Tiller keeps them all in its own namespace: one of those may be of any, and is meant where it is
 * named, or in a backup of a namespace that has another release.
 */
function insideOf(
  found: readonly MovingRelease[],
  { namespace: wanted, release: named, 'with-unplaced': withUnplaced }: ChoiceArgs,
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
  { namespace: wanted, release: named }: ChoiceArgs,
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

function namespaceOf({ owner, copies, lost, namespace }: MovingRelease): string | undefined {
  return namespace ?? (owner === 'helm' ? firstRecord({ copies, lost })?.namespace : undefined);
}

function firstRecord({ copies, lost }: Pick<MovingRelease, 'copies' | 'lost'>) {
  return copies[0]?.source ?? lost[0];
}

/** By the labels of its newest record: then all its revisions move. */
function isSelected({ copies, lost }: MovingRelease, selector: LabelSelector): boolean {
  const metas: RecordMeta[] = [...copies.map(({ source }) => source), ...lost];
  const revisionOf = (record: RecordMeta): number => {
    const identity = identify(record);
    return 'revision' in identity ? identity.revision : Number.NEGATIVE_INFINITY;
  };
  const newest = Math.max(...metas.map(revisionOf));
  return metas.some(
    (record) => revisionOf(record) === newest && matchesSelector(selector, record.labels),
  );
}

/**
 * Where one alone can be meant, what an earlier run has copied in the same store isn't it: the same command again
 * has nothing to do.
 */
function goingOf(
  found: readonly MovingRelease[],
  args: ChoiceArgs,
  to: Storage,
): readonly MovingRelease[] {
  if (forOne.every((flag) => args[flag] === undefined)) return found;
  const going = found.filter(
    ({ from, copies }) =>
      from !== to.address ||
      copies.some(({ source, record, rename }) => rename || refId(source) !== refId(record)),
  );
  return going.length === 1 ? going : found;
}

/** @throws ReleasesError USAGE where only one release can be meant */
function checkSeveral(args: ChoiceArgs, found: readonly MovingRelease[], io: IO): void {
  for (const name of args.release) {
    const same = found.filter((release) => release.name === name);
    if (same.length < 2) continue;
    const flag = forOne.find((one) => args[one] !== undefined);
    const hint = '-n NAMESPACE or --from ADDRESS names one';
    checkSeveralMeant(name, same.map(whereLine), { flag, hint }, io);
  }
}
