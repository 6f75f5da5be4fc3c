/**
 * What is there already, against what would be written: the very record, the same revision that Helm has
 * written again since, here or there, or another one. The two questions are `sameRecord.ts` and
 * `sameRevision.ts`; whose the newer one is, the labels say: both Helms note in seconds when they last
 * wrote a record (`createdAt`, then `modifiedAt`; `CREATED_AT`, `MODIFIED_AT` of Helm 2:
 * pkg/storage/driver in each), and a copy takes the labels over.
 */
import type { RecordMeta, ReleaseRecord } from '../record.ts';
import { isSameRecord } from '../sameRecord.ts';
import { type Difference, isRewritten, type Opened, revisionDifference } from './sameRevision.ts';

/**
 * - `equal`: what would be written, or that but for how its bytes are packed;
 * - `moved on`: the same revision, which Helm has written again there since;
 * - `outdated`: the same revision, which Helm has written again in the source since, as it does when it goes
 *   on: the copy can follow. `rewritten`: it is as it was, but for its times;
 * - `apart`: the source was changed otherwise since, which somebody should look at;
 * - `different`: another revision, or one that somebody changed, or nobody can tell which is the newer one.
 */
export type Likeness =
  | { readonly is: 'equal' | 'moved on' }
  | { readonly is: 'outdated'; readonly statuses: Statuses; readonly rewritten: boolean }
  | { readonly is: 'apart'; readonly statuses: Statuses }
  | { readonly is: 'different'; readonly differsIn: Difference | 'status' };

export interface Statuses {
  /** In the copy. */
  readonly was: string;
  /** In the source. */
  readonly now: string;
}

/** What is there and what would be written, both read. */
export interface OpenedRecords {
  readonly there: { readonly record: ReleaseRecord } & Opened;
  readonly wanted: Opened;
}

export function likenessOf({ there, wanted }: OpenedRecords): Likeness {
  if (isSameRecord(there.record, wanted.record)) return { is: 'equal' };
  const differsIn = revisionDifference(there, wanted);
  if (differsIn) return { is: 'different', differsIn };
  const statuses = { was: statusOf(there), now: statusOf(wanted) };
  const rewritten = isRewritten(there, wanted);
  const later = writtenAt(wanted.record.labels) - writtenAt(there.record.labels);
  if (later === 0 && rewritten) return { is: 'equal' };
  const ahead = whoseIsAhead(statuses);
  if (later > 0) {
    const follows = ahead === 'source' || statuses.was === statuses.now;
    return follows ? { is: 'outdated', statuses, rewritten } : { is: 'apart', statuses };
  }
  if (later < 0 && ahead !== 'source') return { is: 'moved on' };
  // Within a second it is the status that tells.
  if (later === 0 && ahead === 'copy') return { is: 'moved on' };
  if (later === 0 && ahead === 'source') return { is: 'outdated', statuses, rewritten };
  return { is: 'different', differsIn: 'status' };
}

function statusOf({ release }: Opened): string {
  return release.info?.status ?? '';
}

/** A pending revision settles, a deployed one becomes superseded, and neither goes back. */
function whoseIsAhead({ was, now }: Statuses): 'source' | 'copy' | undefined {
  if (isStepTo(was, now)) return 'source';
  return isStepTo(now, was) ? 'copy' : undefined;
}

function isStepTo(from: string, to: string): boolean {
  if (from === 'deployed' && to === 'superseded') return true;
  return from.startsWith('pending-') && !to.startsWith('pending-');
}

/** Seconds since 1970 at which Helm last wrote it; 0 where no label says so. */
export function writtenAt(labels: RecordMeta['labels']): number {
  const { modifiedAt, MODIFIED_AT, createdAt, CREATED_AT } = labels;
  const said = modifiedAt ?? MODIFIED_AT ?? createdAt ?? CREATED_AT ?? '';
  return /^[0-9]{1,12}$/.test(said) ? Number(said) : 0;
}
