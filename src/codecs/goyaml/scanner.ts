/**
 * Text to tokens, as Go's yaml.v2 (2.2.8 and later) does it after libyaml: one pass, where
 * indentation becomes explicit tokens and a key without `?` is only known once its `:` is reached.
 *
 * Until then the tokens since the key's start wait in the queue, because `key` (and the start of a
 * block mapping) has to be put in front of them. Which tokens wait decides how far ahead of the
 * parser the scanner runs, and with it which errors behind the first document are noticed; so the
 * bookkeeping below follows Go's even where it's odd.
 */
import {
  atByteOrderMark,
  atDocumentMark,
  type Cursor,
  column,
  ensure,
  isBlank,
  isBreak,
  isSpaceOrEnd,
  openCursor,
  peek,
  skipComment,
  takeBreak,
  YamlError,
} from './cursor.ts';
import { scanAnchor, scanDirective, scanTag } from './scan-properties.ts';
import { scanBlock, scanPlain, scanQuoted } from './scan-scalars.ts';
import { type Token, type TokenKind, token } from './tokens.ts';

/** How deep collections may nest. Go's own limit is 10,000; no values come near either. */
export const maxDepth = 1000;

/** A place where a key without `?` may have begun. There is one a flow level. */
interface SimpleKey {
  possible: boolean;
  /** Nothing but a key can stand here: it's at the indentation of a block mapping. */
  required: boolean;
  /** Counted from the start of the stream. */
  tokenNumber: number;
  pos: number;
  line: number;
  column: number;
}

export interface Scanner extends Cursor {
  started: boolean;
  queue: Token[];
  head: number;
  /** How many tokens the parser has taken. */
  taken: number;
  /** The head of the queue may be given to the parser. */
  available: boolean;
  /** Column of the innermost block collection; -1 outside. */
  indent: number;
  indents: number[];
  flowLevel: number;
  keyAllowed: boolean;
  keys: SimpleKey[];
  /** From the number of a token that may begin a key to its place in `keys`. */
  keyPlaces: Map<number, number>;
}

export function openScanner(text: string): Scanner {
  return {
    ...openCursor(text),
    started: false,
    queue: [],
    head: 0,
    taken: 0,
    available: false,
    indent: -1,
    indents: [],
    flowLevel: 0,
    keyAllowed: true,
    keys: [],
    keyPlaces: new Map(),
  };
}

/** The next token; it stays the next one until `takeToken`. */
export function nextToken(s: Scanner): Token {
  if (!s.available) fillQueue(s);
  const next = s.queue[s.head];
  if (next === undefined) throw fail(s, 'it ends too early');
  return next;
}

export function takeToken(s: Scanner): void {
  s.available = false;
  s.taken += 1;
  s.head += 1;
  if (s.head === s.queue.length) {
    s.queue = [];
    s.head = 0;
  }
}

export function fail(s: Cursor, reason: string, line = s.line): YamlError {
  return new YamlError(line + 1, reason);
}

/** Scans until the head of the queue can't become a key any more. */
function fillQueue(s: Scanner): void {
  for (;;) {
    if (s.head < s.queue.length) {
      const place = s.keyPlaces.get(s.taken);
      if (place === undefined) break;
      const key = s.keys[place];
      // Go's own code runs out of its list here and takes the whole program down.
      if (key === undefined) throw fail(s, 'brackets that do not match');
      if (!isStillPossible(s, key)) break;
    }
    scanNext(s);
  }
  s.available = true;
}

function scanNext(s: Scanner): void {
  ensure(s, 1);
  if (!s.started) {
    s.started = true;
    s.keys.push(noKey(s));
    s.queue.push(token('stream start', s.line));
    return;
  }
  skipToToken(s);
  closeBlocks(s, column(s));
  ensure(s, 4);
  const code = peek(s);
  if (code === 0) {
    endStream(s);
    return;
  }
  if (code === 0x25 && column(s) === 0) {
    resetForDocument(s);
    s.queue.push(scanDirective(s));
    return;
  }
  if (atDocumentMark(s)) {
    resetForDocument(s);
    push(s, code === 0x2d ? 'document start' : 'document end', 3);
    return;
  }
  if (!scanIndicator(s, code)) scanText(s, code);
}

