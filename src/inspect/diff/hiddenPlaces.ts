/** Where a diff hides something, and how many values that are: what is told instead of them. */
import { isList, isObject } from '../../go/json/write.ts';
import type { Json } from '../../json.ts';
import type { FieldChange, Path } from './fields.ts';
import type { ObjectChange } from './objects.ts';
import type { ReleaseDiff } from './release.ts';

/** One value; a text of many lines is one, however much of it is hidden. */
export interface HiddenPlace {
  readonly part: 'chart' | 'values' | 'object' | 'notes' | 'file';
  /** Whose field it is, for `object`. */
  readonly object?: Pick<ObjectChange, 'object'>;
  /** Of a chart's file. */
  readonly name?: string;
  readonly path?: Path;
}

/**
 * What a reader has before them: `fields`, what changed in what is on both sides; `data`, what came and went, too;
 * `unified`, whole documents and files.
 */
export type Screen = 'fields' | 'data' | 'unified';

/**
 * @param whole what the diff was before anything was hidden
 * @param shown the same, part by part
 */
export function hiddenPlaces(
  whole: ReleaseDiff,
  shown: ReleaseDiff,
  screen: Screen,
): HiddenPlace[] {
  const paths = (one: Compared | undefined, other: Compared | undefined): Path[] => {
    if (!one || one.fields.length === 0) return [];
    if (screen !== 'unified') return changedFields(one.fields, other?.fields);
    return together(one, other ?? {}, []);
  };
  const document = (part: 'chart' | 'values') =>
    paths(whole[part], shown[part]).map((path) => ({ part, path }));
  const objects = (part: 'manifest' | 'hooks') =>
    (whole[part]?.changes ?? []).flatMap((one, at) => {
      const other = shown[part]?.changes[at];
      if (one.change !== 'changed' && screen === 'fields') return [];
      const found = one.change === 'changed' ? paths(one, other) : together(one, other ?? {}, []);
      return found.map((path) => ({ part: 'object' as const, object: one, path }));
    });
  const files = screen === 'unified' ? (whole.files ?? []) : [];
  return [
    ...document('chart'),
    ...objects('manifest'),
    ...objects('hooks'),
    ...document('values'),
    ...(isChanged(whole.notes, shown.notes) ? [{ part: 'notes' as const }] : []),
    ...files.flatMap((file, at) =>
      isChanged(file, shown.files?.[at]) ? [{ part: 'file' as const, name: file.name }] : [],
    ),
  ];
}

interface Sides {
  readonly before?: Json;
  readonly after?: Json;
}

interface Compared extends Sides {
  readonly fields: readonly FieldChange[];
}

function changedFields(
  whole: readonly FieldChange[] = [],
  shown: readonly FieldChange[] = [],
): Path[] {
  return whole.flatMap((field, at) => together(field, shown[at] ?? {}, field.path));
}

/** What is hidden on both sides is one value. */
function together(whole: Sides, shown: Sides, path: Path): Path[] {
  const before = different(whole.before, shown.before, path);
  const after = different(whole.after, shown.after, path);
  const seen = new Set(before.map((one) => JSON.stringify(one)));
  return [...before, ...after.filter((one) => !seen.has(JSON.stringify(one)))];
}

/** The ways to all values that aren't what they were. */
function different(whole: Json | undefined, shown: Json | undefined, path: Path): Path[] {
  if (whole === shown || whole === undefined) return [];
  if (isList(whole))
    return whole.flatMap((item, at) =>
      different(item, isList(shown) ? shown[at] : undefined, [...path, at]),
    );
  if (isObject(whole))
    return Object.entries(whole).flatMap(([key, item]) =>
      different(item, isObject(shown) ? shown[key] : undefined, [...path, key]),
    );
  return [path];
}

function isChanged(
  whole: { readonly before?: unknown; readonly after?: unknown } | undefined,
  shown: { readonly before?: unknown; readonly after?: unknown } | undefined,
): boolean {
  const text = (side: unknown) =>
    side instanceof Uint8Array ? Buffer.from(side).toString() : side;
  return text(whole?.before) !== text(shown?.before) || text(whole?.after) !== text(shown?.after);
}
