/**
 * kubectl's JSONPath, as far as its documentation goes: `{.a.b}`, `{.items[*].name}`, `{.list[0:2]}`,
 * `{..name}`, `{['a','b']}`, `{.items[?(@.status=="failed")].name}`, `{range .items[*]}…{end}`, and
 * quoted text with `{"\n"}`. https://kubernetes.io/docs/reference/kubectl/jsonpath/
 */
import { floatOf, goJson, isList, isNumber, isObject } from '../../codecs/gojson.ts';
import { isReleasesError, printable, ReleasesError } from '../../errors.ts';
import type { Json } from '../../release.ts';

type Step =
  | { readonly is: 'key'; readonly names: readonly string[] }
  | { readonly is: 'index'; readonly at: readonly number[] }
  | {
      readonly is: 'slice';
      readonly from: number | undefined;
      readonly to: number | undefined;
      readonly by: number;
    }
  | { readonly is: 'all' }
  | { readonly is: 'below' }
  | { readonly is: 'filter'; readonly left: Operand; readonly test?: Test };

type Operand = { readonly path: readonly Step[] } | { readonly value: Json };

interface Test {
  readonly operator: '==' | '!=' | '<' | '>' | '<=' | '>=';
  readonly right: Operand;
}

type Part =
  | { readonly is: 'text'; readonly text: string }
  | { readonly is: 'path'; readonly steps: readonly Step[] }
  | { readonly is: 'range'; readonly steps: readonly Step[]; readonly parts: readonly Part[] };

export interface Template {
  readonly parts: readonly Part[];
}

