/** `list`, `get values` and `history` beside helm's: wall time, bytes on the wire, requests, memory. */
import { readFileSync, writeFileSync } from 'node:fs';
import { connect, createServer } from 'node:net';
import { join } from 'node:path';
import { encodePayload } from '../../src/codecs/index.ts';
import { convertToHelm3 } from '../../src/migrate/helm2to3/convert.ts';
import { mapLimit } from '../../src/parallel.ts';
import { helm3SecretType, type ReleaseRecord, recordKey } from '../../src/record.ts';
import { objectOf } from '../../src/storage/objects.ts';
import { findClients } from '../cluster/clients.ts';
import { type Cluster, startCluster } from '../cluster/cluster.ts';
import { makeReleases } from './releases.ts';
import { median, once } from './startup.ts';

export interface ReadingBench {
  /** For files of the bench; it exists. */
  readonly folder: string;
  readonly releases: number;
  readonly revisions: number;
  readonly rounds: number;
  readonly seed: number;
  /** The bundle, for Node, and the standalone program. */
  readonly program: string;
  readonly packaged: string;
}

interface Reader {
  readonly name: string;
  readonly command: readonly [file: string, ...first: string[]];
}

interface Cell {
  readonly wall: number;
  readonly bytes: number;
  readonly requests: number;
  readonly peakMB: number;
}

const writers = 8;
const longHistory = 50;

export async function benchReading(bench: ReadingBench): Promise<void> {
  const say = (line: string) => console.log(line);
  const { helms } = await findClients(say);
  const { 'helm3.22': helm3, 'helm4.3': helm4 } = helms;
  const cluster = await startCluster(say);
  try {
    const namespaces = await Promise.all(
      Array.from({ length: 10 }, () => cluster.namespace('apps')),
    );
    const long = await cluster.namespace('long');
    const bytes = await fill(cluster, { ...bench, namespaces });
    await fill(cluster, { ...bench, releases: 1, revisions: longHistory, namespaces: [long] });
    const records = bench.releases * bench.revisions;
    say(
      `${bench.releases} releases × ${bench.revisions} revisions, ${(bytes / records / 1024).toFixed(0)} KB each, seed ${bench.seed}`,
    );
    const readers: Reader[] = [
      { name: 'helm 3', command: [helm3] },
      { name: 'helm 4', command: [helm4] },
      { name: 'on Node', command: [process.execPath, bench.program] },
      { name: 'standalone', command: [bench.packaged] },
    ];
    say(await floors(readers, bench));
    const name = 'release-0001';
    for (const line of ['list -A', `get values ${name} -n ${long}`, `history ${name} -n ${long}`]) {
      say(`\n${line.replace(` -n ${long}`, '')}: medians of ${bench.rounds}`);
      say('                        wall ms   wire KB  requests   peak MB');
      const cells = await rounds(cluster, readers, line.split(' '), bench);
      for (const [i, { name: reader }] of readers.entries()) {
        const cell = cells[i];
        if (cell) say(row(reader, cell));
      }
      const [three, four, ...ours] = cells;
      if (!three || !four) continue;
      const faster = three.wall < four.wall ? three : four;
      for (const [i, cell] of ours.entries())
        say(ratios(`${readers[i + 2]?.name}, ratio`, cell, faster));
    }
  } finally {
    await cluster.stop();
  }
}

/** @returns bytes of all payloads */
async function fill(cluster: Cluster, size: Parameters<typeof makeReleases>[0]): Promise<number> {
  let bytes = 0;
  await mapLimit([...makeReleases(size)], writers, async (made) => {
    const { release } = convertToHelm3(made);
    const { name, namespace, revision } = release;
    const payload = encodePayload('helm3', release);
    bytes += payload.length;
    const record: ReleaseRecord = {
      ...{ kind: 'Secret', namespace, key: recordKey('helm', name, revision) },
      ...{ type: helm3SecretType, payload },
      labels: {
        ...{ name, owner: 'helm', version: String(revision) },
        status: release.info?.status ?? 'unknown',
      },
    };
    await cluster.must('POST', `/api/v1/namespaces/${namespace}/secrets`, objectOf(record));
  });
  return bytes;
}

