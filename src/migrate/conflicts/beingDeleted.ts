/**
 * Records that an API server has begun to delete (`metadata.deletionTimestamp`): they are there until their
 * finalizers go, nobody can call that back, and so they are copies of nothing.
 * https://kubernetes.io/docs/concepts/overview/working-with-objects/finalizers/
 */
import { type Hint, ReleasesError } from '../../errors.ts';
import { kubectlLine } from '../../kube/hints.ts';
import { type RecordMeta, type RecordRef, shownPlace } from '../../record.ts';
import { shellQuote } from '../../shellQuote.ts';
import type { Finding } from '../plan.ts';

/** What shows which finalizers a record waits for, after `kubectl`. */
function holderLine({ kind, namespace, key }: RecordRef): string {
  return `get ${kind.toLowerCase()} -n ${shellQuote(namespace)} ${shellQuote(key)} -o yaml`;
}

export function holderHint(record: RecordRef, on?: 'target'): Hint {
  return kubectlLine(`${holderLine(record)}  shows what holds it`, '', on);
}

/**
 * Why a release can't go where records of its name, or under its keys, are being deleted.
 * @param there what the target holds; one may come twice
 */
export function beingDeleted(there: readonly RecordMeta[], clusterFlags?: string): Finding[] {
  const places = new Map(
    there.flatMap((record) => (record.leaving ? [[shownPlace(record), record] as const] : [])),
  );
  const [first] = places;
  if (!first) return [];
  const [place, record] = first;
  const more = places.size > 1 ? ` (and ${places.size - 1} more of its release)` : '';
  return [
    {
      severity: 'refusal',
      message: `${place} is being deleted${more}: it waits for a finalizer`,
      fix: `kubectl ${holderLine(record)}${clusterFlags ?? ''}  shows what holds it; run the same command again when it is gone`,
    },
  ];
}

/** Its copy stands on its own. @param sources what is copied of a release */
export function sourcesBeingDeleted(sources: readonly RecordMeta[]): Finding[] {
  const count = sources.filter(({ leaving }) => leaving).length;
  if (count === 0) return [];
  const which = count === 1 ? 'a source of it is' : `${count} sources of it are`;
  return [{ severity: 'note', message: `${which} being deleted already, and copied all the same` }];
}

/** What a write meets that another's deletion has not finished. */
export function stillLeaving(record: RecordMeta): ReleasesError {
  return new ReleasesError('EXISTS', `${shownPlace(record)} is being deleted`, {
    why: ['it waits for a finalizer that somebody put on it'],
    hints: [holderHint(record, 'target'), 'run the same command again when it is gone'],
  });
}
