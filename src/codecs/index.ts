/**
 * The table of formats, and the way from a stored record to a release.
 *
 * A format is recognised by what the bytes are, never by a record's name. To add one: write its
 * folder here and add a line to `codecs`.
 */
import { attribute, type Disagreement, mayHold, writerOf } from '../attribution.ts';
import { isReleasesError, UnreadableError } from '../errors.ts';
import {
  type BadRecord,
  isBad,
  newerFormat,
  type ReadRecord,
  type ReleaseRecord,
} from '../record.ts';
import type { Release } from '../release.ts';
import { closeEnvelope, type EnvelopeLimits, openEnvelope, type Part } from './envelope.ts';
import { decodeHelm2 } from './helm2/decode.ts';
import { encodeHelm2 } from './helm2/encode.ts';
import { decodeHelm3, encodeHelm3, encodeHelm3Parts } from './helm3/helm3.ts';

export type Format = 'helm2' | 'helm3';

export interface Codec {
  readonly format: Format;
  /** Whether these bytes, out of their envelope, are of this format. */
  identify(data: Uint8Array): boolean;
  /** @throws UnreadableError */
  decode(data: Uint8Array): Release;
  /** The exact inverse of `decode`. @throws UnreadableError for what the format can't hold */
  encode(release: Release): Uint8Array;
  /** The same in parts, where releases share some. @throws UnreadableError, like `encode` */
  parts?(release: Release): readonly Part[];
}

export const codecs: { readonly [F in Format]: Codec } = {
  helm3: {
    format: 'helm3',
    // JSON text may begin with white space; Helm's never does, but Go would read it.
    identify: (data) => data[data.findIndex((byte) => byte > 0x20)] === 0x7b,
    decode: decodeHelm3,
    encode: encodeHelm3,
    parts: encodeHelm3Parts,
  },
  helm2: {
    format: 'helm2',
    // A protobuf message begins with the tag of one of its fields: numbers 1 to 8, of the types
    // "varint" (0) and "length-delimited" (2), if it isn't from a future that never came.
    identify: (data) => data[0] !== undefined && data[0] >= 0x08 && (data[0] & 5) === 0,
    decode: decodeHelm2,
    encode: encodeHelm2,
  },
};

/** @throws UnreadableError */
export function decodePayload(payload: string, limits?: EnvelopeLimits): Release {
  return decodeData(openEnvelope(payload, limits));
}

/** The same of what is in the envelope. @throws UnreadableError */
export function decodeData(data: Uint8Array): Release {
  const codec = Object.values(codecs).find((candidate) => candidate.identify(data));
  const neither = new UnreadableError('it is neither Helm 2 protobuf nor Helm 3 JSON');
  if (!codec) throw neither;
  try {
    return codec.decode(data);
  } catch (error) {
    // What begins like a protobuf and holds nothing but text was never one.
    throw codec === codecs.helm2 && isText(data) ? neither : error;
  }
}

function isText(data: Uint8Array): boolean {
  return data.every((byte) => byte >= 0x20 || (byte >= 9 && byte <= 13));
}

/** The payload Helm would store for this release in this format. */
export function encodePayload(format: Format, release: Release): string {
  return closeEnvelope(...encodeParts(format, release));
}

/** What `encodePayload` packs. @throws UnreadableError for what the format can't hold */
export function encodeParts(format: Format, release: Release): readonly Part[] {
  const { parts, encode } = codecs[format];
  return parts ? parts(release) : [encode(release)];
}

/** A record that can be read, whatever its parts say of each other. */
export interface GoodRecord {
  readonly record: ReleaseRecord;
  readonly release: Release;
  /** Where its key, its labels and its content don't say the same: see `attribution.ts`. */
  readonly disagreements: readonly Disagreement[];
}

export type OpenedRecord = GoodRecord | BadRecord;

/**
 * Decodes a record, and says where its key, its labels and its content disagree.
 * Never throws for what a record holds: a bad one comes back as a `BadRecord` with the reason.
 */
export function openRecord(record: ReadRecord, limits?: EnvelopeLimits): OpenedRecord {
  if (isBad(record)) return record;
  try {
    const newer = newerFormat(record);
    if (newer) throw new UnreadableError(newer);
    const release = decodePayload(record.payload, limits);
    if (!mayHold(record, writerOf(release)))
      throw new UnreadableError('its owner and the format of its content disagree');
    return { record, release, disagreements: attribute(record, release).disagreements };
  } catch (error) {
    if (!isReleasesError(error, 'UNREADABLE')) throw error;
    const { payload: _, annotations: __, ...meta } = record;
    return { ...meta, unreadable: error.message };
  }
}
