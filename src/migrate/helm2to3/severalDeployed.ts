/**
 * Releases with several deployed revisions: Helm 3 and 4 go by the newest of them, and their next
 * rollback marks all others superseded (pkg/action/rollback.go). Whose doing it is differs: Helm 2 left
 * them so, or a Tiller has upgraded since the copy was made and marked the older one in the source alone.
 */
import { identify, isBad, refId } from '../../record.ts';
import type { Release } from '../../release.ts';
import type { Finding } from '../plan.ts';
import type { Revision } from './revision.ts';
import { type Options2to3, placed, type Target } from './target.ts';

/** All deployed revisions but the newest become superseded. */
export function markSuperseded(revisions: readonly Revision[]): readonly Revision[] {
  const [newest] = revisions.filter(isDeployed);
  return revisions.map((revision) =>
    isDeployed(revision) && revision !== newest ? withStatus(revision, 'superseded') : revision,
  );
}

export function withStatus(revision: Revision, status: string): Revision {
  const { wanted } = revision;
  if (!wanted.info) return revision;
  return { ...revision, wanted: { ...wanted, info: { ...wanted.info, status } } };
}

function isDeployed({ wanted }: Revision): boolean {
  return wanted.info?.status === 'deployed';
}

/**
 * What there is to say when the target will hold several deployed revisions, or won't because of
 * `--mark-superseded`, which changes only what isn't copied yet.
 * @param revisions newest first, as they are in the source but for a pending one that was resolved
 * @param followed revisions of which the copy is updated
 * @param written false where Helm has pruned the copies, and nothing of them is written again
 */
export function deployedFindings(
  revisions: readonly Revision[],
  options: Options2to3,
  target: Target,
  followed: ReadonlySet<number>,
  written: boolean,
): Finding[] {
  const [latest] = revisions;
  if (!latest) return [];
  const there = statusesThere(latest.wanted, target);
  const source = new Map(revisions.map(({ revision, wanted }) => [revision, wanted.info?.status]));
  const after = new Map(there);
  const isWritten = ({ revision }: Revision) => !there.has(revision) || followed.has(revision);
  const created = written ? revisions.filter(isWritten) : [];
  for (const { revision, wanted } of options.markSuperseded
    ? markedAmong(revisions, created)
    : created)
    after.set(revision, wanted.info?.status);
  const marked = created
    .filter((one) => isDeployed(one) && after.get(one.revision) === 'superseded')
    .map(({ revision }) => revision);
  const deployed = [...after].flatMap(([n, status]) => (status === 'deployed' ? [n] : []));
  deployed.sort((a, b) => a - b);
  const older = deployed.slice(0, -1);
  const newest = deployed.at(-1);
  const goesOn = newest !== undefined && source.get(newest) === 'deployed';
  const byTiller = older.filter(
    (n) => there.has(n) && (source.get(n) === 'superseded' || (!source.has(n) && goesOn)),
  );
  const asTheyWere = older.filter((n) => source.get(n) === 'deployed');
  const copied = asTheyWere.filter((n) => there.has(n));
  return [
    ...(marked.length > 0 ? [marking(marked)] : []),
    ...(byTiller.length > 0 ? [supersededSince(deployed)] : []),
    ...(options.markSuperseded && copied.length > 0 ? [tooLate(copied)] : []),
    ...(!options.markSuperseded && asTheyWere.length > 0
      ? [severalDeployed(deployed, copied.length < asTheyWere.length)]
      : []),
  ];
}

function markedAmong(revisions: readonly Revision[], created: readonly Revision[]) {
  const numbers = new Set(created.map(({ revision }) => revision));
  return markSuperseded(revisions).filter(({ revision }) => numbers.has(revision));
}

function marking(revisions: readonly number[]): Finding {
  return {
    severity: 'change',
    message: 'several revisions are deployed: all but the newest of them become superseded',
    revisions: [...revisions].sort((a, b) => a - b),
  };
}

function supersededSince(revisions: readonly number[]): Finding {
  return {
    severity: 'note',
    message: `Tiller has superseded a revision since it was copied: ${revisions.length === 2 ? 'two' : 'several'} stay deployed in the target`,
    revisions,
    fix: 'Helm takes the newest, and its next rollback marks the other',
  };
}

function tooLate(copied: readonly number[]): Finding {
  const what = copied.length === 1 ? `revision ${copied[0]}` : `${copied.length} revisions`;
  return {
    severity: 'note',
    message: `--mark-superseded comes too late for ${what}, copied as deployed`,
    revisions: copied,
    fix: 'Helm takes the newest, and its next rollback marks all others',
    unmet: '--mark-superseded',
  };
}

/** @param marks whether the flag would still change something */
function severalDeployed(revisions: readonly number[], marks: boolean): Finding {
  return {
    severity: 'note',
    message: 'several revisions are deployed: Helm takes the newest of them',
    revisions,
    ...(marks && { fix: '--mark-superseded' }),
  };
}

/** By revision: as the record says where it was read, else as its label does. */
function statusesThere(release: Release, target: Target): Map<number, string | undefined> {
  const { name, storageNamespace } = placed(release, target);
  const statuses = new Map<number, string | undefined>();
  for (const record of target.present) {
    const identity = identify(record);
    if (!('name' in identity)) continue;
    if (identity.name !== name || record.namespace !== storageNamespace) continue;
    const read = target.taken.get(refId(record));
    const status = read && !isBad(read) ? read.release.info?.status : record.labels['status'];
    statuses.set(identity.revision, status);
  }
  return statuses;
}
