/** Who has a release's name already where it goes: pure. */
import { identify, namesOf, ownerOf, type RecordMeta, refId } from '../../record.ts';
import type { Copy } from '../relocate/survey.ts';

/** The records under the name that a release would have there, without those that would be its own. */
export function othersThere(
  moving: readonly Copy[],
  present: readonly RecordMeta[],
): readonly { readonly record: RecordMeta; readonly revision: number }[] {
  const [first] = moving;
  if (!first) return [];
  const ours = new Set(moving.map(({ record }) => refId(record)));
  return present.flatMap((record) => {
    const other = identify(record);
    const same =
      'name' in other &&
      namesOf(record).includes(first.as) &&
      other.owner === ownerOf(first.record) &&
      // Each driver of helm's sees its own kind alone.
      record.kind === first.record.kind &&
      record.namespace === first.record.namespace &&
      !ours.has(refId(record));
    return same ? { record, revision: other.revision } : [];
  });
}
