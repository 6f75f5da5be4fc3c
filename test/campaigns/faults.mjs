// The interruption tests of test/faults on a larger scale, on a real API server of their own:
//
//   node test/campaigns/faults.mjs chain    [--releases 50] [--revisions 10] [--points N] [--from N]
//   node test/campaigns/faults.mjs kill     [--releases 50] [--revisions 10] [--points N] [--seed N] [--from N]
//   node test/campaigns/faults.mjs replies  [--seeds 100] [--releases 6] [--revisions 4] [--seed N]
//   node test/campaigns/faults.mjs words    [--points N] [--seed N]
//   node test/campaigns/faults.mjs inPlace  [--points N] [--seeds 30] [--seed N]
//   node test/campaigns/faults.mjs writers  [--moments N] [--releases 2] [--revisions 3] [--seed N]
//
// chain: SIGKILL before and after every write, each run going on from what the killed ones left.
// kill: SIGKILL before and after every request of a migration (or of N of them), each from the start,
//   then run again. --from leaves out those that an earlier, stopped campaign has tried.
// replies: refused, held, cut and lost requests, three in ten, one seed after the other.
// words: one request of a migration, a move, a rename, a copy or a restore is denied or cut, or all from one on are
//   (denied, unavailable, cut, or carried out without an answer): what is said must be what stands, and the way back
//   as printed must be one. Every request in every way, or N of each command.
// inPlace: what changes records where they stand, in all of these ways.
// writers: a Tiller and Helm, in seven ways, and a second migration come in at every request (or at N).
// Ends with exit code 1 when anything was lost, doubled or changed.
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { bundle } from '../../scripts/build.mjs';

const root = fileURLToPath(new URL('../..', import.meta.url));
const every = '1000000';
const campaigns = {
  chain: { releases: '50', revisions: '10', points: every },
  kill: { releases: '50', revisions: '10', points: every },
  replies: { releases: '6', revisions: '4', seeds: '100' },
  words: { points: every },
  inPlace: { points: every, seeds: '30' },
  writers: { releases: '2', revisions: '3', moments: every },
};

const names = ['releases', 'revisions', 'points', 'seeds', 'moments', 'seed', 'from'];
const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: Object.fromEntries(names.map((name) => [name, { type: 'string' }])),
});
const [campaign = ''] = positionals;
if (!Object.hasOwn(campaigns, campaign) || positionals.length > 1) {
  console.error(`which campaign? ${Object.keys(campaigns).join(', ')}`);
  process.exit(2);
}

const folder = mkdtempSync(join(tmpdir(), 'kubectl-releases-faults-'));
try {
  const settings = Object.entries({ ...campaigns[campaign], ...values });
  const env = {
    ...process.env,
    FAULTS_CAMPAIGN: campaign,
    TEST_PROGRAM: await bundle({ out: folder }),
    ...Object.fromEntries(settings.map(([name, value]) => [`FAULTS_${name.toUpperCase()}`, value])),
  };
  const vitest = join(root, 'node_modules', 'vitest', 'vitest.mjs');
  const args = [vitest, 'run', `test/faults/${campaign}.cluster.test.ts`];
  const { status } = spawnSync(process.execPath, args, { cwd: root, env, stdio: 'inherit' });
  process.exitCode = status === 0 ? 0 : 1;
} finally {
  rmSync(folder, { recursive: true, force: true });
}
