/** What `status` shows of the cluster: the objects of the manifest, and the pods behind them. */

import { isReleasesError } from '../errors.ts';
import { isObject } from '../go/json/write.ts';
import type { Json, JsonObject } from '../json.ts';
import type { KubeApi } from '../kube/api.ts';
import { mapLimit } from '../parallel.ts';
import { type LiveObject, parallelGets, readLive } from './live.ts';
import { type ManifestObject, readManifest, type UnreadableDocument } from './manifest.ts';

export interface Resources {
  readonly objects: readonly LiveObject[];
  /** The pods behind Deployments and their kind: a PodList or a table for each selector. */
  readonly pods: readonly JsonObject[];
  /** Documents of the manifest that are no objects. */
  readonly unreadable: readonly UnreadableDocument[];
}

/** `object` as it is stored, or the columns that kubectl prints. */
export type ResourceForm = 'object' | 'table';

/** helm: pkg/kube/client.go, `getSelectorFromObject`. */
const withPods = new Set(['ReplicaSet', 'Deployment', 'StatefulSet', 'DaemonSet', 'Job']);

/**
 * @param namespace of what names none
 * @param exact only kinds that the server has in the version's own group, as helm
 * @throws ReleasesError, as `KubeApi.call` does; but not for an object that is missing or forbidden
 */
export async function readResources(
  api: KubeApi,
  manifest: string,
  namespace: string,
  { form, exact }: { readonly form: ResourceForm; readonly exact: boolean },
): Promise<Resources> {
  const { objects, unreadable } = readManifest(manifest);
  const live = await readLive(objects, namespace, api, { ...acceptOf(form), exact });
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
  return { objects: live, pods: pods.flat(), unreadable };
}

/** `v1/ConfigMap`: version and kind, as helm groups them. */
export function groupName(one: LiveObject): string {
  const apiVersion = one.is === 'unserved' ? one.object.apiVersion : one.place.apiVersion;
  return `${apiVersion.split('/').pop()}/${one.object.kind}`;
}

function acceptOf(form: ResourceForm): { readonly accept?: string } {
  return form === 'table' ? { accept: tableAnswer } : {};
}

const tableAnswer =
  'application/json;as=Table;v=v1;g=meta.k8s.io,application/json;as=Table;v=v1beta1;g=meta.k8s.io,application/json';

async function readPods(
  api: KubeApi,
  labelSelector: string,
  namespace: string,
  form: ResourceForm,
): Promise<readonly JsonObject[]> {
  const at = { apiVersion: 'v1', resource: 'pods', namespace, ...acceptOf(form) };
  try {
    const query = { labelSelector };
    const list = await api.call({ ...at, verb: 'list', query });
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
