/**
 * Nodes to the values that Go's yaml.v2 decodes into an empty `interface{}`: keys keep their types,
 * a later key replaces an equal earlier one, aliases are expanded and `<<` is merged in.
 */
import { type Budget, beyond, maxDepth, openBudget, tooDeep } from './budget.ts';
import { YamlError } from './cursor.ts';
import type { AliasNode, MappingNode, Node } from './parser.ts';
import { type GoScalar, isNumber, mergeTag, resolve } from './resolve.ts';

/** A `map[interface{}]interface{}`. */
export interface GoMap {
  /** By the key's type and value, so that the number 1 and the string "1" are two keys. */
  readonly entries: Map<string, { readonly key: GoScalar; readonly value: GoValue }>;
}
export type GoValue = GoScalar | readonly GoValue[] | GoMap;

interface Decoder {
  readonly budget: Budget;
  /** Nodes decoded so far, and how many of them on behalf of an alias. */
  count: number;
  aliased: number;
  /** Aliases being expanded right now. */
  readonly open: Set<AliasNode>;
  depth: number;
  /** Tells NaN keys apart: none equals another. */
  nans: number;
}

/** @param root undefined for a text without a document */
export function decodeNode(root: Node | undefined, budget: Budget = openBudget()): GoValue {
  if (root === undefined) return null;
  // The document itself counts as the first node.
  const d: Decoder = {
    budget,
    count: 1,
    aliased: 0,
    open: new Set(),
    depth: 0,
    nans: 0,
  };
  return decode(d, root);
}

function decode(d: Decoder, node: Node): GoValue {
  countNode(d, node);
  switch (node.kind) {
    case 'alias':
      return throughAlias(d, node, (target) => decode(d, target));
    case 'scalar': {
      if (d.open.size > 0) {
        d.budget.aliased -= node.value.length;
        if (d.budget.aliased < 0) throw beyond(node.line, 'aliases that repeat too much text');
      }
      return resolve(node);
    }
    case 'sequence':
      return nested(d, node, () => node.items.map((item) => decode(d, item)));
    case 'mapping': {
      const map: GoMap = { entries: new Map() };
      fillMap(d, node, map);
      return map;
    }
  }
}

/**
 * Go's protection against documents that consist of aliases: beyond 100 of them in more than 1000
 * nodes, at most 99 % of the nodes may come from aliases, and fewer from 400,000 nodes on, down to
 * 10 % at 4,000,000. The budget ends far before that.
 */
function countNode(d: Decoder, node: Node): void {
  d.count += 1;
  d.budget.values -= 1;
  if (d.budget.values < 0) throw beyond(node.line, 'more values than are read');
  if (d.open.size > 0) d.aliased += 1;
  if (d.aliased <= 100 || d.count <= 1000) return;
  const grown = Math.min(Math.max(d.count - 400_000, 0) / 3_600_000, 1);
  const allowed = grown === 1 ? 0.1 : 0.99 - 0.89 * grown;
  if (d.aliased / d.count > allowed) throw new YamlError(node.line + 1, 'too many aliases');
}

function throughAlias<T>(d: Decoder, alias: AliasNode, use: (target: Node) => T): T {
  if (d.open.has(alias))
    throw new YamlError(alias.line + 1, 'an anchor whose value contains itself');
  d.open.add(alias);
  const result = use(alias.target);
  d.open.delete(alias);
  return result;
}

function nested<T>(d: Decoder, node: Node, use: () => T): T {
  d.depth += 1;
  if (d.depth > maxDepth) throw tooDeep(node.line);
  const result = use();
  d.depth -= 1;
  return result;
}

function fillMap(d: Decoder, node: MappingNode, map: GoMap): void {
  nested(d, node, () => {
    for (const [key, value] of node.pairs) {
      if (isMerge(key)) {
        merge(d, value, map);
        continue;
      }
      const name = decode(d, key);
      if (!isScalar(name)) throw new YamlError(key.line + 1, 'a key that is a list or a mapping');
      const identity = identityOf(d, name);
      const decoded = decode(d, value);
      map.entries.set(identity, { key: name, value: decoded });
    }
  });
}

function isScalar(value: GoValue): value is GoScalar {
  return value === null || typeof value !== 'object' || isNumber(value);
}

/** Two keys are equal if these are. Go has one key for 0.0 and -0.0. */
function identityOf(d: Decoder, key: GoScalar): string {
  if (typeof key === 'string') return `"${key}`;
  if (key === null || typeof key === 'boolean') return String(key);
  if (Number.isNaN(key.number)) d.nans += 1;
  return `${key.go} ${key.digits || key.number + 0}${Number.isNaN(key.number) ? d.nans : ''}`;
}

function isMerge(node: Node): boolean {
  return node.kind === 'scalar' && node.value === '<<' && (node.implicit || node.tag === mergeTag);
}

/**
 * Puts the keys of the mappings at `<<` into the map at the place where `<<` stands: they replace
 * what came before and are replaced by what follows. Of several, the first wins.
 */
function merge(d: Decoder, node: Node, map: GoMap): void {
  if (node.kind === 'sequence') for (const item of node.items.toReversed()) mergeOne(d, item, map);
  else mergeOne(d, node, map);
}

function mergeOne(d: Decoder, node: Node, map: GoMap): void {
  const target = node.kind === 'alias' ? node.target : node;
  if (target.kind !== 'mapping')
    throw new YamlError(node.line + 1, "'<<' with something other than mappings");
  countNode(d, node);
  if (node.kind === 'mapping') fillMap(d, node, map);
  else if (node.kind === 'alias')
    throughAlias(d, node, () => {
      countNode(d, target);
      fillMap(d, target, map);
    });
}
