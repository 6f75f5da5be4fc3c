/** Which Helm 2 releases a change is about: what was asked for, found in the stores it names. */
import { ReleasesError } from '../../errors.ts';
import { otherTillers, requireNamespaces } from '../../inspect/namespaces.ts';
import { type ReadSource, readSources } from '../../inspect/sources.ts';
import type { InHelm3 } from '../../migrate/finished.ts';
import { lookInHelm3 } from '../../migrate/helm2to3/inHelm3.ts';
import { type Sources, surveySources } from '../../migrate/helm2to3/survey.ts';
import type { SourceRelease } from '../../migrate/helm2to3/target.ts';
import { note } from '../../output/terminal/errors.ts';
import type { IO } from '../../output/terminal/io.ts';
import { isBad } from '../../record.ts';
import { shellQuote } from '../../shellQuote.ts';
import type { Storage } from '../../storage/storage.ts';
import { inNamespace } from '../../storage/wrappers/inNamespace.ts';
import { anyTillers, tillerHints } from '../hints/tillerHints.ts';
import { notePartly, noteSkipped } from '../stores/stores.ts';
import type { Helm2Ends } from './helm2Ends.ts';
import {
  checkExcluded,
  fewOf,
  type Looked,
  noteFinished,
  notFound,
  nothingText,
  whereLine,
} from './notFound.ts';
import {
  anyRelease,
  type Candidate,
  checkSelection,
  checkSeveral,
  isFirstShard,
  noteContextNamespace,
  type SelectionArgs,
  type SelectionWords,
  selectedOf,
} from './selection.ts';

export interface Helm2SelectionArgs extends SelectionArgs {
  /** Of the names, those that may be in neither Helm: they were removed as they were. */
  readonly removed?: readonly string[] | undefined;
  readonly 'target-release'?: string | undefined;
  readonly 'target-namespace'?: string | undefined;
  readonly 'tiller-out-cluster'?: boolean | undefined;
  readonly 'release-storage'?: string | undefined;
  readonly server?: string | undefined;
  readonly [flag: string]: unknown;
}

const helm2Release: SelectionWords = {
  ...anyRelease,
  what: 'Helm 2 release',
  list: 'list -A --helm 2',
  selectorHint: "--tiller-label, if helm-2to3's -l was meant",
  forOne: ['target-release', 'target-namespace'],
  namesOne: '-n NAMESPACE, -t NAMESPACE or --helm2-release-storage-type names one',
};

/** @throws ReleasesError USAGE when it isn't clear which releases are meant */
export function checkHelm2Selection(args: Helm2SelectionArgs, io: IO): void {
  if (args.server === 'secrets' || args.server === 'configmaps')
    throw new ReleasesError('USAGE', '-s is --server here, as for kubectl', {
      hints: [`--release-storage ${args.server}, which is helm-2to3's -s`],
    });
  checkSelection(args, helm2Release, io);
}

export interface SelectedHelm2 {
  readonly sources: Sources;
  readonly stores: ReadonlyMap<string, Storage>;
  /** Of the names that were asked for, those that are done: only Helm 3 has them. */
  readonly finished: readonly InHelm3[];
  /** What there is to say when no release is left: where was looked, what was left out. */
  readonly nothing: string;
}

/**
 * @throws ReleasesError NOT_FOUND for a name that isn't there, with the one that was meant; USAGE for
 *   such a name under --exclude
 */
export async function selectHelm2(
  args: Helm2SelectionArgs,
  ends: Helm2Ends,
  io: IO,
): Promise<SelectedHelm2> {
  if (args['release-storage'] && !args['tiller-out-cluster'])
    note(io, '--release-storage counts with --tiller-out-cluster only, as for helm-2to3');
  const { results, skipped, partly } = await readSources(ends.from, async (source) => {
    const store = storeOf(source);
    return { source, store, ...(await surveySources([store], args.release)) };
  });
  const read = results.map(({ source }) => source);
  noteSkipped(skipped, adviceFor(read), io);
  notePartly(partly, io);
  const filled = new Set(
    results.flatMap(({ source, releases, strays }) =>
      releases.length + strays.length > 0 ? source : [],
    ),
  );
  await requireNamespaces(
    ends.namedNamespaces,
    read,
    (source) => !filled.has(source),
    () => anyTillers(ends.from, io.program),
  );
  const found = results.flatMap(({ releases }) => releases);
  const stores = results.map(({ store }) => store);
  const namespace = namespaceOf(args, ends);
  const inside = found.filter((release) => isWithin(release, namespace));
  const gone = args.release.filter((name) => !inside.some((release) => release.name === name));
  const named = (name: string) => args['target-release'] ?? name;
  const whereabouts = { likely: namespacesOf(found), ownNamespace: ownNamespaceOf(ends) };
  const helm3 = await lookInHelm3(gone.map(named), ends.to.storage, {
    namespace: ends.to.namespace ?? args['target-namespace'] ?? namespace,
    ...whereabouts,
  });
  const looked = lookedIn(stores, ends, io, helm3.everywhere);
  const finished = gone.map((name) => ({ name, helm3: helm3.places.get(named(name)) ?? [] }));
  const removed = new Set(args.removed);
  const nowhere = finished.find((one) => one.helm3.length === 0 && !removed.has(one.name));
  if (nowhere) throw await notFound(nowhere.name, found.map(candidateOf), args, looked, io);
  await checkExcludedHelm2(args, found, looked, ends, io);
  await noteFinished(finished, looked, io, async (name) => {
    const tillers = await otherTillers(ends.from, name);
    const flags = tillers.map((tiller) => `-t ${shellQuote(tiller)}`);
    return tillers.length > 0 ? `; Helm 2 has one elsewhere: ${fewOf(flags, ' ')}` : '';
  });
  checkSeveral(args, inside.map(candidateOf), whereLine, helm2Release, io);
  const { own: releases } = selectedOf(inside, candidateOf, args);
  const isAll = (one: string) => releases.every((release) => isWithin(release, one));
  noteContextNamespace(args, ends.helmNamespace, isAll, io);
  const left = { ...args, namespace };
  return {
    sources: { releases, strays: isFirstShard(args) ? results.flatMap((one) => one.strays) : [] },
    stores: new Map(stores.map((store) => [store.address, store])),
    finished,
    nothing: releases.length > 0 ? '' : await nothingText(found.length, left, finished, looked),
  };
}

