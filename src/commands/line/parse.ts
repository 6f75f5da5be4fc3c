/**
 * From a command line in one form to typed arguments: yargs' parser, with everything switched off that
 * guesses. The rest of yargs would add its screens, and twice the time that the program takes to start.
 */
import { Parser } from 'yargs/helpers';
import { aliasesOf, type Option, type OptionTable, type ParsedArgs } from '../command.ts';

/** @param options as `readCommandLine` returns them, each `--name=value` */
export function parseOptions(options: readonly string[], table: OptionTable): ParsedArgs {
  const entries = Object.entries(table);
  const named = (keep: (option: Option) => boolean) =>
    entries.filter(([, option]) => keep(option)).map(([name]) => name);
  const ofType = (type: Option['type']) => named((option) => option.type === type);
  const defaults = entries.filter(([, option]) => option.default !== undefined);
  return Parser(options.map(keptQuotes), {
    alias: Object.fromEntries(entries.map(([name, option]) => [name, [...aliasesOf(option)]])),
    array: named((option) => option.array === true),
    boolean: ofType('boolean'),
    number: ofType('number'),
    string: ofType('string'),
    default: Object.fromEntries(defaults.map(([name, option]) => [name, option.default])),
    configuration: {
      'boolean-negation': false,
      'camel-case-expansion': false,
      'dot-notation': false,
      'greedy-arrays': false,
      'strip-aliased': true,
    },
  });
}

/**
 * The parser takes a pair of quotes around a value away, which the shell has done where it was to be done:
 * what is still there was meant. So such a value gets one more pair.
 */
function keptQuotes(option: string): string {
  return option.replace(/^(--[^=]+=)((["']).*\3|["'])$/s, '$1"$2"');
}
