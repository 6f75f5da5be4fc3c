// npm run test:servers [-- VERSION …]: runs the end-to-end core on each Kubernetes whose API server is pinned
// (test/cluster/build/apiserver), or on those that are named (1.31, 1.31.14), and prints a table. What is
// missing is built first: some five minutes for each server, once.
import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { apiserver, builtProgram, pinnedServers } from '../test/cluster/recipes.mjs';
import { ensureBuild, ensurePackages, root } from './setup.mjs';

const core = 'test/e2e/core.test.ts';
const wanted = process.argv.slice(2);
const versions = pinnedServers().filter(
  (one) => wanted.length === 0 || wanted.some((word) => one === word || one.startsWith(`${word}.`)),
);
if (versions.length === 0) {
  console.error(`error: there are ${pinnedServers().join(', ')}`);
  process.exit(2);
}
ensurePackages();
ensureBuild();
const missing = versions.filter((one) => !existsSync(builtProgram(apiserver(one))));
if (missing.length > 0)
  console.log(
    `servers: ${missing.join(', ')} will be built, once: about ${missing.length * 5} min on two quiet cores`,
  );

const rows = versions.map((version) => [version, ...tried(version)]);
const titles = ['KUBERNETES', 'PASSED', 'FAILED', 'SECONDS'];
const widths = titles.map((_, i) => Math.max(...[titles, ...rows].map((row) => row[i].length)));
for (const row of [titles, ...rows])
  console.log(
    row
      .map((cell, i) => cell.padEnd(widths[i]))
      .join('  ')
      .trimEnd(),
  );
process.exitCode = rows.every(([, passed, failed]) => passed !== '0' && failed === '0') ? 0 : 1;

function tried(version) {
  const folder = mkdtempSync(join(tmpdir(), 'kubectl-releases-servers-'));
  const report = join(folder, 'report.json');
  console.log(`Kubernetes ${version}: the end-to-end core …`);
  const started = Date.now();
  const reporters = ['--reporter=default', '--reporter=json', `--outputFile.json=${report}`];
  const vitest = join(root, 'node_modules', 'vitest', 'vitest.mjs');
  spawnSync(process.execPath, [vitest, 'run', '--project', 'cluster', ...reporters, core], {
    cwd: root,
    stdio: 'inherit',
    env: { ...process.env, TEST_KUBERNETES: version, KUBEBUILDER_ASSETS: '' },
  });
  const seconds = String(Math.round((Date.now() - started) / 1000));
  try {
    const { numPassedTests, numFailedTests, testResults } = JSON.parse(
      readFileSync(report, 'utf8'),
    );
    // A file that could not run has no test that failed.
    const broken = testResults.filter(
      ({ status, assertionResults }) => status === 'failed' && assertionResults.length === 0,
    ).length;
    return [String(numPassedTests), String(numFailedTests + broken), seconds];
  } catch {
    return ['0', 'no report', seconds];
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
