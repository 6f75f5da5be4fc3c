/**
 * The Kubernetes API: one call with retries and errors in our words. Lists by pages are in
 * `pages.ts`.
 */

import type { Readable } from 'node:stream';
import { ReleasesError } from '../errors.ts';
import { waitFor } from '../waits.ts';
import { refused, unreachable, withheldFrom } from './failures.ts';
import { checkServer } from './hints.ts';
import { decodeProtobuf, isProtobuf } from './protobuf.ts';
import {
  type RawRequest,
  type RawResponse,
  type RawStream,
  type Transport,
  TransportError,
} from './transport.ts';
import type { Call } from './types.ts';

export interface KubeApi {
  /** `https://host:port` */
  readonly server: string;
  /**
   * @returns the answer's JSON, or what `decodeProtobuf` makes of an answer in protobuf
   * @throws ReleasesError; a `LostReplyError` when a change may have been made all the same
   */
  call(call: Call): Promise<unknown>;
  /**
   * For a watch: the answer's bytes as they come, on a connection of their own.
   * @throws ReleasesError, until the answer begins; what breaks it later ends the stream
   */
  stream(call: Call): Promise<Readable>;
  close(): void;
}

const maxAnswer = 64 * 1024 * 1024;
const tries = 5;
const firstWaitMs = 200;
const longestWaitMs = 30_000;

export function openApi(transport: Transport): KubeApi {
  return {
    server: transport.server,
    async call(call) {
      const response = await exchange(transport, call, transport.send);
      if (response.status < 200 || response.status > 299) throw refusal(transport, call, response);
      return response.taken ? undefined : parseAnswer(response);
    },
    async stream(call) {
      const answer = await exchange(transport, call, transport.open);
      if ('stream' in answer) return answer.stream;
      throw refusal(transport, call, answer);
    },
    close: () => transport.close(),
  };
}

function refusal(transport: Transport, call: Call, answer: RawResponse): ReleasesError {
  const error = refused(transport.server, call, answer);
  const turnedAway = answer.status === 401 || answer.status === 403;
  return transport.withheld && turnedAway ? withheldFrom(error) : error;
}

/** Everything that Kubernetes wouldn't send is the answer of something else. */
function parseAnswer(response: RawResponse): unknown {
  if (isProtobuf(response)) return decodeProtobuf(response.body);
  try {
    return JSON.parse(response.body.toString('utf8'));
  } catch {
    throw new ReleasesError('API', 'the answer of the API server is not JSON', {
      hints: [checkServer('', ': is it a Kubernetes API server, or a sign-in page before it?')],
    });
  }
}

/**
 * One call, tried again where that is safe. Reads: after a broken connection, 429, or any 5xx (a 500
 * is also what is said while etcd elects a leader). Changes: only after 429, which says that nothing
 * was done; a lost reply is the caller's to settle, by looking.
 */
async function exchange<R extends RawResponse | RawStream>(
  transport: Transport,
  call: Call,
  send: (request: RawRequest) => Promise<R>,
): Promise<R> {
  const request = toRequest(call);
  const reads = request.method === 'GET' || call.keepsNothing === true;
  const ends = transport.timeoutMs > 0 ? performance.now() + transport.timeoutMs : undefined;
  let renewed = false;
  for (let attempt = 1; ; attempt++) {
    let wait: Wait | undefined;
    try {
      const response = await send({ ...request, leftMs: leftUntil(ends) });
      if (response.status === 401 && !renewed && transport.refresh()) {
        renewed = true;
        continue;
      }
      wait = waitAfter(response, reads, attempt);
      if (wait === undefined || attempt === tries) return response;
      if (isTooLong(wait, ends)) throw refused(transport.server, call, whole(response), wait.why);
    } catch (error) {
      if (!(error instanceof TransportError)) throw tlsFailure(transport, error);
      const broke = error.code === 'ECONNRESET' || error.code === 'EPIPE';
      wait = { ms: backoff(attempt), text: 'the connection to the API server broke', why: [] };
      if (!broke || !(reads || !error.sent) || attempt === tries || isTooLong(wait, ends))
        throw unreachable(transport.server, error);
    }
    await waitFor(wait.ms, wait.text, call.signal);
  }
}

/** Before a request is tried again. */
interface Wait {
  readonly ms: number;
  /** What is waited for. */
  readonly text: string;
  /** For the error where there is no time for it. */
  readonly why: readonly string[];
}

function leftUntil(ends: number | undefined): number | undefined {
  return ends === undefined ? undefined : Math.max(1, ends - performance.now());
}

function isTooLong({ ms }: Wait, ends: number | undefined): boolean {
  return ends !== undefined && performance.now() + ms >= ends;
}

