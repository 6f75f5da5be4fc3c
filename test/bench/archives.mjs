// How long backups and restores take, and how much memory, for 1,000 and for 10,000 records:
//
//   node test/bench/archives.mjs [--sizes 1000,10000] [--program FILE]
//
// Ratios travel, milliseconds don't. Nothing else should run meanwhile.
import { mkdtempSync, rmSync } from 'node:fs';
import { register } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { bundle } from '../../scripts/build.mjs';

const { values } = parseArgs({
  options: { sizes: { type: 'string', default: '1000,10000' }, program: { type: 'string' } },
});

register('./typescript.mjs', import.meta.url);
const { benchArchives } = await import('./archives.ts');
const folder = mkdtempSync(join(tmpdir(), 'kubectl-releases-bench-'));
try {
  await benchArchives({
    folder,
    sizes: values.sizes.split(',').map(Number),
    program: values.program ?? (await bundle({ out: join(folder, 'program') })),
  });
} finally {
  rmSync(folder, { recursive: true, force: true });
}