/** @throws ReleasesError USAGE */
export function parseJsonPath(text: string): Template {
  const root: Part[] = [];
  const open: { steps: readonly Step[]; parts: Part[] }[] = [];
  const add = (part: Part): void => {
    (open.at(-1)?.parts ?? root).push(part);
  };
  let at = 0;
  while (at < text.length) {
    const begin = text.indexOf('{', at);
    if (begin < 0 || begin > at)
      add({ is: 'text', text: text.slice(at, begin < 0 ? undefined : begin) });
    if (begin < 0) break;
    const end = closing(text, begin);
    const inside = text.slice(begin + 1, end).trim();
    at = end + 1;
    if (inside === 'end') {
      const range = open.pop();
      if (!range) throw wrong(text, '{end} without a {range}');
      add({ is: 'range', ...range });
    } else if (/^range\s/.test(inside)) {
      open.push({ steps: parseSteps(inside.slice(5).trim(), text), parts: [] });
    } else if (/^["']/.test(inside)) {
      add({ is: 'text', text: unquote(inside, text) });
    } else add({ is: 'path', steps: parseSteps(inside, text) });
  }
  if (open.length > 0) throw wrong(text, '{range} without an {end}');
  return { parts: root };
}

/**
 * The template's text for a value; nothing for a key that isn't there.
 * @throws ReleasesError NOT_FOUND for an index outside of its list
 */
export function renderJsonPath({ parts }: Template, root: Json): string {
  return renderParts(parts, root, root);
}

/** What a template of one path finds, for columns and for sorting. */
export function findJsonPath({ parts }: Template, root: Json): readonly Json[] {
  return parts.flatMap((part) => (part.is === 'path' ? walk([root], part.steps, root) : []));
}

/** As kubectl prints a value that was found: text bare, everything else as JSON. */
export function showFound(value: Json): string {
  return typeof value === 'string' ? value : goJson(value);
}

function renderParts(parts: readonly Part[], at: Json, root: Json): string {
  return parts
    .map((part) => {
      if (part.is === 'text') return part.text;
      const found = walk([at], part.steps, root);
      if (part.is === 'path') return found.map(showFound).join(' ');
      return found.map((one) => renderParts(part.parts, one, root)).join('');
    })
    .join('');
}

function walk(from: readonly Json[], steps: readonly Step[], root: Json): readonly Json[] {
  return steps.reduce<readonly Json[]>((found, step) => found.flatMap(next(step, root)), from);
}

function next(step: Step, root: Json): (value: Json) => readonly Json[] {
  switch (step.is) {
    case 'key':
      return (value) =>
        isObject(value)
          ? step.names.flatMap((name) => (Object.hasOwn(value, name) ? [value[name] ?? null] : []))
          : [];
    case 'index':
      return (value) => (isList(value) ? step.at.map((index) => itemAt(value, index)) : []);
    case 'slice':
      return (value) => (isList(value) ? sliceOf(value, step) : []);
    case 'all':
      return children;
    case 'below':
      return below;
    case 'filter':
      return (value) => children(value).filter((one) => holds(step, one, root));
  }
}

function itemAt(list: readonly Json[], index: number): Json {
  const item = list.at(index);
  if (item === undefined) throw outside(index, list.length);
  return item;
}

/** kubectl takes a bound after the end for a mistake, as Go does. */
function sliceOf(list: readonly Json[], { from = 0, to, by }: Step & { is: 'slice' }): Json[] {
  const { length } = list;
  const begin = from < 0 ? from + length : from;
  const end = to === undefined ? length : to < 0 ? to + length : to;
  if (begin === end) return [];
  if (begin < 0 || begin >= length) throw outside(begin, length);
  if (end < 0 || end > length) throw outside(end - 1, length);
  return list.slice(begin, end).filter((_, i) => i % by === 0);
}

/** kubectl's words and its exit code: only a key may be missing. */
function outside(index: number, length: number): ReleasesError {
  const message = `array index out of bounds: index ${index}, length ${length}`;
  return new ReleasesError('NOT_FOUND', message, {
    hints: ['[0] is the first and [-1] the last; [*] is all of them, and none is no error'],
  });
}

function children(value: Json): readonly Json[] {
  return isList(value) ? value : isObject(value) ? Object.values(value) : [];
}

/** The value and everything in it. */
function below(value: Json): readonly Json[] {
  return [value, ...children(value).flatMap(below)];
}

function holds({ left, test }: Step & { is: 'filter' }, value: Json, root: Json): boolean {
  const resolved = (operand: Operand): Json | undefined =>
    'value' in operand ? operand.value : walk([value], operand.path, root)[0];
  if (!test) return exists(() => resolved(left) !== undefined);
  const a = resolved(left);
  const b = resolved(test.right);
  if (a === undefined || b === undefined) return false;
  // What is nothing is equal to nothing, and neither more nor less than anything.
  if (a === null || b === null)
    return test.operator === '!=' ? a !== b : test.operator === '==' && a === b;
  const order = compareFound(a, b);
  switch (test.operator) {
    case '==':
      return order === 0;
    case '!=':
      return order !== 0;
    case '<':
      return order < 0;
    case '>':
      return order > 0;
    case '<=':
      return order <= 0;
    case '>=':
      return order >= 0;
  }
}

function exists(looks: () => boolean): boolean {
  try {
    return looks();
  } catch (error) {
    if (isReleasesError(error, 'NOT_FOUND')) return false;
    throw error;
  }
}

/** Numbers by size, also where one of the two is written as text; everything else as text. */
export function compareFound(a: Json, b: Json): number {
  const [x, y] = [number(a), number(b)];
  if (x !== undefined && y !== undefined) return x - y;
  const [s, t] = [showFound(a), showFound(b)];
  return s < t ? -1 : s > t ? 1 : 0;
}

function number(value: Json): number | undefined {
  if (isNumber(value)) return floatOf(value);
  return typeof value === 'string' && /^-?[0-9]+(\.[0-9]+)?$/.test(value)
    ? Number(value)
    : undefined;
}

/** Where a brace closes; those in quotes don't count. */
function closing(text: string, begin: number): number {
  let quote = '';
  for (let at = begin + 1; at < text.length; at++) {
    const char = text[at] ?? '';
    if (quote !== '') {
      if (char === '\\') at += 1;
      else if (char === quote) quote = '';
    } else if (char === '"' || char === "'") quote = char;
    else if (char === '}') return at;
  }
  throw wrong(text, 'a brace is not closed');
}

const stepPattern =
  /^(?:\.\.|\.(?=\[)|\.\*|\.?((?:[^.[\]()\s\\'"*]|\\.)+)|\[((?:'(?:[^'\\]|\\.)*'|"(?:[^"\\]|\\.)*"|\[[^\]]*\]|[^[\]'"])*)\])/;

function parseSteps(path: string, whole: string): readonly Step[] {
  const steps: Step[] = [];
  let rest = path.replace(/^[$@](?=[.[]|$)/, '');
  if (rest === '.') rest = '';
  while (rest !== '') {
    const found = stepPattern.exec(rest);
    if (!found) throw wrong(whole, `"${printable(rest, 40)}" is no path`);
    const [token, name, inside] = found;
    rest = rest.slice(token.length);
    if (token === '..') {
      steps.push({ is: 'below' });
      if (/^[^.[]/.test(rest)) rest = `.${rest}`;
    } else if (token === '.*') steps.push({ is: 'all' });
    else if (name !== undefined) steps.push({ is: 'key', names: [name.replace(/\\(.)/g, '$1')] });
    else if (inside !== undefined) steps.push(parseBrackets(inside.trim(), whole));
  }
  return steps;
}

function parseBrackets(inside: string, whole: string): Step {
  if (inside === '*') return { is: 'all' };
  const filter = /^\?\((.*)\)$/s.exec(inside)?.[1];
  if (filter !== undefined) return parseFilter(filter.trim(), whole);
  if (/^-?[0-9]+(\s*,\s*-?[0-9]+)*$/.test(inside))
    return { is: 'index', at: inside.split(',').map(Number) };
  const slice = /^(-?[0-9]*):(-?[0-9]*)(?::([0-9]+))?$/.exec(inside);
  if (slice) {
    const bound = (text = '') => (text === '' ? undefined : Number(text));
    return { is: 'slice', from: bound(slice[1]), to: bound(slice[2]), by: bound(slice[3]) || 1 };
  }
  const names = inside.match(/'(?:[^'\\]|\\.)*'|"(?:[^"\\]|\\.)*"/g);
  if (!names || names.join('') !== inside.replace(/\s*,\s*/g, ''))
    throw wrong(whole, `"[${printable(inside, 40)}]" is no index`);
  return { is: 'key', names: names.map((one) => unquote(one, whole)) };
}

function parseFilter(text: string, whole: string): Step {
  const parts = /^(.+?)\s*(==|!=|<=|>=|<|>)\s*(.+)$/s.exec(text);
  if (!parts) return { is: 'filter', left: parseOperand(text, whole) };
  const [, left = '', operator = '', right = ''] = parts;
  return {
    is: 'filter',
    left: parseOperand(left, whole),
    test: { operator: operator as Test['operator'], right: parseOperand(right, whole) },
  };
}

function parseOperand(text: string, whole: string): Operand {
  if (/^[@$.]/.test(text)) return { path: parseSteps(text, whole) };
  if (/^["']/.test(text)) return { value: unquote(text, whole) };
  if (text === 'true' || text === 'false') return { value: text === 'true' };
  if (/^-?[0-9]+(\.[0-9]+)?$/.test(text)) return { value: Number(text) };
  throw wrong(whole, `"${printable(text, 40)}" can't be compared with`);
}

const escapes: { readonly [char: string]: string } = { n: '\n', t: '\t', r: '\r' };

function unquote(text: string, whole: string): string {
  const [, , inside] = /^(["'])((?:[^\\]|\\.)*)\1$/s.exec(text) ?? [];
  if (inside === undefined) throw wrong(whole, 'a quote is not closed');
  return inside.replace(/\\(.)/gs, (_, char: string) => escapes[char] ?? char);
}

function wrong(template: string, why: string): ReleasesError {
  return new ReleasesError('USAGE', `"${printable(template, 80)}" is no JSONPath: ${why}`, {
    hints: ['for example: -o jsonpath=\'{range .items[*]}{.name}{"\\n"}{end}\''],
  });
}
