/**
 * What is there to relocate: goes through every record once, and keeps of each what a plan needs, but
 * not its payload. A release of a megabyte in fifty revisions is fifty lines here.
 */
import { openRecord } from '../../codecs/index.ts';
import { isReleasesError } from '../../errors.ts';
import {
  type BadRecord,
  type Identity,
  identify,
  isBad,
  type Owner,
  type ReadRecord,
  type RecordMeta,
  type ReleaseRecord,
  type WantedRecord,
} from '../../record.ts';
import type { Release } from '../../release.ts';
import type { Storage } from '../../storage/storage.ts';
import type { Rename } from '../plan.ts';
import { digestOf, renamedPayload } from './payload.ts';
import { type Place, placeOf, type Relocation } from './placement.ts';

/** One revision, as it is and as it will be. */
export interface Copy {
  readonly revision: number;
  readonly source: RecordMeta;
  readonly record: WantedRecord;
  /** Of the payload as it will be. */
  readonly bytes: number;
  readonly rename?: Rename;
  /** Why its content can't be read: then it is copied as it is. */
  readonly unread?: string;
}

export interface MovingRelease {
  /** The address of its store. */
  readonly from: string;
  /** Why nothing can be deleted from its store, after the store's address. */
  readonly undeletable?: string;
  readonly name: string;
  readonly owner: Owner;
  /** Newest first. */
  readonly copies: readonly Copy[];
  /** Records without a payload, which nobody can copy. */
  readonly lost: readonly BadRecord[];
  /** Its own, as its newest revision has it; absent where none can be read. */
  readonly namespace?: string;
  /**
   * The newest revision, where it can be read and is to get another name or namespace: thousands that
   * stay what they are don't sit in memory.
   */
  readonly newest?: Release;
}

export interface Relocatable {
  readonly releases: readonly MovingRelease[];
  /** Records that can't be told to belong to any release. */
  readonly strays: readonly BadRecord[];
}

/** What is asked about each record, before anything is made of it. */
export type IsWanted = (identity: Identity, record: RecordMeta) => boolean;

interface Group {
  from: string;
  undeletable?: string;
  name: string;
  owner: Owner;
  copies: Copy[];
  lost: BadRecord[];
  namespace?: string;
  newest?: Release;
  newestRevision: number;
}

/**
 * @param owner only the records of this Helm; absent: of each
 * @throws ReleasesError when a store can't be read
 */
export async function surveyRelocation(
  stores: readonly Storage[],
  isWanted: IsWanted,
  relocation: Relocation,
  owner?: Owner,
): Promise<Relocatable> {
  const groups = new Map<string, Group>();
  const strays: BadRecord[] = [];
  for (const store of stores) {
    const why = await store.undeletable?.();
    for await (const page of store.list(owner ? { owner } : {}))
      for (const record of page) {
        const identity = identify(record);
        if ('reason' in identity) {
          strays.push(
            isBad(record) ? record : { ...withoutPayload(record), unreadable: identity.reason },
          );
          continue;
        }
        if (!isWanted(identity, record)) continue;
        const { name } = identity;
        const id = JSON.stringify([
          ...[store.address, record.kind, record.namespace, identity.owner, name],
        ]);
        const group: Group = groups.get(id) ?? {
          from: store.address,
          name,
          owner: identity.owner,
          copies: [],
          lost: [],
          newestRevision: Number.NEGATIVE_INFINITY,
        };
        if (why !== undefined) group.undeletable = why;
        groups.set(id, group);
        addTo(group, record, identity, relocation);
      }
  }
  for (const { copies } of groups.values()) copies.sort((a, b) => b.revision - a.revision);
  const releases = [...groups.values()].sort((a, b) => (a.name < b.name ? -1 : 1));
  return { releases, strays };
}

function addTo(group: Group, record: ReadRecord, identity: Identity, relocation: Relocation): void {
  if (isBad(record)) {
    group.lost.push(record);
    return;
  }
  const opened = openRecord(record);
  const release = isBad(opened) ? undefined : opened.release;
  const place = placeOf(record, identity, release?.namespace, relocation);
  if (isBad(opened) && place.rename) {
    // Who it is stands in its content too, and that can't be changed.
    group.lost.push(opened);
    return;
  }
  try {
    group.copies.push(copyOf(record, identity.revision, place, isBad(opened) ? opened : undefined));
  } catch (error) {
    if (!isReleasesError(error, 'UNREADABLE')) throw error;
    group.lost.push({ ...withoutPayload(record), unreadable: error.message });
    return;
  }
  if (!release || release.revision <= group.newestRevision) return;
  group.newestRevision = release.revision;
  group.namespace = release.namespace;
  if (place.rename) group.newest = release;
}

function copyOf(
  record: ReleaseRecord,
  revision: number,
  { meta, rename }: Place,
  bad: BadRecord | undefined,
): Copy {
  const payload = rename ? renamedPayload(record.payload, rename) : record.payload;
  const { annotations } = record;
  return {
    revision,
    source: withoutPayload(record),
    record: { ...meta, ...(annotations && { annotations }), sha256: digestOf(payload) },
    bytes: payload.length,
    ...(rename && { rename }),
    ...(bad && { unread: bad.unreadable }),
  };
}

function withoutPayload(record: ReleaseRecord): RecordMeta {
  const { payload: _, annotations: __, ...meta } = record;
  return meta;
}
