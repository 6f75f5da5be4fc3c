/**
 * One process, two API servers, each with an authority of its own: neither lends the other its trust or
 * its user. A runtime that shares TLS settings between connections would.
 */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { startCluster } from '../cluster/cluster.ts';
import { useClients, useCluster } from '../cluster/shared.ts';
import { sketchRecord } from '../unit/cli-records.ts';
import { builtProgram, type Program, put } from './kubectl-program.ts';

interface Kubeconfig {
  clusters: { cluster: { 'certificate-authority-data': string } }[];
  users: { user: { 'client-certificate-data': string; 'client-key-data': string } }[];
}

const here = useCluster();
const { run } = useClients();
const folder = mkdtempSync(join(tmpdir(), 'two-clusters-'));
let there: Awaited<ReturnType<typeof startCluster>>;
let namespace: string;
let program: Program;

beforeAll(async () => {
  there = await startCluster();
  namespace = await here.namespace('two');
  await there.must('POST', '/api/v1/namespaces', { metadata: { name: namespace } });
  await put(here, sketchRecord({ namespace, name: 'billing' }));
  program = builtProgram(run, here.adminKubeconfig);
}, 120_000);
afterAll(async () => {
  rmSync(folder, { recursive: true });
  await there.stop();
});

const read = (path: string) => parse(readFileSync(path, 'utf8')) as Kubeconfig;

/** The other cluster's kubeconfig with a part of the first one's. */
function mixed(part: 'authority' | 'user'): string {
  const [own, foreign] = [read(there.adminKubeconfig), read(here.adminKubeconfig)];
  const config =
    part === 'authority'
      ? { ...own, clusters: foreignAuthority(own, foreign) }
      : { ...own, users: foreign.users };
  const path = join(folder, `${part}.kubeconfig`);
  writeFileSync(path, JSON.stringify(config));
  return path;
}

function foreignAuthority(own: Kubeconfig, foreign: Kubeconfig) {
  const authority = foreign.clusters[0]?.cluster['certificate-authority-data'];
  return own.clusters.map(({ cluster, ...rest }) => ({
    ...rest,
    cluster: { ...cluster, 'certificate-authority-data': authority },
  }));
}

const copyTo = (kubeconfig: string) =>
  program(['copy', 'billing', '-n', namespace, '--to-kubeconfig', kubeconfig, '--yes']);
const recordsThere = async () => {
  const { body } = await there.request('GET', `/api/v1/namespaces/${namespace}/secrets`);
  return (body as { items: { metadata: { name: string } }[] }).items.map(
    (one) => one.metadata.name,
  );
};

describe('a copy from one cluster into another', () => {
  it('does not trust the second for the authority of the first', async () => {
    const { code, stderr } = await copyTo(mixed('authority'));
    expect(code).toBe(1);
    expect(stderr).toMatch(/certificate/);
    expect(await recordsThere()).toEqual([]);
  });

  it('does not bring the user of the first to the second', async () => {
    const { code, stderr } = await copyTo(mixed('user'));
    expect(code).toBe(1);
    expect(stderr).toMatch(/^error: .*(credentials|unauthorized|who you are)/im);
    expect(await recordsThere()).toEqual([]);
  });

  it('reads with the one and writes with the other', async () => {
    const { code, stderr, stdout } = await copyTo(there.adminKubeconfig);
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    expect(stdout).toContain('1 record created');
    expect(await recordsThere()).toEqual(['sh.helm.release.v1.billing.v1']);
  });
});
