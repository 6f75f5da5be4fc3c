/**
 * Helm's repositories.yaml, read without taking a text for a number or a truth value: a password
 * `0123` stays what it was. Errors say where, and never what stood there.
 */
import {
  type Alias,
  Document,
  isAlias,
  isMap,
  isScalar,
  isSeq,
  type Node,
  Pair,
  parseDocument,
  Scalar,
  YAMLMap,
  YAMLSeq,
} from 'yaml';
import { UnreadableError } from '../../errors.ts';

/** An entry of the list: its node, and its members that say something. */
export interface Entry {
  readonly node: YAMLMap;
  /** Without those that are empty, null or false, which mean the same as none. */
  readonly members: ReadonlyMap<string, string>;
}

/** Characters; real ones have some thousand. */
export const maxRepositoriesFile = 4 << 20;
const maxNodes = 2_000;

/** @throws UnreadableError when the text isn't YAML, or isn't what Helm 2.0 and newer write */
export function parseRepositories(text: string): Document {
  let document: Document;
  try {
    document = parseDocument(text, { schema: 'failsafe', logLevel: 'silent' });
  } catch {
    // A stack that ran out, say.
    throw new UnreadableError('it is not YAML');
  }
  const [error] = document.errors;
  if (error) {
    const line = error.linePos?.[0].line;
    throw new UnreadableError(`it is not YAML${line === undefined ? '' : ` (line ${line})`}`);
  }
  if (document.contents === null) return document;
  if (!isMap(document.contents)) throw new UnreadableError('it is not a list of repositories');
  const list = document.contents.get('repositories', true);
  if (!document.contents.has('apiVersion') && list === undefined)
    throw new UnreadableError('a Helm older than 2.0 wrote it, or something else');
  if (list !== undefined && !isSeq(list) && !isEmpty(list))
    throw new UnreadableError('its "repositories" is no list');
  return document;
}

/** The list's items, whatever they are; the list is made when there is none. */
export function listOf(document: Document): YAMLSeq {
  if (!isMap(document.contents)) document.contents = new YAMLMap();
  const list = (document.contents as YAMLMap).get('repositories', true);
  if (isSeq(list)) {
    // Written as `[]` it would put its entries on that line.
    if (list.items.length === 0) list.flow = false;
    return list;
  }
  const made = new YAMLSeq();
  (document.contents as YAMLMap).set('repositories', made);
  return made;
}

/**
 * A copy of its own: anchors, aliases and tags resolved, so that it can move to another file.
 * @throws UnreadableError when it isn't a map of texts
 */
export function readEntry(item: unknown, document: Document): Entry {
  const budget = { nodes: maxNodes };
  const node = copy(item, document, budget, 0);
  if (!isMap(node)) throw new UnreadableError('it is no map');
  const members = new Map<string, string>();
  for (const pair of node.items) {
    const key = isScalar(pair.key) ? String(pair.key.value) : '';
    if (key === '<<') throw new UnreadableError('it uses a YAML merge key: write it out');
    if (isScalar(pair.value)) {
      const text = String(pair.value.value ?? '');
      const quoted = pair.value.type?.startsWith('QUOTE') === true;
      if (text !== '' && (quoted || !/^(~|null|false)$/i.test(text))) members.set(key, text);
    } else if (pair.value !== null) {
      const text = new Document(pair.value, { schema: 'failsafe' }).toString({ lineWidth: 0 });
      members.set(key, text);
    }
  }
  for (const needed of ['name', 'url'])
    if (!isScalar(node.get(needed, true)) || !members.has(needed))
      throw new UnreadableError(`it has no ${needed}`);
  return { node, members };
}

/** Sets a member, quoted where YAML wants it. */
export function setMember({ node }: Entry, key: string, value: string): void {
  node.set(key, new Scalar(value));
}

function copy(
  item: unknown,
  document: Document,
  budget: { nodes: number },
  depth: number,
): Node | null {
  budget.nodes -= 1;
  if (budget.nodes < 0 || depth > 20) throw new UnreadableError('it is far too large');
  if (isAlias(item)) return copy((item as Alias).resolve(document), document, budget, depth + 1);
  if (isScalar(item)) {
    const scalar = new Scalar(item.value);
    if (item.type) scalar.type = item.type;
    return scalar;
  }
  if (isMap(item)) {
    const map = new YAMLMap();
    for (const { key, value } of item.items)
      map.items.push(
        new Pair(copy(key, document, budget, depth + 1), copy(value, document, budget, depth + 1)),
      );
    return map;
  }
  if (isSeq(item)) {
    const seq = new YAMLSeq();
    for (const value of item.items) seq.items.push(copy(value, document, budget, depth + 1));
    return seq;
  }
  return null;
}

function isEmpty(node: unknown): boolean {
  return isScalar(node) && /^(~|null|)$/.test(String(node.value ?? ''));
}

/**
 * As Helm writes it: nothing folded, lists not indented.
 * @throws UnreadableError when an alias of the file has lost what it stood for
 */
export function repositoriesText(document: Document): string {
  try {
    return document.toString({ lineWidth: 0, indentSeq: false });
  } catch {
    throw new UnreadableError('it uses YAML aliases that a change would break: write them out');
  }
}

/** Copies those members of a file's top that another lacks, as far as they can be copied. */
export function copyOthers(from: Document, to: Document): void {
  if (!isMap(from.contents) || !isMap(to.contents)) return;
  for (const { key, value } of from.contents.items) {
    const name = isScalar(key) ? String(key.value) : '';
    if (to.contents.has(name)) continue;
    try {
      to.contents.items.push(new Pair(new Scalar(name), copy(value, from, { nodes: maxNodes }, 0)));
    } catch (error) {
      if (!(error instanceof UnreadableError)) throw error;
    }
  }
}
