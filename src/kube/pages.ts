/**
 * A list in pages. The next page is asked for while the caller works on the present one; a snapshot
 * that expires on the server (410 Gone) and pages that grow too large are lived through. What comes in
 * protobuf is handed on while it arrives, so that a page may be large: an API server answers the first
 * one from its memory, and may read those that follow from etcd, with all that the labels leave out.
 * https://kubernetes.io/docs/reference/using-api/api-concepts/#retrieving-large-results-sets-in-chunks
 */

import { ReleasesError } from '../errors.ts';
import type { KubeApi } from './api.ts';
import { ExpiredError, TooLargeError } from './failures.ts';
import { checkServer } from './hints.ts';
import { acceptMetadata, acceptProtobuf, type ListMetadata } from './protobuf.ts';
import { listReader } from './protobufList.ts';
import { openQueue, type Queue } from './queue.ts';
import type { Call, KubeObject, Taker } from './types.ts';

export interface ListOptions {
  readonly labelSelector?: string | undefined;
  readonly fieldSelector?: string | undefined;
  /** Leave everything but metadata out, at the server. */
  readonly metadataOnly?: boolean;
  /** For records: see `protobuf.ts` for what is read of them. */
  readonly protobuf?: boolean;
  /** Objects a page; absent: `pageSizes`. */
  readonly pageSize?: number | undefined;
  /** Bytes a page; a larger one is asked for again in smaller pages. */
  readonly maxPageBytes?: number | undefined;
  /** Hears of the snapshot that the first page is of, which a watch goes on from. */
  readonly onVersion?: (resourceVersion: string) => void;
}

/** What is listed. */
export type Listed = Pick<Call, 'apiVersion' | 'resource' | 'namespace'>;

interface Page extends ListMetadata {
  readonly items: readonly KubeObject[];
}

const metadataOnly =
  'application/json;as=PartialObjectMetadataList;v=v1;g=meta.k8s.io,application/json';
/** Full restarts of an expired list, before it's an error. */
const restarts = 5;
/**
 * Pages without a new object, one after the other, before a list counts as going nowhere. An API server
 * fills its pages; what extends it may leave some empty.
 */
const idlePages = 10;
const defaultPageBytes = 64 * 1024 * 1024;

/** Whole objects a page, and metadata alone. As they arrive, a server has to finish within a minute. */
const pageSizes = {
  protobuf: { whole: 1000, metadataOnly: 20_000 },
  json: { whole: 250, metadataOnly: 2000 },
} as const;
/** More that nobody has taken yet holds the server back. */
const mostWaiting = 8 * 1024 * 1024;

/** @throws ReleasesError, as `KubeApi.call` does */
export async function* listPages(
  api: KubeApi,
  at: Listed,
  options: ListOptions = {},
): AsyncGenerator<readonly KubeObject[]> {
  const stop = new AbortController();
  const arrived = openQueue<readonly KubeObject[]>(mostWaiting);
  const fetch = pageFetcher(api, at, options, stop.signal, arrived);
  let begun = true;
  const fetchAll = async () => {
    const { next: second, version } = await fetch('');
    options.onVersion?.(version);
    for (let next = second; next; { next } = await fetch(next)) await arrived.room();
    begun = false;
  };
  fetchAll().then(arrived.end, arrived.fail);
  try {
    yield* arrived.taken();
  } finally {
    // What was begun for a reader who has left; an abort costs as much as a short list.
    if (begun) stop.abort();
  }
}

/** What a list has brought, and whether it gets anywhere. */
function openProgress() {
  /** By object: in which reading of the list it came last. */
  const seen = new Map<string, number>();
  const tokens = new Set<string>();
  let [reading, idle, moved] = [0, 0, false];
  return {
    /** A list that had to start again brings what it brought before: dropped here. */
    fresh(items: readonly KubeObject[]): readonly KubeObject[] {
      return items.filter(({ metadata }) => {
        const id = metadata.uid ?? `${metadata.namespace ?? ''}/${metadata.name}`;
        const last = seen.get(id);
        if (last !== reading) moved = true;
        seen.set(id, reading);
        return last === undefined;
      });
    },
    /** From the beginning: the same tokens and objects may come again. */
    restart() {
      tokens.clear();
      [reading, idle] = [reading + 1, 0];
    },
    /**
     * A page has ended, and the server names the next one.
     * @throws ReleasesError API where the list goes in circles
     */
    next(token: string) {
      idle = moved ? 0 : idle + 1;
      moved = false;
      if (token === '') return;
      if (tokens.has(token)) throw endless('it names a page that it has given already as the next');
      if (idle >= idlePages) throw endless(`${idlePages} pages in a row brought nothing new`);
      tokens.add(token);
    },
  };
}

