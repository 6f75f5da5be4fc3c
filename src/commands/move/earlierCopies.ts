/** A folder for copies that an earlier run has used, and that holds a record as it was then. */
import { existsSync } from 'node:fs';
import { ReleasesError } from '../../errors.ts';
import type { Engine } from '../../migrate/engine/engine.ts';
import { findOtherCopy } from '../../migrate/engine/otherCopies.ts';
import type { Plan } from '../../migrate/plan.ts';
import { shellQuote } from '../../shellQuote.ts';
import type { BackupStore } from './backupStore.ts';

/**
 * Both states are kept: the newer one needs another folder. It is known before the first write, after which the
 * same command would never go on.
 * @param named as `--backup` has it
 * @throws ReleasesError EXISTS
 */
export async function refuseEarlierCopies(
  plan: Plan,
  engine: Engine,
  { backup, aside }: { readonly backup?: BackupStore; readonly aside?: BackupStore },
  named: string | undefined,
): Promise<void> {
  for (const store of [backup, aside]) {
    if (!store || store.held.size === 0) continue;
    const other = await findOtherCopy(plan, engine, store.storage, store.held, store === aside);
    if (other === undefined) continue;
    const what = store === aside ? `the backup ${shellQuote(store.path)}` : 'the backup';
    throw new ReleasesError(
      'EXISTS',
      `${what} holds another ${other}, as it was in an earlier run`,
      {
        why: ['nothing was written: what an earlier run has copied stays as it is'],
        hints: [
          `--backup ${shellQuote(freeName(named ?? store.path))}  to copy this state beside it`,
        ],
      },
    );
  }
}

function freeName(path: string): string {
  const plain = path.replace(/\/+$/, '');
  let count = 2;
  while (existsSync(`${plain}-${count}`.replace(/^dir:/, ''))) count += 1;
  return `${plain}-${count}`;
}
