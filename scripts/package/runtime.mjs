// Bun for a platform, out of its registry package: fetched by npm itself, checked against the pinned
// checksum, and kept between runs beside the tests' other programs.
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import {
  chmodSync,
  createReadStream,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { homedir, tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { createGunzip } from 'node:zlib';
import { extract } from 'tar-stream';
import { npm } from '../setup.mjs';
import { bunVersion } from './platforms.mjs';

/**
 * @param {import('./platforms.mjs').Platform} platform
 * @param {(line: string) => void} say
 * @returns {Promise<string>} the path of the runtime
 */
export async function runtimeOf({ os, runtime, integrity }, say) {
  const file = os === 'windows' ? 'bun.exe' : 'bun';
  const kept = join(cache(), `${runtime.split('/').pop()}-${bunVersion}`, file);
  if (existsSync(kept)) return kept;
  say(`runtime: fetching ${runtime} ${bunVersion}`);
  const folder = mkdtempSync(join(tmpdir(), 'kubectl-releases-runtime-'));
  try {
    const tarball = fetched(`${runtime}@${bunVersion}`, folder);
    const hash = createHash('sha512').update(readFileSync(tarball)).digest('base64');
    if (`sha512-${hash}` !== integrity)
      throw new Error(
        `${runtime}@${bunVersion} is not what is pinned: its checksum is sha512-${hash}`,
      );
    const program = await programIn(tarball, `package/bin/${file}`);
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

async function programIn(tarball, name) {
  const parts = [];
  const reader = extract();
  reader.on('entry', (header, stream, next) => {
    if (header.name === name) stream.on('data', (part) => parts.push(part));
    stream.on('end', next).resume();
  });
  await pipeline(createReadStream(tarball), createGunzip(), reader);
  if (parts.length === 0) throw new Error(`the runtime's package holds no ${name}`);
  return Buffer.concat(parts);
}
