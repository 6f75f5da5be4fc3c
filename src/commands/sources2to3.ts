/** Which Helm 2 releases a migration is about: what was asked for, found in the stores it names. */
import { printable, ReleasesError } from '../errors.ts';
import { type ReadSource, readSources } from '../inspect/sources.ts';
import { type Sources, surveySources } from '../migrate/survey.ts';
import type { SourceRelease } from '../migrate/target.ts';
import type { IO } from '../output/io.ts';
import { closest } from '../output/suggest.ts';
import { isBad } from '../record.ts';
import { narrow } from '../storage/narrow.ts';
import type { Storage } from '../storage/storage.ts';
import { isIn } from './release.ts';
import { type MoveEnds, noteSkipped } from './stores.ts';

export interface Wanted {
  /** Release names; empty means every one. */
  readonly release: readonly string[];
  readonly exclude: readonly string[] | undefined;
  readonly namespace?: string | undefined;
}

/** @throws ReleasesError NOT_FOUND for a name that isn't there, with the one that was meant */
export async function findSources(
  args: Wanted,
  ends: MoveEnds,
  io: IO,
): Promise<{ sources: Sources; stores: ReadonlyMap<string, Storage> }> {
  const { results, skipped } = await readSources(ends.from, async (source) => {
    const store = storeOf(source);
    return { store, ...(await surveySources([store], args.release)) };
  });
  noteSkipped(skipped, io);
  const stores = results.map(({ store }) => store);
  if (results.every(({ releases, strays }) => releases.length + strays.length === 0))
    await checkNamed(ends, io);
  const found = results.flatMap(({ releases }) => releases).filter(inNamespace(args.namespace));
  const excluded = new Set(args.exclude);
  for (const name of args.release)
    if (!found.some((release) => release.name === name))
      throw await notFound(name, stores, ends, io);
  return {
    sources: {
      releases: found.filter(({ name }) => !excluded.has(name)),
      strays: results.flatMap(({ strays }) => strays),
    },
    stores: new Map(stores.map((store) => [store.address, store])),
  };
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

/** Says where the name is after all, in another namespace, or else which name is nearly the same. */
async function notFound(
  name: string,
  stores: readonly Storage[],
  ends: MoveEnds,
  io: IO,
): Promise<ReleasesError> {
  const { releases } = await surveySources(stores, []);
  const where = stores.map(({ address }) => printable(address)).join(', ');
  const message = `no Helm 2 release "${printable(name)}" in ${where}`;
  const elsewhere = releases
    .filter((release) => release.name === name)
    .flatMap((release) => {
      const namespace = newestNamespace(release);
      return namespace ? { namespace, from: release.from } : [];
    });
  if (elsewhere.length > 0)
    return new ReleasesError('NOT_FOUND', message, {
      why: elsewhere.map((one) => isIn(name, one.namespace, ['Helm 2', one.from])),
      hints: [...new Set(elsewhere.map(({ namespace }) => `-n ${namespace}`))],
    });
  const others = releases.map((release) => release.name).filter((one) => one !== name);
  const near = closest(name, others);
  return new ReleasesError('NOT_FOUND', message, {
    hints: near === undefined ? otherTillers(ends, io) : [`did you mean ${printable(near)}?`],
  });
}

/**
 * Where nothing was found, a namespace that somebody named may be a mistake.
 * @throws ReleasesError NOT_FOUND; not where looking at namespaces is forbidden
 */
async function checkNamed(ends: MoveEnds, io: IO): Promise<void> {
  for (const namespace of ends.namedNamespaces)
    for (const { storage } of ends.from)
      if ((await storage.closedNamespace?.(namespace)) === 'does not exist')
        throw new ReleasesError('NOT_FOUND', `there is no namespace ${printable(namespace, 63)}`, {
          hints: otherTillers(ends, io),
        });
}

/** Tillers in other namespaces; a folder was read whole. */
function otherTillers({ from }: MoveEnds, io: IO): string[] {
  if (from.every(({ selection }) => selection.namespace === undefined)) return [];
  return [`-t NAMESPACE, where Tiller was; ${io.program} list -A --helm 2  shows it`];
}

/** The namespace of the newest revision that can be read. */
function newestNamespace({ records }: SourceRelease): string | undefined {
  const readable = records.flatMap((opened) => (isBad(opened) ? [] : opened.release));
  const newest = readable.sort((a, b) => a.revision - b.revision).at(-1);
  return newest && printable(newest.namespace, 63);
}