async function rounds(
  cluster: Cluster,
  readers: readonly Reader[],
  args: readonly string[],
  { folder, rounds: count }: ReadingBench,
): Promise<Cell[]> {
  const found = readers.map((): Cell[] => []);
  // The first one warms the server and isn't counted.
  for (let round = 0; round <= count; round++)
    for (const [i, { command }] of readers.entries()) {
      const user = `reader-${i}`;
      const wire = await countingProxy(cluster.kubeconfigFor(user, ['system:masters']), folder);
      try {
        const env = { PATH: process.env.PATH ?? '', HOME: folder, KUBECONFIG: wire.kubeconfig };
        const from = await cluster.auditMark();
        const timed = await once([...command, ...args], env, false);
        const bytes = wire.bytes();
        const counts = await cluster.auditCounts(from, { user });
        const { mb } = await once([...command, ...args], env, true);
        const requests = Object.values(counts).reduce((sum, one) => sum + one, 0);
        if (round > 0) found[i]?.push({ wall: timed.ms, bytes, requests, peakMB: mb });
      } finally {
        wire.close();
      }
    }
  return found.map((cells) => {
    const of = (key: keyof Cell) => median(cells.map((one) => one[key]));
    return { wall: of('wall'), bytes: of('bytes'), requests: of('requests'), peakMB: of('peakMB') };
  });
}

/** A way to the server that counts the bytes of both directions, TLS and all. */
async function countingProxy(kubeconfig: string, folder: string) {
  const text = readFileSync(kubeconfig, 'utf8');
  const [, host = '', port = ''] = /https:\/\/([^:/"\s]+):(\d+)/.exec(text) ?? [];
  let bytes = 0;
  const server = createServer((client) => {
    const upstream = connect(Number(port), host);
    const pairs = [
      [client, upstream],
      [upstream, client],
    ] as const;
    for (const [from, to] of pairs) {
      from.on('data', (part) => {
        bytes += part.length;
      });
      from.on('error', () => to.destroy());
      from.pipe(to);
    }
  });
  await new Promise<void>((done) => server.listen(0, host, done));
  const address = server.address();
  const own = typeof address === 'object' && address ? address.port : 0;
  const file = join(folder, 'kubeconfig');
  writeFileSync(file, text.replaceAll(`${host}:${port}`, `${host}:${own}`));
  return { kubeconfig: file, bytes: () => bytes, close: () => server.close() };
}

function row(name: string, { wall, bytes, requests, peakMB }: Cell): string {
  const cells = [wall.toFixed(0), (bytes / 1024).toFixed(0), String(requests), peakMB.toFixed(0)];
  return `  ${name.padEnd(19)}${cells.map((cell) => cell.padStart(10)).join('')}`;
}

/** What is left of every command when it does nothing: `node -e 0`, and each program's `version`. */
async function floors(readers: readonly Reader[], { folder, rounds: count }: ReadingBench) {
  const env = { PATH: process.env.PATH ?? '', HOME: folder };
  const commands: readonly Reader['command'][] = [
    [process.execPath, '-e', '0'],
    ...readers.map(({ command: [file, ...first] }) => [file, ...first, 'version'] as const),
  ];
  const times = commands.map((): number[] => []);
  for (let round = 0; round < count; round++)
    for (const [i, command] of commands.entries())
      times[i]?.push((await once(command, env, false)).ms);
  const names = ['node -e 0', ...readers.map(({ name }) => `version of ${name}`)];
  return `ms: ${names.map((name, i) => `${name} ${median(times[i] ?? []).toFixed(0)}`).join(', ')}`;
}

/** Below 1 is better than the faster of the two helms. */
function ratios(name: string, ours: Cell, helm: Cell): string {
  const keys = ['wall', 'bytes', 'requests', 'peakMB'] as const;
  const cells = keys.map((key) => (ours[key] / helm[key]).toFixed(2).padStart(10));
  return `  ${name.padEnd(19)}${cells.join('')}`;
}
