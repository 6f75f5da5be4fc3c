/**
 * "Is this what I wrote?": whether a record is the very one that was meant. What is asked of a record that
 * is read back is asked of it again by every later run. Whether another record is the same revision of the
 * same release is another question: `migrate/sameRevision.ts`.
 */
import { createHash } from 'node:crypto';
import { secretTypeOf, type WantedRecord } from './record.ts';

/** What of a record can differ, in the words of a message. */
export type RecordPart = 'payload' | 'type' | 'immutable' | 'labels' | 'annotations';

/**
 * Labels and annotations that somebody added beside ours, as policies do, don't make it another record. A
 * value of ours that was changed does, and so does `immutable`, which keeps Helm from going on with it.
 */
export function isSameRecord(there: WantedRecord, wanted: WantedRecord): boolean {
  return isSamePayload(there, wanted) && differingMeta(there, wanted) === undefined;
}

/** The first part but the payload in which a record isn't as it was meant. */
export function differingMeta(
  there: WantedRecord,
  wanted: WantedRecord,
): Exclude<RecordPart, 'payload'> | undefined {
  if (typeOf(there) !== typeOf(wanted)) return 'type';
  if (there.immutable !== wanted.immutable) return 'immutable';
  if (!holds(there.labels, wanted.labels)) return 'labels';
  return holds(there.annotations, wanted.annotations) ? undefined : 'annotations';
}

/** Whether all that was written is there, with its value. */
export function holds(there: Texts = {}, written: Texts = {}): boolean {
  return Object.entries(written).every(([name, value]) => there[name] === value);
}

type Texts = Readonly<{ [name: string]: string }>;

function typeOf(record: WantedRecord): string {
  return record.kind === 'ConfigMap' ? '' : secretTypeOf(record);
}

/** Whether one payload is the other, whatever else differs: labels may be a policy's work, a payload is Helm's or ours. */
export function isSamePayload(there: WantedRecord, wanted: WantedRecord): boolean {
  if ('payload' in there && 'payload' in wanted) return there.payload === wanted.payload;
  return payloadDigest(there) === payloadDigest(wanted);
}

function payloadDigest(record: WantedRecord): string {
  return 'payload' in record ? digestOf(record.payload) : record.sha256;
}

/** SHA-256 of a payload's text, in hexadecimal. */
export function digestOf(payload: string): string {
  return createHash('sha256').update(payload).digest('hex');
}
