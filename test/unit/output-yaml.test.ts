import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { readValues } from '../../src/go/yaml/index.ts';
import { helmStructYaml, helmYaml, naturalOrder, toYaml } from '../../src/go/yaml/write.ts';
import type { Json } from '../../src/json.ts';

/** The same value in ordinary objects: the Go reader's have no prototype. */
function plain(value: Json): unknown {
  if (Array.isArray(value)) return value.map(plain);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, plain(item)]));
}

describe('YAML', () => {
  // Each must come back as the same text from Go's YAML v2, from YAML 1.1 and from YAML 1.2.
  const texts = [
    ...['yes', 'no', 'y', 'N', 'on', 'OFF', 'true', 'Null', 'null', '~', '', ' ', '<<', '=', '-'],
    ...['0777', '0o17', '0O17', '0x1F', '0X1F', '-0o7', '0b11', '0B11', '1e3', '1E+3', '1_000'],
    ...['+1', '-1', '.5', '1.', '.inf', '-.Inf', '.NaN', 'NaN', '22:22', '1:2:3', '190:20:30.15'],
    ...[
      '2001-01-01',
      '2001-01-01T00:00:00Z',
      '2001-1-1 1:2:3',
      '1.2.3',
      '10.0.0.1',
      '1.2',
      '12e03',
    ],
    ...[
      '100m',
      '10Gi',
      '0',
      '00',
      '1,000',
      '0x',
      '0b',
      '-',
      '--',
      '---',
      '...',
      '- a',
      'a: b',
      'a:',
    ],
    ...[
      '#a',
      'a #b',
      '&a',
      '*a',
      '!a',
      '|',
      '>',
      '%a',
      '@a',
      '`a',
      '{a',
      '[a]',
      ',a',
      '?',
      '? a',
      ':',
    ],
    ...["'", '"', "it's", '"quoted"', 'a\\b', 'tab\there', ' lead', 'trail ', 'trail\t', '\ttab'],
    ...[
      'a\nb',
      'a\n',
      'a\n\n',
      '\na',
      '\n',
      ' a\nb',
      'a\n b\n',
      'a \nb',
      'a\tb\nc',
      'a\r\nb',
      'a\rb',
    ],
    ...[
      '# not\n# comments',
      'a: b\n- c',
      '---\na',
      'a\n---\nb',
      '...\n',
      '%TAG\n',
      'é',
      '日本',
      '😀',
    ],
    ...[
      '\u0000',
      '\u0007',
      '\u001b[31m',
      '\u007f',
      '\u0085',
      '\u00a0',
      '\u2028',
      '\ufeffa',
      '\ufffd',
    ],
    ...[
      'a'.repeat(200),
      `${'word '.repeat(60)}end`,
      `${'line\n'.repeat(50)}`,
      'a  b',
      'a\n\n\nb\n\n',
    ],
  ];

  it.each(texts)('keeps the text %j in every reader, as a value and as a key', (text) => {
    const printed = toYaml({ value: text, [`k${text}`]: 1, list: [text], nested: { deep: text } });
    const want = { value: text, [`k${text}`]: 1, list: [text], nested: { deep: text } };
    for (const read of readers) expect({ ...(read(printed) as object) }).toEqual(want);
    expect(parse(toYaml({ [text]: text })) as object).toEqual({ [text]: text });
    expect({ ...(readValues(toYaml({ [text]: text })) as object) }).toEqual({ [text]: text });
  });

  const readers: ((text: string) => unknown)[] = [
    (text) => parse(text, { version: '1.2' }),
    (text) => parse(text, { version: '1.1' }),
    (text) => plain(readValues(text)),
  ];

  const values: Json[] = [
    ...[null, true, false, 0, 1, -1.5, 1e21, 1e-7, 1.5e300, 123456789012],
    ...[[], {}, [[]], [{}], { a: [] }, { a: {} }, [[1, [2]], { b: [{ c: null }] }]],
  ];
  it.each(values)('keeps %j', (value) => {
    for (const read of readers) expect(read(toYaml({ value }))).toEqual({ value });
  });

  it('prints as helm does: sorted keys, lists not indented', () => {
    expect(toYaml({ b: [1, { y: 2, x: 'a\nb\n' }], a: { c: 'text' }, a10: 1, a2: null })).toBe(
      'a:\n  c: text\na2: null\na10: 1\nb:\n- 1\n- x: |\n    a\n    b\n  "y": 2\n',
    );
    expect(toYaml(null)).toBe('null\n');
    expect(toYaml({})).toBe('{}\n');
  });

  it('folds long texts where helm does, and nowhere in our own documents', () => {
    const words = `${'word '.repeat(20)}end`;
    const folded = `a: ${'word '.repeat(15)}word\n  ${'word '.repeat(4)}end\n`;
    expect(helmYaml({ a: words })).toBe(folded);
    // JSON's -0 is an integer to it; encode wants it back.
    expect([helmYaml(-0), toYaml(-0)]).toEqual(['0\n', '-0\n']);
    expect(helmStructYaml({ a: words })).toBe(folded);
    expect(toYaml({ a: words })).toBe(`a: ${words}\n`);
    for (const read of readers) expect(read(folded)).toEqual({ a: words });
  });

  it('escapes what turns the direction of a terminal, but not in values', () => {
    expect(helmStructYaml({ a: 'x\u202ey' })).toBe('a: "x\\u202Ey"\n');
    expect(toYaml({ a: 'x\u202ey' })).toBe('a: "x\\u202Ey"\n');
    expect(helmYaml({ a: 'x\u202ey' })).toBe('a: x\u202ey\n');
  });

  it.each([
    [1e21, '1e+21'],
    [1e20, '1e+20'],
    [1e19, '10000000000000000000'],
    [-1e19, '-1e+19'],
    [123456789, '123456789'],
    [1234567.5, '1.2345675e+06'],
    [123456.5, '123456.5'],
    [0.0001, '0.0001'],
    [0.00001, '1e-05'],
    [1.5e-7, '1.5e-07'],
    [1.5e300, '1.5e+300'],
    [-0.5, '-0.5'],
    [-0, '-0'],
  ])('prints the number %d as Go does', (value, text) => {
    expect(toYaml({ value })).toBe(`value: ${text}\n`);
    expect(plain(readValues(toYaml({ value })))).toEqual({ value: value === 0 ? 0 : value });
  });

  it('takes __proto__ for a key like any other, and repeats equal values without anchors', () => {
    const same = { x: 1 };
    const hostile = JSON.parse('{"__proto__": {"polluted": true}}') as Json;
    expect(toYaml(hostile)).toBe('__proto__:\n  polluted: true\n');
    expect(toYaml([same, same])).toBe('- x: 1\n- x: 1\n');
  });

  it('sorts keys as go-yaml does', () => {
    const sorted = [
      '',
      '0',
      '1',
      '2',
      '10',
      'A',
      'B',
      'a',
      'a.b',
      'a1',
      'a2',
      'a10',
      'aB',
      'b',
      'é',
    ];
    const shuffled = [...sorted].reverse();
    expect(shuffled.sort(naturalOrder)).toEqual(sorted);
    expect(naturalOrder('v1.10', 'v1.9')).toBeGreaterThan(0);
    expect(naturalOrder('a100', 'a20')).toBeGreaterThan(0);
    expect(naturalOrder('a07', 'a7')).toBeGreaterThan(0);
  });
});
