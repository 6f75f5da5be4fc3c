/**
 * The last line of an archive: the zip's comment, which holds the SHA-256 of everything before it. Every
 * byte of the file is covered, and a file that was cut short has none.
 */
import { createHash } from 'node:crypto';
import { type Bytes, pieces } from './bytes.ts';
import { broken, endSize } from './zip.ts';

const word = 'kubectl-releases sha256:';
export const commentSize = word.length + 64;

/** The zip's last bytes without a comment, with one; `digest` has seen all that comes before. */
export function sealed(last: Uint8Array, digest: ReturnType<typeof createHash>): Buffer {
  const tail = Buffer.concat([last, Buffer.from(word)]);
  tail.writeUInt16LE(commentSize, last.length - 2);
  return Buffer.concat([tail, Buffer.from(digest.update(tail).digest('hex'))]);
}

/**
 * @returns where the zip's end record stands
 * @throws ReleasesError UNREADABLE when the digest isn't that of the bytes
 */
export async function checkSeal(bytes: Bytes): Promise<number> {
  const end = bytes.size - commentSize - endSize;
  if (end < 0) throw broken('it is too short');
  const comment = (await bytes.read(end + endSize, commentSize)).toString('latin1');
  if (!comment.startsWith(word)) throw broken('its last line is missing: it may be cut short');
  const digest = createHash('sha256');
  for await (const piece of pieces(bytes, bytes.size - 64)) digest.update(piece);
  if (digest.digest('hex') !== comment.slice(word.length))
    throw broken('its bytes are not those it was written with');
  return end;
}
