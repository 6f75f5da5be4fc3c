/** The live objects of a release: what the manifest names, as the API server has it now. */
import { isObject } from '../codecs/gojson.ts';
import { isReleasesError } from '../errors.ts';
import type { KubeApi } from '../kube/api.ts';
import { type Discovery, openDiscovery, type ServedKind } from '../kube/discovery.ts';
import { mapLimit } from '../parallel.ts';
import type { Json, JsonObject } from '../release.ts';
import { type ManifestObject, readManifest } from './manifest.ts';

export type LiveObject = {
  readonly object: ManifestObject;
  /** `v1/ConfigMap`: version and kind, as helm groups them. */
  readonly group: string;
} & (
  | { readonly is: 'there'; readonly live: JsonObject }
  /** It is not there; its kind isn't served. */
  | { readonly is: 'missing' | 'unknown' }
  /** It may not be read: `configmaps`. */
  | { readonly is: 'forbidden'; readonly resource: string }
);

export interface Live {
  readonly objects: readonly LiveObject[];
  /** The pods behind Deployments and their kind: a PodList or a table for each selector. */
  readonly pods: readonly JsonObject[];
}

/** `object` as it is stored, or the columns that kubectl prints. */
export type LiveForm = 'object' | 'table';

/** helm: pkg/kube/client.go, `getSelectorFromObject`. */
const withPods = new Set(['ReplicaSet', 'Deployment', 'StatefulSet', 'DaemonSet', 'Job']);
const parallelGets = 8;

/**
 * Reads every object of a manifest, and the pods that its workloads select.
 * @param namespace of what names none
 * @throws ReleasesError, as `KubeApi.call` does; but not for an object that is missing or forbidden
 */
export async function readLive(
  api: KubeApi,
  manifest: string,
  namespace: string,
  form: LiveForm,
): Promise<Live> {
  const discovery = openDiscovery(api);
  const { objects } = readManifest(manifest);
  const live = await mapLimit(objects, parallelGets, (object) =>
    readOne(api, discovery, object, namespace, form),
  );
  const there = new Set(live.flatMap((one) => (one.is === 'there' ? [one.object] : [])));
  const selectors = new Map<string, { readonly selector: string; readonly namespace: string }>();
  for (const object of objects) {
    const labels = there.has(object) ? podLabels(object) : undefined;
    if (!labels) continue;
    const selector = Object.entries(labels)
      .map(([key, value]) => `${key}=${value}`)
      .sort()
      .join(',');
    if (!selectors.has(selector))
      selectors.set(selector, { selector, namespace: object.namespace ?? namespace });
  }
  const pods = await mapLimit([...selectors.values()], parallelGets, (one) =>
    readPods(api, one.selector, one.namespace, form),
  );
  return { objects: live, pods: pods.flat() };
}

async function readOne(
  api: KubeApi,
  discovery: Discovery,
  object: ManifestObject,
  namespace: string,
  form: LiveForm,
): Promise<LiveObject> {
  const served = await discovery.find(object.apiVersion, object.kind);
  const version = (served?.apiVersion ?? object.apiVersion).split('/').pop();
  const common = { object, group: `${version}/${object.kind}` };
  if (!served) return { ...common, is: 'unknown' };
  try {
    const live = await api.call({
      ...at(served, object.namespace ?? namespace, form),
      verb: 'get',
      name: object.name,
    });
    return isObject(live) ? { ...common, is: 'there', live } : { ...common, is: 'missing' };
  } catch (error) {
    if (isReleasesError(error, 'NOT_FOUND')) return { ...common, is: 'missing' };
    if (isReleasesError(error, 'FORBIDDEN'))
      return { ...common, is: 'forbidden', resource: served.resource };
    throw error;
  }
}

function at({ apiVersion, resource, namespaced }: ServedKind, namespace: string, form: LiveForm) {
  return {
    ...{ apiVersion, resource },
    ...(namespaced ? { namespace } : {}),
    ...(form === 'table' ? { accept: tableAnswer } : {}),
  };
}

const tableAnswer =
  'application/json;as=Table;v=v1;g=meta.k8s.io,application/json;as=Table;v=v1beta1;g=meta.k8s.io,application/json';

async function readPods(
  api: KubeApi,
  labelSelector: string,
  namespace: string,
  form: LiveForm,
): Promise<readonly JsonObject[]> {
  const kind = { apiVersion: 'v1', kind: 'Pod', resource: 'pods', namespaced: true };
  try {
    const query = { labelSelector };
    const list = await api.call({ ...at(kind, namespace, form), verb: 'list', query });
    if (!isObject(list)) return [];
    if (form === 'table') return [list];
    const { items } = list as { readonly items?: readonly JsonObject[] };
    // The server leaves out of each item what the list says of all.
    return [
      { ...list, items: (items ?? []).map((pod) => ({ apiVersion: 'v1', kind: 'Pod', ...pod })) },
    ];
  } catch (error) {
    // Without a right to pods the rest is still worth seeing.
    if (isReleasesError(error, 'FORBIDDEN')) return [];
    throw error;
  }
}

function podLabels({
  kind,
  fields,
}: ManifestObject): { readonly [key: string]: string } | undefined {
  const spec = fields['spec'];
  const selector = isObject(spec as Json) ? (spec as JsonObject)['selector'] : undefined;
  const found = kind === 'ReplicationController' ? selector : child(selector, 'matchLabels');
  if (!withPods.has(kind) && kind !== 'ReplicationController') return undefined;
  if (!isObject(found)) return undefined;
  const entries = Object.entries(found);
  return entries.every(([, value]) => typeof value === 'string')
    ? (found as { readonly [key: string]: string })
    : undefined;
}

function child(value: Json | undefined, key: string): Json | undefined {
  return isObject(value) ? value[key] : undefined;
}
