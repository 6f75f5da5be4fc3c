// Random YAML documents: small changes to known ones, and new ones put together from pieces.

/** A seeded generator (mulberry32). @returns a function: n → a whole number below n */
export function random(seed) {
  let state = seed >>> 0;
  return (below) => {
    state = (state + 0x6d2b79f5) >>> 0;
    let x = state;
    x = Math.imul(x ^ (x >>> 15), x | 1);
    x ^= x + Math.imul(x ^ (x >>> 7), x | 61);
    return Math.floor((((x ^ (x >>> 14)) >>> 0) / 4294967296) * below);
  };
}

const pieces = [
  ...':-?,[]{}#&*!|>\'"%@`~<=. \t\n\r_/\\+0179aAeExXoObBnNyYtTfF',
  ': ',
  ' :',
  '- ',
  '? ',
  ', ',
  ' #',
  '# ',
  '\n\n',
  '\r\n',
  '  ',
  '    ',
  '\n  ',
  '\n    ',
  '\n- ',
  '\n? ',
  '\n: ',
  '---',
  '...',
  '\n---\n',
  '\n...\n',
  '--- ',
  '%YAML 1.1\n---\n',
  '%TAG ! x\n---\n',
  '&a ',
  '*a',
  '*a ',
  '&a',
  '&b ',
  '*b',
  '<<: *a',
  '<<: [*a, *b]',
  '<<',
  '!!str ',
  '!!int ',
  '!!float ',
  '!!bool ',
  '!!null ',
  '!!binary ',
  '!!timestamp ',
  '!!merge ',
  '! ',
  '!x ',
  '!<x> ',
  '!!',
  '!e!x ',
  '|\n',
  '>\n',
  '|-\n',
  '>+\n',
  '|2\n',
  '>1-\n',
  '|+ # c\n',
  'null',
  'true',
  'yes',
  'off',
  '0x1f',
  '0o17',
  '0777',
  '08',
  '1_000',
  '0b101',
  '-0',
  '-0.0',
  '1e3',
  '1e400',
  '.5',
  '.inf',
  '-.INF',
  '.nan',
  '22:22',
  '2001-01-01',
  '2001-01-01T00:00:00Z',
  '9223372036854775808',
  '18446744073709551616',
  '12345678901234567890123',
  '"a\\\nb"',
  '"\\x41\\u00e9"',
  "'it''s'",
  '""',
  "''",
  '[]',
  '{}',
  '[a, b]',
  '{a: b}',
  '{a, b: }',
  '[a: b]',
  '[? a : b]',
  '{? a}',
  '"\\',
  '\u00a0',
  '\u0085',
  '\u2028',
  '\u2029',
  '\ufeff',
  '\u00e9',
  '\u{1f600}',
  '\u0000',
  '\u0007',
  '\u007f',
  'name: ',
  'version: 1.10',
  'dependencies:\n',
  '- name: a\n',
  'enabled: true',
  'tags: [1, x]',
  'import-values:\n',
  'digest: ',
  'generated: 2019-01-01T10:00:00.123+02:00\n',
  'alias: ~\n',
  'Name: x\n',
  'repository: http://x\n',
  'condition: a.b,c\n',
  '__proto__',
  'constructor',
];

const scalars = pieces.filter((piece) => !/\n/.test(piece)).concat(['a b', 'a: b', 'x', 'k']);

/** @param {(below: number) => number} pick */
export function mutate(pick, seeds) {
  const one = (list) => list[pick(list.length)];
  if (pick(5) === 0) return Buffer.from(block(pick, one, 0, 3 + pick(3)));
  const seed = one(seeds);
  if (pick(50) === 0) return scramble(pick, seed);
  let text = seed.toString('utf8');
  for (let n = 1 + pick(4); n > 0; n--) text = change(pick, one, text, seeds);
  return Buffer.from(text);
}

/** Bytes, so that what isn't UTF-8 is met too. */
function scramble(pick, seed) {
  const bytes = Buffer.from(seed);
  for (let n = 1 + pick(3); n > 0 && bytes.length > 0; n--) bytes[pick(bytes.length)] = pick(256);
  if (pick(4) > 0) return bytes;
  const wide = Buffer.from(`\ufeff${bytes.toString('utf8')}`, 'utf16le');
  return pick(2) === 0 ? wide : wide.swap16();
}

