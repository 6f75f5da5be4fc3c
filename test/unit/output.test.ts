import { describe, expect, it } from 'vitest';
import { ReleasesError } from '../../src/errors.ts';
import { historyTime, listTime, metadataTime } from '../../src/go/time/format.ts';
import { jsonLine, structLine } from '../../src/output/helm/json.ts';
import { reportError } from '../../src/output/terminal/errors.ts';
import { programName, tableWidth, wantsColour } from '../../src/output/terminal/io.ts';
import { closest } from '../../src/output/terminal/suggest.ts';
import { type Column, table } from '../../src/output/terminal/table.ts';
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
    expect(table(columns, rows, { headers: false, width: 3 })).toBe(
      'never-cut-name\n    text\n    日本語の長い説明文\n',
    );
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

it('takes no width from a pipe, nor from a terminal that does not know it', () => {
  const widths = [
    { isTTY: true, columns: 100 },
    { isTTY: true, columns: 0 },
    { isTTY: true, columns: undefined },
    { isTTY: false, columns: 100 },
  ].map(tableWidth);
  expect(widths).toEqual([100, undefined, undefined, undefined]);
});
