/** The flags that commands with a plan share. */
import type { OptionTable } from '../command.ts';

/** helm's --create-namespace: who may make namespaces is another question than who may write records. */
export const noNamespaces: readonly string[] = [
  'kubectl create namespace NAME  makes one; --dry-run names those that are missing',
];

/** How many releases are worked on at once: `carryOut.ts` checks it. */
export function concurrencyOption(group: string) {
  return {
    type: 'number',
    default: 8,
    describe: 'how many releases to work on at once',
    group,
  } as const satisfies OptionTable[string];
}

/** Of what moves records, and may delete their sources. */
export function sourceBackupOption(group: string) {
  return {
    type: 'string',
    describe:
      'the folder or PATH.zip that sources are copied to before they are deleted; default: a new folder of its own',
    group,
  } as const satisfies OptionTable[string];
}

/** Beside names, -l and --all: see `withEverywhere`. */
export function everywhereOption(group: string) {
  return {
    type: 'boolean',
    alias: 'A',
    describe: 'every release of all namespaces, as for list',
    group,
  } as const satisfies OptionTable[string];
}

/** One part of all releases: `shard.ts`. */
export function shardOption(group: string) {
  return {
    type: 'string',
    describe:
      'only part I of N of the releases, I from 0 to N-1, by a hash of namespace and name: I/N',
    group,
  } as const satisfies OptionTable[string];
}

/** @param group absent: the command's own options */
export function planOutputOption(group?: string) {
  return {
    type: 'string',
    alias: 'o',
    choices: ['table', 'json', 'yaml'],
    default: 'table',
    describe: 'how to print the plan and what became of it',
    ...(group !== undefined && { group }),
  } as const satisfies OptionTable[string];
}

/** For what is read from a folder or a file that holds both. */
export function kindOption(group: string) {
  return {
    type: 'string',
    choices: ['secret', 'configmap'],
    describe: 'only records of this kind, where a folder or a file holds both',
    group,
  } as const satisfies OptionTable[string];
}

/** Where no API server could be asked: kubectl's words mean the plan, or none. */
export const dryRunWithoutServer = {
  type: 'boolean',
  synonyms: { client: 'true', none: 'false' },
} as const;

/** What is shown and tried before anything is written, and what is kept of it. */
export function rehearsalOptions(group: string) {
  return {
    check: {
      type: 'boolean',
      describe: 'say everything that was found about each release, and write nothing',
      group,
    },
    report: {
      type: 'string',
      describe: 'write what was planned and what became of it to FILE.json, FILE.md or FILE.html',
      group,
    },
    'dry-run': {
      type: 'string',
      choices: ['none', 'client', 'server'],
      bare: 'client',
      describe:
        'show the plan and write nothing; server: let the API server check every step, and keep none',
      group,
    },
    yes: { type: 'boolean', alias: 'y', describe: "don't ask before writing", group },
  } as const satisfies OptionTable;
}

/**
 * Which releases are meant: `move/selection.ts`.
 * @param what is found: `release`
 * @param example of labels: `, such as status=deployed`
 */
export function selectionOptions(group: string, what = 'release', example = '') {
  return {
    all: { type: 'boolean', describe: `every ${what} that is found`, group },
    exclude: {
      type: 'string',
      array: true,
      describe: 'a release to leave alone; may be repeated; a name that is nowhere is an error',
      group,
    },
    selector: {
      type: 'string',
      alias: 'l',
      describe: `only releases whose newest revision's record has these labels${example}; as kubectl's`,
      group,
    },
  } as const satisfies OptionTable;
}
