/** Small releases and their records, as the tests of the commands need them. */
import { encodePayload } from '../../src/codecs/index.ts';
import type { JsonObject } from '../../src/json.ts';
import { type RecordKind, type ReleaseRecord, recordKey } from '../../src/record.ts';
import type { Chart, HelmVersion, Hook, Release, Values } from '../../src/release.ts';

export interface Sketch {
  readonly helm?: HelmVersion;
  readonly name?: string;
  readonly namespace?: string;
  readonly revision?: number;
  /** In Helm 3's words. */
  readonly status?: string;
  /** YAML text for Helm 2, an object for Helm 3 and 4. */
  readonly config?: string | JsonObject;
  readonly values?: string | JsonObject;
  readonly subcharts?: readonly Chart[];
  readonly updated?: string;
  readonly notes?: string;
  readonly description?: string;
  readonly manifest?: string;
  readonly hooks?: readonly Hook[];
  /** Of the chart, beside its values. */
  readonly chart?: Partial<Chart>;
}

export function sketchRelease(sketch: Sketch): Release {
  const { helm = 3, name = 'billing', namespace = 'pay', revision = 1 } = sketch;
  const { status = 'deployed', updated = '2026-11-20T18:04:11.123456789Z' } = sketch;
  return {
    ...{ helm, name, namespace, revision },
    info: {
      firstDeployed: updated,
      lastDeployed: updated,
      description: sketch.description ?? `Revision ${revision} of ${name}`,
      status,
      notes: sketch.notes ?? '',
      ...(helm === 3 ? { deleted: '' } : {}),
    },
    chart: sketchChart(name, sketch.values ?? (helm === 2 ? 'replicas: 1\n' : { replicas: 1 }), {
      dependencies: sketch.subcharts ?? [],
      ...sketch.chart,
    }),
    config: sketch.config === undefined ? null : values(sketch.config),
    manifest: sketch.manifest ?? `---\n# Source: ${name}/templates/cm.yaml\nkind: ConfigMap\n`,
    hooks: sketch.hooks ?? [
      {
        ...{ name: `${name}-hook`, kind: 'Job', path: `${name}/templates/hook.yaml` },
        ...{ manifest: 'kind: Job', events: ['pre-install'], weight: 1, deletePolicies: [] },
        ...(helm === 2 ? {} : { lastRun: { ...neverRan(helm), phase: '' } }),
      },
    ],
  };
}

/** Helm 3 writes Go's zero time as an empty text, by which its records are told from Helm 4's. */
function neverRan(helm: HelmVersion) {
  return helm === 3 ? { startedAt: '', completedAt: '' } : {};
}

export function sketchChart(
  name: string,
  defaults: string | JsonObject | null,
  more: Partial<Chart> = {},
): Chart {
  const old = typeof defaults === 'string';
  return {
    metadata: {
      ...{ name, home: '', sources: [], version: '1.2.3', description: '', keywords: [] },
      ...{ maintainers: [], icon: '', apiVersion: 'v1', condition: '', tags: '' },
      ...{ appVersion: '7.2', deprecated: false, annotations: {}, kubeVersion: '' },
      ...{ dependencies: [], type: '' },
    },
    lock: null,
    templates: [],
    values: defaults === null ? null : values(defaults),
    schema: null,
    files: [],
    ...(old ? more : { ...more, dependencies: [] }),
  };
}

function values(from: string | JsonObject): Values {
  return typeof from === 'string' ? { yaml: from } : { json: from };
}

/** Where the record lies; by default where its Helm puts it. */
export interface Place {
  readonly kind?: RecordKind;
  readonly namespace?: string;
}

export function sketchRecord(sketch: Sketch, place: Place = {}): ReleaseRecord {
  const release = sketchRelease(sketch);
  const { name, revision } = release;
  const old = release.helm === 2;
  const kind = place.kind ?? (old ? 'ConfigMap' : 'Secret');
  const status = release.info?.status ?? '';
  return {
    kind,
    namespace: place.namespace ?? (old ? 'kube-system' : release.namespace),
    key: recordKey(old ? 'tiller' : 'helm', name, revision),
    labels: old
      ? { NAME: name, OWNER: 'TILLER', STATUS: status.toUpperCase(), VERSION: String(revision) }
      : { name, owner: 'helm', status, version: String(revision) },
    ...(kind === 'Secret' ? { type: old ? 'Opaque' : 'helm.sh/release.v1' } : {}),
    payload: encodePayload(old ? 'helm2' : 'helm3', release),
  };
}

/** The same record with a payload that is cut in half. */
export function broken(record: ReleaseRecord): ReleaseRecord {
  return { ...record, payload: record.payload.slice(0, record.payload.length / 2) };
}
