/**
 * Which live objects a Helm 2 release says are its own: those of the newest revision and, where that
 * one failed, of the deployed one too, from which the next `helm upgrade` starts. Hooks' objects aren't
 * among them, as Helm marks none: `setMetadataVisitor` is run on the manifest alone
 * (pkg/action/install.go, upgrade.go).
 */

import { livingRevisions, standingAfter } from '../../deployed.ts';
import type { Discovery } from '../../objects/discovery.ts';
import type { ManifestObject } from '../../objects/manifest.ts';
import type { Owner3 } from '../../objects/ownership.ts';
import { placeOf } from '../../objects/place.ts';
import { type ObjectName, objectId } from '../../objects/read.ts';
import { identify, isBad, recordKey, refId } from '../../record.ts';
import type { Release } from '../../release.ts';
import { placed, type SourceRelease, type Target } from '../helm2to3/target.ts';
import type { FieldManager, Plan, ReleasePlan } from '../plan.ts';
import { manifestOf } from '../preflight/check.ts';
import { operationFor } from './fieldManagers.ts';

/** One object that a release says it has. */
export interface Claim {
  readonly revision: number;
  readonly object: ManifestObject;
  /** Where it is found; absent for a kind that the server doesn't serve. */
  readonly place?: ObjectName;
}

type ClaimingRevision = Pick<Release, 'revision' | 'manifest' | 'namespace' | 'applyMethod'>;

/** A release, what it is called from now on, and the revisions that say what it has. */
export interface Claimant {
  readonly release: ReleasePlan;
  readonly owner: Owner3;
  /** What its objects say of it so far, where that is another name. */
  readonly was?: Owner3;
  /** Where Helm has looked for objects that name no namespace; absent: in `was`'s. */
  readonly before?: string;
  /** Newest first. */
  readonly revisions: readonly ClaimingRevision[];
  /** Where objects are found that name no namespace. */
  readonly namespaceOf: (revision: ClaimingRevision) => string;
}

export interface ReleaseClaims extends Pick<Claimant, 'release' | 'owner' | 'was' | 'before'> {
  /** How its Helm changes its objects. */
  readonly operation: FieldManager['operation'];
  /** Each object once. */
  readonly claims: readonly Claim[];
}

/**
 * The claims of every release in a plan whose newest revision can be read and isn't uninstalled. A
 * release that Helm 3 has gone on with claims nothing: what is in the cluster is Helm 3's by now.
 * @throws ReleasesError, as `Discovery.find` does
 */
export async function findClaims(
  plan: Plan,
  sources: readonly SourceRelease[],
  target: Target,
  discovery: Discovery,
): Promise<ReleaseClaims[]> {
  const byFirstRecord = new Map(sources.map((source) => [sourceId(source), source]));
  const claimants = plan.releases.flatMap((release): Claimant[] => {
    const [first] = release.sources;
    const source = first && byFirstRecord.get(`${release.from} ${refId(first)}`);
    const revisions = source ? liveRevisions(source) : [];
    const [newest] = revisions;
    if (!newest) return [];
    const { name, namespace, storageNamespace } = placed(newest, target);
    if (movedOn(name, storageNamespace, newest.revision, target)) return [];
    // Where Helm 2 had it, its objects are, whatever it will be called.
    const namespaceOf: Claimant['namespaceOf'] = ({ namespace: own }) => own;
    return [{ release, owner: { name, namespace }, revisions, namespaceOf }];
  });
  return claimsOf(claimants, discovery);
}

/**
 * What each release says it has, in the order of its revisions.
 * @throws ReleasesError, as `Discovery.find` does
 */
export async function claimsOf(
  claimants: readonly Claimant[],
  discovery: Discovery,
): Promise<ReleaseClaims[]> {
  const found: ReleaseClaims[] = [];
  for (const { release, owner, was, before, revisions, namespaceOf } of claimants) {
    const claims = new Map<string, Claim>();
    for (const revision of revisions)
      for (const object of manifestOf(revision).objects) {
        const place = await placeOf(object, namespaceOf(revision), discovery);
        const id = place ? objectId(place) : JSON.stringify([object.apiVersion, titleOf(object)]);
        if (claims.has(id)) continue;
        claims.set(id, { revision: revision.revision, object, ...(place && { place }) });
      }
    const who = { release, owner, ...(was && { was }), ...(before !== undefined && { before }) };
    const operation = operationFor(revisions[0]?.applyMethod);
    found.push({ ...who, operation, claims: [...claims.values()] });
  }
  return found;
}

function sourceId({ from, records: [first] }: SourceRelease): string {
  if (!first) return from;
  return `${from} ${refId(isBad(first) ? first : first.record)}`;
}

/** Newest first. None where the newest can't be read: what lives isn't known then. */
function liveRevisions({ records }: SourceRelease): readonly Release[] {
  const readable = records.flatMap((kept) => (isBad(kept) ? [] : kept));
  const [newest] = readable.sort((a, b) => b.release.revision - a.release.revision);
  if (!newest) return [];
  const isNewer = (identity: ReturnType<typeof identify>) =>
    !('revision' in identity) || identity.revision > newest.release.revision;
  if (records.some((opened) => isBad(opened) && isNewer(identify(opened)))) return [];
  // The status labels of what they become are made from their contents.
  const living = livingRevisions(readable, ({ release }) => standingAfter('helm', release));
  return living.map((kept) => kept.open().release);
}

/** Upgraded, rolled back or uninstalled since it was migrated. */
function movedOn(name: string, namespace: string, revision: number, target: Target): boolean {
  const copy = { kind: target.kind, namespace, key: recordKey('helm', name, revision) };
  const taken = target.taken.get(refId(copy));
  if (taken && !isBad(taken) && taken.release.info?.status.startsWith('uninstall')) return true;
  return target.present.some((record) => {
    const identity = identify(record);
    if (!('name' in identity) || record.namespace !== namespace) return false;
    return identity.name === name && identity.revision > revision;
  });
}

function titleOf({ kind, namespace = '', name }: ManifestObject): string {
  return `${kind} ${namespace}/${name}`;
}
