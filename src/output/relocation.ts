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

/** For the plan's headline: `configmap (each release's namespace)`. */
export function relocationName({ storage, namespace, own }: Goal): string {
  const { address } = storage;
  if (address.includes(':')) return address;
  if (namespace !== undefined) return `${address}:${namespace}`;
  return own ? `${address} (each release's namespace)` : address;
}

const drivers = { Secret: '', ConfigMap: 'HELM_DRIVER=configmap ', SQL: 'HELM_DRIVER=sql ' };

/** @param program as the user calls it */
export function relocationNext({ storage, kind, namespace }: Goal, program: string): string {
  const { address } = storage;
  if (!kind || address.includes(':')) return `${program} list --storage ${printable(address)}`;
  const where = namespace === undefined ? '-A' : `-n ${namespace}`;
  return `${drivers[kind]}helm list ${where} · ${program} list -A`;
}
