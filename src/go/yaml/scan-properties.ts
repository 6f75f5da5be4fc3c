/** Scans what stands in front of content: directives, tags, anchors; and aliases. */
import {
  type Cursor,
  ensure,
  hexDigit,
  isBlank,
  isBreakOrEnd,
  isDigit,
  isSpaceOrEnd,
  isWord,
  peek,
  skipBlanks,
  skipComment,
  takeBreak,
} from './cursor.ts';
import { fail } from './scan-structure.ts';
import { type Token, token } from './tokens.ts';

/** `%YAML 1.1` and `%TAG !handle! prefix`, with the rest of the line. Other directives are refused. */
export function scanDirective(s: Cursor): Token {
  const { line } = s;
  s.pos += 1;
  const name = takeWord(s);
  if (name === '') throw fail(s, 'a directive without a name');
  if (!isSpaceOrEnd(peek(s))) throw fail(s, 'a directive with an unexpected character');
  let directive: Token;
  if (name === 'YAML') {
    skipBlanks(s);
    const major = takeVersionNumber(s);
    if (peek(s) !== 0x2e) throw fail(s, 'a %YAML directive without a version');
    s.pos += 1;
    directive = token('version directive', line, s.pos, `${major}.${takeVersionNumber(s)}`);
  } else if (name === 'TAG') {
    skipBlanks(s);
    const handle = takeHandle(s, true);
    ensure(s, 1);
    if (!isBlank(peek(s))) throw fail(s, 'a %TAG directive without a prefix');
    skipBlanks(s);
    const prefix = takeUri(s, '', false);
    ensure(s, 1);
    if (!isSpaceOrEnd(peek(s))) throw fail(s, 'a %TAG directive with an unexpected character');
    directive = token('tag directive', line, s.pos, handle, prefix);
  } else throw fail(s, 'an unknown directive');
  skipBlanks(s);
  skipComment(s);
  if (!isBreakOrEnd(peek(s))) throw fail(s, 'text after a directive');
  ensure(s, 2);
  takeBreak(s);
  return directive;
}

/** One or two digits. */
function takeVersionNumber(s: Cursor): number {
  let value = 0;
  let length = 0;
  ensure(s, 1);
  for (; isDigit(peek(s)); length++) {
    if (length === 2) throw fail(s, 'a version number that is too long');
    value = value * 10 + peek(s) - 0x30;
    s.pos += 1;
    ensure(s, 1);
  }
  if (length === 0) throw fail(s, 'a %YAML directive without a version');
  return value;
}

/** What may follow an anchor's or an alias's name without a space: `? : , ] } % @ \`` */
const afterAnchor = new Set(Array.from('?:,]}%@`', (char) => char.charCodeAt(0)));

export function scanAnchor(s: Cursor): Token {
  const kind = peek(s) === 0x2a ? 'alias' : 'anchor';
  s.pos += 1;
  const name = takeWord(s);
  if (name === '' || !(isSpaceOrEnd(peek(s)) || afterAnchor.has(peek(s))))
    throw fail(s, `an ${kind} with an unexpected character`);
  return token(kind, s.line, s.pos, name);
}

/** `!`, `!suffix`, `!!suffix`, `!handle!suffix` and `!<whole>`. */
export function scanTag(s: Cursor): Token {
  const { line } = s;
  let handle = '';
  let suffix: string;
  ensure(s, 2);
  if (peek(s, 1) === 0x3c) {
    s.pos += 2;
    suffix = takeUri(s, '', false);
    if (peek(s) !== 0x3e) throw fail(s, "a tag without its '>'");
    s.pos += 1;
  } else {
    handle = takeHandle(s, false);
    if (handle.length > 1 && handle.endsWith('!')) suffix = takeUri(s, '', false);
    else {
      // It was the primary handle `!` and the beginning of the suffix.
      suffix = takeUri(s, handle.slice(1), true);
      handle = '!';
      if (suffix === '') [handle, suffix] = ['', '!'];
    }
  }
  ensure(s, 1);
  if (!isSpaceOrEnd(peek(s))) throw fail(s, 'a tag with an unexpected character');
  return token('tag', line, s.pos, handle, suffix);
}

function takeHandle(s: Cursor, directive: boolean): string {
  const start = s.pos;
  ensure(s, 1);
  if (peek(s) !== 0x21) throw fail(s, "a tag without its '!'");
  s.pos += 1;
  takeWord(s);
  if (peek(s) === 0x21) s.pos += 1;
  else if (directive && s.pos - start > 1) throw fail(s, "a tag handle without its closing '!'");
  return s.text.slice(start, s.pos);
}

function takeWord(s: Cursor): string {
  const start = s.pos;
  ensure(s, 1);
  while (isWord(peek(s))) {
    s.pos += 1;
    ensure(s, 1);
  }
  return s.text.slice(start, s.pos);
}

const uriMarks = new Set(Array.from(";/?:@&=+$,.!~*'()[]%", (char) => char.charCodeAt(0)));

/**
 * @param head what was already read of it
 * @param mayBeEmpty whether no further character has to follow
 * @returns the URI, where an escaped octet stands as one character of that code
 */
function takeUri(s: Cursor, head: string, mayBeEmpty: boolean): string {
  let uri = head;
  let found = mayBeEmpty;
  ensure(s, 1);
  for (let code = peek(s); isWord(code) || uriMarks.has(code); code = peek(s)) {
    if (code === 0x25) uri += takeEscapes(s);
    else {
      uri += String.fromCharCode(code);
      s.pos += 1;
    }
    ensure(s, 1);
    found = true;
  }
  if (!found) throw fail(s, 'a tag without its name');
  return uri;
}

/** `%XX` as often as one UTF-8 character needs. */
function takeEscapes(s: Cursor): string {
  let octets = '';
  let missing = 1;
  for (let first = true; missing > 0; missing--) {
    ensure(s, 3);
    const [high, low] = [hexDigit(peek(s, 1)), hexDigit(peek(s, 2))];
    if (peek(s) !== 0x25 || high < 0 || low < 0) throw fail(s, 'a tag with a broken escape');
    const octet = high * 16 + low;
    if (first) {
      missing = octet < 0x80 ? 1 : octet < 0xc0 ? 0 : octet < 0xe0 ? 2 : octet < 0xf0 ? 3 : 4;
      if (missing === 0 || octet >= 0xf8) throw fail(s, 'a tag with a broken escape');
      first = false;
    } else if ((octet & 0xc0) !== 0x80) throw fail(s, 'a tag with a broken escape');
    octets += String.fromCharCode(octet);
    s.pos += 3;
  }
  return octets;
}
