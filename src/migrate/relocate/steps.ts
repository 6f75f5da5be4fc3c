/** What becomes of one revision: it is created, kept, replaces what is there, or is refused: pure. */
import { printable } from '../../errors.ts';
import { refId, shownPlace } from '../../record.ts';
import { shellQuote } from '../../shellQuote.ts';
import { irreplaceable } from '../conflicts/irreplaceable.ts';
import type { Finding, Step } from '../plan.ts';
import { cameApart, copyAnew, inTheWay, isOthersContent, updated } from './outdated.ts';
import type { RelocateOptions } from './relocateOptions.ts';
import type { Copy, MovingRelease } from './survey.ts';
import { isRead, type RelocationTarget } from './target.ts';

export function isOverwritten({ name }: MovingRelease, { overwrite }: RelocateOptions): boolean {
  return overwrite?.has(name) === true;
}

/** What may become of a record that is there already, and isn't what would be written. */
export interface Rights {
  readonly overwrites: boolean;
  readonly updates: boolean;
  /** What would let it replace other content. */
  readonly fix?: string;
}

export function rightsOver(release: MovingRelease, options: RelocateOptions): Rights {
  const overwrites = isOverwritten(release, options);
  if (options.overwrite === undefined) {
    // A backup's folder or archive is another one's: there are no names to choose.
    const fix = options.apart ? {} : { fix: '--to-name NAME gives it one that is free there' };
    return { overwrites, updates: true, ...fix };
  }
  return { overwrites, updates: false, fix: `--overwrite ${shellQuote(release.name)}` };
}

/** Whether it replaces its own release's record, and not somebody else's. */
export function isUpdate(step: Step, { taken }: RelocationTarget): boolean {
  if (step.do !== 'create' || !step.replaces) return false;
  return taken.get(refId(step.replaces))?.found.is === 'outdated';
}

export function replaced(created: readonly Step[], target: RelocationTarget): Finding[] {
  const revisions = created.flatMap((step) =>
    step.do === 'create' && step.replaces && !isUpdate(step, target) ? step.revision : [],
  );
  if (revisions.length === 0) return [];
  const message = 'what is there has other content and is replaced, after a backup of it';
  return [{ severity: 'change', message, revisions }];
}

/** It lies where it would go. A record can't be rewritten there without being gone in between. */
export function stayFor({ revision, source, record, rename }: Copy): {
  step?: Step;
  finding?: Finding;
} {
  if (!rename) return { step: { do: 'keep', revision, record } };
  const message = `${shownPlace(source)} would have to be rewritten where it is`;
  const fix = 'move it into another store or storage namespace first';
  return { finding: { severity: 'refusal', message, revisions: [revision], fix } };
}

export function stepFor(
  { revision, record, source, rename, bytes }: Copy,
  target: RelocationTarget,
  { overwrites, updates, fix }: Rights,
): { step?: Step; finding?: Finding } {
  const refusal = (message: string, help?: string): { finding: Finding } => ({
    finding: { severity: 'refusal', message, revisions: [revision], ...(help && { fix: help }) },
  });
  const taken = target.taken.get(refId(record));
  // What is being deleted is said once, for the release.
  if (taken?.there.leaving) return {};
  if (taken && !isRead(taken))
    return refusal(`${shownPlace(taken.there)} exists, and can't be read`);
  const found = taken?.found;
  if (found?.is === 'apart' && updates)
    return { finding: cameApart(revision, record, found.statuses) };
  const follows = found?.is === 'outdated' && updates ? found : undefined;
  if (found && !follows) {
    const stays =
      found.is === 'equal' ||
      // What goes back would change nothing but when it was written.
      (!overwrites && (found.is === 'moved on' || (found.is === 'outdated' && found.rewritten)));
    const movedOn = found.is === 'moved on' && { movedOn: true as const };
    if (stays) return { step: { do: 'keep', revision, record: taken.there, ...movedOn } };
    if (!overwrites)
      return refusal(inTheWay(record, found), updates && !isOthersContent(found) ? copyAnew : fix);
  }
  const limit = target.maxRecordBytes;
  if (limit !== undefined && bytes > limit)
    return refusal(
      `revision ${revision} takes ${bytes} bytes, and a ${record.kind} holds ${limit}`,
    );
  const { annotations, ...plain } = record;
  const bare = target.annotations ? record : plain;
  const why = target.unholdable(bare);
  if (why !== undefined) return refusal(`a revision has no place there: ${why}`);
  const copy = { source, ...(rename && { rename }) };
  const lost = !target.annotations && Object.keys(annotations ?? {}).length > 0;
  const finding: Finding = {
    severity: 'loss',
    message: 'its record loses its annotations, for which the target has no place',
    revisions: [revision],
  };
  const stuck = taken && irreplaceable(taken.there, bare, revision);
  if (stuck) return { finding: stuck };
  const replaces = taken && { replaces: taken.there };
  const step: Step = { do: 'create', revision, record: bare, copy, ...replaces };
  if (follows && !lost) return { step, finding: updated(revision, follows.statuses) };
  return { step, ...(lost && { finding }) };
}

/** Whether every revision of a release moves, or which of them stay, by whose choice. */
export type Complete = 'complete' | 'so chosen' | 'in part';

export function deleteSteps(
  release: MovingRelease,
  moving: readonly Copy[],
  complete: Complete,
  findings: Finding[],
): Step[] {
  if (moving.length === 0) return [];
  if (release.undeletable !== undefined) {
    findings.push({
      severity: 'refusal',
      message: `its sources can't be deleted: ${printable(release.from)} ${release.undeletable}`,
      fix: 'leave --delete-source away',
    });
    return [];
  }
  if (complete !== 'complete') {
    findings.push({
      severity: 'change',
      message: 'its sources are kept: not every revision moves',
      unmet: '--delete-source',
      ...(complete === 'so chosen' && { chosen: true }),
    });
    return [];
  }
  return moving.map(({ revision, source }): Step => ({ do: 'delete', revision, record: source }));
}
