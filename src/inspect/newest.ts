/**
 * The newest revision of every release in a store, read frugally: names and labels say which
 * revisions are the newest, so that only those payloads are read. Where a store can leave payloads
 * out, one list without them runs beside one list of the few revisions that aren't superseded; what
 * is still missing is fetched one by one. (Helm reads every payload of every revision.)
 *
 * What is shown has been read whole and checked: labels choose, they are never believed. Payloads that
 * were asked for because they are likely the newest are opened as they come, and only what the caller
 * keeps of them stays in memory.
 */
import { type OpenedRecord, openRecord } from '../codecs/index.ts';
import { mapLimit } from '../parallel.ts';
import {
  identify,
  type Owner,
  type ReadRecord,
  type RecordMeta,
  type RecordRef,
} from '../record.ts';
import type { ReadSource } from './sources.ts';

/** What is kept of a record: a row of a list. */
export type Keep<T> = (opened: OpenedRecord) => T;

/** How many single records are fetched at the same time. */
const parallelGets = 8;

interface Revision {
  readonly number: number;
  readonly ref: RecordRef;
}

/** What is known of one release in one store. */
interface Group<T> {
  readonly revisions: Revision[];
  newest: number;
  /** The newest record that came with its payload. */
  read?: { readonly revision: number; readonly kept: () => T };
}

/**
 * What is kept of one opened record for each release, and of one for each record that has no identity
 * of its own and so might belong to any.
 * @param listed what a list of metadata says, where somebody has it already
 * @throws ReleasesError when the store can't be read
 */
export async function newestRevisions<T>(
  source: ReadSource,
  keep: Keep<T>,
  listed?: AsyncIterable<readonly RecordMeta[]>,
): Promise<T[]> {
  const { storage, selection } = source;
  const { metadataOnly } = storage.capabilities;
  const groups: Groups<T> = new Map();
  const strays: (RecordMeta | ReadRecord)[] = [];

  const add = (record: RecordMeta | ReadRecord): Group<T> | undefined => {
    const identity = identify(record);
    if ('reason' in identity) return undefined;
    const { revision: number } = identity;
    const group = groupOf(groups, record, identity.owner, identity.name);
    group.revisions.push({ number, ref: refOf(record) });
    group.newest = Math.max(group.newest, number);
    if (hasBody(record) && number === group.newest)
      group.read = { revision: number, kept: metadataOnly ? opened(record) : later(record) };
    return group;
  };
  const later = (record: ReadRecord) => () => keep(openRecord(record));
  const opened = (record: ReadRecord) => {
    const kept = keep(openRecord(record));
    return () => kept;
  };

  // A status that isn't the newest of a release is nearly always "superseded".
  const readLikely = async (): Promise<void> => {
    if (!metadataOnly || !selection.owner) return;
    const notStatus = selection.owner === 'tiller' ? 'SUPERSEDED' : 'superseded';
    for await (const page of storage.list({ ...selection, notStatus }))
      for (const r of page) add(r);
  };
  // Where nothing need be, payloads are asked for when something is.
  let likely = source.optional ? undefined : readLikely();
  // What goes wrong is thrown where it is awaited.
  likely?.catch(() => {});
  const lists = metadataOnly ? storage.listMeta(selection) : storage.list(selection);
  for await (const page of listed ?? lists) {
    likely ??= readLikely();
    likely.catch(() => {});
    for (const record of page) if (!add(record)) strays.push(record);
  }
  await likely;

  const all = [...groups.values()].flatMap((here) => [...here.values()]);
  const newest = await mapLimit(all, parallelGets, (group) => keepNewest(source, group, keep));
  const lost = await mapLimit(strays, parallelGets, (record) => openStray(source, record));
  return [...newest, ...lost.map((one) => one && keep(one))].filter((kept) => kept !== undefined);
}

/**
 * What is kept of every record of a store, opened.
 * @throws ReleasesError when the store can't be read
 */
export async function allRevisions<T>(
  { storage, selection }: ReadSource,
  keep: Keep<T>,
): Promise<T[]> {
  const kept: T[] = [];
  for await (const page of storage.list(selection))
    for (const record of page) kept.push(keep(openRecord(record)));
  return kept;
}

/** From the newest down: one that is deleted while we read makes room for the one before. */
async function keepNewest<T>(
  source: ReadSource,
  group: Group<T>,
  keep: Keep<T>,
): Promise<T | undefined> {
  const newestFirst = group.revisions.sort((a, b) => b.number - a.number);
  for (const { number, ref } of newestFirst) {
    if (group.read?.revision === number) return group.read.kept();
    const record = await source.storage.get(ref);
    if (record) return keep(openRecord(record));
  }
  return undefined;
}

/** One text for each release of a store. */
export function releaseId({ kind, namespace }: RecordRef, owner: Owner, name: string): string {
  return JSON.stringify([kind, namespace, owner, name]);
}

/** By namespace, then by the rest: no kind and no owner holds a space. */
type Groups<T> = Map<string, Map<string, Group<T>>>;

function groupOf<T>(
  groups: Groups<T>,
  { kind, namespace }: RecordRef,
  owner: Owner,
  name: string,
): Group<T> {
  const here = groups.get(namespace) ?? new Map<string, Group<T>>();
  groups.set(namespace, here);
  const id = `${kind} ${owner} ${name}`;
  const known = here.get(id);
  if (known) return known;
  const group: Group<T> = { revisions: [], newest: Number.NEGATIVE_INFINITY };
  here.set(id, group);
  return group;
}

function refOf({ kind, namespace, key }: RecordRef): RecordRef {
  return { kind, namespace, key };
}

function hasBody(record: RecordMeta | ReadRecord): record is ReadRecord {
  return 'payload' in record || 'unreadable' in record;
}

/** A record without an identity is a bad one, but only its content may say what is wrong with it. */
async function openStray(
  source: ReadSource,
  record: RecordMeta | ReadRecord,
): Promise<OpenedRecord | undefined> {
  const whole = hasBody(record) ? record : await source.storage.get(refOf(record));
  return whole && openRecord(whole);
}
