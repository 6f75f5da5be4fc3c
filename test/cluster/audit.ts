/** Reads the API server's audit log: what was really asked for, by whom, with what result. */
import { closeSync, openSync, readSync, statSync } from 'node:fs';

/** One request, as the audit log of `audit.k8s.io/v1` at level Metadata has it. */
export interface AuditEntry {
  /** get, list, watch, create, update, patch, delete, deletecollection; the method for other URLs */
  readonly verb: string;
  readonly user: string;
  /** Set when the request impersonated somebody: `user` is then who really asked. */
  readonly impersonated?: string;
  /** Path and query. */
  readonly uri: string;
  /** Empty for URLs that are no resource, like /version. */
  readonly resource: string;
  readonly subresource?: string;
  readonly namespace?: string;
  readonly name?: string;
  /** The response's HTTP status. */
  readonly code: number;
  readonly userAgent: string;
}

/** Everything given must match. */
export interface AuditFilter {
  readonly verb?: string;
  readonly user?: string;
  readonly resource?: string;
  readonly namespace?: string;
}

const writingVerbs = new Set(['create', 'update', 'patch', 'delete', 'deletecollection']);

/**
 * Whether a request asks for a change: none of these means that nothing was written. A review of what
 * somebody may do is a `create` that the server only answers, and keeps nothing of.
 */
export function isWrite({ verb, resource }: Pick<AuditEntry, 'verb' | 'resource'>): boolean {
  return writingVerbs.has(verb) && !resource.endsWith('accessreviews');
}

interface Event {
  readonly auditID: string;
  readonly stage: string;
  readonly verb: string;
  readonly requestURI: string;
  readonly userAgent?: string;
  /** Without a name where nobody was recognised: a 401. */
  readonly user: { readonly username?: string };
  readonly impersonatedUser?: { readonly username: string };
  readonly objectRef?: {
    readonly resource?: string;
    readonly subresource?: string;
    readonly namespace?: string;
    readonly name?: string;
  };
  readonly responseStatus?: { readonly code?: number };
}

/** @param path the audit log; @param from the byte where reading starts */
export function readAudit(path: string, from: number): AuditEntry[] {
  const seen = new Map<string, AuditEntry>();
  const text = readFrom(path, Math.max(0, from - 1));
  // An event that was half written where reading starts was there before; what follows the last line end is
  // still on its way, even where it ends like a whole event.
  const start = from === 0 ? 0 : text.indexOf('\n') + 1;
  for (const line of text.slice(start, text.lastIndexOf('\n') + 1).split('\n')) {
    if (line === '') continue;
    const event: Event = JSON.parse(line);
    // A watch is written down twice: when it starts and when it ends.
    seen.set(event.auditID, toEntry(event));
  }
  return [...seen.values()];
}

export function matches(entry: AuditEntry, filter: AuditFilter): boolean {
  return (['verb', 'user', 'resource', 'namespace'] as const).every(
    (field) => filter[field] === undefined || entry[field] === filter[field],
  );
}

/** How often each verb occurs; verbs that don't occur have no key. */
export function countVerbs(entries: readonly AuditEntry[]): { [verb: string]: number } {
  const counts: { [verb: string]: number } = {};
  for (const { verb } of entries) counts[verb] = (counts[verb] ?? 0) + 1;
  return counts;
}

function toEntry(event: Event): AuditEntry {
  const { subresource, namespace, name } = event.objectRef ?? {};
  return {
    verb: event.verb,
    user: event.user.username ?? '',
    ...(event.impersonatedUser && { impersonated: event.impersonatedUser.username }),
    uri: event.requestURI,
    resource: event.objectRef?.resource ?? '',
    ...(subresource && { subresource }),
    ...(namespace && { namespace }),
    ...(name && { name }),
    code: event.responseStatus?.code ?? 0,
    userAgent: event.userAgent ?? '',
  };
}

function readFrom(path: string, from: number): string {
  const bytes = Buffer.alloc(Math.max(0, statSync(path).size - from));
  const file = openSync(path, 'r');
  try {
    return bytes.toString('utf8', 0, readSync(file, bytes, 0, bytes.length, from));
  } finally {
    closeSync(file);
  }
}
