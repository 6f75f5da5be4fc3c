/** `migrate2to3` beside the bare loop: rounds in turn, medians, ratios, and where the time goes. */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { encodePayload } from '../../src/codecs/index.ts';
import { mapLimit } from '../../src/parallel.ts';
import type { Release } from '../../src/release.ts';
import { clientCertificate } from '../cluster/certificates.ts';
import { findClients, runnerIn } from '../cluster/clients.ts';
import { type Cluster, startCluster } from '../cluster/cluster.ts';
import { checkAccepted } from './accepted.ts';
import { type Measured, measure, measureAlone } from './measure.ts';
import { profileTable } from './profile.ts';
import { makeReleases } from './releases.ts';
import { phaseTable, requestsOf } from './requests.ts';

export interface Bench {
  /** For files of the bench; it exists and is empty. */
  readonly folder: string;
  readonly releases: number;
  readonly revisions: number;
  readonly rounds: number;
  readonly seed: number;
  /** The built program, and the same not minified, for the profile. */
  readonly program: string;
  readonly readable: string;
  /** The standalone program. */
  readonly packaged: string;
  /** More options for `migrate2to3`. */
  readonly args: readonly string[];
}

const writers = 8;
const namespaceCount = 10;
const tiller = 'kube-system';

export async function benchMigration(bench: Bench): Promise<void> {
  const { folder, releases, revisions } = bench;
  const clients = await findClients(say);
  const cluster = await startCluster(say);
  try {
    const user = 'migrator';
    const kubeconfig = cluster.kubeconfigFor(user, ['system:masters']);
    const ours = await namespaces(cluster, 'apps');
    const bare = await namespaces(cluster, 'bare');
    const made = [...makeReleases({ ...bench, namespaces: ours })];
    await mapLimit(made, writers, (release) => writeSource(cluster, release));
    const place = { folder, cluster: cluster.folder };
    const migrate = (options: readonly string[], program = bench.program, node: string[] = []) => {
      const args = [...node, program, 'migrate2to3', '--all', ...options, ...bench.args];
      return measure(args, place, { KUBECONFIG: kubeconfig });
    };

    const standalone = (...options: string[]) =>
      measureAlone(bench.packaged, ['migrate2to3', '--all', ...options, ...bench.args], place, {
        KUBECONFIG: kubeconfig,
      });

    // The first one isn't counted: it warms the server, and makes what the bare loop writes.
    await migrate(['--yes']);
    const ready = await readyMade(cluster, ours, bare);
    if (ready.length !== releases * revisions) throw new Error(`${ready.length} Secrets written`);
    const kilobytes = sum(ready.map((line) => line.length)) / ready.length / 1024;
    say(`${releases} releases × ${revisions} revisions, from ConfigMaps to Secrets`);
    say(`of ${kilobytes.toFixed(0)} KB each on the wire, seed ${bench.seed}\n`);
    const plan = barePlan(cluster, folder, ready);
    const runs: { loop: Measured; migrated: Measured; alone: Measured }[] = [];
    for (let round = 1; round <= bench.rounds; round++) {
      await empty(cluster, [...ours, ...bare]);
      const all = await measure([bareLoopFile, plan], place);
      // Its process's start and end, and its reading of the file, don't count.
      const loop = { ...all, wall: Number(all.stdout) };
      await empty(cluster, bare);
      const migrated = await migrate(['--yes']);
      await empty(cluster, ours);
      const alone = await standalone('--yes');
      runs.push({ loop, migrated, alone });
      say(
        `  round ${round}: bare loop${seconds(loop.wall)}, on Node${seconds(migrated.wall)}, standalone${seconds(alone.wall)}`,
      );
    }
    const base = median(runs.map(({ loop }) => loop.wall));
    const row = (name: string, all: readonly Measured[]) => {
      const of = (key: 'wall' | 'cpu' | 'server' | 'peakMB') => median(all.map((one) => one[key]));
      const times = `${seconds(of('wall'))}${(of('wall') / base).toFixed(2).padStart(8)}`;
      const cpu = `${seconds(of('cpu'))}${seconds(of('server'))}`;
      say(`${name.padEnd(38)}${times}${cpu}${of('peakMB').toFixed(0).padStart(9)}`);
    };
    const loops = runs.map(({ loop }) => loop);
    say(`\n${'medians'.padEnd(38)}    wall   ratio     CPU  server  peak MB`);
    row('bare loop, eight writers', loops);
    const options = ['--all --yes', ...bench.args].join(' ');
    const migrations = runs.map(({ migrated }) => migrated);
    row(`migrate2to3 ${options}`, migrations);
    row(
      '  standalone',
      runs.map(({ alone }) => alone),
    );
    const thrice = async (...args: string[]) => [
      await migrate(args),
      await migrate(args),
      await migrate(args),
    ];
    row('  again: nothing is left to do', await thrice('--yes'));
    const accepted = await checkAccepted(clients, runnerIn(folder), kubeconfig, made);
    await empty(cluster, ours);
    row('  --dry-run', await thrice('--dry-run'));
    row('  --check', await thrice('--check'));
    say(`\n${accepted}`);

    const from = await cluster.auditMark();
    const file = ['--cpu-prof', `--cpu-prof-dir=${folder}`, '--cpu-prof-name=profile'];
    const { started, wall } = await migrate(['--yes'], bench.readable, file);
    await cluster.auditMark();
    say(`\none more run, profiled (${seconds(wall).trim()}):\n`);
    const requests = requestsOf(join(cluster.folder, 'audit.log'), from, user);
    say(phaseTable(requests, started, started + wall));
    say(profileTable(join(folder, 'profile'), bench.readable));
  } finally {
    await cluster.stop();
  }
}

