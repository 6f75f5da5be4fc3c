/** Bytes to text where it matters what Go makes of bytes that aren't UTF-8. */
import { isUtf8 } from 'node:buffer';
import type { Source } from './cursor.ts';

/** How many bytes the character at `i` takes; 0 if they aren't UTF-8. */
function characterLength(bytes: Uint8Array, i: number): number {
  const lead = bytes[i] ?? 0;
  if (lead < 0x80) return 1;
  const length = lead < 0xc2 || lead > 0xf4 ? 0 : lead < 0xe0 ? 2 : lead < 0xf0 ? 3 : 4;
  // The second byte's range rules out overlong forms, surrogates and what lies beyond U+10FFFF.
  const least = lead === 0xe0 ? 0xa0 : lead === 0xf0 ? 0x90 : 0x80;
  const most = lead === 0xed ? 0x9f : lead === 0xf4 ? 0x8f : 0xbf;
  for (let k = 1; k < length; k++) {
    const byte = bytes[i + k] ?? 0;
    if (byte < (k === 1 ? least : 0x80) || byte > (k === 1 ? most : 0xbf)) return 0;
  }
  return length;
}

/** Text in which each single byte that isn't UTF-8 is one U+FFFD, as in Go. */
export function laxText(bytes: Uint8Array): string {
  const decoder = new TextDecoder('utf-8', { ignoreBOM: true });
  let text = '';
  let start = 0;
  for (let i = 0; i < bytes.length; ) {
    const length = characterLength(bytes, i);
    if (length === 0) {
      text += `${decoder.decode(bytes.subarray(start, i))}\ufffd`;
      start = i + 1;
    }
    i += length || 1;
  }
  return text + decoder.decode(bytes.subarray(start));
}

/**
 * A file's text for the YAML reader: UTF-8, or UTF-16 if its byte order mark says so. Where bytes
 * can't be read the text ends with something that the reader refuses when (and only if) it gets
 * there, as Go's does.
 */
export function decodeFile(bytes: Uint8Array): Source {
  const [a, b, c] = bytes;
  if ((a === 0xff && b === 0xfe) || (a === 0xfe && b === 0xff))
    return utf16(bytes.subarray(2), a === 0xff);
  const marked = a === 0xef && b === 0xbb && c === 0xbf;
  return utf8(marked ? bytes.subarray(3) : bytes, marked ? 'UTF-8 with mark' : 'UTF-8');
}

function utf8(bytes: Uint8Array, encoding: Source['encoding']): Source {
  let i = isUtf8(bytes) ? bytes.length : 0;
  for (let length = 1; i < bytes.length && length > 0; i += length)
    length = characterLength(bytes, i);
  const text = new TextDecoder('utf-8', { ignoreBOM: true }).decode(bytes.subarray(0, i));
  if (i === bytes.length) return { text, encoding };
  const lead = bytes[i] ?? 0;
  const claimed = lead < 0xc0 || lead >= 0xf8 ? 1 : lead < 0xe0 ? 2 : lead < 0xf0 ? 3 : 4;
  return { text: `${text}\uffff`, encoding, brokenBytes: orEnd(claimed, bytes.length - i) };
}

/** What the end cuts off is only missed when Go tries to read on. */
function orEnd(claimed: number, left: number): number {
  return claimed > left ? Number.POSITIVE_INFINITY : claimed;
}

function utf16(bytes: Uint8Array, littleEndian: boolean): Source {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const units: string[] = [];
  for (let i = 0; i + 1 < bytes.length; i += 2)
    units.push(String.fromCharCode(view.getUint16(i, littleEndian)));
  const last = units[units.length - 1] ?? '';
  const halfPair = last >= '\ud800' && last < '\udc00';
  const halfUnit = bytes.length % 2 === 1;
  if (halfUnit && !halfPair) units.push('\uffff');
  const source = { text: units.join(''), encoding: 'UTF-16 with mark' } as const;
  return halfUnit || halfPair ? { ...source, brokenBytes: Number.POSITIVE_INFINITY } : source;
}
