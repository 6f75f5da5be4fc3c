/**
 * Finds etcd and kube-apiserver, or makes them: what KUBEBUILDER_ASSETS names, what an earlier run left
 * in the cache, the binaries that the Kubernetes project publishes for tests, a build of their modules.
 */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { addProgram, cacheFolder } from './cache.ts';
import { downloadEnvtest, envtestVersion } from './envtest.ts';
import { buildProgram, builtVersion } from './gobuild.ts';

export interface Binaries {
  readonly etcd: string;
  readonly apiserver: string;
}

/** One line to the person who waits. */
export type Say = (line: string) => void;

const names = ['etcd', 'kube-apiserver'] as const;

/**
 * @throws Error when none can be had; the message says what was tried and what helps
 */
export async function findBinaries(say: Say): Promise<Binaries> {
  const assets = process.env.KUBEBUILDER_ASSETS;
  if (assets) {
    if (complete(assets)) return inFolder(assets);
    throw new Error(`KUBEBUILDER_ASSETS (${assets}) holds no etcd and kube-apiserver`);
  }
  const built = cacheFolder(`cluster-${builtVersion}`);
  const published = cacheFolder(`cluster-${envtestVersion}`);
  for (const folder of [built, published]) if (complete(folder)) return inFolder(folder);

  const noDownload = await tryDownload(published, say);
  if (noDownload === undefined) return inFolder(published);
  say(`test binaries: no download (${noDownload}); building etcd and kube-apiserver, once`);
  try {
    for (const name of names)
      await addProgram(join(built, name), (path) => buildProgram(name, path, say));
  } catch (error) {
    throw new Error(
      `the tests need etcd and kube-apiserver. The download failed: ${noDownload}. ` +
        `The build failed: ${reason(error)}. ` +
        'Set KUBEBUILDER_ASSETS to a folder that holds both, or install Go.',
    );
  }
  return inFolder(built);
}

/** @returns why there is no download, or undefined when it is in place */
async function tryDownload(folder: string, say: Say): Promise<string | undefined> {
  try {
    const programs = await downloadEnvtest(names, say);
    for (const [name, write] of programs) await addProgram(join(folder, name), write);
    return undefined;
  } catch (error) {
    return reason(error);
  }
}

function complete(folder: string): boolean {
  return names.every((name) => existsSync(join(folder, name)));
}

function inFolder(folder: string): Binaries {
  return { etcd: join(folder, 'etcd'), apiserver: join(folder, 'kube-apiserver') };
}

function reason(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  // fetch says "fetch failed" and keeps what happened in its cause.
  return error.cause instanceof Error ? error.cause.message : error.message;
}
