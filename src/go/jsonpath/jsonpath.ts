/**
 * kubectl's JSONPath (https://kubernetes.io/docs/reference/kubectl/jsonpath/), as client-go's util/jsonpath
 * carries it out: what it takes for a mistake is one here, and what it prints is printed. Only mappings are
 * walked in the order of their keys, where Go has none.
 */

import { printable, ReleasesError } from '../../errors.ts';
import type { Json } from '../../json.ts';
import { goNumber, goString } from '../json/write.ts';
import { sprint } from '../template/fmt.ts';
import { type GoValue, goAny, int64OrFloat, TemplateError } from '../template/values.ts';
import { findResults } from './find.ts';
import { parseSteps, type Step } from './parse.ts';

export interface Template {
  readonly text: string;
  readonly parts: readonly Step[];
}

export interface FindOptions {
  /** A key that is nowhere is an error; kubectl's `--allow-missing-template-keys=false`. */
  readonly strict?: boolean;
}

/** @throws ReleasesError USAGE */
export function parseJsonPath(text: string): Template {
  return explaining('USAGE', text, 'is no JSONPath', () => ({ text, parts: parseSteps(text) }));
}

/**
 * A path as columns and --sort-by take it: braces, and the dot at its beginning, may be left out; another
 * brace may not be in it (kubectl's RelaxedJSONPathExpression). An empty one finds nothing.
 * @throws ReleasesError USAGE
 */
export function parsePath(text: string): Template {
  if (text === '') return parseJsonPath('');
  const [, braced, bare] = /^\{\.?([^{}]+)\}$|^\.?([^{}]+)$/.exec(text) ?? [];
  const path = braced ?? bare;
  if (path === undefined)
    throw new ReleasesError('USAGE', `"${printable(text, 80)}" is no path`, {
      hints: ['for example: .name, .labels.team or {.size}'],
    });
  return parseJsonPath(`{.${path}}`);
}

/**
 * The template's text for a value; nothing for a key that isn't there.
 * @throws ReleasesError NOT_FOUND for what kubectl doesn't carry out either; nothing of it is printed then
 */
export function renderJsonPath(template: Template, root: Json, options: FindOptions = {}): string {
  return findJsonPath(template, root, options)
    .map((found) => found.map(printedValue).join(' '))
    .join('');
}

/**
 * What each part of a template finds.
 * @throws ReleasesError NOT_FOUND
 */
export function findJsonPath(
  { text, parts }: Template,
  root: Json,
  { strict = false }: FindOptions = {},
): readonly (readonly GoValue[])[] {
  return explaining('NOT_FOUND', text, "can't be carried out", () =>
    findResults(parts, goAny(root, int64OrFloat), strict),
  );
}

/** Lists and mappings as JSON, all else as Go's fmt prints it. */
function printedValue(value: GoValue): string {
  if (value.is === 'none') return '<no value>';
  if (value.is === 'nil') return 'null';
  return value.is === 'map' || value.is === 'list' ? jsonOf(value) : sprint([value]);
}

/** Go's json.Marshal. */
function jsonOf(value: GoValue): string {
  switch (value.is) {
    case 'list':
      return `[${value.items.map(jsonOf).join(',')}]`;
    case 'map': {
      const members = [...value.entries].map(([key, one]) => `${goString(key)}:${jsonOf(one)}`);
      return `{${members.join(',')}}`;
    }
    case 'string':
      return goString(value.value);
    case 'float':
      return goNumber(value.value);
    case 'nil':
      return 'null';
    default:
      return sprint([value]);
  }
}

function explaining<T>(
  code: 'USAGE' | 'NOT_FOUND',
  template: string,
  what: string,
  work: () => T,
): T {
  try {
    return work();
  } catch (error) {
    if (!(error instanceof TemplateError)) throw error;
    const why = printable(error.message, 300);
    throw new ReleasesError(code, `"${printable(template, 80)}" ${what}: ${why}`, {
      hints: [
        why.includes('out of bounds')
          ? '[0] is the first and [-1] the last; [*] is all of them, and none is no error'
          : 'for example: -o jsonpath=\'{range .items[*]}{.name}{"\\n"}{end}\'',
      ],
    });
  }
}
