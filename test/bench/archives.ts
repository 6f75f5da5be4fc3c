/**
 * Backups and restores of many records on one real API server: how long, beside the bare loop that writes
 * the same Secrets, and how much memory. What grows with the number of records is what a plan holds of each:
 * no payload.
 */
import { statSync } from 'node:fs';
import { join } from 'node:path';
import { encodePayload } from '../../src/codecs/index.ts';
import { type ReleaseRecord, recordKey } from '../../src/record.ts';
import { openArchive } from '../../src/storage/archive/archive.ts';
import { objectOf } from '../../src/storage/objects.ts';
import { type Cluster, startCluster } from '../cluster/cluster.ts';
import { type Measured, measure } from './measure.ts';
import { bareLoopFile, barePlan } from './migration.ts';
import { makeReleases } from './releases.ts';

export interface ArchiveBench {
  /** For files of the bench; it exists and is empty. */
  readonly folder: string;
  /** How many records, one round each. */
  readonly sizes: readonly number[];
  readonly program: string;
}

const revisions = 10;

export async function benchArchives({ folder, sizes, program }: ArchiveBench): Promise<void> {
  const cluster = await startCluster(say);
  try {
    const place = { folder, cluster: cluster.folder };
    const run = (...args: string[]) =>
      measure([program, ...args], place, { KUBECONFIG: cluster.adminKubeconfig });
    say(`${'records'.padEnd(9)}${'what'.padEnd(28)}    wall  a second   ratio  peak MB`);
    for (const size of sizes) {
      const [ours, bare] = [await cluster.namespace('ours'), await cluster.namespace('bare')];
      const [first, second] = [join(folder, `${size}.zip`), join(folder, `${size}-again.zip`)];
      await makeArchive(first, madeRecords(size, ours));
      const ready = [...madeRecords(size, bare)].map((one) => JSON.stringify(objectOf(one)));
      const loop = await measure([bareLoopFile, barePlan(cluster, folder, ready)], place);
      const base = Number(loop.stdout);
      row(size, 'bare loop, eight writers', { ...loop, wall: base }, base);
      await empty(cluster, bare);
      const tiller = ['-t', ours, '--helm', '2', '--helm2-release-storage-type', 'secret'];
      row(size, 'restore', await run('restore', first, '--yes'), base);
      row(size, 'restore, nothing to do', await run('restore', first, '--yes'), base);
      row(size, 'backup', await run('backup', '--all', ...tiller, second), base);
      row(size, 'verify', await run('verify', second), base);
      const copy = [
        'backup',
        '--all',
        '--storage',
        `file:${second}`,
        join(folder, `${size}-copy.zip`),
      ];
      row(size, 'backup of a backup', await run(...copy), base);
      say(
        `${String(size).padEnd(9)}the archive takes ${(statSync(second).size / 2 ** 20).toFixed(1)} MiB`,
      );
      await empty(cluster, ours);
    }
  } finally {
    await cluster.stop();
  }
}

/** Helm 2's, as Tiller keeps them in Secrets, of releases of ten revisions. */
export function* madeRecords(count: number, namespace: string): Generator<ReleaseRecord> {
  const size = { releases: Math.ceil(count / revisions), revisions, seed: 1 };
  for (const release of makeReleases({ ...size, namespaces: ['apps'] })) {
    const { name, revision, info } = release;
    yield {
      ...{ kind: 'Secret', type: 'Opaque', namespace },
      key: recordKey('tiller', name, revision),
      labels: {
        ...{ OWNER: 'TILLER', NAME: name, VERSION: String(revision) },
        STATUS: (info?.status ?? '').toUpperCase(),
      },
      payload: encodePayload('helm2', release),
    };
  }
}

export async function makeArchive(path: string, records: Iterable<ReleaseRecord>): Promise<void> {
  const archive = await openArchive(path, { create: true });
  try {
    for (const record of records) await archive.create(record);
    await archive.seal?.();
  } finally {
    await archive.close();
  }
}

function row(size: number, what: string, { wall, peakMB }: Measured, base: number): void {
  const seconds = `${(wall / 1000).toFixed(2)} s`.padStart(8);
  const pace = (size / (wall / 1000)).toFixed(0).padStart(10);
  const ratio = (wall / base).toFixed(2).padStart(8);
  say(
    `${String(size).padEnd(9)}${what.padEnd(28)}${seconds}${pace}${ratio}${peakMB.toFixed(0).padStart(9)}`,
  );
}

async function empty(cluster: Cluster, namespace: string): Promise<void> {
  const path = `/api/v1/namespaces/${namespace}/secrets?labelSelector=OWNER%3DTILLER`;
  await cluster.must('DELETE', path);
}

function say(line: string): void {
  console.log(line);
}
