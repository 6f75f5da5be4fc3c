/** Carries a plan out with progress on the way, and stops it at a safe point on Ctrl-C. */
import { type ExitCode, exitCodes, ReleasesError } from '../../errors.ts';
import { applyPlan } from '../../migrate/engine/apply.ts';
import type { Engine, Outcome } from '../../migrate/engine/engine.ts';
import type { Writer } from '../../migrate/engine/write.ts';
import { countPlan, type Plan, type ReleasePlan, type Step } from '../../migrate/plan.ts';
import { countOf } from '../../output/plans/plan.ts';
import type { IO } from '../../output/terminal/io.ts';
import { startProgress } from '../../output/terminal/progress.ts';
import { namingCluster } from '../hints/clusterHints.ts';
import type { ClusterArgs } from '../line/options.ts';

export interface CarriedOut {
  readonly outcomes: readonly Outcome[];
  /** Records, also of releases that then failed or were interrupted. */
  readonly created: number;
  readonly deleted: number;
  /** Those that another run created at the same time. */
  readonly met: number;
  /** Among the created: those that took the place of other content. */
  readonly replaced: number;
  /** Those that have other content or labels where they stand. */
  readonly updated: number;
  /** Live objects, likewise. */
  readonly adopted: number;
  /** The releases of which any source was deleted. */
  readonly gone: ReadonlySet<ReleasePlan>;
}

/**
 * @param verb what stands before the progress: `Migrating`
 * @param cluster the flags that chose it, for what errors tell to try
 * @param target the same of the one that records go to, where it is another one
 */
export async function carryOut(
  plan: Plan,
  engine: Omit<Engine, 'signal' | 'onStep'>,
  verb: string,
  io: IO,
  cluster: ClusterArgs = {},
  target = cluster,
): Promise<CarriedOut> {
  const { creates, updates, adopts, deletes } = countPlan(plan);
  const unit = adopts > 0 ? 'records and objects' : 'records';
  const progress = startProgress(verb, unit, creates + updates + adopts + deletes, io);
  // What is taken back may never have been counted: it is, only once it was read back.
  const done = new Map<Step, { readonly release: ReleasePlan; readonly writer?: Writer }>();
  const finished = new Set<object>();
  try {
    const ended = await applyPlan(plan, {
      ...engine,
      signal: io.interrupt,
      onStep(release, step, writer) {
        done.set(step, { release, ...(writer && { writer }) });
        if (step === release.steps.at(-1)) finished.add(release);
        if (step.do !== 'keep') progress.step(`${countOf(finished.size, 'release')} done`);
      },
      onTakenBack: (_, step) => void done.delete(step),
    });
    const outcomes = ended.map((one) =>
      one.result === 'failed' ? { ...one, error: namingCluster(one.error, cluster, target) } : one,
    );
    const of = (act: Step['do']) => [...done].filter(([step]) => step.do === act);
    const byUs = (act: Step['do']) => of(act).filter(([, { writer }]) => writer !== 'another run');
    const ours = byUs('create');
    // What was never sealed is thrown away.
    const nothing = engine.to.seal && outcomes.every(({ result }) => result !== 'migrated');
    return {
      outcomes,
      created: nothing ? 0 : ours.length,
      met: of('create').length - ours.length,
      adopted: of('adopt').length,
      deleted: of('delete').length,
      updated: byUs('update').length,
      replaced: ours.filter(([step]) => step.do === 'create' && step.replaces).length,
      gone: new Set(of('delete').map(([, { release }]) => release)),
    };
  } finally {
    progress.end();
  }
}

/**
 * @param waiting how many releases need a person
 * @returns what a command ends with when its plan was carried out
 */
export function exitCodeOf(outcomes: readonly Outcome[], waiting: number): ExitCode {
  if (outcomes.some(({ result }) => result === 'interrupted')) return exitCodes.interrupted;
  if (outcomes.some(({ result }) => result === 'failed')) return exitCodes.failed;
  return waiting > 0 ? exitCodes.needsPerson : exitCodes.done;
}

/** @throws ReleasesError USAGE when an option isn't a whole number from 1 up; absent is right */
export function checkCount(option: string, value: number | undefined): void {
  if (value === undefined || (Number.isInteger(value) && value >= 1)) return;
  throw new ReleasesError('USAGE', `--${option} takes a whole number from 1 up`);
}
