/**
 * Helm 2's home on this machine: what is in it, and whether it may go. Only what Helm 2 itself puts
 * there goes (Helm 2's pkg/helm/helmpath/helmhome.go); anything else stays, and the folder with it.
 */

import type { Dirent } from 'node:fs';
import { lstat, readdir, readlink, realpath, stat } from 'node:fs/promises';
import { dirname, join, parse, relative, resolve, sep } from 'node:path';
import { printable, ReleasesError } from '../../errors.ts';
import { readNamed } from '../../namedFile.ts';
import { reasonOf } from '../../systemErrors.ts';
import type { Helm2Home, Helm3Places } from '../config/paths.ts';
import { type Finding, type Verdict, verdictOf } from '../plan.ts';

/** `repository` goes last: a folder whose removal was stopped is still recognised by it. */
const helm2Entries = [
  ...['cache', 'plugins', 'starters', 'ca.pem', 'cert.pem', 'key.pem', 'repository'],
];
/** What only Helm 3 and 4 keep at the top of a folder of theirs. */
const helm3Entries = ['repositories.yaml', 'repositories.lock', 'registry', 'registry.json'];
const maxRepositoriesFile = 4 << 20;

/** One thing at the top of the home, with all below it. */
export interface HomeEntry {
  readonly name: string;
  readonly files: number;
  /** Links are removed and never followed. */
  readonly links: number;
  readonly folders: number;
  readonly bytes: number;
}

export interface HomePlan {
  readonly path: string;
  /** `done`: there is nothing of Helm 2 in it. */
  readonly verdict: Verdict;
  readonly findings: readonly Finding[];
  /** In the order in which they go. */
  readonly remove: readonly HomeEntry[];
  /** Names of what isn't Helm 2's. */
  readonly leave: readonly string[];
}

export interface HomeOptions {
  readonly home: Helm2Home;
  /** Where Helm 3 and 4 keep theirs. */
  readonly helm3: Helm3Places;
  /** The user's own folder. */
  readonly userHome: string | undefined;
  /** What `move-config` would still move, by kind and name; asked where there is a home at all. */
  readonly unmoved: () => Promise<readonly string[]>;
  readonly removeUnmoved: boolean;
}

/** @throws ReleasesError FILE when it can't be looked at */
export async function planHome(options: HomeOptions): Promise<HomePlan> {
  const path = options.home.home;
  return onDisk(path, async () => {
    const refused = (message: string): HomePlan => ({
      ...{ path, verdict: 'refused', remove: [], leave: [] },
      findings: [{ severity: 'refusal', message }],
    });
    const about = await lstatIfThere(path);
    if (!about) return { path, verdict: 'done', findings: [], remove: [], leave: [] };
    if (about.isSymbolicLink()) return refused('it is a link: name the folder itself');
    if (!about.isDirectory()) return refused("it isn't a folder");
    const misplaced = await whyMisplaced(await realpath(path), options);
    if (misplaced) return refused(misplaced);
    const names = (await readdir(path)).sort();
    const ours = helm2Entries.filter((name) => names.includes(name));
    const leave = names.filter((name) => !ours.includes(name));
    if (ours.length === 0) return { path, verdict: 'done', findings: [], remove: [], leave };
    const newer = names.find((name) => helm3Entries.includes(name));
    if (newer) return refused(`it holds ${newer}, which is Helm 3's`);
    if (!(await isFile(options.home.repositories)))
      return refused('it has no repository/repositories.yaml, so it may not be a home of Helm 2');
    const used = await whyUsed(path, options.helm3);
    if (used) return refused(used);
    const remove: HomeEntry[] = [];
    for (const name of ours) remove.push(await measure(path, name, about.dev));
    const findings = [...(await unmovedFindings(options)), ...leftFindings(leave)];
    return { path, verdict: verdictOf(findings, true), findings, remove, leave };
  });
}

async function unmovedFindings(options: HomeOptions): Promise<Finding[]> {
  const { removeUnmoved } = options;
  const unmoved = await options.unmoved();
  if (unmoved.length === 0) return [];
  const shown = unmoved.slice(0, 5).map((name) => printable(name, 80));
  const more = unmoved.length > 5 ? ` and ${unmoved.length - 5} more` : '';
  return [
    {
      severity: removeUnmoved ? 'loss' : 'refusal',
      message: `Helm 3 doesn't have all of it: ${shown.join(', ')}${more}`,
      ...(!removeUnmoved && { fix: 'move-config first; --unmoved-config removes it all the same' }),
    },
  ];
}

