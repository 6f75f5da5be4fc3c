/** The records in the text of one manifest file. */
import { createHash } from 'node:crypto';
import { isReleasesError, UnreadableError } from '../../errors.ts';
import type { ReadRecord, RecordKind, RecordMeta } from '../../record.ts';
import { type Fields, isFields, metaOf, recordOf } from '../objects.ts';
import { itemText, type Span, splitDocuments, splitItems } from './split.ts';
import { badAliases, parseYaml } from './yaml.ts';

/** Where an object stands in its file. */
export interface Position {
  /** The document's text. Absent: the file can't be cut into documents. */
  readonly document?: Span;
  /** The item's text, for a list that can be cut. */
  readonly span?: Span;
  /** The item's place in its list, counted from 0. */
  readonly item?: number;
}

export interface Found {
  readonly record: ReadRecord;
  readonly at: Position;
  /** True for a piece of the file that can't be read at all, so that nobody knows its name. */
  readonly nameless: boolean;
}

/** An object, or why a piece of the file is none. */
type Part = { readonly at: Position; readonly source: string } & (
  | { readonly object: unknown }
  | { readonly unreadable: string }
);

/**
 * @param path the file's, for `place` and as the key of what can't be read; its extension decides
 * between JSON and YAML
 */
export function readManifests(text: string, path: string): Found[] {
  const plain = text.startsWith('\ufeff') ? text.slice(1) : text;
  const parts = isJson(path) ? jsonParts(plain) : yamlParts(plain);
  const found: Found[] = [];
  for (const part of parts) {
    if ('unreadable' in part) found.push(nameless(path, part.at, part.unreadable));
    else if (typeof part.object !== 'object')
      found.push(nameless(path, part.at, 'it is a text, not a manifest'));
    else if (isFields(part.object)) {
      const record = recordIn(part.object);
      if (record === undefined) continue;
      if (typeof record === 'string') found.push(nameless(path, part.at, record));
      else found.push({ record: stamp(record, path, part.source), at: part.at, nameless: false });
    }
  }
  return found;
}

export function isJson(path: string): boolean {
  return path.toLowerCase().endsWith('.json');
}

function nameless(path: string, at: Position, unreadable: string): Found {
  const key = path.slice(path.lastIndexOf('/') + 1);
  const record = {
    kind: 'Secret',
    namespace: '',
    key,
    labels: {},
    place: path,
    unreadable,
  } as const;
  return { record, at, nameless: true };
}

/** A folder has neither uids nor versions: the hash of an object's own text stands for its version. */
function stamp(record: ReadRecord, place: string, source: string): ReadRecord {
  const { uid: _uid, ...rest } = record;
  const resourceVersion = createHash('sha256').update(source).digest('hex').slice(0, 32);
  return { ...rest, resourceVersion, place } as ReadRecord;
}

/** A record, undefined for an object that isn't one, or why an object may have been one. */
function recordIn(object: Fields): ReadRecord | string | undefined {
  const { kind, apiVersion } = object;
  const hasData = ['data', 'stringData', 'binaryData'].some((field) => {
    const map = object[field];
    return isFields(map) && map.release !== undefined;
  });
  if (apiVersion !== undefined && apiVersion !== 'v1') return undefined;
  // A file that was cut off can still be sound YAML, short of what came after the payload.
  const named = isFields(object.metadata) && object.metadata.name !== undefined;
  if (hasData && !named) return 'it has release data and no name: perhaps it was cut off';
  if (kind !== 'Secret' && kind !== 'ConfigMap') return undefined;
  const meta = metaOf(kind, object);
  return meta.key !== '' && isHelms(kind, meta, hasData) ? recordOf(kind, object) : undefined;
}

/** By labels, by type, or by key and data: people strip labels, and generators rename objects. */
function isHelms(kind: RecordKind, { labels, type, key }: RecordMeta, hasData: boolean): boolean {
  if (labels.owner === 'helm' || labels.OWNER === 'TILLER') return true;
  if (kind === 'Secret' && type?.startsWith('helm.sh/release.')) return true;
  return hasData && /\.v[0-9]+$/.test(key);
}

