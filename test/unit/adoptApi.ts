/** An API server as a plain function: discovery, metadata and patches of the metadata of a few objects. */
import { ReleasesError } from '../../src/errors.ts';
import type { KubeApi } from '../../src/kube/api.ts';
import type { Call, KubeMetadata } from '../../src/kube/types.ts';

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

/** A patch as an API server makes it, as far as labels, annotations and managed fields go. */
function patched(there: FakeObject | undefined, call: Call): FakeObject {
  if (!there) throw new ReleasesError('NOT_FOUND', 'not there');
  const change = call.contentType === 'application/json-patch+json' ? replaced(call) : merged(call);
  const { uid = there.metadata.uid, resourceVersion, ...fields } = change(there.metadata);
  if (uid !== there.metadata.uid || resourceVersion !== there.metadata.resourceVersion)
    throw new ReleasesError('CONFLICT', 'changed');
  const next = `${Number(resourceVersion) + 1}`;
  return { ...there, metadata: { ...there.metadata, ...fields, resourceVersion: next } };
}

type Change = (metadata: KubeMetadata) => Partial<KubeMetadata>;

/** Of a JSON patch of metadata's own fields. */
function replaced({ body }: Call): Change {
  const operations = body as readonly { readonly path: string; readonly value: unknown }[];
  const fields = operations.map(({ path, value }) => [path.replace('/metadata/', ''), value]);
  return () => Object.fromEntries(fields);
}

/** Of a merge patch: what changes is the manager's, and no longer another's. */
function merged({ body, query, apiVersion }: Call): Change {
  const { labels, annotations, ...rest } = (body as { readonly metadata: KubeMetadata }).metadata;
  return (metadata) => {
    const changedIn = (is: KubeMetadata['labels'], wanted: KubeMetadata['labels'] = {}) =>
      Object.entries(wanted).filter(([key, value]) => is?.[key] !== value);
    const fields = (step: string, changed: [string, string][]) => ({
      ...(changed.length > 0 && {
        [step]: Object.fromEntries(changed.map(([key]) => [`f:${key}`, {}])),
      }),
    });
    const manager = query?.['fieldManager'];
    const others = ((metadata.managedFields ?? []) as { readonly manager: string }[]).filter(
      (entry) => entry.manager !== manager,
    );
    const entry = {
      ...{ manager, operation: 'Update', apiVersion, fieldsType: 'FieldsV1' },
      fieldsV1: {
        'f:metadata': {
          ...fields('f:annotations', changedIn(metadata.annotations, annotations)),
          ...fields('f:labels', changedIn(metadata.labels, labels)),
        },
      },
    };
    return {
      ...rest,
      labels: { ...metadata.labels, ...labels },
      annotations: { ...metadata.annotations, ...annotations },
      managedFields: [...others, entry],
    };
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
