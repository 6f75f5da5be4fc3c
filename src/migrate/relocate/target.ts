/** What the target holds already of what is to come: reads, and changes nothing. */
import { openRecord } from '../../codecs/index.ts';
import { mapLimit } from '../../parallel.ts';
import {
  isBad,
  metaOnly,
  namesOf,
  type Owner,
  type ReadRecord,
  type RecordMeta,
  type RecordRef,
  type ReleaseRecord,
  refId,
  saidByLabels,
  type WantedRecord,
} from '../../record.ts';
import { digestOf, isSameRecord } from '../../sameRecord.ts';
import { getMany } from '../../storage/getMany.ts';
import { findHidden } from '../../storage/hidden.ts';
import type { Storage } from '../../storage/storage.ts';
import { cheapToList } from '../../storage/wrappers/listedOnce.ts';
import { type Likeness, likenessOf } from '../compare/likeness.ts';
import { ancestorOf, comesAfter, goesOnFrom, isSameInstallation } from '../compare/lineage.ts';
import { othersThere } from '../conflicts/nameInTarget.ts';
import { renamedPayload } from './payload.ts';
import type { Copy, MovingRelease } from './survey.ts';

/** A record in the target, and whether it is what we'd write. */
export type Taken =
  | { readonly found: Likeness; readonly there: WantedRecord }
  /** Nobody can copy it: it has no payload, or went while it was looked at. */
  | { readonly found: { readonly is: 'unreadable' }; readonly there: RecordMeta };

export type ReadTaken = Extract<Taken, { readonly there: WantedRecord }>;

export function isRead(taken: Taken): taken is ReadTaken {
  return taken.found.is !== 'unreadable';
}

export interface RelocationTarget {
  readonly address: string;
  readonly maxRecordBytes: number | undefined;
  /** `false`: annotations have no place there. */
  readonly annotations: boolean;
  /** What is there under a key of ours, by `refId`. */
  readonly taken: ReadonlyMap<string, Taken>;
  /** Sources that lie where they would go, by `sourceId`: the very record, and not a copy of it. */
  readonly inPlace: ReadonlySet<string>;
  /** Releases of which earlier revisions are there, and none of these, by `sourceId` of their newest. */
  readonly continued: ReadonlyMap<string, Continued>;
  /** All records there of the releases in question. */
  readonly present: readonly RecordMeta[];
  /** Namespaces that can't be written to, and why. */
  readonly closedNamespaces: ReadonlyMap<string, string>;
  /** Why a record has no place there, beyond its size. */
  readonly unholdable: (record: RecordMeta) => string | undefined;
}

/**
 * - `goes on`: the earlier revisions moved there, and an upgrade came between;
 * - `perhaps`: they may be those of a copy that was upgraded on its own.
 */
export type Continued = 'goes on' | 'perhaps';

/** Records whose payloads are in memory at a time, for each request under way. */
const [mostRecords, mostBytes] = [250, 2 * 1024 * 1024];

/** Names a source among those of several stores. */
export function sourceId(from: string, source: RecordRef): string {
  return `${from} ${refId(source)}`;
}

/**
 * @param from the stores the releases come from, by address
 * @param concurrency how many requests at once
 * @param isTarget whether a store without uids is the target itself
 * @param beside releases that somebody else moves there: only whether they lie there already is asked
 * @throws ReleasesError when the target can't be read
 */
export async function surveyRelocationTarget(
  to: Storage,
  releases: readonly MovingRelease[],
  from: ReadonlyMap<string, Storage>,
  concurrency: number,
  isTarget: (store: Storage) => boolean = () => false,
  beside: readonly MovingRelease[] = [],
): Promise<RelocationTarget> {
  const places = new Map<string, { namespace: string; owner: Owner }>();
  const names = new Set<string>();
  const wanted = new Set<string>();
  let hidden = false;
  for (const release of [...releases, ...beside])
    for (const copy of release.copies) {
      const { record } = copy;
      const { owner } = release;
      places.set(JSON.stringify([owner, record.namespace]), { owner, namespace: record.namespace });
      // A record that names another release, too, comes to lie beside what is there of that one.
      if (!release.unattributed) for (const name of [copy.as, ...namesOf(record)]) names.add(name);
      wanted.add(refId(record));
      // A list by name goes by the label.
      if (saidByLabels(owner, record).name !== copy.as) hidden = true;
    }
  const present: RecordMeta[] = [];
  const closed = new Map<string, string>();
  const [only] = names.size === 1 && !hidden ? names : [];
  const lists = cheapToList(to);
  await mapLimit([...places.values()], concurrency, async ({ namespace, owner }) => {
    const why = namespace === '' ? undefined : await to.closedNamespace?.(namespace);
    if (why !== undefined) closed.set(namespace, why);
    const narrowed = only !== undefined && to.capabilities.selects && { name: only };
    const selection = { owner, ...(namespace !== '' && { namespace }), ...narrowed };
    for await (const page of lists.listMeta(selection))
      for (const record of page) {
        const isOne = namesOf(record).some((name) => names.has(name));
        if (isOne || wanted.has(refId(record))) present.push(metaOnly(record));
      }
  });
  const coming = releases.flatMap(({ copies }) => copies.map(({ record }) => record));
  const shown = new Set(present.map(refId));
  const open = coming.filter(({ namespace }) => !closed.has(namespace));
  present.push(...(await findHidden(lists, open, shown, concurrency)));
  const taken = new Map<string, Taken>();
  const inPlace = new Set<string>();
  const continued = new Map<string, Continued>();
  const there = new Map(present.map((record) => [refId(record), record]));
  const planned = new Set(releases);
  const meetings: Meeting[] = [];
  await mapLimit([...releases, ...beside], concurrency, async (release) => {
    const store = from.get(release.from);
    if (!store) return;
    const colliding = release.copies.flatMap((copy) => {
      const found = there.get(refId(copy.record));
      if (!found) return [];
      const { source } = copy;
      const same = source.uid === undefined ? isTarget(store) : source.uid === found.uid;
      if (!same || refId(source) !== refId(found))
        return planned.has(release) ? [{ copy, found, store }] : [];
      inPlace.add(sourceId(release.from, source));
      return [];
    });
    meetings.push(...colliding);
    const [newest] = release.copies;
    if (!newest || colliding.length > 0 || !planned.has(release)) return;
    const going = await goesOnThere(release.copies, present, to, store);
    if (going) continued.set(sourceId(release.from, newest.source), going);
  });
  await mapLimit(inBatches(meetings), concurrency, async (batch) => {
    const read = await getMany(
      to,
      batch.map(({ found }) => found),
      1,
    );
    for (const meeting of batch) {
      const { found } = meeting;
      taken.set(refId(found), await compare(found, read.get(refId(found)), meeting, to));
    }
  });
  return {
    address: to.address,
    maxRecordBytes: to.capabilities.maxRecordBytes,
    annotations: to.capabilities.annotations !== false,
    taken,
    inPlace,
    continued,
    present,
    closedNamespaces: closed,
    unholdable: (record) => to.unholdable?.(record),
  };
}

