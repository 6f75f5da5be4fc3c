/**
 * Who the API server takes for the writer of an object's marks, and what it is to take: pure. A field that
 * another manager has is a conflict for whoever applies another value (`helm install --take-ownership` of
 * Helm 4), so that the marks have to be the release's own Helm's in the end, as if that had written them.
 * https://kubernetes.io/docs/reference/using-api/server-side-apply/#managers
 */
import {
  type Entry,
  entriesOf,
  type FieldSet,
  isOurs,
  type Managed,
  ourManager,
} from '../../objects/managers.ts';
import { nameKey, namespaceKey } from '../../objects/ownership.ts';
import type { FieldManager } from '../plan.ts';

/** The name that helm gives itself, whatever its file is called: cmd/helm/helm.go of Helm 3 and 4. */
const helmManager = 'helm';

/**
 * How the next `helm upgrade` will change the release's objects, by its newest revision, whatever became of
 * that: `getUpgradeServerSideValue` in Helm 4's pkg/action/upgrade.go. Helm 3 knows one way only.
 * @param applyMethod of the newest revision
 */
export function operationFor(applyMethod: string | undefined): FieldManager['operation'] {
  return applyMethod === 'ssa' ? 'Apply' : 'Update';
}

/**
 * The manager that the object's marks belong to: who has them on the object itself, else its release's.
 * @param release its `managerOf`
 */
export function managerFor(object: Managed, release: FieldManager): FieldManager {
  const { operation } = release;
  return { name: markedBy(object, operation) ?? release.name, operation };
}

/**
 * Who has the marks on most of a release's live objects (Flux and Terraform aren't called helm), else helm.
 * What a Tiller made has no marks: they are helm's, as after the first `helm upgrade`. The fields that the
 * Tiller wrote stay the Tiller's, and helm takes those that it changes.
 */
export function managerOf(
  objects: readonly Managed[],
  operation: FieldManager['operation'],
): FieldManager {
  const counts = new Map<string, number>();
  for (const object of objects) {
    const name = markedBy(object, operation);
    if (name !== undefined) counts.set(name, (counts.get(name) ?? 0) + 1);
  }
  const [most] = [...counts].sort(([, a], [, b]) => b - a);
  return { name: most?.[0] ?? helmManager, operation };
}

/** The label alone names no manager: charts have it, too. Of several, who changes objects the same way. */
function markedBy(object: Managed, operation: FieldManager['operation']): string | undefined {
  const owners = entriesOf(object).filter(({ manager, subresource, fieldsV1 }) => {
    const annotations = fieldsV1?.['f:metadata']?.['f:annotations'] ?? {};
    const has = `f:${nameKey}` in annotations || `f:${namespaceKey}` in annotations;
    return has && manager !== undefined && manager !== ourManager && !subresource;
  });
  return (owners.find((one) => one.operation === operation) ?? owners[0])?.manager;
}

/**
 * `metadata.managedFields` without an entry of ours: what those held is the manager's.
 * @returns undefined where there is none of ours
 */
export function handedOver(
  object: Managed,
  { name, operation }: FieldManager,
): readonly Entry[] | undefined {
  const entries = entriesOf(object);
  const ours = entries.filter(isOurs);
  const [first] = ours;
  if (!first) return undefined;
  const rest = entries.filter((entry) => !isOurs(entry));
  const theirs = rest.filter(
    (entry) => entry.manager === name && entry.operation === operation && !entry.subresource,
  );
  // Metadata is the same in every version of a kind. Of several entries Helm's own conversion keeps one alone.
  const target = theirs.find(({ apiVersion }) => apiVersion === first.apiVersion) ?? theirs[0];
  const fieldsV1 = [...(target ? [target] : []), ...ours]
    .map((entry) => entry.fieldsV1 ?? {})
    .reduce(union);
  const time = [target, ...ours]
    .flatMap((entry) => entry?.time ?? [])
    .sort()
    .at(-1);
  const { apiVersion } = target ?? first;
  const kept: Entry = target ?? { manager: name, operation, apiVersion, fieldsType: 'FieldsV1' };
  const moved: Entry = { ...kept, ...(time !== undefined && { time }), fieldsV1 };
  return target ? rest.map((entry) => (entry === target ? moved : entry)) : [...rest, moved];
}

function union(a: FieldSet, b: FieldSet): FieldSet {
  const both: { [step: string]: FieldSet } = { ...a };
  for (const [step, within] of Object.entries(b)) {
    const there = both[step];
    both[step] = there ? unionWithin(there, within) : within;
  }
  return both;
}

/** Of one path: empty says that the path itself is in the set, which beside others is a `.`. */
function unionWithin(a: FieldSet, b: FieldSet): FieldSet {
  const whole = (set: FieldSet) => (Object.keys(set).length === 0 ? { '.': {} } : set);
  if (Object.keys(a).length === 0 && Object.keys(b).length === 0) return a;
  return union(whole(a), whole(b));
}
