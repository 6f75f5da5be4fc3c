/**
 * A list in pages. The next page is asked for while the caller works on the present one; a snapshot
 * that expires on the server (410 Gone) and pages that grow too large are lived through.
 * https://kubernetes.io/docs/reference/using-api/api-concepts/#retrieving-large-results-sets-in-chunks
 */
import { ReleasesError } from '../errors.ts';
import type { Call, KubeApi, KubeObject } from './api.ts';
import { ExpiredError, TooLargeError } from './failures.ts';
import { acceptMetadata, acceptProtobuf } from './protobuf.ts';

export interface ListOptions {
  readonly labelSelector?: string | undefined;
  readonly fieldSelector?: string | undefined;
  /** Leave everything but metadata out, at the server. */
  readonly metadataOnly?: boolean;
  /** For records: see `protobuf.ts` for what is read of them. */
  readonly protobuf?: boolean;
  /** Objects a page; absent: 250, or 2000 of metadata alone: the fastest when measured. */
  readonly pageSize?: number | undefined;
  /** Bytes a page; a larger one is asked for again in smaller pages. */
  readonly maxPageBytes?: number | undefined;
  /** Hears of the snapshot that the first page is of, which a watch goes on from. */
  readonly onVersion?: (resourceVersion: string) => void;
}

/** What is listed. */
export type Listed = Pick<Call, 'apiVersion' | 'resource' | 'namespace'>;

interface Page {
  readonly items: readonly KubeObject[];
  readonly next: string;
  readonly version: string;
}

const metadataOnly =
  'application/json;as=PartialObjectMetadataList;v=v1;g=meta.k8s.io,application/json';
/** Full restarts of an expired list, before it's an error. */
const restarts = 5;
const defaultPageBytes = 64 * 1024 * 1024;

/** @throws ReleasesError, as `KubeApi.call` does */
export async function* listPages(
  api: KubeApi,
  at: Listed,
  options: ListOptions = {},
): AsyncGenerator<readonly KubeObject[]> {
  const stop = new AbortController();
  const seen = new Set<string>();
  const fetch = pageFetcher(api, at, options, stop.signal);
  let coming: Promise<Page> | undefined = fetch('');
  let version: string | undefined;
  try {
    while (coming) {
      const page: Page = await coming;
      if (version === undefined) options.onVersion?.(page.version);
      version ??= page.version;
      coming = page.next ? fetch(page.next) : undefined;
      // A failure is reported when its page is awaited, not before.
      coming?.catch(() => {});
      const fresh = page.items.filter((item) => isFirst(seen, item));
      if (fresh.length > 0) yield fresh;
    }
  } finally {
    // What was begun for a reader who has left; an abort costs as much as a short list.
    if (coming) stop.abort();
  }
}

/** A list that had to start again yields what it yielded before: dropped here. */
function isFirst(seen: Set<string>, { metadata }: KubeObject): boolean {
  const id = metadata.uid ?? `${metadata.namespace ?? ''}/${metadata.name}`;
  if (seen.has(id)) return false;
  seen.add(id);
  return true;
}

function pageFetcher(api: KubeApi, at: Listed, options: ListOptions, signal: AbortSignal) {
  let limit = options.pageSize ?? (options.metadataOnly ? 2000 : 250);
  let left = restarts;
  const ask = (token: string) =>
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
      signal,
    });

  return async function fetch(from: string): Promise<Page> {
    for (let token = from; ; ) {
      try {
        return readPage(await ask(token));
      } catch (error) {
        if (error instanceof TooLargeError && limit > 1) {
          limit = Math.max(1, Math.floor(limit / 4));
        } else if (error instanceof ExpiredError && left > 0) {
          left -= 1;
          token = error.resume ?? '';
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
      hints: ['check --server: is it a Kubernetes API server, or something before it?'],
    });
  const text = (value: unknown) => (typeof value === 'string' ? value : '');
  return {
    items: list,
    next: text(metadata?.continue),
    version: text(metadata?.resourceVersion),
  };
}
