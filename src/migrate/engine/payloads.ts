/** The payloads that a plan doesn't hold itself: packed, or read from their sources, when they are written. */
import { closeEnvelope, contentDigest } from '../../codecs/envelope.ts';
import { ReleasesError } from '../../errors.ts';
import { isBad, type ReleaseRecord, refId, shownPlace, type WantedRecord } from '../../record.ts';
import { digestOf } from '../../sameRecord.ts';
import { getMany } from '../../storage/getMany.ts';
import type { Storage } from '../../storage/storage.ts';
import type { CreateStep, KeepStep, UnpackedRecord } from '../plan.ts';
import { renamedPayload } from '../relocate/payload.ts';

/**
 * Records of one release that are in memory at a time; a record is a megabyte at most. Fewer would be
 * more requests; where those cost nothing, one is gone before the garbage collector calls it old.
 */
const atOnce = (from: Storage | undefined) => (from?.capabilities.cheapGets ? 1 : 10);

/**
 * The records of these steps, in their order.
 * @throws ReleasesError CONFLICT when a source is no longer what the plan saw
 */
export async function* recordsOf(
  steps: readonly CreateStep[],
  from: Storage | undefined,
): AsyncGenerator<readonly [CreateStep, ReleaseRecord]> {
  const size = atOnce(from);
  for (let at = 0; at < steps.length; at += size) {
    const batch = steps.slice(at, at + size);
    const sources = batch.flatMap(({ copy }) => copy?.source ?? []);
    const found = from && sources.length > 0 ? await getMany(from, sources, 1) : new Map();
    for (const step of batch) yield [step, recordOf(step, found)];
  }
}

/** What a step wants to be there, packed where it was not yet. */
export function wantedOf({ record }: CreateStep | KeepStep): WantedRecord {
  return 'unpacked' in record ? packed(record) : record;
}

/** @throws ReleasesError VERIFY where what is made now isn't what the plan made */
function packed({ content, mostBytes: _, unpacked, ...meta }: UnpackedRecord): ReleaseRecord {
  const parts = unpacked();
  if (contentDigest(parts) === content) return { ...meta, payload: closeEnvelope(...parts) };
  throw new ReleasesError('VERIFY', `${shownPlace(meta)} isn't what the plan says: not written`);
}

/** A record to compare with, without its payload. */
export function withDigest({ payload, ...meta }: ReleaseRecord): WantedRecord {
  return { ...meta, sha256: digestOf(payload) };
}

function recordOf(
  { record, copy }: CreateStep,
  found: ReadonlyMap<string, unknown>,
): ReleaseRecord {
  if ('payload' in record) return record;
  if ('unpacked' in record) return packed(record);
  const source = copy && (found.get(refId(copy.source)) as ReleaseRecord | undefined);
  if (copy && source && !isBad(source)) {
    const { payload: old } = source;
    const payload = copy.rename ? renamedPayload(old, copy.rename) : old;
    const { sha256, ...meta } = record;
    if (digestOf(payload) === sha256) return { ...meta, payload };
  }
  const place = shownPlace(copy?.source ?? record);
  throw new ReleasesError('CONFLICT', `${place} has changed or gone since the plan was made`, {
    hints: ['run the same command again: it plans anew from what is there now'],
  });
}
