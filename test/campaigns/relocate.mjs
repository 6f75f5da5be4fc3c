// test/e2e/relocatePairs.test.ts on a larger scale: releases of a real helm 3 and a real helm 4 go through
// every ordered pair of stores, and helm goes on with each of them.
//
//   node test/campaigns/relocate.mjs [--releases 50] [--revisions 10] [--going-on 50] [--helm helm4] [--pairs 8-14]
//
// --going-on: how many releases helm upgrades, rolls back and uninstalls after each pair; absent: all.
// --helm, --pairs: a part of it, of the twenty pairs counted from 1, so that long ones can be divided and
// taken up again.
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
    'going-on': { type: 'string' },
    helm: { type: 'string' },
    pairs: { type: 'string' },
  },
});
const vitest = join(root, 'node_modules', 'vitest', 'vitest.mjs');
const args = [vitest, 'run', '--project', 'cluster', 'test/e2e/relocatePairs.test.ts'];
const env = {
  ...process.env,
  RELOCATE_RELEASES: values.releases,
  RELOCATE_REVISIONS: values.revisions,
  RELOCATE_GOING_ON: values['going-on'] ?? values.releases,
  ...(values.helm && { RELOCATE_HELM: values.helm }),
  ...(values.pairs && { RELOCATE_PAIRS: values.pairs }),
};
const { status } = spawnSync(process.execPath, args, { cwd: root, env, stdio: 'inherit' });
process.exitCode = status === 0 ? 0 : 1;
