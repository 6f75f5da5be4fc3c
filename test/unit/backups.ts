/** A folder of a test's own, with stores of records in it, for tests of backups; no cluster is needed. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach } from 'vitest';
import { isBad, type ReleaseRecord } from '../../src/record.ts';
import { openDirectory } from '../../src/storage/directory.ts';
import { runCli } from './cli-io.ts';
import { sketchRecord } from './cli-records.ts';

/** The folder of the test that runs. */
export let dir = '';
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'releases-backup-'));
});
afterEach(() => rmSync(dir, { recursive: true, force: true }));

/** Helm 3 in both kinds, and Helm 2. */
export const some: readonly ReleaseRecord[] = [
  sketchRecord({ revision: 1, status: 'superseded' }),
  sketchRecord({ revision: 2 }),
  sketchRecord({ name: 'search', namespace: 'web' }, { kind: 'ConfigMap' }),
  sketchRecord({ helm: 2, name: 'old', namespace: 'web' }),
];

export async function fill(name: string, records: readonly ReleaseRecord[]): Promise<void> {
  const store = await openDirectory(join(dir, name), { create: true });
  for (const record of records) await store.create(record);
}

export async function contents(name: string): Promise<unknown[]> {
  const store = await openDirectory(join(dir, name));
  const found: unknown[] = [];
  for await (const page of store.list({}))
    for (const record of page) {
      if (isBad(record)) throw new Error(record.unreadable);
      found.push(content(record));
    }
  return found.sort((a, b) => (String(a) < String(b) ? -1 : 1));
}

function content({ kind, namespace, key, labels, payload }: ReleaseRecord): string {
  return JSON.stringify([kind, namespace, key, Object.entries(labels).sort(), payload]);
}

export const expected = (records: readonly ReleaseRecord[]) => records.map(content).sort();

/** DIR stands for the test's folder in arguments and in what is printed. */
export async function cli(line: string, env = {}) {
  const ran = await runCli(
    line.split(' ').map((one) => one.replaceAll('DIR', dir)),
    { env },
  );
  const plain = (text: string) => text.replaceAll(dir, 'DIR');
  return { ...ran, out: plain(ran.out), err: plain(ran.err) };
}
