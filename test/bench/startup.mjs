// How long the program takes to start and to answer, beside the real helm 3 and 4, in one run:
//
//   node test/bench/startup.mjs [--rounds 20] [--releases 20] [--packaged FILE]
//
// --packaged names the standalone program; without it, it is made. Each round runs every program once,
// in turn. Ratios travel, milliseconds don't. Nothing else should run meanwhile.
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { register } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { bundle } from '../../scripts/build.mjs';

const text = (value) => ({ type: 'string', default: value });
const { values } = parseArgs({
  options: { rounds: text('20'), releases: text('20'), packaged: { type: 'string' } },
});
const root = fileURLToPath(new URL('../..', import.meta.url));
register('./typescript.mjs', import.meta.url);
const { benchStartup } = await import('./startup.ts');
const folder = mkdtempSync(join(tmpdir(), 'kubectl-releases-startup-'));
try {
  await benchStartup({
    folder,
    rounds: Number(values.rounds),
    releases: Number(values.releases),
    program: await bundle({ out: join(folder, 'program') }),
    packaged: values.packaged ?? packaged(join(folder, 'packages')),
  });
} finally {
  rmSync(folder, { recursive: true, force: true });
}

function packaged(out) {
  const args = [join(root, 'scripts', 'package.mjs'), '--only', 'host', '--out', out];
  const { status } = spawnSync(process.execPath, args, { stdio: ['ignore', 'ignore', 'inherit'] });
  if (status !== 0) throw new Error('the standalone program could not be made');
  return join(out, 'kubectl-releases');
}
