/** Every option that a command takes, the shared ones included. */

import type { Command, OptionTable } from '../command.ts';
import { readCommandLine } from './arguments.ts';
import { clusterOptions } from './options.ts';

/** All that a command takes; it may say more exactly what a shared flag means for it. */
export function optionsOf(command: Command): OptionTable {
  const shared = command.local ? {} : { ...clusterOptions, ...command.options };
  return { ...command.options, ...shared };
}

/**
 * The same on a certain command line, which may name another command.
 * @param rest what follows the command's name
 * @throws ReleasesError USAGE
 */
export async function optionsFor(command: Command, rest: readonly string[]): Promise<OptionTable> {
  const own = optionsOf(command);
  if (!command.optionsAfter) return own;
  const [first] = readCommandLine(rest, own, { trailing: true }).positionals;
  return first === undefined ? own : command.optionsAfter(first);
}
