/**
 * Tokens to a tree of nodes, for the first document of a text; what follows it isn't looked at,
 * apart from the one token behind it. The grammar is that of YAML 1.1 with libyaml's leniencies,
 * because that's what Go's yaml.v2 accepts.
 */
import { type Budget, maxDepth, tooDeep } from './budget.ts';
import type { Source } from './cursor.ts';
import { fail, type Scanner } from './scan-structure.ts';
import { nextToken, openScanner, takeToken } from './scanner.ts';
import type { ScalarStyle, Token, TokenKind } from './tokens.ts';

/** Where a node stands in the text under the scanner, in UTF-16 units, without its anchor and its tag. */
export interface Range {
  readonly start: number;
  readonly end: number;
}
export interface ScalarNode extends Range {
  readonly kind: 'scalar';
  readonly line: number;
  /** In its long form; empty for none. */
  readonly tag: string;
  readonly value: string;
  /** Plain without a tag, or with the tag `!`. */
  readonly implicit: boolean;
  /** Undefined where content is missing. */
  readonly style: ScalarStyle | undefined;
}
interface Collection extends Range {
  readonly line: number;
  /** Behind its last item, or behind its bracket; once it has been read. */
  end: number;
}
export interface SequenceNode extends Collection {
  readonly kind: 'sequence';
  readonly items: Node[];
}
export interface MappingNode extends Collection {
  readonly kind: 'mapping';
  readonly pairs: (readonly [Node, Node])[];
}
export interface AliasNode extends Range {
  readonly kind: 'alias';
  readonly line: number;
  /** What it stands for; a collection it lies in itself may still be incomplete. */
  readonly target: Node;
}
export type Node = ScalarNode | SequenceNode | MappingNode | AliasNode;

interface Parser extends Scanner {
  readonly anchors: Map<string, Node>;
  /** From handle to prefix. */
  readonly tags: Map<string, string>;
  depth: number;
}

/** @returns the first document's content, or undefined where there is no document at all */
export function parseFirst(source: Source, budget?: Budget): Node | undefined {
  const p: Parser = {
    ...openScanner(source, budget),
    anchors: new Map(),
    tags: new Map(),
    depth: 0,
  };
  nextToken(p);
  takeToken(p);
  if (nextToken(p).kind === 'stream end') return undefined;
  const node = parseDocument(p);
  // Go looks for the document's end, and with it at the token behind the content.
  nextToken(p);
  return node;
}

function parseDocument(p: Parser): Node {
  const explicit = is(p, 'version directive', 'tag directive', 'document start');
  takeDirectives(p);
  if (!explicit) return parseNode(p, true, false);
  const start = nextToken(p);
  if (start.kind !== 'document start') throw fail(p, "directives without '---'", start.line);
  takeToken(p);
  const empty = is(
    p,
    'version directive',
    'tag directive',
    'document start',
    'document end',
    'stream end',
  );
  return empty ? nothing(nextToken(p)) : parseNode(p, true, false);
}

function takeDirectives(p: Parser): void {
  let versioned = false;
  for (;;) {
    const { kind, line, text, more } = nextToken(p);
    if (kind === 'version directive') {
      if (versioned) throw fail(p, 'two %YAML directives', line);
      if (text !== '1.1') throw fail(p, 'a YAML version other than 1.1', line);
      versioned = true;
    } else if (kind === 'tag directive') {
      if (p.tags.has(text)) throw fail(p, 'two %TAG directives for one handle', line);
      p.tags.set(text, more);
    } else break;
    takeToken(p);
  }
  if (!p.tags.has('!')) p.tags.set('!', '!');
  if (!p.tags.has('!!')) p.tags.set('!!', 'tag:yaml.org,2002:');
}

function is(p: Parser, ...kinds: readonly TokenKind[]): boolean {
  return kinds.includes(nextToken(p).kind);
}

