/** Finding one release by its name, in every place that was asked for. */
import { type OpenedRecord, openRecord } from '../codecs/index.ts';
import { mapLimit } from '../parallel.ts';
import {
  identify,
  isBad,
  metaOnly,
  namesOf,
  newerFormat,
  type Owner,
  ownerOf,
  type RecordKind,
  type RecordMeta,
  recordKey,
  saidByKey,
} from '../record.ts';
import { type Partly, type ReadSource, readSources, type Skipped } from './sources.ts';

/** A release in one place: its revisions share kind, storage namespace and owner. */
export interface FoundRelease {
  readonly source: ReadSource;
  readonly owner: Owner;
  readonly kind: RecordKind;
  /** The storage namespace. */
  readonly namespace: string;
  readonly name: string;
  /**
   * Ascending, of the records that Helm finds by the name: as their keys have them, by which Helm gets the
   * revision that somebody names.
   */
  readonly revisions: readonly number[];
  /** From the newest revision that can be read; undefined when none can. */
  readonly releaseNamespace: string | undefined;
  /** What had to be opened to find that out. */
  readonly opened: ReadonlyMap<number, OpenedRecord>;
  /** Records there that name it in a part that Helm doesn't look for it by: see `attribution.ts`. */
  readonly tied: readonly OpenedRecord[];
  /** Where a revision's record isn't called as Helm would call it. */
  readonly keys: ReadonlyMap<number, string>;
}

type Place = Pick<FoundRelease, 'source' | 'owner' | 'kind' | 'namespace' | 'name' | 'keys'>;

export interface Found {
  /** In the order of the sources, those that Helm would look into first. */
  readonly releases: readonly FoundRelease[];
  /** All that carries the name in some part, and that Helm doesn't find by it. */
  readonly tied: readonly OpenedRecord[];
  readonly skipped: readonly Skipped[];
  readonly partly: readonly Partly[];
}

/** @throws ReleasesError when a source that isn't optional can't be read */
export async function findReleases(sources: readonly ReadSource[], name: string): Promise<Found> {
  const { results, skipped, partly } = await readSources(sources, (source) => findIn(source, name));
  return {
    releases: results.flatMap(({ releases }) => releases),
    tied: results.flatMap(({ tied }) => tied),
    skipped,
    partly,
  };
}

async function findIn(
  source: ReadSource,
  name: string,
): Promise<{ releases: FoundRelease[]; tied: OpenedRecord[] }> {
  const places = new Map<string, Place & { readonly keys: Map<number, string> }>();
  const others: RecordMeta[] = [];
  const place = (record: RecordMeta, revision: number) => {
    const { kind, namespace, key } = record;
    const owner = ownerOf(record);
    const id = JSON.stringify([kind, namespace, owner]);
    const keys = new Map<number, string>();
    const here = places.get(id) ?? { source, owner, kind, namespace, name, keys };
    places.set(id, here);
    // Two of one number: the one that Helm gets by that number.
    if (!here.keys.has(revision) || key === recordKey(owner, name, revision))
      here.keys.set(revision, key);
  };
  for await (const page of source.storage.listMeta({ ...source.selection, name }))
    for (const record of page) {
      if (!namesOf(record).includes(name)) continue;
      const revision = foundAs(record, name);
      if (revision === undefined) others.push(metaOnly(record));
      else place(record, revision);
    }
  const found = await mapLimit(others, 8, async (ref) => {
    const record = await source.storage.get(ref);
    const opened = record && openRecord(record);
    if (!opened || isBad(opened) || !isFound(ref, name)) return opened;
    place(ref, opened.release.revision);
    return undefined;
  });
  const tied = found.filter((one) => one !== undefined);
  // Where Helm finds none by the name, it still gets a revision that its key names.
  if (places.size === 0)
    for (const record of others) {
      const key = saidByKey(ownerOf(record), record.key);
      if (key?.name === name && !newerFormat(record)) place(record, key.revision);
    }
  const releases: FoundRelease[] = [];
  for (const one of [...places.values()].sort(byPreference)) {
    const ascending = [...one.keys.keys()].sort((a, b) => a - b);
    const look = await lookInside(one, ascending);
    const wanted = source.releaseNamespace;
    if (wanted === undefined || (look.releaseNamespace ?? wanted) === wanted)
      releases.push({ ...one, ...look, revisions: ascending, tied });
  }
  return { releases, tied };
}

/** By the name label, as Helm's own lists do; where somebody has stripped that, by the key. */
function isFound(record: RecordMeta, name: string): boolean {
  const identity = identify(record);
  return 'name' in identity && identity.name === name;
}

/** Which revision of the release Helm finds it as; undefined where it doesn't, or where its content says. */
function foundAs(record: RecordMeta, name: string): number | undefined {
  const identity = identify(record);
  if (!('name' in identity) || identity.name !== name) return undefined;
  // What has no key of Helm's is believed its content alone.
  const key = saidByKey(ownerOf(record), record.key);
  return newerFormat(record) === undefined ? key?.revision : undefined;
}

/** The order in which each Helm is likely to have written them: Secrets since 3, ConfigMaps in 2. */
function byPreference(a: Pick<FoundRelease, 'owner' | 'kind'>, b: typeof a): number {
  const rank = ({ owner, kind }: typeof a) =>
    owner === 'helm' ? (kind === 'Secret' ? 0 : 1) : kind === 'ConfigMap' ? 2 : 3;
  return rank(a) - rank(b);
}

/** The release's own namespace, which only a payload says: from the newest down to a readable one. */
async function lookInside(
  place: Place,
  revisions: readonly number[],
): Promise<Pick<FoundRelease, 'releaseNamespace' | 'opened'>> {
  const opened = new Map<number, OpenedRecord>();
  for (const revision of revisions.toReversed()) {
    const one = await readOne(place, revision);
    if (one) opened.set(revision, one);
    if (one && 'release' in one) return { releaseNamespace: one.release.namespace, opened };
  }
  return { releaseNamespace: undefined, opened };
}

/** One revision, opened; undefined where there is none. */
export async function openRevision(
  release: FoundRelease,
  revision: number,
): Promise<OpenedRecord | undefined> {
  return release.opened.get(revision) ?? readOne(release, revision);
}

async function readOne(place: Place, revision: number): Promise<OpenedRecord | undefined> {
  const { source, kind, namespace, owner, name, keys } = place;
  const key = keys.get(revision) ?? recordKey(owner, name, revision);
  const record = await source.storage.get({ kind, namespace, key });
  return record && openRecord(record);
}

/** Every name in these sources, for "did you mean". */
export async function releaseNames(sources: readonly ReadSource[]): Promise<Set<string>> {
  const names = new Set<string>();
  await readSources(sources, async (source) => {
    for await (const page of source.storage.listMeta(source.selection))
      for (const record of page) {
        const identity = identify(record);
        if (!('reason' in identity)) names.add(identity.name);
      }
  });
  return names;
}
