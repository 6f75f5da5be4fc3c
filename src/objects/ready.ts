/** How far an object is, in the words of kubectl's READY and COMPLETIONS: pkg/printers/internalversion in Kubernetes. */
import type { KubeObject } from '../kube/types.ts';
import { groupOf } from './discovery.ts';
import type { ObjectName } from './read.ts';

type Fields = Readonly<{ [field: string]: unknown }>;

/** By group and resource. What isn't here is there or not, and is never more or less ready. */
const ready: Readonly<{ [resource: string]: (spec: Fields, status: Fields) => string }> = {
  'apps/deployments': replicas,
  'apps/statefulsets': replicas,
  'apps/replicasets': replicas,
  '/replicationcontrollers': replicas,
  'apps/daemonsets': (_, { numberReady, desiredNumberScheduled }) =>
    `${count(numberReady)}/${count(desiredNumberScheduled)}`,
  'batch/jobs': completions,
  '/pods': containers,
  '/persistentvolumeclaims': (_, { phase }) => (typeof phase === 'string' ? phase : ''),
};

/** Whether its status says how ready an object of this kind is, so that it is worth reading whole. */
export function tellsReady(place: Pick<ObjectName, 'apiVersion' | 'resource'>): boolean {
  return Object.hasOwn(ready, keyOf(place));
}

/** `2/3`, `1/1`, `Bound`; undefined for a kind that has no such thing. */
export function readyText(
  place: Pick<ObjectName, 'apiVersion' | 'resource'>,
  object: KubeObject,
): string | undefined {
  const key = keyOf(place);
  const text = Object.hasOwn(ready, key)
    ? ready[key]?.(fields(object.spec), fields(object.status))
    : '';
  return text || undefined;
}

function keyOf({ apiVersion, resource }: Pick<ObjectName, 'apiVersion' | 'resource'>): string {
  return `${groupOf(apiVersion)}/${resource}`;
}

/** The server writes a default of 1 into what names none. */
function replicas({ replicas: wanted }: Fields, { readyReplicas }: Fields): string {
  return `${count(readyReplicas)}/${count(wanted, 1)}`;
}

/** `printJob`: without completions one success ends a Job, whatever its parallelism. */
function completions({ completions: wanted, parallelism }: Fields, { succeeded }: Fields): string {
  if (wanted !== undefined && wanted !== null) return `${count(succeeded)}/${count(wanted)}`;
  const several = count(parallelism);
  return several > 1 ? `${count(succeeded)}/1 of ${several}` : `${count(succeeded)}/1`;
}

/** `printPod`: containers, and those of its init containers that go on running. */
function containers(spec: Fields, status: Fields): string {
  const sidecars = new Set(
    list(spec.initContainers).flatMap(({ name, restartPolicy }) =>
      restartPolicy === 'Always' ? [name] : [],
    ),
  );
  const isReady = ({ ready: is }: Fields) => is === true;
  const running = [
    ...list(status.containerStatuses),
    ...list(status.initContainerStatuses).filter(({ name }) => sidecars.has(name)),
  ].filter(isReady);
  return `${running.length}/${list(spec.containers).length + sidecars.size}`;
}

function count(value: unknown, absent = 0): number {
  return typeof value === 'number' ? value : absent;
}

function fields(value: unknown): Fields {
  return typeof value === 'object' && value !== null ? (value as Fields) : {};
}

function list(value: unknown): readonly Fields[] {
  return Array.isArray(value) ? value.map(fields) : [];
}
