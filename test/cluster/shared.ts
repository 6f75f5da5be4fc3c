/**
 * What tests of the `cluster` project ask for: the one cluster of this run, and the real clients.
 * Anything a test creates goes into namespaces of its own: other files share the cluster.
 */
import { mkdirSync, mkdtempSync } from 'node:fs';
import { join } from 'node:path';
import { inject } from 'vitest';
import { type ClientPaths, type Run, runnerIn } from './clients.ts';
import { type Cluster, type ClusterInfo, connect } from './cluster.ts';

declare module 'vitest' {
  interface ProvidedContext {
    cluster: ClusterInfo;
    clients: ClientPaths;
  }
}

export interface Clients extends ClientPaths {
  readonly run: Run;
}

export function useCluster(): Cluster {
  return connect(inject('cluster'));
}

/** `run` has a HOME of its own for each call of this function, removed with the cluster. */
export function useClients(): Clients {
  const homes = join(inject('cluster').folder, 'homes');
  mkdirSync(homes, { recursive: true });
  return { ...inject('clients'), run: runnerIn(mkdtempSync(join(homes, 'home-'))) };
}
