/** What a plan says of records whose key, labels and content disagree: see `attribution.ts`. */
import { attribute, type Disagreement, disagreementText, serious } from '../../attribution.ts';
import { type BadRecord, isBad, type RecordMeta, shownPlace } from '../../record.ts';
import type { Finding } from '../plan.ts';
import type { KeptGood } from '../spool.ts';

/** What becomes of a record beyond being carried over as it is. */
export type Alters = 'renamed' | 'deleted' | 'converted' | 'rewritten';

/** What helps where a record's parts disagree. */
export const agreeFix =
  'copy takes it as it is; kubectl label, or decode, edit and encode, make its parts agree';

/**
 * A record is carried over as it is, whatever its parts say. Whoever rewrites or deletes it while they
 * disagree would take a revision from one release that is another's, or leave one that no Helm finds.
 * @param alters absent: it is carried over as it is
 */
export function disagreementFindings(
  record: RecordMeta,
  disagreements: readonly Disagreement[],
  revision: number | undefined,
  alters?: Alters,
): Finding[] {
  if (disagreements.length === 0) return [];
  const where = revision === undefined ? {} : { revisions: [revision] };
  const place = shownPlace(record);
  const bad = serious(disagreements);
  if (bad.length === 0) {
    const message = `${place}: ${disagreementText(disagreements)}`;
    const isVersion = disagreements.some(({ part }) => part === 'version label');
    const fix = isVersion ? { fix: 'Helm never reads that label' } : {};
    return [{ severity: 'note', message, ...where, ...fix }];
  }
  const why = disagreementText(bad);
  if (alters === undefined)
    return [{ severity: 'change', message: `${place} is copied as it is: ${why}`, ...where }];
  const message = `${place} is not ${alters} while its parts disagree: ${why}`;
  return [{ severity: 'refusal', message, ...where, fix: agreeFix }];
}

/** The same for one that was opened, or could not be. */
export function disagreementsOf(
  opened: Omit<KeptGood, 'open'> | BadRecord,
  alters?: Alters,
): Finding[] {
  if (isBad(opened)) {
    const { disagreements, revision } = attribute(opened);
    return disagreementFindings(opened, disagreements, revision, alters);
  }
  const { record, release, disagreements } = opened;
  return disagreementFindings(record, disagreements, release.revision, alters);
}
