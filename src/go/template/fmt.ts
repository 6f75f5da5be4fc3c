/**
 * What Go's fmt prints of a value: `Sprint`, `Sprintln` and `Sprintf`. https://pkg.go.dev/fmt
 * What depends on memory, as a pointer's address does, is an error here.
 */
import { goFormat } from '../time/format.ts';
import { goFloat } from './floats.ts';
import { goQuote } from './literals.ts';
import { type Go, type GoValue, goInt, goText, TemplateError, typeOf } from './values.ts';

interface Spec {
  readonly verb: string;
  readonly flags: string;
  readonly width?: number | undefined;
  readonly precision?: number | undefined;
}

/** `Sprint`: a space between two of which neither is a text. */
export function sprint(values: readonly GoValue[]): string {
  return values
    .map((value, i) => {
      const before = values[i - 1];
      const spaced = before && before.is !== 'string' && value.is !== 'string';
      return (spaced ? ' ' : '') + plain(value);
    })
    .join('');
}

export function sprintln(values: readonly GoValue[]): string {
  return `${values.map(plain).join(' ')}\n`;
}

function plain(value: GoValue): string {
  return show(value, { verb: 'v', flags: '' }, 0);
}

const directive =
  /%([#0+\- ]*)(\[\d+\])?(\*|\d+)?(?:(\.)(\[\d+\])?(\*|\d+)?)?(\[\d+\])?(\p{Any})?/gsu;

/** `Sprintf`, with its own words for what doesn't fit: `%!d(string=x)`. */
export function sprintf(layout: string, values: readonly GoValue[]): string {
  let at = 0;
  let reordered = false;
  let badIndex = false;
  const jump = (index: string | undefined): void => {
    if (index === undefined) return;
    const to = Number(index.slice(1, -1)) - 1;
    reordered = true;
    if (to < 0 || to >= values.length) badIndex = true;
    else at = to;
  };
  const size = (text: string | undefined): number | undefined | 'bad' => {
    if (text === undefined) return undefined;
    if (text !== '*') return Number(text) > 1e6 ? 'bad' : Number(text);
    const value = values[at++];
    return value?.is === 'int' && value.value <= 1e6 && value.value >= -1e6
      ? Number(value.value)
      : 'bad';
  };
  const text = layout.replace(
    directive,
    (_, flags: string, first, wide, dot, second, exact, last, verb = '') => {
      badIndex = false;
      jump(first);
      const width = size(wide);
      jump(second);
      const precision = size(exact);
      jump(last);
      if (verb === '') return '%!(NOVERB)';
      if (verb === '%') return '%';
      const wrong = `${width === 'bad' ? '%!(BADWIDTH)' : ''}${precision === 'bad' ? '%!(BADPREC)' : ''}`;
      if (badIndex) return `%!${verb}(BADINDEX)`;
      const value = values[at++];
      if (!value) return `${wrong}%!${verb}(MISSING)`;
      const negative = typeof width === 'number' && width < 0;
      const spec: Spec = {
        verb,
        flags: negative ? `${flags}-` : flags,
        width: typeof width === 'number' ? Math.abs(width) : undefined,
        precision: dot === undefined ? undefined : atLeastZero(precision),
      };
      return wrong + show(value, spec, 0);
    },
  );
  const extra = reordered ? [] : values.slice(at);
  if (extra.length === 0) return text;
  return `${text}%!(EXTRA ${extra.map(typed).join(', ')})`;
}

/** A negative one counts as none was given. */
function atLeastZero(precision: number | undefined | 'bad'): number | undefined {
  if (precision === 'bad') return undefined;
  return precision === undefined ? 0 : precision < 0 ? undefined : precision;
}

function typed(value: GoValue): string {
  return isNothing(value) ? '<nil>' : `${typeOf(value)}=${plain(value)}`;
}

/** A nil without a type is all that is left of a nil interface once it is an argument. */
function isNothing(value: GoValue): boolean {
  return value.is === 'none' || (value.is === 'nil' && value.type === 'interface {}');
}

function show(value: GoValue, spec: Spec, depth: number): string {
  const { verb } = spec;
  if (verb === 'T') return pad(typeOf(isNothing(value) ? { is: 'none' } : value), spec);
  if (verb === 'p') throw new TemplateError('%p prints an address, which means nothing here');
  if (verb === 'w') return bad(value, spec);
  if (verb === 'v' && spec.flags.includes('#')) throw new TemplateError('%#v is not known here');
  if (isNothing(value)) return verb === 'v' || depth > 0 ? pad('<nil>', spec) : bad(value, spec);
  const own = stringOf(value);
  if (own !== undefined && 'vsxXq'.includes(verb)) return showText(goText(own), spec);
  switch (value.is) {
    case 'none':
    case 'nil':
      return verb === 'v' ? pad('<nil>', spec) : bad(value, spec);
    case 'bool':
      return 'tv'.includes(verb) ? pad(String(value.value), spec) : bad(value, spec);
    case 'int':
      return showInt(value.value, value, spec);
    case 'float':
      return showFloat(value, spec);
    case 'string':
      return showText(value, spec);
    case 'bytes':
      return showBytes(value, spec, depth);
    case 'list':
      return `[${value.items.map((item) => show(item, spec, depth + 1)).join(' ')}]`;
    case 'map':
      return `map[${[...value.entries]
        .map(([key, one]) => `${show(goText(key), spec, depth + 1)}:${show(one, spec, depth + 1)}`)
        .join(' ')}]`;
    case 'time':
      throw new TemplateError(`a time can't be printed with %${verb}`);
    case 'struct': {
      if (value.pointer && depth > 0)
        throw new TemplateError(
          `there is a pointer (${typeOf(value)}) in it, of which helm prints an address: name its fields`,
        );
      const names = spec.flags.includes('+') && verb === 'v';
      const fields = [...value.fields].map(
        ([name, field]) => `${names ? `${name}:` : ''}${show(field(), spec, depth + 1)}`,
      );
      return `${value.pointer ? '&' : ''}{${fields.join(' ')}}`;
    }
  }
}

/** What a `String` method says. */
function stringOf(value: GoValue): string | undefined {
  if (value.is === 'time') return goFormat(value.time, '2006-01-02 15:04:05.999999999 -0700 MST');
  if (value.is === 'int') return value.prints;
  return value.is === 'string' && value.type !== 'string' ? value.value : undefined;
}

function bad(value: GoValue, { verb }: Spec): string {
  return `%!${verb}(${typed(value)})`;
}

function showText(value: Go<'string'>, spec: Spec): string {
  const { flags, precision } = spec;
  const text =
    precision === undefined ? value.value : [...value.value].slice(0, precision).join('');
  switch (spec.verb) {
    case 'v':
    case 's':
      return pad(text, spec);
    case 'q':
      if (flags.includes('#') && /^[^`\p{Cc}\ufeff]*$/u.test(text.replaceAll('\t', '')))
        return pad(`\`${text}\``, spec);
      return pad(goQuote(text, flags.includes('+')), spec);
    case 'x':
    case 'X':
      return hex(Buffer.from(value.value), spec);
    default:
      return bad(value, spec);
  }
}

function showBytes(value: Go<'bytes'>, spec: Spec, depth: number): string {
  if ('xX'.includes(spec.verb)) return hex(value.value, spec);
  if ('sq'.includes(spec.verb)) return showText(goText(textOfBytes(value.value)), spec);
  const verb = spec.verb === 'v' ? 'd' : spec.verb;
  const numbers = [...value.value].map((one) =>
    show(goInt(one, 'uint8'), { ...spec, verb }, depth + 1),
  );
  return `[${numbers.join(' ')}]`;
}

/** @throws TemplateError for what would no longer be the same bytes */
export function textOfBytes(bytes: Uint8Array): string {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    throw new TemplateError('the bytes are no UTF-8 text; %x prints them as numbers');
  }
}

function hex(bytes: Uint8Array, spec: Spec): string {
  const { flags, verb, precision } = spec;
  const upper = (text: string): string => (verb === 'X' ? text.toUpperCase() : text);
  const each = [...bytes.subarray(0, precision)].map((one) =>
    upper(one.toString(16).padStart(2, '0')),
  );
  const prefix = flags.includes('#') && each.length > 0 ? upper('0x') : '';
  const between = flags.includes(' ') ? ` ${prefix}` : '';
  return pad(prefix + each.join(between), spec);
}

const bases: { readonly [verb: string]: number } = { b: 2, o: 8, O: 8, d: 10, v: 10, x: 16, X: 16 };
const prefixes: { readonly [verb: string]: string } = { b: '0b', o: '0', x: '0x', X: '0X' };

function showInt(number: bigint, value: GoValue, spec: Spec): string {
  const { verb, flags, width, precision } = spec;
  const base = bases[verb];
  if (base === undefined) return showRune(number, value, spec);
  if (precision === 0 && number === 0n) return pad('', { ...spec, flags: flags.replace('0', '') });
  const negative = number < 0n;
  const sign = negative ? '-' : flags.includes('+') ? '+' : flags.includes(' ') ? ' ' : '';
  const digits = (negative ? -number : number).toString(base);
  const zeros = flags.includes('0') && !flags.includes('-') && precision === undefined;
  const least = precision ?? (zeros && width !== undefined ? width - sign.length : 0);
  const long = (verb === 'X' ? digits.toUpperCase() : digits).padStart(least, '0');
  const prefix = verb === 'O' ? '0o' : flags.includes('#') ? (prefixes[verb] ?? '') : '';
  const shown = prefix === '0' && long.startsWith('0') ? long : prefix + long;
  return pad(sign + shown, { ...spec, flags: flags.replace('0', '') });
}

function showRune(number: bigint, value: GoValue, spec: Spec): string {
  const valid = number >= 0n && number <= 0x10ffffn && (number < 0xd800n || number > 0xdfffn);
  const char = valid ? String.fromCodePoint(Number(number)) : '\ufffd';
  if (spec.verb === 'c') return pad(char, spec);
  if (spec.verb === 'q') return pad(goQuote(char, spec.flags.includes('+'), "'"), spec);
  if (spec.verb !== 'U') return bad(value, spec);
  const code = `U+${number
    .toString(16)
    .toUpperCase()
    .padStart(Math.max(4, spec.precision ?? 4), '0')}`;
  return pad(spec.flags.includes('#') ? `${code} '${char}'` : code, spec);
}

function showFloat(value: Go<'float'>, spec: Spec): string {
  const { verb, flags, width } = spec;
  const kind = verb === 'v' ? 'g' : verb.toLowerCase();
  if ('bx'.includes(kind) && verb !== 'B')
    throw new TemplateError(`a number with a fraction can't be printed with %${verb} here`);
  if ((kind !== 'e' && kind !== 'f' && kind !== 'g') || 'V'.includes(verb)) return bad(value, spec);
  if (flags.includes('#')) throw new TemplateError(`%#${verb} is not known here`);
  const precision = spec.precision ?? (kind === 'g' ? undefined : 6);
  const text = goFloat(value.value, kind, precision).replace(/^\+/, '');
  const cased = verb === 'E' || verb === 'G' ? text.toUpperCase() : text;
  const sign = cased.startsWith('-')
    ? '-'
    : flags.includes('+')
      ? '+'
      : flags.includes(' ')
        ? ' '
        : '';
  const digits = cased.replace(/^-/, '');
  const zeros = flags.includes('0') && !flags.includes('-') && width !== undefined;
  if (zeros) return sign + digits.padStart(width - sign.length, '0');
  return pad(sign + digits, spec);
}

function pad(text: string, { flags, width = 0 }: Spec): string {
  const missing = Math.max(0, width - [...text].length);
  if (flags.includes('-')) return text + ' '.repeat(missing);
  return (flags.includes('0') ? '0' : ' ').repeat(missing) + text;
}
