/** What `-o` asks for, in helm's words and kubectl's. */
import { ReleasesError, typed } from '../../errors.ts';
import type { Template } from '../../go/jsonpath/jsonpath.ts';

export type PlainFormat = 'table' | 'wide' | 'json' | 'yaml' | 'name';

/** @template P the plain ones of a command */
export type Format<P extends string = PlainFormat> =
  | { readonly is: P }
  | { readonly is: 'jsonpath'; readonly template: Template }
  | { readonly is: 'custom-columns'; readonly columns: readonly CustomColumn[] };

export interface CustomColumn {
  readonly header: string;
  readonly template: Template;
}

/** kubectl's two, which every command with data takes. */
export const templateForms = 'jsonpath=TEMPLATE, custom-columns=HEADER:PATH,...';

/**
 * @param allowed the plain ones of this command
 * @throws ReleasesError USAGE
 */
export async function parseFormat<P extends string = PlainFormat>(
  text: string,
  allowed: readonly P[],
  templates: readonly ('jsonpath' | 'custom-columns')[] = ['jsonpath', 'custom-columns'],
): Promise<Format<P>> {
  const plain = allowed.find((one) => one === text);
  if (plain) return { is: plain };
  const [, word, rest = ''] = /^([a-z-]+)(?:=(.*))?$/s.exec(text) ?? [];
  const template = templates.find((one) => one === word);
  if (template && rest === '')
    throw new ReleasesError('USAGE', `-o ${template}= needs a template`, {
      hints: [
        template === 'jsonpath'
          ? `for example: -o jsonpath='{.items[*].name}'`
          : 'for example: -o custom-columns=NAME:.name,CHART:.chart',
      ],
    });
  if (template === 'jsonpath') return { is: template, template: await parseTemplate(rest) };
  if (template === 'custom-columns') return { is: template, columns: await parseColumns(rest) };
  const known = [...allowed, ...templates.map((one) => `${one}=…`)].join(', ');
  throw new ReleasesError('USAGE', `--output is one of ${known}; not "${typed(text, 60)}"`);
}

async function parseTemplate(text: string): Promise<Template> {
  return (await import('../../go/jsonpath/jsonpath.ts')).parseJsonPath(text);
}

/** `NAME:.name,CHART:.chart`; as in kubectl every comma divides, and a path may be empty. */
async function parseColumns(text: string): Promise<CustomColumn[]> {
  return Promise.all(
    text.split(',').map(async (spec) => {
      const colon = spec.indexOf(':');
      if (colon < 0)
        throw new ReleasesError('USAGE', `"${typed(spec, 60)}" is no HEADER:PATH`, {
          hints: ['for example: -o custom-columns=NAME:.name,CHART:.chart'],
        });
      const template = await parsePath(spec.slice(colon + 1));
      return { header: spec.slice(0, colon), template };
    }),
  );
}

async function parsePath(text: string): Promise<Template> {
  return (await import('../../go/jsonpath/jsonpath.ts')).parsePath(text);
}
