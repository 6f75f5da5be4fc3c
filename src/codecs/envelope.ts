/**
 * The envelope all Helms share: base64 around optional gzip (encodeRelease and decodeRelease in
 * pkg/storage/driver/util.go of each). Reading is strict and bounded: a record comes from a place
 * that others can write to.
 *
 * node:zlib checks the CRC-32 and the length in the trailer, and can stop at a ceiling.
 */
import { promisify } from 'node:util';
import { gzip, gzipSync, gunzipSync as nodeGunzip, type ZlibOptions } from 'node:zlib';
import { UnreadableError } from '../errors.ts';

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

/**
 * Helm packs at level 9. Level 6 takes half the time for 1 % more bytes, which only matters near the
 * size a record may have: from half of it on, 9 is taken, so that nothing is too large here that
 * isn't for Helm.
 */
const [usualLevel, bestLevel] = [6, 9];
const largePayload = 512 * 1024;

/**
 * A payload that Helm reads as its own; the same bytes always give the same text. The gzip header
 * holds no time and no name, and like Go's no operating system.
 */
export function closeEnvelope(bytes: Uint8Array): string {
  const usual = pack(bytes, usualLevel);
  return usual.length < largePayload ? usual : pack(bytes, bestLevel);
}

/** The same, packed by another thread: for many payloads at once. */
export async function closeEnvelopeAside(bytes: Uint8Array): Promise<string> {
  const packed = async (level: number) => asPayload(await gzipAside(bytes, { level, chunkSize }));
  const usual = await packed(usualLevel);
  return usual.length < largePayload ? usual : packed(bestLevel);
}

const gzipAside = promisify<Uint8Array, ZlibOptions, Buffer>(gzip);

function pack(bytes: Uint8Array, level: number): string {
  return asPayload(gzipSync(bytes, { level, chunkSize }));
}

function asPayload(packed: Buffer): string {
  packed[osByte] = unknownOs;
  return packed.toString('base64');
}

/** Most payloads fit into one piece of this size, packed and unpacked; node's 16 KB are many pieces. */
const chunkSize = 64 * 1024;

/** RFC 1952, 2.3. */
const [osByte, unknownOs] = [9, 255];

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
    unpacked = nodeGunzip(bytes, {
      maxOutputLength: limits.maxBytes,
      chunkSize,
      info: true,
    }) as unknown as Unpacked;
  } catch (error) {
    throw gzipError(error, limits);
  }
  // node:zlib passes over what follows the last member; Go calls it an invalid header.
  if (unpacked.engine.bytesWritten !== bytes.length)
    throw new UnreadableError('there is more after its gzip data');
  return unpacked.buffer;
}

function gzipError(error: unknown, limits: EnvelopeLimits): UnreadableError {
  const { code, message } = error as { code?: unknown; message?: unknown };
  if (code === 'ERR_BUFFER_TOO_LARGE') return tooLarge(limits);
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
