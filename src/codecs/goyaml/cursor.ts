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

export interface Cursor {
  /** The text, followed by NULs that stand for its end. */
  readonly text: string;
  /** Where each block ends, and whether reading it fails. */
  readonly blocks: readonly Block[];
  nextBlock: number;
  /** Everything before this offset is read in. */
  loaded: number;
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

/** @param text without the byte order mark it may have begun with */
export function openCursor(text: string): Cursor {
  const bad = forbidden.exec(text)?.index;
  const blockwise = bad !== undefined || text.includes('\ufeff');
  return {
    text: (text === '' ? '\n' : text) + '\0'.repeat(lookahead),
    blocks: blockwise ? blocksOf(text, bad) : [],
    nextBlock: 0,
    loaded: blockwise ? 0 : Number.POSITIVE_INFINITY,
    bufferStart: 0,
    pos: 0,
    line: 0,
    lineStart: 0,
  };
}

/** The blocks up to and with the one that holds the first forbidden character. */
function blocksOf(text: string, bad: number | undefined): Block[] {
  const blocks: Block[] = [];
  let bytes = 0;
  for (let pos = 0; pos < text.length; ) {
    const code = text.codePointAt(pos) ?? 0;
    const width = code < 0x80 ? 1 : code < 0x800 ? 2 : code < 0x10000 ? 3 : 4;
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

/** Makes sure that `count` characters from here on are read in. */
export function ensure(c: Cursor, count: number): void {
  if (c.pos + count > c.loaded) readOn(c, count);
}

function readOn(c: Cursor, count: number): void {
  c.bufferStart = c.pos;
  while (c.pos + count > c.loaded) {
    const block = c.blocks[c.nextBlock];
    if (block === undefined) {
      // One NUL a call, as Go does at the end of its input.
      c.loaded += 1;
      return;
    }
    if (block.forbidden !== undefined)
      throw new YamlError(block.forbidden, 'a control or otherwise forbidden character');
    c.loaded = block.end;
    c.nextBlock += 1;
  }
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
