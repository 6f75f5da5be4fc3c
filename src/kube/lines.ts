/** The lines of an answer that comes piece by piece. */
import type { Readable } from 'node:stream';
import { TransportError } from './transport.ts';

export interface LineLimits {
  /** Bytes of one line. */
  readonly maxBytes: number;
  /** How long nothing may come before the connection counts as dead. */
  readonly silenceMs: number;
}

const lineEnd = 0x0a;

/**
 * Reads no further than its caller: what isn't taken stays on the server's side. A last line without an
 * end was cut off, and is left out.
 * @throws TransportError TIMED_OUT, TOO_LARGE, and node's codes where the connection breaks
 */
export async function* linesOf(
  stream: Readable,
  { maxBytes, silenceMs }: LineLimits,
): AsyncGenerator<string> {
  const chunks: AsyncIterator<Buffer> = stream[Symbol.asyncIterator]();
  let parts: Buffer[] = [];
  let size = 0;
  try {
    for (;;) {
      const chunk = await nextOf(chunks, stream, silenceMs);
      if (chunk === undefined) return;
      let from = 0;
      for (let at = chunk.indexOf(lineEnd); ; at = chunk.indexOf(lineEnd, from)) {
        const part = chunk.subarray(from, at < 0 ? undefined : at);
        size += part.length;
        if (size > maxBytes) throw new TransportError('TOO_LARGE', true);
        parts.push(part);
        if (at < 0) break;
        yield Buffer.concat(parts).toString('utf8');
        [parts, size, from] = [[], 0, at + 1];
      }
    }
  } finally {
    stream.destroy();
  }
}

async function nextOf(
  chunks: AsyncIterator<Buffer>,
  stream: Readable,
  silenceMs: number,
): Promise<Buffer | undefined> {
  const silence = setTimeout(
    () => stream.destroy(new TransportError('TIMED_OUT', true)),
    silenceMs,
  );
  try {
    const { done, value } = await chunks.next();
    return done ? undefined : value;
  } catch (error) {
    if (error instanceof TransportError) throw error;
    throw new TransportError((error as NodeJS.ErrnoException).code ?? 'ERROR', true);
  } finally {
    clearTimeout(silence);
  }
}
