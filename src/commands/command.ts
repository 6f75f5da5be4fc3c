/**
 * What a command is: a plain object. To add a verb, write its file here with `defineCommand` and add
 * its name, its line of help and its import to `table.ts`.
 */
import type { InferredOptionTypes, Options } from 'yargs';
import type { ExitCode } from '../errors.ts';
import type { IO } from '../output/terminal/io.ts';

/** In yargs' words, and three more. */
export type Option = Options & {
  /** What a flag means that takes a value and comes without: kubectl's `--dry-run`. */
  readonly bare?: string;
  /** Other words for some of its choices, which help doesn't list. */
  readonly synonyms?: Readonly<{ [word: string]: string }>;
  /** A number that may be below zero, for a command that says itself when. */
  readonly belowZero?: true;
};

/** Options by their long name. */
export type OptionTable = Readonly<{ [name: string]: Option }>;

/** Its other names: one letter, or a word. */
export function aliasesOf({ alias = [] }: Options): readonly string[] {
  return typeof alias === 'string' ? [alias] : alias;
}

/**
 * Words that it may be, one of which is required; or anything, so often. A release is one that is read:
 * `line/releaseWord.ts` says how it is named, and the revision after it.
 */
type ArgumentKind =
  | readonly string[]
  | 'required'
  | 'optional'
  | 'many'
  | 'release'
  | 'optional release';

/** Arguments in the order they are typed; one may be `many`, and what follows it is required. */
export type ArgumentTable = Readonly<{ [name: string]: ArgumentKind }>;

export function isOptional(kind: ArgumentKind): boolean {
  return kind === 'optional' || kind === 'optional release';
}

/** Array.isArray, which narrows no readonly list. */
export function isWords(kind: ArgumentKind): kind is readonly string[] {
  return typeof kind !== 'string';
}

type InferredArguments<A extends ArgumentTable> = {
  readonly [K in keyof A]: A[K] extends readonly (infer W)[]
    ? W
    : A[K] extends 'many'
      ? readonly string[]
      : A[K] extends 'optional' | 'optional release'
        ? string | undefined
        : string;
};

export interface CommandSpec<A extends ArgumentTable, O extends OptionTable> {
  readonly name: string;
  /** One line, as `--help` shows it. */
  readonly describe: string;
  /** Longer help: lines below the usage. */
  readonly details?: readonly string[];
  /** At least two: the arguments after the program's name, and what they do. */
  readonly examples: readonly (readonly [line: string, what: string])[];
  readonly arguments: A;
  /** Without the global ones, which `line/options.ts` adds to every command. */
  readonly options: O;
  /** It watches `io.interrupt` itself, to stop at a safe point. Others end at once on Ctrl-C. */
  readonly interruptible?: boolean;
  /** What it returns for errors instead of 1, where 1 says something else. */
  readonly failsWith?: ExitCode;
  /** Its own lines of help about exit codes, where they aren't everybody's. */
  readonly exitCodes?: readonly string[];
  /** Flags that people type and it doesn't have: what does it instead. */
  readonly instead?: Readonly<{ [flag: string]: readonly string[] }>;
  /** Arguments that people type from habit and it doesn't take: what is wrong, and the lines that do it. */
  readonly habit?: (
    words: readonly string[],
    program: string,
  ) => { readonly message: string; readonly hints: readonly string[] } | undefined;
  /** What follows its first argument is another command line, flags and all. */
  readonly trailing?: boolean;
  /** It touches no cluster and no store, so it takes no flags for them. */
  readonly local?: boolean;
  /**
   * With `--contexts` it answers for each context, one after the other: in tables and text, or in YAML
   * documents where no -o says otherwise. Such a command has the option; `stores/fleetAnswers.ts` runs it.
   */
  readonly inContexts?: 'text' | 'documents';
  /** All that it takes once its first argument is known, where that is another command. */
  readonly optionsAfter?: (first: string) => Promise<OptionTable>;
  handler(
    args: InferredArguments<A> & InferredOptionTypes<O> & ParsedArgs,
    io: IO,
  ): Promise<ExitCode>;
}

/** Parsed arguments, by long option name and argument name. */
export type ParsedArgs = Readonly<{ [name: string]: unknown }>;

/** A command of any shape, as the command line sees it. */
export interface Command extends Omit<CommandSpec<ArgumentTable, OptionTable>, 'handler'> {
  handler(args: ParsedArgs, io: IO): Promise<ExitCode>;
}

/**
 * Checks a command's shape and forgets it: the parser hands the handler exactly what its tables say,
 * which the compiler can't see.
 */
export function defineCommand<const A extends ArgumentTable, const O extends OptionTable>(
  spec: CommandSpec<A, O>,
): Command {
  return {
    ...spec,
    handler: (args, io) =>
      spec.handler(args as InferredArguments<A> & InferredOptionTypes<O> & ParsedArgs, io),
  };
}

/** `NAME`, `[NAME]` or `[NAME...]`, for usage lines. */
export function argumentsUsage(table: ArgumentTable): string {
  return Object.entries(table)
    .map(([name, kind]) => {
      const word = name.toUpperCase();
      if (kind === 'many') return `[${word}...]`;
      return isOptional(kind) ? `[${word}]` : word;
    })
    .join(' ');
}

export interface CommandEntry {
  readonly name: string;
  readonly aliases?: readonly string[];
  /** What an alias says beside the name: `mv` is `relocate --delete-source`. */
  readonly adds?: Readonly<{ [alias: string]: readonly string[] }>;
  readonly describe: string;
  load(): Promise<Command>;
}

/** The flags that a word adds by which a command goes. */
export function addedBy({ adds = {} }: CommandEntry, word: string): readonly string[] {
  return Object.hasOwn(adds, word) ? (adds[word] ?? []) : [];
}

/** Every command, in the order of the help. */
export type CommandTable = readonly CommandEntry[];

/** By its name or an alias. */
export function commandNamed(table: CommandTable, name: string): CommandEntry | undefined {
  return table.find((entry) => entry.name === name || entry.aliases?.includes(name));
}
