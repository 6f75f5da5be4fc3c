/** JSON as Helm prints it: one compact line, Go's escapes, a line end. */
import { goJson, goNumber, goString, isList } from '../../go/json/write.ts';
import { type Json, JsonNumber } from '../../json.ts';

/** A Go map: keys sorted. For values and everything else whose keys come from a record. */
export function jsonLine(value: Json): string {
  return `${goJson(value)}\n`;
}

/**
 * Go structs: keys in the order they were written in the program. What JSON lets through and a
 * terminal would act on (C1 controls, direction overrides) is escaped: names come from records.
 */
export function structLine(value: Json): string {
  return `${struct(value).replace(actedOn, escaped)}\n`;
}

/** The same to the byte as helm prints it. */
export function exactLine(value: Json): string {
  return `${struct(value)}\n`;
}

const actedOn = /[\u007f-\u009f\u200b-\u200f\u202a-\u202e\u2066-\u2069\ufeff]/g;

function escaped(char: string): string {
  return `\\u${char.charCodeAt(0).toString(16).padStart(4, '0')}`;
}

function struct(value: Json): string {
  if (typeof value === 'string') return goString(value);
  if (typeof value === 'number') return goNumber(value);
  if (value instanceof JsonNumber) return value.text;
  if (value === null || typeof value === 'boolean') return String(value);
  if (isList(value)) return `[${value.map(struct).join(',')}]`;
  const members = Object.entries(value).map(([key, item]) => `${goString(key)}:${struct(item)}`);
  return `{${members.join(',')}}`;
}
