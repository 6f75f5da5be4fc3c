/**
 * A release whose newest source somebody else has deleted while it moved: Helm that uninstalls it, or another
 * run that moves it. Which of the two it was, nobody can tell from the records; the copies stay, and so does
 * the backup.
 */
import { ReleasesError } from '../../errors.ts';
import { type RecordMeta, shownPlace } from '../../record.ts';
import type { ReleasePlan } from '../plan.ts';

/** @param newest the source that isn't there any more */
export function overtaken({ owner }: ReleasePlan, newest: RecordMeta): ReleasesError {
  const message = `${shownPlace(newest)} was deleted by somebody else`;
  if (newest.place !== undefined)
    return new ReleasesError('CONFLICT', message, {
      why: ['the copies of this release are kept'],
      hints: [
        'see who else works on these files: the copies are all there is, or another run has moved them on',
      ],
    });
  const uninstall = owner === 'helm' ? 'helm uninstall' : 'helm delete --purge';
  return new ReleasesError('CONFLICT', message, {
    why: [
      `${uninstall} has done it, or another run that moves it: the copies of this release are kept`,
    ],
    hints: [
      'see whether its live objects are there: if they are, it has moved, and there is nothing to do',
      'if they are not, it was uninstalled: helm uninstall where its copies are removes those, too',
    ],
  });
}
