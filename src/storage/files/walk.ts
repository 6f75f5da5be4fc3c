/** The manifest files below a folder, in a fixed order. */

import { readdir, realpath, stat } from 'node:fs/promises';
import { extname, join, sep } from 'node:path';
import { kindOfFile } from '../../namedFile.ts';
import { reasonOf } from '../../systemErrors.ts';
import { saidByFile } from './saidByFile.ts';
import { isTemporary } from './temporary.ts';

export interface Walked {
  /** Relative to the root, with `/` on every system. */
  readonly path: string;
  /** It is the very file that somebody named: a manifest, whatever its name ends in. */
  readonly asked?: true;
  /** Why it can't be read; absent for a file to read. */
  readonly unreadable?: string;
}

/** Deeper folders than any GitOps tree has; a row says so instead of a search without end. */
const maxDepth = 32;

export function isManifestName(name: string): boolean {
  return ['.yaml', '.yml', '.json'].includes(extname(name).toLowerCase());
}

/** What version control keeps: thousands of files, and no manifest. */
const passedOver = ['.git', '.hg', '.svn'];

/**
 * All plain files but our own unfinished ones: what they are, their reader decides. Those with a leading dot
 * as well: `kubectl apply -f` takes them, and a volume of Kubernetes has its files in such a folder. A link is not followed:
 * where it leads to a manifest within the folder that one is found anyway, and elsewhere it's reported. So is
 * what is called like a record's own file and is none; any other pipe or socket is passed over.
 * @throws the file system's error when the root itself can't be read
 */
export async function* walkManifests(root: string): AsyncGenerator<Walked> {
  yield* walk(root, await realpath(root), '', 0);
}

/**
 * The folders that `walkManifests` goes into, relative to the root, the outer before the inner; what can't be
 * read is passed over.
 */
export async function* foldersBelow(root: string, below = '', depth = 0): AsyncGenerator<string> {
  const entries = await readdir(join(root, below), { withFileTypes: true }).catch(() => []);
  for (const entry of entries) {
    if (!entry.isDirectory() || passedOver.includes(entry.name) || depth >= maxDepth) continue;
    const path = join(below, entry.name);
    yield path;
    yield* foldersBelow(root, path, depth + 1);
  }
}

async function* walk(
  root: string,
  realRoot: string,
  below: string,
  depth: number,
): AsyncGenerator<Walked> {
  const entries = await readdir(join(root, below), { withFileTypes: true });
  entries.sort((a, b) => (a.name < b.name ? -1 : 1));
  for (const entry of entries) {
    if (passedOver.includes(entry.name)) continue;
    const path = below === '' ? entry.name : `${below}/${entry.name}`;
    if (entry.isDirectory()) {
      if (saidByFile(path)) yield { path, unreadable: 'it is a folder, and no file' };
      if (depth >= maxDepth) yield { path, unreadable: `it is more than ${maxDepth} folders deep` };
      else yield* guarded(path, walk(root, realRoot, path, depth + 1));
    } else if (entry.isSymbolicLink()) {
      const unreadable = await whyNotFound(realRoot, join(root, path), path);
      if (unreadable !== undefined) yield { path, unreadable };
    } else if (entry.isFile()) {
      if (!isTemporary(entry.name)) yield { path };
    } else if (saidByFile(path) !== undefined)
      yield { path, unreadable: `it is ${kindOfFile(entry)}, and no file` };
  }
}

/** A subfolder that can't be read is a row of its own; its neighbours go on. */
async function* guarded(path: string, inner: AsyncGenerator<Walked>): AsyncGenerator<Walked> {
  try {
    yield* inner;
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === undefined) throw error;
    yield { path, unreadable: `the folder can't be read: ${reasonOf(code)}` };
  }
}

function mayHoldRecord(path: string): boolean {
  return isManifestName(path) || saidByFile(path) !== undefined;
}

/**
 * Why what a link leads to is not found without it; undefined where it is, or where nothing says that it may be
 * a record. A linked folder is reported like a linked manifest.
 */
async function whyNotFound(
  realRoot: string,
  link: string,
  path: string,
): Promise<string | undefined> {
  const matters = mayHoldRecord(path);
  try {
    const target = await realpath(link);
    const inside = target === realRoot || target.startsWith(realRoot + sep);
    if (!inside)
      return matters || extname(link) === ''
        ? 'it is a link out of the folder, which is not followed'
        : undefined;
    const names = target.slice(realRoot.length).split(sep);
    const isFound = !names.some((name) => passedOver.includes(name));
    if (!matters || (isFound && ((await stat(target)).isDirectory() || isManifestName(target))))
      return undefined;
    return 'it is a link to what is not read, and links are not followed';
  } catch {
    return matters ? 'it is a link that leads nowhere' : undefined;
  }
}
