/**
 * Finds etcd and kube-apiserver, or makes them: what KUBEBUILDER_ASSETS names, what an earlier run left
 * in the cache, the binaries that the Kubernetes project publishes for tests, a build of their modules.
 */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { addProgram } from './cache.ts';
import { cacheFolder } from './cacheFolder.mjs';
import { downloadEnvtest } from './envtest.ts';
import { build } from './gobuild.ts';
import { apiserver, builtProgram, etcd, wantedKubernetes } from './recipes.mjs';

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
  const version = wantedKubernetes();
  const server = apiserver(version);
  const built = { etcd: builtProgram(etcd), apiserver: builtProgram(server) };
  if (existsSync(built.etcd) && existsSync(built.apiserver)) return built;

  const noDownload = await download(version, say);
  if (typeof noDownload !== 'string') return noDownload;
  say(`test programs: no download (${noDownload})`);
  try {
    return { etcd: await build(etcd, say), apiserver: await build(server, say) };
  } catch (error) {
    throw new Error(
      `the tests need etcd and kube-apiserver. The download failed: ${noDownload}. ` +
        `The build failed: ${reason(error)}. ` +
        'Set KUBEBUILDER_ASSETS to a folder that holds both, or install Go.',
    );
  }
}

/** @returns the published programs of that version's minor, or why there are none */
async function download(version: string, say: Say): Promise<Binaries | string> {
  const published = `${version.split('.').slice(0, 2).join('.')}.0`;
  const folder = cacheFolder(`cluster-${published}`);
  if (complete(folder)) return inFolder(folder);
  try {
    const programs = await downloadEnvtest(published, names, say);
    for (const [name, write] of programs) await addProgram(join(folder, name), write);
    return inFolder(folder);
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
