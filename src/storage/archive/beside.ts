/** Where an archive is left that isn't all that was asked for: never in the place of a better one. */
import { existsSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { isReleasesError } from '../../errors.ts';
import { identify, namesOf } from '../../record.ts';
import type { Missing } from '../storage.ts';
import type { Keys } from './age.ts';
import { readArchive } from './reader.ts';

/**
 * Whether a new archive must not have its name: the same command again may bring what failed on the way; and
 * what is there may hold what this one lacks, for all that can be told.
 * @param replaces it would take the place of an archive
 */
export async function lacksMore(
  path: string,
  missing: readonly Missing[],
  replaces: boolean,
  keys: Keys,
): Promise<boolean> {
  if (missing.some(({ unfinished }) => unfinished)) return true;
  if (missing.length === 0 || !replaces || !existsSync(path)) return false;
  const held = await heldIn(path, keys);
  return (
    !held ||
    missing.some((one) =>
      one.store === undefined ? holds(held.of.get(one.name), one) : !held.lacks.has(one.store),
    )
  );
}

function holds(held: ReadonlySet<number> | undefined, { revisions }: Missing): boolean {
  return held !== undefined && (!revisions || revisions.some((revision) => held.has(revision)));
}

interface Held {
  /** Revisions, by the release's name. */
  readonly of: ReadonlyMap<string, ReadonlySet<number>>;
  /** The places of which it says itself that it lacks what they have. */
  readonly lacks: ReadonlySet<string>;
}

/** @returns undefined for what can't be opened */
async function heldIn(path: string, keys: Keys): Promise<Held | undefined> {
  try {
    const { index, close } = await readArchive(path, keys);
    await close();
    const held = new Map<string, Set<number>>();
    for (const record of index.records) {
      const identity = identify(record);
      if (!('name' in identity)) continue;
      for (const name of namesOf(record))
        held.set(name, (held.get(name) ?? new Set()).add(identity.revision));
    }
    return { of: held, lacks: new Set((index.missing ?? []).flatMap(({ store }) => store ?? [])) };
  } catch (error) {
    if (!isReleasesError(error)) throw error;
    return undefined;
  }
}

/** `all-incomplete.zip` for `all.zip`, and further ones. */
export function freeBeside(path: string): string {
  const ending = /\.zip$/.test(path) ? '.zip' : '';
  const name = (count: number) =>
    `${path.slice(0, path.length - ending.length)}-incomplete${count > 1 ? `-${count}` : ''}${ending}`;
  let count = 1;
  while (existsSync(name(count))) count += 1;
  return name(count);
}

/** As it was named: in the folder that was typed. */
export function besideIn(typed: string, full: string): string {
  return join(dirname(typed), basename(full));
}
