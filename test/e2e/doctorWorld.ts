/** Releases that have what `doctor` names: made by real helms where they can make it, else of their records by hand. */
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { decodePayload, encodePayload } from '../../src/codecs/index.ts';
import { type ReleaseRecord, recordKey } from '../../src/record.ts';
import type { Release } from '../../src/release.ts';
import { objectOf } from '../../src/storage/objects.ts';
import type { Cluster } from '../cluster/cluster.ts';

/** A ConfigMap whose name a value makes, so that the server refuses it where that is no name. */
export function namingChart(folder: string): string {
  mkdirSync(join(folder, 'templates'), { recursive: true });
  writeFileSync(join(folder, 'Chart.yaml'), 'apiVersion: v2\nname: naming\nversion: 1.0.0\n');
  writeFileSync(join(folder, 'values.yaml'), 'name: settings\nat: one\n');
  writeFileSync(
    join(folder, 'templates/cm.yaml'),
    'apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: {{ .Release.Name }}-{{ .Values.name }}\ndata:\n  at: "{{ .Values.at }}"\n',
  );
  writeFileSync(
    join(folder, 'templates/a.yaml'),
    '{{ if .Values.more }}\napiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: {{ .Release.Name }}-more\n{{ end }}\n',
  );
  return folder;
}

export interface Hand {
  /** Beside the status that the letter says. */
  readonly release?: (release: Release) => Release;
  readonly record?: (record: ReleaseRecord) => ReleaseRecord;
}

const statuses: Readonly<{ [letter: string]: string }> = {
  ...{ d: 'deployed', s: 'superseded', g: 'uninstalling', n: 'unknown', p: 'pending-upgrade' },
  ...{ f: 'failed' },
};

/**
 * A history like that of a release that helm has written, under another name.
 * @param letters a status for each revision, from 1; `-` isn't there
 * @param last what is otherwise with the newest, @param first and with the oldest
 */
export function history(
  payload: string,
  {
    name,
    namespace,
    letters,
  }: { readonly name: string; readonly namespace: string; readonly letters: string },
  last: Hand = {},
  first: Hand = {},
): ReleaseRecord[] {
  const made = decodePayload(payload);
  return [...letters].flatMap((letter, i) => {
    const status = statuses[letter];
    if (status === undefined) return [];
    const revision = i + 1;
    const renamed: Release = {
      ...{ ...made, name, revision },
      info: { ...(made.info ?? { description: '', notes: '' }), status },
      manifest: made.manifest.replaceAll(made.name, name),
    };
    const hand = revision === letters.length ? last : revision === 1 ? first : {};
    const release = hand.release?.(renamed) ?? renamed;
    const record: ReleaseRecord = {
      ...{ kind: 'Secret' as const, namespace, key: recordKey('helm', name, revision) },
      labels: { name, owner: 'helm', status, version: String(revision) },
      ...{ type: 'helm.sh/release.v1', payload: encodePayload('helm3', release) },
    };
    return [hand.record?.(record) ?? record];
  });
}

/** Creates the records, each with the finalizers that it has. */
export async function putAll(cluster: Cluster, records: readonly ReleaseRecord[]): Promise<void> {
  await Promise.all(
    records.map(async (record) => {
      const object = objectOf(record) as { metadata: object };
      const { finalizers } = record;
      const metadata = { ...object.metadata, ...(finalizers && { finalizers }) };
      const path = `/api/v1/namespaces/${record.namespace}/${record.kind.toLowerCase()}s`;
      await cluster.must('POST', path, { ...object, metadata });
    }),
  );
}
