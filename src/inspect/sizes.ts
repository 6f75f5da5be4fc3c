/** How much room releases take in a store, revision by revision. */
import { type OpenedRecord, openRecord } from '../codecs/index.ts';
import { isBad, type ReadRecord } from '../record.ts';
import type { HelmVersion } from '../release.ts';
import { maxObjectBytes } from '../storage/storage.ts';
import { type ReleaseRevisions, type Revision, readRevisions } from './revisions.ts';
import type { ReadSource } from './sources.ts';

/** From this part of what a record may have, people should know. */
export const nearLimit = 0.8;

export interface ReleaseSize {
  readonly name: string;
  /** The release's own; where no record can be read, Helm 3's and 4's records lie in it. */
  readonly namespace: string | undefined;
  readonly helm: HelmVersion | undefined;
  readonly storage: string;
  /** Ascending by revision. */
  readonly records: readonly Revision[];
  readonly bytes: number;
  /** The most bytes a record may have there; undefined without a limit. */
  readonly limit: number | undefined;
  /** The largest record that can be read. */
  readonly largest: Exclude<OpenedRecord, { readonly unreadable: string }> | undefined;
}

type Largest = { readonly bytes: number; readonly record: ReadRecord };

/**
 * Every record is read, and decoded to know whether it can be; of each release only the largest is kept.
 * @param revision this one alone
 * @throws ReleasesError when the store can't be read
 */
export async function measure(
  source: ReadSource,
  name?: string,
  revision?: number,
): Promise<ReleaseSize[]> {
  const largest = new Map<ReleaseRevisions, Largest>();
  const releases = await readRevisions(source, name, (release, opened, record) => {
    const { bytes, row } = release.revisions.at(-1) ?? { bytes: 0, row: undefined };
    if (revision !== undefined && row?.revision !== revision) return;
    if (!isBad(opened) && bytes > (largest.get(release)?.bytes ?? 0))
      largest.set(release, { bytes, record });
  });
  return releases.map((release) => {
    const those = release.revisions.filter(
      ({ row }) => revision === undefined || row.revision === revision,
    );
    return summed({ ...release, revisions: those }, largest.get(release));
  });
}

function summed({ revisions, kind }: ReleaseRevisions, largest: Largest | undefined): ReleaseSize {
  const readable = revisions.findLast(({ row }) => row.unreadable === undefined)?.row;
  const any = readable ?? revisions[0]?.row;
  const opened = largest && openRecord(largest.record);
  return {
    name: any?.name ?? '-',
    namespace: any?.namespace,
    helm: readable?.helm,
    storage: any?.storage ?? '-',
    records: revisions,
    bytes: revisions.reduce((sum, { bytes }) => sum + bytes, 0),
    // A folder's manifests are for a cluster.
    limit: kind === 'SQL' ? undefined : maxObjectBytes,
    largest: opened && !isBad(opened) ? opened : undefined,
  };
}