/** `[ ] { } , - ? :` where they have a meaning. */
function scanIndicator(s: Scanner, code: number): boolean {
  const inFlow = s.flowLevel > 0;
  switch (code) {
    case 0x5b:
      openFlow(s, 'flow sequence start');
      return true;
    case 0x7b:
      openFlow(s, 'flow mapping start');
      return true;
    case 0x5d:
      closeFlow(s, 'flow sequence end');
      return true;
    case 0x7d:
      closeFlow(s, 'flow mapping end');
      return true;
    case 0x2c:
      dropKey(s);
      s.keyAllowed = true;
      push(s, 'flow entry', 1);
      return true;
    case 0x2d:
      if (!isSpaceOrEnd(peek(s, 1))) return false;
      scanEntry(s);
      return true;
    case 0x3f:
      if (!inFlow && !isSpaceOrEnd(peek(s, 1))) return false;
      scanExplicitKey(s);
      return true;
    case 0x3a:
      if (!inFlow && !isSpaceOrEnd(peek(s, 1))) return false;
      scanValue(s);
      return true;
    default:
      return false;
  }
}

/** Anchors, aliases, tags and scalars. */
function scanText(s: Scanner, code: number): void {
  if ((code === 0x7c || code === 0x3e) && s.flowLevel === 0) {
    dropKey(s);
    s.keyAllowed = true;
    s.queue.push(scanBlock(s, code === 0x7c));
    return;
  }
  const scan =
    code === 0x2a || code === 0x26
      ? scanAnchor
      : code === 0x21
        ? scanTag
        : code === 0x27 || code === 0x22
          ? scanQuoted
          : startsPlain(s, code)
            ? scanPlain
            : undefined;
  if (scan === undefined) throw fail(s, 'a character that nothing can start with');
  saveKey(s);
  s.keyAllowed = false;
  s.queue.push(scan(s));
}

/** The characters that can't begin a plain scalar, unless `startsPlain` says otherwise. */
const indicators = new Set(Array.from('-?:,[]{}#&*!|>\'"%@`', (char) => char.charCodeAt(0)));

function startsPlain(s: Scanner, code: number): boolean {
  if (!isSpaceOrEnd(code) && !indicators.has(code)) return true;
  if (code === 0x2d) return !isBlank(peek(s, 1));
  return s.flowLevel === 0 && (code === 0x3f || code === 0x3a) && !isSpaceOrEnd(peek(s, 1));
}

/** Moves over spaces, comments and line breaks. Tabs count only where no key may begin. */
function skipToToken(s: Scanner): void {
  for (;;) {
    ensure(s, 1);
    if (column(s) === 0 && atByteOrderMark(s)) s.pos += 1;
    ensure(s, 1);
    for (;;) {
      const code = peek(s);
      if (code !== 0x20 && (code !== 0x09 || (s.flowLevel === 0 && s.keyAllowed))) break;
      s.pos += 1;
      ensure(s, 1);
    }
    skipComment(s);
    if (!isBreak(peek(s))) return;
    ensure(s, 2);
    takeBreak(s);
    if (s.flowLevel === 0) s.keyAllowed = true;
  }
}

/** Puts a token of `length` characters into the queue and moves over it. */
function push(s: Scanner, kind: TokenKind, length: number): void {
  s.queue.push(token(kind, s.line));
  s.pos += length;
}

/** @param place counted from the head of the queue; negative: at the end */
function insert(s: Scanner, place: number, item: Token): void {
  if (place < 0) s.queue.push(item);
  else s.queue.splice(s.head + place, 0, item);
}

function nextTokenNumber(s: Scanner): number {
  return s.taken + s.queue.length - s.head;
}

function noKey(s: Scanner): SimpleKey {
  const tokenNumber = nextTokenNumber(s);
  return {
    possible: false,
    required: false,
    tokenNumber,
    pos: s.pos,
    line: s.line,
    column: column(s),
  };
}

function lastKey(s: Scanner): SimpleKey {
  const key = s.keys[s.keys.length - 1];
  if (key === undefined) throw fail(s, 'brackets that do not match');
  return key;
}

/** A key lies on one line and has at most 1024 characters up to its `:`. */
function isStillPossible(s: Scanner, key: SimpleKey): boolean {
  if (!key.possible) return false;
  if (key.line === s.line && !isLong(s, key.pos)) return true;
  if (key.required) throw fail(s, "a key without its ':'", key.line);
  key.possible = false;
  return false;
}

