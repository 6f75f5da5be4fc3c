/**
 * `Tiller` where it can't be changed. Charts label objects with `heritage: {{ .Release.Service }}`,
 * which is `Tiller` in Helm 2 and `Helm` in Helm 3. In a field that Kubernetes lets nobody change, the
 * first upgrade with Helm 3 fails: the API server refuses it.
 */

import type { Json } from '../../json.ts';
import type { ManifestObject } from '../../objects/manifest.ts';
import type { Finding } from '../plan.ts';
import { type Check, type CheckInput, grouped, liveObjects, merged, titles } from './check.ts';
import { at, holdsText, type ImmutablePlace, immutablePlaces } from './immutable.ts';

/** `.Release.Service` in Helm 2: pkg/chartutil/values.go. */
const tiller = 'Tiller';

const keep = 'keep the value in the chart (write Tiller instead of .Release.Service)';
/** Pods that an object leaves behind have its old labels: under another selector nobody owns them. */
const selectorAdvice = `${keep}, or delete the object, and with it its pods, right before the upgrade creates it anew`;
/** Here they match the new selector, which is the old one, and run on. */
const claimAdvice = `${keep}, or delete the object with kubectl delete --cascade=orphan right before the upgrade creates it anew`;
const jobAdvice = `${keep}, or delete the finished Job before the upgrade`;

const advice: { readonly [W in ImmutablePlace['what']]: string } = {
  selector: selectorAdvice,
  claims: claimAdvice,
  job: jobAdvice,
  volume: keep,
};

export const tillerInImmutable: Check = {
  name: 'tiller-in-immutable-fields',
  severity: 'loss',
  describe:
    '`heritage: Tiller` in selectors, volumeClaimTemplates and Jobs, which can never change',
  check: findImmutable,
};

export const tillerInSelectors: Check = {
  name: 'tiller-in-service-selectors',
  severity: 'note',
  describe: '`heritage: Tiller` in selectors of Services, which the first upgrade changes',
  check: findMutable,
};

export function findImmutable(input: CheckInput): Finding[] {
  const found = liveObjects(input).flatMap(({ revision, objects }) => {
    const places = objects.flatMap((object) => {
      return tillerPlaces(object).map((one) => ({ ...one, object }));
    });
    const groups = grouped(places, ({ place, fix }) => JSON.stringify([place, fix]));
    return [...groups.values()].map((group): Finding => {
      const names = titles(group.map(({ object }) => object));
      const { place = '', fix = '' } = group[0] ?? {};
      const message = `Tiller is in ${place} of ${names}, which can't be changed: a Helm 3 upgrade that renders Helm there fails`;
      return { severity: 'loss', message, revisions: [revision], fix };
    });
  });
  return merged(found);
}

export function findMutable(input: CheckInput): Finding[] {
  const found = liveObjects(input).flatMap(({ revision, objects }): Finding[] => {
    const selecting = objects.filter(
      ({ kind, fields }) => kind === 'Service' && holdsTiller(at(fields, 'spec.selector')),
    );
    if (selecting.length === 0) return [];
    return [
      {
        severity: 'note',
        message: `Tiller is in the selector of ${titles(selecting)}, which can be changed: the first Helm 3 upgrade selects the new pods only, and none until they are ready`,
        revisions: [revision],
      },
    ];
  });
  return merged(found);
}

interface Place {
  readonly place: string;
  readonly fix: string;
}

function tillerPlaces(object: ManifestObject): Place[] {
  const places = immutablePlaces(object, holdsTiller);
  // What can be said of the claims alone is no help to an object whose selector must change as well.
  const selector = places.some(({ what }) => what === 'selector');
  return places.map(({ place, what }) => ({
    place,
    fix: selector ? selectorAdvice : advice[what],
  }));
}

/** Whether any text in it is Tiller's name and nothing else. */
function holdsTiller(value: Json | undefined): boolean {
  return holdsText(value, tiller);
}
