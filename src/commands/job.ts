/** `job`: the cluster itself as the engine of a very large move, a pod for each shard. */

import { exitCodes, printable, typed } from '../errors.ts';
import { isNamespaceName } from '../names.ts';
import { structLine } from '../output/helm/json.ts';
import { backupPath, jobObjects, shardIndex } from '../output/job.ts';
import { leftOutComment, rbacObjects, rbacYaml } from '../output/rbac.ts';
import type { IO } from '../output/terminal/io.ts';
import {
  addedBy,
  type CommandTable,
  commandNamed,
  defineCommand,
  type ParsedArgs,
} from './command.ts';
import { checkInner, checkScope, type PodGifts } from './jobChecks.ts';
import { nameArguments, readCommandLine, usage } from './line/arguments.ts';
import { clusterOptions, documentOutputOption } from './line/options.ts';
import { parseOptions } from './line/parse.ts';
import { checkCount } from './move/carryOut.ts';
import { needsOf } from './rbac/commandNeeds.ts';
import type { NeedsArgs } from './rbac/need.ts';

const group = 'Job:';
/** Those that take `--shard`. */
const sharded = ['migrate2to3', 'relocate', 'copy', 'backup'] as const;
type Sharded = (typeof sharded)[number];

export function isSharded(name: string): name is Sharded {
  return sharded.some((one) => one === name);
}

/** @param table where it finds the commands that it speaks of */
export const job = (table: CommandTable) =>
  defineCommand({
    name: 'job',
    describe: 'print a Kubernetes Job that does a large move in the cluster, in shards',
    details: [
      `COMMAND is ${sharded.join(', ')} with its flags, after the flags of job. Each pod of the Job does one`,
      'shard: --shard I/N, which releases by a hash of namespace and name. Printed are a ServiceAccount, the',
      'Roles that `rbac` prints for the command, and an Indexed Job; no API server is asked. A pod that',
      'fails is started again and goes on where it was; one whose releases need a person is not.',
      'The image must have kubectl-releases on its PATH. What a command that deletes copies before goes to',
      `the volume that --claim names, in the folder ${backupPath}.`,
    ],
    examples: [
      [
        'job --shards 8 --image IMAGE -n ops copy -A --to configmap | kubectl apply -f -',
        'copy every release, eight pods at once',
      ],
      [
        'job --shards 4 --image IMAGE --claim backups migrate2to3 --all --delete-v2-releases',
        'migrate and remove what Tiller kept, after a backup on the claim',
      ],
    ],
    arguments: { command: 'many' },
    trailing: true,
    local: true,
    options: {
      shards: { type: 'number', describe: 'how many pods share the releases', group },
      image: { type: 'string', describe: 'the image with this program', group },
      namespace: {
        type: 'string',
        alias: 'n',
        default: 'default',
        describe: 'where the Job and its ServiceAccount are',
        group,
      },
      name: {
        type: 'string',
        describe: 'of all objects; default: kubectl-releases-COMMAND',
        group,
      },
      parallelism: { type: 'number', describe: 'pods at a time; default: all', group },
      claim: {
        type: 'string',
        describe: `a PersistentVolumeClaim for backups, mounted as ${backupPath}`,
        group,
      },
      'env-from': {
        type: 'string',
        describe: 'a Secret with environment variables, such as HELM_DRIVER_SQL_CONNECTION_STRING',
        group,
      },
      optional: {
        type: 'boolean',
        describe: 'with the rights on what the command could do without',
        group,
      },
      output: documentOutputOption(group),
    },
    async handler(args, io) {
      const { shards, image, namespace, claim, 'env-from': envFrom } = args;
      if (shards === undefined) throw usage('--shards is missing: how many pods?');
      if (!image) throw usage('--image is missing: where is this program for the pods?');
      checkCount('shards', shards);
      checkCount('parallelism', args.parallelism);
      const { command, words, parsed, named } = await readInner(
        table,
        args.command,
        shards,
        { claim, envFrom },
        io,
      );
      const name = args.name ?? `kubectl-releases-${command}`;
      for (const [flag, value] of Object.entries({ name, namespace, claim }))
        if (value !== undefined && !isNamespaceName(value))
          throw usage(`--${flag} "${printable(value, 63)}" is no name that Kubernetes would take`);
      const subject = { kind: 'ServiceAccount', name, namespace } as const;
      const needs = await needsOf(command, { ...needsArgs(parsed), named }, io.env);
      const shown = args.optional ? needs : needs.filter(({ optional }) => !optional);
      const { account, job } = jobObjects({
        ...{ name, namespace, image, shards, claim },
        args: words,
        parallelism: args.parallelism ?? shards,
        envFrom,
      });
      const objects = [account, ...rbacObjects(shown, name, [subject]), job];
      const left = leftOutComment(needs.filter((need) => !shown.includes(need)));
      io.stdout.write(
        args.output === 'json'
          ? structLine({ apiVersion: 'v1', items: objects, kind: 'List' })
          : `# ${io.program} ${command} in ${shards} shards.\n${left}${rbacYaml(objects)}`,
      );
      return exitCodes.done;
    },
  });

interface Inner {
  readonly command: Sharded;
  /** The command with its flags, as a pod runs it. */
  readonly words: readonly string[];
  readonly parsed: ParsedArgs;
  /** Only releases that it names. */
  readonly named: boolean;
}

/** @throws ReleasesError USAGE for what the command wouldn't take, or what no pod could do */
async function readInner(
  table: CommandTable,
  [first = '', ...rest]: readonly string[],
  shards: number,
  gifts: PodGifts,
  io: IO,
): Promise<Inner> {
  const entry = commandNamed(table, first);
  const command = sharded.find((one) => one === entry?.name);
  if (!command || !entry)
    throw usage(`"${typed(first, 60)}" is no command that is done in shards`, [
      `those that are: ${sharded.join(', ')}`,
    ]);
  const loaded = await entry.load();
  const options = { ...loaded.options, ...clusterOptions };
  const flags = [...addedBy(entry, first), ...rest];
  const line = readCommandLine(flags, options);
  const parsed = parseOptions(line.options, options);
  nameArguments(line.positionals, loaded.arguments);
  checkInner({ command, parsed, positionals: line.positionals }, gifts, io);
  await checkScope(command, parsed);
  const deletes = parsed['delete-source'] === true || parsed['delete-v2-releases'] === true;
  const words = [
    ...[command, `--shard=${shardIndex}/${shards}`],
    ...('yes' in options && parsed.yes !== true ? ['--yes'] : []),
    ...(deletes && parsed.backup === undefined
      ? [`--backup=${backupPath}/shard-${shardIndex}`]
      : []),
    ...flags,
  ];
  const names = command === 'backup' ? line.positionals.slice(0, -1) : line.positionals;
  return { command, words, parsed, named: names.length > 0 };
}

/** The namespaces that a pod would be about, as the command itself understands its flags. */
function needsArgs(parsed: ParsedArgs): NeedsArgs {
  const { namespace } = parsed;
  return {
    ...parsed,
    namespaces: typeof namespace === 'string' && namespace !== '' ? [namespace] : 'all',
  };
}
