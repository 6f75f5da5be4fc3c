/** Finding one release by its name, in every place that was asked for. */
import { type OpenedRecord, openRecord } from '../codecs/index.ts';
import { identify, type Owner, type RecordKind, recordKey } from '../record.ts';
import { type ReadSource, readSources, type Skipped } from './sources.ts';

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
}

export interface Found {
  /** In the order of the sources, those that Helm would look into first. */
  readonly releases: readonly FoundRelease[];
  readonly skipped: readonly Skipped[];
}

/** @throws ReleasesError when a source that isn't optional can't be read */
export async function findReleases(sources: readonly ReadSource[], name: string): Promise<Found> {
  const { results, skipped } = await readSources(sources, (source) => findIn(source, name));
  return { releases: results.flat(), skipped };
}

async function findIn(source: ReadSource, name: string): Promise<FoundRelease[]> {
  const places = new Map<
    string,
    Omit<FoundRelease, 'releaseNamespace'> & { revisions: number[] }
  >();
  for await (const page of source.storage.listMeta({ ...source.selection, name })) {
    for (const record of page) {
      const identity = identify(record);
      if ('reason' in identity || identity.name !== name) continue;
      const { kind, namespace } = record;
      const id = JSON.stringify([kind, namespace, identity.owner]);
      const place = places.get(id) ?? {
        ...{ source, owner: identity.owner, kind, namespace, name },
        revisions: [],
      };
      if (!place.revisions.includes(identity.revision)) place.revisions.push(identity.revision);
      places.set(id, place);
    }
  }
  const found: FoundRelease[] = [];
  for (const place of [...places.values()].sort(byPreference)) {
    place.revisions.sort((a, b) => a - b);
    const releaseNamespace = await namespaceOf(place);
    const wanted = source.releaseNamespace;
    if (wanted === undefined || releaseNamespace === undefined || releaseNamespace === wanted)
      found.push({ ...place, releaseNamespace });
  }
  return found;
}

/** The order in which each Helm is likely to have written them: Secrets since 3, ConfigMaps in 2. */
function byPreference(a: Pick<FoundRelease, 'owner' | 'kind'>, b: typeof a): number {
  const rank = ({ owner, kind }: typeof a) =>
    owner === 'helm' ? (kind === 'Secret' ? 0 : 1) : kind === 'ConfigMap' ? 2 : 3;
  return rank(a) - rank(b);
}

/** The release's own namespace, which only a payload says. */
async function namespaceOf(place: Omit<FoundRelease, 'releaseNamespace'>) {
  for (const revision of place.revisions.toReversed()) {
    const opened = await openRevision(place, revision);
    if (opened && 'release' in opened) return opened.release.namespace;
  }
  return undefined;
}

/** One revision, opened; undefined where there is none. */
export async function openRevision(
  place: Pick<FoundRelease, 'source' | 'owner' | 'kind' | 'namespace' | 'name'>,
  revision: number,
): Promise<OpenedRecord | undefined> {
  const key = recordKey(place.owner, place.name, revision);
  const record = await place.source.storage.get({
    ...{ kind: place.kind, namespace: place.namespace, key },
  });
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