/** What isn't a 200 never comes as a stream. */
function whole(response: RawResponse | RawStream): RawResponse {
  return 'body' in response ? response : { ...response, body: Buffer.alloc(0) };
}

/** node:tls throws a bad certificate or key where the agent is made, as a plain Error with a code. */
function tlsFailure(transport: Transport, error: unknown): unknown {
  const code = (error as NodeJS.ErrnoException).code;
  if (error instanceof ReleasesError || typeof code !== 'string') return error;
  return unreachable(transport.server, new TransportError(code, false));
}

/** What to wait for before the next try, or undefined when the answer stands. */
function waitAfter(
  { status, headers }: Pick<RawResponse, 'status' | 'headers'>,
  reads: boolean,
  attempt: number,
): Wait | undefined {
  const retry = status === 429 || (reads && status >= 500);
  if (!retry) return undefined;
  const named = retryAfterMs(headers['retry-after'], Date.now());
  if (named === undefined)
    return {
      ms: backoff(attempt),
      text: `the API server answered ${status}: it is asked again`,
      why: [],
    };
  const ms = Math.min(named, longestWaitMs);
  const seconds = `${Math.ceil(ms / 1000)} s`;
  return {
    ms,
    text: `the API server answered ${status}, and asks to wait ${seconds}`,
    why: [`it asks to wait ${seconds}, longer than --request-timeout leaves`],
  };
}

/**
 * A Retry-After header: seconds, or a date (RFC 9110, 10.2.3).
 * @param now milliseconds since 1970
 * @returns milliseconds; undefined for what says no time to come
 */
export function retryAfterMs(header: string | undefined, now: number): number | undefined {
  const text = header?.trim() ?? '';
  if (/^[0-9]+$/.test(text)) return Number(text) * 1000;
  // The only form of date that a server may write.
  if (!/^[A-Z][a-z]{2}, [0-9]{2} [A-Z][a-z]{2} [0-9]{4} [0-9:]{8} GMT$/.test(text))
    return undefined;
  const ms = Date.parse(text) - now;
  return ms > 0 ? ms : undefined;
}

/** Doubles, with a random part so that parallel requests don't come back together. */
export function backoff(attempt: number): number {
  return Math.min(firstWaitMs * 2 ** (attempt - 1), longestWaitMs) * (0.5 + Math.random() / 2);
}

const methods = {
  get: 'GET',
  list: 'GET',
  watch: 'GET',
  create: 'POST',
  update: 'PUT',
  patch: 'PATCH',
  delete: 'DELETE',
} as const;

function toRequest(call: Call): RawRequest {
  const body = call.body === undefined ? undefined : bytesOf(call.body);
  return {
    method: methods[call.verb],
    path: pathOf(call),
    headers: {
      accept: call.accept ?? 'application/json',
      'user-agent': 'kubectl-releases',
      ...(body
        ? { 'content-type': call.contentType ?? 'application/json', 'content-length': body.length }
        : {}),
    },
    ...(body ? { body } : {}),
    maxBytes: call.maxBytes ?? maxAnswer,
    taker: call.taker && ((answer) => (isTakeable(answer) ? call.taker?.() : undefined)),
    signal: call.signal,
  };
}

function isTakeable(answer: Pick<RawResponse, 'status' | 'headers'>): boolean {
  return answer.status >= 200 && answer.status <= 299 && isProtobuf(answer);
}

function bytesOf(body: unknown): Buffer {
  return Buffer.isBuffer(body) ? body : Buffer.from(JSON.stringify(body));
}

function pathOf(call: Call): string {
  const query = new URLSearchParams();
  for (const [key, value] of Object.entries(call.query ?? {}))
    if (value !== undefined && value !== '') query.set(key, value);
  const path = (call.path ?? resourcePath(call)).map(segment).join('/');
  return `/${path}${query.size > 0 ? `?${query}` : ''}`;
}

function resourcePath({ verb, apiVersion, namespace, resource, name }: Call): string[] {
  const parts = [apiVersion.includes('/') ? 'apis' : 'api', ...apiVersion.split('/')];
  if (namespace) parts.push('namespaces', namespace);
  parts.push(resource);
  if (name !== undefined && verb !== 'create') parts.push(name);
  return parts;
}

/**
 * An empty segment would turn a get into a list, and dots are resolved by servers on the way. The
 * rest no name may hold either: apimachinery's IsValidPathSegmentName.
 */
function segment(text: string): string {
  if (text === '' || text === '.' || text === '..' || /[/%]/.test(text))
    throw new ReleasesError('NOT_FOUND', 'no Kubernetes object can have such a name');
  return encodeURIComponent(text);
}
