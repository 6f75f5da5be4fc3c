// How fast the commands that read are, beside the real helm 3 and 4, on one real API server in one run:
//
//   node test/bench/list.mjs [--releases 500] [--revisions 10] [--rounds 5] [--seed 1] [--program FILE]
//                            [--packaged FILE]
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
  options: {
    releases: text('500'),
    revisions: text('10'),
    rounds: text('5'),
    seed: text('1'),
    program: { type: 'string' },
    packaged: { type: 'string' },
  },
});
register('./typescript.mjs', import.meta.url);
const { benchReading } = await import('./reading.ts');
const folder = mkdtempSync(join(tmpdir(), 'kubectl-releases-list-'));
try {
  await benchReading({
    folder,
    releases: Number(values.releases),
    revisions: Number(values.revisions),
    rounds: Number(values.rounds),
    seed: Number(values.seed),
    program: values.program ?? (await bundle({ out: join(folder, 'program') })),
    packaged: values.packaged ?? makePackaged(join(folder, 'packages')),
  });
} finally {
  rmSync(folder, { recursive: true, force: true });
}