function* jsonParts(text: string): Iterable<Part> {
  const document = { start: 0, end: text.length };
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    if (text.trim() === '') return;
    yield { at: {}, source: '', unreadable: `it is not valid JSON${jsonLine(error, text)}` };
    return;
  }
  yield* listParts(value, { document }, (item) => JSON.stringify(item));
}

/** Only the position is taken from the message: it quotes the text. */
function jsonLine(error: unknown, text: string): string {
  const position = /at position ([0-9]+)/.exec(error instanceof Error ? error.message : '')?.[1];
  if (position === undefined) return /end of JSON/.test(String(error)) ? ': it is cut off' : '';
  return ` at line ${text.slice(0, Number(position)).split('\n').length}`;
}

/** An object by itself, or the items of a list. */
function* listParts(
  value: unknown,
  at: Position,
  sourceOf: (object: unknown) => string,
): Iterable<Part> {
  const list = isFields(value) && Array.isArray(value.items) ? value : undefined;
  if (!list || (list.kind !== undefined && !isListKind(list.kind))) {
    yield { at, source: sourceOf(value), object: value };
    return;
  }
  for (const [item, object] of (list.items as unknown[]).entries())
    yield { at: { ...at, item }, source: sourceOf(object), object };
}

/**
 * kubectl writes a list's kind after its items, so a list without one was cut off while it was
 * written, and its last item with it: that item may look whole and be short of its namespace's end.
 */
const cutOff = 'the list is cut off: its last item may not be whole';

function isListKind(kind: unknown): boolean {
  return typeof kind === 'string' && kind.endsWith('List');
}

function* yamlParts(text: string): Iterable<Part> {
  const documents = splitDocuments(text);
  const lines = lineCounter(text);
  if (documents) for (const document of documents) yield* documentParts(text, document, lines);
  else
    for (const piece of text.split(/(?<![^\n])(?=---[ \t\r\n])/)) yield* wholeParts(piece, {}, 1);
}

function* documentParts(
  text: string,
  document: Span,
  lines: (offset: number) => number,
): Iterable<Part> {
  const list = splitItems(text, document);
  const whole = () =>
    wholeParts(text.slice(document.start, document.end), { document }, lines(document.start));
  if (!list) return yield* whole();
  const frame = parsed(
    text.slice(document.start, list.all.start) + text.slice(list.all.end, document.end),
    lines(document.start),
  );
  // Not a mapping with an empty `items`: the cut hit something else.
  if ('object' in frame && (!isFields(frame.object) || frame.object.items !== null))
    return yield* whole();
  const kind = 'object' in frame ? (frame.object as Fields).kind : undefined;
  if (kind !== undefined && !isListKind(kind)) return undefined;
  const parts: Part[] = [];
  for (const [item, span] of list.items.entries()) {
    const source = itemText(text, span);
    const part = parsed(source, lines(span.start));
    // An anchor may stand in another item: only the whole document knows.
    if ('unreadable' in part && part.unreadable === badAliases) return yield* whole();
    parts.push({ ...part, source, at: { document, span, item } });
  }
  const isCut =
    'object' in frame && kind === undefined && isFields(frame.object) && frame.object.apiVersion;
  yield* isCut ? parts.slice(0, -1) : parts;
  if (isCut) yield { at: { document }, source: '', unreadable: cutOff };
  if ('unreadable' in frame) yield { ...frame, source: '', at: { document } };
  return undefined;
}

function* wholeParts(piece: string, at: Position, firstLine: number): Iterable<Part> {
  const part = parsed(piece, firstLine);
  if ('unreadable' in part) yield { ...part, at, source: piece };
  else if (part.object !== null)
    yield* listParts(part.object, at, (object) =>
      object === part.object ? piece : JSON.stringify(object),
    );
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

/** Line numbers for offsets that only grow, counted once over the whole file. */
function lineCounter(text: string): (offset: number) => number {
  let [at, line] = [0, 1];
  return (offset) => {
    if (offset < at) [at, line] = [0, 1];
    for (let next = text.indexOf('\n', at); next >= 0 && next < offset; ) {
      line += 1;
      at = next + 1;
      next = text.indexOf('\n', at);
    }
    return line;
  };
}
