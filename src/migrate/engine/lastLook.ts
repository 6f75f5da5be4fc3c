/**
 * The last look, once the sources are gone: whether their copies are there. Somebody who moves the release the
 * other way round at the same time, or a store that is set back to an earlier state, may have taken them, and
 * then only the backup has them.
 */
import { isReleasesError, ReleasesError } from '../../errors.ts';
import {
  isBad,
  type RecordMeta,
  type RecordRef,
  refId,
  revisionSaid,
  shownPlace,
  statusLabel,
  unknownRevision,
} from '../../record.ts';
import { isSameRecord } from '../../sameRecord.ts';
import type { ReleasePlan } from '../plan.ts';
import { findMissing, listSources } from './guard.ts';
import { holdName } from './holdName.ts';
import { copiesOf, lookAt } from './place.ts';
import type { Run } from './run.ts';

export interface Lost {
  /** Copies that aren't there any more. */
  readonly missing: readonly RecordRef[];
  /** Absent where Helm has pruned them. */
  readonly error?: ReleasesError;
  /** Of its deleted sources, those that are there again as they were: by `refId`. */
  readonly back?: ReadonlySet<string>;
}

/**
 * @returns the releases of which a copy isn't there any more, or which have got another one beside them
 * @throws ReleasesError when the target can't be read
 */
export async function findLost(
  releases: readonly ReleasePlan[],
  run: Run,
): Promise<Map<ReleasePlan, Lost>> {
  const lost = new Map<ReleasePlan, Lost>();
  const { to, concurrency } = run;
  for (const [release, found] of await lookAt(to, releases, concurrency)) {
    const missing = await findMissing(release, to, found, run.uids);
    const [first] = missing;
    if (!first) {
      const mixed = await holdName(release, run, found).catch((error: unknown) => error);
      const stopped = isReleasesError(mixed, 'INTERRUPTED');
      if (isReleasesError(mixed) && !stopped) lost.set(release, { missing, error: mixed });
      else if (!stopped && mixed !== undefined) throw mixed;
      continue;
    }
    if (isPruned(release, found)) {
      lost.set(release, { missing });
      continue;
    }
    const left = (await listSources([release], run.from)).get(release) ?? [];
    const back = await findBack(left, release, run);
    const nowhere = missing.filter((record) => !left.some(isSourceOf(record, release, back)));
    const [newest] = nowhere;
    const error = newest ? gone(newest, nowhere, left) : takenAgain(first, missing);
    lost.set(release, { missing: nowhere, error, back });
  }
  return lost;
}

/** What didn't come to be deleted, or is back as it was, has no need of its copy. */
function isSourceOf(copy: RecordRef, { steps }: ReleasePlan, back: ReadonlySet<string>) {
  const own = steps.find((step) => step.do !== 'adopt' && refId(step.record) === refId(copy));
  const source = steps.find((step) => step.do === 'delete' && step.revision === own?.revision);
  return (record: RecordMeta) => {
    if (source?.do !== 'delete' || record.leaving) return false;
    const id = refId(source.record);
    return id === refId(record) && (source.record.uid === record.uid || back.has(id));
  };
}

/**
 * Sources that this run deleted and that are there again as they were, as their backup has them: a run that moves
 * the release the other way round has put them back.
 * @param found what lies in the source now
 * @returns by `refId`
 */
export async function findBack(
  found: readonly RecordMeta[],
  release: ReleasePlan,
  run: Run,
): Promise<ReadonlySet<string>> {
  const back = new Set<string>();
  const deleted = new Map(run.did(release).deleted.map(({ record }) => [refId(record), record]));
  const anew = found.filter((record) => {
    const before = deleted.get(refId(record));
    return before && before.uid !== record.uid && !record.leaving;
  });
  for (const record of anew)
    try {
      const now = await run.from.get(release.from)?.get(record);
      const was = await run.backup?.get(record);
      if (!now || !was || isBad(now) || isBad(was)) continue;
      if (isSameRecord(now, was)) back.add(refId(record));
    } catch (error) {
      if (!isReleasesError(error)) throw error;
    }
  return back;
}

/** Helm went on: it has a newer revision, or says that the release is uninstalled. */
function isPruned(release: ReleasePlan, found: readonly RecordMeta[]): boolean {
  const newest = Math.max(...copiesOf(release).map(({ revision }) => revision));
  return found.some((record) => {
    const revision = revisionSaid(record);
    const isNewer = revision > newest && revision !== unknownRevision;
    return isNewer || /^uninstall(ed|ing)$/.test(statusLabel(record));
  });
}

/** Somebody has put a source back beside its copy. */
export function putBack(record: RecordMeta): ReleasesError {
  return new ReleasesError('CONFLICT', `${shownPlace(record)} is there again, as it was`, {
    why: ['something else has put it back since it was deleted: the release stands in both places'],
    hints: ['see who else moves it; the same command again goes the same way'],
  });
}

/** Whoever has taken the copies has put the sources back. */
function takenAgain(record: RecordMeta, missing: readonly RecordMeta[]): ReleasesError {
  const more = missing.length > 1 ? ` (and ${missing.length - 1} more of its release)` : '';
  return new ReleasesError('VERIFY', `${shownPlace(record)} is gone again${more}`, {
    why: ['its source is there: something else moves this release the other way round'],
    hints: ['see where it is to be, and who else moves it, before the same command is run again'],
  });
}

function gone(
  record: RecordMeta,
  nowhere: readonly RecordMeta[],
  left: readonly RecordMeta[],
): ReleasesError {
  const more = nowhere.length > 1 ? ` (and ${nowhere.length - 1} more of its release)` : '';
  const [newest] = [...left].sort((a, b) => revisionSaid(b) - revisionSaid(a));
  return new ReleasesError(
    'VERIFY',
    `${shownPlace(record)} is gone, and so is its source${more}: only the backup has it`,
    {
      why: [
        'something else has moved or deleted it, or its store was set back to an earlier state',
        ...(newest ? [`${shownPlace(newest)} is still there`] : []),
      ],
      hints: [],
    },
  );
}
