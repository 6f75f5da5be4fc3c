/**
 * The grammar of kubectl's JSONPath, oddities and all: client-go's util/jsonpath/parser.go. A template is
 * text with actions in braces, and an action a row of steps, each of which works on what the one before found.
 */
import { goUnquote } from '../template/literals.ts';
import { type GoValue, goBool, goInt, TemplateError } from '../template/values.ts';

export type Step =
  | { readonly is: 'text'; readonly text: string }
  | { readonly is: 'constant'; readonly value: GoValue }
  /** `range`, `end`, and words that mean nothing and are an error once they are reached. */
  | { readonly is: 'word'; readonly word: string }
  | { readonly is: 'field'; readonly name: string }
  | { readonly is: 'wildcard' }
  | { readonly is: 'below' }
  | Slice
  | { readonly is: 'union'; readonly of: readonly Action[] }
  | Filter
  | Action;

export interface Action {
  readonly is: 'action';
  readonly steps: readonly Step[];
}

export interface Slice {
  readonly is: 'slice';
  readonly from: bigint | undefined;
  readonly to: bigint | undefined;
  /** Of `[1]`, whose end is only derived from its beginning. */
  readonly single: boolean;
  readonly by: bigint | undefined;
}

export interface Filter {
  readonly is: 'filter';
  readonly left: Action;
  /** What stands between both, known or not; absent: whether there is a left. */
  readonly test?: { readonly operator: string; readonly right: Action };
}

/** @throws TemplateError */
export function parseSteps(text: string): readonly Step[] {
  const parts: Step[] = [];
  let steps: Step[] | undefined;
  let at = 0;

  /** The sign here, whole where it is of two units; nothing at the end. */
  const peek = (): string => {
    const code = text.codePointAt(at);
    return code === undefined ? '' : String.fromCodePoint(code);
  };
  const next = (): string => {
    const char = peek();
    at += char.length;
    return char;
  };

  /** A name, to the next sign that ends one; what follows a backslash doesn't. */
  function name(): string {
    const start = at;
    for (let char = peek(); !endsName(char); char = peek()) {
      next();
      if (char === '\\') next();
    }
    return text.slice(start, at);
  }

  function field(): Step {
    const found = name();
    return found === '*' ? { is: 'wildcard' } : { is: 'field', name: found.replaceAll('\\', '') };
  }

  function word(): Step {
    const start = at;
    while (!endsName(peek())) next();
    const found = text.slice(start, at);
    return found === 'true' || found === 'false'
      ? { is: 'constant', value: goBool(found === 'true') }
      : { is: 'word', word: found };
  }

  function number(): Step {
    const start = at;
    if (/[+-]/.test(peek())) next();
    while (/^[.\p{Nd}]/u.test(peek())) next();
    const found = text.slice(start, at);
    const whole = int64(found);
    if (whole !== undefined) return { is: 'constant', value: goInt(whole) };
    const float = Number(found);
    if (!/^[+-]?(?:[0-9]+\.?[0-9]*|\.[0-9]+)$/.test(found) || !Number.isFinite(float))
      throw new TemplateError(`${found} is no number`);
    return { is: 'constant', value: { is: 'float', type: 'float64', value: float } };
  }

  /** To the same quote; one behind a backslash doesn't count, whatever stands before that. */
  function quoted(quote: string): Step {
    const start = at - 1;
    for (let char = next(); char !== quote || text[at - 2] === '\\'; char = next())
      if (char === '' || char === '\n') throw new TemplateError('a quote is not closed');
    return { is: 'text', text: goUnquote(text.slice(start, at)) };
  }

  /** What stands between brackets; the first closing one ends it, be it in quotes. */
  function brackets(): readonly Step[] {
    const end = text.indexOf(']', at);
    const line = text.indexOf('\n', at);
    if (end < 0 || (line >= 0 && line < end)) throw new TemplateError('a bracket is not closed');
    const inside = text.slice(at, end);
    at = end + 1;
    return insideBrackets(inside);
  }

  function filter(): Step {
    const start = at;
    let opened = '';
    let closed = false;
    for (let char = next(); ; char = next()) {
      if (char === '' || char === '\n') throw new TemplateError('a filter is not closed');
      // Only the first quoted text hides a bracket.
      if (char === '"' || char === "'") {
        if (opened === '') opened = char;
        else if (char === opened && text[at - 2] !== '\\') closed = true;
      } else if (char === ')' && (opened !== '') === closed) break;
    }
    const inside = text.slice(start, at - 1);
    if (next() !== ']') throw new TemplateError('a filter needs ] behind its )');
    const [, left, operator, right] = /^([^!<>=]+)([!<>=]+)([^\n]+)$/.exec(inside) ?? [];
    if (left === undefined || operator === undefined || right === undefined)
      return { is: 'filter', left: actionOf(inside) };
    return { is: 'filter', left: actionOf(left), test: { operator, right: actionOf(right) } };
  }

  while (at < text.length) {
    if (!steps) {
      const brace = text.indexOf('{', at);
      const end = brace < 0 ? text.length : brace;
      if (end > at) parts.push({ is: 'text', text: text.slice(at, end) });
      at = end;
      if (brace < 0) break;
      at += 1;
      steps = [];
      parts.push({ is: 'action', steps });
    }
    if (text.startsWith('}', at)) {
      at += 1;
      steps = undefined;
      continue;
    }
    if (text.startsWith('[?(', at)) {
      at += 3;
      steps.push(filter());
      continue;
    }
    if (text.startsWith('..', at)) {
      if (steps.at(-1)?.is === 'below') throw new TemplateError('.. follows .. at once');
      at += 2;
      steps.push({ is: 'below' });
      if (isLetterOrDigit(peek())) steps.push(field());
      continue;
    }
    const char = next();
    if (char === '' || char === '\r' || char === '\n') break;
    if (char === ' ' || char === '@' || char === '$') continue;
    if (char === '[') steps.push(...brackets());
    else if (char === '"' || char === "'") steps.push(quoted(char));
    else if (char === '.') steps.push(field());
    else {
      at -= char.length;
      if (/^[+\-\p{Nd}]/u.test(char)) steps.push(number());
      else if (isLetterOrDigit(char)) steps.push(word());
      else throw new TemplateError(`"${char}" means nothing there`);
    }
  }
  if (steps) throw new TemplateError('a brace is not closed');
  return parts;
}

