/**
 * Records are packed while the plan is still made: the program plans in one thread, and zlib works in
 * others, which would have nothing to do before the first write and would stand in the way after it.
 */
import { closeEnvelope, closePacked, type Part, packBeside } from '../codecs/envelope.ts';

/** Bytes, before they are packed, that are packed ahead; what is beyond that is packed when it is written. */
const mostAhead = 64 * 1024 * 1024;
/** As many at once as libuv has threads: each takes a quarter of a megabyte. */
const lanes: Promise<unknown>[] = Array.from({ length: 4 }, () => Promise.resolve());

type Parts = readonly Part[];

const packed = new WeakMap<Parts, Promise<readonly Buffer[]>>();
let ahead = 0;

/** Begins to pack, or leaves it for later where enough is packed ahead. */
export function packAhead(parts: Parts): void {
  const size = ownBytes(parts);
  if (ahead + size > mostAhead || packed.has(parts)) return;
  ahead += size;
  const [lane = Promise.resolve()] = lanes.splice(0, 1);
  const pieces = lane.then(() => packBeside(parts));
  packed.set(parts, pieces);
  // A failure is for whoever asks for the payload; the lane goes on.
  lanes.push(pieces.catch(() => {}));
}

/** The payload of these parts, from what was packed ahead where it was. */
export async function payloadOf(parts: Parts): Promise<string> {
  const pieces = packed.get(parts);
  if (!pieces) return closeEnvelope(...parts);
  packed.delete(parts);
  ahead -= ownBytes(parts);
  return closePacked(parts, await pieces);
}

function ownBytes(parts: Parts): number {
  return parts.reduce((sum, part) => sum + ('shared' in part ? 0 : part.length), 0);
}
