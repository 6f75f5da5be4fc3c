/**
 * A text of several documents, cut as Kubernetes' clients cut it: `YAMLOrJSONDecoder` of
 * k8s.io/apimachinery (pkg/util/yaml), to which kubectl's and Helm's resource builder hands every manifest.
 *
 * It is a stream of JSON values if it begins with `{`. What is no JSON is YAML, from there to the end: unless
 * two values were JSON before it, for then nothing that follows is read. YAML is cut at every line that
 * begins with `---`; behind that only white space and a comment may stand, and the reader knows nothing of
 * block scalars.
 *
 * Where kubectl and Helm stop at the first document that they can't read, here its reason takes its place,
 * and what the decoder would read after it follows.
 */
import { UnreadableError } from '../../errors.ts';
import type { Json } from '../../json.ts';
import { jsonLimits, scanJson } from '../json/bounds.ts';
import { parseJson } from '../json/read.ts';
import type { Budget } from './budget.ts';

interface Span {
  /** In UTF-16 units of the whole text, with the line that begins the document if it is the first. */
  readonly start: number;
  readonly end: number;
}
export interface YamlPiece extends Span {
  readonly is: 'yaml';
}
export interface JsonPiece extends Span {
  readonly is: 'json';
  /** As its text says it: numbers in their digits. */
  readonly json: Json;
}
export interface BadPiece extends Span {
  readonly is: 'bad';
  /** Safe to print, no trailing full stop. */
  readonly reason: string;
}
export type Piece = YamlPiece | JsonPiece | BadPiece;

/** So far does Go look for the `{`, in bytes. */
const guessBytes = 4096;
/** `unicode.IsSpace`, which counts other characters than JavaScript does. */
const space = '[\\t-\\r \\x85\\xa0\\u1680\\u2000-\\u200a\\u2028\\u2029\\u202f\\u205f\\u3000]';
const leadingSpace = new RegExp(`^${space}*`);
const oneSpace = new RegExp(space);
/** What may follow `---` on its line. */
const afterSeparator = new RegExp(`^${space}*(?:#|$)`);

/**
 * The documents of a text, in their order. A document without content is one, too.
 * @param budget what the JSON among them may hold, all together
 */
export function* cutDocuments(text: string, budget: Budget): Generator<Piece, void, undefined> {
  const yaml = isJsonFirst(text) ? yield* cutJson(text, budget) : 0;
  if (yaml !== undefined) yield* cutYaml(text, yaml);
}

function isJsonFirst(text: string): boolean {
  const [blank = ''] = leadingSpace.exec(text) ?? [];
  return text[blank.length] === '{' && Buffer.byteLength(blank) < guessBytes;
}

/** @returns where YAML begins; undefined when the text ends as JSON */
function* cutJson(text: string, budget: Budget): Generator<Piece, number | undefined, undefined> {
  let done = 0;
  for (let count = 0; ; count++) {
    const start = skipJsonSpace(text, done);
    if (start === text.length) return undefined;
    const end = endOfJson(text, start);
    const piece = readPiece(text, start, end, budget);
    if (piece === undefined) {
      const from = count > 1 ? undefined : afterSpace(text, done);
      if (from === undefined)
        yield { is: 'bad', start, end: text.length, reason: 'it is not valid JSON' };
      return from;
    }
    yield piece;
    done = end;
  }
}

/** @returns undefined for what is no JSON */
function readPiece(
  text: string,
  start: number,
  end: number,
  budget: Budget,
): JsonPiece | BadPiece | undefined {
  const bytes = Buffer.from(text.slice(start, end));
  try {
    budget.values -= scanJson(bytes, { ...jsonLimits, values: budget.values }).values;
  } catch (error) {
    if (!(error instanceof UnreadableError)) throw error;
    return { is: 'bad', start, end, reason: error.message };
  }
  try {
    return { is: 'json', start, end, json: parseJson(bytes) };
  } catch (error) {
    if (!(error instanceof UnreadableError)) throw error;
    return undefined;
  }
}

