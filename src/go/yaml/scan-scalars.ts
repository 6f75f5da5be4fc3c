/** Scans scalars: plain, quoted and block. Line breaks inside are folded as YAML 1.1 says. */
import {
  atDocumentMark,
  column,
  ensure,
  hexDigit,
  isBlank,
  isBreak,
  isBreakOrEnd,
  isDigit,
  isSpaceOrEnd,
  peek,
  skipBlanks,
  skipComment,
  skipPlainRun,
  takeBreak,
} from './cursor.ts';
import { fail, type Scanner } from './scan-structure.ts';
import { type Token, token } from './tokens.ts';

/** White space between two runs of text within a scalar. */
interface Gap {
  /** A line break was passed. */
  broken: boolean;
  /** Blanks on the same line. */
  blanks: string;
  /** The first line break; empty where it was escaped. */
  first: string;
  /** The breaks after it. */
  more: string;
}

function noGap(): Gap {
  return { broken: false, blanks: '', first: '', more: '' };
}

/** A single break is a space, several lose their first. Line separators aren't folded. */
function fold(gap: Gap): string {
  if (!gap.broken) return gap.blanks;
  if (!gap.first.startsWith('\n')) return gap.first + gap.more;
  return gap.more === '' ? ' ' : gap.more;
}

/** Moves over blanks and breaks; `check` sees every blank at the start of a further line. */
function takeGap(s: Scanner, gap: Gap, check: () => void): void {
  for (;;) {
    const code = peek(s);
    if (isBlank(code)) {
      if (gap.broken) check();
      else gap.blanks += s.text.charAt(s.pos);
      s.pos += 1;
    } else if (isBreak(code)) {
      ensure(s, 2);
      if (gap.broken) gap.more += takeBreak(s);
      else {
        gap.blanks = '';
        gap.first = takeBreak(s);
        gap.broken = true;
      }
    } else return;
    ensure(s, 1);
  }
}

/** `, ? [ ] { }` end a plain scalar within brackets. */
function endsInFlow(code: number): boolean {
  return (
    code === 0x2c ||
    code === 0x3f ||
    code === 0x5b ||
    code === 0x5d ||
    code === 0x7b ||
    code === 0x7d
  );
}

export function scanPlain(s: Scanner): Token {
  const { line } = s;
  const indent = s.indent + 1;
  const inFlow = s.flowLevel > 0;
  let value = '';
  let end = s.pos;
  let gap = noGap();
  const checkTab = () => {
    if (column(s) < indent && peek(s) === 0x09) throw fail(s, 'a tab in the indentation');
  };
  for (;;) {
    ensure(s, 4);
    if (atDocumentMark(s) || peek(s) === 0x23) break;
    const start = s.pos;
    skipPlainRun(s);
    for (let code = peek(s); !isSpaceOrEnd(code); code = peek(s)) {
      if (code === 0x3a && isSpaceOrEnd(peek(s, 1))) break;
      if (inFlow && endsInFlow(code)) break;
      s.pos += 1;
      ensure(s, 2);
    }
    if (s.pos > start) {
      value += fold(gap) + s.text.slice(start, s.pos);
      end = s.pos;
      gap = noGap();
    }
    if (!isBlank(peek(s)) && !isBreak(peek(s))) break;
    ensure(s, 1);
    takeGap(s, gap, checkTab);
    if (!inFlow && column(s) < indent) break;
  }
  if (gap.broken) s.keyAllowed = true;
  return token('scalar', line, end, value, '', 'plain');
}

export function scanQuoted(s: Scanner): Token {
  const { line } = s;
  const quote = peek(s);
  const double = quote === 0x22;
  let value = '';
  s.pos += 1;
  for (;;) {
    ensure(s, 4);
    if (atDocumentMark(s)) throw fail(s, 'a document mark within quotes');
    if (peek(s) === 0) throw fail(s, 'quotes that are never closed', line);
    const gap = noGap();
    let start = s.pos;
    for (let code = peek(s); !isSpaceOrEnd(code); code = peek(s)) {
      if (code === quote) {
        if (double || peek(s, 1) !== quote) break;
        value += s.text.slice(start, s.pos + 1);
        s.pos += 2;
        start = s.pos;
      } else if (double && code === 0x5c) {
        value += s.text.slice(start, s.pos);
        const escaped = takeEscape(s);
        start = s.pos;
        if (escaped === undefined) {
          gap.broken = true;
          break;
        }
        value += escaped;
      } else s.pos += 1;
      ensure(s, 2);
    }
    value += s.text.slice(start, s.pos);
    ensure(s, 1);
    if (peek(s) === quote) break;
    takeGap(s, gap, () => undefined);
    value += fold(gap);
  }
  s.pos += 1;
  return token('scalar', line, s.pos, value, '', double ? 'double-quoted' : 'single-quoted');
}