export const bareLoopFile = fileURLToPath(new URL('bareLoop.mjs', import.meta.url));

/** The Secrets as the migration wrote them, for the other namespaces: one JSON text each. */
async function readyMade(
  cluster: Cluster,
  from: readonly string[],
  to: readonly string[],
): Promise<string[]> {
  const lines: string[] = [];
  for (const [i, namespace] of from.entries()) {
    const path = `/api/v1/namespaces/${namespace}/secrets?labelSelector=owner%3Dhelm`;
    const { items } = (await cluster.must('GET', path)) as { items: Secret[] };
    for (const { type, data, metadata } of items) {
      const { name, labels } = metadata;
      const own = { name, labels, namespace: to[i] };
      lines.push(JSON.stringify({ apiVersion: 'v1', kind: 'Secret', metadata: own, type, data }));
    }
  }
  return lines;
}

interface Secret {
  readonly metadata: { readonly name: string; readonly labels: object };
  readonly type: string;
  readonly data: object;
}

/** @returns the file that tells the bare loop what to do */
export function barePlan(cluster: Cluster, folder: string, ready: readonly string[]): string {
  const read = (name: string) => readFileSync(join(cluster.folder, name), 'utf8');
  const authority = { name: read('ca.name'), cert: read('ca.crt'), key: read('ca.key') };
  const { cert, key } = clientCertificate(authority, 'bare', ['system:masters']);
  const secrets = join(folder, 'secrets.jsonl');
  writeFileSync(secrets, `${ready.join('\n')}\n`);
  const path = join(folder, 'bare.json');
  const plan = { server: cluster.server, ca: authority.cert, cert, key, writers, secrets };
  writeFileSync(path, JSON.stringify(plan), { mode: 0o600 });
  return path;
}

async function namespaces(cluster: Cluster, prefix: string): Promise<string[]> {
  const names: string[] = [];
  while (names.length < namespaceCount) names.push(await cluster.namespace(prefix));
  return names;
}

async function empty(cluster: Cluster, names: readonly string[]): Promise<void> {
  for (const name of names)
    await cluster.must('DELETE', `/api/v1/namespaces/${name}/secrets?labelSelector=owner%3Dhelm`);
}

async function writeSource(cluster: Cluster, release: Release): Promise<void> {
  const { name, revision, info } = release;
  const labels = {
    ...{ OWNER: 'TILLER', NAME: name, VERSION: String(revision) },
    ...{ STATUS: (info?.status ?? '').toUpperCase(), CREATED_AT: String(1546300800 + revision) },
  };
  await cluster.must('POST', `/api/v1/namespaces/${tiller}/configmaps`, {
    metadata: { name: `${name}.v${revision}`, labels },
    data: { release: encodePayload('helm2', release) },
  });
}

function say(line: string): void {
  console.log(line);
}

/** Eight characters. */
function seconds(milliseconds: number): string {
  return `${(milliseconds / 1000).toFixed(2)} s`.padStart(8);
}

function median(values: readonly number[]): number {
  return [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)] ?? Number.NaN;
}

function sum(values: readonly number[]): number {
  return values.reduce((a, b) => a + b, 0);
}
