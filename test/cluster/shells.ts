/**
 * The real zsh and fish, for the completion scripts: those on the PATH, those that `TEST_ZSH` and
 * `TEST_FISH` name, or Debian's packages, unpacked into the cache once.
 */
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, renameSync, rmSync } from 'node:fs';
import { delimiter, dirname, join } from 'node:path';
import type { Say } from './binaries.ts';
import { cacheFolder } from './cacheFolder.mjs';

export interface Shell {
  readonly program: string;
  /** What it needs in its environment where it wasn't installed. */
  readonly env: { readonly [name: string]: string };
}

export interface Shells {
  readonly fish: Shell;
  readonly zsh: Shell & {
    /** Its first line: a folder for modules that the environment can't name. */
    readonly prelude: string;
  };
}

export function findShells(say: Say): Shells {
  const { TEST_ZSH, TEST_FISH } = process.env;
  const [zsh, fish] = [TEST_ZSH ?? onPath('zsh'), TEST_FISH ?? onPath('fish')];
  if (zsh && fish)
    return { fish: { program: fish, env: {} }, zsh: { program: zsh, env: {}, prelude: '' } };
  const root = unpackedFromDebian(say);
  const libraries = foldersIn(join(root, 'usr', 'lib'), (name) => name.startsWith('libpcre2-32'));
  const modules = foldersIn(join(root, 'usr', 'lib'), (name) => name === 'zle.so');
  const functions = foldersIn(join(root, 'usr', 'share', 'zsh', 'functions'), () => true);
  return {
    fish: {
      program: join(root, 'usr', 'bin', 'fish'),
      env: { LD_LIBRARY_PATH: libraries.join(delimiter) },
    },
    zsh: {
      program: join(root, 'bin', 'zsh'),
      env: { FPATH: functions.join(delimiter) },
      prelude: `module_path=(${modules.map(dirname).join(' ')})`,
    },
  };
}

function onPath(name: string): string | undefined {
  const folders = (process.env.PATH ?? '').split(delimiter);
  return folders.map((folder) => join(folder, name)).find((path) => existsSync(path));
}

/** apt checks what it downloads against Debian's signatures. */
function unpackedFromDebian(say: Say): string {
  const kept = cacheFolder('shells');
  if (existsSync(kept)) return kept;
  say('test shells: fetching zsh and fish from Debian');
  mkdirSync(dirname(kept), { recursive: true });
  const work = mkdtempSync(`${kept}-`);
  try {
    const packages = ['zsh', 'zsh-common', 'fish', 'fish-common', 'libpcre2-32-0'];
    const download = () => attempt(work, 'apt-get', ['download', ...packages]);
    // A new machine has no list of packages yet.
    const trouble = download() && (attempt(work, 'apt-get', ['update']) ?? download());
    if (trouble)
      throw new Error(
        `zsh and fish are not on the PATH, and Debian's packages can't be had (${trouble}): ` +
          'install both, or set TEST_ZSH and TEST_FISH',
      );
    const tree = join(work, 'tree');
    for (const file of readdirSync(work).filter((name) => name.endsWith('.deb')))
      attempt(work, 'dpkg-deb', ['-x', file, tree]);
    // Where fish looks when its data isn't below /usr.
    renameSync(join(tree, 'etc'), join(tree, 'usr', 'etc'));
    if (!existsSync(kept)) renameSync(tree, kept);
  } finally {
    rmSync(work, { recursive: true, force: true });
  }
  return kept;
}

/** @returns what went wrong */
function attempt(cwd: string, file: string, args: readonly string[]): string | undefined {
  const { status, error, stderr } = spawnSync(file, [...args], { cwd, encoding: 'utf8' });
  return status === 0 ? undefined : `${file}: ${error?.message ?? stderr.trim()}`;
}

function foldersIn(root: string, holds: (name: string) => boolean): string[] {
  const entries = readdirSync(root, { recursive: true, withFileTypes: true });
  const found = entries.filter((entry) => entry.isFile() && holds(entry.name));
  return [...new Set(found.map((entry) => entry.parentPath ?? entry.path))].sort();
}
