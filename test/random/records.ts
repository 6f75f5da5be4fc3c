/**
 * Records from their sketches, and what a record is known by: a mark in its manifest, which every Helm and
 * every conversion carries along. The reading here is the tests' own, so that the code under test is never
 * judged by itself.
 */
import { createHash } from 'node:crypto';
import { gunzipSync, gzipSync } from 'node:zlib';
import { encodePayload } from '../../src/codecs/index.ts';
import type { ReleaseRecord } from '../../src/record.ts';
import type { Release } from '../../src/release.ts';
import { sketchRelease } from '../unit/cli-records.ts';
import { names, namespaces, type Odd, type Oddity, type ReleaseSketch } from './world.ts';

export const bigInteger = '1234567890123456790';
const prefix = 'sh.helm.release.v1.';

/** The text or the bytes in a payload, as Latin-1; '' where it is no base64, or its gzip is cut. */
function inside(payload: string): string {
  const bytes = Buffer.from(payload, 'base64');
  if (bytes[0] !== 0x1f || bytes[1] !== 0x8b) return bytes.toString('latin1');
  try {
    return gunzipSync(bytes).toString('latin1');
  } catch {
    return '';
  }
}

const marks = new Map<string, string>();
const textOf = new Map<string, string>();

/** What the payload says when it is unpacked. */
export function content(payload: string): string {
  const known = textOf.get(payload);
  if (known !== undefined) return known;
  const text = inside(payload);
  if (textOf.size > 5000) textOf.clear();
  textOf.set(payload, text);
  return text;
}

/** What it is known by, whatever was done to it: its mark, or the digest of what can't be read. */
export function markOf({ payload }: { readonly payload: string }): string {
  const known = marks.get(payload);
  if (known !== undefined) return known;
  const mark =
    /mark:([\w.]+);/.exec(content(payload))?.[1] ??
    `raw:${createHash('sha256').update(payload).digest('hex').slice(0, 12)}`;
  if (marks.size > 5000) marks.clear();
  marks.set(payload, mark);
  return mark;
}

/** The JSON of a Helm 3 or 4 payload, where it is some. */
export function jsonOf(payload: string): { [name: string]: unknown } | undefined {
  try {
    const json: unknown = JSON.parse(Buffer.from(content(payload), 'latin1').toString());
    return typeof json === 'object' && json !== null ? { ...json } : undefined;
  } catch {
    return undefined;
  }
}

/** @param mark what it will be known by; no other record of the world has it */
export function releaseOf(
  sketch: Pick<ReleaseSketch, 'helm'> & { readonly name: string; readonly namespace: string },
  revision: number,
  status: string,
  mark: string,
  times: { readonly first: string; readonly last: string },
): Release {
  const { helm, name, namespace } = sketch;
  const { first, last } = times;
  const { info, ...release } = sketchRelease({
    ...{ helm, name, namespace, revision, status, updated: last },
    manifest: `---\n# mark:${mark};\nkind: ConfigMap\n`,
    config: helm === 2 ? 'replicas: 1\n' : { replicas: 1 },
  });
  return { ...release, ...(info && { info: { ...info, firstDeployed: first } }), hooks: [] };
}

/** Minutes since a day of the tests', as Helm writes times. */
export function timeAt(minutes: number): string {
  return new Date(Date.UTC(2026, 0, 1, 0, minutes)).toISOString().replace('.000Z', '.5Z');
}

/** As its Helm writes it. */
export function recordOf(
  release: Release,
  kind: 'Secret' | 'ConfigMap',
  namespace: string,
): ReleaseRecord {
  const { name, revision, helm } = release;
  const status = release.info?.status ?? 'unknown';
  const old = helm === 2;
  return {
    ...{ kind, namespace, key: `${old ? '' : prefix}${name}.v${revision}` },
    labels: old
      ? {
          ...{ NAME: name, OWNER: 'TILLER', VERSION: String(revision) },
          STATUS: status.toUpperCase().replaceAll('-', '_'),
        }
      : { name, owner: 'helm', status, version: String(revision) },
    ...(kind === 'Secret' && { type: old ? 'Opaque' : 'helm.sh/release.v1' }),
    payload: encodePayload(old ? 'helm2' : 'helm3', release),
  };
}

