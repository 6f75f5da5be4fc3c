/**
 * Names of files in a record, before any of them becomes a path. A record is written by whoever may
 * write Secrets, so a name may try to leave the folder, or to be something else than a file's name.
 */
import { printable } from '../../errors.ts';
import { folded, unsafeName } from '../../fileNames.ts';

const longestPath = 1024;

/**
 * @param name as the record has it: `templates/a.yaml`
 * @returns why it can't be a path below a folder; undefined where it can
 */
export function unsafePath(name: string): string | undefined {
  if (name === '') return 'it has no name';
  if (name.includes('\\') || /^[A-Za-z]:/.test(name)) return 'its name is a path of Windows';
  if (printable(name, Number.POSITIVE_INFINITY) !== name)
    return 'its name holds characters that a terminal acts on';
  if (Buffer.byteLength(name) > longestPath) return 'its name is too long';
  const parts = name.split('/');
  if (name.startsWith('/') || parts.includes('..')) return 'its name leaves the chart';
  if (parts.some((part) => part === '' || part === '.')) return 'its name is no clean path';
  return parts.map(unsafeName).find((why) => why !== undefined);
}

export interface TakenPaths {
  /** @returns why the path can't be taken; undefined once it is */
  take(path: string): string | undefined;
}

/** Paths taken so far. A file can't be where a folder is, nor the other way round. */
export function openPaths(): TakenPaths {
  const files = new Set<string>();
  const folders = new Set<string>();
  return {
    take(path) {
      const file = folded(path);
      const parts = file.split('/');
      const above = parts.slice(1).map((_, at) => parts.slice(0, at + 1).join('/'));
      if (files.has(file)) return 'another file has its name';
      if (folders.has(file)) return 'a folder has its name';
      if (above.some((one) => files.has(one))) return 'a file is where its folder would be';
      files.add(file);
      for (const one of above) folders.add(one);
      return undefined;
    },
  };
}
