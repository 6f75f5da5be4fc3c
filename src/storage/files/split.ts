/**
 * Cuts YAML text into the pieces that stand for one object each, without parsing it: documents, and
 * the items of a list as kubectl prints one. Then one broken object doesn't take its neighbours
 * along, a dump of any size is parsed piece by piece, and an object can be taken out of its file
 * with every other byte left as it was.
 *
 * The cuts are exact for YAML that is sound: `---` at a line's start ends a document even inside a
 * scalar (YAML 1.2, 9.1.2), and within an item every line stands further right than its dash.
 */
import { looksSingle, topFields } from './salvage.ts';

/** A range of the text. */
export interface Span {
  readonly start: number;
  readonly end: number;
}

/** @returns the documents' spans, each with its `---` line; undefined where only a parser can tell */
export function splitDocuments(text: string): Span[] | undefined {
  // Directives and document ends are too rare to be worth a second grammar.
  if (/(?<![^\n])(?:%(?:YAML|TAG)\s|\.\.\.(?:\s|$))/.test(text)) return undefined;
  const starts = [0];
  for (const { index } of text.matchAll(/(?<![^\n])---(?=[ \t\r\n]|$)/g))
    if (index > 0) starts.push(index);
  return starts.map((start, i) => ({ start, end: starts[i + 1] ?? text.length }));
}

export interface ListSpans {
  /** Each item from its dash to the next item. */
  readonly items: readonly Span[];
  /** All items together; what is around it is the list itself. */
  readonly all: Span;
}

/** @returns the items of a block-style `items:` at the document's top, or undefined */
export function splitItems(text: string, document: Span): ListSpans | undefined {
  const piece = text.slice(document.start, document.end);
  const head = /(?<![^\n])items:[ \t]*\r?\n( *)-(?=[ \t\r\n])/.exec(piece);
  if (!head) return undefined;
  const indent = (head[1] ?? '').length;
  const from = head.index + head[0].length - indent - 1;
  // What stands left of the dashes ends the list.
  const left = indent === 0 ? '[^\\s#-]' : ` {0,${indent - 1}}[^\\s#]`;
  const after = new RegExp(`(?<![^\\n])${left}`, 'g');
  after.lastIndex = from;
  const end = after.exec(piece)?.index ?? piece.length;
  const dash = new RegExp(`(?<![^\\n]) {${indent}}-(?=[ \\t\\r\\n]|$)`, 'g');
  dash.lastIndex = from;
  const starts: number[] = [];
  for (let found = dash.exec(piece); found && found.index < end; found = dash.exec(piece))
    starts.push(found.index);
  const at = (n: number) => document.start + n;
  return {
    items: starts.map((start, i) => ({ start: at(start), end: at(starts[i + 1] ?? end) })),
    all: { start: at(from), end: at(end) },
  };
}

/**
 * The same for a document that isn't sound: by the smallest indentation that anything like an item
 * has, where the list's own line needn't be whole, and an item's beginning may have one character
 * wrong. What is cut this way must not be written back.
 */
export function splitLoosely(text: string, document: Span): ListSpans | undefined {
  const piece = text.slice(document.start, document.end);
  const dashes = [...piece.matchAll(new RegExp(`(?<![^\\n])( *)-[ \\t]+(?:${topFields}):`, 'g'))];
  const indents = dashes.map((found) => (found[1] ?? '').length);
  const indent = indents.reduce((least, one) => Math.min(least, one), Number.MAX_SAFE_INTEGER);
  const head = dashes[indents.indexOf(indent)];
  if (!head || looksSingle(piece.slice(0, head.index))) return undefined;
  const key = `(?:${topFields}):`;
  const edge = `(?<![^\\n]) {${indent}}(?:-(?=\\s)|[^ \\n] (?=${key})|-[^\\n](?=${key}))`;
  // Where the line break before an item is gone, the line after it still tells.
  const within = `(?<=[^\\n] {${indent}})-(?= ${key}[^\\n]*\\n {${indent + 2}}${key})`;
  const starts = [...piece.matchAll(new RegExp(`${edge}|${within}`, 'g'))].map(
    ({ index }) => index,
  );
  const [from = head.index] = starts;
  const after = /(?<![^\n])(?:apiVersion|kind|metadata|items)\b/g;
  after.lastIndex = starts.at(-1) ?? from;
  const end = after.exec(piece)?.index ?? piece.length;
  const at = (n: number) => document.start + n;
  return {
    items: starts.map((start, i) => ({ start: at(start), end: at(starts[i + 1] ?? end) })),
    all: { start: at(from), end: at(end) },
  };
}

/**
 * An item's text as a document of its own: its dash becomes a space, so that columns stay.
 * @returns undefined for an item that has lost its dash
 */
export function itemText(text: string, { start, end }: Span): string | undefined {
  const piece = text.slice(start, end);
  const dash = piece.search(/[^ ]/);
  if (!/^-\s/.test(piece.slice(dash, dash + 2))) return undefined;
  return `${piece.slice(0, dash)} ${piece.slice(dash + 1)}`;
}
