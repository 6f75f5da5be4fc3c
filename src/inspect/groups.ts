/** The records that a watch tells of, in the groups that make one row each. Pure: no store is asked. */
import { identify, type RecordMeta, refId } from '../record.ts';
import { releaseId } from './newest.ts';
import type { ReleaseRow } from './rows.ts';

/** A row for each release's newest revision, or one for every record. */
export type RowKind = 'newest' | 'each';

/** What was last read of a group. */
export interface Shown {
  readonly row: ReleaseRow;
  /** All that is seen of it, as one text to compare. */
  readonly text: string;
  /** `versionOf` the record that it was read from. */
  readonly version: string;
  /** Whether it is one of the rows that are wanted. */
  readonly visible: boolean;
}

export interface Group {
  /** Of the highest revision; undefined when none is left. */
  newest(): RecordMeta | undefined;
  shown?: Shown;
}

export interface Groups {
  /** All the records that there are. */
  list(records: readonly RecordMeta[]): void;
  put(record: RecordMeta): void;
  drop(record: RecordMeta): void;
  /** The group that holds a record, if one does. */
  of(record: RecordMeta): Group | undefined;
  all(): readonly Group[];
  /** Those to look at, in the order in which they changed; they are then no longer waiting. */
  take(): readonly Group[];
  /** Lets a group wait once more. */
  again(group: Group): void;
  isWaiting(): boolean;
}

interface Held extends Group {
  readonly id: string;
  /** By `refId`. */
  readonly records: Map<string, { readonly revision: number; readonly record: RecordMeta }>;
}

/** One text for each state of each record. */
export function versionOf(record: RecordMeta): string {
  return `${refId(record)} ${record.uid ?? ''} ${record.resourceVersion ?? ''}`;
}

export function openGroups(kind: RowKind): Groups {
  const groups = new Map<string, Held>();
  const holders = new Map<string, Held>();
  const waiting = new Set<Group>();

  function groupOf(record: RecordMeta): Held {
    const identity = identify(record);
    const alone = kind === 'each' || 'reason' in identity;
    const id = alone ? refId(record) : releaseId(record, identity.owner, identity.name);
    const known = groups.get(id);
    if (known) return known;
    const records: Held['records'] = new Map();
    const group: Held = { id, records, newest: () => newestOf(records) };
    groups.set(id, group);
    return group;
  }

  function put(record: RecordMeta): void {
    const ref = refId(record);
    const group = groupOf(record);
    // Whoever changes a record's labels may have made it nobody's.
    if (holders.get(ref) !== group) drop(record);
    const identity = identify(record);
    group.records.set(ref, { revision: 'reason' in identity ? 0 : identity.revision, record });
    holders.set(ref, group);
    waiting.add(group);
  }

  function drop(record: RecordMeta): void {
    const ref = refId(record);
    const group = holders.get(ref);
    if (!group) return;
    holders.delete(ref);
    group.records.delete(ref);
    if (group.records.size === 0) groups.delete(group.id);
    waiting.add(group);
  }

  return {
    list(records) {
      const there = new Set(records.map(refId));
      const gone = [...holders].filter(([ref]) => !there.has(ref));
      for (const [ref, { records: held }] of gone) {
        const record = held.get(ref)?.record;
        if (record) drop(record);
      }
      for (const record of records) put(record);
    },
    put,
    drop,
    of: (record) => holders.get(refId(record)),
    all: () => [...groups.values()],
    take() {
      const taken = [...waiting];
      waiting.clear();
      return taken;
    },
    again: (group) => void waiting.add(group),
    isWaiting: () => waiting.size > 0,
  };
}

function newestOf(records: Held['records']): RecordMeta | undefined {
  let newest: { readonly revision: number; readonly record: RecordMeta } | undefined;
  for (const one of records.values())
    if (newest === undefined || one.revision > newest.revision) newest = one;
  return newest?.record;
}
