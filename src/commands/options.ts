/** `options`: the flags that all commands take, described once, as `kubectl options` does. */
import { exitCodes } from '../errors.ts';
import { defineCommand } from './command.ts';
import { flagGroups, helpWidth } from './line/flagLines.ts';
import { describedOnce } from './line/sharedOptions.ts';

export const options = defineCommand({
  name: 'options',
  describe: 'list the flags that many commands take: for clusters, stores, archives and plans',
  details: [
    'Each command takes those for clusters and stores that mean something to it; COMMAND --help lists',
    "them all but for kubectl's, which every command takes that reads a cluster.",
  ],
  examples: [
    ['options', "kubectl's flags, and those that say where records are"],
    ['list --context new --as jane', 'one of them: they stand anywhere on the line'],
  ],
  arguments: {},
  options: {},
  local: true,
  async handler(_, io) {
    io.stdout.write(`${flagGroups(describedOnce, helpWidth(io)).join('\n')}`);
    return exitCodes.done;
  },
});