/** The empty scalar that Go puts where content is missing. */
function nothing(at: Token): ScalarNode {
  return missing(at.line, at.end, '');
}

function missing(line: number, at: number, tag: string): ScalarNode {
  const [value, implicit, style] = ['', tag === '', undefined];
  return { kind: 'scalar', line, start: at, end: at, tag, value, implicit, style };
}

/**
 * @param block whether block collections may stand here
 * @param indentless whether a block sequence may stand here without indentation of its own
 */
function parseNode(p: Parser, block: boolean, indentless: boolean): Node {
  const first = nextToken(p);
  if (first.kind === 'alias') {
    const target = p.anchors.get(first.text);
    if (target === undefined) throw fail(p, 'an alias without its anchor', first.line);
    takeToken(p);
    return { kind: 'alias', line: first.line, start: first.start, end: first.end, target };
  }
  const { anchor, tag } = takeProperties(p);
  const { kind, line, text, style, start, end } = nextToken(p);
  switch (kind) {
    case 'block entry':
      if (!indentless) break;
      return parseCollection(
        p,
        anchor,
        { kind: 'sequence', line, start, end, items: [] },
        parseIndentless,
      );
    case 'scalar':
      takeToken(p);
      return named(p, anchor, {
        kind: 'scalar',
        ...{ line, start, end, tag, style },
        value: text,
        implicit: (tag === '' && style === 'plain') || tag === '!',
      });
    case 'flow sequence start':
      return parseCollection(
        p,
        anchor,
        { kind: 'sequence', line, start, end, items: [] },
        parseFlowSequence,
      );
    case 'flow mapping start':
      return parseCollection(
        p,
        anchor,
        { kind: 'mapping', line, start, end, pairs: [] },
        parseFlowMapping,
      );
    case 'block sequence start':
      if (!block) break;
      return parseCollection(
        p,
        anchor,
        { kind: 'sequence', line, start, end, items: [] },
        parseBlockSequence,
      );
    case 'block mapping start':
      if (!block) break;
      return parseCollection(
        p,
        anchor,
        { kind: 'mapping', line, start, end, pairs: [] },
        parseBlockMapping,
      );
    default:
  }
  if (anchor === '' && tag === '') throw fail(p, 'content is missing', line);
  return named(p, anchor, missing(line, start, tag));
}

/** An anchor and a tag, in either order. */
function takeProperties(p: Parser): { anchor: string; tag: string } {
  let anchor = '';
  let tag = '';
  let tagged = false;
  for (;;) {
    const { kind, line, text, more } = nextToken(p);
    if (kind === 'anchor' && anchor === '') anchor = text;
    else if (kind === 'tag' && !tagged) {
      tagged = true;
      tag = text === '' ? more : (p.tags.get(text) ?? '') + (p.tags.has(text) ? more : '');
      if (text !== '' && tag === '') throw fail(p, 'a tag with an unknown handle', line);
    } else return { anchor, tag };
    takeToken(p);
  }
}

function named<N extends Node>(p: Parser, anchor: string, node: N): N {
  if (anchor !== '') p.anchors.set(anchor, node);
  return node;
}

function parseCollection<N extends Node>(
  p: Parser,
  anchor: string,
  node: N,
  fill: (p: Parser, node: N) => void,
): N {
  // Before its content: an alias inside may name the collection itself. Decoding refuses that.
  named(p, anchor, node);
  p.depth += 1;
  if (p.depth > maxDepth) throw tooDeep(node.line);
  fill(p, node);
  p.depth -= 1;
  return node;
}

function parseBlockSequence(p: Parser, node: SequenceNode): void {
  const { items } = node;
  takeToken(p);
  while (is(p, 'block entry')) {
    const entry = nextToken(p);
    takeToken(p);
    const empty = is(p, 'block entry', 'block end');
    items.push(empty ? nothing(entry) : parseNode(p, true, false));
  }
  node.end = items.at(-1)?.end ?? node.start;
  const { kind, line } = nextToken(p);
  if (kind !== 'block end') throw fail(p, "a block sequence where the next '-' is missing", line);
  takeToken(p);
}

