/**
 * What a Tiller has done to a release since it was copied. Both Helms note in a label when they last
 * changed a record (`MODIFIED_AT`, `modifiedAt`: pkg/storage/driver in each), in seconds, and a copy
 * takes the label over: a source that is newer than its copy was changed by Tiller, not by Helm 3.
 */
import { identify, type RecordMeta, type ReleaseRecord, recordPlace } from '../record.ts';
import type { Release } from '../release.ts';
import type { Revision } from './checks.ts';
import type { Finding } from './plan.ts';
import { placed, type Target } from './target.ts';

/**
 * The copy says another status than its source, and the source said so last. That a newer revision
 * has superseded it is nothing to lose: see `severalDeployed`.
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
    message: `${recordPlace(there.record)} is an old copy: Tiller has since changed the status to ${now}`,
    revisions: [revision],
    fix: 'delete that copy, and run the same command again',
  };
}

function seconds(label: string | undefined): number | undefined {
  return label !== undefined && /^[0-9]{1,12}$/.test(label) ? Number(label) : undefined;
}

/**
 * A Tiller that upgrades after a revision was copied marks it as superseded in the source alone.
 * The target then has two that are deployed: Helm 3 and 4 go by the newest, and their next rollback
 * marks all others superseded (pkg/action/rollback.go).
 */
export function severalDeployed(
  revisions: readonly Revision[],
  target: Target,
): Finding | undefined {
  const [latest] = revisions;
  if (!latest) return undefined;
  const { name, storageNamespace } = placed(latest.wanted, target);
  const statuses = new Map<number, string | undefined>();
  for (const { revision, wanted } of revisions) statuses.set(revision, wanted.info?.status);
  const wished = deployedIn(statuses);
  for (const record of target.present) {
    const revision = revisionOf(record, name, storageNamespace);
    if (revision !== undefined) statuses.set(revision, record.labels['status']);
  }
  const deployed = deployedIn(statuses);
  if (deployed.length < 2 || deployed.every((revision) => wished.includes(revision)))
    return undefined;
  return {
    severity: 'note',
    message:
      'Tiller has superseded a revision since it was copied: two stay deployed in the target',
    revisions: deployed,
    fix: 'Helm takes the newest, and its next rollback marks the other',
  };
}

function deployedIn(statuses: ReadonlyMap<number, string | undefined>): number[] {
  const numbers = [...statuses].flatMap(([n, status]) => (status === 'deployed' ? [n] : []));
  return numbers.sort((a, b) => a - b);
}

function revisionOf(record: RecordMeta, name: string, namespace: string): number | undefined {
  const identity = identify(record);
  const same = 'name' in identity && identity.name === name && record.namespace === namespace;
  return same ? identity.revision : undefined;
}
