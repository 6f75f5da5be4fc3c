/**
 * YAML before and after the package `yaml`, which takes microseconds and a kilobyte for each value, and
 * the square of the depth: a look over the text before anything is built of it, and the digits of its
 * numbers afterwards.
 */
import { type Document, Lexer, type Scalar, visit } from 'yaml';
import { jsonNumber } from '../../go/json/read.ts';
import type { JsonNumber } from '../../json.ts';

/** In one document. No value comes without a line or a comma. */
const maxYamlValues = 100_000;
/** Those of texts, too: the parser takes each of them by itself. */
const maxLines = 1_000_000;
/** A value with its key, and what stands between and around the two. */
const maxTokens = 10 * maxYamlValues;
/** More opening brackets than this before the first one closes are no object's. */
const maxOpen = 100;
/** Columns of white space that a line may begin with: block collections can't nest deeper. */
const maxIndent = 200;

/**
 * @param indent columns that a line may begin with
 * @returns why the text is more than is read here, safe to print; undefined for what may be parsed
 */
export function checkYaml(text: string, indent = maxIndent): string | undefined {
  if (countOf(text, 10, maxLines) > maxLines) return 'it has too many lines';
  // What stands in texts counts here as well; whether it does is seen by the lexer, which is slower.
  return valuesIn(text) > maxYamlValues || mayNestDeep(text, indent)
    ? checkTokens(text, indent)
    : undefined;
}

/** At least as many as there are. */
function valuesIn(text: string): number {
  let count = 0;
  for (let at = 0; at < text.length; at++) {
    const code = text.charCodeAt(at);
    if (code === 10 || code === 13 || code === 44) count++;
  }
  return count;
}

function countOf(text: string, wanted: number, most: number): number {
  let count = 0;
  for (let at = 0; at < text.length && count <= most; at++)
    if (text.charCodeAt(at) === wanted) count++;
  return count;
}

function mayNestDeep(text: string, most: number): boolean {
  let open = 0;
  let column = 0;
  let indent = true;
  let dashes = 0;
  for (let at = 0; at < text.length; at++) {
    const code = text.charCodeAt(at);
    if (code === 10) {
      [column, indent, dashes] = [0, true, 0];
      continue;
    }
    column++;
    if (code === 91 || code === 123) open++;
    else if ((code === 93 || code === 125) && open > 0) open--;
    // `- - - x` and `? ? x` nest a level with every mark.
    else if (indent && (code === 45 || code === 63 || code === 58)) dashes++;
    else if (code !== 32 && code !== 9) indent = false;
    if (open > maxOpen || dashes > maxOpen || (indent && column > most)) return true;
  }
  return false;
}

/** How the lexer says that a document begins. */
const documentStart = '\u0002';

/** The lexer gives its tokens one by one, as pieces of the text, and nothing is kept of them. */
function checkTokens(text: string, indent: number): string | undefined {
  let [tokens, values, open, marks, column] = [0, 0, 0, 0, 0];
  /** Nothing but white space and marks stands on this line so far. */
  let isStart = true;
  for (const token of new Lexer().lex(text)) {
    if (token === documentStart) continue;
    tokens += 1;
    const isBreak = token === '\n' || token === '\r\n';
    if (isBreak || token === ',') values += 1;
    if (values > maxYamlValues || tokens > maxTokens) return 'it has too many values';
    if (token === '[' || token === '{') open += 1;
    else if ((token === ']' || token === '}') && open > 0) open -= 1;
    if (isBreak) [marks, column, isStart] = [0, 0, true];
    else if (isStart) {
      const isMark = token === '-' || token === '?' || token === ':';
      column += token.length;
      if (isMark) marks += 1;
      else if (token.trim() !== '') isStart = false;
      else if (column > indent) return 'it nests too deep';
    }
    if (open > maxOpen || marks > maxOpen) return 'it nests too deep';
  }
  return undefined;
}

const jsonSyntax = /^-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][-+]?[0-9]+)?$/;

/**
 * Lets the document's numbers keep their digits: those that JavaScript would print otherwise become
 * `JsonNumber`.
 */
export function keepDigits(document: Document.Parsed): void {
  visit(document.contents, {
    Scalar(_, node) {
      if (typeof node.value !== 'number' || typeof node.source !== 'string') return;
      const number = numberOf(node);
      if (number !== undefined) (node as { value: unknown }).value = number;
    },
  });
}

/** @returns undefined for what has no digits to keep: `.inf`, `0x10` */
function numberOf({ source = '' }: Scalar): number | JsonNumber | undefined {
  if (jsonSyntax.test(source)) return jsonNumber(source);
  const [, sign = '', digits] = /^([-+]?)([0-9]{16,})$/.exec(source) ?? [];
  return digits === undefined
    ? undefined
    : jsonNumber(`${sign === '-' ? sign : ''}${digits.replace(/^0+(?=[0-9])/, '')}`);
}
