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
import { attribute, writerOf } from '../attribution.ts';
import { type OpenedRecord, openRecord } from '../codecs/index.ts';
import { mapLimit } from '../parallel.ts';
import {
  identify,
  type Owner,
  type ReadRecord,
  type RecordMeta,
  type RecordRef,
  refId,
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
  readonly name: string;
  readonly revisions: Revision[];
  newest: number;
  /** The newest record that came with its payload. */
  read?: { readonly revision: number; readonly kept: () => Read<T> };
}

/** One record that was opened, and which release its content says it is. */
interface Read<T> {
  readonly ref: RecordRef;
  /** Key and labels name several releases: it is shown, whichever is newer. */
  readonly ties: boolean;
  /** `releaseId`; absent where nothing can be read. */
  readonly id?: string;
  readonly name?: string;
  readonly revision: number;
  readonly kept: T;
}

export interface NewestOptions {
  /** What a list of metadata says, where somebody has it already. */
  readonly listed?: AsyncIterable<readonly RecordMeta[]>;
  /**
   * As Helm's list: without the records that are no release's newest, but tie one to another, and with the
   * newest that can be read of each.
   */
  readonly exact?: boolean;
}

/**
 * What is kept of one opened record for each release, of each that has no identity of its own and so might
 * belong to any, and of none twice. As in Helm the content says which release a record is of
 * (`filterLatestReleases`, pkg/action/list.go), so records whose key and labels disagree are all opened; one
 * that is odd in its content alone is seen where it is the newest of its name.
 * @throws ReleasesError when the store can't be read
 */
export async function newestRevisions<T>(
  source: ReadSource,
  keep: Keep<T>,
  { listed, exact = false }: NewestOptions = {},
): Promise<T[]> {
  const { storage, selection } = source;
  const { metadataOnly } = storage.capabilities;
  const groups: Groups<T> = new Map();
  const odd = new Map<string, RecordMeta | ReadRecord>();
  const read = (record: ReadRecord) => readOf(openRecord(record), keep);

  const add = (record: RecordMeta | ReadRecord): void => {
    const identity = identify(record);
    const isOdd = 'reason' in identity || attribute(record).disagreements.length > 0;
    if (isOdd && (hasBody(record) || !odd.has(refId(record)))) odd.set(refId(record), record);
    if ('reason' in identity) return;
    const { revision: number } = identity;
    const group = groupOf(groups, record, identity.owner, identity.name);
    group.revisions.push({ number, ref: refOf(record) });
    group.newest = Math.max(group.newest, number);
    if (hasBody(record) && number === group.newest)
      group.read = {
        revision: number,
        kept: metadataOnly ? now(read(record)) : () => read(record),
      };
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
    for (const record of page) add(record);
  }
  await likely;

  const all = [...groups.values()].flatMap((here) => [...here.values()]);
  const isOdd = (ref: RecordRef) => odd.has(refId(ref));
  const newest = await mapLimit(all, parallelGets, (group) =>
    readNewest(source, group, read, { isOdd, exact }),
  );
  const known = new Set(newest.flat().map(({ ref }) => refId(ref)));
  const left = [...odd].flatMap(([id, record]) => (known.has(id) ? [] : record));
  const others = await mapLimit(left, parallelGets, async (record) => {
    const whole = hasBody(record) ? record : await storage.get(refOf(record));
    return whole && read(whole);
  });
  return shownOf([...newest.flat(), ...others.flatMap((one) => one ?? [])], exact);
}

function now<T>(value: T): () => T {
  return () => value;
}

function readOf<T>(opened: OpenedRecord, keep: Keep<T>): Read<T> {
  const kept = keep(opened);
  if ('unreadable' in opened) return { ref: opened, revision: 0, ties: false, kept };
  const { record, release, disagreements } = opened;
  const ties = disagreements.some(({ part }) => part === 'name');
  const id = releaseId(record, writerOf(release), release.name);
  return { ref: record, id, ties, name: release.name, revision: release.revision, kept };
}

/** Of each release the highest revision by content, and all that can't be read; each record once. */
function shownOf<T>(reads: readonly Read<T>[], exact: boolean): T[] {
  const highest = new Map<string, Read<T>>();
  for (const read of reads) {
    const id = read.id ?? refId(read.ref);
    const known = highest.get(id);
    const isSounder = known?.revision === read.revision && known.ties && !read.ties;
    if (!known || read.revision > known.revision || isSounder) highest.set(id, read);
  }
  const shown = new Map([...highest.values()].map((read) => [refId(read.ref), read]));
  for (const read of reads)
    if (!exact && read.ties && !shown.has(refId(read.ref))) shown.set(refId(read.ref), read);
  return [...shown.values()].map(({ kept }) => kept);
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

/**
 * From the newest down: one that is deleted while we read makes room for the one before, and so does one
 * whose content is another release's.
 */
async function readNewest<T>(
  source: ReadSource,
  group: Group<T>,
  read: (record: ReadRecord) => Read<T>,
  { isOdd, exact }: { isOdd: (ref: RecordRef) => boolean; exact: boolean },
): Promise<Read<T>[]> {
  const newestFirst = group.revisions.sort((a, b) => b.number - a.number);
  const reads: Read<T>[] = [];
  const seen = new Set<string>();
  for (const [at, { number, ref }] of newestFirst.entries()) {
    if (seen.has(refId(ref))) continue;
    seen.add(refId(ref));
    const kept = group.read?.revision === number ? group.read.kept() : undefined;
    const isIt = kept !== undefined && refId(kept.ref) === refId(ref);
    const record = isIt ? undefined : await source.storage.get(ref);
    const one = isIt ? kept : record && read(record);
    if (!one) continue;
    reads.push(one);
    // What is odd by its key or labels may say more, or less, than what it was sorted by.
    const next = newestFirst[at + 1]?.number ?? Number.NEGATIVE_INFINITY;
    const isBad = one.name === undefined;
    // Helm passes over what it can't read, and shows the revision before.
    if (isBad && exact) continue;
    const isSound = !isOdd(ref) && (isBad || one.revision >= next);
    if (isSound && (one.name ?? group.name) === group.name) break;
  }
  return reads;
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
  const group: Group<T> = { name, revisions: [], newest: Number.NEGATIVE_INFINITY };
  here.set(id, group);
  return group;
}

function refOf({ kind, namespace, key }: RecordRef): RecordRef {
  return { kind, namespace, key };
}

function hasBody(record: RecordMeta | ReadRecord): record is ReadRecord {
  return 'payload' in record || 'unreadable' in record;
}
