/** Which Helm 2 releases a migration is about: what was asked for, found in the stores it names. */
import { printable, ReleasesError } from '../../errors.ts';
import { type ReadSource, readSources } from '../../inspect/sources.ts';
import { type Sources, surveySources } from '../../migrate/helm2to3/survey.ts';
import type { SourceRelease } from '../../migrate/helm2to3/target.ts';
import { note } from '../../output/terminal/errors.ts';
import type { IO } from '../../output/terminal/io.ts';
import { identify, isBad, type RecordMeta } from '../../record.ts';
import { isInShard, parseShard } from '../../shard.ts';
import { type LabelSelector, matchesSelector, parseSelector } from '../../storage/labels.ts';
import { narrow } from '../../storage/narrow.ts';
import type { Storage } from '../../storage/storage.ts';
import { isIn } from '../reading/release.ts';
import { anyTillers, requireNamespaces } from '../stores/namespaces.ts';
import { notePartly, noteSkipped } from '../stores/stores.ts';
import { type Finished, lookInHelm3, namespacesOf, noteFinished } from './finished.ts';
import type { MoveEnds } from './migrationEnds.ts';
import { checkSeveralMeant } from './severalMeant.ts';
import { checkExcluded, newestNamespace, notFound, nothingText } from './unfound.ts';

export interface Wanted {
  /** Release names; empty means every one. */
  readonly release: readonly string[];
  readonly all?: boolean | undefined;
  readonly exclude: readonly string[] | undefined;
  /** Of the names, those that may be in neither Helm: they were removed as they were. */
  readonly removed?: readonly string[] | undefined;
  readonly namespace?: string | undefined;
  /** Labels that a release's newest record must have. */
  readonly selector?: string | undefined;
  /** `I/N` */
  readonly shard?: string | undefined;
  readonly 'target-release'?: string | undefined;
  readonly 'target-namespace'?: string | undefined;
  readonly 'tiller-out-cluster'?: boolean | undefined;
  readonly 'release-storage'?: string | undefined;
  readonly server?: string | undefined;
}

const forOne = ['target-release', 'target-namespace'] as const;

/** @throws ReleasesError USAGE when it isn't clear which releases are meant */
export function checkWanted(args: Wanted, io: IO): void {
  const named = args.release.length > 0;
  const hints = ['name them, or give --all', `${io.program} list -A --helm 2  shows them`];
  if (named && args.all)
    throw new ReleasesError('USAGE', 'either --all or release names, not both', { hints });
  if (named && args.selector)
    throw new ReleasesError('USAGE', 'either --selector or release names, not both', {
      hints: ["--tiller-label, if helm-2to3's -l was meant"],
    });
  if (args.server === 'secrets' || args.server === 'configmaps')
    throw new ReleasesError('USAGE', '-s is --server here, as for kubectl', {
      hints: [`--release-storage ${args.server}, which is helm-2to3's -s`],
    });
  if (!named && !args.all && !args.selector)
    throw new ReleasesError('USAGE', 'which releases?', { hints });
  for (const flag of forOne)
    if (args[flag] !== undefined && args.release.length !== 1)
      throw new ReleasesError('USAGE', `--${flag} is for one release: name it`);
  if (args.selector) parseSelector(args.selector);
  if (args.shard !== undefined) parseShard(args.shard);
}

export interface FoundSources {
  readonly sources: Sources;
  readonly stores: ReadonlyMap<string, Storage>;
  /** Of the names that were asked for, those that are done: only Helm 3 has them. */
  readonly finished: readonly Finished[];
  /** What there is to say when no release is left: where was looked, what was left out. */
  readonly nothing: string;
}

/**
 * @throws ReleasesError NOT_FOUND for a name that isn't there, with the one that was meant; USAGE for
 *   such a name under --exclude
 */
