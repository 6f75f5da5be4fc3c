// npm run test:packaged [-- FILE …]: makes the standalone program for this machine and runs the
// end-to-end tests against it instead of the bundle. Arguments go to vitest, in place of test/e2e.
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { ensureBuild, ensurePackages, root } from './setup.mjs';

ensurePackages();
ensureBuild();
const made = spawnSync(process.execPath, [join(root, 'scripts', 'package.mjs'), '--only', 'host'], {
  cwd: root,
  stdio: 'inherit',
});
if (made.status !== 0) process.exit(1);
const program = join(root, 'dist', 'packages', 'kubectl-releases');
const wanted = process.argv.length > 2 ? process.argv.slice(2) : ['test/e2e'];
const { status } = spawnSync(
  process.execPath,
  [join(root, 'node_modules', 'vitest', 'vitest.mjs'), 'run', '--project', 'cluster', ...wanted],
  { cwd: root, stdio: 'inherit', env: { ...process.env, TEST_PROGRAM: program } },
);
process.exitCode = status === 0 ? 0 : 1;
