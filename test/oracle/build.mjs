// Builds the oracle's Go programs, once for each state of their sources, and says where they are:
//
//   node test/oracle/build.mjs helm2        prints the program's path
//
// A cold build fetches Helm's modules and takes a minute or two; the program is kept in the user's
// cache folder.
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { argv, env, pid, platform, stderr } from 'node:process';
import { fileURLToPath } from 'node:url';
import { cacheFolder } from '../cluster/cacheFolder.mjs';

const here = dirname(fileURLToPath(import.meta.url));

/** The Go modules here, each a program. */
export const programs = ['helm2', 'helm34', 'kubectl'];

/**
 * The path of a program of today's sources, built if it isn't there yet.
 * @param {string} name one of `programs`
 * @throws Error when Go is missing or refuses; the message ends with what Go said
 */
export function oracleProgram(name) {
  if (!programs.includes(name)) throw new Error(`the oracle's programs are ${programs.join(', ')}`);
  const folder = join(here, name);
  const program = programPath(name);
  if (existsSync(program)) return program;
  stderr.write(`oracle: building ${name} from its Go modules (a minute or two, once) …\n`);
  mkdirSync(dirname(program), { recursive: true });
  // Two runs may build at once, and either may be stopped: the program appears whole or not at all.
  const temporary = `${program}.${pid}.tmp`;
  try {
    const built = spawnSync('go', ['build', '-trimpath', '-o', temporary, '.'], {
      cwd: folder,
      env: { ...env, CGO_ENABLED: '0', GOWORK: 'off' },
      encoding: 'utf8',
      stdio: ['ignore', 'ignore', 'pipe'],
    });
    if (built.error?.code === 'ENOENT') throw new Error('oracle: there is no Go on the PATH');
    if (built.error) throw built.error;
    if (built.status !== 0)
      throw new Error(`oracle: go build failed: ${built.stderr.slice(-2000)}`);
    renameSync(temporary, program);
  } finally {
    rmSync(temporary, { force: true });
  }
  return program;
}

/**
 * Where the program of today's sources lies, once it is built.
 * @param {string} name one of `programs`
 */
export function programPath(name) {
  const file = platform === 'win32' ? `${name}.exe` : name;
  return join(cacheFolder(`oracle-${name}-${sourceHash(join(here, name))}`), file);
}

/** What the program is made of, in 16 hexadecimal digits. */
function sourceHash(folder) {
  const hash = createHash('sha256');
  for (const file of readdirSync(folder).sort()) {
    if (!/\.go$|^go\.(mod|sum)$/.test(file)) continue;
    hash
      .update(`${file}\0`)
      .update(readFileSync(join(folder, file)))
      .update('\0');
  }
  return hash.digest('hex').slice(0, 16);
}

if (argv[1] === fileURLToPath(import.meta.url)) {
  try {
    console.log(oracleProgram(argv[2] ?? ''));
  } catch (error) {
    console.error(error.message);
    process.exitCode = 1;
  }
}
