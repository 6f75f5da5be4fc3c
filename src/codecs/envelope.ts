/**
 * The envelope all Helms share: base64 around optional gzip (encodeRelease and decodeRelease in
 * pkg/storage/driver/util.go of each). Reading is strict and bounded: a record comes from a place
 * that others can write to.
 *
 * node:zlib checks the CRC-32 and the length in the trailer, and can stop at a ceiling.
 */
import { createHash } from 'node:crypto';
import { constants, crc32, deflateRawSync, gzipSync, gunzipSync as nodeGunzip } from 'node:zlib';
import { UnreadableError } from '../errors.ts';
import { oncePer } from '../once.ts';

export interface EnvelopeLimits {
  /** The most bytes that a payload may unpack to. */
  readonly maxBytes: number;
}

/** Records hold at most 1 MiB packed; the largest seen unpack to some 10 MiB. */
export const defaultLimits: EnvelopeLimits = { maxBytes: 64 * 1024 * 1024 };

/**
 * @param payload text of the record's `release` key, without Kubernetes' own base64
 * @returns the protobuf or JSON bytes
 * @throws UnreadableError
 */
export function openEnvelope(payload: string, limits = defaultLimits): Uint8Array {
  const bytes = decodeBase64(payload, limits);
  return isGzip(bytes) ? gunzip(bytes, limits) : bytes;
}

/** A piece of a payload. `shared` is in several payloads: the same object is packed once for all. */
export type Part = Uint8Array | { readonly shared: Uint8Array };

/**
 * Helm packs at level 9. Level 6 takes half the time for 1 % more bytes, and pieces packed each for
 * itself are another 1 % more. Both only matter near the size a record may have: from half of it on,
 * all is packed as one, at 9, so that nothing is too large here that isn't for Helm.
 */
const [usualLevel, bestLevel] = [6, 9];
const largePayload = 512 * 1024;

/**
 * A payload that Helm reads as its own; the same parts always give the same text. The gzip header
 * holds no time and no name, and like Go's no operating system.
 */
export function closeEnvelope(...parts: readonly Part[]): string {
  const usual = gzipParts(parts).toString('base64');
  if (usual.length < largePayload) return usual;
  const best = gzipSync(Buffer.concat(parts.map(bytesOf)), { level: bestLevel, chunkSize });
  best[osByte] = unknownOs;
  return best.toString('base64');
}

/** SHA-256 of what a payload of these parts unpacks to, in hexadecimal. */
export function contentDigest(parts: readonly Part[]): string {
  const hash = createHash('sha256');
  for (const part of parts) hash.update(bytesOf(part));
  return hash.digest('hex');
}

/** The most characters that a payload of these parts can have, without packing them. */
export function mostPayload(parts: readonly Part[]): number {
  // zlib's deflateBound() for any setting, and what a flush, header and trailer take.
  const packed = parts.map(bytesOf).map(({ length: n }) => n + (n >> 3) + (n >> 6) + 32);
  return Math.ceil((packed.reduce((sum, bytes) => sum + bytes, 32) * 4) / 3);
}

/** One gzip member. Deflated pieces can stand one behind the other: RFC 1951, 3.2.4. */
function gzipParts(parts: readonly Part[]): Buffer {
  const trailer = Buffer.alloc(8);
  let [checksum, size] = [0, 0];
  for (const bytes of parts.map(bytesOf)) {
    // Of nothing, zlib may forget what the checksum was.
    if (bytes.length > 0) checksum = crc32(bytes, checksum);
    size += bytes.length;
  }
  trailer.writeUInt32LE(checksum, 0);
  trailer.writeUInt32LE(size % 2 ** 32, 4);
  const pieces = parts.map((part) => ('shared' in part ? deflateOnce(part) : deflate(part)));
  return Buffer.concat([gzipHeader, ...pieces, lastBlock, trailer]);
}

const deflateOnce = oncePer(({ shared }: { readonly shared: Uint8Array }) => deflate(shared));

/** Ends at a whole byte, with a block that isn't the last. */
function deflate(bytes: Uint8Array): Buffer {
  const finishFlush = constants.Z_SYNC_FLUSH;
  return deflateRawSync(bytes, { level: usualLevel, chunkSize, finishFlush });
}

function bytesOf(part: Part): Uint8Array {
  return 'shared' in part ? part.shared : part;
}

