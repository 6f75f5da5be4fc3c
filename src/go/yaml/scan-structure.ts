/**
 * What makes structure out of marks: where keys may begin, block collections by indentation, flow
 * collections by brackets. It also holds the scanner's state, which all of that changes.
 */
import { type Budget, maxDepth, tooDeep } from './budget.ts';
import { type Cursor, column, YamlError } from './cursor.ts';
import { type Token, type TokenKind, token } from './tokens.ts';

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
  readonly budget: Budget;
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

export function fail(s: Cursor, reason: string, line = s.line): YamlError {
  return new YamlError(line + 1, reason);
}

/** Puts a token of `length` characters into the queue and moves over it. */
export function push(s: Scanner, kind: TokenKind, length: number): void {
  const mark = token(kind, s.line, s.pos);
  s.pos += length;
  mark.end = s.pos;
  s.queue.push(mark);
}

/** @param place counted from the head of the queue; negative: at the end */
function insert(s: Scanner, place: number, item: Token): void {
  if (place < 0) s.queue.push(item);
  else s.queue.splice(s.head + place, 0, item);
}

function nextTokenNumber(s: Scanner): number {
  return s.taken + s.queue.length - s.head;
}

export function noKey(s: Scanner): SimpleKey {
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
export function isStillPossible(s: Scanner, key: SimpleKey): boolean {
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
export function saveKey(s: Scanner): void {
  if (!s.keyAllowed) return;
  const key = noKey(s);
  key.possible = true;
  key.required = s.flowLevel === 0 && s.indent === column(s);
  dropKey(s);
  s.keys[s.keys.length - 1] = key;
  s.keyPlaces.set(key.tokenNumber, s.keys.length - 1);
}

/** What may have been a key on this flow level isn't one. */
export function dropKey(s: Scanner): void {
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
  if (s.indents.length > maxDepth) throw tooDeep(s.line);
  insert(s, place, item);
}

/** Ends the block collections that are further in than `at`. */
export function closeBlocks(s: Scanner, at: number): void {
  if (s.flowLevel > 0) return;
  while (s.indent > at) {
    s.queue.push(token('block end', s.line, s.pos));
    s.indent = s.indents.pop() ?? -1;
  }
}

export function resetForDocument(s: Scanner): void {
  closeBlocks(s, -1);
  dropKey(s);
  s.keyAllowed = false;
}

export function openFlow(s: Scanner, kind: TokenKind): void {
  saveKey(s);
  s.keys.push(noKey(s));
  s.flowLevel += 1;
  if (s.flowLevel > maxDepth) throw tooDeep(s.line);
  s.keyAllowed = true;
  push(s, kind, 1);
}

export function closeFlow(s: Scanner, kind: TokenKind): void {
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

export function scanEntry(s: Scanner): void {
  if (s.flowLevel === 0) {
    if (!s.keyAllowed) throw fail(s, 'a block sequence entry where none is allowed');
    openBlock(s, column(s), -1, token('block sequence start', s.line, s.pos));
  }
  dropKey(s);
  s.keyAllowed = true;
  push(s, 'block entry', 1);
}

export function scanExplicitKey(s: Scanner): void {
  if (s.flowLevel === 0) {
    if (!s.keyAllowed) throw fail(s, 'a mapping key where none is allowed');
    openBlock(s, column(s), -1, token('block mapping start', s.line, s.pos));
  }
  dropKey(s);
  s.keyAllowed = s.flowLevel === 0;
  push(s, 'key', 1);
}

export function scanValue(s: Scanner): void {
  const key = lastKey(s);
  if (isStillPossible(s, key)) {
    const place = key.tokenNumber - s.taken;
    insert(s, place, token('key', key.line, key.pos));
    openBlock(s, key.column, place, token('block mapping start', key.line, key.pos));
    key.possible = false;
    s.keyPlaces.delete(key.tokenNumber);
    s.keyAllowed = false;
  } else {
    if (s.flowLevel === 0) {
      if (!s.keyAllowed) throw fail(s, 'a mapping value where none is allowed');
      openBlock(s, column(s), -1, token('block mapping start', s.line, s.pos));
    }
    s.keyAllowed = s.flowLevel === 0;
  }
  push(s, 'value', 1);
}
