/**
 * Every command by name, with its line of help. A command's own file, and with it the client, the
 * codecs and everything else, is loaded only when that command runs.
 */
import { type CommandEntry, type CommandTable, commandNamed } from './command.ts';

export const commandTable: CommandTable = [
  {
    name: 'list',
    aliases: ['ls'],
    describe: 'list releases of Helm 2, 3 and 4 side by side',
    load: async () => (await import('./list.ts')).list,
  },
  {
    name: 'history',
    aliases: ['hist'],
    describe: "show a release's revisions",
    load: async () => (await import('./history.ts')).history,
  },
  {
    name: 'status',
    aliases: ['describe'],
    describe: "show a release's status and the live state of its objects",
    load: async () => (await import('./status.ts')).status,
  },
  {
    name: 'get',
    aliases: ['show'],
    describe: 'print what a revision holds: values, manifest, hooks, notes, metadata, all',
    load: async () => (await import('./get.ts')).get,
  },
  {
    name: 'diff',
    describe: 'show what differs between two revisions, releases or stores, or from the cluster',
    load: async () => (await import('./diff.ts')).diff,
  },
  {
    name: 'chart',
    describe: 'give a chart back from the record: templates, values, files',
    load: async () => (await import('./chart.ts')).chart,
  },
  {
    name: 'decode',
    describe: 'print a record as readable YAML or JSON',
    load: async () => (await import('./decode.ts')).decode,
  },
  {
    name: 'encode',
    describe: 'make a record of what decode printed',
    load: async () => (await import('./encode.ts')).encode,
  },
  {
    name: 'tree',
    describe: 'show the objects of releases: live or missing, how ready, and whose they are',
    load: async () => (await import('./tree.ts')).tree,
  },
  {
    name: 'du',
    describe: 'show how much room releases take in their store, and what takes it',
    load: async () => (await import('./du.ts')).du,
  },
  {
    name: 'doctor',
    describe: 'find what is wrong with releases, what helm will say to it, and what mends it',
    load: async () => (await import('./doctor.ts')).doctor,
  },
  {
    name: 'migrate2to3',
    describe: 'migrate Helm 2 releases to Helm 3, every revision, verified',
    load: async () => (await import('./migrate2to3.ts')).migrate2to3,
  },
  {
    name: 'relocate',
    aliases: ['mv'],
    adds: { mv: ['--delete-source'] },
    describe: 'move releases to another store, namespace, cluster or name, verified',
    load: async () => (await import('./relocate.ts')).relocate,
  },
  {
    name: 'copy',
    aliases: ['cp'],
    describe: 'copy releases to another store, namespace, cluster or name, verified',
    load: async () => (await import('./relocate.ts')).copy,
  },
  {
    name: 'cleanup',
    describe: 'delete what is left of Helm 2: migrated releases, Tiller, its configuration',
    load: async () => (await import('./cleanup.ts')).cleanup,
  },
  {
    name: 'move-config',
    describe: "copy Helm 2's repositories, plugins and starters to Helm 3 and 4",
    load: async () => (await import('./moveConfig.ts')).moveConfig,
  },
  {
    name: 'unlock',
    describe: 'give a revision that an interrupted helm has left pending an end',
    load: async () => (await import('./unlock.ts')).unlock,
  },
  {
    name: 'prune',
    describe: 'delete older revisions, or the records of uninstalled releases, after a copy',
    load: async () => (await import('./prune.ts')).prune,
  },
  {
    name: 'rbac',
    describe: 'print the least Role that a command needs, for kubectl apply',
    load: async () => (await import('./rbac.ts')).rbac(commandTable),
  },
  {
    name: 'job',
    describe: 'print a Kubernetes Job that does a large move in the cluster, in shards',
    load: async () => (await import('./job.ts')).job(commandTable),
  },
  {
    name: 'backup',
    describe: 'copy releases into one archive, sealed, and encrypted if wanted',
    load: async () => (await import('./backup.ts')).backup,
  },
  {
    name: 'restore',
    describe: 'put records from an archive or a folder back where they were',
    load: async () => (await import('./restore.ts')).restore,
  },
  {
    name: 'verify',
    describe: 'check an archive or a folder of records; no cluster needed',
    load: async () => (await import('./verify.ts')).verify,
  },
  {
    name: 'completion',
    describe: 'print the script that completes names and flags in bash, zsh, fish or kubectl',
    load: async () => (await import('./completion.ts')).completion(commandTable),
  },
  {
    name: 'options',
    describe: 'list the flags that many commands take: for clusters, stores, archives and plans',
    load: async () => (await import('./options.ts')).options,
  },
  {
    name: 'version',
    describe: "print this program's version",
    load: async () => (await import('./version.ts')).version,
  },
];

export function findCommand(name: string): CommandEntry | undefined {
  return commandNamed(commandTable, name);
}
