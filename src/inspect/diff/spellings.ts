/**
 * One text, however it is written: in HTML, in JSON (in JSON), in a URL, in YAML's and a shell's quotes, in
 * other letters, set in, in base64.
 */

/** Longer texts are found as they are, and in base64. */
const longest = 2048;

/** Beside the character itself, its code in HTML and JSON, and its bytes in a URL. */
const named: { readonly [character: string]: readonly string[] } = {
  '&': ['&(?:amp;)+'],
  '<': ['&(?:amp;)*lt;'],
  '>': ['&(?:amp;)*gt;'],
  '"': ['\\\\{1,15}"', '&(?:amp;)*quot;'],
  "'": ["\\\\{1,15}'", "''", "'\\\\''", '&(?:amp;)*apos;'],
  '/': ['\\\\{1,15}/'],
};

/** A pattern's source for the text in any of these spellings; letters are for the flag `i`. */
export function spelled(text: string): string {
  // Runs are one, so that there is but one way in which a pattern fits.
  return (text.match(/\\+|\s+|./gsu) ?? [])
    .map((part) => {
      if (/^[A-Za-z0-9]$/.test(part)) return part;
      if (part.startsWith('\\')) return `(?:${['\\\\', ...codesOf('\\')].join('|')}){1,400}`;
      if (part.trim() === '')
        return `(?:${['\\s', '\\+', '\\\\{1,15}[nrt]', ...Array.from(' \t\r\n', codesOf).flat()].join('|')}){1,400}`;
      const plain = part.replace(/[\^$.*+?()[\]{}|/-]/g, '\\$&');
      return `(?:${[...(named[part] ?? []), plain, ...codesOf(part)].join('|')})`;
    })
    .join('');
}

function codesOf(character: string): string[] {
  const code = character.codePointAt(0) ?? 0;
  const units = Array.from({ length: character.length }, (_, at) => character.charCodeAt(at));
  const hex = (value: number, length: number) => value.toString(16).padStart(length, '0');
  const bytes = character.isWellFormed() ? [...Buffer.from(character)] : [];
  return [
    units.map((unit) => `\\\\{1,15}u${hex(unit, 4)}`).join(''),
    `&(?:amp;)*#0*${code};`,
    `&(?:amp;)*#x0*${code.toString(16)};`,
    ...(bytes.length > 0 ? [bytes.map((byte) => `%(?:25)*${hex(byte, 2)}`).join('')] : []),
  ];
}

const byNumber = String.raw`\\{1,15}u[0-9a-f]{4}|\\{1,15}x[0-9a-f]{2}|&(?:amp;)*#(?:x[0-9a-f]{1,8}|[0-9]{1,9});?|%(?:25)*[0-9a-f]{2}`;

/**
 * A word of which letters, too, are written by their numbers: `\u0041`, `&#65;`, `%41`. A text that is
 * written so throughout has nothing by which its spelling would be found.
 */
export const escapedRun = new RegExp(`(?:(?<!\\w)\\w+)?(?:${byNumber})(?:${byNumber}|\\w)*`, 'gi');

/** The same with the characters themselves. */
export function unescaped(run: string): string {
  return run
    .replace(/(?:%(?:25)*[0-9a-f]{2})+/gi, (bytes) =>
      Buffer.from(bytes.replace(/%(?:25)*([0-9a-f]{2})/gi, '$1'), 'hex').toString('utf8'),
    )
    .replace(/\\{1,15}[ux]([0-9a-f]{4}|[0-9a-f]{2})/gi, (_, hex: string) =>
      String.fromCharCode(Number.parseInt(hex, 16)),
    )
    .replace(/&(?:amp;)*#(?:x([0-9a-f]{1,8})|([0-9]{1,9}));?/gi, (whole, hex, decimal) => {
      const code = hex ? Number.parseInt(hex, 16) : Number(decimal);
      return code <= 0x10ffff ? String.fromCodePoint(code) : whole;
    });
}

/** How a text is found in others: quickly where it isn't there. */
export interface Spelling {
  /** Runs of letters and digits that every spelling has, in lower case. */
  readonly anchors: readonly string[];
  readonly pattern: string;
}

/** @returns undefined for texts that are too long to be looked for in this way */
export function spellingOf(text: string): Spelling | undefined {
  if (text.length > longest) return undefined;
  const runs = new Set((text.toLowerCase().match(/[a-z0-9]+/g) ?? []).filter(isLong));
  const anchors = [...runs].sort((a, b) => b.length - a.length).slice(0, 4);
  return { anchors, pattern: spelled(text) };
}

function isLong(run: string): boolean {
  return run.length >= 3;
}
