/**
 * Whose a live object is. Helm 3 and 4 know it by two annotations and a label, and refuse to take over
 * an object that lacks one of them: `checkOwnership` in pkg/action/validate.go.
 */
import type { KubeMetadata } from '../kube/types.ts';

/**
 * The metadata that Helm 3 and 4 know an object's owner by (pkg/action/validate.go), as an object has
 * them: two annotations and a label. Absent where the object lacks them.
 */
export interface Ownership {
  readonly 'meta.helm.sh/release-name'?: string;
  readonly 'meta.helm.sh/release-namespace'?: string;
  readonly 'app.kubernetes.io/managed-by'?: string;
}

export const nameKey = 'meta.helm.sh/release-name';
export const namespaceKey = 'meta.helm.sh/release-namespace';
export const managedByKey = 'app.kubernetes.io/managed-by';

/** A release, as it is called in Helm 3. */
export interface Owner3 {
  readonly name: string;
  readonly namespace: string;
}

export function ownershipFor({ name, namespace }: Owner3): Required<Ownership> {
  return { [nameKey]: name, [namespaceKey]: namespace, [managedByKey]: 'Helm' };
}

/** The three, as far as the object has them. */
export function ownershipOf({ annotations = {}, labels = {} }: Labelled): Ownership {
  const [name, namespace] = [annotations[nameKey], annotations[namespaceKey]];
  const managedBy = labels[managedByKey];
  return {
    ...(name !== undefined && { [nameKey]: name }),
    ...(namespace !== undefined && { [namespaceKey]: namespace }),
    ...(managedBy !== undefined && { [managedByKey]: managedBy }),
  };
}

type Labelled = Pick<KubeMetadata, 'annotations' | 'labels'>;

/**
 * - `ours`: nothing is left to do;
 * - `free`: no release is named, or ours in part, or what ours was called so far. The label alone says
 *   no release: it is what a chart said, `Tiller` or anything;
 * - `foreign`: another release is named, in whole or in part.
 * @param was the same release under its name so far
 */
export function whose(
  now: Ownership,
  wanted: Required<Ownership>,
  was?: Ownership,
): 'ours' | 'free' | 'foreign' {
  if (sameOwnership(now, wanted)) return 'ours';
  return fits(now, wanted) || (was && fits(now, was)) ? 'free' : 'foreign';
}

/** Nothing in it speaks against this owner. */
function fits(now: Ownership, owner: Ownership): boolean {
  const agrees = (key: typeof nameKey | typeof namespaceKey) =>
    now[key] === undefined || now[key] === owner[key];
  return agrees(nameKey) && agrees(namespaceKey);
}

export function sameOwnership(a: Ownership, b: Ownership): boolean {
  return [nameKey, namespaceKey, managedByKey].every(
    (key) => a[key as keyof Ownership] === b[key as keyof Ownership],
  );
}
