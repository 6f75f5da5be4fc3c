// The program's modules and Bun as one executable file.
import { spawnSync } from 'node:child_process';
import {
  chmodSync,
  cpSync,
  mkdtempSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, dirname, join } from 'node:path';
import { signed } from './codeSignature.mjs';
import { programOf } from './platforms.mjs';

/**
 * @param {object} parts
 * @param {import('./platforms.mjs').Platform} parts.platform
 * @param {string} parts.script the path of the module that starts, in a folder with all of them
 * @param {string} parts.runtime the path of Bun for the platform
 * @param {string} parts.compiler the path of Bun for this machine
 * @returns {Buffer} the program; the same bytes for the same parts
 */
export function executable({ platform, script, runtime, compiler }) {
  const folder = mkdtempSync(join(tmpdir(), 'kubectl-releases-compile-'));
  const made = 'made';
  try {
    cpSync(dirname(script), folder, { recursive: true });
    compile(compiler, folder, [
      ...['build', `./${basename(script)}`, '--compile', '--bytecode', '--minify', '--format=esm'],
      // What a command doesn't need is not loaded; very small parts would take longer than they spare.
      ...['--splitting', '--min-chunk-size=16384'],
      // Most runs end before code that is compiled anew, and better, has paid for it.
      '--compile-jit-policy=4',
      ...[`--target=${platform.target}`, `--compile-executable-path=${runtime}`],
      // Nothing in the folder where somebody happens to stand changes what the program does.
      ...['dotenv', 'bunfig', 'tsconfig', 'package-json'].map(
        (one) => `--no-compile-autoload-${one}`,
      ),
      ...['--outfile', made],
    ]);
    const file = platform.os === 'windows' ? `${made}.exe` : made;
    const program = readFileSync(join(folder, file));
    // Bun leaves Apple's signature of the bare runtime on the amd64 program, where it no longer holds.
    return platform.os === 'darwin' ? signed(program, programOf(platform)) : program;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function compile(compiler, cwd, args) {
  const { PATH = '', TMPDIR = tmpdir() } = process.env;
  const env = { PATH, TMPDIR, HOME: cwd, TZ: 'UTC' };
  const { status, error, stdout, stderr } = spawnSync(compiler, args, {
    cwd,
    env,
    encoding: 'utf8',
  });
  if (status === 0) return;
  throw new Error(`bun build failed: ${error?.message ?? `${stdout}${stderr}`.trim()}`);
}

/** Puts a program in place whole, executable by everybody. */
export function writeProgram(path, program) {
  const fresh = `${path}.${process.pid}.tmp`;
  writeFileSync(fresh, program);
  chmodSync(fresh, 0o755);
  renameSync(fresh, path);
}
