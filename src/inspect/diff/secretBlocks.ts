/**
 * What stands below a name in a text: in brackets (JSON, YAML's flow, a program's lists), or set in (YAML).
 * Each is read once, from its beginning to its end, whatever it holds.
 */

/** A value's place; without `key`, an item of a list. */
export interface BlockValue {
  readonly key?: string;
  readonly from: number;
  readonly to: number;
}

export interface Block {
  /** Values that belong to one object are in one list. */
  readonly groups: readonly (readonly BlockValue[])[];
  /** Where it ends: that of the text for brackets that nothing closes. */
  readonly end: number;
}

/** @param at where its bracket opens */
export function inBrackets(text: string, at: number): Block {
  const groups: BlockValue[][] = [];
  const open: BlockValue[][] = [];
  let key: string | undefined;
  let last: BlockValue | undefined;
  let end = at;
  const flush = () => {
    if (last) open.at(-1)?.push({ ...last, ...(key !== undefined && { key }) });
    last = undefined;
  };
  const forget = () => {
    flush();
    key = undefined;
  };
  while (end < text.length) {
    const sign = text[end] ?? '';
    if (text.startsWith('{{', end)) {
      const close = text.indexOf('}}', end);
      end = close < 0 ? text.length : close + 2;
      continue;
    }
    if (sign === '[' || sign === '{') {
      forget();
      const group: BlockValue[] = [];
      groups.push(group);
      open.push(group);
      end += 1;
    } else if (sign === ']' || sign === '}') {
      forget();
      open.pop();
      end += 1;
      if (open.length === 0) return { groups, end };
    } else if (sign === ',') {
      forget();
      end += 1;
    } else if ((sign === ':' || sign === '=') && last) {
      key = text.slice(last.from, last.to);
      last = undefined;
      end += 1;
    } else {
      const word = wordAt(text, end);
      if (word.to > word.from) {
        flush();
        last = { from: word.from, to: word.to };
      }
      end = word.end;
    }
  }
  flush();
  return { groups, end };
}

/** Without its quotes; nothing for blanks and what escapes stand for them. */
function wordAt(text: string, at: number): { from: number; to: number; end: number } {
  const blank = match(/(?:\s|\\+[nrt])+/y, text, at);
  if (blank) return { from: at, to: at, end: at + blank.length };
  const quote = match(/\\*["']/y, text, at);
  if (quote === undefined) {
    const bare =
      match(/(?:[^\s,:=[\]{}"'\\]|[:=](?=[^\s,[\]{}"'\\]))+/y, text, at) ?? text[at] ?? '';
    return { from: at, to: at + bare.length, end: at + bare.length };
  }
  const from = at + quote.length;
  let to = text.indexOf(quote, from);
  // What one backslash escapes is no end of a text in plain quotes.
  while (quote.length === 1 && to >= 0 && isEscaped(text, from, to))
    to = text.indexOf(quote, to + 1);
  return to < 0
    ? { from, to: text.length, end: text.length }
    : { from, to, end: to + quote.length };
}

function isEscaped(text: string, from: number, at: number): boolean {
  let slashes = 0;
  while (at - slashes > from && text[at - slashes - 1] === '\\') slashes += 1;
  return slashes % 2 === 1;
}

function match(pattern: RegExp, text: string, at: number): string | undefined {
  pattern.lastIndex = at;
  return pattern.exec(text)?.[0];
}

/** A comment's lines are read as if they were none. */
const lead = /^[ \t#]*/;
const entry = /^((?:-[ \t]+)*)(?:(["']?)([\w./-]+)\2[ \t]*:(?=[ \t]|$)[ \t]*)?(.*)$/;

/**
 * @param at where the line of the name ends
 * @param column of the name
 */
export function setIn(text: string, at: number, column: number): Block {
  const groups: BlockValue[][] = [];
  const open: { readonly column: number; readonly group: BlockValue[] }[] = [];
  let end = at;
  while (end < text.length) {
    const from = text.startsWith('\r\n', end) ? end + 2 : end + 1;
    const next = text.indexOf('\n', from);
    const to = next < 0 ? text.length : next;
    const line = text.slice(from, to).replace(/\r$/, '');
    const indent = lead.exec(line)?.[0].length ?? 0;
    const rest = line.slice(indent);
    if (rest !== '') {
      if (!(indent > column || (indent === column && /^-(?:[ \t]|$)/.test(rest)))) break;
      const [, dashes = '', , key, value = ''] = entry.exec(rest) ?? [];
      const own = indent + dashes.length;
      while ((open.at(-1)?.column ?? -1) > own || (dashes && open.at(-1)?.column === own))
        open.pop();
      let top = open.at(-1);
      if (top?.column !== own) {
        top = { column: own, group: [] };
        open.push(top);
        groups.push(top.group);
      }
      const start = from + line.length - value.length;
      const plain = value.replace(/(?:^|[ \t])#.*$/, '');
      top.group.push({ ...(key !== undefined && { key }), from: start, to: start + plain.length });
    }
    end = to;
  }
  return { groups, end };
}
