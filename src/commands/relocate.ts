/** `relocate` and `copy`: releases go to another store, namespace, cluster or name as they are. */
import { ReleasesError } from '../errors.ts';
import { defineCommand } from './command.ts';
import { copyOptions, relocateOptions } from './line/relocateOptions.ts';
import type { RelocateArgs } from './move/relocateArgs.ts';
import { runRelocation } from './move/relocateRun.ts';

export const relocate = defineCommand({
  name: 'relocate',
  describe: 'move releases to another store, namespace, cluster or name, verified',
  details: [
    'Plans first and shows the plan. Records are copied to the byte, with all their labels, and each',
    'copy is read back and compared. Only another name or namespace of the release itself changes what',
    'is in a record, and then exactly what names it. Sources are kept unless --delete-source is given;',
    'they are copied to a backup folder first, and go after all revisions have been verified. It can be',
    'stopped at any time and run again: it goes on where it stopped.',
    'Without -n, these are releases of all namespaces; as a plugin of helm, those of the namespace',
    'that helm was called with, unless -A says all.',
  ],
  examples: [
    ['relocate --all --from secret --to configmap --dry-run', 'show what would happen'],
    ['relocate --all --from secret --to sql --delete-source', "into Helm's PostgreSQL tables"],
    [
      'relocate billing -n pay --to-storage-namespace vault',
      'keep its records in another namespace',
    ],
    ['relocate billing -n pay --to-name invoices --delete-source', 'rename a release'],
    ['relocate --all --to-context new --map-namespace pay=money', 'into another cluster'],
  ],
  arguments: { release: 'many' },
  interruptible: true,
  options: relocateOptions,
  async handler(args, io) {
    if (args['delete-source'] && args['keep-source'])
      throw new ReleasesError('USAGE', 'either --delete-source or --keep-source, not both');
    return runRelocation(args as RelocateArgs, io);
  },
});

export const copy = defineCommand({
  name: 'copy',
  describe: 'copy releases to another store, namespace, cluster or name, verified',
  details: [
    'The same as relocate --keep-source: every record is copied, read back and compared, and those that',
    'are there already are left alone. Nothing is deleted.',
  ],
  examples: [
    ['copy --all --from secret --to dir:./releases --yes', 'every release into a folder'],
    ['copy billing -n pay --to configmap --yes', 'one release, as HELM_DRIVER=configmap reads it'],
    ['copy --all --to-context new --dry-run', 'show what would be copied into another cluster'],
  ],
  arguments: { release: 'many' },
  interruptible: true,
  options: copyOptions,
  async handler(args, io) {
    return runRelocation({ ...args, copies: true } as RelocateArgs, io);
  },
});
