// src/main.ts and everything it needs, in a form that starts fast: dist/kubectl-releases.js and its parts.
import {
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { basename, dirname, join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { build, transform } from 'esbuild';
import { libraryTypes } from './libraryTypes.mjs';

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const name = 'kubectl-releases';
const target = 'node20.19';
const hashBang = '#!/usr/bin/env node';
/** A file for each part that is loaded when it is needed. */
const inParts = { format: 'esm', splitting: true, entryNames: name, chunkNames: 'parts/[hash]' };

/**
 * The program as npm installs it: a small file that starts, and a file for each part that is loaded when
 * it is needed. Node reads and compiles all of a file before it runs any of it, and that is most of the
 * time that a start takes.
 * @param {{ entry?: string, out?: string }} [where] the entry file and the folder to write into
 * @returns {Promise<string>} the path of the file that starts
 */
export async function bundle({ entry = 'src/main.ts', out = join(root, 'dist') } = {}) {
  const { outputFiles } = await build({
    ...settings(entry),
    // esbuild divides ES modules only; each is turned into CommonJS after that.
    ...{ ...inParts, outdir: out, write: false },
  });
  const parts = join(out, 'parts');
  mkdirSync(parts, { recursive: true });
  // The package says "module"; the program's folder has to say otherwise before Node reads it.
  writeFileSync(join(out, 'package.json'), '{ "type": "commonjs" }\n');
  // The file that starts comes last: until then the one that was there finds its parts.
  const start = join(out, `${name}.js`);
  const files = outputFiles.filter(({ path }) => path !== start);
  const kept = new Set(files.map(({ path }) => basename(path)));
  for (const { path, text } of files) put(path, await commonJs(text));
  const main = outputFiles.find(({ path }) => path === start);
  put(start, `${hashBang}\n${await commonJs(main.text)}`);
  for (const old of readdirSync(parts))
    if (!kept.has(old)) rmSync(join(parts, old), { force: true });
  return start;
}

/**
 * The same program and its parts as ES modules, for a compiler that makes one program of them.
 * @param {string} out the folder to write into
 * @returns {Promise<string>} the path of the file that starts
 */
export async function modules(out) {
  await build({ ...settings(), ...inParts, outdir: out });
  return join(out, `${name}.js`);
}

/**
 * What the sources export, for a script: Node itself reads no TypeScript.
 * @param {string} code of a module in the repository's folder, which exports it
 */
export async function fromSources(code) {
  const folder = mkdtempSync(join(tmpdir(), `${name}-sources-`));
  const outfile = join(folder, 'sources.cjs');
  const { entryPoints, ...rest } = settings();
  try {
    await build({ ...rest, stdin: { contents: code, resolveDir: root }, format: 'cjs', outfile });
    return createRequire(import.meta.url)(outfile);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/**
 * `kubectl-releases/codecs` and `/stores`, for programs of others: ES modules and their types.
 * @param {string} [out] the folder to write into
 */
export async function library(out = join(root, 'dist')) {
  await build({
    ...settings(),
    entryPoints: ['src/library/codecs.ts', 'src/library/stores.ts'],
    ...{ format: 'esm', splitting: true, minify: false },
    ...{ outdir: join(out, 'library'), chunkNames: 'parts/[hash]' },
    // Some of what is bundled asks for Node's modules with require.
    banner: {
      js: "import { createRequire } from 'node:module'; const require = createRequire(import.meta.url);",
    },
  });
  writeFileSync(join(out, 'library', 'package.json'), '{ "type": "module" }\n');
  libraryTypes(join(out, 'types'));
}

/** CommonJS starts faster than ES modules, and also under a name without an ending, as kubectl wants it. */
async function commonJs(text) {
  const { code } = await transform(text, {
    ...{ format: 'cjs', platform: 'node', target, minify: true },
    // Otherwise Node's loader of ES modules would be needed for every part.
    supported: { 'dynamic-import': false },
  });
  return code;
}

/** Puts a file in place whole: a run that has begun meanwhile reads the old one or the new one. */
function put(path, text) {
  const fresh = `${path}.${process.pid}.tmp`;
  writeFileSync(fresh, text, { mode: 0o755 });
  renameSync(fresh, path);
}

/** @returns {Promise<string[]>} the folders of the packages that are in the bundle, below the root, sorted */
export async function bundledPackages(entry = 'src/main.ts') {
  const { metafile } = await build({
    ...settings(entry),
    format: 'cjs',
    metafile: true,
    write: false,
  });
  const inside = /^(?:.*\/)?node_modules\/(?:@[^/]+\/)?[^/]+/;
  const folders = Object.keys(metafile.inputs).flatMap((path) => path.match(inside) ?? []);
  return [...new Set(folders)].sort();
}

/** @returns {import('esbuild').BuildOptions} */
function settings(entry = 'src/main.ts') {
  const { version } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));
  return {
    absWorkingDir: root,
    entryPoints: [entry],
    bundle: true,
    platform: 'node',
    target,
    minify: true,
    define: { __VERSION__: JSON.stringify(version) },
    legalComments: 'none',
    logLevel: 'warning',
  };
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) await bundle();
