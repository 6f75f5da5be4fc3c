/** `--dry-run` as kubectl has it: not at all, as a plan, or with the API server's opinion. */
import { ReleasesError } from '../../errors.ts';
import { dryRunApi } from '../../kube/dryRun.ts';
import type { Engine } from '../../migrate/engine/engine.ts';
import { openMemory } from '../../storage/memory.ts';
import { rehearse } from '../../storage/rehearse.ts';
import { type MoveArgs, type MoveEnds, openMoveEnds } from './migrationEnds.ts';

export interface DryRunArgs {
  readonly 'dry-run'?: string | undefined;
}

export function isRehearsed(args: DryRunArgs): boolean {
  return args['dry-run'] === 'server';
}

/**
 * Both ends of a move; in a rehearsal on an API that only tries changes.
 * @throws ReleasesError USAGE when there is no API server to ask; as `openMoveEnds`
 */
export async function openDryRunEnds(
  args: MoveArgs & DryRunArgs,
  env: Parameters<typeof openMoveEnds>[1],
): Promise<MoveEnds> {
  if (!isRehearsed(args)) return openMoveEnds(args, env);
  const ends = await openMoveEnds(args, env, dryRunApi);
  if (ends.to.storage.capabilities.inCluster) return ends;
  ends.close();
  throw new ReleasesError('USAGE', '--dry-run=server asks the API server, and the target is none', {
    why: [`records would go to ${ends.to.storage.address}`],
    hints: ['--dry-run, or --dry-run=client, shows the plan'],
  });
}

/** The same engine on stores that only seem to change. */
export function rehearsed<E extends Pick<Engine, 'from' | 'to'>>(engine: E): E & Engine {
  const from = new Map([...engine.from].map(([address, store]) => [address, rehearse(store)]));
  return { concurrency: 1, ...engine, from, to: rehearse(engine.to), backup: openMemory() };
}
