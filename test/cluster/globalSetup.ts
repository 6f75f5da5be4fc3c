/** Runs once, before the first test that needs a cluster, and only if one was selected. */
import type { TestProject } from 'vitest/node';
import { findClients } from './clients.ts';
import { startCluster } from './cluster.ts';
import type {} from './shared.ts';

export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  const say = (line: string) => console.log(line);
  project.provide('clients', await findClients(say));
  const cluster = await startCluster(say);
  project.provide('cluster', { server: cluster.server, folder: cluster.folder });
  return () => cluster.stop();
}
