/** The flags that commands with a plan share. */
import type { OptionTable } from '../command.ts';

/** How many releases are worked on at once: `carryOut.ts` checks it. */
export function concurrencyOption(group: string) {
  return {
    type: 'number',
    default: 8,
    describe: 'how many releases to work on at once',
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
