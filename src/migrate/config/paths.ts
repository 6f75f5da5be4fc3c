/**
 * Where Helm 2 keeps its configuration, and where Helm 3 and 4 look for theirs: from the environment
 * and the system's name alone. The rules are those of Helm 2's `environment` and `helmhome`, of
 * Helm 3's and 4's `helmpath` and `cli`, and the three variables of helm-2to3.
 */
import { posix, win32 } from 'node:path';
import type { Environment } from '../../environment.ts';
import { ReleasesError } from '../../errors.ts';

/** Helm 2's files and folders; each absolute, none of them looked at. */
export interface Helm2Home {
  readonly home: string;
  readonly repositories: string;
  /** More than one where `HELM_PLUGIN` lists them. */
  readonly plugins: readonly string[];
  readonly starters: string;
}

/** Where Helm 3 and 4 read the same things; each absolute. */
export interface Helm3Places {
  readonly repositories: string;
  /** The first where `HELM_PLUGINS` lists several: that is where Helm installs. */
  readonly plugins: string;
  readonly starters: string;
  /** Helm's data folder, for what is put aside. */
  readonly data: string;
}

/**
 * @param given what `--helm2-home` says; it goes before `HELM_V2_HOME` (helm-2to3's), `HELM_HOME`
 *   (Helm 2's) and `~/.helm`
 * @throws ReleasesError USAGE when the home can't be told: no variable says where it is
 */
export function helm2Home(
  env: Environment,
  platform: NodeJS.Platform,
  given?: string | undefined,
): Helm2Home {
  const path = pathOf(platform);
  const named = given || env.HELM_V2_HOME || env.HELM_HOME;
  // Helm 2 expands variables in its home, and so lets `HELM_HOME='$HOME/.helm'` work.
  const chosen = named ? expand(named, env) : path.join(userHome(env, platform), '.helm');
  const home = path.resolve(chosen);
  const plugins = env.HELM_PLUGIN?.split(path.delimiter).filter(Boolean) ?? [];
  return {
    home,
    repositories: path.join(home, 'repository', 'repositories.yaml'),
    plugins:
      plugins.length > 0
        ? plugins.map((folder) => path.resolve(folder))
        : [path.join(home, 'plugins')],
    starters: path.join(home, 'starters'),
  };
}

/**
 * `HELM_V3_CONFIG` and `HELM_V3_DATA` go before Helm's own variables: a plugin of Helm always finds
 * those set.
 * @throws ReleasesError USAGE when a place can't be told
 */
export function helm3Places(env: Environment, platform: NodeJS.Platform): Helm3Places {
  const path = pathOf(platform);
  const folder = (own: string | undefined, xdg: string | undefined, last: () => string) =>
    path.resolve(own || path.join(xdg || last(), 'helm'));
  const defaults = defaultFolders(env, platform);
  const config = folder(
    env.HELM_V3_CONFIG || env.HELM_CONFIG_HOME,
    env.XDG_CONFIG_HOME,
    defaults.config,
  );
  const data = folder(env.HELM_V3_DATA || env.HELM_DATA_HOME, env.XDG_DATA_HOME, defaults.data);
  const repositories = env.HELM_V3_CONFIG ? undefined : env.HELM_REPOSITORY_CONFIG;
  const plugins = env.HELM_V3_DATA
    ? undefined
    : env.HELM_PLUGINS?.split(path.delimiter).find((entry) => entry !== '');
  return {
    repositories: path.resolve(repositories || path.join(config, 'repositories.yaml')),
    plugins: path.resolve(plugins || path.join(data, 'plugins')),
    starters: path.join(data, 'starters'),
    data,
  };
}

function pathOf(platform: NodeJS.Platform): typeof posix {
  return platform === 'win32' ? win32 : posix;
}

/** Thunks: a variable that isn't needed needn't be there. */
function defaultFolders(env: Environment, platform: NodeJS.Platform) {
  const path = pathOf(platform);
  if (platform === 'win32') {
    const appData = () => env.APPDATA || missing('APPDATA');
    return { config: appData, data: appData };
  }
  const below = (...folders: string[]) => path.join(userHome(env, platform), ...folders);
  if (platform === 'darwin')
    return { config: () => below('Library', 'Preferences'), data: () => below('Library') };
  return { config: () => below('.config'), data: () => below('.local', 'share') };
}

function userHome(env: Environment, platform: NodeJS.Platform): string {
  if (env.HOME) return env.HOME;
  if (platform !== 'win32') return missing('HOME');
  if (env.USERPROFILE) return env.USERPROFILE;
  return env.HOMEDRIVE && env.HOMEPATH ? env.HOMEDRIVE + env.HOMEPATH : missing('USERPROFILE');
}

function missing(variable: string): never {
  throw new ReleasesError('USAGE', `${variable} is not set, so Helm's folders can't be told`, {
    hints: [
      `set ${variable}, or HELM_HOME, HELM_CONFIG_HOME and HELM_DATA_HOME`,
      '--helm2-home PATH  names the home of Helm 2',
    ],
  });
}

/** `$NAME` and `${NAME}`, as Go's os.ExpandEnv; what isn't set is empty. */
function expand(text: string, env: Environment): string {
  return text.replace(
    /\$(?:\{(\w+)\}|(\w+))/g,
    (_, braced?: string, plain?: string) => env[braced ?? plain ?? ''] ?? '',
  );
}
