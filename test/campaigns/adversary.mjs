// The attacks of test/adversary, one after the other, so often as asked:
//
//   node test/campaigns/adversary.mjs [--rounds 1] [--only NAME] [--program FILE]
//
// Opposite moves over slow deletions, policies that change or deny what is written, a quota and an etcd
// without space half-way, an etcd put back to an older state. The suite runs each of them once; here they
// meet the server again and again, at other moments. --only chooses files by a part of their name.
// Ends with exit code 1 when anything was lost, leaked, or said to be there and isn't.
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { bundle } from '../../scripts/build.mjs';

const root = fileURLToPath(new URL('../..', import.meta.url));
const { values } = parseArgs({
  options: {
    rounds: { type: 'string', default: '1' },
    only: { type: 'string', default: '' },
    program: { type: 'string' },
  },
});
const folder = mkdtempSync(join(tmpdir(), 'kubectl-releases-adversary-'));
try {
  const env = { ...process.env, TEST_PROGRAM: values.program ?? (await bundle({ out: folder })) };
  const vitest = join(root, 'node_modules', 'vitest', 'vitest.mjs');
  const args = [vitest, 'run', '--project', 'cluster', `test/adversary/${values.only}`];
  for (let round = 1; round <= Number(values.rounds); round++) {
    const { status } = spawnSync(process.execPath, args, { cwd: root, env, stdio: 'inherit' });
    console.log(`round ${round} of ${values.rounds}: ${status === 0 ? 'held' : 'broken'}`);
    if (status !== 0) process.exitCode = 1;
  }
} finally {
  rmSync(folder, { recursive: true, force: true });
}
