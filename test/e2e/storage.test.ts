/** Folders and the real kubectl: each reads what the other wrote. */
import { mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openKube } from '../../src/kube/kube.ts';
import { isBad, type ReadRecord, type ReleaseRecord } from '../../src/record.ts';
import { openConfigMaps } from '../../src/storage/configmaps.ts';
import { openDirectory } from '../../src/storage/directory.ts';
import { openSecrets } from '../../src/storage/secrets.ts';
import type { Storage } from '../../src/storage/storage.ts';
import { useClients, useCluster } from '../cluster/shared.ts';
import { helm3Record, tillerRecord } from '../contract/stores.ts';

const cluster = useCluster();
const clients = useClients();
let root: string;

beforeAll(() => {
  root = mkdtempSync(join(tmpdir(), 'releases-e2e-storage-'));
});
afterAll(() => rmSync(root, { recursive: true }));

async function all(storage: Storage): Promise<ReadRecord[]> {
  const records: ReadRecord[] = [];
  for await (const page of storage.list({})) records.push(...page);
  return records.sort((a, b) => (a.key < b.key ? -1 : 1));
}

const content = (records: readonly ReadRecord[]) =>
  records.map(({ kind, namespace, key, labels, ...rest }) => ({
    name: `${kind} ${namespace}/${key}`,
    labels,
    payload: 'payload' in rest ? rest.payload : rest,
  }));

/** Label values that a careless YAML writer turns into something else. */
const awkward = [
  'on',
  'yes',
  'null',
  'true',
  '1',
  '012',
  '0x1F',
  '1e3',
  '1_000',
  '2001-01-01',
  '0b1',
  '.5a0',
  'n',
  '',
];

function records(namespace: string): ReleaseRecord[] {
  const extra = Object.fromEntries(
    awkward.map((value, i) => [`x${i}`, value.replace(/^\./, '0.')]),
  );
  const first = helm3Record('Secret', namespace, 'app');
  return [
    { ...first, labels: { ...first.labels, ...extra }, annotations: { note: 'a: "b"\n- #c' } },
    {
      ...helm3Record('Secret', namespace, 'app', 2),
      payload: Buffer.alloc(60_000, 7).toString('base64'),
    },
    tillerRecord('ConfigMap', namespace, 'old'),
    {
      ...tillerRecord('ConfigMap', namespace, 'old', 2),
      payload: Buffer.alloc(60_000, 9).toString('base64'),
    },
  ];
}

describe('folders and kubectl', () => {
  it('kubectl applies what was written, and the records on the cluster are the same', async () => {
    const namespace = await cluster.namespace();
    const folder = join(root, 'written');
    const storage = await openDirectory(folder, { create: true });
    const made = records(namespace);
    for (const record of made) await storage.create(record);
    expect(readdirSync(join(folder, namespace))).toHaveLength(made.length);
    const kubectl = ['--kubeconfig', cluster.adminKubeconfig];
    const applied = await clients.run(clients.kubectl, [...kubectl, 'create', '-R', '-f', folder]);
    expect(applied).toMatchObject({ code: 0 });
    const kube = openKube({ kubeconfig: cluster.adminKubeconfig }, {});
    const live = [
      ...(await all(openConfigMaps(kube.api, { namespace }))),
      ...(await all(openSecrets(kube.api, { namespace }))),
    ];
    expect(content(live)).toEqual(content(await all(storage)));
    expect(content(live)).toEqual(content([...made].sort((a, b) => (a.key < b.key ? -1 : 1))));
    kube.close();
  });

  it.each(['yaml', 'json'])('reads what kubectl dumps as %s', async (format) => {
    const namespace = await cluster.namespace();
    const kube = openKube({ kubeconfig: cluster.adminKubeconfig }, {});
    const made = records(namespace);
    for (const record of made)
      await (record.kind === 'Secret' ? openSecrets(kube.api) : openConfigMaps(kube.api)).create(
        record,
      );
    kube.close();
    const args = [
      '--kubeconfig',
      cluster.adminKubeconfig,
      '-n',
      namespace,
      'get',
      'secret,configmap',
      '-o',
      format,
    ];
    const dump = await clients.run(clients.kubectl, args);
    expect(dump.code).toBe(0);
    const folder = join(root, format);
    mkdirSync(folder);
    writeFileSync(join(folder, `dump.${format}`), dump.stdout);
    const storage = await openDirectory(folder);
    const found = await all(storage);
    expect(found.filter(isBad)).toEqual([]);
    expect(content(found)).toEqual(content(made.sort((a, b) => (a.key < b.key ? -1 : 1))));
    for (const record of found) await storage.delete(record);
    expect(await all(storage)).toEqual([]);
    expect(readdirSync(folder)).toEqual([]);
  });
});
