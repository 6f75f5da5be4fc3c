/** Which live objects a migration marks as Helm's, and what stands against it: pure. */
import { printable } from '../../errors.ts';
import type { KubeMetadata } from '../../kube/types.ts';
import { isUnderOurName } from '../../objects/managers.ts';
import { objectTitle } from '../../objects/manifest.ts';
import {
  managedByKey,
  nameKey,
  namespaceKey,
  type Ownership,
  ownershipFor,
  ownershipOf,
  whose,
} from '../../objects/ownership.ts';
import { type ObjectName, objectId } from '../../objects/read.ts';
import { shellQuote } from '../../shellQuote.ts';
import { type AdoptStep, amend, type Finding, type Plan, type ReleasePlan } from '../plan.ts';
import { grouped, listed } from '../preflight/check.ts';
import type { Claim, ReleaseClaims } from './claims.ts';
import { managerFor, managerOf } from './fieldManagers.ts';

/**
 * The same plan with a step for every live object that no release owns yet, after the release's
 * records and before its deletes, and with findings for the others. A release that needed nothing else
 * moves for these steps alone, so that a migration which was stopped before them is completed.
 *
 * @param live the metadata of what is there, by `objectId`
 * @param cluster what the live objects' cluster is called, safe to print
 */
export function planAdoption(
  plan: Plan,
  claims: readonly ReleaseClaims[],
  live: ReadonlyMap<string, KubeMetadata>,
  cluster = 'the cluster',
): Plan {
  const claimants = claimantsOf(claims, live);
  const byRelease = new Map(claims.map((one) => [one.release, one]));
  return {
    ...plan,
    releases: plan.releases.map((release) => {
      const own = byRelease.get(release);
      return own ? withAdoption(release, judgeAll(own, live, claimants), cluster) : release;
    }),
  };
}

/** What became of one claim. */
type Judgement =
  | { readonly is: 'ours' | 'missing' | 'leaving' | 'unknown'; readonly claim: Claim }
  | { readonly is: 'free'; readonly claim: Claim; readonly step: AdoptStep }
  | { readonly is: 'foreign'; readonly claim: Claim; readonly owner: Ownership }
  | { readonly is: 'disputed'; readonly claim: Claim; readonly with: readonly ReleasePlan[] };

/** By the uid of an object, which is the same under all its versions and groups. */
type Claimants = ReadonlyMap<string, readonly ReleasePlan[]>;

function claimantsOf(
  claims: readonly ReleaseClaims[],
  live: ReadonlyMap<string, KubeMetadata>,
): Claimants {
  const claimants = new Map<string, ReleasePlan[]>();
  for (const { release, claims: own } of claims)
    for (const { place } of own) {
      const uid = place && live.get(objectId(place))?.uid;
      if (uid) claimants.set(uid, [...(claimants.get(uid) ?? []), release]);
    }
  return claimants;
}

function judgeAll(
  { release, owner, was, operation, claims }: ReleaseClaims,
  live: ReadonlyMap<string, KubeMetadata>,
  claimants: Claimants,
): Judgement[] {
  const after = ownershipFor(owner);
  const earlier = was && ownershipFor(was);
  const all = claims.flatMap(({ place }) => (place && live.get(objectId(place))) ?? []);
  const usual = managerOf(all, operation);
  return claims.map((claim): Judgement => {
    const { place, revision } = claim;
    if (!place) return { is: 'unknown', claim };
    const metadata = live.get(objectId(place));
    if (!metadata?.uid || !metadata.resourceVersion) return { is: 'missing', claim };
    if (metadata['deletionTimestamp'] !== undefined) return { is: 'leaving', claim };
    const before = ownershipOf(metadata);
    const is = whose(before, after, earlier);
    const { uid, resourceVersion } = metadata;
    const object = { ...refOf(place), uid, resourceVersion };
    const manager = managerFor(metadata, usual);
    const step = { do: 'adopt', revision, object, before, after, manager } as const;
    // Marked before, by a run that was stopped: what is left is whose the marks are.
    if (is === 'ours')
      return isUnderOurName(metadata) ? { is: 'free', claim, step } : { is, claim };
    if (is === 'foreign') return { is, claim, owner: before };
    const others = (claimants.get(metadata.uid) ?? []).filter((other) => other !== release);
    if (others.length > 0) return { is: 'disputed', claim, with: others };
    return { is, claim, step };
  });
}

function refOf({ apiVersion, kind, resource, namespace, name }: ObjectName) {
  return { apiVersion, kind, resource, ...(namespace !== undefined && { namespace }), name };
}