/**
 * A release's records, oldest first.
 * @param id no other release of the world has it
 * @param began in minutes
 */
export function recordsOf(sketch: ReleaseSketch, id: string, began: number): ReleaseRecord[] {
  const [name = '', namespace = ''] = [names[sketch.name], namespaces[sketch.namespace]];
  const old = sketch.helm === 2;
  const kind = old === sketch.otherKind ? 'Secret' : 'ConfigMap';
  const at = old ? 'kube-system' : namespace;
  const numbers = Array.from({ length: sketch.revisions }, (_, i) =>
    i === 0 ? 1 : 1 + i + sketch.gap,
  );
  return numbers.map((revision, i) => {
    const fromNewest = sketch.revisions - 1 - i;
    const status =
      fromNewest === 0
        ? sketch.newest
        : (fromNewest === 1 && sketch.severalDeployed) ||
            (fromNewest === 1 && sketch.newest !== 'deployed' && sketch.newest !== 'uninstalled')
          ? 'deployed'
          : 'superseded';
    const whose = { helm: sketch.helm, name, namespace };
    const times = { first: timeAt(began + 1), last: timeAt(began + revision) };
    const release = releaseOf(whose, revision, status, `${id}.r${revision}`, times);
    const odd = sketch.odd.filter((one) => one.revision === fromNewest);
    return odd.reduce(
      (record, { what }) => made(record, what, sketch),
      recordOf(odd.reduce(altered, release), kind, at),
    );
  });
}

/** Oddities of the content. */
function altered(release: Release, { what }: Odd): Release {
  switch (what) {
    case 'content name of another':
      return { ...release, name: otherName(release.name) };
    case 'content revision of another':
      return { ...release, revision: release.revision + 6 };
    case 'content status of another':
      return { ...release, ...(release.info && { info: { ...release.info, status: 'failed' } }) };
    case 'content namespace of another':
      return { ...release, namespace: 'elsewhere' };
    default:
      return release;
  }
}

function otherName(name: string): string {
  return names[((names as readonly string[]).indexOf(name) + 1) % names.length] ?? name;
}

/** Oddities of all that is around the content, and of how it is packed. */
function made(
  record: ReleaseRecord,
  what: Oddity,
  { helm, name: index }: ReleaseSketch,
): ReleaseRecord {
  const name = names[index] ?? '';
  const old = helm === 2;
  const [nameLabel, versionLabel, ownerLabel, statusLabel] = old
    ? (['NAME', 'VERSION', 'OWNER', 'STATUS'] as const)
    : (['name', 'version', 'owner', 'status'] as const);
  const labelled = (more: { [name: string]: string }) => ({
    ...record,
    labels: { ...record.labels, ...more },
  });
  const without = (label: string) => {
    const { [label]: _, ...labels } = record.labels;
    return { ...record, labels };
  };
  switch (what) {
    case 'key of another':
      return { ...record, key: record.key.replace(name, otherName(name)) };
    case 'key of nobody':
      return { ...record, key: `${name}-settings` };
    case 'key without prefix':
      return { ...record, key: record.key.replace(prefix, '') };
    case 'name label missing':
      return without(nameLabel);
    case 'name label of another':
      return labelled({ [nameLabel]: otherName(name) });
    case 'version label missing':
      return without(versionLabel);
    case 'version label of another':
      return labelled({ [versionLabel]: '7' });
    case 'version label no number':
      return labelled({ [versionLabel]: 'seven' });
    case 'owner label missing':
      return without(ownerLabel);
    case 'owner label of nobody':
      return labelled({ [ownerLabel]: 'me' });
    case 'owner label of both Helms':
      return labelled(old ? { owner: 'helm' } : { OWNER: 'TILLER' });
    case 'status label missing':
      return without(statusLabel);
    case 'status label of another':
      return labelled({ [statusLabel]: old ? 'FAILED' : 'failed' });
    case 'type of another':
      return record.kind === 'Secret'
        ? { ...record, type: old ? 'helm.sh/release.v1' : 'Opaque' }
        : record;
    case 'type of a later Helm':
      return record.kind === 'Secret' ? { ...record, type: 'helm.sh/release.v2' } : record;
    case 'payload cut in half':
      return { ...record, payload: record.payload.slice(0, record.payload.length / 2) };
    case 'payload plain text':
      return { ...record, payload: `helm-test ${markOf(record)}` };
    case 'payload not packed':
      return { ...record, payload: base64(content(record.payload), false) };
    case 'labels of its own':
      return labelled({ TEAM: 'pay', 'example.com/context': 'x' });
    case 'immutable':
      return { ...record, immutable: true };
    case 'other data':
      // A file is written by the program, which writes no such thing.
      return { ...record, otherData: ['settings'] };
    case 'owned':
      return { ...record, owners: ['HelmRelease web'] };
    case 'finalizer':
      return { ...record, finalizers: ['example.com/keep'] };
    case 'annotations':
      return { ...record, annotations: { 'example.com/note': 'kept' } };
    case 'integers beyond 2^53':
      if (old) return record;
      return {
        ...record,
        payload: base64(
          content(record.payload).replace('"replicas":1', `"replicas":${bigInteger}`),
          true,
        ),
      };
    default:
      return record;
  }
}

