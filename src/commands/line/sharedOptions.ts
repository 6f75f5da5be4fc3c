/** Which flags are everybody's: `options` describes them, and no command's `-h` does. */
import type { Option, OptionTable } from '../command.ts';
import { ignoredOptions } from './compat.ts';
import { clusterOptions, encryptionOptions, outClusterOptions, readOptions } from './options.ts';
import {
  concurrencyOption,
  planOutputOption,
  rehearsalOptions,
  shardOption,
} from './runOptions.ts';

/** Each command says itself what its `-n` means. */
const { namespace: _, ...connection } = clusterOptions;

/** kubectl's, but for `-n`: how the API server is reached, and as whom. */
const connectionOptions: OptionTable = connection;

const sharedOptions: OptionTable = {
  ...connection,
  ...readOptions,
  ...outClusterOptions,
  ...ignoredOptions,
};

const plans = 'Plans (of commands that write):';

/** What `options` describes: those, and what several commands that write have in common. */
export const describedOnce: OptionTable = {
  ...sharedOptions,
  ...encryptionOptions,
  ...rehearsalOptions(plans),
  shard: shardOption(plans),
  concurrency: concurrencyOption(plans),
  output: planOutputOption(plans),
};

/** Whether a command has the flag in everybody's meaning: what it says in its own words is its own. */
export function isShared(name: string, option: Option): boolean {
  return isIn(sharedOptions, name, option);
}

/** Whether it is one of kubectl's, in kubectl's meaning. */
export function isConnection(name: string, option: Option): boolean {
  return isIn(connectionOptions, name, option);
}

function isIn(table: OptionTable, name: string, { describe }: Option): boolean {
  return Object.hasOwn(table, name) && table[name]?.describe === describe;
}
