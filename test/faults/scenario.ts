/** Releases that a Tiller left on the API server, what becomes of them, and what is there right now. */
import { stringify } from 'yaml';
import { encodePayload, openRecord } from '../../src/codecs/index.ts';
import { mapLimit } from '../../src/parallel.ts';
import { isBad, type ReleaseRecord, recordKey } from '../../src/record.ts';
import type { Release } from '../../src/release.ts';
import type { Cluster } from '../cluster/cluster.ts';
import { demoDump, manifestsIn } from '../e2e/tiller.ts';

/** What is in a store: a text for each record by its name. Equal texts, equal records. */
export type Contents = ReadonlyMap<string, string>;

export interface Scenario {
  /** The Tiller's namespace. */
  readonly tiller: string;
  /** Where the releases live. */
  readonly namespaces: readonly string[];
  readonly names: readonly string[];
  readonly revisions: number;
  readonly records: readonly ReleaseRecord[];
  /** Puts back what a migration deleted, removes what it wrote, and unmarks what it marked. */
  reset(): Promise<void>;
  sources(): Promise<Contents>;
  /** By namespace and name. */
  targets(): Promise<Contents>;
  /** The live objects of the newest revisions, by namespace and name. */
  objects(): Promise<Contents>;
  addSource(record: ReleaseRecord): Promise<void>;
}

interface Item {
  readonly metadata: {
    readonly name: string;
    readonly labels?: { readonly [name: string]: string };
    readonly annotations?: { readonly [name: string]: string };
  };
  readonly type?: string;
  readonly data?: { readonly [name: string]: string };
}

const writers = 8;
const namespaceCount = 3;

export async function makeScenario(
  cluster: Cluster,
  releases: number,
  revisions: number,
): Promise<Scenario> {
  const tiller = await cluster.namespace('tiller');
  const namespaces: string[] = [];
  while (namespaces.length < Math.min(namespaceCount, releases))
    namespaces.push(await cluster.namespace('apps'));
  const names = Array.from({ length: releases }, (_, i) => `app-${String(i + 1).padStart(2, '0')}`);
  const models = demoReleases('billing').slice(-revisions);
  if (models.length < revisions) throw new Error(`billing has no ${revisions} revisions`);
  const records = names.flatMap((name, i) => {
    const namespace = namespaces[i % namespaces.length] ?? '';
    return models.map((original, j) =>
      helm2Record(tiller, {
        ...{ ...original, name, namespace, revision: j + 1 },
        manifest: liveObjects(name).map(manifestOf).join(''),
      }),
    );
  });
  const sourcePath = `/api/v1/namespaces/${tiller}/configmaps`;
  const list = async (path: string) =>
    ((await cluster.must('GET', path)) as { readonly items: readonly Item[] }).items;
  const helm3 = '?labelSelector=owner%3Dhelm';

  async function sources(): Promise<Contents> {
    const items = await list(`${sourcePath}?labelSelector=OWNER%3DTILLER`);
    return new Map(items.map((item) => [item.metadata.name, textOf(item)]));
  }

  async function addSource({ key, labels, payload }: ReleaseRecord): Promise<void> {
    const body = { metadata: { name: key, labels }, data: { release: payload } };
    await cluster.must('POST', sourcePath, body);
  }

  async function putObject(namespace: string, object: LiveObject): Promise<void> {
    const path = `/api/v1/namespaces/${namespace}/configmaps`;
    const { status } = await cluster.request('DELETE', `${path}/${object.metadata.name}`);
    if (status !== 200 && status !== 404) throw new Error(`DELETE ${path}: ${status}`);
    await cluster.must('POST', path, object);
  }

  return {
    ...{ tiller, namespaces, names, revisions, records, sources, addSource },
    async objects() {
      const found = new Map<string, string>();
      for (const namespace of namespaces)
        for (const item of await list(`/api/v1/namespaces/${namespace}/configmaps`))
          found.set(`${namespace}/${item.metadata.name}`, objectText(item));
      return found;
    },
    async targets() {
      const found = new Map<string, string>();
      for (const namespace of namespaces)
        for (const item of await list(`/api/v1/namespaces/${namespace}/secrets${helm3}`))
          found.set(`${namespace}/${item.metadata.name}`, textOf(item));
      return found;
    },
    async reset() {
      for (const namespace of namespaces)
        await cluster.must('DELETE', `/api/v1/namespaces/${namespace}/secrets${helm3}`);
      const there = new Map(await sources());
      const originals = new Map(records.map((record) => [record.key, recordText(record)]));
      const changed = [...there].filter(([key, text]) => originals.get(key) !== text);
      await mapLimit(changed, writers, async ([key]) => {
        await cluster.must('DELETE', `${sourcePath}/${key}`);
        there.delete(key);
      });
      const missing = records.filter(({ key }) => !there.has(key));
      await mapLimit(missing, writers, addSource);
      const live = names.flatMap((name, i) =>
        liveObjects(name).map(
          (object) => [namespaces[i % namespaces.length] ?? '', object] as const,
        ),
      );
      await mapLimit(live, writers, ([namespace, object]) => putObject(namespace, object));
    },
  };
}

type LiveObject = ReturnType<typeof liveObjects>[number];

/** What a release keeps in the cluster: objects that need no controller, labelled as charts did. */
function liveObjects(name: string) {
  return ['greeting', 'settings'].map((part) => ({
    apiVersion: 'v1',
    kind: 'ConfigMap',
    metadata: { name: `${name}-${part}`, labels: { heritage: 'Tiller', release: name } },
    data: { part },
  }));
}

function manifestOf(object: LiveObject): string {
  return `---\n# Source: web/templates/${object.data.part}.yaml\n${stringify(object)}`;
}

function objectText({ metadata, data }: Item): string {
  const sorted = (texts: { readonly [name: string]: string } = {}) => Object.entries(texts).sort();
  return JSON.stringify([metadata.labels, metadata.annotations, data].map(sorted));
}

function textOf({ metadata, type, data }: Item): string {
  return contentText(type, metadata.labels, data?.['release']);
}

function recordText({ labels, payload }: ReleaseRecord): string {
  return contentText(undefined, labels, payload);
}

function contentText(type = '', labels: ReleaseRecord['labels'] = {}, payload = ''): string {
  return JSON.stringify([type, Object.entries(labels).sort(), payload]);
}

/** A demo release, written by Helm 2's own code: its revisions, oldest first. */
function demoReleases(name: string): Release[] {
  const found = manifestsIn(demoDump)
    .filter(({ metadata }) => metadata.labels['NAME'] === name)
    .map(({ metadata, data }) => {
      const opened = openRecord({
        ...{ kind: 'ConfigMap', namespace: 'kube-system', key: metadata.name },
        ...{ labels: metadata.labels, payload: data?.['release'] ?? '' },
      });
      if (isBad(opened)) throw new Error(`${metadata.name}: ${opened.unreadable}`);
      return opened.release;
    });
  return found.sort((a, b) => a.revision - b.revision);
}

/** The record as Tiller keeps it. */
export function helm2Record(tiller: string, release: Release): ReleaseRecord {
  const { name, revision } = release;
  const status = (release.info?.status ?? '').toUpperCase().replaceAll('-', '_');
  return {
    kind: 'ConfigMap',
    namespace: tiller,
    key: recordKey('tiller', name, revision),
    labels: {
      ...{ OWNER: 'TILLER', NAME: name, VERSION: String(revision), STATUS: status },
      CREATED_AT: String(1_500_000_000 + revision),
    },
    payload: encodePayload('helm2', release),
  };
}
