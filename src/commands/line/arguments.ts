/**
 * The command line as kubectl and helm read it (pflag): `-n NS`, `-nNS`, `-n=NS`, `-Aq`,
 * `--flag=value`, `--switch=false`, `--` before arguments that begin with a dash. It is brought into
 * one form, `--name=value`, with every mistake named; yargs' parser then gives the values their types.
 */
import { ReleasesError, typed } from '../../errors.ts';
import { closest } from '../../output/terminal/suggest.ts';
import {
  type ArgumentTable,
  aliasesOf,
  type Command,
  isOptional,
  isWords,
  type Option,
  type OptionTable,
  type ParsedArgs,
} from '../command.ts';
import { releaseWords } from './releaseWord.ts';

export interface CommandLine {
  /** Each is `--name=value`; only those that may be repeated are there more than once. */
  readonly options: readonly string[];
  readonly positionals: readonly string[];
  /** `-h`, or `--help`, which says more and wins. */
  readonly help: false | 'short' | 'whole';
}

/**
 * @param command `trailing`: what follows the first argument is another command line, flags and all; `instead`: what
 *   does it that a flag would do which people type, and this command doesn't have
 * @throws ReleasesError USAGE for unknown flags, missing values, values out of their choices, and a flag
 *   that takes one value and got two
 */
export function readCommandLine(
  argv: readonly string[],
  table: OptionTable,
  { trailing = false, instead = {} }: Pick<Command, 'trailing' | 'instead'> = {},
): CommandLine {
  const values = new Map<string, string[]>();
  const positionals: string[] = [];
  const rest = [...argv];
  let help: CommandLine['help'] = false;

  const set = (name: string, option: Option, word: string): void => {
    const value = meantBy(word, option);
    checkValue(name, option, value);
    const kept = values.get(name) ?? [];
    // pflag takes the last one, so that a move would go where its first --to doesn't say.
    if (!option.array && kept.some((one) => one !== value)) throw givenTwice(name);
    values.set(name, option.array ? [...kept, value] : [value]);
  };
  const takeValue = (shown: string): string => {
    const value = rest.shift();
    if (value === undefined) throw usage(`${shown} needs a value`);
    return value;
  };

  for (let token = rest.shift(); token !== undefined; token = rest.shift()) {
    if (token === '--') {
      positionals.push(...rest.splice(0));
    } else if (token === '--help') {
      help = 'whole';
    } else if (token.startsWith('--')) {
      const equals = token.indexOf('=');
      const word = token.slice(2, equals < 0 ? undefined : equals);
      const [name, option] = optionNamed(table, word);
      if (!option) throw unknownFlag(`--${word}`, table, instead);
      if (equals >= 0) set(name, option, token.slice(equals + 1));
      else if (option.type === 'boolean') set(name, option, 'true');
      else {
        checkBare(word, option, rest[0]);
        set(name, option, option.bare ?? takeValue(`--${word}`));
      }
    } else if (token.startsWith('-') && token !== '-') {
      readShorts(token, table, set, takeValue, () => {
        help ||= 'short';
      });
    } else {
      positionals.push(token, ...(trailing ? rest.splice(0) : []));
    }
  }
  const options = [...values].flatMap(([name, all]) => all.map((value) => `--${name}=${value}`));
  return { options, positionals, help };
}

/** A group of one-letter flags: switches, until one that takes a value takes the rest. */
function readShorts(
  token: string,
  table: OptionTable,
  set: (name: string, option: Option, word: string) => void,
  takeValue: (shown: string) => string,
  help: () => void,
): void {
  for (let i = 1; i < token.length; i++) {
    const letter = token[i] ?? '';
    if (letter === 'h') {
      help();
      continue;
    }
    const found = Object.entries(table).find(([, option]) => aliasesOf(option).includes(letter));
    if (!found) throw unknownFlag(`-${letter}`, table);
    const [name, option] = found;
    const after = token.slice(i + 1);
    if (option.type === 'boolean' && !after.startsWith('=')) {
      set(name, option, 'true');
      continue;
    }
    if (after.startsWith('=')) set(name, option, after.slice(1));
    else set(name, option, after === '' ? takeValue(`-${letter}`) : after);
    break;
  }
}

/**
 * Like pflag's NoOptDefVal, a flag that may come alone takes its value after `=` only. A value that follows it all the
 * same would be a release's name: it is asked about, as the run would otherwise be another one than was meant.
 * @throws ReleasesError USAGE
 */
function checkBare(word: string, { bare, choices = [] }: Option, next: string | undefined): void {
  if (bare === undefined || next === undefined || !choices.includes(next)) return;
  throw new ReleasesError('USAGE', `--${word} takes its value after =`, {
    hints: [`--${word}=${next}`, `${next} --${word}  where a release is called ${next}`],
  });
}

function meantBy(word: string, { synonyms = {} }: Option): string {
  return Object.hasOwn(synonyms, word) ? (synonyms[word] ?? word) : word;
}

