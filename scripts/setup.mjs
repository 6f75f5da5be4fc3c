// What the README's two commands do before their own work: packages and the build, each only when
// missing or out of date, with one line saying so. Node's own modules only: nothing is installed yet.
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

export const root = dirname(dirname(fileURLToPath(import.meta.url)));
const bundle = join(root, 'dist', 'kubectl-releases.js');
const stamp = join(root, 'node_modules', '.cache', 'kubectl-releases', 'built-from');

/** Installs the locked packages when node_modules is missing or holds other versions. */
export function ensurePackages() {
  if (packagesMatch()) return;
  console.log('packages: installing what package-lock.json names (npm ci) …');
  const { command, args } = npm();
  const ci = ['ci', '--no-audit', '--no-fund'];
  must('npm ci', spawnSync(command, [...args, ...ci], quiet(process.platform === 'win32')));
}

/** Builds dist when it is missing or was built from other sources. */
export function ensureBuild() {
  const now = sourceHash();
  if (existsSync(bundle) && readOr(stamp) === now) return;
  console.log('build: making dist/kubectl-releases.js …');
  const build = [join(root, 'scripts', 'build.mjs')];
  must('the build', spawnSync(process.execPath, build, quiet(false)));
  mkdirSync(dirname(stamp), { recursive: true });
  writeFileSync(stamp, now);
}

// npm leaves what it installed in node_modules/.package-lock.json. Packages for other platforms are
// not in it, so optional ones only count when they are there with another version.
function packagesMatch() {
  const installed = readOr(join(root, 'node_modules', '.package-lock.json'));
  if (installed === undefined) return false;
  const have = JSON.parse(installed).packages;
  const want = JSON.parse(readFileSync(join(root, 'package-lock.json'), 'utf8')).packages;
  return Object.entries(want).every(([path, locked]) => {
    if (path === '') return true;
    if (have[path] === undefined) return locked.optional === true || locked.devOptional === true;
    return have[path].version === locked.version && have[path].integrity === locked.integrity;
  });
}

// Under `npm run`, the very npm that runs this script; else the one on the PATH.
export function npm() {
  const script = process.env.npm_execpath;
  return script?.endsWith('.js') || script?.endsWith('.cjs')
    ? { command: process.execPath, args: [script] }
    : { command: 'npm', args: [] };
}

function quiet(shell) {
  return { cwd: root, encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'], shell };
}

function must(what, { status, error, stdout, stderr }) {
  if (status === 0) return;
  process.stderr.write(`${stdout ?? ''}${stderr ?? ''}`);
  console.error(
    `error: ${what} failed${error ? `: ${error.message}` : ` with exit code ${status}`}`,
  );
  process.exit(1);
}

// Content, not times: a checkout gives every file the time of the checkout.
function sourceHash() {
  const hash = createHash('sha256');
  const inputs = ['package.json', 'package-lock.json', 'tsconfig.json', 'scripts/build.mjs'];
  for (const path of [...inputs, ...filesUnder('src')]) {
    const bytes = readFileSync(join(root, path));
    hash.update(`${path}\n${bytes.length}\n`).update(bytes);
  }
  return hash.digest('hex');
}

function filesUnder(folder) {
  return readdirSync(join(root, folder), { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath ?? entry.path, entry.name).slice(root.length + 1))
    .sort();
}

function readOr(path) {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return undefined;
  }
}
