/**
 * A manifest as objects: what a release's record says it put into the cluster.
 *
 * Documents are split as Kubernetes' own reader splits them, at every line that begins with `---`
 * (k8s.io/apimachinery, pkg/util/yaml). A document that can't be read is a value with its reason, and
 * never hides its neighbours. Reasons quote nothing of the text: manifests hold secrets.
 */
import { parseDocument } from 'yaml';
import { isList, isObject } from '../codecs/gojson.ts';
import { printable } from '../errors.ts';
import type { Json, JsonObject, Release } from '../release.ts';
import { checkYaml, keepDigits, maxYamlValues, valuesIn } from '../text/yaml.ts';

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
/** Anchors, aliases and tags in one document: objects have hardly any, and each costs time. */
const maxMarks = 500;
/** In a whole manifest: this bounds it to some three seconds, where its length alone would allow thirteen. */
const maxAllValues = 300_000;
/** Documents cost time too; a release of more objects is read up to here. */
const maxDocuments = 5000;
/** Aliases that one document may expand to. */
const maxAliasCount = 100;
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
  if (manifest.length > maxManifest)
    return { objects: [], unreadable: [{ document: 1, unreadable: 'it is too long' }] };
  const objects: ManifestObject[] = [];
  const unreadable: UnreadableDocument[] = [];
  let [count, values] = [0, 0];
  for (const text of manifest.split(/(?:^|\r?\n)---[^\n]*/)) {
    if (!/^[ \t]*[^\s#]/m.test(text)) continue;
    count++;
    const own = valuesIn(text);
    if (own <= maxYamlValues) values += own;
    if (count > maxDocuments || values > maxAllValues) {
      const what = values > maxAllValues ? 'values' : 'documents';
      unreadable.push({ document: count, unreadable: `there are too many ${what} before it` });
      break;
    }
    const value = parse(text);
    const found = 'reason' in value ? value.reason : collect(value.parsed, objects, 0);
    if (found !== undefined) unreadable.push({ document: count, unreadable: found });
  }
  return { objects, unreadable };
}

/** `Deployment web`, `Deployment shop/web` where the manifest names a namespace. Safe to print. */
export function objectTitle({ kind, namespace, name }: ManifestObject): string {
  return printable(`${kind} ${namespace ? `${namespace}/` : ''}${name}`, 120);
}

function parse(text: string): { readonly parsed: Json } | { readonly reason: string } {
  if (text.length > maxDocument) return { reason: 'it is too long' };
  const beyond = checkYaml(text);
  if (beyond !== undefined) return { reason: beyond };
  if ((text.match(/(?:^|[\s,[{:-])[&*!](?=\S)/gm)?.length ?? 0) > maxMarks)
    return { reason: 'it has too many anchors and tags' };
  try {
    // Go's YAML lets the last of two equal keys win, and merges `<<`; both occur in charts.
    const document = parseDocument(text, {
      logLevel: 'silent',
      uniqueKeys: false,
      merge: true,
      resolveKnownTags: false,
    });
    const [error] = document.errors;
    if (error) return { reason: `it is not valid YAML at its line ${lineOf(error, text)}` };
    keepDigits(document, text);
    return { parsed: document.toJS({ maxAliasCount }) as Json };
  } catch (error) {
    // A ReferenceError for aliases without an anchor or without end, a RangeError for endless nesting.
    const aliases = error instanceof ReferenceError;
    return { reason: aliases ? 'its YAML has bad aliases, or too many' : 'it nests too deep' };
  }
}

/** Lines are counted from the `# Source:` comment that Helm puts first. */
function lineOf(error: { linePos?: readonly { line: number }[] }, text: string): number {
  const blank = /^\r?\n/.test(text) ? 1 : 0;
  return Math.max(1, (error.linePos?.[0]?.line ?? 1) - blank);
}

/** Adds the object, or those in a list. @returns why it is none */
function collect(value: Json, into: ManifestObject[], depth: number): string | undefined {
  if (value === null) return undefined;
  if (!isObject(value)) return 'it is not an object';
  const { apiVersion, kind, metadata, items } = value;
  if (typeof apiVersion !== 'string' || apiVersion === '') return 'it has no apiVersion';
  if (typeof kind !== 'string' || kind === '') return 'it has no kind';
  if (kind.endsWith('List') && isList(items)) {
    if (depth >= maxListDepth) return 'it nests too deep';
    const reasons = items.flatMap((item) => collect(item, into, depth + 1) ?? []);
    return reasons[0] && `of an item in its list: ${reasons[0]}`;
  }
  const { name, namespace } = isObject(metadata) ? metadata : {};
  if (typeof name !== 'string' || name === '') return 'it has no name';
  const place = typeof namespace === 'string' && namespace !== '' ? { namespace } : {};
  into.push({ apiVersion, kind, ...place, name, fields: value });
  return undefined;
}