function checkValue(name: string, option: Option, value: string): void {
  if (option.type === 'boolean' && value !== 'true' && value !== 'false')
    throw usage(
      // A passphrase may have been meant to follow.
      `--${name} is either true or false${/pass/.test(name) ? '' : `, not ${shown(value)}`}`,
    );
  const whole = option.belowZero ? /^-?[0-9]{1,10}$/ : /^[0-9]{1,10}$/;
  if (option.type === 'number' && !whole.test(value)) throw notACount(name, value);
  const choices = option.choices?.map(String);
  if (choices && !choices.includes(value))
    throw usage(
      `--${name} is one of ${choices.join(', ')}; not ${shown(value)}`,
      option.describe ? [`--${name}: ${option.describe}`] : [],
    );
}

/** For what is no number, or below zero where that means nothing. */
export function notACount(name: string, value: string): ReleasesError {
  return usage(`--${name} must be a whole number from 0 up, not ${shown(value)}`);
}

export type NamedArguments = Readonly<{ [name: string]: string | readonly string[] | undefined }>;

/**
 * @returns each argument by its name, and the `namespace` that stands before a release's name
 * @throws ReleasesError USAGE when there are too few or too many
 */
export function nameArguments(
  positionals: readonly string[],
  table: ArgumentTable,
): NamedArguments {
  const { words, namespace } = releaseWords(positionals, table);
  const rest = [...words];
  const named: [string, string | readonly string[] | undefined][] = [];
  for (const [at, [name, kind]] of Object.entries(table).entries()) {
    if (kind === 'many') {
      const after = Object.keys(table).length - at - 1;
      // A name that was typed twice means one thing.
      named.push([name, [...new Set(rest.splice(0, Math.max(rest.length - after, 0)))]]);
      continue;
    }
    const value = rest.shift();
    const word = name.toUpperCase();
    if (isWords(kind) && value !== undefined && !kind.includes(value))
      throw usage(
        `${word} is one of ${kind.join(', ')}; not ${shown(value)}`,
        // What people type first.
        kind.includes('all') && rest.length === 0
          ? [`where it is a release: get all ${typed(value, 60)}`]
          : [],
      );
    if (!isOptional(kind) && !value)
      throw usage(`${word} is missing`, isWords(kind) ? [`it is one of ${kind.join(', ')}`] : []);
    named.push([name, value]);
  }
  if (rest[0] !== undefined) throw usage(`unexpected argument ${shown(rest[0])}`);
  return Object.fromEntries(namespace === undefined ? named : [...named, ['namespace', namespace]]);
}

/**
 * Flags and arguments as one. A revision and a namespace may be said in both ways, and then twice the same.
 * @throws ReleasesError USAGE where the two differ
 */
export function together(flags: ParsedArgs, named: NamedArguments): ParsedArgs {
  const { namespace } = named;
  if (namespace !== undefined && flags['all-namespaces'])
    throw usage(`${typed(`${namespace}/`, 64)} before the name and -A can't both hold`);
  if (namespace !== undefined && ![undefined, '', namespace].includes(flags.namespace as string))
    throw usage(
      `${typed(`${namespace}/`, 64)} before the name and -n ${typed(String(flags.namespace), 63)} can't both hold`,
    );
  const { revision } = named;
  if (revision !== undefined && ![undefined, revision].includes(flags.revision as string))
    throw usage(
      `the revision ${typed(String(revision), 60)} and --revision ${typed(String(flags.revision), 60)} can't both hold`,
    );
  const given = Object.entries(named).filter(([, value]) => value !== undefined);
  return { ...flags, ...Object.fromEntries(given) };
}

/** The option that goes by a long name, and what the table calls it. */
function optionNamed(table: OptionTable, name: string): readonly [string, Option | undefined] {
  if (Object.hasOwn(table, name)) return [name, table[name]];
  const other = Object.entries(table).find(([, option]) => aliasesOf(option).includes(name));
  return other && name.length > 1 ? other : [name, undefined];
}

/** Its values stay unsaid: one may be a token. */
function givenTwice(name: string): ReleasesError {
  return usage(`--${name} is given twice, with different values`, ['it takes one: leave one away']);
}

function unknownFlag(
  flag: string,
  table: OptionTable,
  instead: NonNullable<Command['instead']> = {},
): ReleasesError {
  const name = flag.slice(2);
  if (Object.hasOwn(instead, name))
    return new ReleasesError('USAGE', `there is no --${name} here`, { hints: instead[name] ?? [] });
  const words = Object.entries(table).flatMap(([name, option]) => [name, ...aliasesOf(option)]);
  const long = words.filter((word) => word.length > 1);
  const near = flag.startsWith('--') ? closest(flag.slice(2), long) : undefined;
  // What follows a flag's letters is its value, however it was meant to be set apart.
  const letters = /^--?[a-z0-9_-]*/i.exec(flag)?.[0] ?? '';
  const whole = letters === flag ? flag : `${letters}…`;
  return usage(`unknown flag ${shown(whole)}`, near ? [`did you mean --${near}?`] : []);
}

function shown(text: string): string {
  return text === '' ? 'an empty text' : `"${typed(text, 60)}"`;
}

export function usage(message: string, why: readonly string[] = []): ReleasesError {
  return new ReleasesError('USAGE', message, { why });
}
