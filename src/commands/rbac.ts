/** `rbac [COMMAND]`: the Role that a command needs, for `kubectl apply`. */
import { exitCodes, printable, typed } from '../errors.ts';
import { note } from '../output/errors.ts';
import { structLine } from '../output/json.ts';
import { leftOutComment, rbacObjects, rbacYaml, type Subject } from '../output/rbac.ts';
import { closest } from '../output/suggest.ts';
import type { Json } from '../release.ts';
import { usage } from './arguments.ts';
import { type AskingCommand, asks, isAsking } from './asks.ts';
import { defineCommand } from './command.ts';
import { clusterOptions, outClusterOptions, readOptions } from './options.ts';
import { needsOf } from './permissions.ts';

const group = 'Role:';
const commands = Object.keys(asks).filter(isAsking);

/** Commands that look at live objects, of whatever kinds a manifest names. */
const lookingAtObjects: readonly AskingCommand[] = commands.filter((command) =>
  asks[command].some(({ on }) => on === 'the live objects'),
);

const cleanupFlags = [
  ...(['release-cleanup', 'tiller-cleanup', 'config-cleanup', 'tiller-rbac'] as const),
];

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
  ],
  arguments: { command: 'optional' },
  local: true,
  options: {
    ...clusterOptions,
    namespace: {
      type: 'string',
      alias: 'n',
      array: true,
      describe: "the releases' namespace; may be repeated; default: the context's",
      group,
    },
    'all-namespaces': {
      type: 'boolean',
      alias: 'A',
      describe: 'releases of all namespaces: a ClusterRole',
      group,
    },
    for: {
      type: 'string',
      array: true,
      describe: 'bind it to user:NAME, group:NAME or serviceaccount:NS/NAME; may be repeated',
      group,
    },
    optional: { type: 'boolean', describe: 'with what the command could do without', group },
    'delete-v2-releases': {
      type: 'boolean',
      describe: 'for migrate2to3 with this flag: the right to delete Helm 2 records',
      group,
    },
    'no-adopt': {
      type: 'boolean',
      describe: 'for migrate2to3 with this flag: no right on live objects',
      group,
    },
    live: {
      type: 'boolean',
      describe: 'for diff with this flag: the right to get live objects',
      group,
    },
    'release-cleanup': { type: 'boolean', describe: 'for cleanup with this flag', group },
    'tiller-cleanup': { type: 'boolean', describe: 'for cleanup with this flag', group },
    'config-cleanup': { type: 'boolean', describe: 'for cleanup with this flag', group },
    'tiller-rbac': {
      type: 'boolean',
      describe: "for cleanup with this flag: the right to delete Tiller's account and bindings",
      group,
    },
    'adopt-resource': {
      type: 'string',
      array: true,
      describe:
        'for what looks at live objects: their kinds: deployments.apps,services,NS/services,/clusterroles.rbac.authorization.k8s.io',
      group,
    },
    output: {
      type: 'string',
      alias: 'o',
      choices: ['yaml', 'json'],
      default: 'yaml',
      describe: 'output format',
      group,
    },
    ...readOptions,
    ...outClusterOptions,
    from: { type: 'string', describe: "migrate2to3's --from", group: 'Where records are:' },
    to: { type: 'string', describe: "migrate2to3's --to", group: 'Where records are:' },
  },
  async handler(args, io) {
    const wanted = args.command === undefined ? commands : [commandNamed(args.command)];
    const subjects = (args.for ?? []).map(parseSubject);
    const named = (args.namespace ?? []).filter((name) => name !== '');
    if (args['all-namespaces'] && named.length > 0) throw usage('either -n or -A, not both');
    for (const flag of ['delete-v2-releases', 'no-adopt'] as const)
      if (args[flag] && !wanted.includes('migrate2to3'))
        throw usage(`--${flag} is a flag of migrate2to3`);
    if (args['adopt-resource'] && !wanted.some((one) => lookingAtObjects.includes(one)))
      throw usage(`--adopt-resource is for ${lookingAtObjects.join(', ')}`);
    if (args.live && !wanted.includes('diff')) throw usage('--live is a flag of diff');
    for (const flag of cleanupFlags)
      if (args[flag] && !wanted.includes('cleanup')) throw usage(`--${flag} is a flag of cleanup`);
    if (args['no-adopt'] && args['adopt-resource'])
      throw usage('either --no-adopt or --adopt-resource, not both');
    const namespaces = args['all-namespaces'] ? 'all' : named;
    const objects: Json[] = [];
    let text = '';
    for (const command of wanted) {
      const needs = await needsOf(command, { ...args, namespaces }, io.env);
      const shown = args.optional ? needs : needs.filter((need) => !need.optional);
      const made = rbacObjects(shown, `kubectl-releases-${command}`, subjects);
      if (made.length === 0) note(io, `${command} needs no permission there`);
      objects.push(...made);
      const guessed = !args['adopt-resource'] && shown.some(({ verb }) => verb === 'patch');
      const broad = guessed ? usualComment : '';
      const left = leftOutComment(needs.filter((need) => !shown.includes(need)));
      if (made.length > 0)
        text += `# What ${io.program} ${command} needs.\n${broad}${left}${rbacYaml(made)}`;
    }
    const list = { apiVersion: 'v1', items: objects, kind: 'List' };
    io.stdout.write(args.output === 'json' ? structLine(list) : text);
    return exitCodes.done;
  },
});

/** Who reviews the Role should know that it is a guess, and how to make it less. */
const usualComment = [
  '# get and patch on live objects mark them as owned by Helm 3: here on the kinds that charts usually',
  '# hold. --adopt-resource KIND narrows it to those there are, as migrate2to3 --dry-run names them;',
  '# --no-adopt leaves it out.\n',
].join('\n');

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
