/** What plans say of a copy that isn't what its source is now: see `likeness.ts`. */
import { printable } from '../../errors.ts';
import { type RecordMeta, type RecordRef, shownPlace } from '../../record.ts';
import type { Likeness, Statuses } from '../compare/likeness.ts';
import type { Finding } from '../plan.ts';

/** What a plan says of a copy that it updates. */
export function updated(revision: number, { was, now }: Statuses): Finding {
  const what =
    was === now
      ? 'changed in the source since it was copied'
      : `${printable(now, 30)} in the source since it was copied as ${printable(was, 30)}`;
  const message = `${what}: its copy is updated, after a backup of it`;
  return { severity: 'change', message, revisions: [revision] };
}

/** What a plan says of a copy that somebody should look at. */
export function cameApart(revision: number, copy: RecordMeta, { was, now }: Statuses): Finding {
  return {
    severity: 'refusal',
    message: `${shownPlace(copy)} is an old copy: it says ${printable(was, 30)}, its source has since become ${printable(now, 30)}`,
    revisions: [revision],
    fix: copyAnew,
  };
}

/** What helps where the record there is of the same release. */
export const copyAnew = 'delete that copy, and run the same command again';

/** Another name helps where another release has it; elsewhere it would rename this one. */
export function isOthersContent(found: Likeness): boolean {
  return found.is === 'different' && found.differsIn === 'content';
}

/** What is in the way under a key: `secret pay/… exists and differs in type`. */
export function inTheWay(record: RecordRef, found: Likeness): string {
  const place = shownPlace(record);
  if (found.is === 'outdated' || found.is === 'apart') {
    const { was, now } = found.statuses;
    if (was === now) return `${place} exists, and is older`;
    return `${place} exists, and is older: it says ${printable(was, 30)}, not ${printable(now, 30)}`;
  }
  if (found.is !== 'different' || found.differsIn === 'content')
    return `${place} exists with other content`;
  if (found.differsIn === 'fate')
    return `${place} exists, has another status, description or test, and may be the older or the newer one`;
  return `${place} exists and differs in ${found.differsIn}`;
}
