/** How much room releases take in a store, revision by revision. */
import { type OpenedRecord, openRecord } from '../codecs/index.ts';
import { labelledDeployed, standingOf } from '../deployed.ts';
import { bytesOf, isBad, ownerOf, type ReadRecord, type RecordKind } from '../record.ts';
import type { HelmVersion } from '../release.ts';
import { maxObjectBytes } from '../storage/storage.ts';
import { type ReleaseRow, releaseRow } from './rows.ts';
import type { ReadSource } from './sources.ts';

/** One record: what `list` knows of it, and its bytes as the store counts them. */
export interface RecordSize {
  readonly row: ReleaseRow;
  readonly bytes: number;
}

export interface ReleaseSize {
  readonly name: string;
  /** The release's own; where no record can be read, Helm 3's and 4's records lie in it. */
  readonly namespace: string | undefined;
  readonly helm: HelmVersion | undefined;
  readonly storage: string;
  /** Ascending by revision. */
  readonly records: readonly RecordSize[];
  readonly bytes: number;
  /** The most bytes a record may have there; undefined without a limit. */
  readonly limit: number | undefined;
  /** The largest record that can be read. */
  readonly largest: Exclude<OpenedRecord, { readonly unreadable: string }> | undefined;
}

interface Group {
  readonly records: RecordSize[];
  readonly kind: RecordKind;
  largest?: { readonly bytes: number; readonly record: ReadRecord };
}

/**
 * Every record is read, and decoded to know whether it can be; of each release only the largest is kept.
 * @throws ReleasesError when the store can't be read
 */
export async function measure(source: ReadSource, name?: string): Promise<ReleaseSize[]> {
  const { storage, selection } = source;
  const groups = new Map<string, Group>();
  const wanted = name === undefined ? selection : { ...selection, name };
  for await (const page of storage.list(wanted))
    for (const record of page) {
      const opened = openRecord(record);
      const row = releaseRow(opened, storage);
      const group = groupOf(groups, record, row.name);
      const bytes = bytesOf(record);
      group.records.push({ row, bytes });
      if (!isBad(opened) && bytes > (group.largest?.bytes ?? 0)) group.largest = { bytes, record };
    }
  return [...groups.values()].map(summed);
}

function groupOf(groups: Map<string, Group>, record: ReadRecord, name: string): Group {
  const id = JSON.stringify([record.kind, record.namespace, ownerOf(record), name]);
  const known = groups.get(id);
  if (known) return known;
  const group: Group = { records: [], kind: record.kind };
  groups.set(id, group);
  return group;
}

function summed({ records, kind, largest }: Group): ReleaseSize {
  records.sort((a, b) => (a.row.revision ?? 0) - (b.row.revision ?? 0));
  const readable = records.findLast(({ row }) => row.unreadable === undefined)?.row;
  const any = readable ?? records[0]?.row;
  const opened = largest && openRecord(largest.record);
  return {
    name: any?.name ?? '-',
    namespace: any?.namespace,
    helm: readable?.helm,
    storage: any?.storage ?? '-',
    records,
    bytes: records.reduce((sum, { bytes }) => sum + bytes, 0),
    // A folder's manifests are for a cluster.
    limit: kind === 'SQL' ? undefined : maxObjectBytes,
    largest: opened && !isBad(opened) ? opened : undefined,
  };
}

export interface Freed {
  readonly records: number;
  readonly bytes: number;
}

/**
 * What Helm's own pruning to so many revisions would free: from the oldest on, all but the last deployed
 * one, which counts among those that are kept (pkg/storage/storage.go, `removeLeastRecent`).
 */
export function freedBy({ records }: ReleaseSize, keep: number): Freed {
  const revisions = records.filter(({ row }) => row.revision !== undefined);
  const deployed = labelledDeployed(revisions, ({ row }) => ({
    ...standingOf(row.helm === 2 ? 'tiller' : 'helm', row, undefined),
    ...{ revision: row.revision ?? Number.NEGATIVE_INFINITY, status: row.state },
  }));
  const going = revisions
    .filter((one) => one !== deployed)
    .slice(0, Math.max(0, revisions.length - keep));
  return { records: going.length, bytes: going.reduce((sum, { bytes }) => sum + bytes, 0) };
}
