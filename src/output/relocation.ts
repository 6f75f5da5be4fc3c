/** The words around a relocation's plan: where records go, and what is next. */
import { printable } from '../errors.ts';
import type { RecordKind } from '../record.ts';
import type { Storage } from '../storage/storage.ts';

export interface Goal {
  readonly storage: Storage;
  readonly kind: RecordKind | undefined;
  readonly namespace: string | undefined;
  /** Each release's own namespace. */
  readonly own: boolean;
}

/** The context of the cluster that records go to, where it is another one. */
export type OtherContext = string | undefined;

/** For the plan's headline: `configmap (each release's namespace)`. */
export function relocationName(
  { storage, namespace, own }: Goal,
  context: OtherContext = undefined,
): string {
  const { address, capabilities } = storage;
  const bare = !address.includes(':');
  const place = bare && namespace !== undefined ? `${address}:${namespace}` : address;
  const notes = [
    ...(bare && namespace === undefined && own ? ["each release's namespace"] : []),
    ...(context && capabilities.inCluster ? [`context ${context}`] : []),
  ];
  return notes.length > 0 ? `${place} (${notes.join(', ')})` : place;
}

const drivers = { Secret: '', ConfigMap: 'HELM_DRIVER=configmap ', SQL: 'HELM_DRIVER=sql ' };

/** @param program as the user calls it */
export function relocationNext(
  { storage, kind, namespace }: Goal,
  program: string,
  context: OtherContext = undefined,
): string {
  const { address, capabilities } = storage;
  if (!capabilities.inCluster && kind !== 'SQL')
    return `${program} list --storage ${printable(address)}`;
  const there = context && capabilities.inCluster ? printable(context) : '';
  const ours = `${program} list -A${there && ` --context ${there}`}`;
  if (!kind) return ours;
  const at = namespace ?? address.split(':')[1];
  const where = at === undefined ? '-A' : `-n ${printable(at, 63)}`;
  return `${drivers[kind]}helm list ${where}${there && ` --kube-context ${there}`} · ${ours}`;
}
