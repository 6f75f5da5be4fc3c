/** An object as a manifest that `kubectl apply` brings it back with. */
import type { KubeObject } from '../../kube/types.ts';
import { fields } from './fields.ts';
import { resources, type TillerKind } from './tiller.ts';

/** What the server sets, and refuses or ignores in what it is sent. */
const serverSet = new Set([
  ...['uid', 'resourceVersion', 'generation', 'creationTimestamp', 'managedFields', 'selfLink'],
  ...['deletionTimestamp', 'deletionGracePeriodSeconds', 'ownerReferences'],
]);
/** kubectl's copy of an earlier manifest: it would say the same twice. */
const lastApplied = 'kubectl.kubernetes.io/last-applied-configuration';
/** A Service gets addresses of its own when it is made again. */
const addresses = new Set(['clusterIP', 'clusterIPs', 'healthCheckNodePort']);

export function manifestOf(kind: TillerKind, object: KubeObject): object {
  const { apiVersion: _, kind: __, metadata, status: ___, ...rest } = object;
  const { annotations = {}, ...known } = metadata;
  const notes = Object.entries(annotations).filter(([name]) => name !== lastApplied);
  const kept = Object.entries(known).filter(([name]) => !serverSet.has(name));
  return {
    ...{ apiVersion: resources[kind].apiVersion, kind },
    metadata: {
      ...Object.fromEntries(kept),
      ...(notes.length > 0 && { annotations: Object.fromEntries(notes) }),
    },
    ...(kind === 'Service' ? { ...rest, spec: serviceSpec(rest['spec']) } : rest),
  };
}

/** A headless Service says so in place of an address. */
function serviceSpec(spec: unknown): object {
  const entries = Object.entries(fields(spec));
  if (fields(spec)['clusterIP'] === 'None') return Object.fromEntries(entries);
  return Object.fromEntries(entries.filter(([name]) => !addresses.has(name)));
}
