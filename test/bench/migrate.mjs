// How fast a migration is, beside the bare loop that writes the same ready-made Secrets, on one real
// API server; and where the time goes:
//
//   node test/bench/migrate.mjs [--releases 200] [--revisions 10] [--rounds 5] [--seed 1]
//                               [--program FILE] [--packaged FILE] [-- OPTIONS of migrate2to3]
//
// Ratios travel, milliseconds don't. Nothing else should run meanwhile.
import { mkdtempSync, rmSync } from 'node:fs';
import { register } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { build } from 'esbuild';
import { bundle } from '../../scripts/build.mjs';
import { makePackaged } from './packaged.mjs';

const text = (value) => ({ type: 'string', default: value });
const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    releases: text('200'),
    revisions: text('10'),
    rounds: text('5'),
    seed: text('1'),
    program: { type: 'string' },
    packaged: { type: 'string' },
  },
});

const root = fileURLToPath(new URL('../..', import.meta.url));
register('./typescript.mjs', import.meta.url);
const { benchMigration } = await import('./migration.ts');
const folder = mkdtempSync(join(tmpdir(), 'kubectl-releases-bench-'));
try {
  const readable = join(folder, 'readable.cjs');
  const options = {
    bundle: true,
    logLevel: 'warning',
    platform: 'node',
    target: 'node20.19',
    format: 'cjs',
  };
  const define = { __VERSION__: '"bench"' };
  await build({
    absWorkingDir: root,
    entryPoints: ['src/main.ts'],
    outfile: readable,
    define,
    ...options,
  });
  await benchMigration({
    folder,
    readable,
    releases: Number(values.releases),
    revisions: Number(values.revisions),
    rounds: Number(values.rounds),
    seed: Number(values.seed),
    packaged: values.packaged ?? makePackaged(join(folder, 'packages')),
    program: values.program ?? (await bundle({ out: join(folder, 'program') })),
    args: positionals,
  });
} finally {
  rmSync(folder, { recursive: true, force: true });
}