function base64(text: string, packed: boolean): string {
  const bytes = Buffer.from(text, 'latin1');
  return (packed ? gzipSync(bytes) : bytes).toString('base64');
}

export type Family = 2 | 3;

/** Of which Helm it is: by its content where that says it, or else by its key and its labels. */
export function familyOf(record: ReleaseRecord): Family {
  const text = content(record.payload);
  if (text.startsWith('{')) return 3;
  if (/mark:/.test(text)) return 2;
  return record.key.startsWith(prefix) || record.labels['owner'] === 'helm' ? 3 : 2;
}

/** The content's own name of its release: in both formats it is the first that is called so. */
function contentName(record: ReleaseRecord): string | undefined {
  const text = content(record.payload);
  if (text.startsWith('{')) {
    const name = jsonOf(record.payload)?.['name'];
    return typeof name === 'string' ? name : undefined;
  }
  // hapi/release/release.proto: `string name = 1`.
  if (text.charCodeAt(0) !== 0x0a || !/mark:/.test(text)) return undefined;
  return text.slice(2, 2 + text.charCodeAt(1));
}

/**
 * Whether it is a record of any Helm's at all: docs/whose-record.md, the parts. Without a Helm's owner label it is found
 * by its key alone, or by the type that Helm 3 gives a Secret.
 */
export function isRecord({ key, type, labels }: ReleaseRecord): boolean {
  const isOwned = labels['owner'] === 'helm' || labels['OWNER'] === 'TILLER';
  return isOwned || /\.v-?\d{1,10}$/.test(key) || type === 'helm.sh/release.v1';
}

/** Every release that the record says it is of: by its key, its name label and its content. */
export function releasesNamed(record: ReleaseRecord): ReadonlySet<string> {
  const { labels } = record;
  if (!isRecord(record)) return new Set();
  // docs/whose-record.md, 8 and 6: it is Helm 3's, whose key it hasn't, and whose content it hasn't, either.
  const isHelms = labels['owner'] === 'helm' && labels['OWNER'] !== 'TILLER';
  const isOdd = !record.key.startsWith(prefix) && !content(record.payload).startsWith('{');
  if (isHelms && isOdd) return new Set(labels['name'] === undefined ? [] : [labels['name']]);
  const rest = record.key.startsWith(prefix) ? record.key.slice(prefix.length) : record.key;
  const key = /^(.+)\.v-?\d{1,10}$/.exec(rest)?.[1];
  const label = record.labels['name'] ?? record.labels['NAME'];
  const said = [key, label, contentName(record)];
  return new Set(said.flatMap((one) => one ?? []));
}
