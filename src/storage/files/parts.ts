/** What a manifest file is made of, before anything is known about Helm. */
import { type Fields, isFields } from '../objects.ts';
import { framesOf, readingsOf } from './readings.ts';
import type { Span } from './split.ts';

/** Where an object stands in its file. */
export interface Position {
  /** The document's text. Absent: the file can't be cut into documents. */
  readonly document?: Span;
  /** The item's text, for a list that can be cut. */
  readonly span?: Span;
  /** The item's place in its list, counted from 0. */
  readonly item?: number;
  /** True where nothing may be taken out: what is around it can't be trusted, or can't be cut. */
  readonly fixed?: boolean;
}

/** An object, or why a piece of the file is none; `source` is its text. */
export type Part = { readonly at: Position; readonly source: string } & (
  | {
      readonly object: unknown;
      /** A member is there twice: this is one of the ways to read the text. */
      readonly ambiguous?: true;
    }
  | { readonly unreadable: string }
);

/** What is around an object. */
interface Around {
  readonly at: Position;
  readonly listKind?: unknown;
  readonly ambiguous?: boolean;
}

/**
 * An object by itself, or the items of a list; those of the lists in it as well, as kubectl reads them
 * (`FlattenListVisitor`, k8s.io/cli-runtime/pkg/resource/visitor.go).
 */
export function* listParts(
  value: unknown,
  around: Around,
  sourceOf: (object: unknown) => string,
): Iterable<Part> {
  const { at, listKind } = around;
  const frames = framesOf(value);
  if (frames.every((frame) => itemsOf(frame).length === 0)) {
    if (isEmptyList(value)) return;
    const source = sourceOf(value);
    const readings = readingsOf(value);
    if (!around.ambiguous && readings.length === 1)
      yield { at, source, object: withKind(value, listKind) };
    else
      for (const reading of readings)
        yield {
          at: { ...at, fixed: true },
          ...{ source, object: withKind(reading, listKind), ambiguous: true },
        };
    return;
  }
  const ambiguous = around.ambiguous || frames.length > 1;
  for (const frame of frames)
    for (const { items, asList } of itemsOf(frame))
      for (const [item, object] of items.entries()) {
        // An item of an item can't be cut out.
        const isFixed = !asList || at.item !== undefined;
        const place = { ...at, item, ...(isFixed && { fixed: true }) };
        const kind = isFields(frame) ? frame.kind : undefined;
        yield* listParts(object, { at: place, listKind: kind, ambiguous }, sourceOf);
      }
}

interface Items {
  readonly items: readonly unknown[];
  /** A list as kubectl writes one: an item can be taken out of it. */
  readonly asList: boolean;
}

/**
 * `items`, whatever the kind, as both may be damaged; and objects in any other list at the top. Where a
 * list stands beside something else, nobody knows what it is: all of it is looked at.
 */
function itemsOf(value: unknown): Items[] {
  if (Array.isArray(value)) return value.some(isObject) ? [{ items: value, asList: false }] : [];
  if (!isFields(value)) return [];
  const { items, ...rest } = value;
  const found: Items[] = [];
  if (Array.isArray(items)) found.push({ items, asList: true });
  else if (isFields(items) && Object.values(items).some(isObject))
    found.push({ items: Object.values(items), asList: false });
  for (const list of Object.values(rest))
    if (Array.isArray(list) && list.some(isObject)) found.push({ items: list, asList: false });
  const isRecordToo = items !== undefined && isObject(value) && holdsData(rest);
  if (found.length > 0 && isRecordToo) found.push({ items: [rest], asList: false });
  return found;
}

function isEmptyList(value: unknown): boolean {
  return isFields(value) && Array.isArray(value.items) && value.items.length === 0;
}

function holdsData(fields: Fields): boolean {
  return isFields(fields.data) || isFields(fields.stringData) || isFields(fields.binaryData);
}

function isObject(value: unknown): boolean {
  return isFields(value) && (isFields(value.metadata) || Array.isArray(value.items));
}

/** An API server leaves the kind out of the items of a SecretList; kubectl puts it in. */
export function withKind(object: unknown, listKind: unknown): unknown {
  const kind = listKind === 'SecretList' ? 'Secret' : listKind === 'ConfigMapList' && 'ConfigMap';
  return kind && isObject(object) && (object as Fields).kind === undefined
    ? { ...(object as Fields), kind }
    : object;
}