/** What is within: it may close the brace itself, and then the rest of it counts for nothing. */
function actionOf(inside: string): Action {
  const [first] = parseSteps(`{${inside}}`);
  if (first?.is !== 'action') throw new TemplateError('there is nothing in it');
  return first;
}

function insideBrackets(inside: string): readonly Step[] {
  const several = inside.split(',');
  if (several.length > 1)
    return [
      { is: 'union', of: several.map((one) => actionOf(`[${one.replace(/^ +| +$/g, '')}]`)) },
    ];
  // A name in brackets is a path: its dots divide it.
  const path = /^'([^']*)'$/.exec(inside)?.[1];
  if (path !== undefined) return actionOf(`.${path}`).steps;
  const written = /^(-?[0-9]*)(:-?[0-9]*)?(:-?[0-9]*)?$/.exec(inside === '*' ? ':' : inside);
  if (!written) throw new TemplateError(`[${inside}] is no index`);
  const [, from = '', to, by] = written;
  const bound = (digits: string): bigint | undefined => {
    if (digits === '') return undefined;
    const whole = int64(digits);
    if (whole === undefined) throw new TemplateError(`[${inside}] is no index`);
    return whole;
  };
  const begin = bound(from);
  return [
    {
      is: 'slice',
      from: begin,
      to: to === undefined ? BigInt.asIntN(64, (begin ?? 0n) + 1n) : bound(to.slice(1)),
      single: to === undefined,
      by: bound(by?.slice(1) ?? ''),
    },
  ];
}

/** As strconv.Atoi reads it. */
function int64(text: string): bigint | undefined {
  if (!/^[+-]?[0-9]+$/.test(text)) return undefined;
  const whole = BigInt(text.replace('+', ''));
  return BigInt.asIntN(64, whole) === whole ? whole : undefined;
}

function endsName(char: string): boolean {
  return char === '' || ' \t\r\n.,[]$@{}'.includes(char);
}

function isLetterOrDigit(char: string): boolean {
  return /^[_\p{L}\p{Nd}]/u.test(char);
}
