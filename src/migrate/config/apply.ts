/**
 * Carries a plan of `move-config` out: item by item, each copied, read back and compared before it
 * gets its name. Helm 2's home is only read. What fails hides no neighbour.
 */

import { open, readFile, realpath, rename } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { isReleasesError, ReleasesError } from '../../errors.ts';
import { makeFolder } from '../../storage/files/write.ts';
import { reasonOf } from '../../systemErrors.ts';
import { nameFile, sweep, withBeside } from './beside.ts';
import { again, carryOutCopy, carryOutLink, tookItsPlace } from './copyTree.ts';
import type { ConfigItem, ConfigPlan, FileChange } from './plan.ts';

export type ItemOutcome =
  | { readonly item: ConfigItem; readonly result: 'moved' | 'interrupted' }
  | { readonly item: ConfigItem; readonly result: 'failed'; readonly error: ReleasesError };

/** Removes what a killed run left in Helm's folders. */
export async function removeLeftovers({ to }: ConfigPlan): Promise<void> {
  const file = await realpath(to.repositories).catch(() => to.repositories);
  const folders = [to.plugins, to.starters, dirname(to.repositories), dirname(file)];
  for (const folder of new Set(folders)) await sweep(folder);
}

/** @param signal stops between two items */
export async function applyConfig(
  plan: ConfigPlan,
  signal: AbortSignal,
  onItem: () => void = () => {},
): Promise<readonly ItemOutcome[]> {
  await removeLeftovers(plan);
  const outcomes: ItemOutcome[] = [];
  let entries: Promise<void> | undefined;
  for (const item of plan.items) {
    const { step } = item;
    if (item.verdict !== 'ready' || !step) continue;
    if (signal.aborted) {
      outcomes.push({ item, result: 'interrupted' });
      continue;
    }
    try {
      const aside = join(plan.aside, `${item.kind}s`);
      if (step.do === 'copy') await carryOutCopy(step, { leaving: plan.leaving, aside });
      else if (step.do === 'link') await carryOutLink(step, aside);
      else {
        // One write for all of them, with the certificates that they name before it.
        entries ??= writeEntries(plan);
        await entries;
      }
      outcomes.push({ item, result: 'moved' });
    } catch (error) {
      outcomes.push({ item, result: 'failed', error: asReleasesError(error) });
    }
    onItem();
  }
  return outcomes;
}

async function writeEntries(plan: ConfigPlan): Promise<void> {
  const secretIn = dirname(plan.to.repositories);
  for (const step of plan.certificates) {
    const aside = join(plan.aside, 'certificates');
    await carryOutCopy(step, { leaving: plan.leaving, aside, secretIn });
  }
  if (plan.repositories) await writeRepositories(plan.repositories, plan.aside);
}

/** It may hold passwords: 0600, like the one that Helm 3 makes. */
async function writeRepositories(change: FileChange, aside: string): Promise<void> {
  const { path, before, after, keepsOld } = change;
  await withBeside(path, async (draft) => {
    await writeFlushed(draft, after);
    if ((await textOf(path)) !== before) throw changed();
    if (before === undefined) return nameFile(draft, path);
    if (keepsOld) {
      await makeFolder(aside);
      await writeFlushed(join(aside, basename(path)), before);
    }
    await rename(draft, path);
  });
  if ((await textOf(path)) !== after)
    throw new ReleasesError('VERIFY', 'repositories.yaml is not what was written to it');
}

async function writeFlushed(path: string, text: string): Promise<void> {
  const file = await open(path, 'wx', 0o600);
  try {
    await file.writeFile(text);
    await file.sync();
  } finally {
    await file.close();
  }
}

function changed(): ReleasesError {
  return new ReleasesError('CONFLICT', 'repositories.yaml has changed since the plan was made', {
    hints: [again],
  });
}

async function textOf(path: string): Promise<string | undefined> {
  try {
    return await readFile(path, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
}

/** A system's message names paths only; its code is enough. */
function asReleasesError(error: unknown): ReleasesError {
  if (isReleasesError(error)) return error;
  const { code } = error as NodeJS.ErrnoException;
  if (typeof code !== 'string') throw error;
  if (code === 'EEXIST' || code === 'ENOTEMPTY') return tookItsPlace();
  const hints =
    code === 'EXDEV'
      ? ['move what is there away yourself: it is on another file system than the data folder']
      : [];
  return new ReleasesError('FILE', `it can't be written: ${reasonOf(code)}`, { hints });
}