export async function findSources(args: Wanted, ends: MoveEnds, io: IO): Promise<FoundSources> {
  if (args['release-storage'] && !args['tiller-out-cluster'])
    note(io, '--release-storage counts with --tiller-out-cluster only, as for helm-2to3');
  const { results, skipped, partly } = await readSources(ends.from, async (source) => {
    const store = storeOf(source);
    return { source, store, ...(await surveySources([store], args.release)) };
  });
  noteSkipped(skipped, adviceFor(results.map(({ source }) => source)), io);
  notePartly(partly, io);
  const stores = results.map(({ store }) => store);
  const filled = new Set(
    results
      .filter(({ releases, strays }) => releases.length + strays.length > 0)
      .map(({ source }) => source),
  );
  await requireNamespaces(
    ends.namedNamespaces,
    results.map(({ source }) => source),
    (source) => !filled.has(source),
    () => anyTillers(ends.from, io.program),
  );
  const found = results.flatMap(({ releases }) => releases);
  const named = (name: string) => args['target-release'] ?? name;
  const inside = found.filter(inNamespace(namespaceOf(args, ends)));
  const gone = args.release.filter((name) => !inside.some((release) => release.name === name));
  const helm3 = await lookInHelm3(gone.map(named), ends, {
    namespace: ends.to.namespace ?? args['target-namespace'] ?? namespaceOf(args, ends),
    likely: namespacesOf(found),
  });
  const finished = gone.map((name) => ({ name, helm3: helm3.places.get(named(name)) ?? [] }));
  const removed = new Set(args.removed);
  const nowhere = finished.find(({ name, helm3 }) => helm3.length === 0 && !removed.has(name));
  if (nowhere)
    throw await notFound(nowhere.name, { stores, ends, everywhere: helm3.everywhere }, io);
  await checkExcluded(args.exclude, found, { stores, ends }, io);
  await noteFinished(finished, stores, ends, io);
  checkSeveral(args, inside, io);
  const excluded = new Set(args.exclude);
  const selector = args.selector ? parseSelector(args.selector) : undefined;
  const shard = args.shard === undefined ? undefined : parseShard(args.shard);
  const releases = inside
    .filter(({ name }) => !excluded.has(name))
    .filter((release) => !selector || isSelected(release, selector))
    .filter(
      (release) =>
        !shard || isInShard(shard, { name: release.name, namespace: newestNamespace(release) }),
    );
  notePerhaps(args, releases, ends, io);
  const strays = results.flatMap((one) => one.strays);
  const left = { found: found.length, by: leftOutBy(args, ends), finished };
  return {
    // One of the shards speaks for all of them.
    sources: { releases, strays: shard && shard.index > 0 ? [] : strays },
    stores: new Map(stores.map((store) => [store.address, store])),
    finished,
    nothing: releases.length > 0 ? '' : await nothingText(left, { stores, ends }, io),
  };
}

/** What keeps a move from looking where it may not. */
function adviceFor(read: readonly ReadSource[]): string {
  const kinds = [...new Set(read.map(({ storage }) => storage.kinds[0]?.toLowerCase()))];
  const [kind] = kinds;
  return kind === undefined || kinds.length > 1
    ? '--from chooses where to look'
    : `--helm2-release-storage-type ${kind}  looks at nothing else`;
}

/** -n, or what helm made of it; nothing where it can't be told. */
function namespaceOf(args: Wanted, { helmNamespace }: MoveEnds): string | undefined {
  if (args.namespace) return args.namespace;
  return helmNamespace?.isContexts === false ? helmNamespace.name : undefined;
}

/** helm keeps -n to itself, and hands on the context's own namespace where there was none. */
function notePerhaps(
  args: Wanted,
  releases: readonly SourceRelease[],
  { helmNamespace }: MoveEnds,
  io: IO,
): void {
  if (args.namespace || !helmNamespace?.isContexts || args.release.length > 0) return;
  const own = inNamespace(helmNamespace.name);
  if (releases.every(own)) return;
  const name = printable(helmNamespace.name, 63);
  note(
    io,
    `these are the releases of all namespaces: helm doesn't hand on a -n ${name}, the context's own`,
  );
}

/**
 * A name may stand for releases of several Tillers.
 * @throws ReleasesError USAGE where only one can be meant
 */
function checkSeveral(args: Wanted, found: readonly SourceRelease[], io: IO): void {
  for (const name of args.release) {
    const same = found.filter((release) => release.name === name);
    if (same.length < 2) continue;
    const lines = same.map((release) =>
      isIn(name, newestNamespace(release) ?? '-', ['Helm 2', release.from]),
    );
    const flag = forOne.find((one) => args[one] !== undefined);
    const hint = '-n NAMESPACE, -t NAMESPACE or --helm2-release-storage-type names one';
    checkSeveralMeant(name, lines, { flag, hint }, io);
  }
}

/** By the labels of its newest record: then all its revisions move. */
function isSelected({ records }: SourceRelease, selector: LabelSelector): boolean {
  const metas = records.map((opened): RecordMeta => (isBad(opened) ? opened : opened.record));
  const revisionOf = (record: RecordMeta): number => {
    const identity = identify(record);
    return 'revision' in identity ? identity.revision : Number.NEGATIVE_INFINITY;
  };
  const newest = Math.max(...metas.map(revisionOf));
  return metas.some(
    (record) => revisionOf(record) === newest && matchesSelector(selector, record.labels),
  );
}

function leftOutBy(args: Wanted, ends: MoveEnds): string[] {
  return [
    ...(namespaceOf(args, ends) ? ['-n'] : []),
    ...(args.selector ? ['--selector'] : []),
    ...(args.shard !== undefined ? ['--shard'] : []),
    ...(args.exclude?.length ? ['--exclude'] : []),
  ];
}

/** Under -n, releases of that namespace; one that can't be read at all may be one of them. */
function inNamespace(namespace: string | undefined): (release: SourceRelease) => boolean {
  return ({ records }) =>
    !namespace ||
    records.every(isBad) ||
    records.some((opened) => !isBad(opened) && opened.release.namespace === namespace);
}

/** Each source as a store of its own, so that a plan can name it. */
export function storeOf({ storage, selection }: ReadSource): Storage {
  return selection.namespace === undefined ? storage : narrow(storage, selection.namespace);
}
