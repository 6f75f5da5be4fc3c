/**
 * Go templates as far as `helm get --template` needs them: fields, `range`, `if`, `with`, `else`,
 * pipes, parentheses and the functions that text/template has without a library.
 * https://pkg.go.dev/text/template
 */
import { isList, isObject } from '../../codecs/gojson.ts';
import { printable, ReleasesError } from '../../errors.ts';
import type { Json, JsonObject } from '../../release.ts';
import { formatTime, isStruct } from './goFields.ts';
import { callFunction, isTrue, templateFunctions, textOf } from './goFunctions.ts';

type Node =
  | { readonly is: 'text'; readonly text: string }
  | { readonly is: 'print'; readonly pipe: Pipe }
  | {
      readonly is: 'range' | 'if' | 'with';
      readonly pipe: Pipe;
      readonly body: readonly Node[];
      readonly otherwise: readonly Node[];
    };

/** Each command's result is the last argument of the next. */
type Pipe = readonly Command[];

type Command = readonly Word[];

type Word =
  | { readonly is: 'value'; readonly value: Json }
  /** `.a.b`, or `$.a.b` from the root. */
  | { readonly is: 'field'; readonly fromRoot: boolean; readonly path: readonly string[] }
  | { readonly is: 'function'; readonly name: string }
  | { readonly is: 'pipe'; readonly pipe: Pipe; readonly path: readonly string[] };

/** @throws ReleasesError USAGE for what isn't understood; the result for what can't be carried out */
export function parseGoTemplate(text: string): (root: JsonObject) => string {
  const tokens = split(text);
  const nodes = parseNodes(tokens, text, []);
  if (tokens.length > 0) throw wrong(text, `{{${tokens[0]?.action ?? ''}}} without a beginning`);
  return (root) => render(nodes, root, root, text);
}

interface Piece {
  readonly text?: string;
  readonly action?: string;
}

