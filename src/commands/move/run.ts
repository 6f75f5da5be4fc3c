/**
 * From a plan to the end of a command: shows it, stops where nothing may be written, asks, carries it
 * out, and says what became of it. Every move between stores ends here.
 */

import { type ExitCode, exitCodes, printable } from '../../errors.ts';
import { outcomesAs } from '../../migrate/engine/apply.ts';
import { finishedData } from '../../migrate/finished.ts';
import { countPlan, type PlanCounts, planData, waitsWithSources } from '../../migrate/plan.ts';
import { printOutcomes, stillText } from '../../output/plans/outcomes.ts';
import {
  countOf,
  intention,
  needsPerson,
  printData,
  printFindings,
  printPlan,
  strayLines,
  wayText,
} from '../../output/plans/plan.ts';
import { printRehearsal, rehearsalData } from '../../output/plans/rehearsal.ts';
import { type Report, writeReport } from '../../output/plans/report.ts';
import { type MoveWords, restoring, underWay } from '../../output/plans/words.ts';
import { ask } from '../../output/terminal/ask.ts';
import { note } from '../../output/terminal/errors.ts';
import type { IO } from '../../output/terminal/io.ts';
import { proveApart } from '../../storage/files/probe.ts';
import { unnamedDatabase } from '../stores/secondDatabase.ts';
import { apartOf, type BackupStore, namedInBackup } from './backupStore.ts';
import { type CarriedOut, carryOut, exitCodeOf } from './carryOut.ts';
import { isRehearsed, rehearsed } from './dryRun.ts';
import { refuseEarlierCopies } from './earlierCopies.ts';
import { lacking, missingData } from './permissions.ts';
import type { PlannedMove, RunArgs } from './plannedMove.ts';
import { undoOf, withRestore } from './undo.ts';

/** @throws ReleasesError REFUSED for missing permissions, USAGE where nobody can be asked */
export async function runPlan(move: PlannedMove, args: RunArgs, io: IO): Promise<ExitCode> {
  const { plan, words, strays, missing, engine, finished = [] } = move;
  const data = { ...schemaOf(words), ...planData(plan), ...finishedData(finished) };
  const asTable = args.output === 'table';
  const partly = await engine.to.partly?.();
  if (partly !== undefined)
    note(
      io,
      `the target, ${printable(engine.to.address, 200)}, ${partly}: what is hidden there isn't known`,
    );
  if (asTable && plan.releases.length > 0)
    printPlan(plan, move.where, io, words, args.check ? '' : move.details, move.scope);
  if (asTable && args.check) printFindings(plan, io);
  if (strays.length > 0)
    io.stderr.write(
      `${countOf(strays.length, 'record')} can't be told to belong to a release:\n${strayLines(strays)}`,
    );
  const counts = countPlan(plan);
  const held = plan.releases.filter(waitsWithSources).length;
  const waiting = needsPerson(plan.releases) + held + strays.length;
  const report = (more: Omit<Report, 'plan' | 'words' | 'finished'>) =>
    writeReport(args.report, { plan, words, finished, ...more }, io);
  const dry = args['dry-run'] === 'client' ? 'dry run' : undefined;
  const only = args.check ? 'check' : dry;
  if (counts.movable === 0 || only || missing.length > 0) {
    if (!asTable) printData({ ...data, ...missingData(missing) }, args.output, io);
    else io.stdout.write(move.nothing || stillText(plan, only, waiting, words));
    await report({ outcomes: [], ...missingData(missing) });
    if (missing.length > 0) throw lacking(missing, move.permissionHints());
    if (waiting === 0) return exitCodes.done;
    const settled = counts.movable + counts.done + finished.length;
    return settled === 0 ? exitCodes.refused : exitCodes.needsPerson;
  }
  if (asTable) io.stdout.write(`\n${intention(counts, words, args.yes && !isRehearsed(args))}`);
  if (isRehearsed(args)) {
    const done = await carryOut(plan, rehearsed(engine), 'Trying', io, args);
    if (asTable) printRehearsal(done, waiting, words, io);
    else printData({ ...data, ...rehearsalData(done.outcomes) }, args.output, io);
    await report({ outcomes: done.outcomes, rehearsed: true });
    return exitCodeOf(done.outcomes, waiting);
  }
  const replaces = counts.replaces + counts.updates > 0;
  const copies = counts.deletes > 0 || replaces;
  const backup = copies ? await move.openBackup?.() : undefined;
  if (backup && namedInBackup(backup, plan).length > 0)
    note(io, `${printable(backup.path)} holds other releases' records already`);
  if (args.backup !== undefined && !backup)
    note(io, 'nothing is deleted or replaced, so that --backup has nothing to copy');
  const both = counts.deletes > 0 && replaces;
  const aside = both ? await move.openAside?.() : undefined;
  const all = {
    ...engine,
    ...(backup && { backup: backup.storage }),
    ...(aside && { aside: aside.storage }),
  };
  await refuseEarlierCopies(
    plan,
    all,
    { ...(backup && { backup }), ...(aside && { aside }) },
    args.backup,
  );
  // Whoever kills the run never reads its last words.
  if (backup && asTable)
    io.stdout.write(
      `What is ${counts.deletes > 0 ? 'deleted' : 'replaced'} is copied to ${printable(backup.path)} first${aside ? `, and what is replaced to ${printable(aside.path)}` : ''}.\n`,
    );
  const close = () => Promise.all([backup?.close(), aside?.close()]);
  if (!args.yes && !(await ask(questionOf(counts, move), io))) {
    await close();
    io.stderr.write('Nothing was written.\n');
    return exitCodes.refused;
  }
  const carried = await proveApart([
    { written: engine.to, others: move.apart ?? [] },
    ...[backup, aside].flatMap((copies) => (copies ? apartOf(copies, engine.to) : [])),
  ])
    .then(() => carryOut(plan, all, underWay(words), io, args, move.target))
    .finally(close);
  const done = withRestore(carried, move, backup, args);
  notePruned(done, backup, io);
  const beside = engine.to.sealedAs?.();
  const next = (beside !== undefined && move.nextBeside?.(beside)) || move.next;
  const ended = { ...move, next };
  const undo = undoOf(move, done, args, backup, aside);
  printEnd(ended, done, undo, backup?.path, args, io);
  noteCreated(move, done, undo, io);
  if (undo.some((line) => line.includes(unnamedDatabase)))
    note(
      io,
      `only this command line has the database's connection string: before the Undo, set ${unnamedDatabase} to it`,
    );
  if (beside !== undefined)
    note(
      io,
      `it lacks some of what was asked for, and is ${printable(beside, 500)}: ${printable(move.where, 500)} is as it was`,
    );
  await report({ outcomes: done.outcomes });
  return exitCodeOf(done.outcomes, waiting);
}

