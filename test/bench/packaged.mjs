// The standalone program of this machine, for benches.
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const script = fileURLToPath(new URL('../../scripts/package.mjs', import.meta.url));

/**
 * @param {string} out the folder to make it in
 * @returns {string} its path
 */
export function makePackaged(out) {
  const args = [script, '--only', 'host', '--out', out];
  const { status } = spawnSync(process.execPath, args, { stdio: ['ignore', 'ignore', 'inherit'] });
  if (status !== 0) throw new Error('the standalone program could not be made');
  return join(out, 'kubectl-releases');
}
