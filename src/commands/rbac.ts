/** `rbac [COMMAND]`: the Role that a command needs, for `kubectl apply`. */
import type { Environment } from '../environment.ts';
import { exitCodes, printable, typed } from '../errors.ts';
import type { Json } from '../json.ts';
import { isNamespaceName, isObjectName } from '../names.ts';
import { structLine } from '../output/helm/json.ts';
import { leftOutComment, rbacObjects, rbacYaml, type Subject } from '../output/rbac.ts';
import { note } from '../output/terminal/errors.ts';
import { closest } from '../output/terminal/suggest.ts';
import { writeText } from '../output/terminal/text.ts';
import {
  addedBy,
  type Command,
  type CommandTable,
  commandNamed,
  defineCommand,
  type ParsedArgs,
} from './command.ts';
import { nameArguments, usage } from './line/arguments.ts';
import { isScoped, lookingOf, type PlaceArgs } from './move/scoped.ts';
import { type AskingCommand, asks, isAsking } from './rbac/asks.ts';
import { needsOf } from './rbac/commandNeeds.ts';
import { anyServer } from './rbac/need.ts';
import {
  checkFlags,
  isOverwriting,
  type Named,
  rbacOptions,
  withOwnOptions,
} from './rbac/options.ts';
import { scopeOf } from './stores/scope.ts';

const commands = Object.keys(asks).filter(isAsking);

/** @param table where it finds the commands that it speaks of */
export const rbac = (table: CommandTable) =>
  defineCommand({
    name: 'rbac',
    describe: 'print the least Role that a command needs, for kubectl apply',
    details: [
      `COMMAND is one of ${commands.join(', ')}; without it, each gets its Role.`,
      'Give it the command line that will run, names and flags: it says where the command looks and what',
      'it writes. What the command uses where it may, and does without where it may not, is left to',
      "--optional. Without -n, these are releases of the context's namespace; a migration and a restore",
      'that are told what to work on mean all namespaces, as -A does: a ClusterRole. A migration writes',
      'into the namespaces its releases are in, or the one that --target-namespace names, and restore into',
      'those the records were in: -n names these. No API server is asked, and nothing is written.',
      'Which live objects a migration adopts is not known here: it is the kinds that charts usually hold,',
      'or those that --adopt-resource names. A migration that lacks one says so before it writes, with',
      'the line for rbac.',
    ],
    examples: [
      ['rbac list -n pay -n web', 'a Role for each of two namespaces'],
      ['rbac list -A --for group:support | kubectl apply -f -', 'let a group list all releases'],
      [
        'rbac migrate2to3 -n pay --delete-v2-releases --for serviceaccount:ops/migrator',
        'for a migration that runs in the cluster',
      ],
      [
        'rbac migrate2to3 -n pay --adopt-resource deployments.apps,services',
        'for releases that hold nothing else',
      ],
      ['rbac relocate -n pay --to-context new --delete-source', 'a Role for each of two clusters'],
      ['rbac copy billing -n pay --to configmap', 'for exactly this command line'],
    ],
    arguments: { command: 'optional', arguments: 'many' },
    local: true,
    options: rbacOptions,
    optionsAfter: async (name) => withOwnOptions(await askingCommand(table, name)),
    async handler(args, io) {
      const one = args.command === undefined ? undefined : await askingCommand(table, args.command);
      const wanted = one ? [one.name] : commands;
      if (one) checkArguments(one.command, args.arguments);
      const subjects = (args.for ?? []).map(parseSubject);
      const named = (args.namespace ?? []).filter((name) => name !== '');
      if (args['all-namespaces'] && named.length > 0) throw usage('either -n or -A, not both');
      checkFlags(args, wanted, one?.command.options);
      if (args['no-adopt'] && args['adopt-resource'])
        throw usage('either --no-adopt or --adopt-resource, not both');
      const given = { ...args, ...(addedTo(table, args.command) && { 'delete-source': true }) };
      const namespaces = await namespacesOf(one, given, named, io.env);
      const objects: Json[] = [];
      let text = '';
      for (const [command, end] of wanted.flatMap((one) => endsOf(one, args))) {
        const overwrite = isOverwriting(args.overwrite);
        const asked = { ...given, overwrite, namespaces, end, named: isNamed(args) };
        const needs = await needsOf(command, asked, io.env);
        const shown = args.optional ? needs : needs.filter((need) => !need.optional);
        const name = ['kubectl-releases', command, ...(end ? [end] : [])].join('-');
        const made = rbacObjects(shown, name, subjects);
        if (made.length === 0)
          note(io, `${command} needs no permission ${end ? atEnd[end] : 'there'}`);
        objects.push(...made);
        const guessed = !args['adopt-resource'] && shown.some(({ verb }) => verb === 'patch');
        const broad = guessed ? usualComment(command) : '';
        const left = leftOutComment(needs.filter((need) => !shown.includes(need)));
        const where = end ? ` ${atEnd[end]}` : '';
        if (made.length > 0)
          text += `# What ${io.program} ${command} needs${where}.\n${broad}${left}${rbacYaml(made)}`;
      }
      const list = { apiVersion: 'v1', items: objects, kind: 'List' };
      writeText(args.output === 'json' ? structLine(list) : text, io);
      return exitCodes.done;
    },
  });

