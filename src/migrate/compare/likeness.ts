/**
 * What is there already, against what would be written: the very record, the same revision that Helm has
 * written again since, here or there, or another one. The two questions are `sameRecord.ts` and
 * `sameRevision.ts`; whose the newer one is, the labels say: Helm notes in seconds when it last wrote a record
 * (`createdAt`, then `modifiedAt`; `CREATED_AT`, `MODIFIED_AT` of Helm 2: pkg/storage/driver in each), and a
 * copy takes the labels over. Helm 4.1 leaves `modifiedAt` as it was when it writes a record again: there, as
 * within a second, it is the content that tells.
 */
import type { RecordMeta, ReleaseRecord } from '../../record.ts';
import type { Release } from '../../release.ts';
import { isSameRecord } from '../../sameRecord.ts';
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
  | { readonly is: 'different'; readonly differsIn: Difference | 'fate' };

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
  const written = writtenAt(wanted.record.labels) - writtenAt(there.record.labels);
  if (written === 0 && rewritten) return { is: 'equal' };
  const ahead = whoseIsAhead(statuses);
  const later = written || stepOf(ahead) || happenedAt(wanted.release) - happenedAt(there.release);
  if (later > 0) {
    const follows = ahead === 'source' || statuses.was === statuses.now;
    return follows ? { is: 'outdated', statuses, rewritten } : { is: 'apart', statuses };
  }
  return later < 0 && ahead !== 'source'
    ? { is: 'moved on' }
    : { is: 'different', differsIn: 'fate' };
}

function stepOf(ahead: 'source' | 'copy' | undefined): number {
  return ahead === undefined ? 0 : ahead === 'source' ? 1 : -1;
}

/** The last that a release tells of itself after its deployment, in milliseconds: a test, its deletion. */
function happenedAt({ info, hooks }: Release): number {
  const runs = hooks.flatMap(({ lastRun, lastRunAt }) => [
    ...[lastRun?.startedAt, lastRun?.completedAt, lastRunAt],
  ]);
  const { startedAt, completedAt } = info?.lastTestSuite ?? {};
  const times = [...runs, startedAt, completedAt, info?.deleted];
  return Math.max(0, ...times.flatMap((time) => Date.parse(time ?? '') || 0));
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
