/**
 * One release that is in two stores, equal: after a copy whose source was kept, or in an archive that
 * holds both kinds of record. Where both would go to one place, it goes there once: pure.
 */
import { storageAddress } from '../../inspect/rows.ts';
import { refId } from '../../record.ts';
import { isSameRecord } from '../../sameRecord.ts';
import { type Finding, type ReleasePlan, releasePlan } from '../plan.ts';
import { placesOf } from '../relocate/placeConflicts.ts';
import type { MovingRelease } from '../relocate/survey.ts';
import { type RelocationTarget, sourceId } from '../relocate/target.ts';
import { type MeetingWords, refuseMeetingsAt } from './collisions.ts';

/** A release, and what was planned for it alone. */
export interface Planned {
  readonly moving: MovingRelease;
  readonly plan: ReleasePlan;
}

/**
 * The plans, with nothing left to do for each release whose records another one brings, and refused where
 * releases meet that differ.
 */
export function settleMeetings(
  planned: readonly Planned[],
  target: RelocationTarget,
  words: MeetingWords,
  deleteSources: boolean,
): ReleasePlan[] {
  const places = new Map(planned.map(({ moving, plan }) => [plan, placesOf(moving, target)]));
  const plans = planned.map(({ plan }) => plan);
  const refuse = (twins: ReadonlyMap<number, number>) => {
    const without = new Set([...twins.keys()].map((at) => plans[at]));
    const placesHere = (plan: ReleasePlan) => (without.has(plan) ? [] : (places.get(plan) ?? []));
    return refuseMeetingsAt(plans, placesHere, words);
  };
  const twins = twinsOf(planned, target);
  const judged = refuse(twins);
  // Nothing is brought by a release that is refused itself.
  const brought = new Map([...twins].filter(([, first]) => judged[first]?.verdict !== 'refused'));
  const settled = brought.size === twins.size ? judged : refuse(brought);
  return settled.map((plan, at) => {
    const first = settled[brought.get(at) ?? -1];
    return first ? twinOf(plan, first, deleteSources) : plan;
  });
}

/** From each to the one that brings its records. */
function twinsOf(planned: readonly Planned[], target: RelocationTarget): Map<number, number> {
  const groups = new Map<string, { at: number; moving: MovingRelease }[]>();
  for (const [at, { moving }] of planned.entries())
    for (const place of goingTo(moving, target))
      groups.set(place, [...(groups.get(place) ?? []), { at, moving }]);
  const twins = new Map<number, number>();
  for (const group of groups.values()) {
    const kept: typeof group = [];
    // What has most goes: fewer labels are no other record.
    for (const one of group.sort((a, b) => weight(b.moving) - weight(a.moving))) {
      const first = kept.find(({ moving }) => holds(moving, one.moving));
      if (first) twins.set(one.at, first.at);
      else kept.push(one);
    }
  }
  return twins;
}

/** At most one: its records lie in one place. */
function goingTo(
  { copies, from, owner, unattributed }: MovingRelease,
  { inPlace }: RelocationTarget,
): string[] {
  const going = copies.find(({ source }) => !inPlace.has(sourceId(from, source)));
  if (!going) return [];
  const { kind, namespace, key } = going.record;
  if (unattributed) return [refId({ kind, namespace, key })];
  return [JSON.stringify([owner, kind, namespace, going.as])];
}

function weight({ copies }: MovingRelease): number {
  const extras = copies.map(
    ({ record: { labels, annotations = {} } }) =>
      Object.keys(labels).length + Object.keys(annotations).length,
  );
  return copies.length * 1000 + extras.reduce((sum, count) => sum + count, 0);
}

function holds(all: MovingRelease, some: MovingRelease): boolean {
  if (all.lost.length > 0 || some.lost.length > 0 || all.owner !== some.owner) return false;
  // Two that were two until they get one name or namespace are no copies of each other, however alike.
  if (all.name !== some.name || all.namespace !== some.namespace) return false;
  const there = new Map(all.copies.map((copy) => [refId(copy.record), copy.record]));
  return some.copies.every(({ record }) => {
    const held = there.get(refId(record));
    return held !== undefined && isSameRecord(held, record);
  });
}

function twinOf(plan: ReleasePlan, first: ReleasePlan, deleteSources: boolean): ReleasePlan {
  const [record] = first.sources;
  const place = record ? storageAddress(record, { address: first.from }, undefined) : first.from;
  const within = record && `${record.kind.toLowerCase()}:${record.namespace}`;
  const kept: Finding = {
    severity: 'change',
    message: 'its sources are kept: the same command again deletes them',
    unmet: '--delete-source',
  };
  return releasePlan({
    ...plan,
    findings: deleteSources ? [kept] : [],
    steps: [],
    waits: false,
    // In one folder it is the kind of record that tells them apart.
    twin: (place === plan.from && within) || place,
  });
}
