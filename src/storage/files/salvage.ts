/** What is left of a list in a damaged file. */

/** One item of the list, or a piece that is none. */
export interface Piece {
  readonly start: number;
  readonly end: number;
  /** Absent for a piece that can't be read. */
  readonly object?: unknown;
  /** Where it went wrong, for a piece that can't be read. */
  readonly wrong?: number;
}

export interface Salvaged {
  readonly pieces: readonly Piece[];
  /** The list's own text, without its items. */
  readonly frame: string;
}

/** What an item of a list may begin with, as a pattern. */
export const topFields =
  'apiVersion|binaryData|data|immutable|kind|metadata|spec|status|stringData|type';

/**
 * Objects hold lists too, of owners and containers. Before a list's first item stand only its own
 * fields; before a list within an object, something that no list has.
 * @param head the text before the first thing that looks like an item, YAML or JSON
 */
export function looksSingle(head: string): boolean {
  const has = (fields: string) =>
    new RegExp(`(?:"(?:${fields})"|(?<![^\\n]) *(?:${fields}))[ \\t\\r\\n]*:`).test(head);
  return (
    !has('items') &&
    has('annotations|binaryData|data|labels|managedFields|name|ownerReferences|spec|stringData')
  );
}
