/**
 * Which places of a document are secret: what a Secret holds, what has a telling name and all that is below
 * it. In Kubernetes' objects references stay to be seen: they say where a secret is. In values nothing
 * tells a reference from a secret that somebody calls `key`, and all of it is hidden.
 */
import { isList, isObject } from '../../go/json/write.ts';
import type { Json, JsonObject } from '../../json.ts';
import type { Path, Step } from './fields.ts';
import {
  isDescription,
  isKeyName,
  isNamedBeside,
  isReference,
  isSecretFlag,
  isSecretName,
} from './secretNames.ts';

/** A place in a document, by the way there. */
export interface Place {
  readonly of: 'values' | 'Secret' | 'definition' | 'schema' | 'object';
  /** The first three keys on the way. */
  readonly trail: readonly string[];
  /** What stands here, a text or a number, is hidden. */
  readonly isSecret: boolean;
  /** What is below is hidden, unless it refers to something. */
  readonly isBelow: boolean;
  /** What is below is a Secret's data. */
  readonly isHeld: boolean;
  /** Below a property with a telling name. */
  readonly isTold: boolean;
  /** In base64, perhaps. */
  readonly inData: boolean;
  /** Called a key, of whatever kind: secret where it looks like one. */
  readonly isKey: boolean;
}

const nowhere = {
  trail: [],
  isSecret: false,
  isBelow: false,
  isHeld: false,
  isTold: false,
  inData: false,
  isKey: false,
};

/** Where a release's or a chart's values begin. */
export const valuesPlace: Place = { of: 'values', ...nowhere };

export function objectPlace(kind: Json | undefined): Place {
  if (kind === 'Secret') return { of: 'Secret', ...nowhere };
  return { of: kind === 'CustomResourceDefinition' ? 'definition' : 'object', ...nowhere };
}

/** What `kubectl apply` leaves on an object: all of it, a Secret's data, too. */
export const appliedAnnotation = 'kubectl.kubernetes.io/last-applied-configuration';

/**
 * @param parent what has the step; undefined where that isn't known
 * @param key the item's number in a list
 */
export function into(place: Place, parent: Json | undefined, key: string | number): Place {
  const name = typeof key === 'string' ? key : undefined;
  const trail = place.trail.length < 3 ? [...place.trail, name ?? ''] : place.trail;
  const isHeld = place.isHeld || (place.of === 'Secret' && isHeldIn(place.trail, name));
  const inData = place.inData || name === 'data';
  const of = place.of === 'definition' && key === 'openAPIV3Schema' ? 'schema' : place.of;
  const isTold = place.isTold || (name !== undefined && isSecretName(name));
  const isKey = name !== undefined && (isKeyName(name) || isBeside(parent, name, isKeyName));
  const below = { ...place, of, trail, isHeld, inData, isTold, isKey };
  if (isHeld) return { ...below, isBelow: true, isSecret: true };
  const isOwn = isTellingHere(place, parent, key, isTold);
  const isBelow = (place.isBelow || isOwn) && !(place.of !== 'values' && key === 'secretTemplate');
  const isShown = place.of !== 'values' && place.isBelow && !isOwn && isShownBelow(parent, name);
  return { ...below, isBelow, isSecret: isBelow && !isShown };
}

/** @param root the document, in which the path may end early */
export function placeAt(top: Place, root: Json | undefined, path: Path): Place {
  let [place, node]: [Place, Json | undefined] = [top, root];
  for (const step of path) {
    const key = keyOf(node, step);
    const child = isList(node)
      ? node[Number(key)]
      : isObject(node) && Object.hasOwn(node, key)
        ? node[key]
        : undefined;
    place = into(place, node, key);
    node = child;
  }
  return place;
}

/** What an object is called: its heading says it anyway. */
export function isTitle({ of, trail }: Place): boolean {
  if (of === 'values') return false;
  const [first, second] = trail;
  if (trail.length === 1) return first === 'apiVersion' || first === 'kind' || first === 'type';
  return (
    trail.length === 2 && first === 'metadata' && (second === 'name' || second === 'namespace')
  );
}

function isHeldIn(trail: readonly string[], key: string | undefined): boolean {
  if (trail.length === 0) return key === 'data' || key === 'stringData';
  return trail.join('/') === 'metadata/annotations' && key === appliedAnnotation;
}

/** By its own name, by the one beside it, or by the flag before it. */
function isTellingHere(
  place: Place,
  parent: Json | undefined,
  key: string | number,
  isTold: boolean,
): boolean {
  if (typeof key === 'number') {
    if (!isList(parent) || !isSecretFlag(parent[key - 1])) return false;
    return !String(parent[key]).startsWith('-');
  }
  // Properties of a schema are names of fields; what they are by default is a value.
  if (place.of === 'schema') return isTold && (key === 'default' || key === 'example');
  if (isSecretName(key)) return true;
  return isBeside(parent, key, isSecretName);
}

function isBeside(
  parent: Json | undefined,
  key: string,
  isNamed: (name: string) => boolean,
): boolean {
  if (!isObject(parent)) return false;
  const beside = (name: string) => (Object.hasOwn(parent, name) ? parent[name] : undefined);
  return isNamedBeside(key, beside, isNamed);
}

const known = new WeakMap<JsonObject, boolean>();

function isShownBelow(parent: Json | undefined, key: string | undefined): boolean {
  if (key === undefined) return false;
  if (isDescription(key)) return true;
  if (!isObject(parent)) return false;
  let refers = known.get(parent);
  if (refers === undefined) {
    refers = isReference(Object.entries(parent).map(([name, value]) => [name, textOf(value)]));
    known.set(parent, refers);
  }
  return refers;
}

function textOf(value: Json | undefined): string | undefined {
  return isObject(value) || isList(value) ? undefined : String(value);
}

const names = new WeakMap<readonly Json[], ReadonlyMap<string, number>>();

function keyOf(node: Json | undefined, step: Step): string | number {
  if (typeof step !== 'object') return step;
  if (!isList(node)) return 0;
  let places = names.get(node);
  if (!places) {
    places = new Map(
      node.flatMap((item, at) =>
        isObject(item) && typeof item.name === 'string' ? [[item.name, at] as const] : [],
      ),
    );
    names.set(node, places);
  }
  return places.get(step.named) ?? node.length;
}
