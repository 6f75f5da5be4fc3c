/** Named templates that a chart's templates use and none of them defines: a subchart had them. */
import { printable } from '../../errors.ts';
import type { ChartFile } from './chartFile.ts';

export interface UndefinedTemplates {
  readonly template: string;
  readonly names: readonly string[];
}

/** Only names written as a text are seen; Go's templates can't define others. */
export function undefinedTemplates(files: readonly ChartFile[]): UndefinedTemplates[] {
  const texts = files
    .filter(({ path }) => /(^|\/)templates\//.test(path))
    .map(({ path, data }) => ({ path, text: Buffer.from(data).toString('utf8') }));
  const defined = new Set(
    texts.flatMap(({ text }) =>
      namesIn(text, /\{\{-?[ \t]*(?:define|block)[ \t]+["`]([^"`\n]{1,200})["`]/g),
    ),
  );
  return texts.flatMap(({ path, text }) => {
    const used = namesIn(text, /\b(?:include|template)[ \t]+["`]([^"`\n]{1,200})["`]/g);
    const names = [...new Set(used)].filter((name) => !defined.has(name)).sort();
    if (names.length === 0) return [];
    return [{ template: printable(path, 120), names: names.map((name) => printable(name, 80)) }];
  });
}

function namesIn(text: string, pattern: RegExp): string[] {
  return [...text.matchAll(pattern)].flatMap((match) => match[1] ?? []);
}
