/**
 * Releases that Helm 2 has no records of any more and Helm 3 has: a command that names them and is run
 * again finds them done.
 */
import { isReleasesError } from '../../errors.ts';
import { storageAddress } from '../../inspect/rows.ts';
import { identify } from '../../record.ts';
import type { Storage } from '../../storage/storage.ts';

/** Where Helm 3 may have a release that Helm 2 has no record of to say it. */
export interface Whereabouts {
  /** The one storage namespace it would be in, where the command line says it. */
  readonly namespace: string | undefined;
  /** Namespaces to look in where looking everywhere is forbidden. */
  readonly likely: readonly string[];
  /** The context's own, which is looked at then, too. */
  ownNamespace(): Promise<string>;
}

export interface FoundInHelm3 {
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
  to: Storage,
  { namespace, likely, ownNamespace }: Whereabouts,
): Promise<FoundInHelm3> {
  if (names.length === 0) return { places: new Map(), everywhere: true };
  const places = new Map<string, Set<string>>();
  try {
    await look(names, to, namespace, places);
    return { places: sorted(places), everywhere: true };
  } catch (error) {
    if (namespace !== undefined || !isReleasesError(error, 'FORBIDDEN')) throw error;
  }
  for (const one of new Set([...likely, await ownNamespace()]))
    try {
      await look(names, to, one, places);
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

function sorted(places: ReadonlyMap<string, ReadonlySet<string>>): FoundInHelm3['places'] {
  return new Map([...places].map(([name, there]) => [name, [...there].sort()]));
}
