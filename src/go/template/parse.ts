/** Go templates from their tokens. https://pkg.go.dev/text/template#hdr-Actions */
import { type Token, tokens } from './lex.ts';
import { goConstant, goUnquote } from './literals.ts';
import type { Command, Node, Operand, Pipe, Trees } from './tree.ts';
import { goBool, goText, TemplateError } from './values.ts';

interface Parser {
  readonly tokens: readonly Token[];
  at: number;
  /** Those that may be used at this place, in the order of their declarations. */
  variables: string[];
  /** How many ranges are open in this template. */
  ranges: number;
  readonly functions: ReadonlySet<string>;
  readonly defined: Map<string, readonly Node[]>;
}

/** @throws TemplateError */
export function parseTemplate(text: string, functions: ReadonlySet<string>): Trees {
  const parser: Parser = {
    ...{ tokens: tokens(text), at: 0, variables: ['$'], ranges: 0 },
    ...{ functions, defined: new Map() },
  };
  const { nodes, ending } = parseNodes(parser, true);
  if (ending) throw new TemplateError(`unexpected {{${ending}}}`);
  return { main: nodes, defined: parser.defined };
}

/** Up to an {{end}} or {{else}}, whose braces are still to come after the word. */
function parseNodes(parser: Parser, top = false): { nodes: Node[]; ending?: 'end' | 'else' } {
  const nodes: Node[] = [];
  for (;;) {
    const token = next(parser);
    if (token.is === 'end of text') {
      if (top) return { nodes };
      throw new TemplateError('unexpected EOF: an {{end}} is missing');
    }
    if (token.is === 'text') {
      nodes.push({ is: 'text', text: token.text });
      continue;
    }
    const word = peekPastSpace(parser);
    const keyword = word.is === 'keyword' ? word.text : '';
    if (keyword === 'define' && !top)
      throw new TemplateError('unexpected {{define}}: it stands outside of everything else');
    if (keyword !== '' && keyword !== 'nil') nextPastSpace(parser);
    if (keyword === 'end' || keyword === 'else') return { nodes, ending: keyword };
    const node = parseAction(keyword, parser);
    if (node) nodes.push(node);
  }
}

function parseAction(keyword: string, parser: Parser): Node | undefined {
  switch (keyword) {
    case 'if':
    case 'with':
    case 'range':
      return parseControl(keyword, parser);
    case 'break':
    case 'continue':
      expectClose(parser, keyword);
      if (parser.ranges === 0) throw new TemplateError(`{{${keyword}}} outside {{range}}`);
      return { is: keyword };
    case 'define':
      define(readName(parser, 'define'), parser);
      return undefined;
    case 'template':
    case 'block': {
      const name = readName(parser, keyword);
      const isBare = keyword === 'template' && peekPastSpace(parser).is === 'close';
      const pipe = isBare ? undefined : parsePipe(parser, keyword);
      expectClose(parser, keyword);
      if (keyword === 'block') define(name, parser, true);
      return { is: 'template', name, pipe };
    }
    default: {
      const pipe = parsePipe(parser, 'command');
      expectClose(parser, 'command');
      return { is: 'print', pipe };
    }
  }
}

function parseControl(is: 'range' | 'if' | 'with', parser: Parser): Node {
  const outside = parser.variables.length;
  const pipe = parsePipe(parser, is);
  expectClose(parser, is);
  if (is === 'range') parser.ranges += 1;
  const { nodes: body, ending } = parseNodes(parser);
  if (is === 'range') parser.ranges -= 1;
  const otherwise = ending === 'else' ? parseElse(is, parser) : [];
  if (ending === 'end') expectClose(parser, 'end');
  parser.variables.length = outside;
  return { is, pipe, body, otherwise };
}

/** `{{else if …}}` and `{{else with …}}` share the one {{end}}. */
function parseElse(is: 'range' | 'if' | 'with', parser: Parser): readonly Node[] {
  const word = peekPastSpace(parser);
  if (word.is === 'keyword' && word.text === is && is !== 'range') {
    nextPastSpace(parser);
    return [parseControl(is, parser)];
  }
  expectClose(parser, 'else');
  const { nodes, ending } = parseNodes(parser);
  if (ending !== 'end') throw new TemplateError('expected end; found {{else}}');
  expectClose(parser, 'end');
  return nodes;
}

function define(name: string, parser: Parser, isBlock = false): void {
  if (!isBlock) expectClose(parser, 'define');
  const { variables, ranges } = parser;
  parser.variables = ['$'];
  parser.ranges = 0;
  const { nodes, ending } = parseNodes(parser);
  if (ending !== 'end') throw new TemplateError(`unexpected {{else}} in ${name}`);
  expectClose(parser, 'end');
  Object.assign(parser, { variables, ranges });
  const before = parser.defined.get(name);
  if (before && !isBlank(before) && !isBlank(nodes))
    throw new TemplateError(`multiple definition of template "${name}"`);
  if (!before || isBlank(before)) parser.defined.set(name, nodes);
}

/** Go takes a definition of nothing but white space for none, where there is another. */
function isBlank(nodes: readonly Node[]): boolean {
  return nodes.every((node) => node.is === 'text' && node.text.trim() === '');
}

function readName(parser: Parser, context: string): string {
  const token = nextPastSpace(parser);
  if (token.is !== 'string') throw unexpected(token, `${context} clause`);
  return goUnquote(token.text);
}

