/**
 * Whether two paths lead to one place on disk, or into one another. Names don't tell: a folder may be mounted
 * a second time, or be a link. The system's numbers for device and file do, on one machine's own disks; of a
 * network's, mounted twice, only a file that is written shows it (`commands/stores/probe.ts`).
 */
import { realpath, stat } from 'node:fs/promises';
import { basename, dirname, join, resolve } from 'node:path';
import { foldersBelow } from './walk.ts';

/** How a path is looked at; a test hands in another one. */
export interface Look {
  stat(path: string): Promise<{ readonly dev: bigint; readonly ino: bigint }>;
  realpath(path: string): Promise<string>;
}

const onDisk: Look = { stat: (path) => stat(path, { bigint: true }), realpath };

export interface FilePlace {
  /** The path, or the nearest folder above it that is there. */
  readonly there: string;
  /** The names below that which aren't there yet. */
  readonly missing: readonly string[];
}

/**
 * - `same`: one folder, or one file;
 * - `inside`: the first lies in the second, or would;
 * - `around`: the second lies in the first;
 * - `crossing`: a folder below the first is also below the second.
 */
export type Relation = 'same' | 'inside' | 'around' | 'crossing' | 'apart';

/** Folders count with all that is below them, as far as they are read (`walk.ts`). */
export async function relationOf(a: string, b: string, look: Look = onDisk): Promise<Relation> {
  const [one, other] = [await placeOf(a, look), await placeOf(b, look)];
  const [up, otherUp] = [await upward(one, look), await upward(other, look)];
  if (up[0] === otherUp[0]) return relationOfNames(one.missing, other.missing);
  const [down, otherDown] = [await downward(one, look), await downward(other, look)];
  if (up.some((id) => otherDown.has(id))) return 'inside';
  if (otherUp.some((id) => down.has(id))) return 'around';
  return [...down].some((id) => otherDown.has(id)) ? 'crossing' : 'apart';
}

export async function placeOf(path: string, look: Look = onDisk): Promise<FilePlace> {
  const full = resolve(path);
  try {
    return { there: await look.realpath(full), missing: [] };
  } catch {
    const above = dirname(full);
    if (above === full) return { there: full, missing: [] };
    const { there, missing } = await placeOf(above, look);
    return { there, missing: [...missing, basename(full)] };
  }
}

/** Of two paths below one folder, by the names that aren't there yet. */
export function relationOfNames(a: readonly string[], b: readonly string[]): Relation {
  const [short, long] = a.length < b.length ? [a, b] : [b, a];
  if (!short.every((name, at) => name === long[at])) return 'apart';
  if (a.length === b.length) return 'same';
  return short === a ? 'around' : 'inside';
}

/** What tells a place from every other one; where the system has no number for it, its name. */
async function idOf(path: string, { stat }: Look): Promise<string> {
  try {
    const { dev, ino } = await stat(path);
    return ino === 0n ? path : `${dev}:${ino}`;
  } catch {
    return path;
  }
}

/** What is there, and each folder above it. */
async function upward({ there }: FilePlace, look: Look): Promise<string[]> {
  const ids: string[] = [];
  for (let path = there; ; path = dirname(path)) {
    ids.push(await idOf(path, look));
    if (dirname(path) === path) return ids;
  }
}

/** What is there, and each folder below it; of what isn't there yet, nothing. */
async function downward({ there, missing }: FilePlace, look: Look): Promise<Set<string>> {
  const ids = new Set<string>();
  if (missing.length > 0) return ids;
  ids.add(await idOf(there, look));
  for await (const folder of foldersBelow(there)) ids.add(await idOf(join(there, folder), look));
  return ids;
}
