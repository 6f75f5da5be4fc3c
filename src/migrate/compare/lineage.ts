/**
 * Whether a release goes on from what the target has under its name, and none of its own revisions: it moved
 * there, and an upgrade that had begun before wrote the next revision into the source. A copy that was
 * upgraded on its own looks much the same, and would become one release with another history. So everything
 * has to speak for it, and nothing against it.
 */
import type { RecordMeta } from '../../record.ts';
import type { Release, Time } from '../../release.ts';
import { writtenAt } from './likeness.ts';

/** What of a revision tells where it stands in its release's history. */
export interface Ancestor {
  readonly revision: number;
  readonly status: string;
  readonly firstDeployed: Time | undefined;
  readonly lastDeployed: Time | undefined;
  /** Seconds since 1970 at which Helm last wrote its record. */
  readonly writtenAt: number;
}

export function ancestorOf(
  { labels }: Pick<RecordMeta, 'labels'>,
  { revision, info }: Pick<Release, 'revision' | 'info'>,
): Ancestor {
  return {
    revision,
    status: info?.status ?? '',
    firstDeployed: info?.firstDeployed,
    lastDeployed: info?.lastDeployed,
    writtenAt: writtenAt(labels),
  };
}

/** Helm keeps the time of the first deployment through upgrades and rollbacks: pkg/action/upgrade.go, rollback.go. */
export function isSameInstallation(
  a: Pick<Ancestor, 'firstDeployed'>,
  b: Pick<Ancestor, 'firstDeployed'>,
): boolean {
  return !!a.firstDeployed && a.firstDeployed === b.firstDeployed;
}

/**
 * - It is the same installation, the numbers follow one another, and so do the times.
 * - The source lacks what was deployed before its newest revision. Helm never prunes that
 *   (`removeLeastRecent`, pkg/storage/storage.go): so it is no history that Helm has cut short, whose copy
 *   may have gone on by itself; the older revisions were taken away, as a move does.
 * @param last the newest revision in the target
 * @param source all revisions in the source, newest first
 */
export function goesOnFrom(last: Ancestor, source: readonly Ancestor[]): boolean {
  const [oldest] = source.slice(-1);
  if (!oldest || last.revision + 1 !== oldest.revision) return false;
  const [before, after] = [seconds(last.lastDeployed), seconds(oldest.lastDeployed)];
  return (
    source.every((one) => isSameInstallation(last, one)) &&
    source.slice(1).every(({ status }) => status === 'failed') &&
    before <= after &&
    last.writtenAt <= Math.ceil(after)
  );
}

/**
 * The same of a place where no Helm works, such as a folder of backups: there no copy is upgraded on its own,
 * so it is enough that the source's revisions come later. Helm prunes what it keeps beyond its limit, and a
 * backup of every week meets none of last week's revisions any more.
 */
export function comesAfter(last: Ancestor, source: readonly Ancestor[]): boolean {
  return source.every(
    (one) =>
      isSameInstallation(last, one) &&
      one.revision > last.revision &&
      seconds(one.lastDeployed) >= seconds(last.lastDeployed),
  );
}

/** NaN for what is no time: it comes neither before nor after another. */
function seconds(time: Time | undefined): number {
  return Date.parse(time ?? '') / 1000;
}
