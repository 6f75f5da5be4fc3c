/** Looks at everything a cleanup may be about, and makes its plan: what is shown is what is done. */

import { ReleasesError } from '../../errors.ts';
import type { CleanupPlan } from '../../migrate/cleanup/cleanupPlan.ts';
import { findTiller } from '../../migrate/cleanup/findTiller.ts';
import { type HomePlan, planHome } from '../../migrate/cleanup/home.ts';
import { findUncopyable, planReleaseCleanup } from '../../migrate/cleanup/planReleases.ts';
import { planTiller, type TillerPlan } from '../../migrate/cleanup/tiller.ts';
import {
  type Helm2Home,
  type Helm3Places,
  helm2Home,
  helm3Places,
} from '../../migrate/config/paths.ts';
import { unmoved } from '../../migrate/config/plan.ts';
import { surveyTarget } from '../../migrate/helm2to3/survey.ts';
import { isMovable, type Plan, type ReleasePlan } from '../../migrate/plan.ts';
import type { IO } from '../../output/terminal/io.ts';
import type { BadRecord, RecordMeta } from '../../record.ts';
import type { Storage } from '../../storage/storage.ts';
import { clusterFlags } from '../hints/flags.ts';
import { type Helm2Args, type Helm2Ends, placementOf } from '../move/helm2Ends.ts';
import {
  checkExcludedHelm2,
  lookedIn,
  namespaceOf,
  type SelectedHelm2,
  selectHelm2,
} from '../move/helm2Selection.ts';

export interface CleanupArgs extends Helm2Args {
  readonly 'release-cleanup'?: boolean | undefined;
  readonly 'tiller-cleanup'?: boolean | undefined;
  readonly 'config-cleanup'?: boolean | undefined;
  readonly name?: readonly string[] | undefined;
  readonly exclude?: readonly string[] | undefined;
  readonly unmigrated?: readonly string[] | undefined;
  readonly 'leave-unmigrated'?: boolean | undefined;
  readonly 'tiller-rbac'?: boolean | undefined;
  readonly 'helm2-home'?: string | undefined;
  readonly 'unmoved-config'?: boolean | undefined;
  readonly 'target-release'?: string | undefined;
  readonly 'target-namespace'?: string | undefined;
  readonly concurrency: number;
}

export interface Parts {
  readonly releases: boolean;
  readonly tiller: boolean;
  readonly config: boolean;
}

/**
 * As helm-2to3's: without any of the three flags all parts; --name is about releases alone.
 * @throws ReleasesError USAGE
 */
export function partsOf(args: Omit<CleanupArgs, 'concurrency'>): Parts {
  const flags = {
    releases: args['release-cleanup'] === true,
    tiller: args['tiller-cleanup'] === true,
    config: args['config-cleanup'] === true,
  };
  if (args.name?.length) {
    if (flags.tiller || flags.config)
      throw new ReleasesError('USAGE', '--name is about releases alone', {
        hints: ['run the other parts by themselves: --tiller-cleanup, --config-cleanup'],
      });
    return { releases: true, tiller: false, config: false };
  }
  if (flags.releases || flags.tiller || flags.config) return flags;
  // Records in a place of their own say nothing of a Tiller or of this machine.
  if (args.from !== undefined) return { releases: true, tiller: false, config: false };
  return { releases: true, tiller: args['tiller-out-cluster'] !== true, config: true };
}

/** What was read for the plan, and is held against what is there when it is carried out. */
export interface Looked {
  readonly plan: CleanupPlan;
  readonly stores: ReadonlyMap<string, Storage>;
  /** Every record in these stores. */
  readonly known: readonly RecordMeta[];
}

/**
 * @param ends absent where nothing but the home is asked for
 * @throws ReleasesError NOT_FOUND, USAGE, and what reading throws
 */
export async function lookAround(
  args: CleanupArgs,
  parts: Parts,
  ends: Helm2Ends | undefined,
  io: IO,
): Promise<Looked> {
  const found = ends && (await findReleases(args, parts, ends, io));
  if (found) {
    const looked = lookedIn([...found.stores.values()], ends, io);
    const named = { release: [], exclude: args.exclude };
    await checkExcludedHelm2(named, found.sources.releases, looked, ends, io);
  }
  const all = found && (await planAll(args, found, ends));
  const tillers: TillerPlan[] = [];
  if (parts.tiller && all && ends) {
    const { api } = await ends.kube();
    const namespaces = tillerNamespaces(ends);
    const left = (namespace: string) => remainingIn(namespace, all.releases, found.sources.strays);
    const lookedAt = (other: string) => (namespaces.includes(other) ? left(other) : undefined);
    for (const namespace of namespaces) {
      const remaining = left(namespace);
      const tiller = await findTiller(api, namespace, args['tiller-rbac'] === true);
      const leaveUnmigrated = args['leave-unmigrated'] === true;
      tillers.push(planTiller(tiller, { remaining, lookedAt, leaveUnmigrated }));
    }
  }
  const stays = tillers.some(({ verdict }) => verdict === 'refused');
  const home = parts.config ? await lookAtHome(args, stays, io) : undefined;
  const releases = all && parts.releases ? chosen(all, args, ends) : undefined;
  return {
    plan: {
      ...(releases && { releases }),
      finished: found?.finished ?? [],
      strays: found?.sources.strays ?? [],
      tillers,
      ...(home && { home }),
    },
    stores: found?.stores ?? new Map(),
    known: [
      ...(all?.releases ?? []).flatMap(({ sources }) => sources),
      ...(found?.sources.strays ?? []),
    ],
  };
}

