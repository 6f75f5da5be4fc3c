/** A diff as data, for `-o json` and `-o yaml`. */
import { isList, isObject } from '../../go/json/write.ts';
import type { FieldChange } from '../../inspect/diff/fields.ts';
import type { FileChange } from '../../inspect/diff/files.ts';
import type { ObjectChange, ObjectsDiff } from '../../inspect/diff/objects.ts';
import { isEqual, type ReleaseDiff } from '../../inspect/diff/release.ts';
import type { Json, JsonObject } from '../../json.ts';
import { leaves, pathText } from './fields.ts';
import { lineCounts } from './text.ts';

/** @param sides what was compared: `from` and `to`, or more */
export function diffData(sides: JsonObject, diff: ReleaseDiff): JsonObject {
  const { chart, values, manifest, hooks, notes, files } = diff;
  return {
    ...sides,
    equal: isEqual(diff),
    ...(chart && { chart: fieldsData(chart.fields) }),
    ...(manifest && objectsData('objects', manifest)),
    ...(hooks && objectsData('hooks', hooks)),
    ...(values && { values: fieldsData(values.fields) }),
    ...(notes && { notes: { before: notes.before, after: notes.after } }),
    ...(files && { files: files.map(fileData) }),
  };
}

function objectsData(name: 'objects' | 'hooks', diff: ObjectsDiff): JsonObject {
  const unreadable = [...diff.unreadable.before, ...diff.unreadable.after];
  return {
    [`${name}Compared`]: diff.total,
    [name]: diff.changes.map(objectData),
    ...(unreadable.length > 0 && {
      [`${name}Unreadable`]: unreadable.map(({ document, unreadable }) => ({
        document,
        unreadable,
      })),
    }),
  };
}

function objectData(one: ObjectChange): JsonObject {
  const { change, object, before, after, fields, note } = one;
  const { apiVersion, kind, namespace, name } = object;
  return {
    ...{ change, apiVersion, kind },
    ...(namespace === undefined ? {} : { namespace }),
    name,
    ...(note === undefined ? {} : { note }),
    ...(change === 'changed' ? { fields: fieldsData(fields) } : {}),
    ...(change !== 'changed' && before ? { before: finite(before) } : {}),
    ...(change !== 'changed' && after ? { after: finite(after) } : {}),
  };
}

/** Value by value, as the screen shows them. */
function fieldsData(changes: readonly FieldChange[]): Json {
  return changes.flatMap((change) => leaves(change)).map(fieldData);
}

/** Absent: it wasn't there, or is gone. */
function fieldData({ path, before, after, reordered, onlyDigits }: FieldChange): JsonObject {
  return {
    path: pathText(path),
    ...(before === undefined ? {} : { before: finite(before) }),
    ...(after === undefined ? {} : { after: finite(after) }),
    ...(reordered ? { reordered } : {}),
    ...(onlyDigits ? { onlyDigits } : {}),
  };
}

function fileData({ change, name, before, after }: FileChange): JsonObject {
  const text = (bytes: Uint8Array | undefined) => Buffer.from(bytes ?? []).toString('utf8');
  const { added, removed } = lineCounts(text(before), text(after));
  return { change, name, linesAdded: added, linesRemoved: removed };
}

/** YAML knows numbers that JSON doesn't. */
export function finite(value: Json): Json {
  if (typeof value === 'number') return Number.isFinite(value) ? value : String(value);
  if (isList(value)) return value.map(finite);
  if (!isObject(value)) return value;
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, finite(item)]));
}
