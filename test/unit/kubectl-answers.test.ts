/**
 * JSONPath, custom columns and --sort-by, beside what kubectl's own libraries say (test/oracle/kubectl).
 * Errors are compared as such: their words are ours.
 */
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { isReleasesError } from '../../src/errors.ts';
import { parseJson } from '../../src/go/json/read.ts';
import { parseJsonPath, renderJsonPath } from '../../src/go/jsonpath/jsonpath.ts';
import type { Json, JsonObject } from '../../src/json.ts';
import { parseFormat } from '../../src/output/templates/format.ts';
import { columnText, sortedBy } from '../../src/output/templates/templates.ts';

interface Question {
  readonly kind: 'jsonpath' | 'columns' | 'sort';
  readonly data: string;
  readonly template: string;
  readonly strict?: boolean;
  readonly output?: string;
  readonly shuffled?: boolean;
  readonly error?: string;
}

const { data, questions }: { data: { [name: string]: string }; questions: Question[] } = JSON.parse(
  readFileSync(new URL('../fixtures/kubectl/answers.json', import.meta.url), 'utf8'),
);

async function ours({ kind, data: name, template, strict = false }: Question): Promise<string> {
  const root = parseJson(Buffer.from(data[name] ?? ''));
  if (kind === 'jsonpath') return renderJsonPath(parseJsonPath(template), root, { strict });
  const items = (root as JsonObject).items as readonly Json[];
  if (kind === 'sort')
    return sortedBy(items, template, (item) => item)
      .map((item) => `${items.indexOf(item)} `)
      .join('');
  const format = await parseFormat(`custom-columns=${template}`, []);
  if (format.is !== 'custom-columns') throw new Error('no columns');
  const { columns } = format;
  return items
    .map((item) => columns.map((column) => columnText(column.template, item)).join('   '))
    .join('\n');
}

/** Columns stand as far apart as the widest needs, and words of a map in any order. */
function comparable(text: string, { kind, shuffled }: Question): string {
  if (shuffled)
    return text
      .split(/[ ,\n]+/)
      .filter((word) => word !== '')
      .sort()
      .join(' ');
  return kind === 'columns' ? text.replace(/ {3,}/g, '   ').trimEnd() : text;
}

describe.each(['jsonpath', 'columns', 'sort'] as const)('%s', (kind) => {
  const asked = questions.filter((one) => one.kind === kind);

  it.each(asked)('$data $template $strict', async (question) => {
    const found = await ours(question).then(
      (text) => ({ text: comparable(text, question) }),
      (error: unknown) => {
        if (isReleasesError(error)) return { error: true };
        throw error;
      },
    );
    const { output, error } = question;
    expect(found).toEqual(
      error === undefined ? { text: comparable(output ?? '', question) } : { error: true },
    );
  });
});

it('asks what client-go knows, and more', () => {
  expect(questions.length).toBeGreaterThan(700);
});