function endless(why: string): ReleasesError {
  return new ReleasesError('API', "the API server's list does not come to an end", {
    why: [why],
    hints: [checkServer()],
  });
}

/** Asks for the page that a token names, puts its objects into the queue, and says what is next. */
function pageFetcher(
  api: KubeApi,
  at: Listed,
  options: ListOptions,
  signal: AbortSignal,
  arrived: Queue<readonly KubeObject[]>,
) {
  const sizes = pageSizes[options.protobuf ? 'protobuf' : 'json'];
  let limit = options.pageSize ?? sizes[options.metadataOnly ? 'metadataOnly' : 'whole'];
  let left = restarts;
  const progress = openProgress();
  const ask = (token: string, taker: () => Taker) =>
    api.call({
      ...at,
      verb: 'list',
      query: {
        limit: String(limit),
        continue: token,
        labelSelector: options.labelSelector,
        fieldSelector: options.fieldSelector,
      },
      ...acceptOf(options),
      // A single object can't be asked for in parts: then the transport's own bound holds.
      maxBytes: limit === 1 ? undefined : (options.maxPageBytes ?? defaultPageBytes),
      ...(options.protobuf ? { taker } : {}),
      signal,
    });
  const read = async (token: string): Promise<ListMetadata> => {
    let end: (() => ListMetadata) | undefined;
    const answer = await ask(token, () => {
      const reader = listReader();
      end = reader.end;
      return (piece) => {
        const items = progress.fresh(reader.take(piece));
        return items.length > 0 ? arrived.put(items, piece.length) : undefined;
      };
    });
    if (answer === undefined && end) return end();
    const { items, ...metadata } = readPage(answer);
    // Nothing more is asked for before somebody has begun to work on this one.
    const fresh = progress.fresh(items);
    if (fresh.length > 0) arrived.put(fresh, mostWaiting + 1);
    return metadata;
  };

  return async function fetch(from: string): Promise<ListMetadata> {
    for (let token = from; ; ) {
      try {
        const page = await read(token);
        progress.next(page.next);
        return page;
      } catch (error) {
        if (error instanceof TooLargeError && limit > 1) {
          limit = Math.max(1, Math.floor(limit / 4));
        } else if (error instanceof ExpiredError && left > 0) {
          left -= 1;
          token = error.resume ?? '';
          if (token === '') progress.restart();
        } else throw error;
      }
    }
  };
}

function acceptOf(options: ListOptions): { accept?: string } {
  if (options.protobuf)
    return { accept: options.metadataOnly ? acceptMetadata.list : acceptProtobuf };
  return options.metadataOnly ? { accept: metadataOnly } : {};
}

/** @throws ReleasesError API for anything that isn't a list: it would count as one without objects */
function readPage(answer: unknown): Page {
  const { kind, items, metadata } = (answer ?? {}) as {
    kind?: unknown;
    items?: unknown;
    metadata?: { continue?: unknown; resourceVersion?: unknown };
  };
  // Go writes an empty list as null in some versions.
  const list = items ?? [];
  const sound =
    typeof kind === 'string' &&
    kind.endsWith('List') &&
    Array.isArray(list) &&
    list.every((item) => typeof item?.metadata?.name === 'string');
  if (!sound)
    throw new ReleasesError('API', 'the answer of the API server is not a list of objects', {
      hints: [checkServer()],
    });
  const text = (value: unknown) => (typeof value === 'string' ? value : '');
  return {
    items: list,
    next: text(metadata?.continue),
    version: text(metadata?.resourceVersion),
  };
}
