/**
 * A watch that goes on: the metadata of the objects that are there, then each change, through whatever
 * ends a connection. It goes on from the place that the last event or bookmark named; where the server
 * no longer knows that place (410 Gone), or wasn't there for a while, the objects are listed again.
 * https://kubernetes.io/docs/reference/using-api/api-concepts/#efficient-detection-of-changes
 */

import { setTimeout as sleep } from 'node:timers/promises';
import { isReleasesError, ReleasesError } from '../errors.ts';
import { backoff, type KubeApi } from './api.ts';
import { ExpiredError, TooLargeError, UnavailableError, unreachable } from './failures.ts';
import { checkServer } from './hints.ts';
import { linesOf } from './lines.ts';
import { type Listed, listPages } from './pages.ts';
import { TransportError } from './transport.ts';
import type { KubeObject } from './types.ts';

export type WatchEvent =
  /** All that there is: at first, and whenever changes may have been missed. */
  | { readonly is: 'listed'; readonly objects: readonly KubeObject[] }
  | { readonly is: 'changed'; readonly object: KubeObject }
  | { readonly is: 'removed'; readonly object: KubeObject }
  /** The server can't be reached; it is tried again until it can, which `back` says. */
  | { readonly is: 'lost'; readonly error: ReleasesError }
  | { readonly is: 'back' };

export interface WatchOptions {
  readonly labelSelector?: string | undefined;
  /** Ends the watch, without an error. */
  readonly signal?: AbortSignal | undefined;
  /** Milliseconds without event or bookmark; absent: 150,000. A server sends a bookmark every minute. */
  readonly silenceMs?: number;
  /** Bytes of one event; absent: 4 MiB, more than an object can have. */
  readonly maxEventBytes?: number;
}

const metadataOnly =
  'application/json;as=PartialObjectMetadata;v=v1;g=meta.k8s.io,application/json';
const defaultSilenceMs = 150_000;
const defaultEventBytes = 4 * 1024 * 1024;
/** After which the server ends a watch: some time in this many seconds and as many again. */
const leastSeconds = 300;
/** A connection that ends sooner, and brought nothing, counts as one that failed. */
const shortMs = 1000;
/** Of refusals: a server that has just started may not know its users and Roles yet. */
const refusalsBorne = 5;
/** The longest wait between tries is what `backoff` gives for this. */
const lastBackoff = 6;

interface Place {
  /** Where the watch goes on; '' to list first. */
  version: string;
  /** Whether anything has come since the last failure. */
  fruitful: boolean;
}

/**
 * @throws ReleasesError, as `KubeApi.call` does, before the first watch has begun; after that only what
 *   stays refused, or can't be understood
 */
export async function* watchMetadata(
  api: KubeApi,
  at: Listed,
  options: WatchOptions = {},
): AsyncGenerator<WatchEvent> {
  const { signal } = options;
  const place: Place = { version: '', fruitful: false };
  let begun = false;
  let lost = false;
  let failures = 0;
  let refusals = 0;
  let hasty = 0;
  while (!signal?.aborted) {
    const started = Date.now();
    try {
      if (place.version === '') {
        const event = await listed(api, at, options, place);
        if (lost) yield { is: 'back' };
        lost = false;
        yield event;
      }
      const stream = await api.stream(watchCall(at, options, place.version));
      [begun, refusals] = [true, 0];
      yield* eventsOf(api, stream, options, place);
      if (!place.fruitful && Date.now() - started < shortMs)
        throw unreachable(api.server, new TransportError('ECONNRESET', true));
      failures = 0;
    } catch (error) {
      if (signal?.aborted) return;
      if (place.fruitful) failures = 0;
      failures += 1;
      const expired = error instanceof ExpiredError;
      const away = isAway(error);
      if (!away && !expired) refusals += 1;
      if (!isReleasesError(error) || isFinal(error)) throw error;
      if (expired) place.version = '';
      else if (!begun || refusals === refusalsBorne) throw error;
      // One cut is nothing to speak of: it goes on where it was.
      if (away && failures > 1 && !lost) {
        [lost, place.version] = [true, ''];
        yield { is: 'lost', error };
      }
      if (failures > 1 || refusals > 0) await pause(failures, signal);
    }
    // A server may end each watch after one event: that is no reason to ask it without a pause.
    hasty = Date.now() - started < shortMs ? hasty + 1 : 0;
    if (hasty > 2) await pause(hasty - 2, signal);
    place.fruitful = false;
  }
}

