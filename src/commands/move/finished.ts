/**
 * Releases that Helm 2 has no records of any more and Helm 3 has: a command that names them and is run
 * again finds them done.
 */
import { isReleasesError, printable, typed } from '../../errors.ts';
import { storageAddress } from '../../inspect/rows.ts';
import type { SourceRelease } from '../../migrate/helm2to3/target.ts';
import { note } from '../../output/terminal/errors.ts';
import type { IO } from '../../output/terminal/io.ts';
import { identify, isBad } from '../../record.ts';
import { shellQuote } from '../../shellQuote.ts';
import type { Storage } from '../../storage/storage.ts';
import { otherTillers } from '../stores/namespaces.ts';
import type { MoveEnds } from './migrationEnds.ts';

export interface Finished {
  readonly name: string;
  /** Where Helm 3's records of that name are: `secret:web`; empty where it was removed unmigrated. */
  readonly helm3: readonly string[];
}

/** A release of which the source of a relocation has nothing left. */
export interface Arrived {
  readonly name: string;
  /** The target, which has it: an address. */
  readonly target: string;
}

/** Where Helm 3 may have a release that Helm 2 has no record of to say it. */
export interface Whereabouts {
  /** The one storage namespace it would be in, where the command line says it. */
  readonly namespace: string | undefined;
  /** Namespaces to look in where looking everywhere is forbidden. */
  readonly likely: readonly string[];
}

/** The release namespaces that can be read, for `likely`. */
export function namespacesOf(releases: readonly SourceRelease[]): string[] {
  return releases.flatMap(({ records }) =>
    records.flatMap((opened) => (isBad(opened) ? [] : opened.release.namespace)),
  );
}

export interface InHelm3 {
  /** Addresses by release name: of those that are there. */
  readonly places: ReadonlyMap<string, readonly string[]>;
  /** Whether all of the namespaces in question could be looked at. */
  readonly everywhere: boolean;
}

/**
 * Which of these names Helm 3 has in the target, by what its records are called.
 * @throws ReleasesError when the target can't be read
 */
export async function lookInHelm3(
  names: readonly string[],
  { to, kube }: Pick<MoveEnds, 'to' | 'kube'>,
  { namespace, likely }: Whereabouts,
): Promise<InHelm3> {
  if (names.length === 0) return { places: new Map(), everywhere: true };
  const places = new Map<string, Set<string>>();
  try {
    await look(names, to.storage, namespace, places);
    return { places: sorted(places), everywhere: true };
  } catch (error) {
    if (namespace !== undefined || !isReleasesError(error, 'FORBIDDEN')) throw error;
  }
  for (const one of new Set([...likely, (await kube()).namespace]))
    try {
      await look(names, to.storage, one, places);
    } catch (error) {
      if (!isReleasesError(error, 'FORBIDDEN')) throw error;
    }
  return { places: sorted(places), everywhere: false };
}

/** So many names are asked for one by one; beyond that, one list of all is less. */
const mostNames = 8;

async function look(
  names: readonly string[],
  storage: Storage,
  namespace: string | undefined,
  places: Map<string, Set<string>>,
): Promise<void> {
  const wanted = new Set(names);
  const lists = wanted.size <= mostNames ? [...wanted].map((name) => ({ name })) : [{}];
  for (const selected of lists)
    for await (const page of storage.listMeta({
      ...{ owner: 'helm', ...selected },
      ...(namespace !== undefined && { namespace }),
    }))
      for (const record of page) {
        const identity = identify(record);
        if (!('name' in identity) || !wanted.has(identity.name)) continue;
        const there = places.get(identity.name) ?? new Set();
        places.set(identity.name, there.add(storageAddress(record, storage, undefined)));
      }
}

function sorted(places: ReadonlyMap<string, ReadonlySet<string>>): InHelm3['places'] {
  return new Map([...places].map(([name, there]) => [name, [...there].sort()]));
}

/** Says that there is nothing to do about them, and where Helm 2 has another release of the name. */
export async function noteFinished(
  finished: readonly Finished[],
  stores: readonly Storage[],
  { from }: Pick<MoveEnds, 'from'>,
  io: IO,
): Promise<void> {
  const where = stores.map(({ address }) => printable(address)).join(', ');
  for (const { name, helm3 } of finished) {
    const there = fewOf(helm3, ', ');
    const tillers = await otherTillers(from, name);
    const flags = fewOf(
      tillers.map((namespace) => `-t ${shellQuote(namespace)}`),
      ' ',
    );
    note(
      io,
      [
        `no Helm 2 release "${typed(name)}" is left in ${where}`,
        helm3.length > 0 ? `, and Helm 3 has it in ${there}` : '',
        ': nothing to do for it',
        flags && `; Helm 2 has one elsewhere: ${flags}`,
      ].join(''),
    );
  }
}

/** More than this make no line that anybody reads. */
const mostShown = 3;

function fewOf(texts: readonly string[], between: string): string {
  const shown = texts.slice(0, mostShown).map((text) => printable(text));
  const more = texts.length - shown.length;
  return `${shown.join(between)}${more > 0 ? ` and ${more} more` : ''}`;
}

/** Beside a plan in `-o json`, `-o yaml` and reports. */
export function finishedData(finished: readonly (Finished | Arrived)[]): {
  readonly finished?: readonly (Finished | Arrived)[];
} {
  return finished.length === 0 ? {} : { finished };
}
