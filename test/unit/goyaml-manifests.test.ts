import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { goJson } from '../../src/go/json/write.ts';
import { openBudget } from '../../src/go/yaml/budget.ts';
import { cutDocuments } from '../../src/go/yaml/documents.ts';
import { readDocument } from '../../src/go/yaml/readDocument.ts';
import { laxText } from '../../src/go/yaml/utf8.ts';

/** What the program in test/oracle/yaml/manifests printed for a text. */
interface Case {
  readonly theme: string;
  readonly doc?: string;
  readonly base64?: string;
  readonly documents: readonly { readonly json?: string; readonly error?: string }[];
}
const cases: readonly Case[] = JSON.parse(
  readFileSync(new URL('../fixtures/yaml/manifests.json', import.meta.url), 'utf8'),
);

/** Every document as Go prints it, or `error`. */
function read(text: string): readonly string[] {
  const pieces = [...cutDocuments(text, openBudget())];
  return pieces.map((piece) => {
    const document = readDocument(text, piece, openBudget());
    return 'json' in document ? goJson(document.json) : 'error';
  });
}

describe('documents are cut and read as kubectl and Helm do', () => {
  it('has enough texts', () => {
    expect(cases.length).toBeGreaterThan(800);
    const records = cases.filter(({ theme }) => theme === 'records');
    expect(records.length).toBeGreaterThan(50);
  });

  it.each([...new Set(cases.map((item) => item.theme))])('%s', (theme) => {
    const different = cases
      .filter((item) => item.theme === theme)
      .map(({ doc, base64 = '', documents }) => {
        // A record is text by the time its manifest is read.
        const text = doc ?? laxText(Buffer.from(base64, 'base64'));
        return { text, want: documents.map(({ json }) => json ?? 'error'), got: read(text) };
      })
      .filter(({ want, got }) => JSON.stringify(want) !== JSON.stringify(got));
    expect(different).toEqual([]);
  });
});
