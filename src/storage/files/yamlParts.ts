/** The objects in YAML text, piece by piece, so that no piece takes its neighbours along. */
import { isReleasesError, UnreadableError } from '../../errors.ts';
import { isFields } from '../objects.ts';
import { damagedJson, jsonParts } from './jsonParts.ts';
import { listParts, type Part, type Position } from './parts.ts';
import {
  itemText,
  type ListSpans,
  type Span,
  splitDocuments,
  splitItems,
  splitLoosely,
} from './split.ts';
import { badAliases, parseYaml } from './yaml.ts';

type LineOf = (offset: number) => number;

/**
 * kubectl writes a list's kind after its items, so a list without one was cut off while it was
 * written, and its last item with it: that item may look whole and be short of its namespace's end.
 */
const cutOff = 'the list is cut off: its last item may not be whole';
/** Of one file. Nobody keeps as many by hand, and what writes more of them writes a list. */
const maxDocuments = 20_000;
const tooMany = `its YAML has more than ${maxDocuments} documents`;
/** Parsing a whole document takes some twenty times its size in memory; pieces don't. */
const maxWhole = 4 * 1024 * 1024;

export function* yamlParts(text: string, lineOf: LineOf): Iterable<Part> {
  const documents = splitDocuments(text);
  if (documents) {
    const full = documents.filter((document) => !isBlank(text, document));
    if (full.length > maxDocuments) yield { at: { fixed: true }, source: '', unreadable: tooMany };
    else for (const document of full) yield* documentParts(text, document, lineOf);
  } else
    for (const piece of text.split(/(?<![^\n])(?=---[ \t\r\n])/)) {
      const part = parsed(piece, 1);
      yield* 'object' in part
        ? wholeParts(piece, part.object, {})
        : [{ ...part, at: {}, source: piece }];
    }
}

/** Nothing but its mark and white space: parsing costs more than looking. */
function isBlank(text: string, { start, end }: Span): boolean {
  blank.lastIndex = start;
  return end - start < 100 && blank.test(text) && blank.lastIndex >= end;
}

const blank = /(?:---)?[ \t\r\n]*/y;

/** As kubectl prints it; or any other way, whole; or what is left of it. */
function documentParts(text: string, document: Span, lineOf: LineOf): Iterable<Part> {
  const json = jsonIn(text, document);
  if (json !== undefined) {
    const parts = jsonParts(text.slice(json, document.end), (at) => lineOf(json + at));
    return [...parts].map((part) => ({ ...part, at: { ...part.at, document } }));
  }
  const spans = splitItems(text, document);
  const list = spans && cutParts(text, document, spans, lineOf);
  if (list?.isSound) return list.parts;
  const piece = text.slice(document.start, document.end);
  // An item that fails by itself fails in its list too, unless its anchor stands in another one.
  const mayBeSound = !list?.hasFrame || list.hasAlias;
  if (mayBeSound && piece.length <= maxWhole) {
    const whole = parsed(piece, lineOf(document.start));
    if ('object' in whole) return wholeParts(piece, whole.object, { document });
  }
  const salvaged = salvagedParts(text, document, lineOf) ?? list?.parts;
  if (salvaged) return salvaged.map((part) => ({ ...part, at: { fixed: true } }));
  const whole = parsed(piece, lineOf(document.start));
  return 'object' in whole
    ? wholeParts(piece, whole.object, { document })
    : [{ ...whole, at: { fixed: true }, source: piece }];
}

/**
 * JSON is YAML, but YAML reads JSON with a quote damaged to a `#` as one with a comment in it, and is
 * slow.
 * @returns where JSON begins that fills the document, undefined for YAML of any other kind
 */
function jsonIn(text: string, { start, end }: Span): number | undefined {
  const head = /^(?:---)?\s*(?=\{\s*"[A-Za-z]+"\s*:)/.exec(text.slice(start, start + 1000));
  return head &&
    text
      .slice(Math.max(start, end - 1000), end)
      .trimEnd()
      .endsWith('}')
    ? start + head[0].length
    : undefined;
}

function salvagedParts(text: string, document: Span, lineOf: LineOf): readonly Part[] | undefined {
  const piece = text.slice(document.start, document.end);
  const spans = splitLoosely(text, document);
  if (spans) return cutParts(text, document, spans, lineOf).parts;
  const json = piece.startsWith('---') ? 3 : 0;
  return damagedJson(piece.slice(json), (at) => lineOf(document.start + json + at));
}

interface CutParts {
  readonly parts: readonly Part[];
  /** Nothing was damaged, as far as anybody can tell. */
  readonly isSound: boolean;
  /** What is around the items is a list. */
  readonly hasFrame: boolean;
  readonly hasAlias: boolean;
}

/** Every item by itself, and the list around them. */
function cutParts(text: string, document: Span, spans: ListSpans, lineOf: LineOf): CutParts {
  const { start, end } = spans.all;
  const head = text.slice(document.start, start);
  // A line that lost its end mustn't run into the next one.
  const around = `${head}${/[^\n]$/.test(head) ? '\n' : ''}${text.slice(end, document.end)}`;
  const frame = parsed(around, lineOf(document.start));
  const list = 'object' in frame && isFields(frame.object) ? frame.object : undefined;
  const parts: Part[] = spans.items.map((span, item) => {
    const source = itemText(text, span);
    const part =
      source === undefined
        ? { unreadable: `it is not valid YAML at line ${lineOf(span.start)}` }
        : parsed(source, lineOf(span.start));
    const at = { document, span, item };
    if ('unreadable' in part) return { ...part, source: text.slice(span.start, span.end), at };
    return { object: part.object, source: source ?? '', at };
  });
  const isSound = list?.items === null && parts.every((part) => 'object' in part);
  const hasAlias = parts.some((part) => 'unreadable' in part && part.unreadable === badAliases);
  const at = { document };
  if (list?.apiVersion && list.kind === undefined) {
    const last = parts.pop();
    parts.push({ at, source: last?.source ?? '', unreadable: cutOff });
  }
  if ('unreadable' in frame) parts.push({ ...frame, source: around, at });
  return {
    parts: parts.flatMap((part) => flattened(part, list?.kind)),
    isSound,
    hasFrame: list?.items === null,
    hasAlias,
  };
}

/** Where an item is a list, its items. */
function flattened(part: Part, listKind: unknown): readonly Part[] {
  if ('unreadable' in part) return [part];
  const { object, at, source } = part;
  if (object === null) return [part];
  const sourceOf = (one: unknown) => (one === object ? source : JSON.stringify(one));
  return [...listParts(object, { at, listKind }, sourceOf)];
}

function wholeParts(piece: string, object: unknown, at: Position): Iterable<Part> {
  if (object === null) return [];
  return listParts(object, { at }, (one) => (one === object ? piece : JSON.stringify(one)));
}

function parsed(text: string, line: number): { object: unknown } | { unreadable: string } {
  try {
    return { object: parseYaml(text, line) };
  } catch (error) {
    if (error instanceof UnreadableError) return { unreadable: error.message };
    if (isReleasesError(error)) throw error;
    return { unreadable: 'its YAML is more than this program takes' };
  }
}
