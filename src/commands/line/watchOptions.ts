/** The flags of `--watch`, apart from what they lead to: that loads when it's asked for. */

import type { OptionTable } from '../command.ts';
import { usage } from './arguments.ts';

export const watchOptions = {
  watch: {
    type: 'boolean',
    alias: 'w',
    describe: 'then go on with each change as it comes, until Ctrl-C',
  },
  'watch-only': { type: 'boolean', describe: 'the same, without what is there at first' },
} as const satisfies OptionTable;

export interface WatchArgs {
  readonly watch?: boolean | undefined;
  readonly 'watch-only'?: boolean | undefined;
  readonly compat?: string | undefined;
}

/** @throws ReleasesError USAGE where it can't be done with the other flags */
export function wantsWatch(args: WatchArgs): boolean {
  if (!args.watch && !args['watch-only']) return false;
  if (args.compat !== undefined)
    throw usage("--watch and --compat can't both hold", ["helm's commands have no --watch"]);
  return true;
}
