/**
 * What another name or namespace means for a release's live objects: which of them are told their new
 * owner, which stay where they are, and where the next `helm upgrade` would make a second copy.
 */

import type { KubeApi } from '../../kube/api.ts';
import type { KubeMetadata } from '../../kube/types.ts';
import { openDiscovery } from '../../objects/discovery.ts';
import { ownershipFor, ownershipOf, whose } from '../../objects/ownership.ts';
import { type ObjectName, objectId } from '../../objects/read.ts';
import type { RecordRef } from '../../record.ts';
import { type Claim, type Claimant, claimsOf, type ReleaseClaims } from '../adopt/claims.ts';
import { readObjects } from '../adopt/index.ts';
import { planAdoption } from '../adopt/plan.ts';
import { findNamesakes, findNamesakesBefore, type Namesakes } from '../conflicts/nameInCluster.ts';
import {
  amend,
  type Finding,
  isMovable,
  type Plan,
  type ReleasePlan,
  type Rename,
} from '../plan.ts';
import { unreadableIn } from '../preflight/manifests.ts';
import { type Moved, namesakesBefore, objectFindings } from './objectFindings.ts';
import type { ObjectOptions } from './objectOptions.ts';
import type { MovingRelease } from './survey.ts';

/**
 * The plan with what its releases' objects need. Reads what the server serves and, unless nothing is
 * adopted, the objects' metadata.
 * @param releases those that the plan was made of, in its order
 * @param api of the cluster that the releases go to
 * @param concurrency how many requests at once
 * @param command whose Role an error names
 * @throws ReleasesError REFUSED when the objects can't be looked at; as `KubeApi.call` does
 */
export async function withObjects(
  plan: Plan,
  releases: readonly MovingRelease[],
  options: ObjectOptions,
  api: KubeApi,
  concurrency: number,
  command: string,
): Promise<Plan> {
  const claimants = plan.releases.flatMap((release, at) => claimantOf(release, releases[at]) ?? []);
  if (claimants.length === 0) return plan;
  const claims = await claimsOf(claimants, openDiscovery(api));
  const adopts = options.adopt !== false;
  const places = claims.flatMap((one) => placesOf(one));
  const live = adopts ? await readObjects(api, places, concurrency, command) : undefined;
  const charts = new Map(claimants.map(({ release, chart }) => [release, chart]));
  const revisions = new Map(claimants.map((one) => [one.release, one.revisions]));
  const moved = claims.flatMap((one) => {
    const chart = charts.get(one.release);
    return chart ? [{ ...placedObjects(one, live, options), chart }] : [];
  });
  const judged = new Map(moved.map((one) => [one.release, one]));
  const namesakes = await findNamesakes(claimants, options.neighbours ?? [], concurrency);
  // In another cluster, what has the old name there is none of the release's own.
  const before =
    adopts && options.sameCluster
      ? await findNamesakesBefore(
          moved.flatMap(({ release, was, living }) =>
            living.length > 0 ? { release, owner: was } : [],
          ),
          plan.releases.flatMap(goingOf),
          ...([options.neighbours ?? [], concurrency] as const),
        )
      : new Map<ReleasePlan, Namesakes>();
  const plans = plan.releases.map((release) => {
    const own = judged.get(release);
    return own && isMovable(release)
      ? withFindings(release, [
          ...objectFindings(own, namesakes.get(release), options),
          ...namesakesBefore(own, before.get(release), options),
          ...unreadableIn(revisions.get(release) ?? [], adopts ? 'adopted' : 'checked'),
        ])
      : release;
  });
  const byOld = new Map(plan.releases.map((release, at) => [release, plans[at] ?? release]));
  const found = { ...plan, releases: plans };
  if (!live) return found;
  const adoptable = moved.flatMap((one): ReleaseClaims[] => {
    const { release, owner, was, operation, claims: all, staying, twins, doubled } = one;
    // Helm 2 knows no owners; and nobody said whose the objects of two releases are.
    if (release.owner === 'tiller' || (doubled && options.adopt === undefined)) return [];
    // What stays behind isn't missing: it has a finding of its own.
    const own = all.filter((claim) => !staying.includes(claim) || twins.includes(claim));
    return [{ release: byOld.get(release) ?? release, owner, was, operation, claims: own }];
  });
  return planAdoption(found, adoptable, live, options.cluster);
}