/** Text and actions; `{{-` and `-}}` take the white space beside them away, comments vanish. */
function split(template: string): Piece[] {
  const pieces: Piece[] = [];
  const pattern = /\{\{(- )?((?:"(?:[^"\\]|\\.)*"|`[^`]*`|[^"`])*?)( -)?\}\}/g;
  let at = 0;
  let trimsNext = false;
  const addText = (raw: string, trimsEnd: boolean): void => {
    const start = trimsNext ? raw.trimStart() : raw;
    const text = trimsEnd ? start.trimEnd() : start;
    if (text !== '') pieces.push({ text });
  };
  for (const found of template.matchAll(pattern)) {
    addText(template.slice(at, found.index), found[1] !== undefined);
    trimsNext = found[3] !== undefined;
    at = found.index + found[0].length;
    const action = (found[2] ?? '').trim();
    if (!/^\/\*.*\*\/$/s.test(action)) pieces.push({ action });
  }
  const rest = template.slice(at);
  if (rest.includes('{{')) throw wrong(template, 'an action is not closed');
  addText(rest, false);
  return pieces;
}

/** Takes pieces up to one of the ending words, which stays. */
function parseNodes(pieces: Piece[], whole: string, endings: readonly string[]): Node[] {
  const nodes: Node[] = [];
  for (let piece = pieces[0]; piece !== undefined; piece = pieces[0]) {
    const { text, action = '' } = piece;
    const word = /^[a-z]+/.exec(action)?.[0] ?? '';
    if (text === undefined && (word === 'end' || word === 'else')) {
      if (endings.includes(word)) return nodes;
      throw wrong(whole, `{{${word}}} without a beginning`);
    }
    pieces.shift();
    if (text !== undefined) nodes.push({ is: 'text', text });
    else if (word === 'range' || word === 'if' || word === 'with')
      nodes.push(parseBlock(word, action.slice(word.length), pieces, whole));
    else nodes.push({ is: 'print', pipe: parsePipe(action, whole) });
  }
  if (endings.length > 0) throw wrong(whole, 'an {{end}} is missing');
  return nodes;
}

function parseBlock(
  is: 'range' | 'if' | 'with',
  action: string,
  pieces: Piece[],
  whole: string,
): Node {
  const pipe = parsePipe(action, whole);
  const body = parseNodes(pieces, whole, ['end', 'else']);
  const next = (pieces.shift()?.action ?? '').replace(/^else\s*/, '');
  if (next === 'end') return { is, pipe, body, otherwise: [] };
  if (next === '') {
    const otherwise = parseNodes(pieces, whole, ['end']);
    pieces.shift();
    return { is, pipe, body, otherwise };
  }
  // `{{else if …}}` shares the one {{end}}.
  const word = /^(if|with)(?=\s)/.exec(next)?.[1];
  if (word !== 'if' && word !== 'with') throw wrong(whole, `{{else ${printable(next, 40)}}}`);
  return { is, pipe, body, otherwise: [parseBlock(word, next.slice(word.length), pieces, whole)] };
}

const wordPattern =
  /^\s*(?:("(?:[^"\\]|\\.)*")|`([^`]*)`|(-?[0-9]+(?:\.[0-9]+)?)|(\$?(?:\.[A-Za-z_]\w*)+|\$|\.)|([A-Za-z]\w*)|(\||\(|\)))/;

interface Reader {
  rest: string;
  readonly whole: string;
}

function parsePipe(text: string, whole: string): Pipe {
  const reader: Reader = { rest: text, whole };
  const pipe = readPipe(reader);
  if (reader.rest.trim() !== '')
    throw wrong(whole, `"${printable(reader.rest.trim(), 40)}" is not understood here`);
  return pipe;
}

function readPipe(reader: Reader): Pipe {
  const commands: Word[][] = [[]];
  for (;;) {
    const found = wordPattern.exec(reader.rest);
    if (!found || found[6] === ')') break;
    reader.rest = reader.rest.slice(found[0].length);
    if (found[6] === '|') commands.push([]);
    else commands.at(-1)?.push(readWord(found, reader));
  }
  if (commands.some((command) => command.length === 0))
    throw wrong(reader.whole, 'an action or a part of its pipe is empty');
  return commands;
}

function readWord(found: RegExpExecArray, reader: Reader): Word {
  const [, quoted, raw, number, field, name] = found;
  if (quoted !== undefined) {
    try {
      return { is: 'value', value: JSON.parse(quoted) as Json };
    } catch {
      throw wrong(reader.whole, 'a text between quotes has an escape that is not understood');
    }
  }
  if (raw !== undefined) return { is: 'value', value: raw };
  if (number !== undefined) return { is: 'value', value: Number(number) };
  if (field !== undefined)
    return {
      is: 'field',
      fromRoot: field.startsWith('$'),
      path: field.split('.').slice(1).filter(Boolean),
    };
  if (name === 'true' || name === 'false') return { is: 'value', value: name === 'true' };
  if (name === 'nil') return { is: 'value', value: null };
  if (name !== undefined) {
    if (templateFunctions.has(name)) return { is: 'function', name };
    throw wrong(reader.whole, `there is no function ${printable(name, 40)}`);
  }
  const pipe = readPipe(reader);
  const close = /^\s*\)((?:\.[A-Za-z_]\w*)*)/.exec(reader.rest);
  if (!close) throw wrong(reader.whole, 'a parenthesis is not closed');
  reader.rest = reader.rest.slice(close[0].length);
  return { is: 'pipe', pipe, path: (close[1] ?? '').split('.').slice(1) };
}

function render(nodes: readonly Node[], dot: Json, root: Json, whole: string): string {
  return nodes
    .map((node) => {
      if (node.is === 'text') return node.text;
      const value = evaluate(node.pipe, dot, root, whole);
      if (node.is === 'print') return textOf(value);
      if (node.is === 'range') {
        const items = isList(value) ? value : isObject(value) ? sortedValues(value) : [];
        if (items.length > 0)
          return items.map((item) => render(node.body, item, root, whole)).join('');
        return render(node.otherwise, dot, root, whole);
      }
      if (!isTrue(value)) return render(node.otherwise, dot, root, whole);
      return render(node.body, node.is === 'with' ? (value ?? null) : dot, root, whole);
    })
    .join('');
}

function sortedValues(map: JsonObject): Json[] {
  return Object.keys(map)
    .sort()
    .map((key) => map[key] ?? null);
}

/** undefined is what Go prints as `<no value>`. */
function evaluate(pipe: Pipe, dot: Json, root: Json, whole: string): Json | undefined {
  return pipe.reduce<{ value: Json | undefined; begun: boolean }>(
    ({ value, begun }, command) => {
      const [first, ...rest] = command;
      const values = rest.map((word) => evaluated(word, dot, root, whole));
      const given = begun ? [...values, value] : values;
      if (first?.is === 'function')
        return { value: callFunction(first.name, given, whole), begun: true };
      const formatted = first && formattedTime(first, given, dot, root);
      if (formatted !== undefined) return { value: formatted, begun: true };
      if (given.length > 0) throw wrong(whole, 'only a function takes arguments');
      return { value: first && evaluated(first, dot, root, whole), begun: true };
    },
    { value: undefined, begun: false },
  ).value;
}

/** `.Release.Info.FirstDeployed.Format "2006"`, the one method that takes something. */
function formattedTime(
  word: Word,
  [layout, ...more]: readonly (Json | undefined)[],
  dot: Json,
  root: Json,
): string | undefined {
  if (word.is !== 'field' || word.path.at(-1) !== 'Format') return undefined;
  if (typeof layout !== 'string' || more.length > 0) return undefined;
  const time = follow(word.fromRoot ? root : dot, word.path.slice(0, -1));
  return typeof time === 'string' ? formatTime(time, layout) : undefined;
}

function evaluated(word: Word, dot: Json, root: Json, whole: string): Json | undefined {
  if (word.is === 'value') return word.value;
  if (word.is === 'function') return callFunction(word.name, [], whole);
  if (word.is === 'field') return follow(word.fromRoot ? root : dot, word.path);
  return follow(evaluate(word.pipe, dot, root, whole), word.path);
}

/** @throws ReleasesError NOT_FOUND for a field that helm's structs don't have, or that isn't known here */
function follow(from: Json | undefined, path: readonly string[]): Json | undefined {
  return path.reduce<Json | undefined>((value, key) => {
    if (!isObject(value)) return undefined;
    if (Object.hasOwn(value, key)) return value[key];
    if (!isStruct(value)) return undefined;
    const known = Object.keys(value).sort().join(', ');
    throw new ReleasesError(
      'NOT_FOUND',
      `the template asks for ${printable(key, 60)}, which is not there`,
      {
        why: [`in its place there are: ${known}`],
        hints: ['for example: --template "{{.Release.Name}} {{.Release.Info.Status}}"'],
      },
    );
  }, from);
}

function wrong(template: string, why: string): ReleasesError {
  return new ReleasesError('USAGE', `"${printable(template, 80)}" is no template: ${why}`, {
    hints: ['for example: --template "{{.Release.Name}} {{.Release.Info.Status}}"'],
  });
}
