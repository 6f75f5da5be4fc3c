// Many random sequences: worlds, command lines, failures, deaths, and other people's work at every request.
//
//   node test/campaigns/random.mjs [--runs 100000] [--seed 1] [--rules lost,split] [--failures 10] [--jobs 1]
//   node test/campaigns/random.mjs --seed N --path P      plays again what was found
//
// What breaks a rule (test/random/invariants.ts names them) is shrunk, and printed with its seed, its path and
// its story; then the search goes on with the next seed, until so many failures are found. With several jobs each
// has its part of the runs, and seeds of its own. Ends with exit code 1 when anything was found.
import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';

const root = fileURLToPath(new URL('../..', import.meta.url));
const defaults = { runs: '100000', seed: '1', rules: '', failures: '10', jobs: '1', path: '' };
const { values } = parseArgs({
  options: Object.fromEntries(Object.keys(defaults).map((name) => [name, { type: 'string' }])),
});
const settings = { ...defaults, ...values };
const jobs = settings.path === '' ? Number(settings.jobs) : 1;

function part(job) {
  const vitest = join(root, 'node_modules', 'vitest', 'vitest.mjs');
  const args = [vitest, 'run', '--project', 'unit', 'test/random/random.test.ts'];
  const env = {
    ...process.env,
    RUNS: settings.path === '' ? String(Math.ceil(Number(settings.runs) / jobs)) : '1',
    SEED: String(Number(settings.seed) + job * 1_000_000),
    RULES: settings.rules,
    FAILURES: settings.failures,
    REPLAY: settings.path,
  };
  return new Promise((resolve) => {
    spawn(process.execPath, args, { cwd: root, env, stdio: 'inherit' }).on('exit', resolve);
  });
}

const codes = await Promise.all(Array.from({ length: jobs }, (_, job) => part(job)));
process.exitCode = codes.every((code) => code === 0) ? 0 : 1;
