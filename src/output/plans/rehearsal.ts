/** What a person sees of a move that was only tried (`--dry-run=server`). */
import { outcomeData } from '../../migrate/engine/apply.ts';
import type { Outcome } from '../../migrate/engine/engine.ts';
import type { IO } from '../terminal/io.ts';
import { printFailures } from './outcomes.ts';
import { countOf, liveObjects } from './plan.ts';
import type { MoveWords } from './words.ts';

export interface Rehearsal {
  readonly outcomes: readonly Outcome[];
  readonly created: number;
  readonly updated: number;
  readonly adopted: number;
  readonly deleted: number;
}

/** What the API server would refuse, release by release, and how much it would take. */
export function printRehearsal(
  rehearsal: Rehearsal,
  waiting: number,
  { inPlace }: MoveWords,
  io: IO,
): void {
  const { outcomes, created, updated, adopted, deleted } = rehearsal;
  printFailures(outcomes, 'trying', io);
  const of = (result: Outcome['result']) => outcomes.filter((one) => one.result === result).length;
  const steps = [
    ...(inPlace ? [] : [`${countOf(created, 'record')} created`]),
    ...(updated > 0 ? [`${countOf(updated, 'record')} updated`] : []),
    ...(adopted > 0 ? [`${liveObjects(adopted)} adopted`] : []),
    ...(deleted > 0 ? [`${countOf(deleted, inPlace ? 'record' : 'source')} deleted`] : []),
  ].join(', ');
  const failed = of('failed');
  const sentences = [
    `the API server accepts ${countOf(of('migrated'), 'release')}: ${steps}.`,
    ...(failed > 0 ? [`${countOf(failed, 'release')} would fail (see above).`] : []),
    ...(of('interrupted') > 0 ? ['Stopped before the end.'] : []),
    'Nothing was written.',
    ...(waiting > 0 ? [`${waiting} ${waiting === 1 ? 'needs' : 'need'} you (see above).`] : []),
  ];
  io.stdout.write(`Dry run: ${sentences.join(' ')}\n`);
}

/** Outcomes for `-o json`, `-o yaml` and reports: nothing has migrated, and nothing was deleted. */
export function rehearsalData(outcomes: readonly Outcome[]): object {
  return {
    dryRun: 'server',
    outcomes: outcomes.map((outcome) => {
      if (outcome.result !== 'migrated') return outcomeData(outcome);
      const { name, namespace, from } = outcome.release;
      return { name, namespace, from, result: 'accepted' };
    }),
  };
}
