/** What a relocation takes of both clusters, and what to do where it isn't granted. */
import { countPlan, type Plan } from '../../migrate/plan.ts';
import type { IO } from '../../output/terminal/io.ts';
import { roleFlags } from '../hints/flags.ts';
import { storageFlags } from '../stores/stores.ts';
import { type EndNeeds, missingFor, missingInBoth, type PlanEnds } from './permissions.ts';
import type { RelocateArgs } from './relocateArgs.ts';
import type { RelocationEnds } from './relocationEnds.ts';

/** As one user each need is asked for once, at the end that goes first. */
export async function missingByEnd(
  plan: Plan,
  engine: PlanEnds,
  { oneContext, kube, toKube }: RelocationEnds,
): Promise<EndNeeds> {
  if (oneContext) return { from: await missingFor(plan, engine, kube), to: [] };
  const { from, to } = await missingInBoth(plan, engine, { from: kube, to: toKube });
  const { context } = await toKube();
  return { from, to: to.map((need) => ({ ...need, ...(context && { context }) })) };
}

/** Those of `rbac` that say where records are and what becomes of them. */
const sharedFlags = [
  ...(['from', 'to', 'helm', 'delete-source', 'to-name', 'to-namespace', 'map-namespace'] as const),
  ...(['to-storage-namespace', 'to-context', 'to-kubeconfig', 'tiller-label'] as const),
  ...storageFlags,
] as const;

/** What prints the Roles that are missing. */
export function permissionHints(
  plan: Plan,
  missing: EndNeeds,
  args: RelocateArgs,
  io: IO,
): string[] {
  const overwrite = countPlan(plan).replaces > 0;
  const given = sharedFlags.map((flag) => [flag, args[flag]]);
  const shared = Object.fromEntries([...given, ['overwrite', overwrite]]);
  const adopts = plan.releases.some(({ steps }) => steps.some((step) => step.do === 'adopt'));
  const renames = Boolean(args['to-name'] || args['to-namespace'] || args['map-namespace']);
  const two = args['to-context'] || args['to-kubeconfig'];
  const ends = (['from', 'to'] as const).filter((end) => two && missing[end].length > 0);
  const line = `${io.program} rbac ${commandOf(args)}${roleFlags(plan, shared, renames)}`;
  return [
    ...(ends.length === 0 ? [`${line}  prints a Role for it`] : []),
    ...ends.map((end) => `${line} --end ${end}  prints the Role for where records ${atEnd[end]}`),
    ...(adopts ? ['--no-adopt  leaves live objects as they are'] : []),
  ];
}

const atEnd = { from: 'come from', to: 'go' } as const;

export function commandOf({ copies }: RelocateArgs): 'copy' | 'relocate' {
  return copies ? 'copy' : 'relocate';
}
