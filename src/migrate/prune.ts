/**
 * Which revisions may go: those that every criterion allows, and never what Helm goes on from. The one answer for
 * `prune`, and for what `du` says that it would free.
 */

import { serious } from '../attribution.ts';
import { isUnended, labelledDeployed } from '../deployed.ts';
import { printable } from '../errors.ts';
import type { ReleaseRevisions, Revision } from '../inspect/revisions.ts';
import { type RecordMeta, shownPlace } from '../record.ts';
import { type DeleteStep, type Finding, type ReleasePlan, releasePlan } from './plan.ts';

/** Absent: no criterion. */
export interface PruneCriteria {
  /** As helm's --history-max counts: pkg/storage/storage.go, `removeLeastRecent`. */
  readonly keep?: number;
  /** Milliseconds. */
  readonly olderThan?: number;
  /** Of these kinds alone; without any, of all that can be read. */
  readonly failed?: boolean;
  readonly unreadable?: boolean;
  /** Whole releases, newest revision and all. */
  readonly uninstalled?: boolean;
  /** Milliseconds since 1970. */
  readonly now: number;
}

/**
 * Never the newest: its number would be given twice. Never one that is deployed, by content or label, nor one that
 * helm has not ended; nor the newest superseded one, to which `helm rollback` goes back, but for `keep` 1.
 * @param revisions of one release, ascending
 * @returns ascending
 */
export function prunable(
  revisions: readonly Revision[],
  criteria: PruneCriteria,
): readonly Revision[] {
  const { keep, uninstalled } = criteria;
  const readable = revisions.filter(isReadable);
  const newest = readable.at(-1);
  const stays = new Set([revisions.at(-1), newest]);
  if (uninstalled) {
    const isGone = stays.size === 1 && newest?.standing.status === 'uninstalled';
    const mayGo = isGone && isOld(newest, criteria) && revisions.every(isSound);
    return mayGo && !revisions.some(isDeployed) ? revisions : [];
  }
  if (keep !== 1)
    stays.add(readable.findLast((one) => one !== newest && one.standing.status === 'superseded'));
  const beyond = keep === undefined ? undefined : beyondKept(revisions, readable, keep);
  return revisions.filter(
    (one) =>
      !stays.has(one) &&
      !isDeployed(one) &&
      !isUnended(one.standing.status) &&
      isSound(one) &&
      isOfKind(one, criteria) &&
      isOld(one, criteria) &&
      (beyond === undefined || beyond.has(one)),
  );
}

function isReadable({ row }: Revision): boolean {
  return row.unreadable === undefined;
}

function isDeployed({ standing: { status, label } }: Revision): boolean {
  return status === 'deployed' || label === 'deployed';
}

/** Whose record it is, and which revision, nobody doubts, it can be copied, and nobody deletes it already. */
function isSound({ row, record, empty }: Revision): boolean {
  if (empty) return false;
  const isClear = row.revision !== undefined && serious(row.disagreements ?? []).length === 0;
  return isClear && !record.leaving;
}

function isOfKind(one: Revision, { failed, unreadable }: PruneCriteria): boolean {
  if (!isReadable(one)) return unreadable === true;
  return failed ? one.standing.status === 'failed' : !unreadable;
}

/** By when it was deployed; of what can't be read, by when its label says that it was written. */
function isOld({ row }: Revision, { olderThan, now }: PruneCriteria): boolean {
  if (olderThan === undefined) return true;
  const seconds = Number(row.labels.modifiedAt ?? row.labels.createdAt ?? Number.NaN);
  const time = row.updated === undefined ? seconds * 1000 : Date.parse(row.updated);
  return now - time >= olderThan;
}

/** Helm counts what it can read, and passes over the last deployed one, which counts among the kept. */
function beyondKept(
  revisions: readonly Revision[],
  readable: readonly Revision[],
  keep: number,
): ReadonlySet<Revision> {
  const deployed = labelledDeployed(readable, ({ standing }) => standing);
  const going = readable
    .filter((one) => one !== deployed)
    .slice(0, Math.max(0, readable.length - keep));
  const newerThan = (one: Revision) =>
    readable.filter(({ row }) => (row.revision ?? 0) > (one.row.revision ?? 0)).length;
  const unread = revisions.filter((one) => !isReadable(one) && newerThan(one) >= keep);
  return new Set([...going, ...unread]);
}

export interface PrunedRelease extends ReleaseRevisions {
  /** Its store's address. */
  readonly from: string;
  /** Why nothing can be deleted from its store, after the address. */
  readonly undeletable?: string | undefined;
  /** Records there that name it, too: nobody knows whose they are, and they stay. */
  readonly tied: readonly RecordMeta[];
}

/**
 * @param say what goes, in words
 * @returns undefined where nothing of it goes
 */
export function planPrune(
  release: PrunedRelease,
  criteria: PruneCriteria,
  say: (going: readonly Revision[], all: number) => string,
): ReleasePlan | undefined {
  const { name, owner, namespace, revisions, from, tied } = release;
  const going = prunable(revisions, criteria);
  const uncopied = criteria.unreadable ? revisions.filter(({ empty }) => empty) : [];
  if (going.length + uncopied.length === 0) return undefined;
  const newestFirst = going.toReversed();
  const steps = newestFirst.map(
    ({ row, record }): DeleteStep => ({ do: 'delete', revision: row.revision ?? 0, record }),
  );
  const own = revisions.findLast(isReadable)?.row.namespace ?? namespace;
  const sources = [...revisions.map(({ record }) => record), ...tied];
  const findings: Finding[] = [
    ...(going.length > 0
      ? [{ severity: 'change' as const, message: say(going, revisions.length) }]
      : []),
    ...uncopied.map(({ record }) => stays(record, going.length > 0)),
    ...obstacles(release, going),
  ];
  return releasePlan({ name, owner, namespace: own, from, sources, findings, steps });
}

/** @param others whether more of its release goes */
function stays(record: RecordMeta, others: boolean): Finding {
  const message = `${shownPlace(record)} stays: it holds nothing that could be copied`;
  const fix = 'look at it, and delete it by hand';
  return { severity: others ? 'change' : 'refusal', message, fix, unmet: '--unreadable' };
}

function obstacles({ from, undeletable }: PrunedRelease, going: readonly Revision[]): Finding[] {
  const all = [undeletable, ...going.map(({ record }) => record.undeletable)];
  return [...new Set(all)].flatMap((why): Finding[] => {
    if (why === undefined) return [];
    return [{ severity: 'refusal', message: `it can't be deleted: ${printable(from)} ${why}` }];
  });
}
