/** A second path to a folder: mounted where that is allowed, as on most machines only root is; else a link. */
import { execFileSync } from 'node:child_process';
import { mkdirSync, rmdirSync, symlinkSync } from 'node:fs';
import { realpath, stat } from 'node:fs/promises';
import { resolve, sep } from 'node:path';
import type { Look } from '../../src/storage/files/place.ts';

export interface SecondPath {
  readonly how: 'mount' | 'link';
  remove(): void;
}

export function secondPath(folder: string, path: string): SecondPath {
  mkdirSync(path);
  try {
    execFileSync('mount', ['--bind', folder, path], { stdio: 'ignore' });
    return { how: 'mount', remove: () => void execFileSync('umount', ['-l', path]) };
  } catch {
    rmdirSync(path);
    symlinkSync(folder, path);
    return { how: 'link', remove: () => {} };
  }
}

/** A look to which a link is a folder of its own name: only the system's numbers tell it, as of a mount. */
export function asMounted(...links: readonly string[]): Look {
  return {
    stat: (path) => stat(path, { bigint: true }),
    realpath: async (path) =>
      links.some((link) => isIn(path, link)) ? there(path) : realpath(path),
  };
}

/** The same with other numbers, too, as those of a network's folder that is mounted twice. */
export function asNetwork(...links: readonly string[]): Look {
  const look = asMounted(...links);
  return {
    ...look,
    async stat(path) {
      const { dev, ino } = await look.stat(path);
      return links.some((link) => isIn(path, link)) ? { dev: dev + 4096n, ino } : { dev, ino };
    },
  };
}

function isIn(path: string, folder: string): boolean {
  return path === folder || path.startsWith(folder + sep);
}

async function there(path: string): Promise<string> {
  await stat(path);
  return resolve(path);
}
