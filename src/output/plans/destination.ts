/** The words around a plan: where records go, and what is next. */
import type { ClusterName, Plan } from '../../migrate/plan.ts';
import type { Owner, RecordKind } from '../../record.ts';
import { shellQuote } from '../../shellQuote.ts';
import { isLive, type Storage } from '../../storage/storage.ts';
import { clusterText } from '../clusters.ts';

/** Where records go. */
export interface Destination {
  readonly storage: Storage;
  /** What a new record is; absent: what it was. */
  readonly kind: RecordKind | undefined;
  /** The one storage namespace of all records. */
  readonly namespace: string | undefined;
  /** Helm 3's and 4's records go into each release's own namespace. */
  readonly own: boolean;
  /** How a shell has the connection to a second database: `"$NEW"`; absent: there is but one. */
  readonly secondDatabase?: string;
  /** The same of the first one, where flags name it; absent: helm's own. */
  readonly database?: string | undefined;
}

/** Whose records move. */
export type MovedOwners = ReadonlySet<Owner>;

/** The flags that choose the cluster: ` --context new`, and ` --kube-context new` for helm. */
export interface ClusterFlags {
  readonly ours: string;
  readonly helm: string;
}

/** For the plan's headline: `configmap (each release's namespace, context new, https://10.0.0.1)`. */
export function destinationText(to: Destination, cluster?: ClusterName, plan?: Plan): string {
  const { storage, own } = to;
  const { address } = storage;
  const bare = !address.includes(':');
  const namespace = to.namespace ?? (bare && own && plan ? tillersOnly(plan) : undefined);
  const named = bare && namespace !== undefined;
  const isType = /^[a-z]+$/.test(address);
  const place = named && isType ? `${address}:${namespace}` : address;
  const notes = [
    ...(bare && namespace === undefined && own ? ["each release's namespace"] : []),
    ...(named && !isType ? [`namespace ${namespace}`] : []),
    ...(to.secondDatabase === undefined ? [] : ['another database']),
    ...(cluster ? [clusterText(cluster)] : []),
  ];
  return notes.length > 0 ? `${place} (${notes.join(', ')})` : place;
}

/** Tiller's records stay together in its namespace, where these are all that move. */
function tillersOnly({ releases }: Plan): string | undefined {
  if (releases.some(({ owner }) => owner !== 'tiller')) return undefined;
  const records = releases.flatMap(({ steps }) =>
    steps.flatMap((step) => (step.do === 'create' || step.do === 'keep' ? step.record : [])),
  );
  const [only, ...others] = new Set(records.map((record) => record.namespace));
  return others.length === 0 ? only : undefined;
}

const drivers = { Secret: '', ConfigMap: 'HELM_DRIVER=configmap ', SQL: 'HELM_DRIVER=sql ' };

/** @param program as the user calls it */
export function nextLine(
  { storage, kind, namespace, database: first, secondDatabase = first }: Destination,
  program: string,
  flags: ClusterFlags,
  owners: MovedOwners,
): string {
  const { address, capabilities } = storage;
  if (!isLive(storage)) return `${program} list --storage ${shellQuote(address)}`;
  const there = capabilities.inCluster ? flags : { ours: '', helm: '' };
  const isNamed = secondDatabase !== undefined && storage.kinds.includes('SQL');
  const database = !isNamed ? '' : `HELM_DRIVER_SQL_CONNECTION_STRING=${secondDatabase} `;
  const ours = `${database}${program} list -A${kind === 'SQL' ? ' --storage sql' : there.ours}`;
  const at = namespace ?? address.split(':')[1];
  // helm 3 and 4 don't see what Tiller kept.
  if (owners.size > 0 && !owners.has('helm')) {
    const place = at === undefined ? '' : ` -t ${shellQuote(at)}`;
    return `${database}${program} list -A --helm 2${kind === 'SQL' ? ' --storage sql' : place}${there.ours}`;
  }
  if (!kind) return ours;
  const where = at === undefined ? '-A' : `-n ${shellQuote(at)}`;
  return `${database}${drivers[kind]}helm list ${where}${there.helm} · ${ours}`;
}
