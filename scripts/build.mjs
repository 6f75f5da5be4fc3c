// src/main.ts and everything it needs, as one file that starts fast: dist/kubectl-releases.js.
import { chmodSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { build } from 'esbuild';

const root = dirname(dirname(fileURLToPath(import.meta.url)));

/**
 * @param {{ entry?: string, out?: string }} [where] the entry file and the folder to write into
 * @returns {Promise<string>} the path of the bundle
 */
export async function bundle({ entry = 'src/main.ts', out = join(root, 'dist') } = {}) {
  const file = join(out, 'kubectl-releases.js');
  const fresh = `${file}.${process.pid}.tmp`;
  mkdirSync(out, { recursive: true });
  try {
    await build({ ...settings(entry), outfile: fresh });
    chmodSync(fresh, 0o755);
    // The package says "module"; the bundle's folder has to say otherwise before Node reads it.
    writeFileSync(join(out, 'package.json'), '{ "type": "commonjs" }\n');
    renameSync(fresh, file);
  } finally {
    rmSync(fresh, { force: true });
  }
  return file;
}

/** @returns {Promise<string[]>} the folders of the packages that are in the bundle, below the root, sorted */
export async function bundledPackages(entry = 'src/main.ts') {
  const { metafile } = await build({ ...settings(entry), metafile: true, write: false });
  const inside = /^(?:.*\/)?node_modules\/(?:@[^/]+\/)?[^/]+/;
  const folders = Object.keys(metafile.inputs).flatMap((path) => path.match(inside) ?? []);
  return [...new Set(folders)].sort();
}

/** @returns {import('esbuild').BuildOptions} */
function settings(entry) {
  const { version } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));
  return {
    absWorkingDir: root,
    entryPoints: [entry],
    bundle: true,
    platform: 'node',
    target: 'node20.19',
    // CommonJS starts faster than ESM on Node, and the file also runs under a name without an
    // ending, as kubectl wants its plugins.
    format: 'cjs',
    minify: true,
    banner: { js: '#!/usr/bin/env node' },
    define: { __VERSION__: JSON.stringify(version) },
    legalComments: 'none',
    logLevel: 'warning',
  };
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) await bundle();