/** What a plan and its outcome are called in `-o json`. */
function schemaOf({ schema }: MoveWords): { readonly schema?: string } {
  return schema === undefined ? {} : { schema };
}

/** Nothing moves back after a restoration: the way back is over what was replaced, and leaves what is new. */
function noteCreated(
  { words, undoMove }: PlannedMove,
  { outcomes }: CarriedOut,
  undo: readonly string[],
  io: IO,
): void {
  if (words !== restoring || undoMove || undo.length === 0) return;
  const fresh = outcomes.flatMap(({ result, release: { steps } }) => {
    const created = steps.filter((step) => step.do === 'create');
    const isMixed = result === 'migrated' && created.some((step) => step.replaces);
    return isMixed ? created.filter((step) => !step.replaces) : [];
  }).length;
  if (fresh === 0) return;
  note(
    io,
    `the Undo puts back what was replaced, and leaves the ${countOf(fresh, 'record')} that ${fresh === 1 ? 'was' : 'were'} created: look at the history after it`,
  );
}

/** Helm goes on with what has moved, and prunes: the backup has it all the same. */
function notePruned({ outcomes }: CarriedOut, backup: BackupStore | undefined, io: IO): void {
  for (const one of outcomes) {
    if (one.result !== 'migrated' || !one.pruned) continue;
    const what = countOf(one.pruned.length, 'revision');
    const where = backup ? `: ${printable(backup.path)} has them` : '';
    note(io, `Helm has pruned ${what} of ${printable(one.release.name)} since they moved${where}`);
  }
}

/** Names what a person must not mistake: how many, whose, and from where to where. */
function questionOf({ movable }: PlanCounts, { plan, words, where, scope }: PlannedMove): string {
  const which = `${movable === 1 ? 'this release' : `these ${countOf(movable, 'release')}`}${scope ? ` of ${scope}` : ''}`;
  return `${words.act} ${which}, ${wayText(plan, where, words)}?`;
}

function printEnd(
  { plan, words, next, again, finished = [] }: PlannedMove,
  done: CarriedOut,
  undo: readonly string[],
  backup: string | undefined,
  args: RunArgs,
  io: IO,
): void {
  const lines = undo.join('\n      ');
  const more = { ...(lines && { undo: lines }), ...(backup !== undefined && { backup }) };
  const last = { ...done, next, words, again: again?.(), ...more };
  if (args.output === 'table') printOutcomes(last, io);
  else {
    const { created, replaced, updated, adopted, deleted } = done;
    const outcomes = outcomesAs(words.done, done.outcomes);
    const written = {
      counts: { created, replaced, updated, adopted, deleted },
      ...(backup && { backup }),
      undo,
    };
    const named = { ...schemaOf(words), ...planData(plan), ...finishedData(finished) };
    printData({ ...named, outcomes, ...written }, args.output, io);
  }
}
