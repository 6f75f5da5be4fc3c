/** The options of `rbac`: its own, and those that say where the commands it is about look and write. */

import type { Command, OptionTable, ParsedArgs } from '../command.ts';
import { usage } from '../line/arguments.ts';
import {
  clusterOptions,
  documentOutputOption,
  outClusterOptions,
  readOptions,
} from '../line/options.ts';
import { optionsOf } from '../line/optionsOf.ts';
import { endOptions } from '../line/relocateOptions.ts';
import { type AskingCommand, asks, isAsking } from './asks.ts';

const group = 'Role:';
const places = 'Where records are:';

export const rbacOptions = {
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
  'delete-source': {
    type: 'boolean',
    describe: 'for relocate with this flag: the right to delete records where they were',
    group,
  },
  'no-adopt': {
    type: 'boolean',
    describe: 'for moves with this flag: no right on live objects',
    group,
  },
  end: {
    type: 'string',
    choices: ['from', 'to'],
    describe: 'for relocate and copy: what is needed where records come from, or where they go',
    group,
  },
  live: {
    type: 'boolean',
    describe: 'for status, diff and doctor with this flag: the right to get live objects',
    group,
  },
  watch: {
    type: 'boolean',
    alias: 'w',
    describe: 'for list and history with this flag: the right to watch records',
    group,
  },
  overwrite: {
    type: 'boolean',
    describe:
      'for restore with this flag, and moves that update copies: to update what is replaced',
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
  output: documentOutputOption(group),
  ...readOptions,
  ...outClusterOptions,
  from: { type: 'string', describe: "the command's --from", group: places },
  to: { type: 'string', describe: "the command's --to", group: places },
  ...endOptions,
} as const satisfies OptionTable;

/**
 * What `rbac` takes after a command's name: all that this command takes, too. Where both have a flag it is
 * that of `rbac`, but for what only the command can mean: its output formats, whose records `restore`
 * overwrites, or what `unlock` makes of a revision.
 */
export function withOwnOptions({ name, command }: Named): OptionTable {
  const own = optionsOf(command);
  const { choices } = own.output ?? {};
  const all = choices && new Set([...rbacOptions.output.choices, ...choices.map(String)]);
  return {
    ...own,
    ...rbacOptions,
    output: { ...rbacOptions.output, choices: all && [...all] },
    // A status, and no user: see unlock.ts.
    ...(name === 'unlock' && { as: { ...own.as } }),
    ...(name === 'restore' && { overwrite: { ...own.overwrite, bare: 'true' } }),
  };
}

export interface Named {
  readonly name: AskingCommand;
  readonly command: Command;
}

/** `--overwrite` alone, or with the names of releases. */
export function isOverwriting(overwrite: boolean | readonly string[] | undefined): boolean {
  return Array.isArray(overwrite) ? overwrite.some((name) => name !== 'false') : overwrite === true;
}

/** Commands that look at live objects, of whatever kinds a manifest names. */
const lookingAtObjects = Object.keys(asks)
  .filter(isAsking)
  .filter((command) => asks[command].some(({ on }) => on === 'the live objects'));
const moves: readonly AskingCommand[] = ['relocate', 'copy'];

/** Flags that only some commands have. */
const flagsOf: { readonly [F in keyof typeof rbacOptions]?: readonly AskingCommand[] } = {
  'delete-v2-releases': ['migrate2to3'],
  'delete-source': ['relocate'],
  'no-adopt': ['migrate2to3', ...moves],
  'adopt-resource': lookingAtObjects,
  overwrite: ['restore', 'migrate2to3', ...moves],
  live: ['status', 'diff', 'doctor'],
  watch: ['list', 'history'],
  'release-cleanup': ['cleanup'],
  'tiller-cleanup': ['cleanup'],
  'config-cleanup': ['cleanup'],
  'tiller-rbac': ['cleanup'],
  end: moves,
  'to-name': moves,
  'to-namespace': moves,
  'map-namespace': moves,
  'to-context': moves,
  'to-kubeconfig': moves,
  'to-storage-namespace': moves,
};

/**
 * @param wanted the commands that get a Role
 * @param own what the one that is named takes itself
 * @throws ReleasesError USAGE for a flag that none of them has
 */
export function checkFlags(
  args: ParsedArgs,
  wanted: readonly AskingCommand[],
  own: OptionTable = {},
): void {
  for (const [flag, commands] of Object.entries(flagsOf))
    if (args[flag] && !own[flag] && !commands.some((one) => wanted.includes(one)))
      throw usage(`--${flag} is for ${commands.join(', ')}`);
}
