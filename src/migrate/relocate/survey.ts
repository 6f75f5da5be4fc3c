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
import { digestOf } from '../../sameRecord.ts';
import type { Storage } from '../../storage/storage.ts';
import { livingOf } from '../adopt/claims.ts';
import { namedRecords } from '../namedRecords.ts';
import type { Rename } from '../plan.ts';
import { type ChartWords, wordsOf } from './chartWords.ts';
import { renamedPayload } from './payload.ts';
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

/** What of a revision says which objects live, and what the next upgrade makes of them. */
export interface LivingRevision
  extends Pick<Release, 'revision' | 'manifest' | 'namespace' | 'info'> {
  readonly words: ChartWords;
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
   * Where the release gets another name or namespace: the revisions whose objects live, as `livingOf`
   * says. Thousands that stay what they are don't sit in memory.
   */
  readonly living?: readonly LivingRevision[];
}

export interface Relocatable {
  readonly releases: readonly MovingRelease[];
  /** Records that can't be told to belong to any release. */
  readonly strays: readonly BadRecord[];
  /** The names that were come across, of other releases too. */
  readonly seen: ReadonlySet<string>;
}

interface Group {
  from: string;
  undeletable?: string;
  name: string;
  owner: Owner;
  copies: Copy[];
  lost: BadRecord[];
  namespace?: string;
  newestRevision: number;
  /** The newest and the newest that is deployed, of those that get another name. */
  renamed: LivingRevision[];
  /** Whose content can't be read: where they go, the others tell. */
  unread: { copy: Copy; identity: Identity; bad: BadRecord }[];
}

/**
 * @param names empty: every release; else those of these names
 * @param owner only the records of this Helm; absent: of each
 * @throws ReleasesError when a store can't be read
 */
export async function surveyRelocation(
  stores: readonly Storage[],
  names: ReadonlySet<string>,
  relocation: Relocation,
  owner?: Owner,
): Promise<Relocatable> {
  const groups = new Map<string, Group>();
  const strays: BadRecord[] = [];
  const seen = new Set<string>();
  for (const store of stores) {
    const why = await store.undeletable?.();
    for await (const page of namedRecords(store, names, owner))
      for (const record of page) {
        const identity = identify(record);
        if ('reason' in identity) {
          strays.push(
            isBad(record) ? record : { ...withoutPayload(record), unreadable: identity.reason },
          );
          continue;
        }
        const { name } = identity;
        seen.add(name);
        if (names.size > 0 && !names.has(name)) continue;
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
          renamed: [],
          unread: [],
        };
        if (why !== undefined) group.undeletable = why;
        groups.set(id, group);
        addTo(group, record, identity, relocation);
      }
  }
  const releases = [...groups.values()].map((group) => finished(group, relocation));
  return { releases: releases.sort((a, b) => (a.name < b.name ? -1 : 1)), strays, seen };
}

function addTo(group: Group, record: ReadRecord, identity: Identity, relocation: Relocation): void {
  if (isBad(record)) {
    group.lost.push(record);
    return;
  }
  const opened = openRecord(record);
  if (isBad(opened)) {
    const copy = copyOf(record, identity.revision, { meta: record });
    group.unread.push({ copy, identity, bad: opened });
    return;
  }
  const { release } = opened;
  const place = placeOf(record, identity, release.namespace, relocation);
  try {
    group.copies.push(copyOf(record, identity.revision, place));
  } catch (error) {
    if (!isReleasesError(error, 'UNREADABLE')) throw error;
    group.lost.push({ ...withoutPayload(record), unreadable: error.message });
    return;
  }
  if (place.rename) group.renamed = mostTelling([...group.renamed, livingRevision(release)]);
  if (release.revision <= group.newestRevision) return;
  group.newestRevision = release.revision;
  group.namespace = release.namespace;
}

function livingRevision({ revision, manifest, namespace, info, chart }: Release): LivingRevision {
  const words = wordsOf(chart ?? null);
  return { revision, manifest, namespace, ...(info && { info }), words };
}

/** At most two, newest first. */
function mostTelling(releases: readonly LivingRevision[]): LivingRevision[] {
  const [newest, ...older] = [...releases].sort((a, b) => b.revision - a.revision);
  const deployed = older.find(({ info }) => info?.status === 'deployed');
  return [newest, deployed].flatMap((release) => release ?? []);
}

/** What can't be read goes where the rest of its release goes, and stays where it would have to change. */
function finished(
  { unread, renamed, newestRevision: _, ...group }: Group,
  relocation: Relocation,
): MovingRelease {
  for (const { copy, identity, bad } of unread) {
    const { meta, rename } = placeOf(copy.source, identity, group.namespace, relocation);
    // Who it is stands in its content too, and that can't be changed.
    if (rename || isRemapped(copy.source, group, relocation)) group.lost.push(bad);
    else
      group.copies.push({
        ...copy,
        unread: bad.unreadable,
        record: { ...withoutType(copy.record), ...meta },
      });
  }
  group.copies.sort((a, b) => b.revision - a.revision);
  const living = livingOf(renamed);
  return { ...group, ...(living.length > 0 && { living }) };
}

/** Nothing tells which namespace its release has, but that it lies in one which gets another name. */
function isRemapped(
  { namespace }: RecordMeta,
  group: Pick<Group, 'owner' | 'namespace'>,
  { namespaces }: Relocation,
): boolean {
  if (group.owner !== 'helm' || group.namespace !== undefined) return false;
  return (namespaces.get(namespace) ?? namespace) !== namespace;
}

function copyOf(record: ReleaseRecord, revision: number, { meta, rename }: Place): Copy {
  const payload = rename ? renamedPayload(record.payload, rename) : record.payload;
  const { annotations } = record;
  const { kind, namespace, key, labels, type, immutable } = meta;
  return {
    revision,
    source: withoutPayload(record),
    record: {
      ...{ kind, namespace, key, labels },
      ...(type !== undefined && { type }),
      ...(immutable && { immutable }),
      ...(annotations && { annotations }),
      sha256: digestOf(payload),
    },
    bytes: payload.length,
    ...(rename && { rename }),
  };
}

function withoutPayload(record: ReleaseRecord): RecordMeta {
  const { payload: _, annotations: __, ...meta } = record;
  return meta;
}

/** A record of another kind has a type of its own, or none. */
function withoutType({ type: _, ...record }: WantedRecord): WantedRecord {
  return record;
}
