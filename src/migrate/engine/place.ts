/** Where Helm looks for a release's records in the target, and what lies there now. */
import { mapLimit } from '../../parallel.ts';
import {
  metaOnly,
  namesOf,
  type Owner,
  ownerOf,
  type RecordKind,
  type RecordMeta,
  saidByLabels,
} from '../../record.ts';
import type { Selection, Storage } from '../../storage/storage.ts';
import type { CreateStep, KeepStep, ReleasePlan } from '../plan.ts';

/** Each driver of Helm's sees its own kind alone. */
export interface Place {
  readonly owner: Owner;
  readonly kind: RecordKind;
  readonly namespace: string;
  readonly name: string;
}

/** Names that are asked for in one list; beyond a few lists one of all is less. */
const [namesAtOnce, mostLists] = [50, 4];

/** What the release has in the target when its plan is carried out. */
export function copiesOf({ steps }: ReleasePlan): readonly (CreateStep | KeepStep)[] {
  return steps.flatMap((step) => (step.do === 'create' || step.do === 'keep' ? step : []));
}

/** @returns undefined for one that nothing is written or kept of, or that has no name */
export function placeOf(release: ReleasePlan): Place | undefined {
  const [first] = copiesOf(release);
  if (!first || !release.there) return undefined;
  const { kind, namespace } = first.record;
  return { owner: ownerOf(first.record), kind, namespace, name: release.there.name };
}

/** Of these records what has the name, in the same place as a record that is to have it. */
export function inPlaceOf(
  record: RecordMeta & { readonly name: string },
  records: readonly RecordMeta[],
): RecordMeta[] {
  const { kind, namespace, name } = record;
  const id = idOf({ owner: ownerOf(record), kind, namespace, name });
  return records.flatMap((one) => (idsOf(one).includes(id) ? metaOnly(one) : []));
}

/**
 * Everything that has these releases' names in the target now, in few lists of metadata.
 * @throws ReleasesError when the target can't be read
 */
export async function lookAt(
  to: Storage,
  releases: readonly ReleasePlan[],
  concurrency: number,
): Promise<Map<ReleasePlan, readonly RecordMeta[]>> {
  const places = new Map(
    releases.flatMap((release) => {
      const place = placeOf(release);
      return place ? [[release, place] as const] : [];
    }),
  );
  const found = new Map<string, RecordMeta[]>(
    [...places.values()].map((place) => [idOf(place), []]),
  );
  await mapLimit(listsFor(to, places), concurrency, async (selection) => {
    for await (const page of to.listMeta(selection))
      for (const record of page) {
        for (const id of idsOf(record)) found.get(id)?.push(metaOnly(record));
      }
  });
  return new Map([...places].map(([release, place]) => [release, found.get(idOf(place)) ?? []]));
}

/** Where one release costs a look at everything, everything is looked at once. */
function listsFor(to: Storage, places: ReadonlyMap<ReleasePlan, Place>): Selection[] {
  if (places.size === 0) return [];
  if (!to.capabilities.selects) return [{}];
  const groups = new Map<string, { selection: Selection; names: Set<string>; hidden: boolean }>();
  for (const [release, { owner, namespace, name }] of places) {
    const selection = { owner, ...(namespace !== '' && { namespace }) };
    const id = JSON.stringify([owner, namespace]);
    const group = groups.get(id) ?? { selection, names: new Set(), hidden: false };
    group.names.add(name);
    // A list by name goes by the label.
    if (copiesOf(release).some(({ record }) => saidByLabels(owner, record).name !== name))
      group.hidden = true;
    groups.set(id, group);
  }
  return [...groups.values()].flatMap(({ selection, names: all, hidden }) => {
    const names = [...all];
    if (hidden || names.length > namesAtOnce * mostLists) return [selection];
    const lists: Selection[] = [];
    for (let at = 0; at < names.length; at += namesAtOnce)
      lists.push({ ...selection, names: names.slice(at, at + namesAtOnce) });
    return lists;
  });
}

/** A record whose key and labels disagree is under both names. */
function idsOf(record: RecordMeta): string[] {
  const { kind, namespace } = record;
  const owner = ownerOf(record);
  return namesOf(record).map((name) => idOf({ owner, kind, namespace, name }));
}

function idOf({ owner, kind, namespace, name }: Place): string {
  return JSON.stringify([owner, kind, namespace, name]);
}
