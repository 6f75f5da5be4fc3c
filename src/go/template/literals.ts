/** Numbers, characters and quoted text as Go writes them, in both directions. */
import { type GoValue, goInt, TemplateError } from './values.ts';

/**
 * A constant as a template's argument: a float64 where it is written as one, an int otherwise.
 * @throws TemplateError
 */
export function goConstant(text: string): GoValue {
  if (text.startsWith("'")) return characterOf(text);
  const [, sign = '', digits = ''] = /^([+-]?)(.*)$/s.exec(text) ?? [];
  const plain = digits.replaceAll('_', '');
  if (plain.endsWith('i')) throw new TemplateError(`complex numbers are not known here: ${text}`);
  if (!underscored(digits)) throw new TemplateError(`bad number syntax: "${text}"`);
  const negative = sign === '-';
  if (/^0x/i.test(plain) ? /[p.]/i.test(plain) : /[.e]/i.test(plain)) {
    const value = /^0x/i.test(plain) ? hexFloat(plain) : Number(plain);
    if (!Number.isFinite(value)) throw new TemplateError(`bad number syntax: "${text}"`);
    return { is: 'float', type: 'float64', value: negative ? -value : value };
  }
  const whole = wholeOf(plain);
  if (whole === undefined) throw new TemplateError(`bad number syntax: "${text}"`);
  const value = negative ? -whole : whole;
  if (BigInt.asIntN(64, value) !== value) throw new TemplateError(`${text} overflows int`);
  return goInt(value);
}

/**
 * As `strconv.ParseInt(text, 0, 64)` reads it, which pflag asks for every flag that is an int.
 * @returns undefined where it is none, or beyond 64 bits
 */
export function goInteger(text: string): bigint | undefined {
  const [, sign = '', digits = ''] = /^([+-]?)(.*)$/s.exec(text) ?? [];
  const whole = underscored(digits) ? wholeOf(digits.replaceAll('_', '')) : undefined;
  if (whole === undefined) return undefined;
  const value = sign === '-' ? -whole : whole;
  return BigInt.asIntN(64, value) === value ? value : undefined;
}

/** Digits as a literal of Go has them, without underscores: `017` is octal. */
function wholeOf(plain: string): bigint | undefined {
  const written = /^0[0-9]+$/.test(plain) ? `0o${plain.slice(1)}` : plain;
  return /^(?:0b[01]+|0o[0-7]+|0x[0-9a-f]+|[0-9]+)$/i.test(written) ? BigInt(written) : undefined;
}

/** `0x1.8p3`: digits of base 16, times a power of two that has to be there. */
function hexFloat(text: string): number {
  const [, whole = '', after = '', power] =
    /^0x([0-9a-f]*)\.?([0-9a-f]*)p([+-]?[0-9]+)$/i.exec(text) ?? [];
  if (power === undefined || whole + after === '') return Number.NaN;
  return Number(`0x${whole}${after}`) * 2 ** (Number(power) - 4 * after.length);
}

/** Only between digits, or after a prefix. */
function underscored(digits: string): boolean {
  return !digits.includes('_') || /^(?:0[xXbBoO]?_)?[0-9a-fA-F]+(?:_[0-9a-fA-F]+)*$/.test(digits);
}

function characterOf(text: string): GoValue {
  const inside = unescaped(text.slice(1, -1), "'");
  const [char, ...more] = inside === undefined ? [] : [...inside];
  if (char === undefined || more.length > 0)
    throw new TemplateError(`malformed character constant: ${text}`);
  return goInt(char.codePointAt(0) ?? 0);
}

/**
 * Text in double quotes, or in backquotes; a JSONPath's may be in single ones.
 * @throws TemplateError for an escape that Go doesn't have
 */
export function goUnquote(text: string): string {
  if (text.startsWith('`')) return text.slice(1, -1).replaceAll('\r', '');
  const inside = unescaped(text.slice(1, -1), text.startsWith("'") ? "'" : '"');
  if (inside === undefined) throw new TemplateError(`invalid syntax in ${text}`);
  return inside;
}

const escapes: { readonly [char: string]: string } = {
  ...{ a: '\x07', b: '\b', f: '\f', n: '\n', r: '\r', t: '\t', v: '\v', '\\': '\\' },
};

/** undefined for what isn't Go's: bytes that are no UTF-8 together aren't taken either. */
function unescaped(text: string, quote: string): string | undefined {
  let wrong = text.replace(/\\./gs, '').includes(quote);
  const result = text.replace(
    /((?:\\(?:x[0-9a-fA-F]{2}|[0-7]{3}))+)|\\(?:u([0-9a-fA-F]{4})|U([0-9a-fA-F]{8})|(.)|$)/gsu,
    (_, bytes?: string, short?: string, long?: string, char?: string) => {
      const code = Number.parseInt(short ?? long ?? '', 16);
      if (bytes !== undefined) {
        const found = textOf(bytes);
        if (found !== undefined) return found;
      } else if (char === undefined) {
        const outside = code > 0x10ffff || (code >= 0xd800 && code <= 0xdfff);
        if (!outside && !Number.isNaN(code)) return String.fromCodePoint(code);
      } else if (char === quote) return quote;
      else if (Object.hasOwn(escapes, char)) return escapes[char] ?? '';
      wrong = true;
      return '';
    },
  );
  return wrong ? undefined : result;
}

/** @param escaped `\xc3\244` */
function textOf(escaped: string): string | undefined {
  const bytes = escaped
    .slice(1)
    .split('\\')
    .map((one) =>
      one.startsWith('x') ? Number.parseInt(one.slice(1), 16) : Number.parseInt(one, 8),
    );
  if (bytes.some((byte) => byte > 0xff)) return undefined;
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(Buffer.from(bytes));
  } catch {
    return undefined;
  }
}

const named: { readonly [char: string]: string } = {
  ...{ '\x07': '\\a', '\b': '\\b', '\f': '\\f', '\n': '\\n', '\r': '\\r', '\t': '\\t' },
  ...{ '\v': '\\v', '\\': '\\\\' },
};

/** Go's `strconv.Quote`, and `QuoteToASCII`. */
export function goQuote(text: string, ascii = false, quote = '"'): string {
  const inside = [...text].map((char) => {
    if (char === quote) return `\\${quote}`;
    const short = named[char];
    if (short !== undefined) return short;
    const code = char.codePointAt(0) ?? 0;
    if (isPrint(char) && (!ascii || code < 0x80)) return char;
    if (code < 0x80) return `\\x${code.toString(16).padStart(2, '0')}`;
    if (code > 0xffff) return `\\U${code.toString(16).padStart(8, '0')}`;
    return `\\u${code.toString(16).padStart(4, '0')}`;
  });
  return quote + inside.join('') + quote;
}

/** Go's `unicode.IsPrint`. */
export function isPrint(char: string): boolean {
  return /^[\p{L}\p{M}\p{N}\p{P}\p{S} ]$/u.test(char);
}
