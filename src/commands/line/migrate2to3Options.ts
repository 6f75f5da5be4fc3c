/** The options of `migrate2to3`, in the words of helm-2to3, helm and werf where they have one. */
import type { OptionTable } from '../command.ts';
import { narrowingOptions, outClusterOptions, storageOptions } from './options.ts';
import {
  concurrencyOption,
  planOutputOption,
  rehearsalOptions,
  selectionOptions,
  shardOption,
  sourceBackupOption,
} from './runOptions.ts';

const group = 'Migration:';
const places = 'Where records are:';

export const migrate2to3Options = {
  ...selectionOptions(group, 'Helm 2 release', ', such as STATUS=DEPLOYED'),
  'release-versions-max': {
    type: 'number',
    describe: 'how many revisions of a release to migrate, from the newest; default or 0: all',
    group,
  },
  'target-release': {
    type: 'string',
    describe: 'the name in Helm 3, for one release: in its content, its labels and its key',
    group,
  },
  'target-namespace': {
    type: 'string',
    describe: "the release's namespace in Helm 3, for one release, likewise",
    group,
  },
  ...rehearsalOptions(group),
  'delete-v2-releases': {
    type: 'boolean',
    describe: "delete each release's Helm 2 records once its Helm 3 records are verified",
    group,
  },
  backup: sourceBackupOption(group),
  'ignore-already-migrated': {
    type: 'boolean',
    describe:
      "for helm-2to3's scripts, changes nothing: what is migrated and equal is always fine, what differs is always refused",
    group,
  },
  adopt: {
    type: 'boolean',
    describe:
      "give the newest revision's live objects the annotations and the label that Helm 3 knows its own by; the default where the target is in the cluster",
    group,
  },
  'no-adopt': { type: 'boolean', describe: 'leave live objects as they are', group },
  'resolve-pending': {
    type: 'string',
    choices: ['failed', 'deployed'],
    describe: 'what becomes of a newest revision that is pending; without it, such releases wait',
    group,
  },
  'mark-superseded': {
    type: 'boolean',
    describe: 'of several deployed revisions, keep only the newest deployed',
    group,
  },
  shard: shardOption(group),
  concurrency: concurrencyOption(group),
  output: planOutputOption(group),
  from: {
    type: 'string',
    describe: 'read Helm 2 records here: secret[:NS], configmap[:NS] or dir:PATH',
    group: places,
  },
  to: {
    type: 'string',
    describe: 'write Helm 3 records here: secret[:NS], configmap[:NS] or dir:PATH',
    group: places,
  },
  ...storageOptions,
  ...outClusterOptions,
  ...narrowingOptions,
} as const satisfies OptionTable;
