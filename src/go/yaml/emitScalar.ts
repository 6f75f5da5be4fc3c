/**
 * How Go's YAML v2 writes a text: plain, in single or double quotes, or as a literal block. The rules
 * are those of its encoder (`stringv`) and its emitter (`yaml_emitter_analyze_scalar`).
 */
import { parseYamlTime } from '../time/parse.ts';
import { resolve } from './resolve.ts';

export type Style = 'plain' | 'single' | 'double' | 'literal';

/** Where the text stands. */
export type Place = 'key' | 'value';

export function styleOf(text: string, place: Place): Style {
  const { plain, single, block, breaks } = analyse(text);
  if (place === 'key' && breaks) return 'double';
  if (text.includes('\n')) return block ? 'literal' : 'double';
  if (text === '' || readsAsOther(text)) return 'double';
  if (plain) return 'plain';
  return single ? 'single' : 'double';
}

/** Whether Go's reader would take the plain text for something else than a text. */
function readsAsOther(text: string): boolean {
  if (text === '<<' || parseYamlTime(text)) return true;
  if (/^[-+]?[0-9][0-9_]*(?::[0-5]?[0-9])+(?:\.[0-9_]*)?$/.test(text)) return true;
  return typeof resolve({ tag: '', value: text, implicit: true, line: 0 }) !== 'string';
}

/** Which styles the characters of a text allow in a block. */
interface Allowed {
  readonly plain: boolean;
  readonly single: boolean;
  readonly block: boolean;
  /** It holds a line break, in the wide sense of YAML 1.1. */
  readonly breaks: boolean;
}

function analyse(text: string): Allowed {
  if (text === '') return { plain: true, single: true, block: false, breaks: false };
  const special = [...text].some((char) => !isPrintable(char));
  const breaks = anyBreak.test(text);
  const spaceThenBreak = / [\r\n\u0085\u2028\u2029]/.test(text);
  const breakThenSpace = /[\r\n\u0085\u2028\u2029] /.test(text);
  const edges = /^[ \r\n\u0085\u2028\u2029]|[ \r\n\u0085\u2028\u2029]$/.test(text);
  const unsafe = special || spaceThenBreak;
  return {
    plain: !(edges || breaks || breakThenSpace || unsafe || hasIndicator(text)),
    single: !(breakThenSpace || unsafe),
    block: !(text.endsWith(' ') || unsafe),
    breaks,
  };
}

const anyBreak = /[\r\n\u0085\u2028\u2029]/;

/** A line break in the wide sense of YAML 1.1. */
export function hasBreak(text: string): boolean {
  return anyBreak.test(text);
}

/** Between double quotes. */
export function needsEscape(char: string): boolean {
  return char === '"' || char === '\\' || hasBreak(char) || !isPrintable(char);
}

/** Signs that mean something in a block where they stand. */
function hasIndicator(text: string): boolean {
  if (/^(---|\.\.\.|[#,[\]{}&*!|>'"%@`])/.test(text)) return true;
  if (/^[?-]([ \t\0\r\n\u0085\u2028\u2029]|$)/.test(text)) return true;
  return /:([ \t]|$)/.test(text) || /[ \t\0\r\n\u0085\u2028\u2029]#/.test(text);
}

/** As this library has it: no tabs, and nothing beyond the Basic Multilingual Plane. */
function isPrintable(char: string): boolean {
  const code = char.codePointAt(0) ?? 0;
  if (code === 0x0a) return true;
  if (code < 0x20 || (code > 0x7e && code < 0xa0) || code > 0xffff) return false;
  return code !== 0xfeff && code !== 0xfffe && code !== 0xffff;
}

const short: { readonly [char: string]: string } = {
  '\u0000': '\\0',
  '\u0007': '\\a',
  '\b': '\\b',
  '\t': '\\t',
  '\n': '\\n',
  '\v': '\\v',
  '\f': '\\f',
  '\r': '\\r',
  '\u001b': '\\e',
  '"': '\\"',
  '\\': '\\\\',
  '\u0085': '\\N',
  '\u00a0': '\\_',
  '\u2028': '\\L',
  '\u2029': '\\P',
};

/** One character between double quotes as an escape. */
export function escaped(char: string): string {
  const known = short[char];
  if (known !== undefined) return known;
  const code = char.codePointAt(0) ?? 0;
  const [letter, digits] = code <= 0xff ? ['x', 2] : code <= 0xffff ? ['u', 4] : ['U', 8];
  return `\\${letter}${code.toString(16).toUpperCase().padStart(digits, '0')}`;
}
