// test/e2e/relocatePairs.test.ts on a larger scale: releases of a real helm 3 and a real helm 4 go through
// every ordered pair of stores, and helm goes on with each of them.
//
//   node test/campaigns/relocate.mjs [--releases 50] [--revisions 10]
//
// Ends with exit code 1 when a payload or a label changed on the way, or helm couldn't go on.
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';

const root = fileURLToPath(new URL('../..', import.meta.url));
const { values } = parseArgs({
  options: {
    releases: { type: 'string', default: '50' },
    revisions: { type: 'string', default: '10' },
  },
});
const vitest = join(root, 'node_modules', 'vitest', 'vitest.mjs');
const args = [vitest, 'run', 'test/e2e/relocatePairs.test.ts'];
const env = {
  ...process.env,
  RELOCATE_RELEASES: values.releases,
  RELOCATE_REVISIONS: values.revisions,
};
const { status } = spawnSync(process.execPath, args, { cwd: root, env, stdio: 'inherit' });
process.exitCode = status === 0 ? 0 : 1;
