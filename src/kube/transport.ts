/**
 * One HTTP request to the API server over node:https (or node:http) and kept-alive connections: no
 * gzip, the answer as bytes, bounded in size and time. A redirect is an answer like any other: what was sent here goes nowhere else.
 * It knows nothing of Kubernetes.
 */
import * as http from 'node:http';
import * as https from 'node:https';
import { createSecureContext, type SecureContext } from 'node:tls';
import type { Environment } from '../environment.ts';
import { authorityOf } from './certificates.ts';
import { withScheme } from './config.ts';
import { proxyFor } from './proxy.ts';
import type { Target } from './target.ts';
import type { CredentialSource, Credentials, Taker } from './types.ts';

export interface RawRequest {
  readonly method: string;
  /** Path and query, below the server's own path. */
  readonly path: string;
  readonly headers: http.OutgoingHttpHeaders;
  readonly body?: Buffer;
  readonly maxBytes: number;
  /** Asked when an answer begins: who takes its body piece by piece, whatever its size. Undefined: nobody. */
  readonly taker?:
    | ((answer: Pick<RawResponse, 'status' | 'headers'>) => Taker | undefined)
    | undefined;
  readonly signal?: AbortSignal | undefined;
  /** Milliseconds that are left of the transport's `timeoutMs`; absent: all of it. */
  readonly leftMs?: number | undefined;
}

export interface RawResponse {
  readonly status: number;
  readonly headers: http.IncomingHttpHeaders;
  readonly body: Buffer;
  /** Somebody has taken the body: it is empty here. */
  readonly taken?: true;
}

/** The head of an answer whose body comes piece by piece: who takes it reads it, or destroys it. */
export interface RawStream extends Omit<RawResponse, 'body'> {
  readonly stream: http.IncomingMessage;
}

/** A request without a complete answer. */
export class TransportError extends Error {
  /** False: the server can't have seen the request. */
  readonly sent: boolean;
  /** node's code (ECONNREFUSED, …), or TIMED_OUT, TOO_LARGE, ABORTED. */
  readonly code: string;
  /** `host:port` of the proxy that leads to the server; absent: none does. */
  proxy?: string;
  /** The way to the server was not there yet: it is the proxy that failed, by its certificate perhaps. */
  byProxy?: true;

  constructor(code: string, sent: boolean, message = code) {
    super(message);
    this.code = code;
    this.sent = sent;
  }
}

export interface Transport {
  /** `https://host:port`, without any user name: for messages. */
  readonly server: string;
  /** There are credentials that this server doesn't get, because it isn't spoken to by TLS. */
  readonly withheld: boolean;
  /** Of one request with all its tries, in milliseconds; 0: none. */
  readonly timeoutMs: number;
  /** @throws TransportError, or ReleasesError KUBECONFIG when credentials can't be had */
  send(request: RawRequest): Promise<RawResponse>;
  /** The same; of a 200 the body as it comes, on a connection of its own and for as long as it takes. */
  open(request: RawRequest): Promise<RawResponse | RawStream>;
  /** After a 401: true when other credentials may be had by trying once more. */
  refresh(): boolean;
  close(): void;
}

/** Enough for the writers of a migration; an API server's priority queues start to push back later. */
const maxSockets = 12;
/** client-go's dial timeout. */
const connectMs = 30_000;
/** The API server gives up on a request after 60 s; silence for longer means nobody is there. */
const silenceMs = 75_000;

