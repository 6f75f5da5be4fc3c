/** The options of `relocate` and `copy`, in the words of helm, werf and `migrate2to3`. */
import type { OptionTable } from '../command.ts';
import { encryptionOptions, readOptions, scopeOptions, storageOptions } from './options.ts';
import {
  concurrencyOption,
  everywhereOption,
  kindOption,
  planOutputOption,
  rehearsalOptions,
  selectionOptions,
  shardOption,
  sourceBackupOption,
} from './runOptions.ts';

const group = 'Relocation:';
const places = 'Where records are:';
const renaming = 'What releases become:';

/** What says where records go and what releases become; `rbac` takes them too. */
export const endOptions = {
  'to-name': {
    type: 'string',
    describe: 'another name, for one release: in its content, its labels and its key',
    group: renaming,
  },
  'to-namespace': {
    type: 'string',
    describe: "another namespace of the release's own, for one release",
    group: renaming,
  },
  'map-namespace': {
    type: 'string',
    array: true,
    describe: 'OLD=NEW: what is in namespace OLD is in NEW from now on; may be repeated',
    group: renaming,
  },
  'to-context': {
    type: 'string',
    describe: 'the kubeconfig context of the cluster to write to, where it is another one',
    group: places,
  },
  'to-kubeconfig': {
    type: 'string',
    describe: 'the kubeconfig file for the cluster to write to, where it is another one',
    group: places,
  },
  'to-storage-namespace': {
    type: 'string',
    describe: 'write all records into this namespace, like --to TYPE:NS',
    group: places,
  },
} as const satisfies OptionTable;

export const copyOptions = {
  ...selectionOptions(group, 'release', ', such as status=deployed'),
  'all-namespaces': everywhereOption(group),
  kind: kindOption(group),
  revisions: {
    type: 'string',
    default: 'all',
    describe: 'which revisions of a release: all, deployed, or so many from the newest',
    group,
  },
  ...rehearsalOptions(group),
  shard: shardOption(group),
  concurrency: concurrencyOption(group),
  output: planOutputOption(group),
  ...endOptions,
  adopt: {
    type: 'boolean',
    describe:
      'where a release gets another name or namespace, mark its live objects as its own under the new one; the default',
    group: renaming,
  },
  'no-adopt': { type: 'boolean', describe: 'leave live objects as they are', group: renaming },
  'leave-objects': {
    type: 'boolean',
    describe: 'give a release another namespace although objects of it stay behind in the old one',
    group: renaming,
  },
  from: {
    type: 'string',
    describe:
      'read records here: secret[:NS], configmap[:NS], sql, dir:PATH, file:PATH.zip or -; default: as helm reads them',
    group: places,
  },
  to: {
    type: 'string',
    describe:
      'write records here: secret[:NS], configmap[:NS], sql, dir:PATH or file:PATH.zip; without :NS, in the namespace of each release',
    group: places,
  },
  ...storageOptions,
  'to-sql-connection': {
    type: 'string',
    describe:
      'the SQL database to write to, where it is another one; better --to-sql-connection-env, which no process list shows',
    group: places,
  },
  'to-sql-connection-env': {
    type: 'string',
    describe:
      'the environment variable with the connection string of the SQL database to write to, where it is another one',
    group: places,
  },
  ...encryptionOptions,
  'helm-release-storage-type': {
    ...storageOptions['helm-release-storage-type'],
    describe: 'what records are kept in from now on, like --to TYPE',
  },
  'helm-release-storage-namespace': {
    ...storageOptions['helm-release-storage-namespace'],
    describe: 'where records are kept from now on, like --to-storage-namespace',
  },
  helm: { ...readOptions.helm },
  ...scopeOptions,
} as const satisfies OptionTable;

export const relocateOptions = {
  'delete-source': {
    type: 'boolean',
    describe: "delete each release's records from where they were, once all are verified there",
    group,
  },
  'keep-source': {
    type: 'boolean',
    describe: 'keep the records where they were, too',
    group,
  },
  'if-newest': {
    type: 'string',
    array: true,
    describe:
      'NAME=REVISION:STATUS: move this release only while that is its newest revision; may be repeated',
    group,
  },
  backup: sourceBackupOption(group),
  ...copyOptions,
} as const satisfies OptionTable;
