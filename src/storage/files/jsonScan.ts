/** Where a JSON object ends, or where it stops being one. `JSON.parse` says only the latter, and roughly. */

/** As deep as anything here is read. */
const maxDepth = 1000;
const scalar = /true|false|null|-?[0-9][0-9.eE+-]*/y;
const space = /[ \t\r\n]*/y;

/**
 * A scanner over one text. It's strict about structure, so that damage is noticed where it is and
 * not at the file's end; what stands within strings and numbers is JSON.parse's affair.
 *
 * @returns for the offset of a `{`: the offset after its `}`, or that of the first wrong character
 */
export function objectScanner(
  text: string,
): (start: number) => { readonly end: number } | { readonly wrong: number } {
  // Strings don't span lines. The line is remembered: a compact file may be a single one.
  let [lineStart, lineEnd] = [0, -1];

  function findLine(at: number): void {
    if (at > lineEnd) {
      const next = text.indexOf('\n', at);
      [lineStart, lineEnd] = [at, next < 0 ? text.length : next];
    } else if (at < lineStart) {
      const next = text.slice(at, lineStart).indexOf('\n');
      [lineStart, lineEnd] = [at, next < 0 ? lineEnd : at + next];
    }
  }

  /** The offset after a string's closing quote, or -1. */
  function stringEnd(start: number): number {
    findLine(start);
    for (let at = text.indexOf('"', start + 1); at >= 0 && at < lineEnd; ) {
      let slashes = 0;
      while (text[at - 1 - slashes] === '\\') slashes += 1;
      if (slashes % 2 === 0) return at + 1;
      at = text.indexOf('"', at + 1);
    }
    return -1;
  }

  return (start) => {
    const open: string[] = [];
    let wants: 'value' | 'key' | 'colon' | 'comma' = 'value';
    for (let at = skip(space, text, start); at < text.length; at = skip(space, text, at)) {
      const c = text[at] ?? '';
      const closes = c === '}' || c === ']';
      if (closes && open.at(-1) === c && (wants === 'comma' || isFirst(text, at))) {
        open.pop();
        wants = 'comma';
        at += 1;
        if (open.length === 0) return { end: at };
      } else if (wants === 'colon' && c === ':') {
        wants = 'value';
        at += 1;
      } else if (wants === 'comma' && c === ',') {
        wants = open.at(-1) === '}' ? 'key' : 'value';
        at += 1;
      } else if (wants === 'value' && (c === '{' || c === '[') && open.length < maxDepth) {
        open.push(c === '{' ? '}' : ']');
        wants = c === '{' ? 'key' : 'value';
        at += 1;
      } else if (c === '"' && (wants === 'key' || wants === 'value')) {
        const end = stringEnd(at);
        if (end < 0) return { wrong: at };
        wants = wants === 'key' ? 'colon' : 'comma';
        at = end;
      } else {
        const end = wants === 'value' ? skip(scalar, text, at) : at;
        if (end === at) return { wrong: at };
        wants = 'comma';
        at = end;
      }
    }
    return { wrong: text.length };
  };
}

/** True right after an opening bracket: an empty object or array. */
function isFirst(text: string, at: number): boolean {
  let before = at - 1;
  while (' \t\r\n'.includes(text[before] ?? '-')) before -= 1;
  return text[before] === '{' || text[before] === '[';
}

/** @returns the offset after the match at this place, or the place itself */
export function skip(pattern: RegExp, text: string, at: number): number {
  pattern.lastIndex = at;
  return pattern.test(text) ? pattern.lastIndex : at;
}