/** @param source what lets it in; the transport closes it */
export function openTransport(
  target: Target,
  timeoutMs: number,
  env: Environment,
  source: CredentialSource,
): Transport {
  const url = new URL(withScheme(target.cluster.server));
  const base = url.pathname.replace(/\/+$/, '');
  let agent: http.Agent | undefined;
  let agentOf: Credentials | undefined;
  let making: Promise<http.Agent> | undefined;

  /** One agent for as long as the client certificate stays the same. */
  async function agentFor(credentials: Credentials): Promise<http.Agent> {
    if (agentOf?.cert !== credentials.cert || agentOf?.key !== credentials.key) making = undefined;
    if (!making) {
      agent?.destroy();
      agentOf = credentials;
      making = makeAgent(url, target, credentials, env);
    }
    agent = await making;
    return agent;
  }

  async function optionsFor(request: RawRequest) {
    const credentials = await source.get();
    return {
      protocol: url.protocol,
      hostname: url.hostname.replace(/^\[|\]$/g, ''),
      port: url.port || (url.protocol === 'https:' ? 443 : 80),
      path: base + request.path,
      method: request.method,
      headers: { ...request.headers, ...credentials.headers },
      agent: await agentFor(credentials),
    };
  }

  /** Where a proxy leads to the server, it may be the one that failed. */
  function named(error: unknown): unknown {
    const proxy = error instanceof TransportError && proxyFor(url, target.cluster.proxyUrl, env);
    // socks5, unlike socks5h, has names resolved here: it's the server's that there is none of.
    const isServers = proxy && proxy.protocol === 'socks5:' && nameless.has(error.code);
    if (proxy && !isServers) error.proxy = proxy.host;
    return error;
  }

  return {
    server: `${url.protocol}//${url.host}`,
    withheld: source.withheld,
    timeoutMs,
    async send(request) {
      const { leftMs = timeoutMs } = request;
      const options = await optionsFor(request);
      return exchange(options, request, leftMs, whole(request)).catch((error) => {
        throw named(error);
      });
    },
    async open(request) {
      const options = await optionsFor(request);
      const { agent } = options;
      // What stays open must not take the place of a request.
      agent.maxSockets += 1;
      const closed = () => {
        agent.maxSockets -= 1;
      };
      const refusal = whole(request);
      const take: Take<RawResponse | RawStream> = (response, head, reading) => {
        if (head.status !== 200) return refusal(response, head, reading);
        return reading.done({ ...head, stream: response });
      };
      const { leftMs = timeoutMs } = request;
      const answer = await exchange(options, request, leftMs, take).catch((error) => {
        closed();
        throw named(error);
      });
      if ('stream' in answer) answer.stream.once('close', closed);
      else closed();
      return answer;
    },
    refresh: () => source.refresh(),
    close() {
      source.close();
      agent?.destroy();
    },
  };
}

async function makeAgent(
  url: URL,
  target: Target,
  credentials: Credentials,
  env: Environment,
): Promise<http.Agent> {
  const { cluster } = target;
  const secure = url.protocol === 'https:';
  const ca = secure ? authorityOf(cluster) : undefined;
  const { cert, key } = credentials;
  const options: https.AgentOptions & { secureContext?: SecureContext } = {
    keepAlive: true,
    maxSockets,
    // Made once: node would read the certificates for every connection, and compare them as text for
    // every request.
    ...(secure && {
      secureContext: createSecureContext({
        ...(ca && { ca }),
        ...(cert && { cert }),
        ...(key && { key }),
      }),
    }),
    ...(secure && cluster.tlsServerName ? { servername: cluster.tlsServerName } : {}),
    ...(secure ? { rejectUnauthorized: !cluster.skipTLSVerify } : {}),
  };
  const proxy = proxyFor(url, cluster.proxyUrl, env);
  if (!proxy) return secure ? new https.Agent(options) : new http.Agent(options);
  if (proxy.protocol.startsWith('socks')) {
    const { SocksProxyAgent } = await import('./socks.ts');
    return new SocksProxyAgent(proxy, { ...options, timeout: connectMs });
  }
  const { HttpProxyAgent, HttpsProxyAgent } = await import('hpagent');
  const through = { ...options, proxy: proxy.href, timeout: connectMs };
  return markingFailures(secure ? new HttpsProxyAgent(through) : new HttpProxyAgent(through));
}

/** What kept a proxy from leading to the server. */
const proxyFailures = new WeakSet<object>();

/** Such an agent hands its own errors on before there is a socket: what comes later is the server's. */
function markingFailures<Agent extends http.Agent>(agent: Agent): Agent {
  const connect = agent.createConnection.bind(agent);
  agent.createConnection = (options, callback) =>
    connect(options, (error, socket) => {
      if (error) proxyFailures.add(error);
      callback?.(error, socket);
    });
  return agent;
}

/** A name server's answers. */
const nameless = new Set(['ENOTFOUND', 'EAI_AGAIN']);

