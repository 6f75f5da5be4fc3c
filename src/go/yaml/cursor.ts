/**
 * The text under the scanner: a place in it, what kind of character stands there, and how to move.
 *
 * Go's reader takes in 512 bytes at a time and refuses a forbidden character as soon as its block
 * is read, even when the scanner never gets there. Helm reads only a file's first document, so what
 * is refused depends on where the blocks end. Texts that hold such a character (or a byte order
 * mark inside) are therefore read in the same blocks here; all others in one piece.
 */

/** A text that isn't YAML as Go reads it. `line` starts at 1; `reason` never quotes the text. */
export class YamlError extends Error {
  readonly line: number;
  readonly reason: string;

  constructor(line: number, reason: string) {
    super(`line ${line}: ${reason}`);
    this.name = 'YamlError';
    this.line = line;
    this.reason = reason;
  }
}

/** A text and how it was written down, which decides where the blocks end. */
export interface Source {
  /** Without the byte order mark. */
  readonly text: string;
  readonly encoding: 'UTF-8' | 'UTF-8 with mark' | 'UTF-16 with mark';
  /**
   * Set when the bytes can't all be read: the text ends with U+FFFF (or half a surrogate pair) in
   * their place, and this is how many bytes Go waits for before it says so.
   */
  readonly brokenBytes?: number;
}

export interface Cursor {
  /** The text, followed by NULs that stand for its end. */
  readonly text: string;
  /** Where each block ends, and whether reading it fails. */
  readonly blocks: readonly Block[];
  nextBlock: number;
  /** Everything before this offset is read in. */
  loaded: number;
  /** As far as looking from here needs no thought about `loaded`. */
  safe: number;
  /** Where the block-wise reader's buffer begins; see `atByteOrderMark`. */
  bufferStart: number;
  /** Offset in UTF-16 units. */
  pos: number;
  /** Starts at 0. */
  line: number;
  lineStart: number;
}

interface Block {
  readonly end: number;
  /** Line of a forbidden character in it. */
  readonly forbidden?: number;
}

/** How far beyond the cursor the scanner ever looks: the eight digits of `\U`. */
const lookahead = 10;
const blockBytes = 512;
const byteOrderMark = 0xfeff;

/** What Go's reader refuses; U+007F is among it, tab, line feed, CR, NEL and U+FEFF aren't. */
const forbidden = /[^\t\n\r\x20-\x7e\x85\u{a0}-\u{d7ff}\u{e000}-\u{fffd}\u{10000}-\u{10ffff}]/u;

/** The first line, from 1, with a character that Go's reader refuses; undefined where there is none. */
export function forbiddenLine(text: string): number | undefined {
  const at = forbidden.exec(text)?.index;
  return at === undefined ? undefined : text.slice(0, at).split('\n').length;
}

export function openCursor(source: Source): Cursor {
  const { text } = source;
  const bad = forbidden.exec(text)?.index;
  const blockwise = bad !== undefined || text.includes('\ufeff');
  return {
    text: (text === '' ? '\n' : text) + '\0'.repeat(lookahead),
    blocks: blockwise ? blocksOf(source, bad) : [],
    nextBlock: 0,
    loaded: blockwise ? 0 : Number.POSITIVE_INFINITY,
    safe: blockwise ? 0 : Number.POSITIVE_INFINITY,
    bufferStart: 0,
    pos: 0,
    line: 0,
    lineStart: 0,
  };
}

/** The blocks up to and with the one that holds the first forbidden character. */
function blocksOf({ text, encoding, brokenBytes }: Source, bad: number | undefined): Block[] {
  const widthOf = encoding === 'UTF-16 with mark' ? utf16Width : utf8Width;
  const blocks: Block[] = [];
  // The byte order mark is part of the first block.
  let bytes = encoding === 'UTF-8' ? 0 : encoding === 'UTF-16 with mark' ? 2 : 3;
  for (let pos = 0; pos < text.length; ) {
    const code = text.codePointAt(pos) ?? 0;
    const isBroken = brokenBytes !== undefined && pos === text.length - 1;
    const width = isBroken ? brokenBytes : widthOf(code);
    // A character that doesn't fit is left for the next block, which begins with it.
    if (bytes + width > blockBytes) {
      blocks.push({ end: pos });
      bytes = 0;
    }
    if (pos === bad) {
      blocks.push({ end: pos, forbidden: text.slice(0, pos).split('\n').length });
      return blocks;
    }
    bytes += width;
    pos += code < 0x10000 ? 1 : 2;
  }
  blocks.push({ end: text.length });
  return blocks;
}

function utf8Width(code: number): number {
  return code < 0x80 ? 1 : code < 0x800 ? 2 : code < 0x10000 ? 3 : 4;
}

/** The first half of a surrogate pair takes the second along, even where it is missing. */
function utf16Width(code: number): number {
  return code >= 0x10000 || (code >= 0xd800 && code < 0xdc00) ? 4 : 2;
}

