/** Bytes to text where it matters what Go makes of bytes that aren't UTF-8. */

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
 * A file's text for the YAML reader: UTF-8, or UTF-16 if its byte order mark says so. The mark is
 * left out. Where a byte can't be read the text ends with U+FFFF, which the reader refuses when
 * (and only if) it gets there, as Go's does.
 */
export function yamlText(bytes: Uint8Array): string {
  const [a, b, c] = bytes;
  if (a === 0xff && b === 0xfe) return utf16Text(bytes.subarray(2), true);
  if (a === 0xfe && b === 0xff) return utf16Text(bytes.subarray(2), false);
  const body = a === 0xef && b === 0xbb && c === 0xbf ? bytes.subarray(3) : bytes;
  let i = 0;
  while (i < body.length) {
    const length = characterLength(body, i);
    if (length === 0) break;
    i += length;
  }
  const text = new TextDecoder('utf-8', { ignoreBOM: true }).decode(body.subarray(0, i));
  return i < body.length ? `${text}\uffff` : text;
}

/** Lone surrogates stay in the text, and are refused like U+FFFF; so is half a unit at the end. */
function utf16Text(bytes: Uint8Array, littleEndian: boolean): string {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const parts: string[] = [];
  for (let i = 0; i + 1 < bytes.length; i += 2)
    parts.push(String.fromCharCode(view.getUint16(i, littleEndian)));
  if (bytes.length % 2 === 1) parts.push('\uffff');
  return parts.join('');
}
