/** What a plan takes of the API server, and that it is granted before anything is written. */
import { isReleasesError, ReleasesError } from '../../errors.ts';
import { missingPermissions, missingWords, type Need, needWord } from '../../kube/access.ts';
import type { Kube } from '../../kube/kube.ts';
import { type EndNeeds, endNeeds, type PlanEnds, planNeeds } from '../../migrate/needs.ts';
import { countPlan, type Plan } from '../../migrate/plan.ts';
import { roleFlags } from '../hints/flags.ts';
import { storageFlags } from '../line/options.ts';

/**
 * Asks the API server for what a plan takes and isn't granted. Where a plan takes nothing, nothing is
 * asked, and no cluster is needed.
 * @throws ReleasesError, as `KubeApi.call` does
 */
export async function missingFor(
  plan: Plan,
  ends: PlanEnds,
  kube: () => Promise<Pick<Kube, 'api'>>,
): Promise<Need[]> {
  return missingOf(planNeeds(plan, ends), kube);
}

async function missingOf(
  needs: readonly Need[],
  kube: () => Promise<Pick<Kube, 'api'>>,
): Promise<Need[]> {
  if (needs.length === 0) return [];
  return missingPermissions((await kube()).api, needs);
}

/** The same in two clusters, each asked for its own. */
async function missingInBoth(
  plan: Plan,
  ends: PlanEnds,
  kubes: { readonly [E in keyof EndNeeds]: () => Promise<Pick<Kube, 'api'>> },
): Promise<{ readonly from: Need[]; readonly to: Need[] }> {
  const needs = endNeeds(plan, ends);
  const [from, to] = await Promise.all([
    missingOf(needs.from, kubes.from),
    missingOf(needs.to, kubes.to),
  ]);
  return { from, to };
}

/** As one user each need is asked for once, at the end that goes first. */
export async function missingByEnd(
  plan: Plan,
  engine: PlanEnds,
  {
    oneContext,
    kube,
    toKube,
  }: {
    readonly oneContext: boolean;
    kube(): Promise<Pick<Kube, 'api'>>;
    toKube(): Promise<Kube>;
  },
): Promise<EndNeeds> {
  if (oneContext) return { from: await missingFor(plan, engine, kube), to: [] };
  const { from, to } = await missingInBoth(plan, engine, { from: kube, to: toKube });
  const { context } = await toKube();
  return { from, to: to.map((need) => ({ ...need, ...(context && { context }) })) };
}

/** Those of `rbac` that say where records are, beside a command's own. */
const sharedFlags = ['from', 'to', 'tiller-label', ...storageFlags];

const atEnd = { from: 'come from', to: 'go' } as const;

/**
 * What prints the Roles that are missing.
 * @param line `kubectl releases rbac relocate`
 * @param flags of the command's own, those that `rbac` takes, too
 * @param marks as `roleFlags`
 * @param ends of two clusters, those that lack something; absent: there is but one
 */
export function permissionHints(
  line: string,
  plan: Plan,
  args: Readonly<{ [flag: string]: unknown }>,
  flags: readonly string[],
  marks = true,
  ends: readonly (keyof EndNeeds)[] = [],
): string[] {
  const given = [...sharedFlags, ...flags].map((flag) => [flag, args[flag]]);
  const shared = Object.fromEntries([...given, ['overwrite', countPlan(plan).replaces > 0]]);
  const adopts = plan.releases.some(({ steps }) => steps.some((step) => step.do === 'adopt'));
  const command = `${line}${roleFlags(plan, shared, marks)}`;
  return [
    ...(ends.length === 0 ? [`${command}  prints a Role for it`] : []),
    ...ends.map(
      (end) => `${command} --end ${end}  prints the Role for where records ${atEnd[end]}`,
    ),
    ...(adopts ? ['--no-adopt  leaves live objects as they are'] : []),
  ];
}

/** What a plan ends with that can't be carried out: REFUSED, naming every verb that is missing. */
export function lacking(missing: readonly Need[], hints: readonly string[]): ReleasesError {
  return new ReleasesError('REFUSED', 'permissions are missing, and nothing was written', {
    why: missingWords(missing),
    hints,
  });
}

/**
 * Reads what a plan is made of. Where that is forbidden, the plan is refused, like one that can't be
 * carried out.
 * @throws ReleasesError REFUSED instead of FORBIDDEN, and whatever else `work` throws
 */
export async function planning<T>(work: Promise<T>): Promise<T> {
  try {
    return await work;
  } catch (error) {
    if (!isReleasesError(error, 'FORBIDDEN')) throw error;
    const why = [...error.why, 'nothing was written'];
    throw new ReleasesError('REFUSED', error.message, { why, hints: error.tries });
  }
}

/** What is missing, beside a plan in `-o json`, `-o yaml` and reports. */
export function missingData(missing: readonly Need[]): {
  readonly missingPermissions?: readonly string[];
} {
  return missing.length === 0 ? {} : { missingPermissions: missing.map(needWord) };
}
