/** Live objects, the Helm 2 releases that made them, and charts that take them over. */
import { randomBytes } from 'node:crypto';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { stringify } from 'yaml';
import { encodePayload } from '../../src/codecs/index.ts';
import type { KubeMetadata } from '../../src/kube/types.ts';
import type { ReleaseRecord } from '../../src/record.ts';
import type { Cluster } from '../cluster/cluster.ts';
import { type Sketch, sketchRecord, sketchRelease } from '../unit/cli-records.ts';

export const nameKey = 'meta.helm.sh/release-name';
export const namespaceKey = 'meta.helm.sh/release-namespace';
export const managedBy = 'app.kubernetes.io/managed-by';

/** A manifest as an object. */
export interface Live {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: {
    readonly name: string;
    readonly namespace?: string;
    readonly labels?: { readonly [name: string]: string };
    readonly annotations?: { readonly [name: string]: string };
  };
  readonly [field: string]: unknown;
}

/** What the server has of it. */
export interface Stored extends Live {
  readonly metadata: Live['metadata'] & {
    readonly uid: string;
    readonly resourceVersion: string;
    readonly managedFields?: readonly {
      readonly manager: string;
      readonly operation: string;
      readonly fieldsV1: unknown;
    }[];
  };
}

export function configMap(name: string, metadata: Partial<KubeMetadata> = {}): Live {
  return { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name, ...metadata }, data: { a: 'b' } };
}

/** As charts of Helm 2's time have them: labels that say Tiller, in the pods' template too. */
export function webObjects(name: string): Live[] {
  const labels = { app: name, heritage: 'Tiller', [managedBy]: 'Tiller' };
  const metadata = { name, labels };
  return [
    { apiVersion: 'v1', kind: 'ConfigMap', metadata, data: { colour: 'red' } },
    { apiVersion: 'v1', kind: 'Secret', metadata, stringData: { password: 'hunter2' } },
    {
      ...{ apiVersion: 'v1', kind: 'Service', metadata },
      spec: { selector: { app: name }, ports: [{ port: 80 }] },
    },
    {
      ...{ apiVersion: 'apps/v1', kind: 'Deployment', metadata },
      spec: {
        selector: { matchLabels: { app: name } },
        template: {
          metadata: { labels },
          spec: { containers: [{ name: 'web', image: 'web:1' }] },
        },
      },
    },
  ];
}

const plurals: { readonly [kind: string]: string } = { ClusterRole: 'clusterroles' };

export function pathOf({ apiVersion, kind, metadata }: Live, own: string): string {
  const root = apiVersion.includes('/') ? '/apis' : '/api';
  const { namespace = own } = metadata;
  const place = kind === 'ClusterRole' ? '' : `/namespaces/${namespace}`;
  return `${root}/${apiVersion}${place}/${plurals[kind] ?? `${kind.toLowerCase()}s`}`;
}

export async function install(cluster: Cluster, own: string, objects: readonly Live[]) {
  for (const object of objects) await cluster.must('POST', pathOf(object, own), object);
}

/** @returns undefined where it isn't there */
export async function stored(
  cluster: Cluster,
  own: string,
  object: Live,
): Promise<Stored | undefined> {
  const { status, body } = await cluster.request(
    'GET',
    `${pathOf(object, own)}/${object.metadata.name}`,
  );
  return status === 404 ? undefined : (body as Stored);
}

/** Helm 2's record of a release whose manifest holds these objects. */
export function helm2Record(tiller: string, objects: readonly Live[], sketch: Sketch) {
  const wanted: Sketch = { ...sketch, helm: 2 };
  const manifest = objects.map((object) => `---\n${stringify(object)}`).join('');
  const release = { ...sketchRelease(wanted), manifest, hooks: [] };
  const record: ReleaseRecord = {
    ...sketchRecord(wanted, { namespace: tiller }),
    payload: encodePayload('helm2', release),
  };
  return record;
}

/** A chart for Helm 3 and 4 whose templates are these objects. @returns its folder */
export function writeChart(folder: string, objects: readonly Live[]): string {
  const path = join(folder, randomBytes(6).toString('hex'));
  mkdirSync(join(path, 'templates'), { recursive: true });
  writeFileSync(join(path, 'Chart.yaml'), 'apiVersion: v2\nname: web\nversion: 2.0.0\n');
  for (const [i, object] of objects.entries())
    writeFileSync(join(path, 'templates', `${i}.yaml`), stringify(object));
  return path;
}
