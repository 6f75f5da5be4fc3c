/** A relocation's plan, with what it does to live objects. */
import { printable, ReleasesError } from '../../errors.ts';
import type { Plan } from '../../migrate/plan.ts';
import { withLeaving } from '../../migrate/relocate/leftLiveObjects.ts';
import { withObjects } from '../../migrate/relocate/objects.ts';
import type { MovingRelease } from '../../migrate/relocate/survey.ts';
import { shortClusterText } from '../../output/clusters.ts';
import { isLive } from '../../storage/storage.ts';
import type { RelocateArgs } from './relocateArgs.ts';
import type { RelocationEnds } from './relocationEnds.ts';
import { commandOf } from './relocationPermissions.ts';

/** Where releases get other names beside live objects: a folder has none. */
export async function withLiveObjects(
  records: Plan,
  releases: readonly MovingRelease[],
  args: RelocateArgs,
  adopt: boolean | undefined,
  { to, isSameCluster, toKube, neighbours }: RelocationEnds,
): Promise<Plan> {
  const isRenamed = ({ copies }: MovingRelease) => copies.some(({ rename }) => rename);
  if (args.adopt && releases.length > 0 && !releases.some(isRenamed))
    throw new ReleasesError('USAGE', '--adopt has nothing to do: no release gets another name', {
      why: [
        'it marks live objects as those of a release under its new name or in its new namespace',
      ],
      hints: ['--to-name NAME, --to-namespace NS or --map-namespace OLD=NEW  gives it one'],
    });
  const { from: left, to: reached } = records.clusters ?? {};
  const sameCluster = await isSameCluster();
  const leaves = !sameCluster && left && reached;
  const plan = leaves ? withLeaving(records, printable(shortClusterText(left))) : records;
  if (!isLive(to.storage) || releases.every(({ living }) => !living)) return plan;
  const leave = args['leave-objects'] === true;
  const options = {
    ...{ leave, sameCluster, neighbours: await neighbours() },
    ...(adopt !== undefined && { adopt }),
    ...(leaves && { cluster: printable(shortClusterText(reached)) }),
  };
  const { api } = await toKube();
  return withObjects(plan, releases, options, api, args.concurrency, commandOf(args));
}
