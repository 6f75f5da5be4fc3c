/** Hooks of a release by what makes them run. */
import { printable } from '../errors.ts';
import type { Hook, Release } from '../release.ts';

/** Hooks that run with `helm test` (Helm 2: `test-success`, `test-failure`). */
export function isTest({ events }: Hook): boolean {
  return events.some((event) => event === 'test' || event.startsWith('test-'));
}

/** The hooks that a rollback to this revision runs, in words: `Job/billing-db (pre-rollback)`. */
export function rollbackHooks({ hooks }: Release): string[] {
  return ['pre-rollback', 'post-rollback'].flatMap((event) =>
    hooks
      .filter(({ events }) => events.includes(event))
      .map(({ kind, name }) => printable(`${kind}/${name} (${event})`, 160)),
  );
}
