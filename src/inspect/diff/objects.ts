/** The objects of two manifests beside each other: which came, which went, and what became of the others. */

import { printable } from '../../errors.ts';
import { isObject } from '../../go/json/write.ts';
import type { JsonObject } from '../../json.ts';
import { groupOf } from '../../objects/discovery.ts';
import type { Manifest, ManifestObject, UnreadableDocument } from '../../objects/manifest.ts';
import { compareFields, type FieldChange } from './fields.ts';

/** A release, as far as its objects' names depend on it. */
export interface Side {
  readonly name: string;
  readonly namespace: string;
  readonly manifest: Manifest;
}

export interface ObjectChange {
  /**
   * `kept`: it is in no manifest any more, and stays in the cluster all the same. `unknown`: what is
   * live can't be told.
   */
  readonly change: 'added' | 'removed' | 'changed' | 'kept' | 'unknown';
  /** The object after the change; the one before it where it goes. */
  readonly object: ManifestObject;
  readonly before?: JsonObject;
  readonly after?: JsonObject;
  /** None but for `changed`. */
  readonly fields: readonly FieldChange[];
  /** Why, in a few words. Safe to print. */
  readonly note?: string;
}

export interface ObjectsDiff {
  readonly changes: readonly ObjectChange[];
  /** All objects of the side after, those that don't differ, too: the very ones that `changes` has. */
  readonly after: readonly ManifestObject[];
  /**
   * Live objects as they are, also where they don't differ, and with what no manifest speaks of: nothing of that is
   * shown, and what their Secrets hold isn't shown anywhere else, either.
   */
  readonly live?: readonly Pick<ManifestObject, 'kind' | 'fields'>[];
  /** How many objects there are in both together. */
  readonly total: number;
  /** Documents that were no objects; they are compared by nothing. */
  readonly unreadable: {
    readonly before: readonly UnreadableDocument[];
    readonly after: readonly UnreadableDocument[];
  };
}

/**
 * Objects of the same group, kind, namespace and name are the same, in whatever version of the group.
 * Where two releases are compared, a name that begins with its release's name is the other's
 * counterpart.
 */
export function compareManifests(a: Side, b: Side): ObjectsDiff {
  const [before, after] = [byIdentity(a), byIdentity(b)];
  const changes: ObjectChange[] = [];
  for (const id of new Set([...before.keys(), ...after.keys()])) {
    const [x, y] = [before.get(id), after.get(id)];
    if (x && y) {
      const fields = compareFields(x.fields, y.fields, { nullIsAbsent: true });
      if (fields.length > 0)
        changes.push({ change: 'changed', object: y, before: x.fields, after: y.fields, fields });
    } else if (x) changes.push({ change: 'removed', object: x, before: x.fields, fields: [] });
    else if (y) changes.push({ change: 'added', object: y, after: y.fields, fields: [] });
  }
  return {
    changes: changes.sort(changeOrder),
    after: b.manifest.objects,
    total: new Set([...before.keys(), ...after.keys()]).size,
    unreadable: { before: a.manifest.unreadable, after: b.manifest.unreadable },
  };
}

/** A second object of the same identity has one of its own: Helm would apply both, one after the other. */
function byIdentity({ name, namespace, manifest }: Side): Map<string, ManifestObject> {
  const objects = new Map<string, ManifestObject>();
  for (const object of manifest.objects) {
    const place = object.namespace === namespace ? '' : (object.namespace ?? '');
    const id = [groupOf(object.apiVersion), object.kind, place, withoutRelease(object.name, name)];
    let times = 1;
    while (objects.has(JSON.stringify([...id, times]))) times += 1;
    objects.set(JSON.stringify([...id, times]), object);
  }
  return objects;
}

/** `billing-web` of `billing` is to `-web` what `search-web` of `search` is. */
function withoutRelease(name: string, release: string): readonly string[] {
  const own = name === release || name.startsWith(`${release}-`);
  return own ? ['release', name.slice(release.length)] : [name];
}

const order = { changed: 0, removed: 1, kept: 2, added: 3, unknown: 4 } as const;

/** As they are shown. */
export function changeOrder(a: ObjectChange, b: ObjectChange): number {
  const [x, y] = [changeTitle(a), changeTitle(b)];
  return order[a.change] - order[b.change] || (x < y ? -1 : x > y ? 1 : 0);
}

/** `Deployment/billing`, `Deployment/web/billing` where the manifest names a namespace. Safe to print. */
export function changeTitle({ object }: Pick<ObjectChange, 'object'>): string {
  const { kind, namespace, name } = object;
  return printable([kind, ...(namespace ? [namespace] : []), name].join('/'), 160);
}

/**
 * An update or a rollback leaves such an object alone when it goes from the manifest: Helm's
 * pkg/kube/client.go, `update`, which wants the very word.
 */
export function isKept({ fields: { metadata } }: Pick<ManifestObject, 'fields'>): boolean {
  const annotations = isObject(metadata) ? metadata.annotations : undefined;
  return isObject(annotations) && annotations['helm.sh/resource-policy'] === 'keep';
}

/** An object that leaves the manifest. */
export function keptOrNot({ note: _, ...one }: ObjectChange, kept: boolean): ObjectChange {
  if (!kept) return { ...one, change: 'removed' };
  return { ...one, change: 'kept', note: 'stays in the cluster: helm.sh/resource-policy' };
}
