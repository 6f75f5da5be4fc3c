/**
 * Plugins and starters: what Helm 2 has in its folders, beside what Helm 3 has in its own. What lies
 * in Helm 2's home is copied, through links too: Helm 2 keeps a plugin in `cache/plugins` and links to
 * it. A link that leaves the home stays a link.
 */

import { lstat, readdir, realpath, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { isReleasesError, printable, UnreadableError } from '../../errors.ts';
import { reasonOf } from '../../systemErrors.ts';
import type { ConfigItem, CopyStep, LinkStep, OnConflict } from './plan.ts';
import { isWithin, readTree } from './tree.ts';

export interface Place {
  readonly kind: 'plugin' | 'starter';
  /** Helm 2's folders, the first first. */
  readonly from: readonly string[];
  /** Helm 3's. */
  readonly to: string;
  /** What counts as Helm 2's home, with all links resolved. */
  readonly home: readonly string[];
  readonly onConflict?: OnConflict | undefined;
  /**
   * What a folder is for Helm.
   * @throws UnreadableError when Helm 3 can't use it
   * @returns undefined when it is nothing to Helm 2 either
   */
  inspect(folder: string): Promise<Inspected | undefined>;
}

export interface Inspected {
  /** What Helm calls it, when that isn't the folder's name. */
  readonly name?: string;
  readonly version?: string;
  readonly notes: readonly string[];
}

/** Helm 3's things by their name for Helm, each with its folder's name. */
type Taken = ReadonlyMap<string, { readonly folder: string; readonly version: string }>;

export async function planPlace(place: Place): Promise<readonly ConfigItem[]> {
  const taken = await takenNames(place);
  const items: ConfigItem[] = [];
  const seen = new Map<string, string>();
  for (const folder of place.from) {
    const names = await namesIn(folder);
    if (typeof names === 'string') {
      items.push(row(place, folder, 'unreadable', names));
      continue;
    }
    for (const name of names)
      items.push(await planEntry(place, join(folder, name), name, taken, seen));
  }
  return items;
}

/** @returns why, when the folder is there and can't be read */
async function namesIn(folder: string): Promise<readonly string[] | string> {
  try {
    return (await readdir(folder)).sort();
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'ENOENT') return [];
    return code === 'ENOTDIR' ? 'it is no folder' : `it can't be read: ${reasonOf(code)}`;
  }
}

async function takenNames({ kind, to, inspect }: Place): Promise<Taken> {
  const taken = new Map<string, { folder: string; version: string }>();
  if (kind !== 'plugin') return taken;
  const names = await namesIn(to);
  for (const folder of typeof names === 'string' ? [] : names)
    try {
      const found = await inspect(join(to, folder));
      if (found?.name) taken.set(found.name, { folder, version: found.version ?? '' });
    } catch (error) {
      if (!isReleasesError(error, 'UNREADABLE')) throw error;
    }
  return taken;
}

async function planEntry(
  place: Place,
  path: string,
  name: string,
  taken: Taken,
  seen: Map<string, string>,
): Promise<ConfigItem> {
  try {
    return await planReadable(place, path, name, taken, seen);
  } catch (error) {
    if (!isReleasesError(error, 'UNREADABLE')) throw error;
    return row(place, name, 'unreadable', error.message);
  }
}

async function planReadable(
  place: Place,
  path: string,
  folder: string,
  taken: Taken,
  seen: Map<string, string>,
): Promise<ConfigItem> {
  const real = await realpath(path).catch((error: NodeJS.ErrnoException) => {
    const why = { ENOENT: 'its link leads to nothing', ELOOP: 'its link leads to itself' };
    throw new UnreadableError(
      why[error.code as keyof typeof why] ?? `it can't be read: ${reasonOf(error.code)}`,
    );
  });
  if (place.kind === 'plugin' && !(await stat(real)).isDirectory())
    return row(place, folder, 'left out', "a file, where Helm 2 has its plugins' folders");
  const inspected = await place.inspect(real);
  if (!inspected) return row(place, folder, 'left out', 'no plugin: it has no plugin.yaml');
  const name = inspected.name ?? folder;
  const twin = seen.get(name) ?? seen.get(`/${folder}`);
  if (twin !== undefined)
    return row(place, name, 'left out', `${printable(twin)} is the one that Helm 2 uses`);
  seen.set(name, path).set(`/${folder}`, path);
  const inside = place.home.some((home) => isWithin(real, home));
  const to = join(place.to, folder);
  const step: CopyStep | LinkStep = inside
    ? { do: 'copy', from: real, to, digest: (await readTree(real, place.home)).digest }
    : { do: 'link', to, target: real };
  const owner = taken.get(name);
  const places = [...new Set([to, ...(owner ? [join(place.to, owner.folder)] : [])])];
  const there: string[] = [];
  for (const candidate of places) if (await exists(candidate)) there.push(candidate);
  if (there.length === 0) {
    const why = inside ? '' : `a link to ${printable(real, 1000)}, which stays there`;
    return row(place, name, 'ready', why, inspected.notes, step);
  }
  const leads = await leadsHome(place, there);
  for (const other of there)
    if (!leads && (await isSame(step, other)))
      return row(place, name, 'done', 'Helm 3 has it', inspected.notes);
  if (place.onConflict === 'keep') return row(place, name, 'left out', "Helm 3's own stays");
  if (place.onConflict === 'replace')
    return row(place, name, 'ready', "replaces Helm 3's own", inspected.notes, {
      ...step,
      replaces: there,
    });
  const versions = owner?.version
    ? `: version ${printable(owner.version, 40)}, and this is ${printable(inspected.version || 'without one', 40)}`
    : '';
  const why = leads
    ? "Helm 3's own is a link into Helm 2's home"
    : `Helm 3 has another ${place.kind} of this name${versions}`;
  return row(place, name, 'needs a decision', why, inspected.notes);
}

/** Whether Helm 3's own would be lost with Helm 2's home, though it isn't in it. */
async function leadsHome({ home, to }: Place, there: readonly string[]): Promise<boolean> {
  const inHome = (path: string) => home.some((folder) => isWithin(path, folder));
  if (inHome(await realpath(to))) return false;
  const real = await Promise.all(there.map((path) => realpath(path).catch(() => path)));
  return real.some(inHome);
}

/** What can't be read is not the same. */
async function isSame(step: CopyStep | LinkStep, other: string): Promise<boolean> {
  try {
    const real = await realpath(other);
    if (step.do === 'link') return real === step.target;
    return (await readTree(real)).digest === step.digest;
  } catch {
    return false;
  }
}

async function exists(path: string): Promise<boolean> {
  try {
    await lstat(path);
    return true;
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'ENOENT') return false;
    throw new UnreadableError(`its place in Helm 3 can't be read: ${reasonOf(code)}`);
  }
}

function row(
  { kind }: Place,
  name: string,
  verdict: ConfigItem['verdict'],
  why: string,
  notes: readonly string[] = [],
  step?: ConfigItem['step'],
): ConfigItem {
  return { kind, name, verdict, why, notes, ...(step && { step }) };
}
