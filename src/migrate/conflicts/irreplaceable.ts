/** Why a record can't be replaced where it lies, or would lose what nobody has copied: known from the plan on. */
import { type RecordMeta, secretTypeOf, shownPlace } from '../../record.ts';
import { otherData } from '../compare/otherData.ts';
import type { Finding } from '../plan.ts';

/**
 * @param there what is there, as it was read
 * @param wanted what would take its place
 * @returns a refusal; undefined where one can take the place of the other, and nothing is lost by it
 */
export function irreplaceable(
  there: RecordMeta,
  wanted: RecordMeta,
  revision: number,
): Finding | undefined {
  const refusal = (message: string, fix?: string): Finding => ({
    ...{ severity: 'refusal', message, revisions: [revision] },
    ...(fix !== undefined && { fix }),
  });
  if (there.undeletable !== undefined)
    return refusal(`what is there can't be replaced: the target ${there.undeletable}`);
  // A file is written anew as a whole; an API server's record is updated, and keeps other data.
  const [lost] = there.place === undefined ? [] : otherData([there], 'the file as it is');
  if (lost) return { ...lost, revisions: [revision] };
  if (there.place !== undefined || !isMadeAnew(there, wanted)) return undefined;
  const why = there.finalizers
    ? 'finalizers keep it from being deleted'
    : there.otherData && 'it holds other data that its successor would lack';
  if (!why) return undefined;
  return refusal(
    `${shownPlace(there)} can be replaced by no update, for its type changes or it is immutable, and ${why}`,
    `take its ${there.finalizers ? 'finalizers' : 'other data'} away, and run the same command again`,
  );
}

/** No API server updates these: see `storage/exchange.ts`. */
function isMadeAnew(there: RecordMeta, wanted: RecordMeta): boolean {
  if (there.kind === 'SQL') return false;
  if (there.immutable) return true;
  return there.kind === 'Secret' && secretTypeOf(there) !== secretTypeOf(wanted);
}