function skipJsonSpace(text: string, from: number): number {
  let at = from;
  while (at < text.length && ' \t\r\n'.includes(text.charAt(at))) at += 1;
  return at;
}

/** A number without digits behind its point ends here as well, and is none. */
const jsonWord = /true|false|null|-?(?:0|[1-9][0-9]*)(?:\.[0-9]*)?(?:[eE][-+]?[0-9]*)?/y;
const stringMark = /["\\]/g;
const jsonMark = /["[\]{}]/g;

/** Where the value ends that begins at `start`, if it is one. */
function endOfJson(text: string, start: number): number {
  const first = text.charAt(start);
  if (first === '"') return endOfString(text, start);
  if (first !== '{' && first !== '[') {
    jsonWord.lastIndex = start;
    return jsonWord.test(text) ? jsonWord.lastIndex : text.length;
  }
  let depth = 0;
  jsonMark.lastIndex = start;
  for (let mark = jsonMark.exec(text); mark; mark = jsonMark.exec(text)) {
    if (mark[0] === '"') jsonMark.lastIndex = endOfString(text, mark.index);
    else depth += mark[0] === '{' || mark[0] === '[' ? 1 : -1;
    if (depth === 0) return mark.index + 1;
  }
  return text.length;
}

function endOfString(text: string, start: number): number {
  stringMark.lastIndex = start + 1;
  for (let mark = stringMark.exec(text); mark; mark = stringMark.exec(text)) {
    if (mark[0] === '"') return mark.index + 1;
    stringMark.lastIndex = mark.index + 2;
  }
  return text.length;
}

/**
 * Where the reader of YAML begins behind a piece of JSON: after white space up to a line's end. Go looks
 * at four bytes at a time, and where fewer are left it gives up.
 */
function afterSpace(text: string, from: number): number | undefined {
  for (let at = from; Buffer.byteLength(text.slice(at, at + 4)) >= 4; at++) {
    const char = text.charAt(at);
    if (char === '\n') return at + 1;
    // Go takes the character for a sign that the text isn't UTF-8.
    if (char === '\ufffd') return undefined;
    if (!oneSpace.test(char)) return at;
  }
  return undefined;
}

function* cutYaml(text: string, from: number): Generator<Piece, void, undefined> {
  let start = from;
  for (let at = from; at < text.length; ) {
    const newline = text.indexOf('\n', at);
    const next = newline < 0 ? text.length : newline + 1;
    if (text.startsWith('---', at)) {
      const rest = text.slice(at + 3, next);
      if (!afterSeparator.test(rest)) {
        yield {
          is: 'bad',
          start,
          end: next,
          reason: 'the line --- that ends it goes on with text',
        };
        start = next;
      } else if (at > start) {
        yield { is: 'yaml', start, end: at };
        start = next;
      }
      // Else it is the first line of the document.
    }
    at = next;
  }
  if (start < text.length) yield { is: 'yaml', start, end: text.length };
}

/** What the reader of YAML is handed for a piece: every line ends with a line feed, the last one as well. */
export function textOf(text: string, { start, end }: Span): string {
  const lines = text.slice(start, end).replaceAll('\r\n', '\n');
  return lines.endsWith('\n') ? lines : `${lines}\n`;
}

/**
 * From a place in `textOf(text, span)`, as its reader sees it, to the same place in the text.
 * @param at in UTF-16 units, as in the ranges of nodes: a byte order mark doesn't count
 */
export function placeIn(text: string, { start, end }: Span, at: number): number {
  let place = start + at + (text.startsWith('\ufeff', start) ? 1 : 0);
  for (
    let cr = text.indexOf('\r\n', start);
    cr >= 0 && cr < place;
    cr = text.indexOf('\r\n', cr + 2)
  )
    place += 1;
  return Math.min(place, end);
}
