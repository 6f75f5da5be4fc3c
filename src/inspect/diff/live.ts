/**
 * A revision's manifest beside the live objects. Only what the manifest says is compared: servers,
 * controllers and people add fields of their own, and those are nobody's difference.
 */
import { isObject } from '../../go/json/write.ts';
import { quantity } from '../../go/quantity.ts';
import type { Json, JsonObject } from '../../json.ts';
import { type LiveObject as Answer, forbiddenNote, unservedNote } from '../../objects/live.ts';
import type { Manifest, ManifestObject } from '../../objects/manifest.ts';
import { type CompareOptions, compareFields, type FieldChange, type Path } from './fields.ts';
import { changeOrder, isKept, keptOrNot, type ObjectChange, type ObjectsDiff } from './objects.ts';

/** What is there of one object: itself, nothing, or why that can't be told. */
export type Live =
  | { readonly is: 'there'; readonly fields: JsonObject }
  | { readonly is: 'missing'; readonly note?: string }
  | { readonly is: 'unknown'; readonly note: string };

export interface LiveObject {
  readonly object: ManifestObject;
  readonly live: Live;
}

/** What a cluster answered, as a diff takes it. */
export function liveAnswer({ object, ...answer }: Answer): LiveObject {
  switch (answer.is) {
    case 'there':
      return { object, live: { is: 'there', fields: answer.live } };
    case 'missing':
      return { object, live: { is: 'missing' } };
    case 'unserved':
      return { object, live: { is: 'missing', note: unservedNote(object) } };
    case 'forbidden':
      return { object, live: { is: 'unknown', note: forbiddenNote(answer.place) } };
  }
}

/** @param objects those of the manifest, in its order */
export function compareWithLive(manifest: Manifest, objects: readonly LiveObject[]): ObjectsDiff {
  const changes = objects.flatMap(({ object, live }): ObjectChange[] => {
    const before = asStored(object.fields);
    if (live.is !== 'there') {
      const note = live.note ?? 'not in the cluster';
      const change = live.is === 'missing' ? 'removed' : 'unknown';
      return [{ change, object, before, fields: [], note }];
    }
    const fields = compareFields(before, live.fields, { ...asServer, subset: true });
    if (fields.length === 0) return [];
    return [{ change: 'changed', object, before, after: seenBy(before, live.fields), fields }];
  });
  return {
    changes: changes.sort(changeOrder),
    after: manifest.objects,
    live: wholeOf(objects),
    total: objects.length,
    unreadable: { before: manifest.unreadable, after: [] },
  };
}

/**
 * What a rollback would change in the cluster as it is: Helm merges three ways, so what somebody has
 * changed by hand in a field that the manifest names goes back too, and what stands in neither
 * manifest stays (pkg/kube/client.go, `createPatch`).
 * @param diff from the newest revision to the wanted one
 * @param wanted the objects of the wanted revision: `diff.after`
 * @param leaving those of the newest that the wanted one doesn't have
 */
export function rollbackOnLive(
  diff: ObjectsDiff,
  wanted: readonly LiveObject[],
  leaving: readonly LiveObject[],
): ObjectsDiff {
  const byObject = new Map(diff.changes.map((one) => [one.object, one]));
  const kept = wanted.flatMap(({ object, live }): ObjectChange[] => {
    const after = asStored(object.fields);
    if (live.is === 'unknown')
      return [{ change: 'unknown', object, after, fields: [], note: live.note }];
    if (live.is === 'missing') return [{ change: 'added', object, after, fields: [] }];
    const set = compareFields(after, live.fields, { ...asServer, subset: true }).map(turned);
    const planned = byObject.get(object)?.fields ?? [];
    const gone = planned.filter(
      ({ path, after, reordered }) => after === undefined && !reordered && at(live.fields, path),
    );
    const fields = [...set, ...gone];
    if (fields.length === 0) return [];
    const before = seenBy(after, live.fields);
    return [{ change: 'changed', object, before, after, fields }];
  });
  const going = leaving.flatMap(({ object, live }): ObjectChange[] => {
    const planned = byObject.get(object);
    if (!planned || live.is === 'missing') return [];
    if (live.is === 'unknown')
      return [{ ...planned, change: 'unknown', fields: [], note: live.note }];
    return [keptOrNot(planned, isKept({ fields: live.fields }))];
  });
  const live = wholeOf([...wanted, ...leaving]);
  return { ...diff, live, changes: [...kept, ...going].sort(changeOrder) };
}

