// Runtimes out of their registry packages: fetched by npm itself, checked against the pinned
// checksum, and kept between runs beside the tests' other programs.
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { homedir, tmpdir } from 'node:os';
import { basename, dirname, join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { unpackTar } from 'modern-tar';
import { npm } from '../setup.mjs';
import { bunVersion } from './platforms.mjs';

/**
 * @param {import('./platforms.mjs').Platform} platform
 * @param {(line: string) => void} say
 * @returns {Promise<string>} the path of Bun for the platform
 */
export function runtimeOf({ os, runtime, integrity }, say) {
  const file = os === 'windows' ? 'bin/bun.exe' : 'bin/bun';
  return programOfPackage({ name: runtime, version: bunVersion, integrity, file }, say);
}

/**
 * @param {{ name: string, version: string, integrity: string, file: string }} wanted a file of a package,
 *   and the package's checksum as the registry gives it
 * @param {(line: string) => void} say
 * @returns {Promise<string>} the path of the program
 */
export async function programOfPackage({ name, version, integrity, file }, say) {
  const kept = join(cache(), `${name.split('/').pop()}-${version}`, basename(file));
  if (existsSync(kept)) return kept;
  say(`runtime: fetching ${name} ${version}`);
  const folder = mkdtempSync(join(tmpdir(), 'kubectl-releases-runtime-'));
  try {
    const tarball = fetched(`${name}@${version}`, folder);
    const hash = createHash('sha512').update(readFileSync(tarball)).digest('base64');
    if (`sha512-${hash}` !== integrity)
      throw new Error(`${name}@${version} is not what is pinned: its checksum is sha512-${hash}`);
    const program = await fileIn(tarball, `package/${file}`);
    // Two runs may do this at once: the file appears whole.
    const fresh = `${kept}.${process.pid}.tmp`;
    mkdirSync(dirname(kept), { recursive: true });
    writeFileSync(fresh, program);
    chmodSync(fresh, 0o755);
    renameSync(fresh, kept);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
  return kept;
}

function cache() {
  const base = process.env.XDG_CACHE_HOME || join(homedir(), '.cache');
  return join(base, 'kubectl-releases');
}

function fetched(spec, folder) {
  const { command, args } = npm();
  const { status, stdout, stderr, error } = spawnSync(
    command,
    [...args, 'pack', spec, '--json', '--silent', '--pack-destination', folder],
    { encoding: 'utf8', shell: command === 'npm' && process.platform === 'win32' },
  );
  if (status !== 0) throw new Error(`npm pack ${spec} failed: ${error?.message ?? stderr.trim()}`);
  const [packed] = Object.values(JSON.parse(stdout));
  return join(folder, packed.filename);
}

async function fileIn(tarball, name) {
  const options = { filter: (header) => header.name === name };
  const [entry] = await unpackTar(gunzipSync(readFileSync(tarball)), options);
  if (!entry?.data) throw new Error(`the package holds no ${name}`);
  return entry.data;
}