/** Sockets that are connected, and by TLS where it is spoken. */
const established = new WeakSet<object>();

/** How the one who reads an answer's body ends the request. */
interface Reading<T> {
  done(answer: T): void;
  fail(code: string): void;
  /** Ends it with what the reader threw. */
  threw(error: unknown): void;
  /** Something came. */
  alive(): void;
  /** Nothing will come before it goes on. */
  rests(): void;
  /** @returns false where the request has ended meanwhile */
  goesOn(): boolean;
}

type Take<T> = (
  response: http.IncomingMessage,
  head: Omit<RawResponse, 'body'>,
  reading: Reading<T>,
) => void;

function whole({ maxBytes, taker }: RawRequest): Take<RawResponse> {
  return (response, head, reading) => {
    const { done, fail, alive } = reading;
    const chunks: Buffer[] = [];
    let size = 0;
    const take = taker?.(head);
    response.on('data', (chunk: Buffer) => {
      size += chunk.length;
      alive();
      if (take) hand(take, chunk, response, reading);
      else if (size > maxBytes) fail('TOO_LARGE');
      else chunks.push(chunk);
    });
    response.on('error', (error: NodeJS.ErrnoException) => fail(error.code ?? 'ERROR'));
    response.on('end', () => {
      if (!response.complete) return fail('ECONNRESET');
      const [only] = chunks;
      const body = chunks.length === 1 && only ? only : Buffer.concat(chunks);
      done({ ...head, body, ...(take ? { taken: true } : {}) });
    });
  };
}

async function hand(
  take: Taker,
  piece: Buffer,
  response: http.IncomingMessage,
  { threw, rests, goesOn }: Reading<RawResponse>,
): Promise<void> {
  try {
    const taken = take(piece);
    if (!taken) return;
    rests();
    response.pause();
    await taken;
    if (goesOn()) response.resume();
  } catch (error) {
    threw(error);
  }
}

function exchange<T>(
  options: https.RequestOptions,
  request: RawRequest,
  timeoutMs: number,
  take: Take<T>,
): Promise<T> {
  return new Promise((resolve, reject) => {
    const { signal } = request;
    const make = options.protocol === 'https:' ? https.request : http.request;
    let [connected, settled] = [false, false];
    let silence: NodeJS.Timeout | undefined;
    const fail = (code: string, message?: string, byProxy = false) => {
      settle();
      const error = new TransportError(code, connected, message);
      if (byProxy) error.byProxy = true;
      reject(error);
      out.destroy();
    };
    const total = timeoutMs > 0 ? setTimeout(() => fail('TIMED_OUT'), timeoutMs) : undefined;
    const waitFor = (ms: number) => {
      clearTimeout(silence);
      silence = setTimeout(() => fail('TIMED_OUT'), ms);
    };
    const onAbort = () => fail('ABORTED');
    const settle = () => {
      settled = true;
      clearTimeout(total);
      clearTimeout(silence);
      signal?.removeEventListener('abort', onAbort);
    };

    const out = make({ ...options, timeout: silenceMs });
    out.on('error', (error: NodeJS.ErrnoException) =>
      fail(error.code ?? 'ERROR', error.message, proxyFailures.has(error)),
    );
    out.on('socket', (socket) => {
      const ready = () => {
        connected = true;
        established.add(socket);
        waitFor(silenceMs);
      };
      // `reusedSocket` is not set where a request waited for another one's socket.
      if (out.reusedSocket || established.has(socket)) return ready();
      waitFor(connectMs);
      socket.once(options.protocol === 'https:' ? 'secureConnect' : 'connect', ready);
      return undefined;
    });
    out.on('response', (response) => {
      connected = true;
      const head = { status: response.statusCode ?? 0, headers: response.headers };
      take(response, head, {
        done(answer) {
          settle();
          resolve(answer);
        },
        fail,
        threw(error) {
          settle();
          reject(error);
          out.destroy();
        },
        alive: () => silence?.refresh(),
        rests: () => clearTimeout(silence),
        goesOn() {
          if (!settled) waitFor(silenceMs);
          return !settled;
        },
      });
    });
    signal?.addEventListener('abort', onAbort);
    if (signal?.aborted) onAbort();
    else out.end(request.body);
  });
}
