/** An API server as a plain function: discovery, metadata and server-side apply of a few objects. */
import { ReleasesError } from '../../src/errors.ts';
import type { Call, KubeApi, KubeMetadata } from '../../src/kube/api.ts';

export interface FakeObject {
  readonly apiVersion: string;
  readonly resource: string;
  readonly metadata: KubeMetadata & { readonly uid: string; readonly resourceVersion: string };
}

export interface FakeApi extends KubeApi {
  readonly calls: Call[];
  readonly objects: FakeObject[];
  /** Runs before a call is answered; what it throws is the answer. */
  before: (call: Call) => void;
}

/** Kind, plural, namespaced, by version. */
export const served: { readonly [apiVersion: string]: readonly [string, string, boolean][] } = {
  v1: [
    ['ConfigMap', 'configmaps', true],
    ['Secret', 'secrets', true],
    ['Namespace', 'namespaces', false],
  ],
  'apps/v1': [['Deployment', 'deployments', true]],
  'apps/v1beta1': [],
  'batch/v1': [['CronJob', 'cronjobs', true]],
  'rbac.authorization.k8s.io/v1': [['ClusterRole', 'clusterroles', false]],
};

export function object(
  resource: string,
  namespace: string | undefined,
  name: string,
  metadata: Partial<KubeMetadata> = {},
  apiVersion = 'v1',
): FakeObject {
  const uid = `uid-${resource}-${namespace}-${name}`;
  const place = namespace === undefined ? { name } : { name, namespace };
  return { apiVersion, resource, metadata: { uid, resourceVersion: '1', ...place, ...metadata } };
}

export function fakeApi(objects: FakeObject[], aggregated = true): FakeApi {
  const api: FakeApi = {
    server: 'https://api',
    calls: [],
    objects,
    before: () => {},
    stream: () => Promise.reject(new Error('nothing is watched here')),
    close: () => {},
    async call(call) {
      api.calls.push(call);
      api.before(call);
      if (call.path) return discovery(call.path, aggregated);
      const at = (one: FakeObject) =>
        one.apiVersion === call.apiVersion &&
        one.resource === call.resource &&
        (call.namespace === undefined || one.metadata.namespace === call.namespace);
      if (call.verb === 'list')
        return { kind: 'PartialObjectMetadataList', items: objects.filter(at) };
      const index = objects.findIndex((one) => at(one) && one.metadata.name === call.name);
      const there = objects[index];
      if (call.verb === 'patch') {
        const changed = patched(there, call);
        objects.splice(index, 1, changed);
        return changed;
      }
      if (!there) throw new ReleasesError('NOT_FOUND', 'not there');
      return there;
    },
  };
  return api;
}

/** Server-side apply as an API server does it, as far as labels and annotations go. */
function patched(there: FakeObject | undefined, call: Call): FakeObject {
  const { metadata } = call.body as { readonly metadata: KubeMetadata };
  const same = there?.metadata.uid === metadata.uid;
  if (!there || !same || there.metadata.resourceVersion !== metadata.resourceVersion)
    throw new ReleasesError('CONFLICT', 'changed');
  return {
    ...there,
    metadata: {
      ...there.metadata,
      resourceVersion: `${Number(there.metadata.resourceVersion) + 1}`,
      labels: { ...there.metadata.labels, ...metadata.labels },
      annotations: { ...there.metadata.annotations, ...metadata.annotations },
    },
  };
}

const verbs = ['get', 'list', 'patch', 'create'];

function discovery(path: readonly string[], aggregated: boolean): unknown {
  const core = path[0] === 'api';
  const versions = Object.keys(served).filter((version) => version.includes('/') !== core);
  if (aggregated)
    return {
      kind: 'APIGroupDiscoveryList',
      items: [...new Set(versions.map(groupIn))].map((name) => ({
        metadata: { name },
        versions: versions
          .filter((version) => groupIn(version) === name)
          .map((version) => ({
            version: version.split('/').pop(),
            resources: (served[version] ?? []).map(([kind, resource, namespaced]) => ({
              ...{ resource, responseKind: { kind }, verbs },
              scope: namespaced ? 'Namespaced' : 'Cluster',
            })),
          })),
      })),
    };
  const version = path.slice(1).join('/');
  if (version !== '')
    return {
      kind: 'APIResourceList',
      resources: (served[version] ?? []).flatMap(([kind, name, namespaced]) => [
        { name, kind, namespaced, verbs },
        { name: `${name}/status`, kind, namespaced, verbs },
      ]),
    };
  if (core) return { kind: 'APIVersions', versions };
  const groups = [...new Set(versions.map(groupIn))].map((name) => ({
    name,
    versions: versions
      .filter((one) => groupIn(one) === name)
      .map((groupVersion) => ({ groupVersion })),
    preferredVersion: { groupVersion: versions.find((one) => groupIn(one) === name) },
  }));
  return { kind: 'APIGroupList', groups };
}

function groupIn(apiVersion: string): string {
  return apiVersion.includes('/') ? (apiVersion.split('/')[0] ?? '') : '';
}
