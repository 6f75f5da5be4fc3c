/** Builds what `recipes.mjs` describes. Minutes, once; the results are cached. */
import { spawn } from 'node:child_process';
import type { Say } from './binaries.ts';
import { addProgram } from './cache.ts';
import { builtProgram, type Recipe } from './recipes.mjs';

const progressMs = 30_000;

/**
 * The path of a program, which is built if it isn't there.
 * @throws Error when Go is missing or refuses; the message ends with what Go said
 */
export async function build(recipe: Recipe, say: Say): Promise<string> {
  const path = builtProgram(recipe);
  await addProgram(path, (temporary) => compile(recipe, temporary, say));
  return path;
}

async function compile(recipe: Recipe, path: string, say: Say): Promise<void> {
  const { name, version, main, ldflags, modfile, toolchain, minutes } = recipe;
  const started = Date.now();
  const seconds = () => Math.round((Date.now() - started) / 1000);
  const step = `test programs: building ${name} ${version}`;
  say(`${step} from its Go modules (about ${minutes} min) …`);
  const ticking = setInterval(() => say(`${step}: ${seconds()} s`), progressMs);
  const flags = ['-trimpath', '-ldflags', ['-s -w', ...ldflags].join(' '), '-o', path];
  const pins = modfile === undefined ? [] : [`-modfile=${modfile}`];
  // Without cgo the program needs no C compiler to build and no C library to run.
  const env = { CGO_ENABLED: '0', ...(toolchain && { GOTOOLCHAIN: toolchain }) };
  try {
    await go(['build', ...pins, ...flags, main], recipe.folder, env);
  } finally {
    clearInterval(ticking);
  }
  say(`${step}: done in ${seconds()} s`);
}

function go(args: readonly string[], cwd: string, env: NodeJS.ProcessEnv): Promise<void> {
  return new Promise((done, fail) => {
    const child = spawn('go', args, {
      cwd,
      env: { ...process.env, GOWORK: 'off', ...env },
      stdio: ['ignore', 'ignore', 'pipe'],
    });
    let said = '';
    child.stderr.setEncoding('utf8').on('data', (text: string) => {
      said = (said + text).slice(-2000);
    });
    child.on('error', (error: NodeJS.ErrnoException) =>
      fail(error.code === 'ENOENT' ? new Error('there is no Go on the PATH') : error),
    );
    child.on('close', (code) =>
      code === 0 ? done() : fail(new Error(`go build ended with ${code}: ${said.trim()}`)),
    );
  });
}
