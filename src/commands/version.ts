/** `version`: which program this is. Loads nothing that it doesn't need. */
import { exitCodes } from '../errors.ts';
import { defineCommand } from './command.ts';

/** Written in by the build; absent when the sources run as they are, in tests. */
declare const __VERSION__: string | undefined;

export const programVersion = typeof __VERSION__ === 'string' ? __VERSION__ : '0.0.0-source';

export const version = defineCommand({
  name: 'version',
  describe: "print this program's version",
  examples: [
    ['version', 'one line'],
    ['version -o json', 'for scripts'],
  ],
  arguments: {},
  options: {
    output: { type: 'string', alias: 'o', choices: ['json'], describe: 'print it as JSON' },
  },
  local: true,
  async handler(args, io) {
    // The standalone programs are on Bun, which names the Node that it is like as well.
    const { bun, node } = process.versions;
    const facts = {
      version: programVersion,
      ...(bun ? { bun } : { node }),
      platform: `${process.platform}/${process.arch}`,
    };
    const text =
      args.output === 'json'
        ? JSON.stringify(facts)
        : `kubectl-releases ${facts.version} (${bun ? `Bun ${bun}` : `Node ${node}`}, ${facts.platform})`;
    io.stdout.write(`${text}\n`);
    return exitCodes.done;
  },
});
