/** The options of `cleanup`, in the words of helm-2to3 where it has one. */
import type { OptionTable } from '../command.ts';
import { narrowingOptions, outClusterOptions, storageOptions } from '../line/options.ts';
import { concurrencyOption, planOutputOption } from '../line/runOptions.ts';

const parts = 'What goes (without any of these three, everything):';
const group = 'Cleanup:';
const places = 'Where records are:';

export const cleanupOptions = {
  'release-cleanup': {
    type: 'boolean',
    describe: "Helm 2's records of every release that is in Helm 3, revision by revision",
    group: parts,
  },
  'tiller-cleanup': {
    type: 'boolean',
    describe: "Tiller's Deployment and Service, in the Tiller namespace of the chosen context",
    group: parts,
  },
  'config-cleanup': {
    type: 'boolean',
    describe: "Helm 2's home on this machine: $HELM_V2_HOME, $HELM_HOME or ~/.helm",
    group: parts,
  },
  name: {
    type: 'string',
    array: true,
    describe: 'only the records of this release; may be repeated',
    group,
  },
  exclude: {
    type: 'string',
    array: true,
    describe: 'a release to leave alone; may be repeated; a name that is nowhere is an error',
    group,
  },
  unmigrated: {
    type: 'string',
    array: true,
    describe: "a release to remove although Helm 3 doesn't have all of it; may be repeated",
    group,
  },
  'leave-unmigrated': {
    type: 'boolean',
    describe: "remove Tiller although releases that aren't in Helm 3 stay in its storage",
    group,
  },
  'tiller-rbac': {
    type: 'boolean',
    describe: 'with Tiller: its secret, its service account, and bindings of that account alone',
    group,
  },
  'helm2-home': { type: 'string', describe: "the folder of Helm 2's configuration", group },
  'unmoved-config': {
    type: 'boolean',
    describe: "remove Helm 2's home although move-config would still move something",
    group,
  },
  'dry-run': {
    type: 'string',
    choices: ['none', 'client'],
    bare: 'client',
    describe: 'show the plan and delete nothing',
    group,
  },
  yes: { type: 'boolean', alias: 'y', describe: "don't ask before deleting", group },
  'skip-confirmation': { type: 'boolean', describe: 'the same as --yes', group },
  backup: {
    type: 'string',
    describe:
      'the folder or PATH.zip for what is deleted from a cluster; default: a new folder of its own',
    group,
  },
  concurrency: concurrencyOption(group),
  output: planOutputOption(group),
  'target-release': {
    type: 'string',
    describe: "the release's name in Helm 3, where one --name was migrated to another",
    group: places,
  },
  'target-namespace': {
    type: 'string',
    describe: "the release's namespace in Helm 3, likewise",
    group: places,
  },
  from: {
    type: 'string',
    describe: 'Helm 2 records are here: secret[:NS], configmap[:NS] or dir:PATH',
    group: places,
  },
  to: {
    type: 'string',
    describe: 'Helm 3 records are here: secret[:NS], configmap[:NS] or dir:PATH',
    group: places,
  },
  ...storageOptions,
  ...outClusterOptions,
  ...narrowingOptions,
  'tiller-out-cluster': {
    ...outClusterOptions['tiller-out-cluster'],
    describe: 'look for no Tiller; its records are in Secrets, or in what --release-storage names',
  },
} as const satisfies OptionTable;
