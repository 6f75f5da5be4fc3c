/**
 * What is there to relocate: goes through every record once, and keeps of each what a plan needs, but
 * not its payload. A release of a megabyte in fifty revisions is fifty lines here.
 */
import { type Attribution, attribute, type Disagreement } from '../../attribution.ts';
import { type OpenedRecord, openRecord } from '../../codecs/index.ts';
import { labelledDeployed, livingRevisions, type Standing, standingOf } from '../../deployed.ts';
import { isReleasesError } from '../../errors.ts';
import { objectNamespace } from '../../objectNamespace.ts';
import {
  type BadRecord,
  type Identity,
  isBad,
  type Owner,
  type ReadRecord,
  type RecordMeta,
  type ReleaseRecord,
  unknownRevision,
  type WantedRecord,
} from '../../record.ts';
import type { Release } from '../../release.ts';
import { digestOf } from '../../sameRecord.ts';
import type { Storage } from '../../storage/storage.ts';
import { namedRecords } from '../helm2to3/namedRecords.ts';
import type { Rename } from '../plan.ts';
import { type ChartWords, wordsOf } from './chartUsage.ts';
import { renamedPayload } from './payload.ts';
import { type Place, placeOf, type Relocation } from './placement.ts';

/** One revision, as it is and as it will be. */
export interface Copy {
  /** As Helm shows it: see `attribution.ts`. */
  readonly revision: number;
  /** What its release is called in the target. */
  readonly as: string;
  /** Where its key, its labels and its content don't say the same. */
  readonly disagreements: readonly Disagreement[];
  /** What tells which revision is deployed. */
  readonly standing: Standing;
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
  extends Pick<Release, 'revision' | 'manifest' | 'namespace' | 'info' | 'applyMethod'> {
  readonly words: ChartWords;
  readonly standing: Standing;
  /** Where Helm has looked for objects that name no namespace. */
  readonly objectNamespace: string;
}

export interface MovingRelease {
  /** The address of its store. */
  readonly from: string;
  /** Why it can't be deleted from its store, after the store's address. */
  readonly undeletable?: string;
  readonly name: string;
  readonly owner: Owner;
  /** Newest first. */
  readonly copies: readonly Copy[];
  /** Records without a payload, which nobody can copy. */
  readonly lost: readonly BadRecord[];
  /** Its own, as its newest revision has it; absent where none can be read. */
  readonly namespace?: string;
  /** The namespace in which Helm finds it; absent where only its content tells whose it is. */
  readonly home?: string;
  /**
   * Where the release gets another name or namespace: the revisions whose objects live, as
   * `livingRevisions` says. Thousands that stay what they are don't sit in memory.
   */
  readonly living?: readonly LivingRevision[];
  /** It is one record that names no release, and is called by its key. */
  readonly unattributed?: true;
}

export interface Relocatable {
  /** A record that names several releases is in each of them. */
  readonly releases: readonly MovingRelease[];
  /** Records that name no release, each for itself. */
  readonly unattributed: readonly MovingRelease[];
  /** Those of which there isn't even a payload to copy. */
  readonly strays: readonly BadRecord[];
  /** The names that were come across, of other releases too. */
  readonly seen: ReadonlySet<string>;
}

/**
 * A release's own namespace, as its content says it. Where nothing can be read, Helm 3 and 4 are believed to keep
 * records beside their release; of Helm 2's nobody knows it.
 */
export function believedNamespace(
  { namespace, owner }: { readonly namespace?: string | undefined; readonly owner: Owner },
  [first]: readonly RecordMeta[],
): string | undefined {
  return namespace ?? (owner === 'helm' ? first?.namespace : undefined);
}

interface Group {
  from: string;
  undeletable?: string;
  unattributed?: true;
  name: string;
  owner: Owner;
  copies: Copy[];
  lost: BadRecord[];
  namespace?: string;
  home?: string;
  newestRevision: number;
  /** The storage namespace that it goes to. */
  place?: string;
  /** Of those that get another name, what `livingRevisions` goes by. */
  renamed: LivingRevision[];
  /** Whose content can't be read: where they go, the others tell. */
  unread: { copy: Copy; identity: Identity; bad: BadRecord }[];
}

/**
 * @param names empty: every release; else those of these names
 * @param how `owner`: only the records of this Helm; absent: of each. `atHome`: as of `ReadSource`
 * @throws ReleasesError when a store can't be read
 */
export async function surveyRelocation(
  stores: readonly Storage[],
  names: ReadonlySet<string>,
  relocation: Relocation,
  { owner, atHome = false }: { readonly owner?: Owner | undefined; readonly atHome?: boolean } = {},
): Promise<Relocatable> {
  const groups = new Map<string, Group>();
  const strays: BadRecord[] = [];
  const seen = new Set<string>();
  for (const store of stores) {
    const why = await store.undeletable?.();
    for await (const page of namedRecords(store, names, owner))
      for (const record of page) {
        const opened = openRecord(record);
        const content = isBad(opened) ? undefined : opened.release;
        const whose = attribute(record, content);
        for (const name of whose.names) seen.add(name);
        if (whose.names.length === 0 && isBad(record)) strays.push(record);
        const wanted = names.size > 0 ? whose.names.filter((name) => names.has(name)) : whose.names;
        const isNobodys = whose.names.length === 0 && !isBad(record) && names.size === 0;
        for (const name of isNobodys ? [record.key] : wanted) {
          const id = JSON.stringify([
            ...[store.address, record.kind, record.namespace, whose.owner, name, isNobodys],
          ]);
          const group: Group = groups.get(id) ?? {
            from: store.address,
            ...{ name, owner: whose.owner, copies: [], lost: [] },
            newestRevision: Number.NEGATIVE_INFINITY,
            ...{ renamed: [], unread: [] },
            ...(isNobodys && { unattributed: true }),
            ...(atHome && whose.owner === 'helm' && { home: record.namespace }),
          };
          const stays = why ?? record.undeletable;
          if (stays !== undefined) group.undeletable = stays;
          groups.set(id, group);
          addTo(group, opened, record, { ...whose, relocation });
        }
      }
  }
  const all = [...groups.values()].map((group) => finished(group, relocation));
  all.sort((a, b) => (a.name < b.name ? -1 : 1));
  return {
    releases: all.filter(({ unattributed }) => !unattributed),
    unattributed: all.filter(({ unattributed }) => unattributed),
    ...{ strays, seen },
  };
}

function addTo(
  group: Group,
  opened: OpenedRecord,
  record: ReadRecord,
  { revision: told, disagreements, relocation }: Attribution & { relocation: Relocation },
): void {
  if (isBad(record)) {
    group.lost.push(record);
    return;
  }
  const revision = told ?? unknownRevision;
  const identity: Identity = { owner: group.owner, name: group.name, revision };
  if (isBad(opened)) {
    const as = relocation.name ?? group.name;
    const standing = standingOf(group.owner, record, undefined);
    const copy = copyOf(record, { revision, as, disagreements, standing }, { meta: record });
    group.unread.push({ copy, identity, bad: opened });
    return;
  }
  const { release } = opened;
  const whose = { namespace: release.namespace, home: group.home };
  const place = placeOf(record, identity, whose, relocation);
  const as = relocation.name ?? group.name;
  const standing = standingOf(group.owner, record, release);
  try {
    group.copies.push(copyOf(record, { revision, as, disagreements, standing }, place));
  } catch (error) {
    if (!isReleasesError(error, 'UNREADABLE')) throw error;
    group.lost.push({ ...withoutPayload(record), unreadable: error.message });
    return;
  }
  if (place.rename)
    group.renamed = mostTelling([...group.renamed, livingRevision(release, record, standing)]);
  if (release.revision <= group.newestRevision) return;
  group.newestRevision = release.revision;
  group.namespace = release.namespace;
  group.place = place.meta.namespace;
}

function livingRevision(release: Release, record: RecordMeta, standing: Standing): LivingRevision {
  const { revision, manifest, namespace, info, chart, applyMethod } = release;
  return {
    ...{ revision, manifest, namespace, ...(info && { info }), standing },
    ...(applyMethod !== undefined && { applyMethod }),
    words: wordsOf(chart ?? null),
    objectNamespace: objectNamespace(record, release),
  };
}

/** At most two, newest first: what `livingRevisions` goes by. */
function mostTelling(releases: readonly LivingRevision[]): LivingRevision[] {
  const newestFirst = [...releases].sort((a, b) => b.revision - a.revision);
  const deployed = labelledDeployed(newestFirst, ({ standing }) => standing);
  return newestFirst.filter((one, at) => at === 0 || one === deployed);
}

/**
 * A release goes to one place: the newest revision says where, whatever the content of older ones says. What can't be
 * read goes there too, and stays where it would have to change.
 */
function finished(
  { unread, renamed, newestRevision: _, place, ...group }: Group,
  relocation: Relocation,
): MovingRelease {
  if (place !== undefined && group.owner === 'helm')
    group.copies = group.copies.map((copy) =>
      copy.record.namespace === place
        ? copy
        : { ...copy, record: { ...copy.record, namespace: place } },
    );
  for (const { copy, identity, bad } of unread) {
    const { meta, rename } = placeOf(copy.source, identity, group, relocation);
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
  const living = livingRevisions(renamed, ({ standing }) => standing);
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

function copyOf(
  record: ReleaseRecord,
  about: Pick<Copy, 'revision' | 'as' | 'disagreements' | 'standing'>,
  { meta, rename }: Place,
): Copy {
  const payload = rename ? renamedPayload(record.payload, rename) : record.payload;
  const { annotations } = record;
  const { kind, namespace, key, labels, type, immutable } = meta;
  return {
    ...about,
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
