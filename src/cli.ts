/**
 * The command line: finds the command, reads its flags, runs it, and turns every error into one
 * screen and one exit code.
 */

import {
  addedBy,
  aliasesOf,
  type Command,
  type CommandEntry,
  type OptionTable,
} from './commands/command.ts';
import { nameArguments, readCommandLine, together, usage } from './commands/line/arguments.ts';
import { wantsCompat } from './commands/line/compat.ts';
import { habitHints } from './commands/line/habits.ts';
import { clusterOptions, readOptions } from './commands/line/options.ts';
import { optionsFor, optionsOf } from './commands/line/optionsOf.ts';
import { readReleaseWord } from './commands/line/releaseWord.ts';
import { isAsking } from './commands/rbac/asks.ts';
import { commandTable, findCommand } from './commands/table.ts';
import { type ExitCode, exitCodes, isReleasesError, ReleasesError, typed } from './errors.ts';
import { isNamespaceName, isReleaseName } from './names.ts';
import { noteWait, reportError } from './output/terminal/errors.ts';
import type { IO } from './output/terminal/io.ts';
import { closest } from './output/terminal/suggest.ts';
import { shellQuote } from './shellQuote.ts';
import { hearWaits } from './waits.ts';

/** What `main` must know before the command ends. */
export interface RunHooks {
  /** Called once the command is known, before it starts. */
  onCommand?(command: Command): void;
}

/** Never throws. `argv` is what follows the program's name. */
export async function run(
  argv: readonly string[],
  io: IO,
  hooks: RunHooks = {},
): Promise<ExitCode> {
  const deaf = hearWaits((text) => noteWait(text, io));
  const code = await runAny(argv, io, hooks).finally(deaf);
  return wantsCompat(argv) ? helmExitCode(code) : code;
}

/** helm knows two, and passes over records that it can't read. */
function helmExitCode(code: ExitCode): ExitCode {
  if (code === exitCodes.needsPerson) return exitCodes.done;
  return code === exitCodes.usage || code === exitCodes.refused ? exitCodes.failed : code;
}

async function runAny(argv: readonly string[], io: IO, hooks: RunHooks): Promise<ExitCode> {
  let entry: CommandEntry | undefined;
  let failsWith: ExitCode = exitCodes.failed;
  const onCommand = (command: Command) => {
    failsWith = command.failsWith ?? exitCodes.failed;
    hooks.onCommand?.(command);
  };
  try {
    if (argv.length === 0 || isHelp(argv)) return await printMainHelp(io);
    const found = splitCommand(rewritten(argv), io);
    entry = found.entry;
    return await runCommand(found.entry, found.rest, io, { onCommand });
  } catch (error) {
    const code = reportError(withHint(error, entry, io), io);
    return code === exitCodes.failed ? failsWith : code;
  }
}

async function runCommand(
  entry: CommandEntry,
  rest: readonly string[],
  io: IO,
  hooks: RunHooks,
): Promise<ExitCode> {
  const command = await entry.load();
  const options = await optionsFor(command, rest);
  const line = readCommandLine(rest, options, command);
  if (line.help) {
    const { commandHelp } = await import('./commands/line/help.ts');
    const { shortHelp } = await import('./commands/line/shortHelp.ts');
    const help = line.help === 'short' ? shortHelp : commandHelp;
    io.stdout.write(help(command, optionsOf(command), io));
    return exitCodes.done;
  }
  const habit = command.habit?.(line.positionals, io.program);
  if (habit) throw new ReleasesError('USAGE', habit.message, { hints: habit.hints });
  const named = nameArguments(line.positionals, command.arguments);
  const { parseOptions } = await import('./commands/line/parse.ts');
  const parsed = parseOptions(line.options, options);
  hooks.onCommand?.(command);
  const args = together(parsed, named);
  try {
    const coloured = withColour(io, parsed.color);
    if (!command.inContexts || !parsed.contexts) return await command.handler(args, coloured);
    return await (await import('./commands/stores/fleetAnswers.ts')).answersOf(
      command,
      args,
      coloured,
    );
  } catch (error) {
    throw (await import('./commands/hints/clusterHints.ts')).namingCluster(error, parsed);
  }
}