/** Most payloads fit into one piece of this size, packed and unpacked; node's 16 KB are many pieces. */
const chunkSize = 64 * 1024;

/** RFC 1952, 2.3: deflated, no flags, no time, no operating system. */
const [osByte, unknownOs] = [9, 255];
const gzipHeader = Buffer.from([0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, unknownOs]);
/** An empty block that is the last one. */
const lastBlock = Buffer.from([3, 0]);

/**
 * Strict standard base64. Buffer.from would skip characters it doesn't know and take the URL
 * alphabet; Go takes neither, but passes over line breaks.
 */
export function decodeBase64(text: string, limits = defaultLimits): Uint8Array {
  if (text.length > limits.maxBytes * 2) throw tooLarge(limits);
  if (text === '') throw new UnreadableError('it is empty');
  const bytes = Buffer.from(text, 'base64');
  // What decodes and encodes to itself is sound: ten times as fast as a pattern on so long a text.
  if (bytes.toString('base64') === text) return bytes;
  const plain = text.replace(/[\r\n]+/g, '');
  if (plain === '') throw new UnreadableError('it is empty');
  if (plain.length % 4 !== 0 || !/^[A-Za-z0-9+/]*={0,2}$/.test(plain))
    throw new UnreadableError('it is not base64');
  return Buffer.from(plain, 'base64');
}

/** Helm's own test, down to the length: three magic bytes and something behind them. */
function isGzip(bytes: Uint8Array): boolean {
  return bytes.length > 3 && bytes[0] === 0x1f && bytes[1] === 0x8b && bytes[2] === 0x08;
}

/** node:zlib's result with `info: true`; its types don't know the option. */
interface Unpacked {
  readonly buffer: Buffer;
  readonly engine: { readonly bytesWritten: number };
}

function gunzip(bytes: Uint8Array, limits: EnvelopeLimits): Uint8Array {
  let unpacked: Unpacked;
  try {
    unpacked = unpack(bytes, limits);
  } catch (error) {
    throw gzipError(error, limits);
  }
  // node:zlib passes over what follows the last member; Go calls it an invalid header.
  if (unpacked.engine.bytesWritten !== bytes.length)
    throw new UnreadableError('there is more after its gzip data');
  return unpacked.buffer;
}

/**
 * In one piece of the size that the trailer says: pieces would be there twice when they are joined. The
 * trailer may lie, and Go reads several members one behind the other: then one piece has room for all
 * that is allowed, and takes only as much memory as is filled.
 */
function unpack(bytes: Uint8Array, { maxBytes }: EnvelopeLimits): Unpacked {
  const trailer = Buffer.from(bytes.subarray(-4)).readUInt32LE(0);
  const said = Math.min(Math.max(trailer, 1), maxBytes);
  try {
    return inOnePiece(bytes, said);
  } catch (error) {
    if (said === maxBytes || !isTooLarge(error)) throw error;
    const { buffer, engine } = inOnePiece(bytes, maxBytes);
    return { buffer: Buffer.from(buffer), engine };
  }
}

function inOnePiece(bytes: Uint8Array, maxOutputLength: number): Unpacked {
  // Beyond its end, so that no second piece is begun.
  const size = Math.max(chunkSize, maxOutputLength + 64);
  const options = { maxOutputLength, chunkSize: size, info: true };
  return nodeGunzip(bytes, options) as unknown as Unpacked;
}

/** Of node:zlib: more comes out than was allowed. */
export function isTooLarge(error: unknown): boolean {
  return (error as { code?: unknown }).code === 'ERR_BUFFER_TOO_LARGE';
}

function gzipError(error: unknown, limits: EnvelopeLimits): UnreadableError {
  const { code, message } = error as { code?: unknown; message?: unknown };
  if (isTooLarge(error)) return tooLarge(limits);
  if (code === 'Z_BUF_ERROR') return new UnreadableError('its gzip data is cut short');
  if (message === 'incorrect data check') return new UnreadableError('the gzip checksum is wrong');
  if (message === 'incorrect length check') return new UnreadableError('the gzip length is wrong');
  return new UnreadableError('its gzip data is damaged');
}

function tooLarge(limits: EnvelopeLimits): UnreadableError {
  return new UnreadableError(
    `it unpacks to more than ${Math.floor(limits.maxBytes / 1024 / 1024)} MiB`,
  );
}
