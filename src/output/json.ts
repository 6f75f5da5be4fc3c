/** JSON as Helm prints it: one compact line, Go's escapes, a line end. */
import { goJson, goNumber, goString, isList } from '../codecs/gojson.ts';
import type { Json } from '../release.ts';

/** A Go map: keys sorted. For values and everything else whose keys come from a record. */
export function jsonLine(value: Json): string {
  return `${goJson(value)}\n`;
}

/** Go structs: keys in the order they were written in the program. */
export function structLine(value: Json): string {
  return `${struct(value)}\n`;
}

function struct(value: Json): string {
  if (typeof value === 'string') return goString(value);
  if (typeof value === 'number') return goNumber(value);
  if (value === null || typeof value === 'boolean') return String(value);
  if (isList(value)) return `[${value.map(struct).join(',')}]`;
  const members = Object.entries(value).map(([key, item]) => `${goString(key)}:${struct(item)}`);
  return `{${members.join(',')}}`;
}
