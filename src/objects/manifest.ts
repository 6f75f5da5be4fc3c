/**
 * A manifest as objects: what a release's record says it put into the cluster, for every use of it.
 *
 * Documents are cut and read as kubectl and Helm read them (`go/yaml/`): `0400` is 256 and `yes` is
 * true. A document that can't be read is a value with its reason, and never hides its neighbours. Reasons
 * quote nothing of the text: manifests hold secrets.
 */

import { printable } from '../errors.ts';
import { isList, isObject } from '../go/json/write.ts';
import { openBudget } from '../go/yaml/budget.ts';
import { cutDocuments, type Piece, placeIn } from '../go/yaml/documents.ts';
import type { MappingNode, Node, Range } from '../go/yaml/parser.ts';
import { readDocument } from '../go/yaml/readDocument.ts';
import type { Json, JsonObject } from '../json.ts';
import type { Release } from '../release.ts';

export interface ManifestObject {
  readonly apiVersion: string;
  readonly kind: string;
  /** Only when the manifest names one; else it is the release's. */
  readonly namespace?: string;
  readonly name: string;
  /** The whole object. Its texts are as they were found: `objectTitle` makes names printable. */
  readonly fields: JsonObject;
}

export interface UnreadableDocument {
  /** Its place among the documents that hold anything, from 1. */
  readonly document: number;
  /** Safe to print, no trailing full stop. */
  readonly unreadable: string;
}

export interface Manifest {
  readonly objects: readonly ManifestObject[];
  readonly unreadable: readonly UnreadableDocument[];
}

/** In UTF-16 units. Longer than anything an API server takes, as one object and as a whole release. */
const maxDocument = 1024 * 1024;
const maxManifest = 8 * 1024 * 1024;
/** Keys and values of one document, and of a whole manifest: this bounds time and memory. */
const maxValues = 100_000;
const maxAllValues = 300_000;
/** Documents cost time too; a release of more objects is read up to here. */
const maxDocuments = 5000;
/** Lists in lists. */
const maxListDepth = 10;

/** The objects of a manifest; what can't be read is left out. */
export function objectsOf(manifest: string): readonly ManifestObject[] {
  return readManifest(manifest).objects;
}

/** The objects that a release keeps in the cluster, and apart from them those of its hooks. */
export function releaseObjects(release: Release): Manifest & { readonly hooks: Manifest } {
  const hooks = release.hooks.map((hook) => readManifest(hook.manifest));
  return {
    ...readManifest(release.manifest),
    hooks: {
      objects: hooks.flatMap(({ objects }) => objects),
      unreadable: hooks.flatMap(({ unreadable }, at) =>
        unreadable.map((document) => ({ ...document, document: at + 1 })),
      ),
    },
  };
}

/** Every object of a manifest and every document that isn't one. Never throws. */
export function readManifest(manifest: string): Manifest {
  const objects: ManifestObject[] = [];
  const unreadable: UnreadableDocument[] = [];
  for (const read of documentsOf(manifest, false)) {
    if ('unreadable' in read) unreadable.push(read);
    else {
      const reason = collect(read.json, { found: (object) => objects.push(object) });
      if (reason !== undefined) unreadable.push({ document: read.document, unreadable: reason });
    }
  }
  return { objects, unreadable };
}

/** An object and where its text stands. */
export interface LocatedObject {
  readonly object: ManifestObject;
  /** Of the whole document, which may be a list of several objects. In UTF-16 units of the manifest. */
  readonly document: Range;
  /** The object's own mapping. Undefined for JSON that is no YAML, and for what an alias stands for. */
  readonly node: MappingNode | undefined;
  /** Where a node stands in the manifest. */
  readonly rangeOf: (node: Range) => Range;
}

/** The same objects with the places of their keys and values, for who changes a manifest's text. */
export function locateObjects(manifest: string): readonly LocatedObject[] {
  const located: LocatedObject[] = [];
  for (const read of documentsOf(manifest, true)) {
    if ('unreadable' in read) continue;
    const { piece } = read;
    const rangeOf = ({ start, end }: Range): Range => ({
      start: placeIn(manifest, piece, start),
      end: placeIn(manifest, piece, end),
    });
    collect(
      read.json,
      {
        found: (object, node) => {
          const own = node?.kind === 'mapping' ? node : undefined;
          located.push({
            object,
            document: { start: piece.start, end: piece.end },
            node: own,
            rangeOf,
          });
        },
      },
      read.node,
    );
  }
  return located;
}

