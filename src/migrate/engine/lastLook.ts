/**
 * The last look, once the sources are gone: whether their copies are there. Somebody who moves the release the
 * other way round at the same time, or a store that is set back to an earlier state, may have taken them, and
 * then only the backup has them.
 */
import { isReleasesError, ReleasesError } from '../../errors.ts';
import {
  type RecordMeta,
  type RecordRef,
  refId,
  revisionSaid,
  shownPlace,
  statusLabel,
  unknownRevision,
} from '../../record.ts';
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
    const nowhere = missing.filter((record) => !left.some(isSourceOf(record, release)));
    lost.set(release, { missing: nowhere, error: gone(nowhere[0] ?? first, nowhere, left) });
  }
  return lost;
}

/** What didn't come to be deleted has no need of its copy. */
function isSourceOf(copy: RecordRef, { steps }: ReleasePlan) {
  const own = steps.find((step) => step.do !== 'adopt' && refId(step.record) === refId(copy));
  const source = steps.find((step) => step.do === 'delete' && step.revision === own?.revision);
  return (record: RecordMeta) =>
    source?.do === 'delete' && refId(source.record) === refId(record) && !record.leaving;
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