const simpleEscapes = new Map(
  Object.entries({
    '0': '\0',
    a: '\x07',
    b: '\b',
    t: '\t',
    '\t': '\t',
    n: '\n',
    v: '\v',
    f: '\f',
    r: '\r',
    e: '\x1b',
    ' ': ' ',
    '"': '"',
    // Not in any YAML specification, but Go reads it.
    "'": "'",
    '\\': '\\',
    N: '\x85',
    _: '\xa0',
    L: '\u2028',
    P: '\u2029',
  }),
);
const escapeLengths: { readonly [letter: string]: number } = { x: 2, u: 4, U: 8 };

/** @returns what the escape stands for; undefined for an escaped line break */
function takeEscape(s: Scanner): string | undefined {
  if (isBreak(peek(s, 1))) {
    ensure(s, 3);
    s.pos += 1;
    takeBreak(s);
    return undefined;
  }
  const letter = s.text.charAt(s.pos + 1);
  const simple = simpleEscapes.get(letter);
  const length = escapeLengths[letter] ?? 0;
  if (simple === undefined && length === 0) throw fail(s, 'an unknown escape');
  s.pos += 2;
  if (simple !== undefined) return simple;
  ensure(s, length);
  let code = 0;
  for (let i = 0; i < length; i++) {
    const digit = hexDigit(peek(s, i));
    if (digit < 0) throw fail(s, 'an escape without its hexadecimal digits');
    code = code * 16 + digit;
  }
  if (code > 0x10ffff || (code >= 0xd800 && code <= 0xdfff))
    throw fail(s, 'an escape for a character that does not exist');
  s.pos += length;
  return String.fromCodePoint(code);
}

/** What follows `|` or `>` on its line. */
interface BlockHeader {
  readonly chomp: 'strip' | 'clip' | 'keep';
  /** Further in than the parent, 1 to 9; 0 when the first line decides. */
  readonly indent: number;
}

export function scanBlock(s: Scanner, literal: boolean): Token {
  const { line } = s;
  s.pos += 1;
  const header = takeBlockHeader(s);
  /** Behind its last line of text, before the break there. */
  let end = s.pos;
  let indent = header.indent > 0 ? Math.max(s.indent, 0) + header.indent : 0;
  const lead = takeBlockBreaks(s, indent);
  indent = lead.indent;
  let breaks = lead.breaks;
  let value = '';
  let lastBreak = '';
  let afterBlank = false;
  ensure(s, 1);
  while (column(s) === indent && peek(s) !== 0) {
    const blank = isBlank(peek(s));
    const folds = !literal && !afterBlank && !blank && lastBreak.startsWith('\n');
    value += (folds ? (breaks === '' ? ' ' : '') : lastBreak) + breaks;
    afterBlank = blank;
    const start = s.pos;
    while (!isBreakOrEnd(peek(s))) {
      s.pos += 1;
      ensure(s, 1);
    }
    value += s.text.slice(start, s.pos);
    end = s.pos;
    ensure(s, 2);
    lastBreak = takeBreak(s);
    breaks = takeBlockBreaks(s, indent).breaks;
  }
  if (header.chomp !== 'strip') value += lastBreak;
  if (header.chomp === 'keep') value += breaks;
  return token('scalar', line, end, value, '', literal ? 'literal' : 'folded');
}

function takeBlockHeader(s: Scanner): BlockHeader {
  ensure(s, 1);
  let chomp = takeChomp(s);
  const indent = takeIndent(s);
  if (chomp === undefined && indent > 0) {
    ensure(s, 1);
    chomp = takeChomp(s);
  }
  skipBlanks(s);
  skipComment(s);
  if (!isBreakOrEnd(peek(s))) throw fail(s, 'text after the start of a block scalar');
  ensure(s, 2);
  takeBreak(s);
  return { chomp: chomp ?? 'clip', indent };
}

function takeChomp(s: Scanner): BlockHeader['chomp'] | undefined {
  const code = peek(s);
  if (code !== 0x2b && code !== 0x2d) return undefined;
  s.pos += 1;
  ensure(s, 1);
  return code === 0x2b ? 'keep' : 'strip';
}

function takeIndent(s: Scanner): number {
  if (!isDigit(peek(s))) return 0;
  const indent = peek(s) - 0x30;
  if (indent === 0) throw fail(s, 'a block scalar that is indented by 0');
  s.pos += 1;
  return indent;
}

/**
 * Moves over empty lines and the indentation of the next one.
 * @param indent 0 when it is still to be found: the furthest column reached, beyond the parent's
 */
function takeBlockBreaks(s: Scanner, indent: number): { breaks: string; indent: number } {
  let breaks = '';
  let furthest = 0;
  for (;;) {
    ensure(s, 1);
    while ((indent === 0 || column(s) < indent) && peek(s) === 0x20) {
      s.pos += 1;
      ensure(s, 1);
    }
    furthest = Math.max(furthest, column(s));
    if ((indent === 0 || column(s) < indent) && peek(s) === 0x09)
      throw fail(s, 'a tab in the indentation');
    if (!isBreak(peek(s))) break;
    ensure(s, 2);
    breaks += takeBreak(s);
  }
  return { breaks, indent: indent || Math.max(furthest, s.indent + 1, 1) };
}
