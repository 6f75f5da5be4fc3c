/**
 * `Tiller` where it can't be changed. Charts label objects with `heritage: {{ .Release.Service }}`,
 * which is `Tiller` in Helm 2 and `Helm` in Helm 3. In a field that Kubernetes lets nobody change, the
 * first upgrade with Helm 3 fails: the API server refuses it.
 *
 * Which fields those are: the update validation of the kinds in Kubernetes' pkg/apis/apps, batch and
 * core, as of 1.35: `ValidateDeploymentUpdate`, `ValidateReplicaSetUpdate`, `ValidateDaemonSetSpecUpdate`,
 * `ValidateStatefulSetUpdate`, `ValidateJobSpecUpdate`, `ValidatePersistentVolumeClaimUpdate`. That Helm
 * sends the change, and creates what isn't there: `update` in its pkg/kube/client.go.
 */
import { isList, isObject } from '../../codecs/gojson.ts';
import type { ManifestObject } from '../../inspect/manifest.ts';
import type { Json, JsonObject } from '../../release.ts';
import type { Finding } from '../plan.ts';
import { type Check, type CheckInput, grouped, liveObjects, merged, titles } from './check.ts';

/** `.Release.Service` in Helm 2: pkg/chartutil/values.go. */
const tiller = 'Tiller';

const keep = 'keep the value in the chart (write Tiller instead of .Release.Service)';
/** Pods that an object leaves behind have its old labels: under another selector nobody owns them. */
const selectorAdvice = `${keep}, or delete the object, and with it its pods, right before the upgrade creates it anew`;
/** Here they match the new selector, which is the old one, and run on. */
const claimAdvice = `${keep}, or delete the object with kubectl delete --cascade=orphan right before the upgrade creates it anew`;
const jobAdvice = `${keep}, or delete the finished Job before the upgrade`;

/** What of a kind can't be changed, as paths from the object's root, and what to do about each. */
const immutable: { readonly [kind: string]: { readonly [path: string]: string } } = {
  Deployment: { 'spec.selector': selectorAdvice },
  ReplicaSet: { 'spec.selector': selectorAdvice },
  DaemonSet: { 'spec.selector': selectorAdvice },
  StatefulSet: { 'spec.selector': selectorAdvice, 'spec.volumeClaimTemplates': claimAdvice },
  // A Job's template can change while it is suspended, which no chart's Job stays.
  Job: { 'spec.selector': jobAdvice, 'spec.template': jobAdvice },
  PersistentVolumeClaim: { 'spec.selector': keep },
};

/**
 * Without a selector of their own these versions took the pod template's labels for it:
 * pkg/apis/extensions/v1beta1/defaults.go, pkg/apis/apps/v1beta1/defaults.go.
 */
const defaultedSelector = new Set(['extensions/v1beta1', 'apps/v1beta1']);
const workloads = new Set(['Deployment', 'ReplicaSet', 'DaemonSet', 'StatefulSet']);

export const tillerInImmutable: Check = {
  name: 'tiller-in-immutable-fields',
  severity: 'loss',
  describe:
    '`heritage: Tiller` in selectors, volumeClaimTemplates and Jobs, which can never change',
  check: findImmutable,
};

export const tillerInSelectors: Check = {
  name: 'tiller-in-service-selectors',
  severity: 'note',
  describe: '`heritage: Tiller` in selectors of Services, which the first upgrade changes',
  check: findMutable,
};

export function findImmutable(input: CheckInput): Finding[] {
  const found = liveObjects(input).flatMap(({ revision, objects }) => {
    const places = objects.flatMap((object) => {
      return immutablePlaces(object).map((one) => ({ ...one, object }));
    });
    const groups = grouped(places, ({ place, fix }) => JSON.stringify([place, fix]));
    return [...groups.values()].map((group): Finding => {
      const names = titles(group.map(({ object }) => object));
      const { place = '', fix = '' } = group[0] ?? {};
      const message = `Tiller is in ${place} of ${names}, which can't be changed: a Helm 3 upgrade that renders Helm there fails`;
      return { severity: 'loss', message, revisions: [revision], fix };
    });
  });
  return merged(found);
}

export function findMutable(input: CheckInput): Finding[] {
  const found = liveObjects(input).flatMap(({ revision, objects }): Finding[] => {
    const selecting = objects.filter(
      ({ kind, fields }) => kind === 'Service' && holdsTiller(at(fields, 'spec.selector')),
    );
    if (selecting.length === 0) return [];
    return [
      {
        severity: 'note',
        message: `Tiller is in the selector of ${titles(selecting)}, which can be changed: the first Helm 3 upgrade selects the new pods only, and none until they are ready`,
        revisions: [revision],
      },
    ];
  });
  return merged(found);
}

interface Place {
  readonly place: string;
  readonly fix: string;
}

function immutablePlaces({ kind, apiVersion, fields }: ManifestObject): Place[] {
  const paths = Object.hasOwn(immutable, kind) ? (immutable[kind] ?? {}) : {};
  const places = Object.entries(paths)
    .filter(([path]) => holdsTiller(at(fields, path)))
    .map(([place, fix]) => ({ place, fix }));
  const defaulted =
    workloads.has(kind) &&
    defaultedSelector.has(apiVersion) &&
    at(fields, 'spec.selector') === undefined &&
    holdsTiller(at(fields, 'spec.template.metadata.labels'));
  if (defaulted)
    places.unshift({ place: "spec.selector (the pod template's labels)", fix: selectorAdvice });
  // What can be said of the claims alone is no help to an object whose selector must change as well.
  const selector = places.some(({ fix }) => fix === selectorAdvice);
  return places.map((one) => (selector ? { ...one, fix: selectorAdvice } : one));
}

function at(fields: JsonObject, path: string): Json | undefined {
  let value: Json | undefined = fields;
  for (const key of path.split('.'))
    value = isObject(value) && Object.hasOwn(value, key) ? value[key] : undefined;
  return value ?? undefined;
}

/** Whether any text in it is Tiller's name and nothing else. */
function holdsTiller(value: Json | undefined): boolean {
  if (value === tiller) return true;
  if (isList(value)) return value.some(holdsTiller);
  return isObject(value) && Object.values(value).some(holdsTiller);
}