type Found = Omit<SelectedHelm2, 'nothing'>;

/** All that Tiller kept where Tiller may go; otherwise what was asked for. */
async function findReleases(
  args: CleanupArgs,
  parts: Parts,
  ends: Helm2Ends,
  io: IO,
): Promise<Found> {
  const everything = {
    ...{ release: [], exclude: undefined },
    'tiller-out-cluster': args['tiller-out-cluster'],
    'release-storage': args['release-storage'],
  };
  if (parts.tiller) {
    // What may not be looked at could hold releases that nobody has migrated.
    const from = ends.from.map((source) => ({ ...source, optional: false }));
    // Releases of every namespace hold a Tiller, also where helm's -n names one of them.
    const { helmNamespace } = ends;
    const all = {
      ...ends,
      from,
      helmNamespace: helmNamespace?.isContexts ? helmNamespace : undefined,
    };
    return selectHelm2(everything, all, io);
  }
  return selectHelm2(
    {
      ...everything,
      ...{ release: args.name ?? [], removed: args.unmigrated, namespace: args.namespace },
      'target-release': args['target-release'],
      'target-namespace': args['target-namespace'],
    },
    ends,
    io,
  );
}

async function planAll(args: CleanupArgs, found: Found, ends: Helm2Ends): Promise<Plan> {
  const { releases } = found.sources;
  const placement = placementOf(args, ends);
  const target = await surveyTarget(ends.to.storage, releases, placement, args.concurrency);
  const unmigrated = new Set(args.unmigrated);
  const uncopyable = await findUncopyable(
    releases.filter(({ name }) => unmigrated.has(name)),
    async ({ from }, record) => found.stores.get(from)?.get(record),
  );
  const there = { ...target, clusterFlags: clusterFlags(args) };
  return planReleaseCleanup(releases, there, { unmigrated, uncopyable });
}

/** Under -n, releases of that namespace; one without any can't be told. */
function chosen(plan: Plan, args: CleanupArgs, ends: Helm2Ends | undefined): Plan {
  const wanted = ends && namespaceOf(args, ends);
  const excluded = new Set(args.exclude);
  const releases = plan.releases.filter(
    ({ name, namespace }) => !excluded.has(name) && (!wanted || !namespace || namespace === wanted),
  );
  return { ...plan, releases };
}

function tillerNamespaces({ from }: Helm2Ends): string[] {
  return [...new Set(from.flatMap(({ selection }) => selection.namespace ?? []))];
}

/** What stays in a Tiller's storage and isn't in Helm 3. */
function remainingIn(
  namespace: string,
  releases: readonly ReleasePlan[],
  strays: readonly BadRecord[],
): string[] {
  const here = (record: RecordMeta) => record.namespace === namespace;
  return [
    ...releases
      .filter((release) => !isMovable(release) && release.sources.some(here))
      .map(({ name }) => name),
    ...strays.filter(here).map(({ key }) => key),
  ];
}

async function lookAtHome(args: CleanupArgs, tillerStays: boolean, io: IO): Promise<HomePlan> {
  const home = helm2Home(io.env, process.platform, args['helm2-home']);
  const helm3 = helm3Places(io.env, process.platform);
  const plan = await planHome({
    ...{ home, helm3, userHome: io.env.HOME || io.env.USERPROFILE },
    unmoved: () => unmovedItems(home, helm3),
    removeUnmoved: args['unmoved-config'] === true,
  });
  if (!tillerStays || (plan.verdict !== 'ready' && plan.verdict !== 'with losses')) return plan;
  const message = 'Tiller stays, and its client needs this folder';
  const fix = '--config-cleanup without --tiller-cleanup removes it all the same';
  const findings = [{ severity: 'refusal', message, fix } as const, ...plan.findings];
  return { ...plan, verdict: 'refused', findings };
}

/**
 * What `move-config` would still do something about. Whether it was told to take addresses of today
 * isn't known here: what is done under either answer is done.
 */
async function unmovedItems(home: Helm2Home, helm3: Helm3Places): Promise<string[]> {
  const { planConfig } = await import('../../migrate/config/planConfig.ts');
  const open = async (updateUrls: boolean) =>
    unmoved(await planConfig(home, helm3, { updateUrls, moment: new Date() }));
  const either = new Set(await open(true));
  return (await open(false)).filter((item) => either.has(item));
}