const atEnd = { from: 'where records come from', to: 'where records go' } as const;

/** Two clusters have Roles of their own. */
function endsOf(
  command: AskingCommand,
  args: {
    readonly end?: string | undefined;
    readonly 'to-context'?: string | undefined;
    readonly 'to-kubeconfig'?: string | undefined;
  },
): (readonly [AskingCommand, 'from' | 'to' | undefined])[] {
  if (command !== 'relocate' && command !== 'copy') return [[command, undefined]];
  if (args.end === 'from' || args.end === 'to') return [[command, args.end]];
  if (!args['to-context'] && !args['to-kubeconfig']) return [[command, undefined]];
  return [
    [command, 'from'],
    [command, 'to'],
  ];
}

/** Who reviews the Role should know that it is a guess, and how to make it less. */
function usualComment(command: AskingCommand): string {
  return [
    '# get and patch on live objects mark whose they are: here on the kinds that charts usually hold.',
    `# --adopt-resource KIND narrows it to those there are, as ${command} --dry-run names them;`,
    '# --no-adopt leaves it out.\n',
  ].join('\n');
}

/** @throws ReleasesError USAGE */
async function askingCommand(table: CommandTable, word: string): Promise<Named> {
  const entry = commandNamed(table, word);
  if (entry && isAsking(entry.name)) return { name: entry.name, command: await entry.load() };
  const near = closest(word, commands);
  throw usage(`"${typed(word, 60)}" is no command that needs permissions`, [
    near === undefined ? `those that do: ${commands.join(', ')}` : `did you mean ${near}?`,
  ]);
}

/**
 * Names may be left away, for a Role that is good for any.
 * @throws ReleasesError USAGE for what the command wouldn't take
 */
function checkArguments(command: Command, words: readonly string[]): void {
  const first = Object.entries(command.arguments).slice(0, words.length);
  nameArguments(words, Object.fromEntries(first));
}

/** Some releases are named, and no more is meant. */
function isNamed(args: ParsedArgs & { readonly arguments: readonly string[] }): boolean {
  return args.arguments.length > 0 && args.all !== true && args.selector === undefined;
}

/** Whether the command goes by a word that says that sources are deleted. */
function addedTo(table: CommandTable, word = ''): boolean {
  const entry = commandNamed(table, word);
  return entry !== undefined && addedBy(entry, word).includes('--delete-source');
}

/** Those that the command would mean; none: the context's own. */
async function namespacesOf(
  one: Named | undefined,
  args: ParsedArgs & Omit<PlaceArgs, 'namespace'> & { readonly arguments: readonly string[] },
  named: readonly string[],
  env: Environment,
): Promise<readonly string[] | 'all'> {
  if (args['all-namespaces']) return 'all';
  if (named.length > 0 || !one) return named;
  if (isScoped(one.name)) {
    const looking = await lookingOf(one.name, args);
    const { namespace } = await scopeOf(
      { ...args, ...anyServer, namespace: undefined },
      env,
      looking,
    );
    if (namespace !== undefined) return [namespace];
  }
  return isOfAll(one, args) ? 'all' : [];
}

/** Migrations and restores that are told what to work on mean all namespaces where none is named. */
function isOfAll({ command }: Named, args: ParsedArgs & { arguments: readonly string[] }): boolean {
  if (command.arguments.release === undefined) return false;
  return args.arguments.length > 0 || args.all === true || args.selector !== undefined;
}

/** @throws ReleasesError USAGE */
export function parseSubject(text: string): Subject {
  const colon = text.indexOf(':');
  const [word, name] = [text.slice(0, Math.max(colon, 0)), text.slice(colon + 1)];
  if (name !== '' && printable(name, 1000) === name) {
    if (word === 'user') return { kind: 'User', name };
    if (word === 'group') return { kind: 'Group', name };
    const [namespace = '', account = '', ...rest] = name.split('/');
    // kubectl's short name is what people type.
    if ((word === 'serviceaccount' || word === 'sa') && rest.length === 0)
      if (isNamespaceName(namespace) && isObjectName(account))
        return { kind: 'ServiceAccount', name: account, namespace };
  }
  throw usage(`--for "${typed(text, 80)}" names nobody`, [
    'the forms are: user:NAME, group:NAME, serviceaccount:NS/NAME',
  ]);
}
