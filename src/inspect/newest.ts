/**
 * The newest revision of every release in a store, read frugally: names and labels say which
 * revisions are the newest, so that only those payloads are read. Where a store can leave payloads
 * out, one list without them runs beside one list of the few revisions that aren't superseded; what
 * is still missing is fetched one by one. (Helm reads every payload of every revision.)
 *
 * What is shown has been read whole and checked: labels choose, they are never believed.
 */
import { type OpenedRecord, openRecord, openRecords } from '../codecs/index.ts';
import { mapLimit } from '../parallel.ts';
import {
  identify,
  type Owner,
  type ReadRecord,
  type RecordMeta,
  type RecordRef,
} from '../record.ts';
import type { ReadSource } from './sources.ts';

/** How many single records are fetched at the same time. */
const parallelGets = 8;

interface Revision {
  readonly number: number;
  readonly ref: RecordRef;
}

/** What is known of one release in one store. */
interface Group {
  readonly revisions: Revision[];
  /** The newest record that came with its payload. */
  body?: { readonly revision: number; readonly record: ReadRecord };
}

/**
 * One opened record for each release, and one for each record that has no identity of its own and
 * so might belong to any.
 * @param listed what a list of metadata says, where somebody has it already
 * @throws ReleasesError when the store can't be read
 */
export async function newestRevisions(
  source: ReadSource,
  listed?: AsyncIterable<readonly RecordMeta[]>,
): Promise<OpenedRecord[]> {
  const { storage, selection } = source;
  const groups = new Map<string, Group>();
  const strays: (RecordMeta | ReadRecord)[] = [];

  const add = (record: RecordMeta | ReadRecord): Group | undefined => {
    const identity = identify(record);
    if ('reason' in identity) return undefined;
    const group = groupOf(groups, record, identity.owner, identity.name);
    group.revisions.push({ number: identity.revision, ref: refOf(record) });
    if (hasBody(record) && identity.revision >= (group.body?.revision ?? Number.NEGATIVE_INFINITY))
      group.body = { revision: identity.revision, record };
    return group;
  };

  const readAll = async (): Promise<void> => {
    const lists = storage.capabilities.metadataOnly
      ? storage.listMeta(selection)
      : storage.list(selection);
    for await (const page of listed ?? lists)
      for (const record of page) if (!add(record)) strays.push(record);
  };
  // A status that isn't the newest of a release is nearly always "superseded".
  const readLikely = async (): Promise<void> => {
    if (!storage.capabilities.metadataOnly || !selection.owner) return;
    const notStatus = selection.owner === 'tiller' ? 'SUPERSEDED' : 'superseded';
    for await (const page of storage.list({ ...selection, notStatus }))
      for (const r of page) add(r);
  };
  await Promise.all([readAll(), readLikely()]);

  const opened = await mapLimit([...groups.values()], parallelGets, (group) =>
    openNewest(source, group),
  );
  const lost = await mapLimit(strays, parallelGets, (record) => openStray(source, record));
  return [...opened, ...lost].filter((record) => record !== undefined);
}

/**
 * Every record of a store, opened.
 * @throws ReleasesError when the store can't be read
 */
export async function allRevisions({ storage, selection }: ReadSource): Promise<OpenedRecord[]> {
  const opened: OpenedRecord[] = [];
  for await (const page of storage.list(selection)) opened.push(...(await openRecords(page)));
  return opened;
}

/** From the newest down: one that is deleted while we read makes room for the one before. */
async function openNewest(source: ReadSource, group: Group): Promise<OpenedRecord | undefined> {
  const newestFirst = group.revisions.sort((a, b) => b.number - a.number);
  for (const { number, ref } of newestFirst) {
    if (group.body?.revision === number) return openRecord(group.body.record);
    const record = await source.storage.get(ref);
    if (record) return openRecord(record);
  }
  return undefined;
}

/** One text for each release of a store. */
export function releaseId({ kind, namespace }: RecordRef, owner: Owner, name: string): string {
  return JSON.stringify([kind, namespace, owner, name]);
}

function groupOf(groups: Map<string, Group>, record: RecordRef, owner: Owner, name: string): Group {
  const id = releaseId(record, owner, name);
  const known = groups.get(id);
  if (known) return known;
  const group: Group = { revisions: [] };
  groups.set(id, group);
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
