/** A release's objects beside what the cluster has of them: live or missing, and whose. */

import type { Hook, Release } from '../release.ts';
import { isTest } from './hooks.ts';
import { type ManifestObject, readManifest, type UnreadableDocument } from './manifest.ts';
import type { Ownership } from './ownership.ts';

/** `unknown`: it may not be looked at, or there is no cluster; `unserved`: the server has no such kind. */
export type LiveState = 'live' | 'being deleted' | 'missing' | 'unserved' | 'unknown';

export type LiveOwner =
  | 'this release'
  | 'none'
  | { readonly name: string; readonly namespace: string };

export interface TreeObject {
  readonly object: ManifestObject;
  /** Where it is: absent for what belongs to no namespace. */
  readonly namespace?: string;
  readonly live: LiveState;
  /** Of a live object: this release's, nobody's, or another release's. */
  readonly owner?: LiveOwner;
  /** When the live object was made, RFC 3339. */
  readonly created?: string;
  /** How ready it is, as kubectl says it: `2/3`, `Bound`; absent for kinds that are never more or less ready. */
  readonly ready?: string;
  /** Why nothing is known. Safe to print. */
  readonly note?: string;
  /** Of a hook, what makes it run. */
  readonly events?: readonly string[];
}

/** A document that is no object. */
export interface Unshown extends UnreadableDocument {
  /** The hook's name, if it is a hook's. */
  readonly hook?: string;
}

export interface ReleaseTree {
  readonly objects: readonly TreeObject[];
  readonly hooks: readonly TreeObject[];
  readonly tests: readonly TreeObject[];
  readonly unreadable: readonly Unshown[];
}

/** What a cluster says of one object; absent where none was asked. */
export interface Seen {
  readonly live: LiveState;
  readonly namespace?: string;
  readonly ownership?: Ownership;
  /** Its marks are under this program's name, not its Helm's: see `managers.ts`. */
  readonly underOurName?: true;
  /** Of one that is being deleted: what it waits for. */
  readonly finalizers?: readonly string[];
  readonly created?: string;
  readonly ready?: string;
  readonly note?: string;
}

export interface WantedObjects {
  readonly objects: readonly ManifestObject[];
  readonly hooks: readonly { readonly object: ManifestObject; readonly hook: Hook }[];
  readonly unreadable: readonly Unshown[];
}

/** Each object and each hook's object, in the order of the record. */
export function wantedObjects({ manifest, hooks }: Release): WantedObjects {
  const read = readManifest(manifest);
  const readHooks = hooks.map((hook) => ({ hook, read: readManifest(hook.manifest) }));
  return {
    objects: read.objects,
    hooks: readHooks.flatMap(({ hook, read: { objects } }) =>
      objects.map((object) => ({ object, hook })),
    ),
    unreadable: [
      ...read.unreadable,
      ...readHooks.flatMap(({ hook: { name: hook }, read: { unreadable } }) =>
        unreadable.map((one) => ({ ...one, hook })),
      ),
    ],
  };
}

/**
 * @param release by whose name and namespace Helm marks what is its own
 * @param seen by the objects of `wanted`
 * @param own where objects are that name no namespace
 */
export function treeOf(
  { name, namespace }: Pick<Release, 'name' | 'namespace'>,
  wanted: WantedObjects,
  seen: ReadonlyMap<ManifestObject, Seen>,
  own: string,
): ReleaseTree {
  const branch = (object: ManifestObject): TreeObject => {
    const {
      live,
      ownership,
      note,
      created,
      ready,
      namespace: place,
    } = seen.get(object) ?? {
      live: 'unknown',
    };
    const at = place ?? (seen.has(object) ? undefined : (object.namespace ?? own));
    return {
      ...{ object, live },
      ...(at === undefined ? {} : { namespace: at }),
      ...(ownership ? { owner: ownerIn(ownership, { name, namespace }) } : {}),
      ...(created === undefined ? {} : { created }),
      ...(ready === undefined ? {} : { ready }),
      ...(note === undefined ? {} : { note }),
    };
  };
  const hooks = wanted.hooks.map(({ object, hook }) => ({
    isTest: isTest(hook),
    branch: { ...unowned(branch(object)), events: hook.events },
  }));
  return {
    objects: wanted.objects.map(branch),
    hooks: hooks.flatMap((one) => (one.isTest ? [] : one.branch)),
    tests: hooks.flatMap((one) => (one.isTest ? one.branch : [])),
    unreadable: wanted.unreadable,
  };
}

/** Helm never marks what a hook makes as its own: that nobody does says nothing. */
function unowned({ owner, ...rest }: TreeObject): TreeObject {
  return owner === undefined || owner === 'none' ? rest : { ...rest, owner };
}

/** Helm believes two annotations and a label: `checkOwnership` in pkg/action/validate.go. */
function ownerIn(
  ownership: Ownership,
  own: { readonly name: string; readonly namespace: string },
): LiveOwner {
  const {
    'meta.helm.sh/release-name': name,
    'meta.helm.sh/release-namespace': namespace,
    'app.kubernetes.io/managed-by': by,
  } = ownership;
  if (name === undefined && namespace === undefined) return 'none';
  if (name === own.name && namespace === own.namespace)
    return by === 'Helm' ? 'this release' : 'none';
  return { name: name ?? '', namespace: namespace ?? '' };
}
