/** `rbac [COMMAND]`: the Role that a command needs, for `kubectl apply`. */
import { exitCodes, printable, typed } from '../errors.ts';
import { structLine } from '../output/helm/json.ts';
import { leftOutComment, rbacObjects, rbacYaml, type Subject } from '../output/rbac.ts';
import { note } from '../output/terminal/errors.ts';
import { closest } from '../output/terminal/suggest.ts';
import type { Json } from '../release.ts';
import { defineCommand } from './command.ts';
import { usage } from './line/arguments.ts';
import { type AskingCommand, asks, isAsking } from './permissions/asks.ts';
import { needsOf } from './permissions/permissions.ts';
import { checkFlags, rbacOptions } from './permissions/rbacOptions.ts';

const commands = Object.keys(asks).filter(isAsking);

export const rbac = defineCommand({
  name: 'rbac',
  describe: 'print the least Role that a command needs, for kubectl apply',
  details: [
    `COMMAND is one of ${commands.join(', ')}; without it, each gets its Role.`,
    'Give it the flags that the command will get: they say where it looks and what it writes. What',
    'the command uses where it may, and does without where it may not, is left to --optional.',
    'A migration writes into the namespaces its releases are in, or the one that --target-namespace',
    'names, and restore into those the records were in: -n names these. No API server is asked, and',
    'nothing is written.',
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
  ],
  arguments: { command: 'optional' },
  local: true,
  options: rbacOptions,
  async handler(args, io) {
    const wanted = args.command === undefined ? commands : [commandNamed(args.command)];
    const subjects = (args.for ?? []).map(parseSubject);
    const named = (args.namespace ?? []).filter((name) => name !== '');
    if (args['all-namespaces'] && named.length > 0) throw usage('either -n or -A, not both');
    checkFlags(args, wanted);
    if (args['no-adopt'] && args['adopt-resource'])
      throw usage('either --no-adopt or --adopt-resource, not both');
    const namespaces = args['all-namespaces'] ? 'all' : named;
    const objects: Json[] = [];
    let text = '';
    for (const [command, end] of wanted.flatMap((one) => endsOf(one, args))) {
      const needs = await needsOf(command, { ...args, namespaces, end }, io.env);
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
    io.stdout.write(args.output === 'json' ? structLine(list) : text);
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

function commandNamed(name: string): AskingCommand {
  if (isAsking(name)) return name;
  const near = closest(name, commands);
  throw usage(`"${typed(name, 60)}" is no command that needs permissions`, [
    near === undefined ? `those that do: ${commands.join(', ')}` : `did you mean ${near}?`,
  ]);
}

/** @throws ReleasesError USAGE */
export function parseSubject(text: string): Subject {
  const colon = text.indexOf(':');
  const [word, name] = [text.slice(0, Math.max(colon, 0)), text.slice(colon + 1)];
  if (name !== '' && printable(name, 1000) === name) {
    if (word === 'user') return { kind: 'User', name };
    if (word === 'group') return { kind: 'Group', name };
    const account = /^([a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?)\/([a-z0-9][a-z0-9.-]{0,252})$/.exec(
      name,
    );
    if (word === 'serviceaccount' && account?.[1] && account[2])
      return { kind: 'ServiceAccount', name: account[2], namespace: account[1] };
  }
  throw usage(`--for "${typed(text, 80)}" names nobody`, [
    'the forms are: user:NAME, group:NAME, serviceaccount:NS/NAME',
  ]);
}
