/** `migrate2to3` beside the bare loop: rounds in turn, medians, ratios, and where the time goes. */
import { spawn } from 'node:child_process';
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
  /** More options for `migrate2to3`. */
  readonly args: readonly string[];
}

const writers = 8;
const namespaceCount = 10;
const tiller = 'kube-system';

export async function benchMigration(bench: Bench): Promise<void> {
  const { folder, releases, revisions, program } = bench;
  const clients = await findClients(say);
  const cluster = await startCluster(say);
  try {
    const user = 'migrator';
    const kubeconfig = cluster.kubeconfigFor(user, ['system:masters']);
    const ours = await namespaces(cluster, 'apps');
    const bare = await namespaces(cluster, 'bare');
    const made = [...makeReleases({ ...bench, namespaces: ours })];
    await mapLimit(made, writers, (release) => writeSource(cluster, release));
    const migrate = (...options: string[]) =>
      measure(program, ['migrate2to3', '--all', ...options, ...bench.args], kubeconfig, folder);

    // The first one isn't counted: it warms the server, and makes what the bare loop writes.
    await migrate('--yes');
    const ready = await readyMade(cluster, ours, bare);
    const bytes = ready.map((line) => line.length);
    say(`${releases} releases × ${revisions} revisions from ConfigMaps to Secrets;`);
    say(`a Secret takes ${Math.round(sum(bytes) / bytes.length / 1024)} KB on the wire\n`);
    if (ready.length !== releases * revisions) throw new Error(`${ready.length} Secrets written`);
    const plan = barePlan(cluster, folder, ready);

    const runs: { bare: number; migrated: Measured }[] = [];
    for (let round = 1; round <= bench.rounds; round++) {
      await empty(cluster, [...ours, ...bare]);
      const loop = await bareLoop(plan);
      await empty(cluster, bare);
      const migrated = await migrate('--yes');
      runs.push({ bare: loop, migrated });
      say(`  round ${round}: bare loop ${ms(loop)}, migrate2to3 ${ms(migrated.wall)}`);
    }
    const base = median(runs.map((run) => run.bare));
    const row = (name: string, all: readonly Measured[]) => {
      const of = (key: keyof Measured) => median(all.map((one) => one[key]));
      const cpu = of('user') + of('system');
      say(
        `${name.padEnd(34)}${ms(of('wall'))}${(of('wall') / base).toFixed(2).padStart(7)}${ms(cpu)}` +
          `${of('peakMB').toFixed(0).padStart(8)}`,
      );
    };
    say(`\n${'medians'.padEnd(34)}   wall  ratio    CPU  peak MB`);
    say(`${'bare loop, eight writers'.padEnd(34)}${ms(base)}   1.00`);
    row(
      `migrate2to3 --all --yes ${bench.args.join(' ')}`,
      runs.map(({ migrated }) => migrated),
    );

    const again: Measured[] = [];
    for (let round = 1; round <= 3; round++) again.push(await migrate('--yes'));
    row('  again: nothing left to do', again);
    const accepted = await checkAccepted(clients, runnerIn(folder), kubeconfig, made);
    await empty(cluster, ours);
    for (const option of ['--dry-run', '--check']) {
      const dry: Measured[] = [];
      for (let round = 1; round <= 3; round++) dry.push(await migrate(option));
      row(`  ${option}`, dry);
    }

    say(`\n${accepted}`);
    const log = join(cluster.folder, 'audit.log');
    const from = await cluster.auditMark();
    const profiled = await measure(
      bench.readable,
      ['migrate2to3', '--all', '--yes', ...bench.args],
      kubeconfig,
      folder,
      ['--cpu-prof', `--cpu-prof-dir=${folder}`, '--cpu-prof-name=profile'],
    );
    await cluster.auditMark();
    say(`\none more run, profiled (${ms(profiled.wall).trim()}):\n`);
    const requests = requestsOf(log, from, user);
    say(phaseTable(requests, profiled.started, profiled.started + profiled.wall));
    say(profileTable(join(folder, 'profile'), bench.readable));
  } finally {
    await cluster.stop();
  }
}

interface Measured {
  /** All in milliseconds but `peakMB`; `started` as Date.now() counts. */
  readonly started: number;
  readonly wall: number;
  readonly user: number;
  readonly system: number;
  readonly peakMB: number;
}

const usage = fileURLToPath(new URL('usage.cjs', import.meta.url));

/** A process of its own, from its start to its end. */
async function measure(
  program: string,
  args: readonly string[],
  kubeconfig: string,
  folder: string,
  nodeArgs: readonly string[] = [],
): Promise<Measured> {
  const file = join(folder, 'usage.json');
  const [started, begun] = [Date.now(), performance.now()];
  await output(process.execPath, [...nodeArgs, '--require', usage, program, ...args], {
    ...{ HOME: folder, PATH: process.env.PATH ?? '', KUBECONFIG: kubeconfig, USAGE_FILE: file },
  });
  const wall = performance.now() - begun;
  return { started, wall, ...JSON.parse(readFileSync(file, 'utf8')) };
}

const bareLoopFile = fileURLToPath(new URL('bareLoop.mjs', import.meta.url));

/** @returns milliseconds from its first request to its last answer */
async function bareLoop(plan: string): Promise<number> {
  return Number(await output(process.execPath, [bareLoopFile, plan], {}));
}

function output(command: string, args: readonly string[], env: { [name: string]: string }) {
  return new Promise<string>((done, fail) => {
    const child = spawn(command, args, { env, stdio: ['ignore', 'pipe', 'pipe'] });
    const [out, err]: [Buffer[], Buffer[]] = [[], []];
    child.stdout.on('data', (part: Buffer) => out.push(part));
    child.stderr.on('data', (part: Buffer) => err.push(part));
    child.on('error', fail).on('close', (code) => {
      if (code === 0) done(Buffer.concat(out).toString());
      else
        fail(new Error(`${args.join(' ')}: ${code}\n${Buffer.concat(err)}${Buffer.concat(out)}`));
    });
  });
}

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
function barePlan(cluster: Cluster, folder: string, ready: readonly string[]): string {
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

/** Seven characters. */
function ms(value: number): string {
  return `${(value / 1000).toFixed(2)} s`.padStart(7);
}

function median(values: readonly number[]): number {
  return [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)] ?? Number.NaN;
}

function sum(values: readonly number[]): number {
  return values.reduce((a, b) => a + b, 0);
}
