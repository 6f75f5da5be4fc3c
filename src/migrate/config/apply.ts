/**
 * Carries a plan of `move-config` out: item by item, each copied, read back and compared before it
 * gets its name. Helm 2's home is only read. What fails hides no neighbour.
 */
import { chmod, copyFile, readFile } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { isReleasesError, ReleasesError } from '../../errors.ts';
import { makeFolder, replaceFile, writeNew } from '../../storage/files/write.ts';
import { again, carryOutCopy, carryOutLink, sweep } from './copyTree.ts';
import type { ConfigItem, ConfigPlan, FileChange } from './plan.ts';

export type ItemOutcome =
  | { readonly item: ConfigItem; readonly result: 'moved' | 'interrupted' }
  | { readonly item: ConfigItem; readonly result: 'failed'; readonly error: ReleasesError };

/** @param signal stops between two items */
export async function applyConfig(
  plan: ConfigPlan,
  signal: AbortSignal,
  onItem: () => void = () => {},
): Promise<readonly ItemOutcome[]> {
  for (const folder of [plan.to.plugins, plan.to.starters]) await sweep(folder);
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
  for (const step of plan.certificates) {
    await sweep(dirname(step.to));
    const aside = join(plan.aside, 'certificates');
    await carryOutCopy(step, { leaving: plan.leaving, aside, secret: true });
  }
  if (plan.repositories) await writeRepositories(plan.repositories, plan.aside);
}

/** It may hold passwords: 0600, like the one that Helm 3 makes. */
async function writeRepositories(change: FileChange, aside: string): Promise<void> {
  const { path, before, after, keepsOld } = change;
  await makeFolder(dirname(path));
  if ((await textOf(path)) !== before) throw changed();
  if (before === undefined) {
    if (!(await writeNew(path, after))) throw changed();
  } else {
    if (keepsOld) {
      await makeFolder(aside);
      await copyFile(path, join(aside, basename(path)));
      await chmod(join(aside, basename(path)), 0o600);
    }
    await chmod(path, 0o600);
    await replaceFile(path, after);
  }
  if ((await textOf(path)) !== after)
    throw new ReleasesError('VERIFY', 'repositories.yaml is not what was written to it');
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
  const hints =
    code === 'EXDEV'
      ? ['move what is there away yourself: it is on another file system than the data folder']
      : [];
  return new ReleasesError('FILE', `it can't be written (${code})`, { hints });
}
