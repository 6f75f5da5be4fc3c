// Many random sequences: worlds, command lines, failures, deaths, and other people's work at every request.
//
//   node test/campaigns/random.mjs [--runs 100000] [--seed 1] [--rules lost,split] [--failures 10] [--jobs 1]
//   node test/campaigns/random.mjs --seed N --path P      plays again what was found
//
// What breaks a rule (test/random/invariants.ts names them) is shrunk, and printed with its seed, its path and
// its story; then the search goes on with the next seed, until so many failures are found. The runs are played in
// batches of a thousand, each with a seed of its own, a hundred after the one before, and a process of its own;
// several jobs share them. Ends with exit code 1 when anything was found.
import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';

const root = fileURLToPath(new URL('../..', import.meta.url));
const defaults = { runs: '100000', seed: '1', rules: '', failures: '10', jobs: '1', path: '' };
const { values } = parseArgs({
  options: Object.fromEntries(Object.keys(defaults).map((name) => [name, { type: 'string' }])),
});
const settings = { ...defaults, ...values };
const [batchSize, betweenSeeds] = [1000, 100];
// Most of the time would go to the disk otherwise.
const inMemory = '/dev/shm';

function play(seed, runs) {
  const vitest = join(root, 'node_modules', 'vitest', 'vitest.mjs');
  const args = [vitest, 'run', '--project', 'unit', 'test/random/random.test.ts'];
  const env = {
    ...process.env,
    TMPDIR: existsSync(inMemory) ? inMemory : tmpdir(),
    RUNS: String(runs),
    SEED: String(seed),
    RULES: settings.rules,
    FAILURES: settings.failures,
    REPLAY: settings.path,
  };
  return new Promise((resolve) => {
    spawn(process.execPath, args, { cwd: root, env, stdio: 'inherit' }).on('exit', resolve);
  });
}

async function playAll() {
  const batches = [];
  const [first, all] = [Number(settings.seed), Number(settings.runs)];
  for (let at = 0; at * batchSize < all; at += 1)
    batches.push([first + at * betweenSeeds, Math.min(batchSize, all - at * batchSize)]);
  let [played, found] = [0, 0];
  const began = Date.now();
  async function job() {
    for (let batch = batches.shift(); batch; batch = batches.shift()) {
      const [seed, runs] = batch;
      const start = Date.now();
      if ((await play(seed, runs)) !== 0) found += 1;
      played += runs;
      const rate = (count, since) => ((1000 * count) / (Date.now() - since)).toFixed(1);
      console.log(
        `seed ${seed}: ${runs} sequences, ${rate(runs, start)} a second; in all ${played}, ${rate(played, began)} a second, ${found} batches with findings`,
      );
    }
  }
  await Promise.all(Array.from({ length: Number(settings.jobs) }, job));
  return found;
}

const found = settings.path === '' ? await playAll() : await play(settings.seed, 1);
process.exitCode = found === 0 ? 0 : 1;
