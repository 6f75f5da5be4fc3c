// The README's second command: installs and builds what is missing, checks style and types, and runs
// every test. Arguments go to vitest (`npm test -- test/unit/envelope.test.ts`); with any, style and
// types are left out. `--quick` (npm run test:quick) checks style and types and runs what needs no
// server and few seconds; `--all` (npm run test:all) asks every question of the long tables, of which a plain
// run draws some. The last line counts what really ran.
import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { missingPrograms } from '../test/cluster/recipes.mjs';
import { programs as oracles, programPath } from '../test/oracle/build.mjs';
import { ensureBuild, ensurePackages, root } from './setup.mjs';

const mode = ['--quick', '--all'].find((one) => one === process.argv[2]);
const quick = mode === '--quick';
const args = process.argv.slice(mode === undefined ? 2 : 3);
const failed = [];

if (args.length === 0 && !quick) announce();
ensurePackages();
if (args.length === 0) {
  check('style', '@biomejs/biome/bin/biome', ['check', '--error-on-warnings', '.']);
  check('types', 'typescript/bin/tsc', ['--noEmit']);
}
ensureBuild();

const folder = mkdtempSync(join(tmpdir(), 'kubectl-releases-test-'));
const report = join(folder, 'report.json');
const reporters = ['--reporter=default', '--reporter=json', `--outputFile.json=${report}`];
const { status } = node('vitest/vitest.mjs', ['run', ...reporters, ...selected()], chosen());
const counts = count(report);
rmSync(folder, { recursive: true, force: true });

const reasons = counts === undefined ? ['vitest wrote no report'] : wrong(counts);
if (status !== 0 || reasons.length > 0)
  failed.push(`tests${reasons.length > 0 ? ` (${reasons.join(', ')})` : ''}`);
if (failed.length > 0) console.log(`failed: ${failed.join(', ')}`);
console.log(`tests: ${counts?.passed ?? 0} passed, ${counts?.failed ?? 0} failed`);
process.exitCode = failed.length > 0 ? 1 : 0;

function selected() {
  return quick ? ['--project', 'unit', ...args] : args;
}

/** What vitest.config.ts and test/cluster/drawn.ts read: the quick tests alone, or what draws a sample. */
function chosen() {
  if (quick) return { TEST_QUICK: '1' };
  if (mode === '--all') return { TEST_SAMPLE: 'all' };
  if (args.length > 0) return {};
  const sample = process.env.TEST_SAMPLE ?? commit() ?? new Date().toISOString().slice(0, 10);
  const again = sample === 'all' ? '' : '; npm run test:all asks all';
  console.log(
    'the standalone program runs a sample of the end-to-end tests, and of long tables some questions ' +
      `of each kind are asked: TEST_SAMPLE=${sample}${again}`,
  );
  return { TEST_SAMPLE: sample };
}

/** The commit that is tested: another one draws another sample. */
function commit() {
  const git = spawnSync('git', ['rev-parse', '--short=12', 'HEAD'], {
    cwd: root,
    encoding: 'utf8',
  });
  return git.status === 0 ? git.stdout.trim() : undefined;
}

/** A fresh machine is told what will be built, and about how long that takes, before anything else. */
function announce() {
  const missing = [
    ...missingPrograms(),
    ...oracles
      .filter((name) => !existsSync(programPath(name)))
      .map((name) => ({ name: `oracle ${name}`, version: '', minutes: 1 })),
  ];
  if (missing.length === 0) return;
  const names = missing.map(({ name, version }) => `${name} ${version}`.trim()).join(', ');
  const minutes = missing.reduce((sum, one) => sum + one.minutes, 0);
  console.log(
    `programs: ${names} will be built, once: about ${minutes} min on two quiet cores, and the time to ` +
      'fetch their Go modules',
  );
}

function node(script, rest, env = {}) {
  const path = join(root, 'node_modules', script);
  return spawnSync(process.execPath, [path, ...rest], {
    cwd: root,
    env: { ...process.env, ...env },
    stdio: ['ignore', 'inherit', 'inherit'],
  });
}

function wrong({ passed, failed, skipped, files }) {
  return [
    ...(failed > 0 ? [`${failed} failed`] : []),
    ...(files > 0 ? [`files that could not run: ${files}`] : []),
    ...(passed + failed === 0 ? ['none ran'] : []),
    // A skipped test proves nothing. Arguments may narrow the run, so only a whole run is held to it.
    ...(skipped > 0 && args.length === 0 ? [`${skipped} skipped`] : []),
  ];
}

function check(what, script, rest) {
  console.log(`${what}: checking …`);
  if (node(script, rest).status !== 0) failed.push(what);
}

function count(path) {
  try {
    const json = JSON.parse(readFileSync(path, 'utf8'));
    return {
      passed: json.numPassedTests,
      failed: json.numFailedTests,
      skipped: json.numPendingTests + json.numTodoTests,
      files: json.testResults.filter(
        ({ status, assertionResults }) => status === 'failed' && assertionResults.length === 0,
      ).length,
    };
  } catch {
    return undefined;
  }
}
