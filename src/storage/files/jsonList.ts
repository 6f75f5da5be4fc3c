/** A list of objects as JSON, of which one is taken out or put in: what others hold stays, to the digit. */
import { randomUUID } from 'node:crypto';
import { fileJsonLimits } from '../../go/json/bounds.ts';
import { parseJson } from '../../go/json/read.ts';
import { type Json, JsonNumber } from '../../json.ts';

export interface JsonList {
  readonly items: Json[];
}

/** @param text of a file that has been read before, and holds a list */
export function readJsonList(text: string): JsonList {
  const plain = text.replace(/^\ufeff/, '');
  return parseJson(Buffer.from(plain), fileJsonLimits(plain.length)) as unknown as JsonList;
}

/** @param like the text before, for its indentation and its end */
export function jsonListText(list: JsonList, like: string): string {
  const indent = /\n([ \t]+)"/.exec(like)?.[1] ?? '';
  // JSON.stringify knows only JavaScript's numbers: the digits of others are put in afterwards.
  const mark = randomUUID();
  const text = JSON.stringify(
    list,
    (_, value: Json) => {
      if (value instanceof JsonNumber) return `${mark}${value.text}`;
      return Object.is(value, -0) ? `${mark}-0` : value;
    },
    indent,
  );
  const plain = text.replaceAll(new RegExp(`"${mark}([^"]*)"`, 'g'), '$1');
  return `${plain}${like.endsWith('\n') ? '\n' : ''}`;
}
