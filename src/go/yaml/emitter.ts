/**
 * YAML in the layout of Go's YAML v2 (emitterc.go), to the byte: two columns a level, lists no deeper
 * than their key, texts folded at a space once a line is longer than 80 columns.
 */

import { type Json, JsonNumber, type JsonObject } from '../../json.ts';
import { isList } from '../json/write.ts';
import { escaped, hasBreak, needsEscape, type Place, styleOf } from './emitScalar.ts';

export interface EmitOptions {
  /** Keys in the order they are to stand in. */
  readonly keys: (map: JsonObject) => readonly string[];
  /** One whose digits must stay is written with these. */
  readonly number: (value: number) => string;
  /** A longer line is folded at its next single space; absent: none is. */
  readonly width?: number;
  /** Characters that are escaped although Go would print them. */
  readonly hide?: RegExp | undefined;
  /** Characters that are printed although Go would escape them. */
  readonly show?: RegExp | undefined;
}

const step = 2;
/** In bytes of UTF-8; a longer key needs a question mark. */
const longestKey = 128;

/** A document with its line end. */
export function emitYaml(root: Json, options: EmitOptions): string {
  const { width = Number.POSITIVE_INFINITY } = options;
  const out: string[] = [];
  let column = 0;
  let indent = -1;
  /** What was written last was white space; only white space and indicators stand on this line. */
  let [blank, indention] = [true, true];

  const put = (text: string): void => {
    out.push(text);
    column += lengthOf(text);
  };
  const breakLine = (char = '\n'): void => {
    out.push(char);
    column = 0;
  };
  const startLine = (): void => {
    const at = Math.max(0, indent);
    if (!indention || column > at || (column === at && !blank)) breakLine();
    if (column < at) put(' '.repeat(at - column));
    [blank, indention] = [true, true];
  };
  const sign = (text: string, spaced: boolean, opens = false): void => {
    if (spaced && !blank) put(' ');
    put(text);
    [blank, indention] = [false, indention && opens];
  };
  const deeper = (level: number, inside: () => void): void => {
    const before = indent;
    indent = level;
    inside();
    indent = before;
  };
  const below = (): number => (indent < 0 ? 0 : indent + step);

  function node(value: Json, inMap: boolean): void {
    if (isList(value)) items(value, inMap);
    else if (value instanceof JsonNumber) plain(value.text, false);
    else if (typeof value === 'object' && value !== null) members(value);
    else if (typeof value === 'string') scalar(value, 'value');
    else plain(typeof value === 'number' ? options.number(value) : String(value), false);
  }

  function items(list: readonly Json[], inMap: boolean): void {
    if (list.length === 0) sign('[]', true);
    deeper(inMap && !indention ? indent : below(), () => {
      for (const item of list) {
        startLine();
        sign('-', true, true);
        node(item, false);
      }
    });
  }

  function members(map: JsonObject): void {
    const keys = options.keys(map);
    if (keys.length === 0) sign('{}', true);
    deeper(below(), () => {
      for (const key of keys) entry(key, map[key] ?? null);
    });
  }

  function entry(key: string, value: Json): void {
    startLine();
    if (!hasBreak(key) && Buffer.byteLength(key) <= longestKey) {
      scalar(key, 'key');
      sign(':', false);
    } else {
      sign('?', true, true);
      scalar(key, 'value');
      startLine();
      sign(':', true, true);
    }
    node(value, true);
  }

  function scalar(text: string, place: Place): void {
    const style = options.hide?.test(text) ? 'double' : styleOf(seen(text), place);
    const folds = place === 'value';
    // Where a long text goes on.
    deeper(Math.max(0, indent) + step, () => {
      if (style === 'plain') plain(text, folds);
      else if (style === 'single') single(text, folds);
      else if (style === 'double') double(text, folds);
      else literal(text);
    });
  }

  /** Text that Go prints as it is, in the place of what it would escape. */
  function seen(text: string): string {
    return options.show?.test(text)
      ? [...text].map((char) => (options.show?.test(char) ? '☺' : char)).join('')
      : text;
  }

  function isEscaped(char: string): boolean {
    return options.hide?.test(char) || (needsEscape(char) && !options.show?.test(char));
  }

  function plain(text: string, folds: boolean): void {
    if (!blank) put(' ');
    fold(text, (at) => folds && text[at + 1] !== ' ');
    [blank, indention] = [false, false];
  }

  function single(text: string, folds: boolean): void {
    sign("'", true);
    const last = text.length - 1;
    fold(text, (at) => folds && at > 0 && at < last && text[at + 1] !== ' ', "''");
    sign("'", false);
  }

  /** Writes a text; a space that `may` and stands alone beyond the width becomes a line's end. */
  function fold(text: string, may: (at: number) => boolean, quote = "'"): void {
    const whole = quote === "'" ? text : text.replaceAll("'", quote);
    if (column + whole.length <= width && !hasBreak(text)) {
      put(whole);
      return;
    }
    let [spaces, broke, at] = [false, false, 0];
    for (const char of text) {
      if (char === ' ') {
        if (!spaces && column > width && may(at)) startLine();
        else put(char);
        spaces = true;
      } else if (hasBreak(char)) {
        breakLine(char);
        [indention, broke] = [true, true];
      } else {
        if (broke) startLine();
        put(char === "'" ? quote : char);
        [indention, spaces, broke] = [false, false, false];
      }
      at += char.length;
    }
  }

  function double(text: string, folds: boolean): void {
    sign('"', true);
    // Go looks for the mark at the text's beginning, whichever character it is about to write.
    const marked = text.startsWith('\ufeff');
    let [spaces, at] = [false, 0];
    for (const char of text) {
      const next = text[at + char.length];
      if (char === ' ' && !marked) {
        if (folds && !spaces && column > width && at > 0 && next !== undefined) {
          startLine();
          if (next === ' ') put('\\');
        } else put(char);
        spaces = true;
      } else {
        put(marked || isEscaped(char) ? escaped(char) : char);
        spaces = false;
      }
      at += char.length;
    }
    sign('"', false);
  }

  function literal(text: string): void {
    sign('|', true);
    if (text.startsWith(' ') || hasBreak(text[0] ?? '')) sign(String(step), false);
    if (!hasBreak(text.at(-1) ?? '')) sign('-', false);
    else if (text.length === 1 || hasBreak(text.at(-2) ?? '')) sign('+', false);
    breakLine();
    [indention, blank] = [true, true];
    for (const part of text.split(/([\n\u2028\u2029])/)) {
      if (part === '') continue;
      if (hasBreak(part)) {
        breakLine(part);
        indention = true;
      } else {
        startLine();
        put(part);
        indention = false;
      }
    }
  }

  node(root, false);
  indent = 0;
  startLine();
  return out.join('');
}

/** In characters, not UTF-16 units. */
function lengthOf(text: string): number {
  let length = text.length;
  for (let at = 0; at < text.length; at++)
    if ((text.charCodeAt(at) & 0xfc00) === 0xdc00) length -= 1;
  return length;
}
