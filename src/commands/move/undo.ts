/** What is printed to undo a run, from what stands there when it ends. */
import { ReleasesError } from '../../errors.ts';
import type { Outcome } from '../../migrate/engine/engine.ts';
import { type Plan, type ReleasePlan, replacedBy, type Step } from '../../migrate/plan.ts';
import { revisionSaid } from '../../record.ts';
import { passphraseFlags } from '../hints/backupLines.ts';
import { type BackupStore, namedInBackup } from './backupStore.ts';
import type { CarriedOut } from './carryOut.ts';
import type { PlannedMove, RunArgs } from './plannedMove.ts';
import { hasItsOwn } from './undoMove.ts';

/**
 * The way back from what stands there now: one command a line. What is whole goes back where it came from;
 * what only the backup has comes from there; and what was written in part is taken away again. What somebody
 * else has gone on with is left to people: no line takes back only what this run wrote.
 */
export function undoOf(
  move: PlannedMove,
  { outcomes, replaced, updated, gone }: CarriedOut,
  args: RunArgs,
  backup: BackupStore | undefined,
  aside = backup,
): readonly string[] {
  const { plan, undo, undoReplaced = undo, undoMove, away, copiesAway } = move;
  const ours = outcomes.filter((one) => !isOthers(one));
  const deleted = ours.filter(({ release }) => gone.has(release));
  const whole = deleted.filter((one) => !isLost(one)).map(({ release }) => release);
  // Copies that were replaced go with it: what they were is no release's state.
  const goesBack = whole.filter((release) => undoMove?.([release]) !== undefined);
  const back = goesBack.length > 0 ? (undoMove?.(goesBack) ?? []) : [];
  const held = deleted.filter(({ release }) => !goesBack.includes(release));
  const half = ours.filter(
    (one) =>
      'stands' in one && one.stands && one.stands.target.length > 0 && !gone.has(one.release),
  );
  const alone = half.filter(({ release }) => hasItsOwn(release));
  // Sources that another run has moved, or a helm uninstalled, are not to stand there again.
  const left = releasesOf(alone.filter((one) => !isOrphan(one)));
  const orphans = releasesOf(alone.filter(isOrphan));
  const taken = [
    ...(left.length > 0 ? (undoMove?.(left) ?? away?.(left) ?? []) : []),
    ...(orphans.length > 0 ? (away?.(orphans) ?? []) : []),
  ];
  // What Helm has uninstalled since it was replaced would come back without its live objects.
  const putBack = outcomes.filter(
    (one) =>
      !(one.result === 'failed' && one.overtaken && one.release.steps.some(isUpdate)) &&
      one.release.steps.some(isReplacing) &&
      !(one.result === 'failed' && one.vanished),
  );
  const replacing = putBack.length > 0 && (replaced + updated > 0 || putBack.some(isTouched));
  const commands = [
    ...back,
    ...(backup ? fromBackup(held, move, args, backup) : []),
    ...(backup ? (copiesAway?.(releasesOf(held.filter(isCopied))) ?? []) : []),
    ...(aside && undoReplaced && back.length === 0 && replacing
      ? [
          `${undoReplaced(aside.path, namesIn(aside, plan, putBack), releasesOf(putBack))}${passphraseFlags(args, aside.path)}`,
        ]
      : []),
    ...taken,
  ];
  return [...new Set(commands)];
}

/** Sources that are gone come from their backup: beside what the target has, or back where they were. */
function fromBackup(
  held: readonly Outcome[],
  { plan, undo, beside }: PlannedMove,
  args: RunArgs,
  backup: BackupStore,
  named?: readonly string[],
): string[] {
  const flags = passphraseFlags(args, backup.path);
  const isThere = (one: Outcome) => !('stands' in one && one.stands?.target.length === 0);
  const copied = held.filter(
    (one) => beside && isThere(one) && (isLost(one) || !hasItsOwn(one.release)),
  );
  const restored = held.filter((one) => !copied.includes(one));
  return [
    ...(copied.length > 0
      ? (beside?.(backup.path, releasesOf(copied)) ?? []).map((line) => `${line}${flags}`)
      : []),
    ...(undo && restored.length > 0
      ? [`${undo(backup.path, named ?? namesOf(releasesOf(restored), backup, plan))}${flags}`]
      : []),
  ];
}

/** The target has it. */
function isCopied(outcome: Outcome): boolean {
  if (isLost(outcome)) return false;
  return !('stands' in outcome && outcome.stands?.target.length === 0);
}

/** Copies are gone, and so are their sources. */
function isLost(outcome: Outcome): boolean {
  return outcome.result === 'failed' && outcome.lost === true;
}

/** Somebody else has gone on with it, or has deleted it. */
function isOthers(outcome: Outcome): boolean {
  if (outcome.result === 'failed' && outcome.overtaken) return true;
  return 'stands' in outcome && !!outcome.stands && outcome.stands.others.length > 0;
}

/** Sources are gone that this run has not deleted: another one may be about to delete the rest. */
function isOrphan(outcome: Outcome): boolean {
  if (!('stands' in outcome) || !outcome.stands || outcome.stands.unseen) return false;
  const { sources } = outcome.release;
  const planned = new Set(sources.map(revisionSaid));
  return outcome.stands.source.filter((revision) => planned.has(revision)).length < planned.size;
}

/** It failed once something had been done for it. */
function isTouched(outcome: Outcome): boolean {
  return outcome.result === 'failed' && (outcome.perhapsUpdated || outcome.stands !== undefined);
}

function releasesOf(outcomes: readonly Outcome[]): readonly ReleasePlan[] {
  return outcomes.map(({ release }) => release);
}

/** What an undo of the replaced must name: these, where others that were copied must not come back. */
function namesIn(aside: BackupStore, plan: Plan, putBack: readonly Outcome[]): string[] {
  const all = plan.releases.filter(({ steps }) => steps.some(isReplacing));
  if (all.length === putBack.length) return namedInBackup(aside, plan);
  return [...new Set(putBack.map(({ release }) => release.name))].sort();
}

function isUpdate(step: Step): boolean {
  return step.do === 'update';
}

function isReplacing(step: Step): boolean {
  return replacedBy(step) !== undefined;
}

/** All that the backup holds, or these alone, where it holds others, or others went another way back. */
function namesOf(held: readonly ReleasePlan[], backup: BackupStore, plan: Plan): string[] {
  const others = plan.releases.some(
    (release) => !held.includes(release) && release.steps.some((step) => step.do === 'delete'),
  );
  if (!others) return namedInBackup(backup, plan);
  return [...new Set(held.map(({ name }) => name))].sort();
}

/** What failed because the copies are gone says how they come back. */
export function withRestore(
  done: CarriedOut,
  move: PlannedMove,
  backup: BackupStore | undefined,
  args: RunArgs,
): CarriedOut {
  if (!backup) return done;
  const outcomes = done.outcomes.map((one) => {
    if (one.result !== 'failed' || !one.lost || isOthers(one)) return one;
    const lines = fromBackup([one], move, args, backup, [one.release.name]);
    const { code, message, why, hints } = one.error;
    const error = new ReleasesError(code, message, {
      why,
      hints: [...hints, ...lines.map((line) => `${line}  puts it back where it was`)],
    });
    return { ...one, error };
  });
  return { ...done, outcomes };
}
