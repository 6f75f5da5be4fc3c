/**
 * Text to tokens, as Go's yaml.v2 (2.2.8 and later) does it after libyaml: one pass, where
 * indentation becomes explicit tokens and a key without `?` is only known once its `:` is reached.
 *
 * Until then the tokens since the key's start wait in the queue, because `key` (and the start of a
 * block mapping) has to be put in front of them. Which tokens wait decides how far ahead of the
 * parser the scanner runs, and with it which errors behind the first document are noticed; so the
 * bookkeeping below follows Go's even where it's odd.
 */
import { type Budget, beyond, openBudget } from './budget.ts';
import {
  atByteOrderMark,
  atDocumentMark,
  column,
  ensure,
  isBlank,
  isBreak,
  isSpaceOrEnd,
  openCursor,
  peek,
  type Source,
  skipCharacter,
  skipComment,
  takeBreak,
} from './cursor.ts';
import { scanAnchor, scanDirective, scanTag } from './scan-properties.ts';
import { scanBlock, scanPlain, scanQuoted } from './scan-scalars.ts';
import {
  closeBlocks,
  closeFlow,
  dropKey,
  fail,
  isStillPossible,
  noKey,
  openFlow,
  push,
  resetForDocument,
  type Scanner,
  saveKey,
  scanEntry,
  scanExplicitKey,
  scanValue,
} from './scan-structure.ts';
import { type Token, token } from './tokens.ts';

export function openScanner(source: Source, budget: Budget = openBudget()): Scanner {
  return {
    ...openCursor(source),
    budget,
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
  s.budget.tokens -= 1;
  if (s.budget.tokens < 0) throw beyond(s.line, 'more keys, values and marks than are read');
  s.head += 1;
  if (s.head === s.queue.length) {
    s.queue = [];
    s.head = 0;
  }
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
    s.queue.push(token('stream start', s.line, s.pos));
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
    const { pos } = s;
    const block = scanBlock(s, code === 0x7c);
    block.start = pos;
    s.queue.push(block);
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
  const { pos } = s;
  const scanned = scan(s);
  scanned.start = pos;
  // A plain scalar has looked beyond its end.
  if (scanned.style !== 'plain') scanned.end = s.pos;
  s.queue.push(scanned);
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
    if (column(s) === 0 && atByteOrderMark(s)) skipCharacter(s);
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

function endStream(s: Scanner): void {
  // The end counts as a line of its own, so that no key that began before it stays possible.
  if (column(s) !== 0) {
    s.line += 1;
    s.lineStart = s.pos;
  }
  resetForDocument(s);
  s.queue.push(token('stream end', s.line, s.pos));
}