/** The pair of a mapping that gives a key its value: the last one with the key's text. Not what `<<` merges in. */
export function pairOf(
  node: MappingNode,
  key: string,
): readonly [key: Node, value: Node] | undefined {
  return node.pairs.findLast(([name]) => name.kind === 'scalar' && name.value === key);
}

interface Document {
  readonly document: number;
  readonly piece: Piece;
  readonly json: Json;
  readonly node?: Node;
}

/** Those that hold anything, within the bounds of a manifest. */
function* documentsOf(
  manifest: string,
  nodes: boolean,
): Generator<Document | UnreadableDocument, void, undefined> {
  if (manifest.length > maxManifest) {
    yield { document: 1, unreadable: 'it is too long' };
    return;
  }
  const left = openBudget(maxAllValues, maxManifest);
  let count = 0;
  for (const piece of cutDocuments(manifest, left)) {
    if (piece.end - piece.start > maxDocument) {
      count += 1;
      yield { document: count, unreadable: 'it is too long' };
      continue;
    }
    const budget = openBudget(Math.min(maxValues, left.values), left.aliased);
    const [{ values, tokens }, all] = [{ ...budget }, left.values];
    const read = readDocument(manifest, piece, budget, nodes);
    // What was refused half-way has cost as much as what was read.
    left.values -= Math.max(values - budget.values, Math.ceil((tokens - budget.tokens) / 2));
    left.aliased = budget.aliased;
    if ('json' in read && read.json === null) continue;
    count += 1;
    const tooMuch = 'reason' in read && read.tooMuch;
    if (count > maxDocuments || (tooMuch && all < maxValues)) {
      const what = tooMuch ? 'values' : 'documents';
      yield { document: count, unreadable: `there are too many ${what} before it` };
      return;
    }
    if ('json' in read) yield { document: count, piece, ...read };
    else yield { document: count, unreadable: tooMuch ? 'it has too many values' : read.reason };
  }
}

/** `Deployment web`, `Deployment shop/web` where the manifest names a namespace. Safe to print. */
export function objectTitle({ kind, namespace, name }: ManifestObject): string {
  return printable(`${kind} ${namespace ? `${namespace}/` : ''}${name}`, 120);
}

/** What goes with the objects of one document while its lists are opened. */
interface Collecting {
  readonly found: (object: ManifestObject, node: Node | undefined) => void;
}

/**
 * Finds the object, or those in a list, as kubectl does (`UnstructuredJSONScheme` of k8s.io/apimachinery):
 * whatever has `items` is a list, and items that say neither version nor kind are of the list's.
 * @returns why it is none
 */
function collect(value: Json, into: Collecting, node?: Node, depth = 0): string | undefined {
  if (value === null) return undefined;
  if (!isObject(value)) return 'it is not an object';
  const { apiVersion, kind, metadata, items } = value;
  if (typeof apiVersion !== 'string' || apiVersion === '') return 'it has no apiVersion';
  if (typeof kind !== 'string' || kind === '') return 'it has no kind';
  if (isList(items)) {
    if (depth >= maxListDepth) return 'it nests too deep';
    const nodes = node?.kind === 'mapping' ? pairOf(node, 'items')?.[1] : undefined;
    const reasons = items.flatMap((item, at) => {
      const own = nodes?.kind === 'sequence' ? nodes.items[at] : undefined;
      return collect(typed(item, apiVersion, kind), into, own, depth + 1) ?? [];
    });
    return reasons[0] && `of an item in its list: ${reasons[0]}`;
  }
  const { name, namespace } = isObject(metadata) ? metadata : {};
  if (typeof name !== 'string' || name === '') return 'it has no name';
  const place = typeof namespace === 'string' && namespace !== '' ? { namespace } : {};
  into.found({ apiVersion, kind, ...place, name, fields: value }, node);
  return undefined;
}

/** An item of a typed list, such as a ConfigMapList. */
function typed(item: Json, apiVersion: string, kind: string): Json {
  if (!isObject(item) || item['apiVersion'] || item['kind']) return item;
  return { ...item, apiVersion, kind: kind.replace(/List$/, '') };
}
