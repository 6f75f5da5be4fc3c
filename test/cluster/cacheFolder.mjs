// Where programs for the tests are kept between runs, each in a folder whose name holds its version.
import { homedir } from 'node:os';
import { join } from 'node:path';
import { env } from 'node:process';

/**
 * `$XDG_CACHE_HOME/kubectl-releases/NAME`, or below `~/.cache` as the XDG base directory rules say.
 * @param {string} name
 */
export function cacheFolder(name) {
  return join(env.XDG_CACHE_HOME || join(homedir(), '.cache'), 'kubectl-releases', name);
}