function change(pick, one, text, seeds) {
  const at = pick(text.length + 1);
  const length = pick(3) === 0 ? pick(20) : 1 + pick(2);
  const lines = text.split('\n');
  const line = pick(lines.length);
  switch (pick(13)) {
    case 0:
    case 1:
    case 2:
      return text.slice(0, at) + one(pieces) + text.slice(at);
    case 3:
      return text.slice(0, at) + one(pieces) + text.slice(at + length);
    case 4:
    case 5:
      return text.slice(0, at) + text.slice(at + length);
    case 6: {
      const to = pick(text.length + 1);
      return text.slice(0, to) + text.slice(at, at + length + pick(20)) + text.slice(to);
    }
    case 7: {
      const indent = ' '.repeat(pick(5));
      lines[line] = pick(2) === 0 ? indent + lines[line] : lines[line].replace(/^ +/, indent);
      return lines.join('\n');
    }
    case 8: {
      const other = pick(lines.length);
      [lines[line], lines[other]] = [lines[other], lines[line]];
      return lines.join('\n');
    }
    case 9:
      lines.splice(line, pick(2), one(lines));
      return lines.join('\n');
    case 10: {
      const other = one(seeds).toString('utf8');
      const cut = pick(other.length + 1);
      return text.slice(0, at) + other.slice(cut, cut + pick(200));
    }
    case 11:
      return pick(2) === 0
        ? text.replaceAll('\n', one(['\r\n', '\r', '\u0085', '\u2028']))
        : text.slice(0, at);
    default: {
      // Something long enough to reach over the reader's blocks and the limit of a key's length.
      const filler = one(['x', '# comment\n', ' ', '\u00e9', 'a b ', '\n', '\u{1f600}', "''"]);
      return text.slice(0, at) + filler.repeat(pick(700)) + text.slice(at);
    }
  }
}

/** A block node of at most the given depth, on lines of its own or behind its key. */
function block(pick, one, indent, depth) {
  const pad = ' '.repeat(indent);
  const inner = () => {
    const kind = depth <= 0 ? 0 : pick(6);
    const properties =
      pick(8) === 0 ? one(['&a ', '&b ', '!!str ', '!!int ', '!x ', '&a !!map ']) : '';
    if (kind < 3) return ` ${properties}${flow(pick, one, depth)}\n`;
    if (kind === 3) {
      const header = one(['|', '>', '|-', '>-', '|+', '>+', '|1', '>2']);
      const rows = Array.from({ length: pick(5) }, () =>
        pick(4) === 0
          ? one(['', '  ', '\t'])
          : `${' '.repeat(indent + 1 + pick(3))}${one(scalars)}`,
      );
      return ` ${properties}${header}\n${rows.map((row) => `${row}\n`).join('')}`;
    }
    return ` ${properties}\n${block(pick, one, indent + pick(4), depth - 1)}`;
  };
  const sequence = pick(3) === 0;
  let text = '';
  for (let n = 1 + pick(4); n > 0; n--) {
    if (pick(12) === 0)
      text += one(['# c\n', '\n', '\t\n', `${pad}  \n`, `${pad}${one(pieces)}\n`]);
    const key =
      pick(10) === 0 ? one(scalars) : one(['a', 'b', 'c', 'name', '"q"', '<<', '1', 'yes']);
    if (sequence) text += `${pad}-${inner()}`;
    else if (pick(15) === 0) text += `${pad}?${inner()}${pad}:${inner()}`;
    else text += `${pad}${key}:${inner()}`;
  }
  return text;
}

function flow(pick, one, depth) {
  const kind = depth <= 0 ? 0 : pick(5);
  if (kind < 3) return one(pick(3) === 0 ? scalars : ['x', '1', '*a', 'a b', '"x"', 'true', '~']);
  const items = Array.from({ length: pick(4) }, () => {
    const value = flow(pick, one, depth - 1);
    return kind === 3 && pick(4) > 0
      ? value
      : `${one(['a', 'b', '"c"', '<<'])}${one([': ', ':'])}${value}`;
  });
  const separator = one([', ', ',', ',\n  ', ' , ']);
  return kind === 3 ? `[${items.join(separator)}]` : `{${items.join(separator)}}`;
}
