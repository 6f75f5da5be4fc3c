import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { readValues } from '../../src/codecs/goyaml/index.ts';
import { ReleasesError } from '../../src/errors.ts';
import { reportError } from '../../src/output/errors.ts';
import { programName, wantsColour } from '../../src/output/io.ts';
import { jsonLine, structLine } from '../../src/output/json.ts';
import { closest } from '../../src/output/suggest.ts';
import { type Column, table } from '../../src/output/table.ts';
import { historyTime, listTime, metadataTime } from '../../src/output/time.ts';
import { naturalOrder, toYaml } from '../../src/output/yaml.ts';
import type { Json } from '../../src/release.ts';
import { captureIO } from './cli-io.ts';

describe('the error screen', () => {
  it('says what, why and what to try, one line each', () => {
    const io = captureIO();
    const error = new ReleasesError('NO_CLUSTER', 'no cluster and no storage given', {
      why: ['no kubeconfig was found'],
      hints: ['--storage dir:./dump'],
    });
    expect(reportError(error, io)).toBe(1);
    expect(io.err()).toBe(
      'error: no cluster and no storage given\n  no kubeconfig was found\n  try: --storage dir:./dump\n',
    );
    expect(io.out()).toBe('');
  });

  it('lets no control character through', () => {
    const io = captureIO();
    reportError(new ReleasesError('API', 'a\u001b[31mb\nc'), io);
    expect(io.err()).toBe('error: a\\u001b[31mb\\u000ac\n');
  });

  it('never prints the message of an error it does not know', () => {
    const secret = new TypeError('Unexpected token in {"password":"hunter2"}');
    const quiet = captureIO();
    expect(reportError(secret, quiet)).toBe(1);
    expect(quiet.err()).toMatch(/^error: internal error: TypeError\n {2}try: .*DEBUG=1/);
    const debug = captureIO({ env: { KUBECTL_RELEASES_DEBUG: '1' } });
    reportError(secret, debug);
    expect(debug.err()).toMatch(/\n {2}at .*output\.test\.ts/);
    expect(quiet.err() + debug.err()).not.toContain('hunter2');
  });
});

describe('tables', () => {
  interface Row {
    readonly name: string;
    readonly text: string;
  }
  const columns: Column<Row>[] = [
    { header: 'NAME', cell: (row) => row.name },
    { header: 'TEXT', min: 5, cell: (row) => row.text },
  ];

  it('pads columns and leaves nothing at line ends', () => {
    const rows = [
      { name: 'a', text: 'one' },
      { name: 'longer', text: '' },
    ];
    expect(table(columns, rows)).toBe('NAME    TEXT\na       one\nlonger\n');
    expect(table(columns, rows, { headers: false })).toBe('a       one\nlonger\n');
    expect(table(columns, [], { headers: false })).toBe('');
  });

  it('counts wide characters as two cells and combining ones as none', () => {
    const rows = [
      { name: '発行', text: 'x' },
      { name: 'e\u0301', text: 'y' },
    ];
    expect(table(columns, rows, { headers: false })).toBe('発行  x\ne\u0301     y\n');
  });

  it('cuts only what may be cut, only on a terminal, down to its minimum', () => {
    const rows = [{ name: 'never-cut-name', text: '日本語の長い説明文' }];
    expect(table(columns, rows, { headers: false, width: 24 })).toBe('never-cut-name  日本語…\n');
    expect(table(columns, rows, { headers: false, width: 3 })).toBe('never-cut-name  日本…\n');
    expect(table(columns, rows, { headers: false })).toContain('説明文');
  });

  it('paints the text and not the padding', () => {
    const painted: Column<Row>[] = [
      { header: 'NAME', cell: (row) => row.name, paint: () => (text) => `<${text}>` },
      { header: 'TEXT', cell: (row) => row.text },
    ];
    expect(table(painted, [{ name: 'a', text: 'b' }])).toBe('NAME  TEXT\n<a>     b\n');
  });
});

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

describe('JSON', () => {
  it('is one line with Go’s escapes, sorted for maps and as given for structs', () => {
    const value = { b: '<&>', a: [1e21, null], __proto: true };
    expect(jsonLine(value)).toBe('{"__proto":true,"a":[1e+21,null],"b":"\\u003c\\u0026\\u003e"}\n');
    expect(structLine(value)).toBe(
      '{"b":"\\u003c\\u0026\\u003e","a":[1e+21,null],"__proto":true}\n',
    );
  });
});

describe('times', () => {
  it('prints a list’s time as Go’s Time.String', () => {
    expect(listTime('2026-11-20T18:04:11.123456789Z')).toBe(
      '2026-11-20 18:04:11.123456789 +0000 UTC',
    );
    expect(listTime('2026-11-20T18:04:11.120Z')).toBe('2026-11-20 18:04:11.12 +0000 UTC');
    expect(listTime('2026-11-20T18:04:11+02:00')).toBe('2026-11-20 18:04:11 +0200 +0200');
    expect(listTime('2026-11-20T18:04:11+00:00')).toBe('2026-11-20 18:04:11 +0000 UTC');
  });

  it('prints a history’s time as Go’s ANSIC, in its own offset', () => {
    expect(historyTime('2016-10-03T10:15:13.9Z')).toBe('Mon Oct  3 10:15:13 2016');
    expect(historyTime('2026-11-20T23:04:11-05:00')).toBe('Fri Nov 20 23:04:11 2026');
  });

  it('prints a dash for no time and for Go’s zero time', () => {
    for (const none of [undefined, '', '0001-01-01T00:00:00Z']) {
      expect(listTime(none)).toBe('-');
      expect(historyTime(none)).toBe('-');
    }
    expect(metadataTime(undefined)).toBe('0001-01-01T00:00:00Z');
    expect(metadataTime('2026-11-20T18:04:11.5Z')).toBe('2026-11-20T18:04:11Z');
  });
});

describe('suggestions', () => {
  it.each([
    ['lits', 'list'],
    ['namespce', 'namespace'],
    ['hitsory', 'history'],
    ['frobnicate', undefined],
    ['x', undefined],
  ])('%s: %s', (typed, meant) => {
    expect(closest(typed, ['list', 'history', 'get', 'namespace'])).toBe(meant);
  });
});

describe('the environment', () => {
  it('names the program as the user called it', () => {
    expect(programName({})).toBe('kubectl releases');
    expect(programName({ HELM_PLUGIN_NAME: 'releases' })).toBe('helm releases');
  });

  it('colours terminals only, and not where NO_COLOR is set', () => {
    expect(wantsColour({}, { isTTY: true })).toBe(true);
    expect(wantsColour({}, { isTTY: false })).toBe(false);
    expect(wantsColour({ NO_COLOR: '1' }, { isTTY: true })).toBe(false);
    expect(wantsColour({ TERM: 'dumb' }, { isTTY: true })).toBe(false);
  });
});
