/** Whether a record is the very one that was meant: payload, type and labels. */
import { createHash } from 'node:crypto';
import type { ReleaseRecord, WantedRecord } from '../record.ts';

/** Labels that somebody added beside ours don't make it another record. */
export function isSameRecord(there: ReleaseRecord, wanted: WantedRecord): boolean {
  return (
    isSamePayload(there.payload, wanted) &&
    // A metadata-only reader and a folder may leave out Kubernetes' default type.
    (there.type ?? 'Opaque') === (wanted.type ?? 'Opaque') &&
    Object.entries(wanted.labels).every(([name, value]) => there.labels[name] === value)
  );
}

function isSamePayload(payload: string, wanted: WantedRecord): boolean {
  if ('payload' in wanted) return payload === wanted.payload;
  return createHash('sha256').update(payload).digest('hex') === wanted.sha256;
}
