/**
 * Which fields of an object Kubernetes lets nobody change: the update validation of the kinds in its
 * pkg/apis/apps, batch and core, as of 1.35: `ValidateDeploymentUpdate`, `ValidateReplicaSetUpdate`,
 * `ValidateDaemonSetSpecUpdate`, `ValidateStatefulSetUpdate`, `ValidateJobSpecUpdate`,
 * `ValidatePersistentVolumeClaimUpdate`. That Helm sends the change, and creates what isn't there:
 * `update` in its pkg/kube/client.go.
 */
import { isList, isObject } from '../../go/json/write.ts';
import type { Json, JsonObject } from '../../json.ts';
import type { ManifestObject } from '../../objects/manifest.ts';

export interface ImmutablePlace {
  /** A path from the object's root, as a person reads it. */
  readonly place: string;
  readonly what: 'selector' | 'claims' | 'job' | 'volume';
}

const immutable: { readonly [kind: string]: { readonly [path: string]: ImmutablePlace['what'] } } =
  {
    Deployment: { 'spec.selector': 'selector' },
    ReplicaSet: { 'spec.selector': 'selector' },
    DaemonSet: { 'spec.selector': 'selector' },
    StatefulSet: { 'spec.selector': 'selector', 'spec.volumeClaimTemplates': 'claims' },
    // A Job's template can change while it is suspended, which no chart's Job stays.
    Job: { 'spec.selector': 'job', 'spec.template': 'job' },
    PersistentVolumeClaim: { 'spec.selector': 'volume' },
  };

/**
 * Without a selector of their own these versions took the pod template's labels for it:
 * pkg/apis/extensions/v1beta1/defaults.go, pkg/apis/apps/v1beta1/defaults.go.
 */
const defaultedSelector = new Set(['extensions/v1beta1', 'apps/v1beta1']);
const workloads = new Set(['Deployment', 'ReplicaSet', 'DaemonSet', 'StatefulSet']);

/** The object's immutable fields that hold something, as `holds` judges their values. */
export function immutablePlaces(
  { kind, apiVersion, fields }: ManifestObject,
  holds: (value: Json | undefined) => boolean,
): ImmutablePlace[] {
  const paths = Object.hasOwn(immutable, kind) ? (immutable[kind] ?? {}) : {};
  const places = Object.entries(paths)
    .filter(([path]) => holds(at(fields, path)))
    .map(([place, what]): ImmutablePlace => ({ place, what }));
  const defaulted =
    workloads.has(kind) &&
    defaultedSelector.has(apiVersion) &&
    at(fields, 'spec.selector') === undefined &&
    holds(at(fields, 'spec.template.metadata.labels'));
  if (defaulted)
    places.unshift({ place: "spec.selector (the pod template's labels)", what: 'selector' });
  return places;
}

/** The value at a path of keys. */
export function at(fields: JsonObject, path: string): Json | undefined {
  let value: Json | undefined = fields;
  for (const key of path.split('.'))
    value = isObject(value) && Object.hasOwn(value, key) ? value[key] : undefined;
  return value ?? undefined;
}

/** Whether any text in a value is this one and nothing else. */
export function holdsText(value: Json | undefined, text: string): boolean {
  if (value === text) return true;
  if (isList(value)) return value.some((one) => holdsText(one, text));
  return isObject(value) && Object.values(value).some((one) => holdsText(one, text));
}