function wholeOf(objects: readonly LiveObject[]): NonNullable<ObjectsDiff['live']> {
  return objects.flatMap(({ object: { kind }, live }) =>
    live.is === 'there' ? { kind, fields: live.fields } : [],
  );
}

function turned({ path, before, after, reordered }: FieldChange): FieldChange {
  return {
    path,
    ...(after === undefined ? {} : { before: after }),
    ...(before === undefined ? {} : { after: before }),
    ...(reordered ? { reordered } : {}),
  };
}

function at(value: Json, path: Path): boolean {
  let here: Json | undefined = value;
  for (const step of path) {
    if (typeof step === 'object')
      here = Array.isArray(here)
        ? here.find((item) => isObject(item) && item.name === step.named)
        : undefined;
    else if (typeof step === 'number') here = Array.isArray(here) ? here[step] : undefined;
    else here = isObject(here) && Object.hasOwn(here, step) ? here[step] : undefined;
    if (here === undefined || here === null) return false;
  }
  return true;
}

/** The manifest's object as a server would keep it. */
function asStored(fields: JsonObject): JsonObject {
  const { apiVersion: _, status: __, metadata, stringData, ...rest } = fields;
  const { namespace: ___, creationTimestamp: ____, ...meta } = isObject(metadata) ? metadata : {};
  const plain = { ...rest, metadata: meta };
  if (fields.kind !== 'Secret' || !isObject(stringData))
    return stringData === undefined ? plain : { ...plain, stringData };
  const encoded = Object.entries(stringData).map(([key, value]) => [
    key,
    typeof value === 'string' ? Buffer.from(value).toString('base64') : value,
  ]);
  const data = isObject(rest.data) ? rest.data : {};
  return { ...plain, data: { ...data, ...Object.fromEntries(encoded) } };
}

/** Of the live object, the fields that the manifest speaks of: the rest would only be noise. */
function seenBy(manifest: Json, live: Json): JsonObject {
  const seen = pick(manifest, live);
  return isObject(seen) ? seen : {};
}

function pick(manifest: Json, live: Json): Json {
  if (!isObject(manifest) || !isObject(live)) return live;
  return Object.fromEntries(
    Object.entries(manifest).flatMap(([key, value]) => {
      const there = Object.hasOwn(live, key) ? live[key] : undefined;
      return there === undefined ? [] : [[key, pick(value, there)]];
    }),
  );
}

const asServer: CompareOptions = { nullIsAbsent: true, alike: isSameQuantity };

/** Fields whose texts are amounts, which a server writes in its own way: `1000m` becomes `1`. */
const amounts = new Set([
  ...['limits', 'requests', 'capacity', 'hard', 'min', 'max', 'default', 'defaultRequest'],
  ...['sizeLimit', 'averageValue', 'maxLimitRequestRatio', 'overhead', 'podFixed', 'divisor'],
]);

function isSameQuantity(before: Json, after: Json, path: Path): boolean {
  if (!path.some((step) => typeof step === 'string' && amounts.has(step))) return false;
  const [a, b] = [amount(before), amount(after)];
  return a !== undefined && b !== undefined && Math.abs(a - b) <= Math.abs(a) * 1e-9;
}

function amount(value: Json): number | undefined {
  if (typeof value === 'number') return value;
  return typeof value === 'string' ? quantity(value) : undefined;
}
