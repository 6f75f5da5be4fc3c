/** What there is to say when Helm 2 releases that were asked for aren't there. */
import { printable, ReleasesError, typed } from '../../errors.ts';
import { surveySources } from '../../migrate/helm2to3/survey.ts';
import type { SourceRelease } from '../../migrate/helm2to3/target.ts';
import { number } from '../../output/plans/plan.ts';
import type { IO } from '../../output/terminal/io.ts';
import { closest } from '../../output/terminal/suggest.ts';
import { isBad, namesOf } from '../../record.ts';
import { shellQuote } from '../../shellQuote.ts';
import type { Storage } from '../../storage/storage.ts';
import { isIn } from '../reading/release.ts';
import { anyTillers, otherTillers, tillerHints } from '../stores/namespaces.ts';
import { type Finished, lookInHelm3, namespacesOf } from './finished.ts';
import type { MoveEnds } from './migrationEnds.ts';

/** Where was looked. */
export interface Looked {
  readonly stores: readonly Storage[];
  readonly ends: MoveEnds;
}

/**
 * Says where the name is after all, in another namespace, or else which name is nearly the same.
 * @param looked everywhere: whether Helm 3 is known not to have it. A name that may be done is never
 *   taken for a mistyped one: whoever followed the advice would move, or delete, another release.
 */
export async function notFound(
  name: string,
  { stores, ends, everywhere }: Looked & { readonly everywhere: boolean },
  io: IO,
): Promise<ReleasesError> {
  const { releases } = await surveySources(stores, []);
  const message = `no Helm 2 release "${typed(name)}" in ${placesOf(stores)}`;
  const elsewhere = releases
    .filter((release) => release.name === name)
    .flatMap((release) => {
      const namespace = newestNamespace(release);
      return namespace ? { namespace, from: release.from } : [];
    });
  if (elsewhere.length > 0)
    return new ReleasesError('NOT_FOUND', message, {
      why: elsewhere.map((one) => isIn(name, one.namespace, ['Helm 2', one.from])),
      hints: [...new Set(elsewhere.map(({ namespace }) => `-n ${shellQuote(namespace)}`))],
    });
  const tillers = await otherTillers(ends.from, name);
  const there = tillerHints(ends.from, tillers, 'it is', io.program);
  if (!everywhere)
    return new ReleasesError('NOT_FOUND', message, {
      why: ['Helm 3 may have it already: there is no permission to look in all namespaces'],
      hints: ['-n NAMESPACE, where Helm 3 would have it', ...there],
    });
  const others = releases.map((release) => release.name).filter((one) => one !== name);
  const near = closest(name, others);
  const meant = near === undefined ? undefined : `did you mean ${printable(near)}?`;
  return new ReleasesError('NOT_FOUND', message, {
    hints: tillers.length === 0 && meant ? [meant] : there,
  });
}

/**
 * Whoever mistypes the release that is to be left alone must not find it moved, or deleted. One that
 * only Helm 3 has any more is left alone anyway, and where Helm 2 has nothing, all are.
 * @param found the releases that were read
 * @throws ReleasesError USAGE
 */
export async function checkExcluded(
  excluded: readonly string[] | undefined,
  found: readonly SourceRelease[],
  { stores, ends }: Looked,
  io: IO,
): Promise<void> {
  const unread = (excluded ?? []).filter((name) => !found.some((one) => one.name === name));
  if (unread.length === 0 || found.length === 0) return;
  const names = await namesIn(stores);
  const unknown = unread.filter((name) => !names.has(name));
  const whereabouts = { namespace: ends.to.namespace, likely: namespacesOf(found) };
  const { places, everywhere } = await lookInHelm3(unknown, ends, whereabouts);
  const wrong = unknown.find((name) => !places.has(name));
  if (wrong === undefined) return;
  const near = closest(wrong, names);
  throw new ReleasesError(
    'USAGE',
    `--exclude "${typed(wrong, 60)}" is no Helm 2 release in ${placesOf(stores)}`,
    {
      why: everywhere ? [] : ['there is no permission to look for it in all of Helm 3'],
      hints:
        near === undefined
          ? [`${io.program} list -A --helm 2  shows what there is; leave --exclude away otherwise`]
          : [`did you mean --exclude ${shellQuote(near)}?`],
    },
  );
}

async function namesIn(stores: readonly Storage[]): Promise<Set<string>> {
  const names = new Set<string>();
  for (const store of stores)
    for await (const page of store.listMeta({ owner: 'tiller' }))
      for (const record of page) for (const name of namesOf(record)) names.add(name);
  return names;
}

/** Why no release is left to work on. */
export interface LeftOut {
  /** How many releases there are, apart from what was asked for. */
  readonly found: number;
  /** The flags that leave releases out. */
  readonly by: readonly string[];
  readonly finished: readonly Finished[];
}

export async function nothingText(
  { found, by, finished }: LeftOut,
  { stores, ends }: Looked,
  io: IO,
): Promise<string> {
  const places = placesOf(stores);
  if (found > 0)
    return `${number(found, 'Helm 2 release')} found in ${places}, all left out by ${by.join(', ')}.\n`;
  if (finished.length > 0)
    return `Nothing to do: Helm 2 has nothing left of ${finished.map(({ name }) => typed(name, 60)).join(', ')}.\n`;
  const hints = (await anyTillers(ends.from, io.program)).map((hint) => `  try: ${hint}\n`);
  return `No Helm 2 releases found in ${places}.\n${hints.join('')}`;
}

function placesOf(stores: readonly Storage[]): string {
  return stores.map(({ address }) => printable(address)).join(', ');
}

/** The namespace of the newest revision that can be read. */
export function newestNamespace({ records }: SourceRelease): string | undefined {
  const readable = records.flatMap((opened) => (isBad(opened) ? [] : opened.release));
  const newest = readable.sort((a, b) => a.revision - b.revision).at(-1);
  return newest && printable(newest.namespace, 63);
}
