/** Removes Helm 2's home as its plan says: only what was counted, and never through a link. */
import { readdir, rmdir, unlink } from 'node:fs/promises';
import { join } from 'node:path';
import { isReleasesError, printable, ReleasesError } from '../../errors.ts';
import { type HomeEntry, type HomePlan, lstatIfThere, measure, onDisk } from './home.ts';

export interface HomeOutcome {
  readonly plan: HomePlan;
  readonly result: 'removed' | 'left alone' | 'failed' | 'interrupted';
  readonly removed: readonly HomeEntry[];
  readonly error?: ReleasesError;
}

export async function applyHome(plan: HomePlan, signal?: AbortSignal): Promise<HomeOutcome> {
  const removed: HomeEntry[] = [];
  if (plan.verdict !== 'ready' && plan.verdict !== 'with losses')
    return { plan, result: 'left alone', removed };
  try {
    await onDisk(plan.path, async () => {
      await guard(plan);
      for (const entry of plan.remove) {
        if (signal?.aborted) throw new ReleasesError('INTERRUPTED', 'interrupted');
        await removeTree(join(plan.path, entry.name));
        removed.push(entry);
      }
      // What isn't Helm 2's keeps the folder.
      if ((await readdir(plan.path)).length === 0) await rmdir(plan.path);
    });
    return { plan, result: 'removed', removed };
  } catch (error) {
    if (isReleasesError(error, 'INTERRUPTED')) return { plan, result: 'interrupted', removed };
    if (!(error instanceof ReleasesError)) throw error;
    return { plan, result: 'failed', removed, error };
  }
}

/** Somebody may have looked at the plan for minutes, and Helm have written meanwhile. */
async function guard({ path, remove }: HomePlan): Promise<void> {
  const about = await lstatIfThere(path);
  if (!about?.isDirectory()) throw changed(path);
  for (const entry of remove) {
    const there = await lstatIfThere(join(path, entry.name));
    const now = there && (await measure(path, entry.name, about.dev));
    if (JSON.stringify(now) !== JSON.stringify(entry)) throw changed(join(path, entry.name));
  }
}

function changed(path: string): ReleasesError {
  return new ReleasesError(
    'CONFLICT',
    `${printable(path, 1000)} has changed since the plan was made: nothing of it was removed`,
    { hints: ['run the same command again: it plans anew from what is there now'] },
  );
}

/** The file a home is recognised by goes last, so that a stopped removal can go on. */
async function removeTree(path: string): Promise<void> {
  const about = await lstatIfThere(path);
  if (!about?.isDirectory()) {
    if (about) await unlink(path);
    return;
  }
  const names = await readdir(path);
  const last = (name: string) => Number(name === 'repositories.yaml');
  for (const name of names.sort((a, b) => last(a) - last(b))) await removeTree(join(path, name));
  await rmdir(path);
}