function isLong(s: Scanner, from: number): boolean {
  const units = s.pos - from;
  if (units <= 1024) return false;
  // Go counts characters, and a surrogate pair is one.
  return units > 2048 || Array.from(s.text.slice(from, s.pos)).length > 1024;
}

/** Notes that a key may begin here. */
function saveKey(s: Scanner): void {
  if (!s.keyAllowed) return;
  const key = noKey(s);
  key.possible = true;
  key.required = s.flowLevel === 0 && s.indent === column(s);
  dropKey(s);
  s.keys[s.keys.length - 1] = key;
  s.keyPlaces.set(key.tokenNumber, s.keys.length - 1);
}

/** What may have been a key on this flow level isn't one. */
function dropKey(s: Scanner): void {
  const key = lastKey(s);
  if (!key.possible) return;
  if (key.required) throw fail(s, "a key without its ':'", key.line);
  key.possible = false;
  s.keyPlaces.delete(key.tokenNumber);
}

/** Begins a block collection if `at` is further in than the current one. */
function openBlock(s: Scanner, at: number, place: number, item: Token): void {
  if (s.flowLevel > 0 || s.indent >= at) return;
  s.indents.push(s.indent);
  s.indent = at;
  if (s.indents.length > maxDepth) throw fail(s, `more than ${maxDepth} levels`);
  insert(s, place, item);
}

/** Ends the block collections that are further in than `at`. */
function closeBlocks(s: Scanner, at: number): void {
  if (s.flowLevel > 0) return;
  while (s.indent > at) {
    s.queue.push(token('block end', s.line));
    s.indent = s.indents.pop() ?? -1;
  }
}

function resetForDocument(s: Scanner): void {
  closeBlocks(s, -1);
  dropKey(s);
  s.keyAllowed = false;
}

function endStream(s: Scanner): void {
  // The end counts as a line of its own, so that no key that began before it stays possible.
  if (column(s) !== 0) {
    s.line += 1;
    s.lineStart = s.pos;
  }
  resetForDocument(s);
  s.queue.push(token('stream end', s.line));
}

function openFlow(s: Scanner, kind: TokenKind): void {
  saveKey(s);
  s.keys.push(noKey(s));
  s.flowLevel += 1;
  if (s.flowLevel > maxDepth) throw fail(s, `more than ${maxDepth} levels`);
  s.keyAllowed = true;
  push(s, kind, 1);
}

function closeFlow(s: Scanner, kind: TokenKind): void {
  dropKey(s);
  if (s.flowLevel > 0) {
    s.flowLevel -= 1;
    // This also forgets the key that an empty `[]` or `{}` could have been: they share a number.
    s.keyPlaces.delete(lastKey(s).tokenNumber);
    s.keys.pop();
  }
  s.keyAllowed = false;
  push(s, kind, 1);
}

function scanEntry(s: Scanner): void {
  if (s.flowLevel === 0) {
    if (!s.keyAllowed) throw fail(s, 'a block sequence entry where none is allowed');
    openBlock(s, column(s), -1, token('block sequence start', s.line));
  }
  dropKey(s);
  s.keyAllowed = true;
  push(s, 'block entry', 1);
}

function scanExplicitKey(s: Scanner): void {
  if (s.flowLevel === 0) {
    if (!s.keyAllowed) throw fail(s, 'a mapping key where none is allowed');
    openBlock(s, column(s), -1, token('block mapping start', s.line));
  }
  dropKey(s);
  s.keyAllowed = s.flowLevel === 0;
  push(s, 'key', 1);
}

function scanValue(s: Scanner): void {
  const key = lastKey(s);
  if (isStillPossible(s, key)) {
    const place = key.tokenNumber - s.taken;
    insert(s, place, token('key', key.line));
    openBlock(s, key.column, place, token('block mapping start', key.line));
    key.possible = false;
    s.keyPlaces.delete(key.tokenNumber);
    s.keyAllowed = false;
  } else {
    if (s.flowLevel === 0) {
      if (!s.keyAllowed) throw fail(s, 'a mapping value where none is allowed');
      openBlock(s, column(s), -1, token('block mapping start', s.line));
    }
    s.keyAllowed = s.flowLevel === 0;
  }
  push(s, 'value', 1);
}
