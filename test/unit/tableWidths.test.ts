/** No screen of rows breaks a word or a cell, on terminals of any width; in a pipe everything is in its line. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import stringWidth from 'string-width';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { resourcesText } from '../../src/output/resources.ts';
import { type Column, table } from '../../src/output/terminal/table.ts';
import { openDirectory } from '../../src/storage/directory.ts';
import { runCli } from './cli-io.ts';
import { broken, sketchRecord } from './cli-records.ts';

const widths = [40, 80, 120, 200];

/** A line past the edge is one word, which nothing could make shorter. */
function expectToFit(text: string, width: number): void {
  for (const line of text.split('\n')) {
    if (stringWidth(line) <= width) continue;
    // A branch of a tree belongs to the word behind it.
    expect(line.trim().replace(/^[│├└─ ]+/u, ''), `${width}: ${line}`).toMatch(
      /^(namespace )?\S+$/u,
    );
  }
}

describe('a table', () => {
  const word = fc.stringMatching(/^[a-z界é-]{1,24}$/u);
  const cell = fc.oneof(
    word,
    fc.array(word, { maxLength: 8 }).map((words) => words.join(' ')),
  );
  const column = fc.record({
    folds: fc.option(fc.integer({ min: 1, max: 4 }), { nil: undefined }),
    isFlexible: fc.boolean(),
  });
  const tables = fc.record({
    columns: fc.array(column, { minLength: 1, maxLength: 8 }),
    first: fc.array(word, { minLength: 1, maxLength: 5 }),
    cells: fc.array(cell, { minLength: 40, maxLength: 40 }),
    width: fc.integer({ min: 8, max: 200 }),
    headers: fc.boolean(),
  });

  it('shows each cell whole, and fits where its words do', () => {
    fc.assert(
      fc.property(tables, ({ columns, first, cells, width, headers }) => {
        const at = (row: number, i: number) =>
          i === 0 ? (first[row] ?? '') : (cells[row * 8 + i] ?? '');
        const built = columns.map(({ folds, isFlexible }, i): Column<number> => {
          const wraps = isFlexible && i > 0 && i === columns.length - 1;
          return {
            header: `H${i}`,
            cell: (row) => at(row, i),
            ...(wraps ? { wraps: 12 } : i > 0 && folds !== undefined ? { folds } : {}),
          };
        });
        const rows = first.map((_, row) => row);
        const text = table(built, rows, { headers, width });
        expectToFit(text, width);
        const flat = text.replace(/\s+/g, ' ');
        const whole = table(built, rows, { headers });
        for (const row of rows)
          for (const i of columns.keys()) {
            for (const one of at(row, i).split(' ')) expect(flat).toContain(one);
            expect(whole).toContain(at(row, i));
          }
        expect(text).not.toContain('…');
      }),
      { numRuns: 300 },
    );
  });
});

describe('a screen', () => {
  const long = `a${'-long'.repeat(9)}-name`;
  const namespace = `team-${'payments-'.repeat(5)}production`;
  const words = 'an upgrade that somebody described at some length '.repeat(4).trim();
  const kinds = ['Deployment', 'ConfigMap', 'HorizontalPodAutoscaler'];
  const manifest = kinds
    .map((kind) => {
      const metadata = { name: `${long}-${kind.toLowerCase()}`, namespace };
      return `---\n${JSON.stringify({ apiVersion: 'v1', kind, metadata })}\n`;
    })
    .join('');
  let dir: string;
  beforeAll(async () => {
    dir = mkdtempSync(join(tmpdir(), 'widths-'));
    const storage = await openDirectory(dir, { create: true });
    for (const revision of [1, 2, 3]) {
      const sketch = {
        ...{ name: long, namespace, revision, manifest, description: words },
        status: revision === 3 ? 'pending-upgrade' : 'superseded',
      };
      const record = sketchRecord(sketch);
      const labels = { ...record.labels, 'example.com/a-long-label': 'value', team: 'payments' };
      await storage.create({ ...record, labels });
    }
    await storage.create(sketchRecord({ hooks: [] }));
    await storage.create(broken(sketchRecord({ name: 'torn', revision: 4 })));
  });
  afterAll(() => rmSync(dir, { recursive: true }));

  const lines = [
    'list',
    'list -o wide --show-labels',
    `history ${long} -n ${namespace}`,
    `history ${long} -n ${namespace} -o wide --show-labels`,
    `tree ${long} -n ${namespace}`,
    'verify',
    'du',
    `du ${long} -n ${namespace}`,
  ];
  const shown = async (line: string, terminal?: number) => {
    const where = line === 'verify' ? [dir] : ['--storage', `dir:${dir}`];
    const argv = [...line.split(' '), ...where];
    const { out } = await runCli(argv, terminal === undefined ? {} : { terminal });
    return out;
  };
  /** Headers go, a time loses its seconds, du its bars and LARGEST, and labels their commas, where it is narrow. */
  const isOptional = (word: string) =>
    /^([A-Z]{2,}|\d\d:\d\d:\d\d|KiB|bytes|[\d.]+|[█░]+|<none>|-|.*=.*)$/.test(word);

  describe.each(lines)('%s', (line) => {
    it.each(widths)('at %i', async (width) => {
      const text = await shown(line, width);
      // A summary below a table is prose, which the terminal wraps.
      const [rows = ''] = text.split(/\n\n(?=\d+ (?:releases|objects)|[a-z].*, \d+ revision)/);
      expectToFit(rows.replace(/^.*: revision .*$|^dir:.*: \d+ releases.*$/m, ''), width);
      expect(text).not.toContain('…');
      const flat = text.replace(/\s+/g, ' ');
      const [, ...whole] = (await shown(line)).split('\n');
      for (const word of whole.join(' ').split(/\s+/))
        if (!isOptional(word)) expect(flat, `${width}`).toContain(word);
    });

    it('in a pipe', async () => {
      const text = await shown(line);
      expect(text).not.toContain('…');
      expect(text).toContain(long);
    });
  });

  it('says what a cell below its row is, where its own words do not', async () => {
    const text = await shown('list', 40);
    expect(text).toMatch(/^ {4}namespace pay · revision 1$/m);
    expect(text).toMatch(/^ {4}status deployed · billing-1.2.3$/m);
  });
});

describe('the live objects of status', () => {
  const columns = ['Name', 'Ready', 'Up-to-date', 'Available', 'Age'];
  const live = {
    kind: 'Table',
    columnDefinitions: columns.map((name) => ({ name, type: 'string', priority: 0 })),
    rows: [{ cells: ['a-long-name-of-a-deployment', '3/3', '3', '3', '10d'] }],
  };
  const there = {
    is: 'there' as const,
    object: { apiVersion: 'apps/v1', kind: 'Deployment', name: 'web', fields: {} },
    place: {
      ...{ apiVersion: 'apps/v1', kind: 'Deployment', resource: 'deployments', namespaced: true },
      name: 'web',
    },
    live,
  };
  const text = (width?: number) =>
    resourcesText({ objects: [there], pods: [], unreadable: [] }, false, width);

  it('are kubectl’s table where there is room, and in a pipe', () => {
    const whole =
      '==> v1/Deployment\n' +
      'NAME                          READY   UP-TO-DATE   AVAILABLE   AGE\n' +
      'a-long-name-of-a-deployment   3/3     3            3           10d\n\n';
    expect([text(), text(80)]).toEqual([whole, whole]);
  });

  it('go on below their rows where there is not', () => {
    expectToFit(text(40), 40);
    for (const word of ['3/3', 'up-to-date 3', 'available 3', 'age 10d'])
      expect(text(40)).toContain(word);
  });
});
