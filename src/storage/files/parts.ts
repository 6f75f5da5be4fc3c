/** What a manifest file is made of, before anything is known about Helm. */
import { type Fields, isFields } from '../objects.ts';
import type { Span } from './split.ts';

/** Where an object stands in its file. */
export interface Position {
  /** The document's text. Absent: the file can't be cut into documents. */
  readonly document?: Span;
  /** The item's text, for a list that can be cut. */
  readonly span?: Span;
  /** The item's place in its list, counted from 0. */
  readonly item?: number;
  /** True where nothing may be taken out: what is around it can't be trusted. */
  readonly fixed?: boolean;
}

/** An object, or why a piece of the file is none; `source` is its text. */
export type Part = { readonly at: Position; readonly source: string } & (
  | { readonly object: unknown }
  | { readonly unreadable: string }
);

/** An object by itself, or the items of a list. */
export function* listParts(
  value: unknown,
  at: Position,
  sourceOf: (object: unknown) => string,
): Iterable<Part> {
  const list = itemsOf(value);
  if (!list) {
    yield { at, source: sourceOf(value), object: value };
    return;
  }
  for (const [item, object] of list.items.entries())
    yield {
      at: { ...at, item, ...(list.asList ? {} : { fixed: true }) },
      source: sourceOf(object),
      object: withKind(object, isFields(value) ? value.kind : undefined),
    };
}

/** `items`, whatever the kind, as both may be damaged; objects in any other list at the top as well. */
function itemsOf(value: unknown): { items: readonly unknown[]; asList: boolean } | undefined {
  if (isFields(value) && Array.isArray(value.items)) return { items: value.items, asList: true };
  const lists: readonly unknown[] = isFields(value) ? Object.values(value) : [value];
  const items = lists.find((list) => Array.isArray(list) && list.some(isObject));
  return Array.isArray(items) ? { items, asList: false } : undefined;
}

function isObject(value: unknown): boolean {
  return isFields(value) && isFields(value.metadata);
}

/** An API server leaves the kind out of the items of a SecretList; kubectl puts it in. */
export function withKind(object: unknown, listKind: unknown): unknown {
  const kind = listKind === 'SecretList' ? 'Secret' : listKind === 'ConfigMapList' && 'ConfigMap';
  return kind && isObject(object) && (object as Fields).kind === undefined
    ? { ...(object as Fields), kind }
    : object;
}
