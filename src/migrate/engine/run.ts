/** What a run has done of each release so far: what it may take back, and what has to be said of it. */
import { type RecordMeta, refId, type WantedRecord } from '../../record.ts';
import type { CreateStep, DeleteStep, KeepStep, ReleasePlan, UpdateStep } from '../plan.ts';
import type { Engine } from './engine.ts';
import { copiesOf } from './place.ts';
import type { Writer } from './write.ts';

export interface Did {
  /** What stands in the target as it was meant, whoever wrote it: by `refId`. */
  readonly done: Set<string>;
  /** What this run created, and nobody else, in that order: without payloads. */
  readonly created: { readonly step: CreateStep; readonly record: WantedRecord }[];
  /** What this run put in the place of other content. */
  readonly replaced: CreateStep[];
  /** It has tried to: a replace that fails may have taken away what was there. */
  replacing: boolean;
  /** What stands where this run, or another one at the same time, has updated it, as read back: by `refId`. */
  readonly updated: Map<string, RecordMeta>;
  /** The one that may have been written, and was not read back. */
  updating?: UpdateStep | undefined;
  /** What was written and not read back, or may have been written, where the answer was lost. */
  readonly unread: Map<CreateStep, Unread>;
  /** The sources whose delete was taken. */
  readonly deleted: DeleteStep[];
  /** The one whose delete has no answer. */
  deleting?: DeleteStep | undefined;
  /** Live objects. */
  marked: number;
  /** Somebody else has deleted its newest source, or has gone on with what this run has updated. */
  overtaken?: true;
}

export interface Unread {
  readonly record: WantedRecord;
  /** Absent: nobody knows whether it was written. */
  readonly writer?: Writer;
}

export interface Run extends Engine {
  /**
   * What all releases of the plan write or keep, by `refId`: a record that names several releases is brought
   * by one of them.
   */
  readonly wanted: ReadonlyMap<string, CreateStep | KeepStep>;
  readonly did: (release: ReleasePlan) => Did;
  /** The uids of what was read back, where a store gives any: by `refId`. */
  readonly uids: Map<string, string>;
}

/** Whether it has the place of a copy that was read back: that was deleted, and this one made anew. */
export function isInstead(uids: ReadonlyMap<string, string>, record: RecordMeta): boolean {
  const uid = uids.get(refId(record));
  return uid !== undefined && record.uid !== undefined && uid !== record.uid;
}

/** @param releases those that move */
export function startRun(releases: readonly ReleasePlan[], engine: Engine): Run {
  const wanted = new Map(
    releases.flatMap(copiesOf).map((step) => [refId(step.record), step] as const),
  );
  const all = new Map<ReleasePlan, Did>();
  return {
    ...engine,
    wanted,
    uids: new Map(),
    did(release) {
      const known = all.get(release);
      if (known) return known;
      const fresh: Did = {
        ...{ done: new Set(), created: [], replaced: [], updated: new Map(), deleted: [] },
        replacing: false,
        unread: new Map(),
        marked: 0,
      };
      all.set(release, fresh);
      return fresh;
    },
  };
}
