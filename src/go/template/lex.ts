/** A Go template's text as tokens. https://pkg.go.dev/text/template#hdr-Text_and_spaces */
import { TemplateError } from './values.ts';

export type TokenKind =
  | 'text'
  | 'open'
  | 'close'
  | 'space'
  | 'keyword'
  | 'name'
  | 'field'
  | 'variable'
  | 'dot'
  | 'string'
  | 'number'
  | 'symbol'
  | 'end of text';

export interface Token {
  readonly is: TokenKind;
  /** As it was written; of text between quotes and of characters too. */
  readonly text: string;
}

const keywords = new Set([
  ...['block', 'break', 'continue', 'define', 'else', 'end', 'if', 'nil', 'range', 'template'],
  'with',
]);

const space = '[ \\t\\r\\n]';
const word = '[\\p{L}\\p{Nd}_]';
/** What may follow a field, a variable or a name. */
const terminator = `(?=${space}|[.,|:()]|\\}\\}|$)`;

const patterns: readonly (readonly [TokenKind, RegExp])[] = [
  // The last space may belong to the mark before the closing braces.
  ['space', new RegExp(`(?:${space}(?!-\\}\\}))+`, 'uy')],
  ['string', /"(?:[^"\\\n]|\\[^\n])*"|`[^`]*`/uy],
  ['number', /'(?:[^'\\\n]|\\[^\n])+'/uy],
  ['symbol', /:=|[=|,()]/uy],
  ['variable', new RegExp(`\\$${word}*${terminator}`, 'uy')],
  ['field', new RegExp(`\\.(?![0-9])${word}+${terminator}`, 'uy')],
  ['dot', new RegExp(`\\.(?![0-9])${terminator}`, 'uy')],
  [
    'number',
    /[+-]?(?:0[xX][0-9a-fA-F_.]+(?:[pP][+-]?[0-9_]+)?|0[bB][01_]+|0[oO][0-7_]+|[0-9_.]+(?:[eE][+-]?[0-9_]+)?)i?(?![\p{L}\p{Nd}_])/uy,
  ],
  ['name', new RegExp(`(?![0-9])${word}+${terminator}`, 'uy')],
];

const close = new RegExp(`(${space}-)?\\}\\}`, 'uy');

/** @throws TemplateError */
export function tokens(template: string): Token[] {
  const found: Token[] = [];
  let at = 0;
  let trims = false;
  for (;;) {
    const begin = template.indexOf('{{', at);
    const raw = template.slice(at, begin < 0 ? undefined : begin);
    const after = template.slice(begin + 2, begin + 4);
    const marked = begin >= 0 && /^-[ \t\r\n]/.test(after);
    const left = trims ? raw.replace(/^[ \t\r\n]+/, '') : raw;
    const text = marked ? left.replace(/[ \t\r\n]+$/, '') : left;
    if (text !== '') found.push({ is: 'text', text });
    if (begin < 0) return [...found, { is: 'end of text', text: '' }];
    at = begin + (marked ? 3 : 2);
    const comment = /^[ \t\r\n]?\/\*/.exec(template.slice(at, at + 3))?.[0].length;
    if (comment !== undefined && (marked || comment === 2)) {
      const end = template.indexOf('*/', at + comment);
      if (end < 0) throw new TemplateError('unclosed comment');
      at = end + 2;
      const closed = matchAt(close, template, at);
      if (!closed) throw new TemplateError('comment ends before closing delimiter');
      trims = closed[1] !== undefined;
      at += closed[0].length;
      continue;
    }
    found.push({ is: 'open', text: '{{' });
    const action = lexAction(template, at, found);
    ({ at, trims } = action);
  }
}

function lexAction(template: string, from: number, found: Token[]): { at: number; trims: boolean } {
  let depth = 0;
  let at = from;
  for (;;) {
    const closed = matchAt(close, template, at);
    if (closed) {
      if (depth > 0) throw new TemplateError('unclosed left paren');
      found.push({ is: 'close', text: '}}' });
      return { at: at + closed[0].length, trims: closed[1] !== undefined };
    }
    const token = tokenAt(template, at);
    if (token.text === '(' && token.is === 'symbol') depth += 1;
    if (token.text === ')' && token.is === 'symbol') depth -= 1;
    if (depth < 0) throw new TemplateError('unexpected right paren');
    found.push(token);
    at += token.text.length;
  }
}

function tokenAt(template: string, at: number): Token {
  for (const [is, pattern] of patterns) {
    const text = matchAt(pattern, template, at)?.[0];
    if (text === undefined) continue;
    return is === 'name' && keywords.has(text) ? { is: 'keyword', text } : { is, text };
  }
  const char = String.fromCodePoint(template.codePointAt(at) ?? 0);
  if (at >= template.length) throw new TemplateError('unclosed action');
  if (char === '"') throw new TemplateError('unterminated quoted string');
  if (char === '`') throw new TemplateError('unterminated raw quoted string');
  if (char === "'") throw new TemplateError('unterminated character constant');
  const rest = /^[^\s|()}]*/u.exec(template.slice(at, at + 40))?.[0] || char;
  if (/^[+-]?[0-9]/.test(rest)) throw new TemplateError(`bad number syntax: "${rest}"`);
  throw new TemplateError(`bad character in "${rest}"`);
}

function matchAt(pattern: RegExp, text: string, at: number): RegExpExecArray | null {
  pattern.lastIndex = at;
  return pattern.exec(text);
}
