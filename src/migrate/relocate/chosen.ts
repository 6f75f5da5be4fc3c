/** Which revisions of a release go, and what is said of those that don't, or can't be read: pure. */
import { attribute } from '../../attribution.ts';
import { deployedRevision } from '../../deployed.ts';
import { type RecordMeta, refId, shownPlace, statusLabel, unknownRevision } from '../../record.ts';
import type { Finding } from '../plan.ts';
import type { RelocateOptions } from './relocateOptions.ts';
import type { Copy, MovingRelease } from './survey.ts';
import type { RelocationTarget } from './target.ts';

/** Copies are newest first. One that is there already and outdated is never left as it is. */
export function chosen(
  copies: readonly Copy[],
  target: RelocationTarget,
  options: RelocateOptions,
): readonly Copy[] {
  const some = new Set(named(copies, options.revisions));
  const isOutdated = ({ record }: Copy) => target.taken.get(refId(record))?.found.is === 'outdated';
  return copies.filter((copy) => some.has(copy) || isOutdated(copy));
}

function named(copies: readonly Copy[], revisions: RelocateOptions['revisions']): readonly Copy[] {
  if (revisions === 'all') return copies;
  if (typeof revisions === 'number') return copies.slice(0, revisions);
  const deployed = deployedRevision(copies, ({ standing }) => standing);
  return copies.filter((copy) => copy === deployed);
}

/**
 * Without its newest revision a release would be another one: an older state under the same name. Without an
 * older one it isn't all that was asked for.
 */
export function unreadable(
  release: MovingRelease,
  { revisions, partly }: RelocateOptions,
): Finding[] {
  const { lost, copies } = release;
  return lost.map((record): Finding => {
    const its = revisionsOf(record);
    const revision = its.revisions?.[0] ?? unknownRevision;
    const newer = copies.filter((copy) => copy.revision > revision).length;
    const said = (what: string) => `${what}: ${shownPlace(record)}: ${record.unreadable}`;
    if (!isAsked(record, newer, release, revisions))
      return { severity: 'change', message: said('a revision stays in the source'), ...its };
    if (newer > 0 && partly)
      return { severity: 'loss', message: said('a revision stays behind'), ...its };
    const fix = newer > 0 && { fix: `--revisions ${newer} moves the newer ones alone` };
    return { severity: 'refusal', message: said("a revision can't be moved"), ...its, ...fix };
  });
}

/** @param newer how many newer revisions of its release there are to copy */
function isAsked(
  record: RecordMeta,
  newer: number,
  { copies }: MovingRelease,
  revisions: RelocateOptions['revisions'],
): boolean {
  if (revisions === 'all') return true;
  if (typeof revisions === 'number') return newer < revisions;
  const [deployed] = named(copies, 'deployed');
  const isNewer = deployed === undefined || copies.indexOf(deployed) >= newer;
  return isNewer && statusLabel(record) === 'deployed';
}

function revisionsOf(record: MovingRelease['lost'][number]): { revisions?: readonly number[] } {
  const { revision } = attribute(record);
  return revision === undefined ? {} : { revisions: [revision] };
}

export function unread(moving: readonly Copy[]): Finding[] {
  return moving.flatMap(({ unread: why, source, revision }) =>
    why === undefined
      ? []
      : {
          severity: 'change',
          message: `${shownPlace(source)} can't be read, and is copied as it is: ${why}`,
          revisions: [revision],
        },
  );
}
