// Mutants of what must never be wrong: each changes one thing, and a test has to notice it.
//
//   npm run test:mutants [-- src/record.ts src/migrate/engine/guard.ts]
//
// For each file (all of `tests.mjs`, or those that are named) Stryker looks at one mutant after the other. What
// nobody noticed is printed, and all of it stays in node_modules/.cache/stryker. Ends with exit code 1 where less
// than 85 % of a file's mutants were noticed; README.md names those that change nothing that counts.
import { spawnSync } from 'node:child_process';
import { mkdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { testsOf } from './tests.mjs';

const root = fileURLToPath(new URL('../..', import.meta.url));
const least = 85;
const folder = join(root, 'node_modules', '.cache', 'stryker');
mkdirSync(folder, { recursive: true });

const named = process.argv.slice(2);
const unknown = named.filter((file) => !(file in testsOf));
if (unknown.length > 0) throw new Error(`tests.mjs names no tests for ${unknown.join(', ')}`);

const scores = (named.length > 0 ? named : Object.keys(testsOf)).map(scoreOf);
for (const { file, said } of scores) console.log(`${file}: ${said}`);
process.exitCode = scores.every(({ score }) => score >= least) ? 0 : 1;

function scoreOf(file) {
  const report = join(folder, `${file.replaceAll('/', '-')}.json`);
  rmSync(report, { force: true });
  const stryker = join(root, 'node_modules', '@stryker-mutator', 'core', 'bin', 'stryker.js');
  const args = [stryker, 'run', 'test/mutants/stryker.config.mjs', '--mutate', file];
  const env = { ...process.env, MUTANT_TESTS: testsOf[file].join(','), MUTANT_REPORT: report };
  const { status } = spawnSync(process.execPath, args, { cwd: root, env, stdio: 'inherit' });
  if (status !== 0) return { file, score: 0, said: `Stryker ended with ${status}` };
  const { files } = JSON.parse(readFileSync(report, 'utf8'));
  const mutants = Object.values(files).flatMap((one) => one.mutants);
  const count = (...words) => mutants.filter((one) => words.includes(one.status)).length;
  const noticed = count('Killed', 'Timeout');
  const all = noticed + count('Survived', 'NoCoverage');
  const score = all === 0 ? 100 : (100 * noticed) / all;
  return { file, score, said: `${score.toFixed(1)} %, ${noticed} of ${all}` };
}
