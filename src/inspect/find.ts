/** Finding one release by its name, in every place that was asked for. */
import { type OpenedRecord, openRecord } from '../codecs/index.ts';
import { mapLimit } from '../parallel.ts';
import {
  type BadRecord,
  identify,
  isBad,
  type Owner,
  type RecordKind,
  type RecordRef,
  recordKey,
} from '../record.ts';
import { nameInKey } from '../storage/select.ts';
import { type Partly, type ReadSource, readSources, type Skipped } from './sources.ts';

/** A release in one place: its revisions share kind, storage namespace and owner. */
export interface FoundRelease {
  readonly source: ReadSource;
  readonly owner: Owner;
  readonly kind: RecordKind;
  /** The storage namespace. */
  readonly namespace: string;
  readonly name: string;
  /** Ascending. */
  readonly revisions: readonly number[];
  /** From the newest revision that can be read; undefined when none can. */
  readonly releaseNamespace: string | undefined;
  /** What had to be opened to find that out. */
  readonly opened: ReadonlyMap<number, OpenedRecord>;
  /** Records there that carry its name and can't be told to be any revision. */
  readonly strays: readonly BadRecord[];
}

type Place = Pick<FoundRelease, 'source' | 'owner' | 'kind' | 'namespace' | 'name'>;

export interface Found {
  /** In the order of the sources, those that Helm would look into first. */
  readonly releases: readonly FoundRelease[];
  /** Records that carry the name and can't be told to be any revision of it. */
  readonly strays: readonly OpenedRecord[];
  readonly skipped: readonly Skipped[];
  readonly partly: readonly Partly[];
}

/** @throws ReleasesError when a source that isn't optional can't be read */
export async function findReleases(sources: readonly ReadSource[], name: string): Promise<Found> {
  const { results, skipped, partly } = await readSources(sources, (source) => findIn(source, name));
  return {
    releases: results.flatMap(({ releases }) => releases),
    strays: results.flatMap(({ strays }) => strays),
    skipped,
    partly,
  };
}

async function findIn(
  source: ReadSource,
  name: string,
): Promise<{ releases: FoundRelease[]; strays: OpenedRecord[] }> {
  const places = new Map<string, Place & { readonly revisions: Set<number> }>();
  const lost: RecordRef[] = [];
  for await (const page of source.storage.listMeta({ ...source.selection, name })) {
    for (const record of page) {
      const { kind, namespace, key, labels } = record;
      const identity = identify(record);
      if ('reason' in identity) {
        if ([labels.name, labels.NAME, nameInKey(key)].includes(name))
          lost.push({ kind, namespace, key });
        continue;
      }
      if (identity.name !== name) continue;
      const id = JSON.stringify([kind, namespace, identity.owner]);
      const place = places.get(id) ?? {
        ...{ source, owner: identity.owner, kind, namespace, name },
        revisions: new Set<number>(),
      };
      place.revisions.add(identity.revision);
      places.set(id, place);
    }
  }
  const found = await mapLimit(lost, 8, async (ref) => {
    const record = await source.storage.get(ref);
    return record && openRecord(record);
  });
  const strays = found.filter((stray) => stray !== undefined);
  const releases: FoundRelease[] = [];
  for (const { revisions, ...place } of [...places.values()].sort(byPreference)) {
    const ascending = [...revisions].sort((a, b) => a - b);
    const look = await lookInside(place, ascending);
    const wanted = source.releaseNamespace;
    if (wanted === undefined || (look.releaseNamespace ?? wanted) === wanted)
      releases.push({
        ...{ ...place, ...look, revisions: ascending },
        strays: strays.filter((stray) => isBad(stray)),
      });
  }
  return { releases, strays };
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
  const { source, kind, namespace, owner, name } = place;
  const key = recordKey(owner, name, revision);
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
