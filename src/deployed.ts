/**
 * Which revision of a release is deployed? The one answer, which is Helm's.
 *
 * `helm upgrade` starts from the newest revision where its content says deployed, and else from the highest
 * of those whose status *label* says so (`prepareUpgrade` in pkg/action/upgrade.go; `Deployed` and
 * `DeployedAll` in pkg/storage/storage.go, which ask the store for `status=deployed` and sort by what the
 * contents say). Tiller goes by the label alone (pkg/tiller/release_update.go and pkg/storage/storage.go of
 * Helm 2). Records that can't be read are passed over by all of them.
 */
import { stateOfLabel } from './attribution.ts';
import { type Owner, type RecordMeta, saidByLabels } from './record.ts';
import type { Info, Release } from './release.ts';

/** What a revision says of itself, in Helm 3's words. */
export interface Standing {
  readonly owner: Owner;
  /** The content's, by which Helm sorts. */
  readonly revision: number;
  /** The content's; absent where that can't be read. */
  readonly status: string | undefined;
  /** The label's; absent where there is none, which nobody can find by it: then the content counts. */
  readonly label: string | undefined;
}

/** Of a content, what tells how it stands. */
type Said = Pick<Release, 'revision'> & { readonly info?: Pick<Info, 'status'> };

/** @param content absent where it can't be read */
export function standingOf(
  owner: Owner,
  record: Pick<RecordMeta, 'labels'>,
  content: Said | undefined,
): Standing {
  const { status: label } = saidByLabels(owner, record);
  return {
    owner,
    revision: content?.revision ?? Number.NEGATIVE_INFINITY,
    status: content && (content.info?.status ?? 'unknown'),
    label: label === undefined ? undefined : stateOfLabel(owner, label),
  };
}

/** Of a record that is about to be written: its label says what its content says. */
export function standingAfter(owner: Owner, { revision, info }: Said): Standing {
  return { owner, revision, status: info?.status ?? 'unknown', label: info?.status };
}

/** Of a record of which nobody has read more than the labels. */
export function standingByLabel(
  owner: Owner,
  record: Pick<RecordMeta, 'labels'>,
  revision: number,
): Standing {
  const { label } = standingOf(owner, record, undefined);
  return { owner, revision, status: label ?? 'unknown', label };
}

/**
 * What no Helm ends with, from an action's first write to its last: pkg/release/v1/status.go. Where the newest
 * revision's content says so, Helm is at work on it, or was interrupted.
 */
export function isUnended(status: string | undefined): boolean {
  return /^(pending-.*|uninstalling|unknown)$/.test(status ?? '');
}

/** Of one that is younger, a helm may be at work on it: in minutes, since its record was last written. */
export const atWorkMinutes = 15;

/** @returns the revision that the next upgrade takes for the deployed one; undefined where none is */
export function deployedRevision<R>(
  revisions: readonly R[],
  standing: (revision: R) => Standing,
): R | undefined {
  const newest = highest(revisions, (one) => standing(one).status !== undefined, standing);
  if (newest === undefined) return undefined;
  const { owner, status } = standing(newest);
  if (owner === 'helm' && status === 'deployed') return newest;
  return labelledDeployed(revisions, standing);
}

/**
 * What Helm's storage calls the deployed one, whatever the newest is: pruning spares it (`removeLeastRecent`
 * in pkg/storage/storage.go).
 */
export function labelledDeployed<R>(
  revisions: readonly R[],
  standing: (revision: R) => Standing,
): R | undefined {
  const isDeployed = (one: R) => {
    const { status, label } = standing(one);
    return status !== undefined && (label ?? status) === 'deployed';
  };
  return highest(revisions, isDeployed, standing);
}

/**
 * The revisions whose objects live: the newest and, where another is deployed, that one, from which the next
 * upgrade starts. None of a release that is uninstalled.
 * @param revisions newest first, all of them readable
 */
export function livingRevisions<R>(
  revisions: readonly R[],
  standing: (revision: R) => Standing,
): readonly R[] {
  const [newest] = revisions;
  if (newest === undefined || standing(newest).status === 'uninstalled') return [];
  const deployed = deployedRevision(revisions, standing);
  return deployed === undefined || deployed === newest ? [newest] : [newest, deployed];
}

function highest<R>(
  revisions: readonly R[],
  is: (revision: R) => boolean,
  standing: (revision: R) => Standing,
): R | undefined {
  let found: R | undefined;
  for (const one of revisions)
    if (is(one) && (found === undefined || standing(one).revision > standing(found).revision))
      found = one;
  return found;
}
