/** What was asked for and doesn't get where it was to go: for an archive, which says it in itself. */
import type { Missing } from '../../storage/storage.ts';
import type { Outcome } from './engine.ts';

/** @param outcomes when all is written that could be */
export function missingOf(outcomes: readonly Outcome[]): Missing[] {
  return outcomes.flatMap((outcome): Missing[] => {
    const { name, namespace, findings, verdict, steps } = outcome.release;
    const release = { name, namespace };
    if (outcome.result === 'failed')
      return [{ ...release, why: outcome.error.message, unfinished: true }];
    if (outcome.result === 'interrupted')
      return [{ ...release, why: 'interrupted', unfinished: true }];
    if (verdict === 'refused' || verdict === 'needs a decision') {
      const stops = findings.find(({ severity }) => ['refusal', 'decision'].includes(severity));
      return [{ ...release, why: stops?.message ?? 'it could not be copied' }];
    }
    const there = new Set(steps.map(({ revision }) => revision));
    return findings.flatMap(({ severity, message: why, revisions = [] }) => {
      const left = severity === 'loss' ? revisions.filter((one) => !there.has(one)) : [];
      return left.length > 0 ? { ...release, revisions: left, why } : [];
    });
  });
}
