/**
 * What a Tiller has done to a release since it was copied. Both Helms note in a label when they last
 * changed a record (`MODIFIED_AT`, `modifiedAt`: pkg/storage/driver in each), in seconds, and a copy
 * takes the label over: a source that is newer than its copy was changed by Tiller, not by Helm 3.
 */
import { type ReleaseRecord, shownPlace } from '../record.ts';
import type { Release } from '../release.ts';
import type { Revision } from './checks.ts';
import type { Finding } from './plan.ts';

/**
 * The copy says another status than its source, and the source said so last. That a newer revision
 * has superseded it is nothing to lose: see `deployed.ts`.
 */
export function staleCopy(
  { wanted, source, revision }: Revision,
  there: { readonly record: ReleaseRecord; readonly release: Release },
): Finding | undefined {
  const [now, copied] = [wanted.info?.status, there.release.info?.status];
  if (now === undefined || now === copied || now === 'superseded') return undefined;
  const changed = seconds(source.labels['MODIFIED_AT']);
  if (changed === undefined || changed <= (seconds(there.record.labels['modifiedAt']) ?? 0))
    return undefined;
  return {
    severity: 'refusal',
    message: `${shownPlace(there.record)} is an old copy: Tiller has since changed the status to ${now}`,
    revisions: [revision],
    fix: 'delete that copy, and run the same command again',
  };
}

function seconds(label: string | undefined): number | undefined {
  return label !== undefined && /^[0-9]{1,12}$/.test(label) ? Number(label) : undefined;
}
