/** From a command line in one form to typed arguments: yargs, with everything switched off that guesses. */
import yargs from 'yargs';
import type { OptionTable, ParsedArgs } from './command.ts';

/** @param options as `readCommandLine` returns them, each `--name=value` */
export function parseOptions(options: readonly string[], table: OptionTable): ParsedArgs {
  return yargs([])
    .exitProcess(false)
    .locale('en')
    .help(false)
    .version(false)
    .parserConfiguration({
      'boolean-negation': false,
      'camel-case-expansion': false,
      'dot-notation': false,
      'greedy-arrays': false,
      'strip-aliased': true,
    })
    .options({ ...table })
    .parseSync([...options]);
}