/** Its sources, where nothing keeps it, or where its twin goes in its place. */
function goingOf(release: ReleasePlan): readonly RecordRef[] {
  return isMovable(release) || release.twin !== undefined ? release.sources : [];
}

function claimantOf(release: ReleasePlan, moving: MovingRelease | undefined) {
  const rename = moving?.copies[0]?.rename;
  if (!moving?.living || !rename || release.twin !== undefined) return undefined;
  const [newest] = moving.living;
  if (!newest) return undefined;
  const was: Rename = { name: moving.name, namespace: moving.namespace ?? '' };
  const claimant: Claimant = {
    ...{ release, owner: rename, was, revisions: moving.living },
    before: newest.objectNamespace,
    namespaceOf: () => rename.namespace,
  };
  return { ...claimant, chart: newest.words };
}

/** Where an object is from now on, and where it was. */
function placesOf(claims: ReleaseClaims): ObjectName[] {
  return claims.claims.flatMap((claim) => {
    return [...(claim.place ? [claim.place] : []), ...placesBefore(claim, claims)];
  });
}

/**
 * Only of objects that follow their release, and whose release leaves its namespace: where Helm has looked for
 * them, and where what keeps records apart from their releases has put them.
 */
function placesBefore(
  { place, object }: Claim,
  { owner, was = owner, before }: ReleaseClaims,
): ObjectName[] {
  if (!place?.namespaced || object.namespace !== undefined) return [];
  return [...new Set([was.namespace, before ?? was.namespace])].flatMap((namespace) =>
    namespace === owner.namespace ? [] : { ...place, namespace },
  );
}

/** @param live undefined: nobody looked */
function placedObjects(
  one: ReleaseClaims,
  live: ReadonlyMap<string, KubeMetadata> | undefined,
  { sameCluster }: ObjectOptions,
): Omit<Moved, 'chart'> {
  const { release, owner, was = owner, operation, claims } = one;
  const ownerOf = (place: ObjectName): ReturnType<typeof whose> | undefined => {
    const metadata = live?.get(objectId(place));
    if (!metadata || metadata['deletionTimestamp'] !== undefined) return undefined;
    return whose(ownershipOf(metadata), ownershipFor(owner), ownershipFor(was));
  };
  const isOurs = (place: ObjectName): boolean => {
    if (!live) return sameCluster;
    const is = ownerOf(place);
    return is !== undefined && is !== 'foreign';
  };
  // Where nobody looks, only the release's own namespace is believed to have them.
  const known = live ? one : { release, owner, was, operation, claims };
  const old = (claim: Claim) => placesBefore(claim, known).find(isOurs);
  const staying = claims.filter((claim) => old(claim) !== undefined);
  const before = staying.map(old).find((place) => place?.namespace)?.namespace ?? was.namespace;
  const twins = staying.filter(({ place }) => place && live?.has(objectId(place)));
  // Objects are marked after all records are written: without any there, it was somebody else.
  const arrived = release.steps.some(
    (step) => step.do === 'keep' || (step.do === 'create' && step.replaces !== undefined),
  );
  const taken = arrived
    ? []
    : claims.filter(({ place }) => place !== undefined && ownerOf(place) === 'ours');
  const living = claims.filter((claim) => {
    const apart = staying.includes(claim) || taken.includes(claim);
    return !apart && claim.place !== undefined && isOurs(claim.place);
  });
  const doubled = sameCluster && !release.steps.some((step) => step.do === 'delete');
  const parts = { staying, twins, taken, living, doubled };
  return { release, owner, was, operation, before, claims, ...parts };
}

function withFindings(release: ReleasePlan, more: readonly Finding[]): ReleasePlan {
  return amend(release, { findings: [...more, ...release.findings] });
}