/** Makes sure that `count` characters from here on are read in. */
export function ensure(c: Cursor, count: number): void {
  if (c.pos + count > c.safe) readOn(c, count);
}

function readOn(c: Cursor, count: number): void {
  if (unread(c, count) >= count) return;
  c.bufferStart = c.pos;
  do {
    const block = c.blocks[c.nextBlock];
    // At the end of its input Go adds one NUL a call.
    if (block === undefined) c.loaded += 1;
    else if (block.forbidden !== undefined)
      throw new YamlError(block.forbidden, 'a control or otherwise forbidden character');
    else {
      c.loaded = block.end;
      c.nextBlock += 1;
    }
    c.safe = c.loaded - lookahead;
    if (block === undefined) return;
  } while (unread(c, count) < count);
}

/** How many characters are read in and still ahead; more than enough is not counted out. */
function unread(c: Cursor, count: number): number {
  if (c.loaded - c.pos >= 2 * count) return count;
  return Array.from(c.text.slice(c.pos, c.loaded)).length;
}

/** Moves over one character, which is one column even where it takes two UTF-16 units. */
export function skipCharacter(c: Cursor): void {
  const units = (c.text.codePointAt(c.pos) ?? 0) < 0x10000 ? 1 : 2;
  c.pos += units;
  c.lineStart += units - 1;
}

const plainRun = /[\w+/=.-]*/y;

/** Moves over what can't end a plain scalar: nearly all of a certificate in base64. */
export function skipPlainRun(c: Cursor): void {
  if (c.blocks.length > 0) return;
  plainRun.lastIndex = c.pos;
  plainRun.test(c.text);
  c.pos = plainRun.lastIndex;
}

/** The UTF-16 unit `ahead` of the cursor; 0 at the end of the text. */
export function peek(c: Cursor, ahead = 0): number {
  return c.text.charCodeAt(c.pos + ahead);
}

export function column(c: Cursor): number {
  return c.pos - c.lineStart;
}

/**
 * Go asks whether its buffer starts with a byte order mark, not whether the cursor stands at one.
 * Both are true after a second mark at the start of a file; kept, because values depend on it.
 */
export function atByteOrderMark(c: Cursor): boolean {
  return c.text.charCodeAt(c.bufferStart) === byteOrderMark;
}

/** Moves over a line break, if there is one, and gives what it counts as in a scalar. */
export function takeBreak(c: Cursor): string {
  const code = peek(c);
  if (!isBreak(code)) return '';
  c.pos += code === 0x0d && peek(c, 1) === 0x0a ? 2 : 1;
  c.line += 1;
  c.lineStart = c.pos;
  // Line and paragraph separators stay what they are; every other break is a line feed.
  return code === 0x2028 ? '\u2028' : code === 0x2029 ? '\u2029' : '\n';
}

/** Moves over spaces and tabs. */
export function skipBlanks(c: Cursor): void {
  ensure(c, 1);
  while (isBlank(peek(c))) {
    c.pos += 1;
    ensure(c, 1);
  }
}

/** Moves to the end of the line if a comment starts here. */
export function skipComment(c: Cursor): void {
  if (peek(c) !== 0x23) return;
  while (!isBreakOrEnd(peek(c))) {
    c.pos += 1;
    ensure(c, 1);
  }
}

/** `---` or `...` at the start of a line, followed by a blank, a break or the end. */
export function atDocumentMark(c: Cursor): boolean {
  if (c.pos !== c.lineStart) return false;
  const code = peek(c);
  if (code !== 0x2d && code !== 0x2e) return false;
  return peek(c, 1) === code && peek(c, 2) === code && isSpaceOrEnd(peek(c, 3));
}

export function isBlank(code: number): boolean {
  return code === 0x20 || code === 0x09;
}

export function isBreak(code: number): boolean {
  return code < 0x20
    ? code === 0x0a || code === 0x0d
    : code === 0x85 || code === 0x2028 || code === 0x2029;
}

export function isBreakOrEnd(code: number): boolean {
  return code === 0 || isBreak(code);
}

/** Blank, break or end of text. */
export function isSpaceOrEnd(code: number): boolean {
  return code === 0x20 || code === 0x09 || code === 0 || isBreak(code);
}

export function isDigit(code: number): boolean {
  return code >= 0x30 && code <= 0x39;
}

/** Letters, digits, `_` and `-`, all ASCII: what anchors and tag handles are made of. */
export function isWord(code: number): boolean {
  return (
    isDigit(code) ||
    (code >= 0x61 && code <= 0x7a) ||
    (code >= 0x41 && code <= 0x5a) ||
    code === 0x5f ||
    code === 0x2d
  );
}

/** The value of a hexadecimal digit, or -1. */
export function hexDigit(code: number): number {
  if (isDigit(code)) return code - 0x30;
  const lower = code | 0x20;
  return lower >= 0x61 && lower <= 0x66 ? lower - 0x57 : -1;
}
