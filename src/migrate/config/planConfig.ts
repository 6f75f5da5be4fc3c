/** Reads Helm 2's home and Helm 3's folders, and says what `move-config` would do. Writes nothing. */

import { readdir, realpath, stat } from 'node:fs/promises';
import { dirname, isAbsolute, join, relative, resolve } from 'node:path';
import { ReleasesError, UnreadableError } from '../../errors.ts';
import { readNamed } from '../../namedFile.ts';
import { reasonOf } from '../../systemErrors.ts';
import { maxRepositoriesFile } from './entries.ts';
import { type Inspected, planPlace } from './folders.ts';
import type { Helm2Home, Helm3Places } from './paths.ts';
import type { ConfigItem, ConfigPlan, FileChange, OnConflict } from './plan.ts';
import { maxPluginFile, readPluginFile } from './pluginYaml.ts';
import { type Certificate, type Merged, mergeRepositories } from './repositories.ts';
import { isWithin, readTree } from './tree.ts';

export interface ConfigOptions {
  readonly onConflict?: OnConflict | undefined;
  readonly updateUrls: boolean;
  /** Now, in UTC: for a new file, and for the name of the folder of what is replaced. */
  readonly moment: Date;
}

/** @throws ReleasesError NOT_FOUND without a Helm 2 home, FILE when it can't be read at all */
export async function planConfig(
  from: Helm2Home,
  to: Helm3Places,
  options: ConfigOptions,
): Promise<ConfigPlan> {
  const home = await realHome(from);
  const repositories = await planRepositories(from, to, home, options);
  const inside = [home, ...(await realFolders(from.plugins))];
  const places = { home: inside, onConflict: options.onConflict };
  const plugins = await planPlace({
    ...places,
    kind: 'plugin',
    from: from.plugins,
    to: to.plugins,
    inspect: inspectPlugin,
  });
  const starters = await planPlace({
    ...places,
    kind: 'starter',
    from: [from.starters],
    to: to.starters,
    inspect: async () => ({ notes: [] }),
  });
  const stamp = options.moment.toISOString().replace(/[-:]|\.\d+/g, '');
  return {
    from: from.home,
    leaving: inside,
    to: { repositories: to.repositories, plugins: to.plugins, starters: to.starters },
    items: [...repositories.items, ...plugins, ...starters, ...(await otherFiles(from.home))],
    certificates: repositories.certificates,
    ...(repositories.change && { repositories: repositories.change }),
    aside: join(to.data, `replaced-${stamp}`),
  };
}

async function realHome({ home }: Helm2Home): Promise<string> {
  try {
    const real = await realpath(home);
    if ((await stat(real)).isDirectory()) return real;
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code !== 'ENOENT' && code !== 'ENOTDIR')
      throw new ReleasesError('FILE', `${home}: can't be read: ${reasonOf(code)}`);
  }
  throw new ReleasesError('NOT_FOUND', `there is no home of Helm 2 at ${home}`, {
    hints: ['--helm2-home PATH, or HELM_HOME, names another'],
  });
}

async function realFolders(paths: readonly string[]): Promise<readonly string[]> {
  const real = await Promise.all(paths.map((path) => realpath(path).catch(() => undefined)));
  return real.filter((path) => path !== undefined);
}

interface RepositoriesPlan extends Merged {
  readonly change?: FileChange;
}

async function planRepositories(
  from: Helm2Home,
  to: Helm3Places,
  home: string,
  { onConflict, updateUrls, moment }: ConfigOptions,
): Promise<RepositoriesPlan> {
  const nothing = { certificates: [], changes: false };
  try {
    const source = await readText(from.repositories, maxRepositoriesFile, 'the file of Helm 2');
    if (source === undefined) return { items: [], ...nothing };
    const target = await readText(to.repositories, maxRepositoriesFile, 'the file of Helm 3');
    const merged = await mergeRepositories({
      source,
      target,
      onConflict,
      updateUrls,
      moment: moment.toISOString(),
      certificate: (path) =>
        findCertificate(path, [from.home, home], dirname(to.repositories), onConflict),
    });
    if (merged.after === undefined) return merged;
    const path = await realpath(to.repositories).catch(() => to.repositories);
    return {
      ...merged,
      change: { path, before: target, after: merged.after, keepsOld: merged.changes },
    };
  } catch (error) {
    if (!(error instanceof UnreadableError)) throw error;
    const item = { kind: 'file', name: 'repositories.yaml', notes: [] } as const;
    return { items: [{ ...item, verdict: 'unreadable', why: error.message }], ...nothing };
  }
}

/** @returns undefined when there is no such file */
async function readText(path: string, max: number, whose: string): Promise<string | undefined> {
  try {
    const found = await stat(path);
    if (!found.isFile()) throw new UnreadableError(`${whose} is no file`);
    if (found.size > max) throw new UnreadableError(`${whose} is larger than ${max >> 20} MiB`);
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(
      await readNamed(path, max),
    );
  } catch (error) {
    if (error instanceof UnreadableError) throw error;
    if (error instanceof TypeError) throw new UnreadableError(`${whose} is not UTF-8 text`);
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'ENOENT') return undefined;
    throw new UnreadableError(`${whose} can't be read: ${reasonOf(code)}`);
  }
}

/** Files in Helm 2's home go to `certificates` beside Helm 3's repositories.yaml. */
async function findCertificate(
  path: string,
  homes: readonly string[],
  config: string,
  onConflict: OnConflict | undefined,
): Promise<Certificate | string | undefined> {
  if (!isAbsolute(path)) return 'has a relative path, which counts from wherever Helm is called';
  const home = homes.find((folder) => isWithin(resolve(path), folder));
  if (home === undefined) return undefined;
  const to = join(config, 'certificates', relative(home, resolve(path)));
  try {
    const from = await realpath(path);
    if (!(await stat(from)).isFile()) return 'is no file';
    const { digest } = await readTree(from);
    const step = { do: 'copy', from, to, digest } as const;
    const there = await readTree(to).catch(() => undefined);
    if (there?.digest === digest) return { to };
    if (!(await stat(to).catch(() => undefined))) return { to, step };
    if (onConflict === undefined) return { to, conflict: true };
    return onConflict === 'keep' ? { to } : { to, step: { ...step, replaces: [to] } };
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'ENOENT'
      ? "is in Helm 2's home, but not there"
      : "is in Helm 2's home, and can't be read";
  }
}

async function inspectPlugin(folder: string): Promise<Inspected | undefined> {
  const text = await readText(join(folder, 'plugin.yaml'), maxPluginFile, 'its plugin.yaml');
  return text === undefined ? undefined : readPluginFile(text);
}

/** What Helm 2 keeps in its home beside the three. */
const otherNames: { readonly [name: string]: string } = {
  'ca.pem': "for Tiller's TLS: Helm 3 has no Tiller",
  'cert.pem': "for Tiller's TLS: Helm 3 has no Tiller",
  'key.pem': "for Tiller's TLS: Helm 3 has no Tiller",
};
const handled = new Set(['repository', 'plugins', 'starters', 'cache']);

async function otherFiles(home: string): Promise<readonly ConfigItem[]> {
  const names = await readdir(home).catch(() => []);
  return names
    .filter((name) => !handled.has(name))
    .sort()
    .map((name) => {
      const known = Object.hasOwn(otherNames, name) ? otherNames[name] : undefined;
      const why = known ?? "not one of Helm's own: it stays there";
      return { kind: 'file', name, verdict: 'left out', why, notes: [] };
    });
}
