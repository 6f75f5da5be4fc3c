/** `--dry-run` as kubectl has it: not at all, as a plan, or with the API server's opinion. */
import { ReleasesError } from '../../errors.ts';
import type { KubeApi } from '../../kube/api.ts';
import { dryRunApi } from '../../kube/dryRun.ts';
import type { Engine } from '../../migrate/engine/engine.ts';
import { openMemory } from '../../storage/memory.ts';
import type { Storage } from '../../storage/storage.ts';
import { rehearse } from '../../storage/wrappers/rehearse.ts';

export interface DryRunArgs {
  readonly 'dry-run'?: string | undefined;
}

export function isRehearsed(args: DryRunArgs): boolean {
  return args['dry-run'] === 'server';
}

/** What every request goes through: in a rehearsal an API that only tries changes. */
export function throughOf(args: DryRunArgs): ((api: KubeApi) => KubeApi) | undefined {
  return isRehearsed(args) ? dryRunApi : undefined;
}

/** @throws ReleasesError USAGE when there is no API server to ask */
export function checkRehearsal(args: DryRunArgs, { capabilities, address }: Storage): void {
  if (!isRehearsed(args) || capabilities.inCluster) return;
  throw new ReleasesError('USAGE', '--dry-run=server asks the API server, and the target is none', {
    why: [`records would go to ${address}`],
    hints: ['--dry-run, or --dry-run=client, shows the plan'],
  });
}

/** The same engine on stores that only seem to change. */
export function rehearsed<E extends Pick<Engine, 'from' | 'to'>>(engine: E): E & Engine {
  const from = new Map([...engine.from].map(([address, store]) => [address, rehearse(store)]));
  return { concurrency: 1, ...engine, from, to: rehearse(engine.to), backup: openMemory() };
}
