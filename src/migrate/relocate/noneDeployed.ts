/**
 * A restoration that would leave a release without a deployed revision, which its file has: what is there of that
 * revision is the same one, and has ended since. Pure.
 */
import { deployedRevision, type Standing, standingByLabel } from '../../deployed.ts';
import { identify, namesOf, ownerOf, type RecordMeta, refId, statusLabel } from '../../record.ts';
import { shellQuote } from '../../shellQuote.ts';
import type { Finding, Step } from '../plan.ts';
import type { Copy } from './survey.ts';

/**
 * @param copies all that the file has of the release
 * @param created what is written of it
 * @param present what the target has
 */
export function noneDeployed(
  name: string,
  copies: readonly Copy[],
  created: readonly Step[],
  present: readonly RecordMeta[],
): Finding[] {
  const own = (standing: Standing) => standing;
  const isNew = ({ revision }: Copy) => created.some((step) => step.revision === revision);
  const fresh = copies.filter(isNew);
  const written = new Set(fresh.map(({ record }) => refId(record)));
  const there = standingsOf(
    copies,
    present.filter((record) => !written.has(refId(record))),
  );
  const was = deployedRevision(
    copies.map(({ standing }) => standing),
    own,
  );
  const now = deployedRevision([...fresh.map(({ standing }) => standing), ...there], own);
  const ended = there.find(({ revision }) => revision === was?.revision);
  if (!was || now || !ended) return [];
  const message = `revision ${was.revision} is deployed in the file, and ${ended.status} there: no revision would be deployed`;
  const fix = `--overwrite ${shellQuote(name)} puts it back as the file has it`;
  return [{ severity: 'decision', message, fix, revisions: [was.revision] }];
}

/**
 * Of the records that have the release's name where it goes, as their labels say it; where a label is what it is in the
 * file, the revision stands as it does there, of which more than the label is known.
 */
function standingsOf(copies: readonly Copy[], present: readonly RecordMeta[]): Standing[] {
  const [first] = copies;
  if (!first) return [];
  const { kind, namespace } = first.record;
  return present.flatMap((record) => {
    const identity = identify(record);
    const isOf =
      'revision' in identity &&
      namesOf(record).includes(first.as) &&
      record.kind === kind &&
      record.namespace === namespace;
    const same = copies.find(
      (copy) =>
        refId(copy.record) === refId(record) && statusLabel(copy.source) === statusLabel(record),
    );
    if (isOf && same) return [same.standing];
    return isOf ? standingByLabel(ownerOf(record), record, identity.revision) : [];
  });
}