function withAdoption(
  release: ReleasePlan,
  judged: readonly Judgement[],
  cluster: string,
): ReleasePlan {
  const writes = release.steps.some((step) => step.do === 'create');
  const gone = writes && release.owner === 'tiller' ? nothingLeft(release, judged) : [];
  const found = findingsOf(judged, gone.length > 0, cluster);
  const findings = [...gone, ...release.findings, ...found];
  const adopts = judged.flatMap((one) => (one.is === 'free' ? one.step : []));
  const deletes = release.steps.filter((step) => step.do === 'delete');
  const before = release.steps.filter((step) => step.do !== 'delete');
  return amend(release, { findings, steps: [...before, ...adopts, ...deletes] });
}

/**
 * A release that was migrated and then uninstalled leaves no trace but in Helm 2, and looks as if it
 * had never moved: its records would come back without it. Where Helm 3's own records move, objects may
 * well come after them.
 */
function nothingLeft({ name }: ReleasePlan, judged: readonly Judgement[]): Finding[] {
  const known = judged.filter((one) => one.is !== 'unknown');
  if (known.length === 0 || known.some((one) => one.is !== 'missing')) return [];
  const objects = known.length === 1 ? titles(known) : `none of its ${known.length} objects`;
  return [
    {
      severity: 'loss',
      message: `${objects} is${known.length === 1 ? ' not' : ''} in the cluster: was it uninstalled? Its records alone would move`,
      ...revisionsOf(known),
      fix: `--exclude ${shellQuote(name)} leaves it out`,
    },
  ];
}

/** @param gone whether the missing ones are told of already */
function findingsOf(judged: readonly Judgement[], gone: boolean, cluster: string): Finding[] {
  const the = <I extends Judgement['is']>(is: I) =>
    judged.filter((one): one is Extract<Judgement, { is: I }> => one.is === is);
  const foreign = grouped(the('foreign'), ({ owner }) => ownerTitle(owner));
  const disputed = grouped(the('disputed'), (one) => listed(one.with.map(releaseTitle)));
  return [
    ...[...foreign].map(
      ([owner, group]): Finding => ({
        severity: 'loss',
        message: `${titles(group)} ${is(group)} owned by ${owner} and not adopted, though an upgrade or uninstall with Helm 3 may still reach ${it(group)}`,
        fix: `take ${it(group)} out of one of the charts`,
        ...revisionsOf(group),
      }),
    ),
    ...[...disputed].map(
      ([others, group]): Finding => ({
        severity: 'loss',
        message: `${titles(group)} ${is(group)} in the manifest of ${others} too, so that no release adopts ${it(group)}`,
        fix: `take ${it(group)} out of one of the charts, or migrate the release that should have ${it(group)} alone`,
        ...revisionsOf(group),
      }),
    ),
    ...note(
      gone ? [] : the('missing'),
      (group) => `${titles(group)} ${is(group)} not in ${cluster}`,
    ),
    ...note(the('leaving'), (group) => `${titles(group)} ${is(group)} being deleted: not adopted`),
    ...note(
      the('unknown'),
      (group) => `the API server knows no kind of ${titles(group)}: not adopted`,
    ),
    ...relabelled(the('free')),
  ];
}

/** The label was the chart's, and somebody may select by it. */
function relabelled(free: readonly Extract<Judgement, { is: 'free' }>[]): Finding[] {
  const labelled = free.filter(({ step }) => (step.before[managedByKey] ?? 'Helm') !== 'Helm');
  return [...grouped(labelled, ({ step }) => step.before[managedByKey] ?? '')].map(
    ([label, group]): Finding => ({
      severity: 'note',
      message: `the label ${managedByKey} of ${titles(group)} becomes Helm, as at every upgrade with Helm 3; it is ${printable(label, 63)}`,
      ...revisionsOf(group),
    }),
  );
}

function note<J extends Judgement>(
  group: readonly J[],
  message: (group: readonly J[]) => string,
): Finding[] {
  if (group.length === 0) return [];
  return [{ severity: 'note', message: message(group), ...revisionsOf(group) }];
}

function revisionsOf(group: readonly Judgement[]): { readonly revisions: readonly number[] } {
  const numbers = new Set(group.map(({ claim }) => claim.revision));
  return { revisions: [...numbers].sort((a, b) => a - b) };
}

function titles(group: readonly Judgement[]): string {
  return listed(group.map(({ claim }) => objectTitle(claim.object)));
}

function is(group: readonly Judgement[]): string {
  return group.length === 1 ? 'is' : 'are';
}

function it(group: readonly Judgement[]): string {
  return group.length === 1 ? 'it' : 'them';
}

/** One of the two may be missing where somebody wrote them by hand. */
function ownerTitle({ [nameKey]: name, [namespaceKey]: namespace }: Ownership): string {
  const who = name === undefined ? 'a release' : `release ${printable(name, 63)}`;
  return namespace === undefined ? who : `${who} in namespace ${printable(namespace, 63)}`;
}

function releaseTitle({ name, namespace }: ReleasePlan): string {
  return `release ${printable(name, 63)} (${printable(namespace, 63) || '-'})`;
}
