/** What is left of a payload that can't be read: for people, never for a store. */
import { constants, inflateRawSync } from 'node:zlib';
import { isTooLarge } from './envelope.ts';

/** RFC 1952: ten bytes, and nothing more in what Helm writes. */
const gzipHeader = 10;

/**
 * As many bytes as can be unpacked, whatever the checksum says.
 * @param payload one whose envelope is damaged
 * @returns undefined where there is nothing
 */
export function salvage(payload: string): Uint8Array | undefined {
  const packed = Buffer.from(payload, 'base64');
  const isGzip = packed[0] === 0x1f && packed[1] === 0x8b;
  const found = isGzip ? unpack(packed.subarray(gzipHeader)) : packed;
  return found.length > 0 ? found : undefined;
}

function unpack(deflated: Buffer): Uint8Array {
  // A byte that no decoder takes ends everything, so the text before it is found by halving.
  let [good, bad] = [0, deflated.length + 1];
  let best: Uint8Array = new Uint8Array();
  for (let length = deflated.length; good + 1 < bad; length = Math.floor((good + bad) / 2)) {
    const found = tryUnpack(deflated.subarray(0, length));
    if (found === 'too much') return unpack(deflated.subarray(0, Math.min(length - 1, beginning)));
    if (found) [good, best] = [length, found];
    else bad = length;
  }
  return best;
}

/** The largest records seen unpack to some 10 MiB. */
const maxSalvaged = 16 * 1024 * 1024;

/** Of what unpacks to more: at most a thousand times as much comes out of it. */
const beginning = 4096;

function tryUnpack(deflated: Buffer): Uint8Array | 'too much' | undefined {
  try {
    return inflateRawSync(deflated, {
      finishFlush: constants.Z_SYNC_FLUSH,
      maxOutputLength: maxSalvaged,
    });
  } catch (error) {
    return isTooLarge(error) ? 'too much' : undefined;
  }
}
