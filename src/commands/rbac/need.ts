/** A right that a command needs, made of what it asks for and where. */
import { printable, type ReleasesError } from '../../errors.ts';
import type { ReadSource } from '../../inspect/sources.ts';
import { type Need, resourceOf } from '../../kube/access.ts';
import { usage } from '../line/arguments.ts';
import type { ReadArgs } from '../line/options.ts';
import type { Helm2Args } from '../move/helm2Ends.ts';
import type { RelocationEndsArgs } from '../move/relocationEnds.ts';
import { type Ask, clusterWideObjects, usualObjects } from './asks.ts';

/** The flags that say where a command looks, and the namespaces its releases are in. */
export interface NeedsArgs
  extends Omit<ReadArgs & Helm2Args & RelocationEndsArgs, 'namespace' | 'all-namespaces'> {
  /** `all`; none: the context's own. */
  readonly namespaces: readonly string[] | 'all';
  /** Of a backup: only releases that are named, wherever else others may be. */
  readonly named?: boolean;
  readonly 'delete-v2-releases'?: boolean | undefined;
  readonly 'delete-source'?: boolean | undefined;
  /** Of a relocation: only the end that records come from, or go to. */
  readonly end?: 'from' | 'to' | undefined;
  readonly 'no-adopt'?: boolean | undefined;
  readonly live?: boolean | undefined;
  readonly watch?: boolean | undefined;
  readonly overwrite?: boolean | undefined;
  readonly 'release-cleanup'?: boolean | undefined;
  readonly 'tiller-cleanup'?: boolean | undefined;
  readonly 'config-cleanup'?: boolean | undefined;
  readonly 'tiller-rbac'?: boolean | undefined;
  /** Kinds of live objects, as `objectNeed` reads them; absent: the usual ones. */
  readonly 'adopt-resource'?: readonly string[] | undefined;
  /** Of what is restored: the only kind, as addresses call it. */
  readonly kind?: string | undefined;
}

/** Roles are printed for clusters that this machine doesn't know, too. */
export const anyServer = { server: 'https://kubernetes.invalid' };

export function objectWords(args: NeedsArgs): readonly string[] {
  return args['adopt-resource']?.flatMap((text) => text.split(',')) ?? usualObjects;
}

/**
 * @param text `services` or `deployments.apps`, in the releases' namespaces; `NS/services` in another
 *   one, and `/clusterroles.rbac.authorization.k8s.io` for what belongs to none
 * @throws ReleasesError USAGE
 */
export function objectNeed(ask: Ask, text: string, namespace: string | undefined): Need {
  const parts = /^(?:([a-z0-9-]{0,63})(\/))?([a-z0-9-]{1,63})(?:\.([a-z0-9.-]{1,253}))?$/.exec(
    text,
  );
  if (!parts?.[3])
    throw usage(`--adopt-resource "${printable(text, 80)}" is no kind of object as Roles name it`, [
      'the forms are: services, deployments.apps, NS/services, /clusterroles.rbac.authorization.k8s.io',
    ]);
  const own = clusterWideObjects.includes(text) ? undefined : namespace;
  const at = parts[2] === undefined ? own : parts[1];
  const group = parts[4] ? { group: parts[4] } : {};
  return { ...need(ask, parts[3], at || undefined), ...group };
}

export function namespacesMissing(question: string): ReleasesError {
  return usage(question, [
    'each must be named: -n NAMESPACE, which may be repeated, or -A for all of them',
  ]);
}

export function sourceNeeds(
  { storage, selection, optional }: ReadSource,
  wanted: readonly Ask[],
): Need[] {
  if (!storage.capabilities.inCluster) return [];
  return storage.kinds.flatMap((kind) =>
    wanted.map((ask) => need(ask, resourceOf(kind), selection.namespace, optional)),
  );
}

export function need(
  ask: Ask,
  resource: Need['resource'],
  namespace: string | undefined,
  optional = false,
): Need {
  return {
    verb: ask.verb,
    resource,
    ...(namespace === undefined ? {} : { namespace }),
    ...(optional || ask.optional ? { optional: true } : {}),
  };
}