function leftFindings(leave: readonly string[]): Finding[] {
  if (leave.length === 0) return [];
  const shown = leave.slice(0, 5).map((name) => printable(name, 80));
  const more = leave.length > 5 ? ` and ${leave.length - 5} more` : '';
  return [
    { severity: 'change', message: `these aren't Helm 2's and stay: ${shown.join(', ')}${more}` },
  ];
}

/** Places that no home of Helm 2 may be in, whatever a variable says. */
async function whyMisplaced(
  real: string,
  { helm3, userHome }: HomeOptions,
): Promise<string | undefined> {
  if (real === parse(real).root) return "it is the file system's root";
  if (userHome && contains(real, await realIfThere(userHome)))
    return "it is the user's own folder, or one that holds it";
  if (contains(real, process.cwd())) return 'this program was started in it: go elsewhere first';
  const newer = [dirname(helm3.repositories), helm3.data, helm3.plugins];
  for (const folder of newer) {
    const there = await realIfThere(folder);
    if (contains(real, there) || contains(there, real))
      return `Helm 3 keeps its own files there: ${printable(folder, 1000)}`;
  }
  return undefined;
}

/** What of Helm 3 leads back into the home: it would break. */
async function whyUsed(path: string, helm3: Helm3Places): Promise<string | undefined> {
  const real = await realpath(path);
  for (const entry of await entriesIfThere(helm3.plugins)) {
    if (!entry.isSymbolicLink()) continue;
    const link = join(helm3.plugins, entry.name);
    const leads = resolve(helm3.plugins, await readlink(link));
    if (contains(real, await realIfThere(leads)))
      return `Helm 3's plugin ${printable(entry.name, 80)} is a link into it`;
  }
  const about = await stat(helm3.repositories).catch(() => undefined);
  if (!about?.isFile() || about.size > maxRepositoriesFile) return undefined;
  const text = (await readNamed(helm3.repositories, maxRepositoriesFile)).toString('utf8');
  const named = [path, real].some((home) => text.includes(home + sep));
  return named ? "Helm 3's repositories.yaml names files in it" : undefined;
}

/** True when `inner` is `outer`, or lies in it. */
function contains(outer: string, inner: string): boolean {
  const way = relative(outer, inner);
  return way === '' || !(way === '..' || way.startsWith(`..${sep}`) || resolve(way) === way);
}

/** Counts what is below, without following a link or leaving the file system. */
export async function measure(root: string, name: string, device: number): Promise<HomeEntry> {
  const sum = { files: 0, links: 0, folders: 0, bytes: 0 };
  const visit = async (path: string): Promise<void> => {
    const about = await lstat(path);
    if (about.dev !== device)
      throw new ReleasesError('FILE', `${printable(path, 1000)} is on another file system`, {
        hints: ['unmount it, or remove it by hand'],
      });
    if (about.isSymbolicLink()) sum.links++;
    else if (!about.isDirectory()) {
      sum.files++;
      sum.bytes += about.size;
    } else {
      sum.folders++;
      for (const entry of await readdir(path)) await visit(join(path, entry));
    }
  };
  await visit(join(root, name));
  return { name, ...sum };
}

/** @throws ReleasesError FILE in place of the file system's error */
export async function onDisk<T>(path: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (error instanceof ReleasesError || typeof code !== 'string') throw error;
    throw new ReleasesError(
      'FILE',
      `reading or removing below ${printable(path, 1000)} failed: ${reasonOf(code)}`,
      {
        hints: ['run the same command as who owns it'],
      },
    );
  }
}

export async function lstatIfThere(path: string) {
  try {
    return await lstat(path);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'ENOENT' || code === 'ENOTDIR') return undefined;
    throw error;
  }
}

async function realIfThere(path: string): Promise<string> {
  try {
    return await realpath(path);
  } catch {
    return resolve(path);
  }
}

async function isFile(path: string): Promise<boolean> {
  return (await lstatIfThere(path))?.isFile() ?? false;
}

async function entriesIfThere(path: string): Promise<Dirent[]> {
  const about = await lstatIfThere(path);
  return about?.isDirectory() ? readdir(path, { withFileTypes: true }) : [];
}

/** A plan for `-o json`. */
export function homeData({ path, verdict, findings, remove, leave }: HomePlan): object {
  return {
    ...{ path, verdict, findings },
    steps: remove.map((entry) => ({ do: 'delete', ...entry })),
    left: leave,
  };
}
