/**
 * Revisions that are missing between the oldest and the newest. Helm 3 keeps the numbers, and a
 * `helm rollback` without one goes to the newest revision minus one (pkg/action/rollback.go).
 */
import { missingRevisions } from '../../inspect/gaps.ts';
import type { Finding } from '../plan.ts';
import { type Check, type CheckInput, listed } from './check.ts';

export const revisionGaps: Check = {
  name: 'revision-gaps',
  severity: 'note',
  describe: 'revision numbers that are missing between the oldest and the newest',
  check: findGaps,
};

/** @param input only `numbers` matters; revisions older than the oldest were pruned, and are no gap */
export function findGaps({ numbers }: Pick<CheckInput, 'numbers'>): Finding[] {
  const { ranges, missing, newest, before } = missingRevisions(numbers);
  if (ranges.length === 0) return [];
  const what = `${missing === 1 ? 'revision' : 'revisions'} ${listed(ranges)} ${missing === 1 ? 'is' : 'are'} missing`;
  if (before === undefined || newest === undefined || before === newest - 1)
    return [{ severity: 'note', message: `${what}: \`helm rollback\` can't go there` }];
  return [
    {
      severity: 'note',
      message: `${what}: a bare \`helm rollback\` fails, as it looks for revision ${newest - 1}`,
      fix: `name the revision: helm rollback RELEASE ${before}`,
    },
  ];
}
