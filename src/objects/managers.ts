/**
 * What of an object's fields this program has written under its own name: marks of a run that was stopped, or of an
 * earlier version. `migrate/adopt/` hands them over to the release's Helm.
 */
import type { KubeMetadata } from '../kube/types.ts';
import { managedByKey, nameKey, namespaceKey } from './ownership.ts';

/**
 * Under which this program writes where the marks can't be written under their manager's at once. It is gone
 * from the object when a step is done.
 */
export const ourManager = 'kubectl-releases';

/** FieldsV1: a path in the object is a path in here; what is empty, or has `.`, is itself in the set. */
export interface FieldSet {
  readonly [step: string]: FieldSet;
}

/** One of `metadata.managedFields`. */
export interface Entry {
  readonly manager?: string;
  readonly operation?: string;
  readonly apiVersion?: string | undefined;
  readonly time?: string;
  readonly subresource?: string;
  readonly fieldsType?: string;
  readonly fieldsV1?: FieldSet;
}

export type Managed = Pick<KubeMetadata, 'managedFields'>;

/** Whether marks are under this program's name: those of a run that was stopped, or of an earlier version. */
export function isUnderOurName(object: Managed): boolean {
  return entriesOf(object).some(isOurs);
}

const marks = new Set(
  [`f:annotations f:${nameKey}`, `f:annotations f:${namespaceKey}`, `f:labels f:${managedByKey}`]
    .concat('f:annotations .', 'f:labels .')
    .map((path) => `f:metadata ${path}`),
);

/** What somebody else has written under this name, beside the marks, isn't this program's. */
export function isOurs({ manager, fieldsV1 }: Entry): boolean {
  return manager === ourManager && leaves(fieldsV1 ?? {}).every((path) => marks.has(path));
}

function leaves(fields: FieldSet): string[] {
  return Object.entries(fields).flatMap(([step, within]) =>
    Object.keys(within).length === 0 ? step : leaves(within).map((path) => `${step} ${path}`),
  );
}

export function entriesOf({ managedFields }: Managed): readonly Entry[] {
  return Array.isArray(managedFields) ? (managedFields as readonly Entry[]) : [];
}