/** A sequence at its key's own indentation; the mapping's tokens end it. */
function parseIndentless(p: Parser, node: SequenceNode): void {
  const { items } = node;
  while (is(p, 'block entry')) {
    const entry = nextToken(p);
    takeToken(p);
    const empty = is(p, 'block entry', 'key', 'value', 'block end');
    items.push(empty ? nothing(entry) : parseNode(p, true, false));
  }
  node.end = items.at(-1)?.end ?? node.start;
}

function parseBlockMapping(p: Parser, node: MappingNode): void {
  const { pairs } = node;
  takeToken(p);
  while (is(p, 'key')) {
    const key = parseBlockPart(p);
    const value = is(p, 'value') ? parseBlockPart(p) : missing(nextToken(p).line, key.end, '');
    pairs.push([key, value]);
  }
  node.end = pairs.at(-1)?.[1].end ?? node.start;
  const { kind, line } = nextToken(p);
  if (kind !== 'block end') throw fail(p, 'a block mapping where the next key is missing', line);
  takeToken(p);
}

/** What follows a `key` or `value` token in a block mapping. */
function parseBlockPart(p: Parser): Node {
  const mark = nextToken(p);
  takeToken(p);
  return is(p, 'key', 'value', 'block end') ? nothing(mark) : parseNode(p, true, true);
}

function parseFlowSequence(p: Parser, node: SequenceNode): void {
  const { items } = node;
  takeToken(p);
  for (let first = true; !is(p, 'flow sequence end'); first = false) {
    if (!first) {
      takeComma(p, "a flow sequence where ',' or ']' is missing");
      if (is(p, 'flow sequence end')) break;
    }
    items.push(is(p, 'key') ? parseFlowPair(p) : parseNode(p, false, false));
  }
  node.end = nextToken(p).end;
  takeToken(p);
}

/** `[key: value]`: a mapping of one pair, without braces. */
function parseFlowPair(p: Parser): MappingNode {
  const start = nextToken(p);
  takeToken(p);
  let key: Node;
  if (is(p, 'value', 'flow entry', 'flow sequence end')) {
    // Go steps over the very token that shows the key to be missing. So do we.
    key = nothing(nextToken(p));
    takeToken(p);
  } else key = parseNode(p, false, false);
  const value = parseFlowValue(p, 'flow sequence end');
  return {
    kind: 'mapping',
    ...{ line: start.line, start: start.start, end: value.end },
    pairs: [[key, value]],
  };
}

function parseFlowMapping(p: Parser, node: MappingNode): void {
  const { pairs } = node;
  takeToken(p);
  for (let first = true; !is(p, 'flow mapping end'); first = false) {
    if (!first) {
      takeComma(p, "a flow mapping where ',' or '}' is missing");
      if (is(p, 'flow mapping end')) break;
    }
    if (!is(p, 'key')) {
      pairs.push([parseNode(p, false, false), nothing(nextToken(p))]);
      continue;
    }
    takeToken(p);
    const empty = is(p, 'value', 'flow entry', 'flow mapping end');
    const key = empty ? nothing(nextToken(p)) : parseNode(p, false, false);
    pairs.push([key, parseFlowValue(p, 'flow mapping end')]);
  }
  node.end = nextToken(p).end;
  takeToken(p);
}

function parseFlowValue(p: Parser, end: TokenKind): Node {
  if (!is(p, 'value')) return nothing(nextToken(p));
  takeToken(p);
  return is(p, 'flow entry', end) ? nothing(nextToken(p)) : parseNode(p, false, false);
}

function takeComma(p: Parser, otherwise: string): void {
  const { kind, line } = nextToken(p);
  if (kind !== 'flow entry') throw fail(p, otherwise, line);
  takeToken(p);
}
