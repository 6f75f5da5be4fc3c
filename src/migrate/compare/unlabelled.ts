/**
 * Copies of Helm 2 records that have none of the labels which somebody has put on their sources: helm-2to3 makes
 * such, and so did this program up to 0.1.0. They are the same revisions all the same, if nothing else differs.
 */
import { printable } from '../../errors.ts';
import type { RecordMeta } from '../../record.ts';
import type { Revision } from '../helm2to3/revision.ts';
import type { Finding } from '../plan.ts';
import { listed } from '../preflight/check.ts';
import type { Likeness } from './likeness.ts';

export type Unlabelled = Likeness & { readonly lacks: readonly string[] };

/**
 * @param there the copy
 * @param revisions what it may be a copy of: the first one says its labels
 * @param compare the copy with such a revision
 * @returns what it is but for the labels; undefined where it has some of them, or is another one
 */
export function unlabelledCopy(
  there: RecordMeta,
  revisions: readonly Revision[],
  compare: (revision: Revision) => Likeness,
): Unlabelled | undefined {
  const lacks = Object.keys(revisions[0]?.labels ?? {});
  if (lacks.length === 0 || lacks.some((name) => there.labels[name] !== undefined))
    return undefined;
  const found = revisions.map((one) => compare({ ...one, labels: {} }));
  const [best] = ['equal', 'moved on', 'outdated'].flatMap(
    (is) => found.find((one) => one.is === is) ?? [],
  );
  return best && { ...best, lacks };
}

/** How findings begin that say so. */
export const lackingLabels = 'its copy lacks the labels';

export function labelsCome(revision: number, lacks: readonly string[]): Finding {
  const message = `${lackingLabels} ${shown(lacks)}: it is updated, after a backup of it`;
  return { severity: 'change', message, revisions: [revision] };
}

export function labelsStay(revision: number, lacks: readonly string[]): Finding {
  const message = `${lackingLabels} ${shown(lacks)}, and Helm 3 has gone on with it: they are dropped`;
  return { severity: 'loss', message, revisions: [revision] };
}

function shown(names: readonly string[]): string {
  return listed([...names].sort().map((name) => printable(name, 80)));
}
