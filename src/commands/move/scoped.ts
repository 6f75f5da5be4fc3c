/** Which changes have a scope, and where they look: `stores/scope.ts` says what that makes of a command line. */
import type { StorageArgs } from '../line/options.ts';
import { addressOf } from '../stores/connections.ts';
import type { Looking } from '../stores/scope.ts';
import { wantedOwner } from '../stores/stores.ts';
import { isHelm2 } from './relocationEnds.ts';

const scoped = ['relocate', 'copy', 'backup'] as const;
export type Scoped = (typeof scoped)[number];

/** Of Helm 2 alone, and of a file, everything is meant: migrate2to3, cleanup and restore have no scope but -n. */
export function isScoped(command: string): command is Scoped {
  return scoped.some((one) => one === command);
}

export interface PlaceArgs extends StorageArgs {
  readonly from?: string | undefined;
  readonly storage?: readonly string[] | undefined;
  readonly helm?: string | undefined;
}

/** @throws ReleasesError USAGE for what is no address */
export async function lookingOf(command: Scoped, args: PlaceArgs): Promise<Looking> {
  const given = command === 'backup' ? (args.storage ?? []) : [args.from ?? []].flat();
  return {
    addresses: await Promise.all(given.map(addressOf)),
    helm2: command === 'backup' ? wantedOwner(args) === 'tiller' : isHelm2(args),
  };
}
