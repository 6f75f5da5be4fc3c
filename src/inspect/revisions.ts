/** Every revision of releases, as their store has them: what `list` knows of each, and its record without the payload. */
import { type OpenedRecord, openRecord } from '../codecs/index.ts';
import { type Standing, standingOf } from '../deployed.ts';
import {
  bytesOf,
  isBad,
  metaOnly,
  type Owner,
  ownerOf,
  type ReadRecord,
  type RecordKind,
  type RecordMeta,
} from '../record.ts';
import { type ReleaseRow, releaseRow } from './rows.ts';
import type { ReadSource } from './sources.ts';

export interface Revision {
  readonly row: ReleaseRow;
  readonly record: RecordMeta;
  /** What tells which revision is deployed. */
  readonly standing: Standing;
  /** As the store counts them: packed. */
  readonly bytes: number;
  /** There isn't even a payload, so that nobody can copy it. */
  readonly empty?: true;
}

/** A release in one place: its records share kind, storage namespace and owner. */
export interface ReleaseRevisions {
  /** As the contents have it; of what can't be read, as the name label or the key does. */
  readonly name: string;
  readonly owner: Owner;
  readonly kind: RecordKind;
  /** The storage namespace. */
  readonly namespace: string;
  /** Ascending by revision; what tells none comes first. */
  readonly revisions: readonly Revision[];
}

/**
 * Reads every record, and keeps no payload.
 * @param name only what a list by this name shows: records may be of other releases, too
 * @param seen called with each record as it is read, for whoever needs its content
 * @throws ReleasesError when the store can't be read
 */
export async function readRevisions(
  { storage, selection }: ReadSource,
  name?: string,
  seen?: (release: ReleaseRevisions, opened: OpenedRecord, record: ReadRecord) => void,
): Promise<ReleaseRevisions[]> {
  const groups = new Map<string, ReleaseRevisions & { readonly revisions: Revision[] }>();
  const wanted = name === undefined ? selection : { ...selection, name };
  for await (const page of storage.list(wanted))
    for (const record of page) {
      const opened = openRecord(record);
      const row = releaseRow(opened, storage);
      const { kind, namespace } = record;
      const owner = ownerOf(record);
      const id = JSON.stringify([kind, namespace, owner, row.name]);
      const group = groups.get(id) ?? { name: row.name, owner, kind, namespace, revisions: [] };
      groups.set(id, group);
      const standing = standingOf(owner, record, isBad(opened) ? undefined : opened.release);
      group.revisions.push({
        ...{ row, record: metaOnly(record), standing, bytes: bytesOf(record) },
        ...(isBad(record) && { empty: true }),
      });
      seen?.(group, opened, record);
    }
  for (const { revisions } of groups.values())
    revisions.sort((a, b) => (a.row.revision ?? 0) - (b.row.revision ?? 0));
  return [...groups.values()];
}
