/**
 * Builds etcd and kube-apiserver from their published Go modules: a main package of a few lines each
 * in `build/`, with every version pinned by its go.sum. Minutes, once; the result is cached.
 */
import { spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import type { Say } from './binaries.ts';

export const builtVersion = '1.35.4';

const folder = fileURLToPath(new URL('build/', import.meta.url));
const progressMs = 15_000;

const versionFlags = {
  gitVersion: `v${builtVersion}`,
  gitMajor: '1',
  gitMinor: '35',
  gitTreeState: 'clean',
};

const recipes = {
  etcd: { main: './etcd', ldflags: '-s -w' },
  // Without these the server calls itself v0.0.0, which clients take for too old.
  'kube-apiserver': {
    main: './apiserver',
    ldflags: [
      '-s -w',
      ...Object.entries(versionFlags).map(
        ([name, value]) => `-X k8s.io/component-base/version.${name}=${value}`,
      ),
    ].join(' '),
  },
} as const;

/**
 * @param path where the program is written
 * @throws Error when Go is missing or refuses; the message ends with what Go said
 */
export async function buildProgram(
  name: keyof typeof recipes,
  path: string,
  say: Say,
): Promise<void> {
  const { main, ldflags } = recipes[name];
  const started = Date.now();
  const seconds = () => Math.round((Date.now() - started) / 1000);
  const step = `test binaries: building ${name}`;
  say(`${step} from its Go modules (about ${name === 'etcd' ? 'one minute' : 'five minutes'}) …`);
  const ticking = setInterval(() => say(`${step}: ${seconds()} s`), progressMs);
  try {
    // Without cgo the program needs no C compiler to build and no C library to run.
    await go(['build', '-trimpath', '-ldflags', ldflags, '-o', path, main], { CGO_ENABLED: '0' });
  } finally {
    clearInterval(ticking);
  }
  say(`${step}: done in ${seconds()} s`);
}

function go(args: readonly string[], env: NodeJS.ProcessEnv): Promise<void> {
  return new Promise((done, fail) => {
    const child = spawn('go', args, {
      cwd: folder,
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
