/** Releases that a Tiller left on the API server, what becomes of them, and what is there right now. */
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
  /** Puts back what a migration deleted and removes what it wrote. */
  reset(): Promise<void>;
  sources(): Promise<Contents>;
  /** By namespace and name. */
  targets(): Promise<Contents>;
  addSource(record: ReleaseRecord): Promise<void>;
}

interface Item {
  readonly metadata: {
    readonly name: string;
    readonly labels?: { readonly [name: string]: string };
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
  const originals = demoReleases('billing').slice(-revisions);
  if (originals.length < revisions) throw new Error(`billing has no ${revisions} revisions`);
  const records = names.flatMap((name, i) => {
    const namespace = namespaces[i % namespaces.length] ?? '';
    return originals.map((original, j) =>
      helm2Record(tiller, { ...original, name, namespace, revision: j + 1 }),
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

  return {
    ...{ tiller, namespaces, names, revisions, records, sources, addSource },
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
      const there = await sources();
      const missing = records.filter(({ key }) => !there.has(key));
      await mapLimit(missing, writers, addSource);
    },
  };
}

function textOf({ metadata, type, data }: Item): string {
  const labels = Object.entries(metadata.labels ?? {}).sort();
  return JSON.stringify([type ?? '', labels, data?.['release'] ?? '']);
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

/** The record of the revision that a Tiller writes when somebody upgrades. */
export function nextRevision(scenario: Scenario, name: string): ReleaseRecord {
  const newest = scenario.records.findLast(({ labels }) => labels['NAME'] === name);
  const opened = newest && openRecord(newest);
  if (!opened || isBad(opened)) throw new Error(`${name} has no readable revision`);
  const revision = opened.release.revision + 1;
  return helm2Record(scenario.tiller, { ...opened.release, revision });
}
