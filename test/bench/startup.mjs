// How long the program takes to start and to answer, beside the real helm 3 and 4, in one run:
//
//   node test/bench/startup.mjs [--rounds 20] [--releases 20] [--packaged FILE]
//
// --packaged names the standalone program; without it, it is made. Each round runs every program once,
// in turn. Ratios travel, milliseconds don't. Nothing else should run meanwhile.
import { mkdtempSync, rmSync } from 'node:fs';
import { register } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { bundle } from '../../scripts/build.mjs';
import { makePackaged } from './packaged.mjs';

const text = (value) => ({ type: 'string', default: value });
const { values } = parseArgs({
  options: { rounds: text('20'), releases: text('20'), packaged: { type: 'string' } },
});
register('./typescript.mjs', import.meta.url);
const { benchStartup } = await import('./startup.ts');
const folder = mkdtempSync(join(tmpdir(), 'kubectl-releases-startup-'));
try {
  await benchStartup({
    folder,
    rounds: Number(values.rounds),
    releases: Number(values.releases),
    program: await bundle({ out: join(folder, 'program') }),
    packaged: values.packaged ?? makePackaged(join(folder, 'packages')),
  });
} finally {
  rmSync(folder, { recursive: true, force: true });
}