/**
 * One that only Helm 3 has any more is left alone anyway.
 * @throws ReleasesError USAGE
 */
export async function checkExcludedHelm2(
  args: Pick<SelectionArgs, 'exclude' | 'release'>,
  found: readonly SourceRelease[],
  looked: Looked,
  ends: Helm2Ends,
  io: IO,
): Promise<void> {
  const seen = new Set(found.map(({ name }) => name));
  await checkExcluded(args, seen, looked, io, async (names) => {
    const { places, everywhere } = await lookInHelm3(names, ends.to.storage, {
      namespace: ends.to.namespace,
      ...{ likely: namespacesOf(found), ownNamespace: ownNamespaceOf(ends) },
    });
    const why = everywhere ? [] : ['there is no permission to look for it in all of Helm 3'];
    return { done: places, why };
  });
}

/**
 * @param everywhere whether Helm 3 is known not to have what isn't there. A name that may be done is never
 *   taken for a mistyped one: that advice would move, or delete, another release
 */
export function lookedIn(
  stores: readonly Storage[],
  { from }: Pick<Helm2Ends, 'from'>,
  { program }: IO,
  everywhere = true,
): Looked {
  return {
    ...{ stores, owner: 'tiller', words: helm2Release },
    otherwise: tillerHints(from, [], '', program)[0],
    async elsewhere(name) {
      if (name === undefined) return { why: [], hints: await anyTillers(from, program) };
      const tillers = await otherTillers(from, name);
      const there = tillerHints(from, tillers, 'it is', program);
      if (everywhere) return { why: [], hints: tillers.length > 0 ? there : [] };
      return {
        why: ['Helm 3 may have it already: there is no permission to look in all namespaces'],
        hints: ['-n NAMESPACE, where Helm 3 would have it', ...there],
      };
    },
  };
}

function candidateOf({ name, from, records }: SourceRelease): Candidate {
  const readable = records.flatMap((opened) => (isBad(opened) ? [] : opened.release));
  const newest = readable.sort((a, b) => a.revision - b.revision).at(-1);
  return {
    ...{ name, from, owner: 'tiller', namespace: newest?.namespace },
    records: records.map((opened) => (isBad(opened) ? opened : opened.record)),
  };
}

/** The release namespaces that can be read. */
function namespacesOf(releases: readonly SourceRelease[]): string[] {
  return releases.flatMap(({ records }) =>
    records.flatMap((opened) => (isBad(opened) ? [] : opened.release.namespace)),
  );
}

function ownNamespaceOf({ kube }: Pick<Helm2Ends, 'kube'>): () => Promise<string> {
  return async () => (await kube()).namespace;
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
export function namespaceOf(
  args: Pick<SelectionArgs, 'namespace'>,
  { helmNamespace }: Pick<Helm2Ends, 'helmNamespace'>,
): string | undefined {
  if (args.namespace) return args.namespace;
  return helmNamespace?.isContexts === false ? helmNamespace.name : undefined;
}

/** Under -n, releases of that namespace; one that can't be read at all may be one of them. */
function isWithin({ records }: SourceRelease, namespace: string | undefined): boolean {
  return (
    !namespace ||
    records.every(isBad) ||
    records.some((opened) => !isBad(opened) && opened.release.namespace === namespace)
  );
}

/** Each source as a store of its own, so that a plan can name it. */
export function storeOf({ storage, selection }: ReadSource): Storage {
  return selection.namespace === undefined ? storage : inNamespace(storage, selection.namespace);
}
