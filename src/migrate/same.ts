/** Whether a record is the very one that was meant: payload, type and labels. */
import type { ReleaseRecord } from '../record.ts';

/** Labels that somebody added beside ours don't make it another record. */
export function isSameRecord(there: ReleaseRecord, wanted: ReleaseRecord): boolean {
  return (
    there.payload === wanted.payload &&
    // A metadata-only reader and a folder may leave out Kubernetes' default type.
    (there.type ?? 'Opaque') === (wanted.type ?? 'Opaque') &&
    Object.entries(wanted.labels).every(([name, value]) => there.labels[name] === value)
  );
}