/** As `--color` says, where it says more than the terminal does. */
function withColour(io: IO, color: unknown): IO {
  return color === 'always' || color === 'never' ? { ...io, colour: color === 'always' } : io;
}

/**
 * The command is the first word that is no flag and no flag's value, wherever it stands: kubectl
 * takes `kubectl -n pay get pods` too.
 */
function splitCommand(
  argv: readonly string[],
  { program }: Pick<IO, 'program'>,
): {
  readonly entry: CommandEntry;
  readonly rest: readonly string[];
} {
  for (let i = 0; i < argv.length; i++) {
    const word = argv[i] ?? '';
    if (word === '--') break;
    if (word.startsWith('-')) {
      if (takesNextWord(word)) i += 1;
      continue;
    }
    const entry = findCommand(word);
    if (entry)
      return {
        entry,
        rest: [...argv.slice(0, i), ...addedBy(entry, word), ...argv.slice(i + 1)],
      };
    const names = commandTable.flatMap((known) => [known.name, ...(known.aliases ?? [])]);
    const habit = habitHints(word, program);
    if (habit.length > 0)
      throw new ReleasesError('USAGE', `there is no command ${word}`, { hints: habit });
    const begun = word.length > 1 ? names.find((name) => name.startsWith(word)) : undefined;
    const near = begun ?? closest(word, names);
    throw new ReleasesError('USAGE', `unknown command "${typed(word, 60)}"`, {
      why: near === undefined ? [] : [`did you mean ${near}?`],
      hints: [
        ...(near === undefined && isReleaseWord(word)
          ? [`${program} status ${shellQuote(word)}  where it is a release`]
          : []),
        `${program} --help`,
      ],
    });
  }
  throw usage('no command given', [`commands: ${commandTable.map((c) => c.name).join(', ')}`]);
}

/** People type a release's name first: `billing`, `pay/billing@3`. */
function isReleaseWord(word: string): boolean {
  try {
    const { name, namespace = 'default' } = readReleaseWord(word);
    return isReleaseName(name) && isNamespaceName(namespace);
  } catch {
    return false;
  }
}

/** `--version` and `help COMMAND` are other words for commands. */
function rewritten(argv: readonly string[]): readonly string[] {
  if (argv.length === 1 && argv[0] === '--version') return ['version'];
  if (argv.length > 1 && argv[0] === 'help') return [argv[1] ?? '', '--help'];
  return argv;
}

/** Whether a flag before the command takes the next word: those that several commands share. */
function takesNextWord(word: string): boolean {
  if (word.includes('=')) return false;
  const own = ['-o', '--output', '--from', '--to', '--filter', '-f', '--revision', '--max'];
  if ([...own, '-l', '--selector'].includes(word)) return true;
  const shared: OptionTable = { ...clusterOptions, ...readOptions };
  return Object.entries(shared).some(
    ([name, option]) =>
      option.type !== 'boolean' &&
      [name, ...aliasesOf(option)].some((one) => word === `${one.length > 1 ? '--' : '-'}${one}`),
  );
}

function isHelp(argv: readonly string[]): boolean {
  const words = ['help', '--help', '-h'];
  return argv.length <= 2 && argv.every((word) => words.includes(word));
}

async function printMainHelp(io: IO): Promise<ExitCode> {
  const { mainHelp } = await import('./commands/line/help.ts');
  io.stdout.write(mainHelp(io));
  return exitCodes.done;
}

/** Errors that come without one get a last line of what to try. */
function withHint(error: unknown, entry: CommandEntry | undefined, io: IO): unknown {
  if (!isReleasesError(error) || error.hints.length > 0) return error;
  const help = entry ? `${io.program} ${entry.name} -h` : `${io.program} --help`;
  const hints: { readonly [code: string]: string } = {
    USAGE: help,
    FORBIDDEN:
      entry && isAsking(entry.name)
        ? `another user (--context, --user, --as), or the Role of ${io.program} rbac ${entry.name}`
        : 'another user (--context, --user, --as), or ask for the permission',
  };
  const hint = hints[error.code];
  if (hint === undefined) return error;
  return new ReleasesError(error.code, error.message, { why: error.why, hints: [hint] });
}
