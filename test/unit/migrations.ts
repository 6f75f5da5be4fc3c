/** Small Helm 2 releases in memory, and their migration by the engine. */
import { encodePayload, openRecord } from '../../src/codecs/index.ts';
import { applyPlan } from '../../src/migrate/engine/apply.ts';
import type { Outcome } from '../../src/migrate/engine/engine.ts';
import { plan2to3 } from '../../src/migrate/helm2to3/plan.ts';
import { surveySources, surveyTarget } from '../../src/migrate/helm2to3/survey.ts';
import type { Options2to3 } from '../../src/migrate/helm2to3/target.ts';
import type { Plan } from '../../src/migrate/plan.ts';
import { isBad, type ReadRecord, type ReleaseRecord, recordKey } from '../../src/record.ts';
import type { Release } from '../../src/release.ts';
import { openMemory } from '../../src/storage/memory.ts';
import type { Storage } from '../../src/storage/storage.ts';

export const keep: Options2to3 = { deleteSources: false, markSuperseded: false };
export const move: Options2to3 = { ...keep, deleteSources: true };

export function helm2(
  name: string,
  revision: number,
  change: Partial<Release> = {},
): ReleaseRecord {
  const status = change.info?.status ?? 'superseded';
  const release: Release = {
    helm: 2,
    name,
    namespace: 'apps',
    revision,
    info: { description: 'Upgrade complete', status, notes: '' },
    chart: {
      metadata: {
        ...{ name: 'web', home: '', sources: [], version: `1.0.${revision}`, description: '' },
        ...{ keywords: [], maintainers: [], icon: '', apiVersion: 'v1', condition: '', tags: '' },
        ...{ appVersion: '', deprecated: false, annotations: {}, kubeVersion: '' },
        ...{ dependencies: [], type: '', engine: 'gotpl', tillerVersion: '' },
      },
      lock: null,
      templates: null,
      values: { yaml: 'replicas: 1' },
      schema: null,
      files: null,
    },
    config: { yaml: `replicas: ${revision}` },
    manifest: `---\n# revision ${revision}\n`,
    hooks: [],
    ...change,
  };
  return {
    kind: 'ConfigMap',
    namespace: 'kube-system',
    key: recordKey('tiller', name, revision),
    labels: {
      ...{ OWNER: 'TILLER', NAME: name, VERSION: String(revision) },
      ...{ STATUS: status.toUpperCase().replaceAll('-', '_'), CREATED_AT: '1500000000' },
    },
    payload: encodePayload('helm2', release),
  };
}

export function withStatus(status: string): Partial<Release> {
  return { info: { description: '', status, notes: '' } };
}

/** Two releases: web with three revisions, api with two. */
export function tiller(): ReleaseRecord[] {
  return [
    helm2('web', 1),
    helm2('web', 2),
    helm2('web', 3, withStatus('deployed')),
    helm2('api', 1),
    helm2('api', 2, withStatus('deployed')),
  ];
}

export async function planFor(from: Storage, to: Storage, options = keep): Promise<Plan> {
  const { releases } = await surveySources([from], []);
  return plan2to3(releases, await surveyTarget(to, releases, { kind: 'Secret' }, 4), options);
}

export async function migrate(
  from: Storage,
  to: Storage,
  options = keep,
  backup = openMemory(),
): Promise<Outcome[]> {
  const plan = await planFor(from, to, options);
  return applyPlan(plan, { from: new Map([[from.address, from]]), to, backup, concurrency: 4 });
}

export async function keysOf(store: Storage): Promise<string[]> {
  const keys: string[] = [];
  for await (const page of store.list({})) keys.push(...page.map(({ key }) => key));
  return keys.sort();
}

export async function revisionsOf(store: Storage): Promise<string[]> {
  const found: string[] = [];
  for await (const page of store.list({}))
    for (const record of page) {
      const opened = openRecord(record);
      if (!isBad(opened)) found.push(`${opened.release.name} ${opened.release.revision}`);
    }
  return found.sort();
}

export const everything = ['api 1', 'api 2', 'web 1', 'web 2', 'web 3'];

export async function all(store: Storage): Promise<ReadRecord[]> {
  const found: ReadRecord[] = [];
  for await (const page of store.list({})) found.push(...page);
  return found;
}
