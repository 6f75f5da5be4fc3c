/**
 * What tests of the `cluster` project ask for: the one cluster of this run, and the real clients.
 * Anything a test creates goes into namespaces of its own: other files share the cluster.
 */
import { createHash } from 'node:crypto';
import { mkdirSync, mkdtempSync } from 'node:fs';
import { basename, join } from 'node:path';
import { expect, inject } from 'vitest';
import { type ClientPaths, type HelmWord, type Run, runnerIn } from './clients.ts';
import { type Cluster, type ClusterInfo, connect } from './cluster.ts';

declare module 'vitest' {
  interface ProvidedContext {
    cluster: ClusterInfo;
    clients: ClientPaths;
  }
}

export interface Clients extends ClientPaths {
  /** One of each, chosen by the name of the test's file: see `helmsFor`. */
  readonly helm3: string;
  readonly helm4: string;
  readonly run: Run;
}

const choices = { helm3: ['helm3.8', 'helm3.22'], helm4: ['helm4.1', 'helm4.3'] } as const;

/**
 * A test that needs some helm 3 or 4 gets an old or the newest one, by its file's name: both are tried, each
 * by half of the files, and none runs twice. TEST_HELMS, `old` or `new`, chooses for all of them.
 */
export function helmsFor(file: string): { readonly helm3: HelmWord; readonly helm4: HelmWord } {
  const { TEST_HELMS } = process.env;
  const digest = createHash('sha256').update(basename(file)).digest();
  const pick = (byte: number) =>
    TEST_HELMS ? Number(TEST_HELMS === 'new') : (digest[byte] ?? 0) % 2;
  return { helm3: choices.helm3[pick(0) ? 1 : 0], helm4: choices.helm4[pick(1) ? 1 : 0] };
}

export function useCluster(): Cluster {
  return connect(inject('cluster'));
}

/** `run` has a HOME of its own for each call of this function, removed with the cluster. */
export function useClients(): Clients {
  const homes = join(inject('cluster').folder, 'homes');
  mkdirSync(homes, { recursive: true });
  const clients = inject('clients');
  const { helm3, helm4 } = helmsFor(expect.getState().testPath ?? '');
  const chosen = { helm3: clients.helms[helm3], helm4: clients.helms[helm4] };
  return { ...clients, ...chosen, run: runnerIn(mkdtempSync(join(homes, 'home-'))) };
}
