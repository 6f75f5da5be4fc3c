/**
 * Dumps with a single bit flipped: no record is read as anything but itself, none is lost without a
 * row, and the damage takes at most the record it's in, or the two it stands between.
 */
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { isDeepStrictEqual } from 'node:util';
import { describe, expect, it } from 'vitest';
import { parseAllDocuments, stringify } from 'yaml';
import { disagreementText, serious } from '../../src/attribution.ts';
import { openRecord } from '../../src/codecs/index.ts';
import { refId } from '../../src/record.ts';
import type { Release } from '../../src/release.ts';
import { readManifests } from '../../src/storage/files/manifests.ts';

interface Manifest {
  readonly kind: string;
  readonly type?: string;
  readonly metadata: {
    readonly name: string;
    readonly namespace: string;
    readonly labels: { readonly [name: string]: string };
  };
  readonly data: { readonly [key: string]: string };
}

const fixtures = fileURLToPath(new URL('../fixtures/', import.meta.url));

function fixture(file: string, name: string): Manifest {
  const documents = parseAllDocuments(readFileSync(fixtures + file, 'utf8'));
  const found = documents
    .map((document) => document.toJS() as Manifest)
    .find(({ metadata }) => metadata.name === name);
  if (!found) throw new RangeError(`${file} has no ${name}`);
  return found;
}

/** What a server adds, in the order in which kubectl prints it. */
function asDumped({ kind, type, metadata, data }: Manifest, number: number) {
  const { name, namespace, labels } = metadata;
  return {
    apiVersion: 'v1',
    data,
    kind,
    metadata: {
      creationTimestamp: '2019-03-14T09:26:53Z',
      labels,
      name,
      namespace,
      resourceVersion: String(4000 + number),
      selfLink: `/api/v1/namespaces/${namespace}/${kind.toLowerCase()}s/${name}`,
      uid: `0a1b2c3d-0000-4000-8000-00000000000${number}`,
    },
    ...(type === undefined ? {} : { type }),
  };
}

const plain: Manifest = {
  kind: 'ConfigMap',
  metadata: { name: 'settings', namespace: 'apps', labels: { app: 'web' } },
  data: { 'app.conf': 'color = blue\nsize = 3\n' },
};
const owned = {
  apiVersion: 'apps/v1',
  kind: 'ReplicaSet',
  metadata: {
    name: 'web-1',
    namespace: 'apps',
    ownerReferences: [{ apiVersion: 'apps/v1', kind: 'Deployment', name: 'web' }],
  },
  spec: { template: { metadata: { labels: { app: 'web' } }, spec: { containers: [] } } },
};
const objects = [
  asDumped(fixture('helm2/names.yaml', 'with.dots.v1'), 1),
  asDumped(fixture('helm2/names.yaml', 'a.v1'), 2),
  asDumped(plain, 3),
  asDumped(fixture('helm3/statuses.yaml', 'sh.helm.release.v1.status-deployed.v1'), 4),
  owned,
  asDumped(fixture('helm2/names.yaml', 'v1.v2.v1'), 5),
];
const list = { apiVersion: 'v1', items: objects, kind: 'List', metadata: { resourceVersion: '' } };
const noWrap = { lineWidth: 0, compat: 'yaml-1.1' } as const;
const block = stringify(list, { ...noWrap, indentSeq: false });

const layouts = {
  'a YAML list': ['dump.yaml', block],
  'a YAML list with indented items': ['dump.yaml', stringify(list, noWrap)],
  'a YAML list with CRLF': ['dump.yaml', block.replaceAll('\n', '\r\n')],
  'YAML documents': ['dump.yaml', objects.map((one) => stringify(one, noWrap)).join('---\n')],
  'JSON with an item a line': ['dump.json', `${JSON.stringify(list, null, 4)}\n`],
  'JSON on one line': ['dump.json', `${JSON.stringify(list)}\n`],
  'JSON that is called YAML': ['dump.yaml', JSON.stringify(list, null, 2)],
} as const satisfies { readonly [layout: string]: readonly [string, string] };

/** What is read, record by record; and how many rows say that something can't be. */
function read(text: string, path: string) {
  const releases = new Map<string, Release>();
  const rows: string[] = [];
  for (const { record } of readManifests(text, path)) {
    const opened = openRecord(record);
    if ('unreadable' in opened) rows.push(`${refId(opened)}: ${opened.unreadable}`);
    // A flip in its name or its labels: it is shown as what it is, and says so.
    else if (serious(opened.disagreements).length > 0)
      rows.push(`${refId(record)}: ${disagreementText(opened.disagreements)}`);
    else releases.set(refId(record), opened.release);
  }
  return { releases, rows };
}

/** What a flip did, or undefined where all is as it must be. */
function wrongAfter(
  flip: number,
  path: string,
  bytes: Buffer,
  sound: ReadonlyMap<string, Release>,
): string | undefined {
  const damaged = Buffer.from(bytes);
  damaged[flip >> 3] = (damaged[flip >> 3] ?? 0) ^ (1 << (flip & 7));
  const { releases, rows } = read(damaged.toString('utf8'), path);
  for (const [id, release] of releases)
    if (!isDeepStrictEqual(sound.get(id), release)) return `bit ${flip}: ${id} isn't what it was`;
  const ids = [...sound.keys()];
  const lost = ids.filter((id) => !releases.has(id));
  if (lost.length > 0 && rows.length === 0) return `bit ${flip}: ${lost} is lost in silence`;
  if (rows.length > 2) return `bit ${flip}: ${rows.length} rows`;
  // Where the line between two items is damaged, YAML can't tell where the second one begins.
  const [first = '', second = ''] = lost;
  const mayTakeTwo = path.endsWith('.yaml') && ids.indexOf(second) === ids.indexOf(first) + 1;
  return lost.length > (mayTakeTwo ? 2 : 1) ? `bit ${flip}: ${lost} are lost` : undefined;
}

/** Park and Miller's generator: the same flips in every run. */
function flips(count: number, bits: number): number[] {
  let state = 20260131;
  return Array.from({ length: count }, () => {
    state = (state * 48271) % 0x7fffffff;
    return state % bits;
  });
}

describe.each(Object.entries(layouts))('%s', (_layout, [path, text]) => {
  const bytes = Buffer.from(text);
  const sound = read(text, path);

  it('is read in full as long as it is sound', () => {
    expect(sound.releases.size).toBe(4);
    expect(sound.rows).toEqual([]);
  });

  it('loses nothing but what a flipped bit hits', () => {
    const wrong = flips(300, bytes.length * 8).map((flip) =>
      wrongAfter(flip, path, bytes, sound.releases),
    );
    expect(wrong.filter((one) => one !== undefined)).toEqual([]);
  });
});
