/** What is left of a payload that can't be read: for people, never for a store. */
import { constants, inflateRawSync } from 'node:zlib';
import { isReleasesError } from '../errors.ts';
import { defaultLimits, openEnvelope } from './envelope.ts';

/** RFC 1952: ten bytes, and nothing more in what Helm writes. */
const gzipHeader = 10;

/**
 * As many bytes as can be unpacked, whatever the checksum says.
 * @returns undefined where there is nothing
 */
export function salvage(payload: string): Uint8Array | undefined {
  try {
    return nothingAsNone(openEnvelope(payload));
  } catch (error) {
    if (!isReleasesError(error, 'UNREADABLE')) throw error;
  }
  const packed = Buffer.from(payload, 'base64');
  const isGzip = packed[0] === 0x1f && packed[1] === 0x8b;
  const found = isGzip ? unpack(packed.subarray(gzipHeader)) : packed;
  return nothingAsNone(found);
}

function nothingAsNone(bytes: Uint8Array): Uint8Array | undefined {
  return bytes.length > 0 ? bytes : undefined;
}

function unpack(deflated: Buffer): Uint8Array {
  // A byte that no decoder takes ends everything, so the text before it is found by halving.
  let [good, bad] = [0, deflated.length + 1];
  let best: Uint8Array = new Uint8Array();
  for (let length = deflated.length; good + 1 < bad; length = Math.floor((good + bad) / 2)) {
    const found = tryUnpack(deflated.subarray(0, length));
    if (found) [good, best] = [length, found];
    else bad = length;
  }
  return best;
}

function tryUnpack(deflated: Buffer): Uint8Array | undefined {
  try {
    return inflateRawSync(deflated, {
      finishFlush: constants.Z_SYNC_FLUSH,
      maxOutputLength: defaultLimits.maxBytes,
    });
  } catch {
    return undefined;
  }
}