/** A record, and what lies already where it would go. */
interface Meeting {
  readonly copy: Copy;
  readonly found: RecordMeta;
  /** Where the record comes from. */
  readonly store: Storage;
}

/** Of several releases, because a list of one costs an API server almost as much as one of twenty. */
function inBatches(meetings: readonly Meeting[]): Meeting[][] {
  const batches: Meeting[][] = [];
  let bytes = 0;
  for (const meeting of meetings) {
    const last = batches.at(-1);
    bytes += meeting.copy.bytes;
    if (last && last.length < mostRecords && bytes <= mostBytes) last.push(meeting);
    else {
      batches.push([meeting]);
      bytes = meeting.copy.bytes;
    }
  }
  return batches;
}

/** Whether a release goes on from the revisions that are there under its name, none of which is its own. */
async function goesOnThere(
  copies: readonly Copy[],
  present: readonly RecordMeta[],
  to: Storage,
  from: Storage,
): Promise<Continued | undefined> {
  const others = othersThere(copies, present);
  const [last] = [...others].sort((a, b) => b.revision - a.revision);
  const [oldest] = copies.slice(-1);
  if (!last || !oldest || last.revision >= oldest.revision) return undefined;
  const read = async (reading: Promise<ReadRecord | undefined>) => {
    const record = await reading;
    const opened = record && openRecord(record);
    return opened && !isBad(opened) ? ancestorOf(opened.record, opened.release) : undefined;
  };
  const there = await read(to.get(last.record));
  // With more than a few it was Helm that cut the history short, and the first of them tells it.
  const found = await Promise.all(
    [...copies].slice(-3).map(({ source }) => read(from.get(source))),
  );
  const source = found.flatMap((one) => one ?? []);
  if (!there || source.length === 0 || !source.every((one) => isSameInstallation(there, one)))
    return undefined;
  if (to.files && comesAfter(there, source)) return 'goes on';
  const all = source.length === copies.length;
  return all && goesOnFrom(there, source) ? 'goes on' : 'perhaps';
}

/** What is there, against what would be written; read only for records that are there already. */
async function compare(
  ref: RecordMeta,
  there: ReadRecord | undefined,
  { copy, store }: Meeting,
  to: Storage,
): Promise<Taken> {
  if (!there || isBad(there)) return { found: { is: 'unreadable' }, there: ref };
  const { annotations } = there;
  const meta = { ...metaOnly(there), ...(annotations && { annotations }) };
  return {
    found: await likeness(there, store, { ...copy, record: heldBy(to, copy.record) }),
    there: { ...meta, sha256: digestOf(there.payload) },
  };
}

async function likeness(
  there: ReleaseRecord,
  from: Storage,
  { record, rename, source }: Copy,
): Promise<Likeness> {
  if (isSameRecord(there, record)) return { is: 'equal' };
  const different: Likeness = { is: 'different', differsIn: 'content' };
  const opened = openRecord(there);
  const original = await from.get(source);
  if (isBad(opened) || !original || isBad(original)) return different;
  const payload = rename ? renamedPayload(original.payload, rename) : original.payload;
  if ('sha256' in record && digestOf(payload) !== record.sha256) return different;
  const wanted = openRecord({ ...record, payload });
  return isBad(wanted) ? different : likenessOf({ there: opened, wanted });
}

/** A record as a store will have it that has no place for annotations. */
function heldBy<R extends WantedRecord>({ capabilities }: Storage, record: R): R {
  if (capabilities.annotations !== false) return record;
  const { annotations: _, ...plain } = record;
  return plain as R;
}