/** Up to the closing braces or parenthesis, which stay. */
function parsePipe(parser: Parser, context: string): Pipe {
  const declared = parseVariables(parser, context);
  const commands: Command[] = [];
  for (;;) {
    const token = peekPastSpace(parser);
    const ends = context === 'parenthesized pipeline' ? isSymbol(token, ')') : token.is === 'close';
    if (ends) break;
    if (!beginsOperand(token)) throw unexpected(token, context);
    commands.push(parseCommand(parser));
  }
  if (commands.length === 0) throw new TemplateError(`missing value for ${context}`);
  const literal = commands.findIndex(
    ([first], i) => i > 0 && ['dot', 'nil', 'constant'].includes(first.is),
  );
  if (literal > 0)
    throw new TemplateError(`non executable command in pipeline stage ${literal + 1}`);
  return { ...declared, commands };
}

function parseVariables(
  parser: Parser,
  context: string,
): { readonly variables: readonly string[]; readonly assigns: boolean } {
  const variables: string[] = [];
  for (;;) {
    const before = parser.at;
    const token = nextPastSpace(parser);
    const sign = token.is === 'variable' ? nextPastSpace(parser) : token;
    const assigns = isSymbol(sign, '=');
    if (token.is !== 'variable' || !(assigns || isSymbol(sign, ':=') || isSymbol(sign, ','))) {
      if (variables.length > 0) throw new TemplateError('range can only initialize variables');
      parser.at = before;
      return { variables, assigns: false };
    }
    variables.push(token.text);
    parser.variables.push(token.text);
    if (!isSymbol(sign, ',')) return { variables, assigns };
    if (context !== 'range' || variables.length > 1)
      throw new TemplateError(`too many declarations in ${context}`);
  }
}

function beginsOperand(token: Token): boolean {
  if (token.is === 'keyword') return token.text === 'nil';
  if (isSymbol(token, '(')) return true;
  return ['name', 'field', 'variable', 'dot', 'string', 'number'].includes(token.is);
}

/** Takes the sign of a pipe after it. */
function parseCommand(parser: Parser): Command {
  const words: Operand[] = [];
  for (;;) {
    const begin = peekPastSpace(parser);
    if (beginsOperand(begin)) words.push(parseOperand(parser));
    const token = peek(parser);
    if (token.is === 'space') {
      next(parser);
      continue;
    }
    if (isSymbol(token, '|')) next(parser);
    else if (token.is !== 'close' && !isSymbol(token, ')')) throw unexpected(token, 'operand');
    const [first, ...rest] = words;
    if (!first) throw new TemplateError('empty command');
    return [first, ...rest];
  }
}

function parseOperand(parser: Parser): Operand {
  const term = parseTerm(parser);
  const path: string[] = [];
  for (let token = peek(parser); token.is === 'field'; token = peek(parser))
    path.push(next(parser).text.slice(1));
  if (path.length === 0) return term;
  const text = `${term.text}.${path.join('.')}`;
  if (term.is === 'field' || term.is === 'variable')
    return { ...term, text, path: [...term.path, ...path] };
  if (term.is === 'function' || term.is === 'pipe') return { is: 'chain', text, from: term, path };
  throw new TemplateError(`unexpected . after term ${term.text}`);
}

function parseTerm(parser: Parser): Operand {
  const token = next(parser);
  const { text } = token;
  switch (token.is) {
    case 'dot':
      return { is: 'dot', text };
    case 'keyword':
      return { is: 'nil', text };
    case 'string':
      return { is: 'constant', text, value: goText(goUnquote(text)) };
    case 'number':
      return { is: 'constant', text, value: goConstant(text) };
    case 'field':
      return { is: 'field', text, path: [text.slice(1)] };
    case 'variable':
      if (!parser.variables.includes(text)) throw new TemplateError(`undefined variable "${text}"`);
      return { is: 'variable', text, name: text, path: [] };
    case 'name':
      if (text === 'true' || text === 'false')
        return { is: 'constant', text, value: goBool(text === 'true') };
      if (!parser.functions.has(text)) throw new TemplateError(`function "${text}" not defined`);
      return { is: 'function', text, name: text };
    default: {
      const begin = parser.at;
      const pipe = parsePipe(parser, 'parenthesized pipeline');
      const inside = parser.tokens.slice(begin, parser.at).map((one) => one.text);
      nextPastSpace(parser);
      return { is: 'pipe', text: `(${inside.join('')})`, pipe };
    }
  }
}

function peek(parser: Parser): Token {
  return parser.tokens[parser.at] ?? { is: 'end of text', text: '' };
}

function next(parser: Parser): Token {
  const token = peek(parser);
  parser.at += 1;
  return token;
}

function peekPastSpace(parser: Parser): Token {
  while (peek(parser).is === 'space') parser.at += 1;
  return peek(parser);
}

function nextPastSpace(parser: Parser): Token {
  peekPastSpace(parser);
  return next(parser);
}

function expectClose(parser: Parser, context: string): void {
  const token = nextPastSpace(parser);
  if (token.is !== 'close') throw unexpected(token, context);
}

function isSymbol(token: Token, text: string): boolean {
  return token.is === 'symbol' && token.text === text;
}

function unexpected(token: Token, context: string): TemplateError {
  const found = token.text === '' ? token.is : `"${token.text}"`;
  return new TemplateError(`unexpected ${found} in ${context}`);
}
