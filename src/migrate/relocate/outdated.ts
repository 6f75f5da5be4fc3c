/**
 * A copy and its source that differ in what Helm changes in a revision later, its fate: whose is the
 * newer one? An upgrade marks the revision before it superseded, a pending one settles, and
 * `modifiedAt` (`MODIFIED_AT` of Helm 2) says in seconds when a record was last changed: pkg/storage/driver.
 */
import { printable } from '../../errors.ts';
import { type RecordMeta, shownPlace } from '../../record.ts';
import type { Finding } from '../plan.ts';

/** A record's labels, and the status in its content. */
export interface Fate {
  readonly labels: RecordMeta['labels'];
  readonly status: string | undefined;
}

/**
 * - `outdated`: the source was changed as Helm changes it when it goes on, and the copy can follow;
 * - `apart`: the source was changed otherwise, which somebody should look at;
 * - `moved on`: the copy is the newer one, or no older than its source.
 */
export type Since = 'moved on' | 'outdated' | 'apart';

export function fateSince(copy: Fate, source: Fate): Since {
  const [was, now] = [copy.status, source.status];
  const later = modified(source.labels) > modified(copy.labels);
  if (was === now) return later ? 'outdated' : 'moved on';
  if (isPending(was) && !isPending(now)) return 'outdated';
  if (was === 'deployed' && now === 'superseded') return 'outdated';
  return later ? 'apart' : 'moved on';
}

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
    fix: 'delete that copy, and run the same command again',
  };
}

export interface Statuses {
  /** In the copy. */
  readonly was: string;
  /** In the source. */
  readonly now: string;
}

function isPending(status: string | undefined): boolean {
  return status?.startsWith('pending-') === true;
}

/** Seconds since 1970; 0 where no label says so. */
function modified(labels: RecordMeta['labels']): number {
  const said = labels['modifiedAt'] ?? labels['MODIFIED_AT'] ?? '';
  return /^[0-9]{1,12}$/.test(said) ? Number(said) : 0;
}
