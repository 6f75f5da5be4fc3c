/** Folders of manifests for the tests of the directory store. */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach } from 'vitest';
import { isBad, type ReadRecord, type ReleaseRecord } from '../../src/record.ts';
import { openDirectory } from '../../src/storage/directory.ts';
import type { Storage } from '../../src/storage/storage.ts';

/** The present test's folder. */
export let root: string;
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'releases-dir-'));
});
afterEach(() => rmSync(root, { recursive: true }));

export function put(path: string, text: string): void {
  mkdirSync(join(root, path, '..'), { recursive: true });
  writeFileSync(join(root, path), text);
}

export async function read(path = root): Promise<ReadRecord[]> {
  return readAll(await openDirectory(path));
}

export async function readAll(storage: Storage): Promise<ReadRecord[]> {
  const records: ReadRecord[] = [];
  for await (const page of storage.list({})) records.push(...page);
  return records;
}

/** One line a record: kind, namespace, key, and the payload or the reason. */
export const brief = (records: readonly ReadRecord[]) =>
  records
    .map((r) => `${r.kind} ${r.namespace}/${r.key} ${isBad(r) ? r.unreadable : r.payload}`)
    .sort();

export const base64 = (text: string) => Buffer.from(text).toString('base64');

/** As kubectl dumps a Helm 3 Secret. */
export function secret(name: string, payload: string, extra = ''): string {
  return `apiVersion: v1
data:
  release: ${base64(payload)}
kind: Secret
metadata:
  labels:
    name: ${name}
    owner: helm
    status: deployed
    version: "1"
  name: sh.helm.release.v1.${name}.v1
  namespace: web
type: helm.sh/release.v1
${extra}`;
}

export function record(name: string): ReleaseRecord {
  return {
    kind: 'Secret',
    namespace: 'web',
    key: `sh.helm.release.v1.${name}.v1`,
    labels: { name, owner: 'helm', status: 'deployed', version: '1' },
    type: 'helm.sh/release.v1',
    payload: 'cGF5bG9hZA==',
  };
}

const item = (text: string) => `- ${text.trimEnd().split('\n').join('\n  ')}\n`;
/** As kubectl dumps several objects. */
export const list = (...objects: string[]) =>
  `apiVersion: v1\nitems:\n${objects.map(item).join('')}kind: List\nmetadata:\n  resourceVersion: ""\n`;

/** The line `brief` makes of a record that `secret` made. */
export const web = (name: string, payload: string) =>
  `Secret web/sh.helm.release.v1.${name}.v1 ${payload}`;