/** Nobody answers, or somebody who says that the server can't: waiting helps. */
function isAway(error: unknown): boolean {
  return error instanceof UnavailableError || isReleasesError(error, 'UNREACHABLE');
}

/** What is not understood now won't be understood later. */
function isFinal(error: ReleasesError): boolean {
  return error instanceof TooLargeError || error instanceof NoEventError;
}

class NoEventError extends ReleasesError {
  constructor() {
    super('API', 'the answer of the API server is not a watch', {
      hints: [checkServer()],
    });
  }
}

async function pause(failures: number, signal: AbortSignal | undefined): Promise<void> {
  const wait = backoff(Math.min(failures, lastBackoff));
  await sleep(wait, undefined, signal ? { signal } : {}).catch(() => {});
}

async function listed(
  api: KubeApi,
  at: Listed,
  { labelSelector }: WatchOptions,
  place: Place,
): Promise<WatchEvent> {
  const objects: KubeObject[] = [];
  let version = '';
  const onVersion = (first: string) => {
    version = first;
  };
  for await (const page of listPages(api, at, { labelSelector, metadataOnly: true, onVersion }))
    objects.push(...page);
  // Without a version a watch would begin with every object once more, which does no harm.
  place.version = version || '0';
  return { is: 'listed', objects };
}

function watchCall(at: Listed, { labelSelector, signal }: WatchOptions, version: string) {
  const seconds = Math.round(leastSeconds * (1 + Math.random()));
  return {
    ...at,
    verb: 'watch',
    query: {
      watch: 'true',
      allowWatchBookmarks: 'true',
      resourceVersion: version,
      timeoutSeconds: String(seconds),
      labelSelector,
    },
    accept: metadataOnly,
    signal,
  } as const;
}

/** The events of one connection, to its end. */
async function* eventsOf(
  api: KubeApi,
  stream: Parameters<typeof linesOf>[0],
  options: WatchOptions,
  place: Place,
): AsyncGenerator<WatchEvent> {
  const { signal, silenceMs = defaultSilenceMs, maxEventBytes = defaultEventBytes } = options;
  const stop = () => stream.destroy();
  signal?.addEventListener('abort', stop);
  try {
    if (signal?.aborted) stop();
    for await (const line of linesOf(stream, { maxBytes: maxEventBytes, silenceMs })) {
      const { type, object } = readEvent(line);
      if (type === 'ERROR') throw endedBy(object);
      place.fruitful = true;
      place.version = object.metadata.resourceVersion ?? place.version;
      if (type === 'DELETED') yield { is: 'removed', object };
      else if (type !== 'BOOKMARK') yield { is: 'changed', object };
    }
  } catch (error) {
    throw error instanceof TransportError ? unreachable(api.server, error) : error;
  } finally {
    signal?.removeEventListener('abort', stop);
  }
}

type Event =
  | { readonly type: 'ADDED' | 'MODIFIED' | 'DELETED' | 'BOOKMARK'; readonly object: KubeObject }
  | { readonly type: 'ERROR'; readonly object: { readonly code?: unknown } };

/** @throws ReleasesError API */
function readEvent(line: string): Event {
  let event: { type?: unknown; object?: { metadata?: { name?: unknown } } } | null;
  try {
    event = JSON.parse(line);
  } catch {
    throw new NoEventError();
  }
  const { type, object } = event ?? {};
  const isStatus = type === 'ERROR' && typeof object === 'object' && object !== null;
  const isChange = type === 'ADDED' || type === 'MODIFIED' || type === 'DELETED';
  const named = typeof object?.metadata?.name === 'string';
  const isMark = type === 'BOOKMARK' && typeof object?.metadata === 'object';
  if (isStatus || (isChange && named) || (isMark && object?.metadata)) return event as Event;
  throw new NoEventError();
}

/** A watch's own error: a place that is gone, or a server that can't go on. */
function endedBy({ code }: { readonly code?: unknown }): ReleasesError {
  if (code === 410) return new ExpiredError(undefined);
  return new UnavailableError('API', 'the API server broke the watch off', {
    why: typeof code === 'number' ? [`it said ${code}`] : [],
  });
}
