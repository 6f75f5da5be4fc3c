/**
 * `--template` as helm's: Go's text/template over the release. https://pkg.go.dev/text/template
 * What can't be carried out as there is an error; nothing is printed then.
 */
import { printable, ReleasesError } from '../../errors.ts';
import { templateFunctions } from '../../go/template/functions.ts';
import { parseTemplate } from '../../go/template/parse.ts';
import { runTemplate } from '../../go/template/run.ts';
import { TemplateError } from '../../go/template/values.ts';
import type { HelmShape } from '../../helms.ts';
import type { Release } from '../../release.ts';
import { templateRoot } from './release.ts';

/** @param labels of the record, which are the release's */
export type GoTemplate = (
  release: Release,
  labels: Readonly<{ [name: string]: string }>,
  shape: HelmShape,
) => string;

const hints = ['for example: --template "{{.Release.Name}} {{.Release.Info.Status}}"'];

/** @throws ReleasesError USAGE for what isn't understood; the result NOT_FOUND for what can't be carried out */
export function parseGoTemplate(text: string): GoTemplate {
  const shown = `"${printable(text, 80)}" is no template`;
  const trees = orExplain('USAGE', shown, () =>
    parseTemplate(text, new Set(templateFunctions.keys())),
  );
  const failed = "the template can't be carried out";
  return (release, labels, shape) =>
    orExplain('NOT_FOUND', failed, () => runTemplate(trees, templateRoot(release, labels, shape)));
}

function orExplain<T>(code: 'USAGE' | 'NOT_FOUND', what: string, work: () => T): T {
  try {
    return work();
  } catch (error) {
    if (!(error instanceof TemplateError)) throw error;
    const why = error.why === undefined ? [] : [printable(error.why, 500)];
    throw new ReleasesError(code, `${what}: ${printable(error.message, 500)}`, { why, hints });
  }
}
