/** Every store the contract suite runs over, made fresh for each test. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { stringify } from 'yaml';
import { openKube } from '../../src/kube/kube.ts';
import type { ReadRecord, RecordKind, ReleaseRecord } from '../../src/record.ts';
import { openConfigMaps } from '../../src/storage/configmaps.ts';
import { openDirectory } from '../../src/storage/directory.ts';
import { openMemory } from '../../src/storage/memory.ts';
import { openSecrets } from '../../src/storage/secrets.ts';
import { openDatabase } from '../../src/storage/sql/connection.ts';
import { makeTables } from '../../src/storage/sql/schema.ts';
import { openSql } from '../../src/storage/sql/sql.ts';
import type { Storage } from '../../src/storage/storage.ts';
import { type Postgres, startPostgres } from '../cluster/postgres.ts';
import { useCluster } from '../cluster/shared.ts';

export interface Bench {
  readonly storage: Storage;
  /** Two namespaces that exist and hold nothing. */
  readonly here: string;
  readonly there: string;
  /** Where Tiller's records of `here` are: '' in Helm 2's table, which knows no namespaces. */
  readonly tiller?: '';
  /** Puts an object into the store past the store's own code. */
  plant(object: Manifest): Promise<void>;
  done(): void | Promise<void>;
}

export interface Manifest {
  readonly kind: RecordKind;
  readonly namespace: string;
  readonly key: string;
  readonly labels: { readonly [name: string]: string };
  readonly type?: string;
  readonly data?: { readonly [key: string]: string };
}

export interface StoreUnderTest {
  readonly name: string;
  readonly kind: RecordKind;
  /** A page holds two records, so that any list has several. */
  open(): Promise<Bench>;
}

export const pageSize = 2;

const local: readonly StoreUnderTest[] = [
  { name: 'memory', kind: 'Secret', open: async () => memoryBench() },
  { name: 'directory of Secrets', kind: 'Secret', open: directoryBench },
  { name: 'directory of ConfigMaps', kind: 'ConfigMap', open: directoryBench },
];
const served: readonly StoreUnderTest[] = [
  { name: 'secrets', kind: 'Secret', open: () => clusterBench('Secret') },
  { name: 'configmaps', kind: 'ConfigMap', open: () => clusterBench('ConfigMap') },
  { name: 'sql', kind: 'SQL', open: sqlBench },
];
export const stores = process.env.TEST_QUICK === undefined ? [...local, ...served] : local;

function memoryBench(): Bench {
  const planted: ReadRecord[] = [];
  let storage: Storage | undefined;
  const now = () => (storage ??= openMemory({ pageSize, records: planted }));
  return {
    get storage() {
      return now();
    },
    here: 'here',
    there: 'there',
    // What a bad object is called is the Kubernetes stores' and the folder's affair.
    plant: async ({ kind, namespace, key, labels, type }) => {
      const reason = type
        ? `its type ${type} is newer than this program knows`
        : 'it has no release data';
      planted.push({ kind, namespace, key, labels, unreadable: reason });
    },
    done: () => {},
  };
}

async function directoryBench(): Promise<Bench> {
  const folder = mkdtempSync(join(tmpdir(), 'releases-contract-'));
  let planted = 0;
  return {
    storage: await openDirectory(folder, { pageSize }),
    here: 'here',
    there: 'there',
    plant: async (object) => {
      planted += 1;
      writeFileSync(join(folder, `planted-${planted}.yaml`), stringify(manifestOf(object)));
    },
    done: () => rmSync(folder, { recursive: true }),
  };
}

async function clusterBench(kind: RecordKind): Promise<Bench> {
  const cluster = useCluster();
  const [here, there] = [await cluster.namespace('here'), await cluster.namespace('there')];
  const kube = openKube({ kubeconfig: cluster.adminKubeconfig }, {});
  const open = kind === 'Secret' ? openSecrets : openConfigMaps;
  return {
    storage: open(kube.api, { pageSize }),
    here,
    there,
    plant: async (object) => {
      const resource = kind === 'Secret' ? 'secrets' : 'configmaps';
      const path = `/api/v1/namespaces/${object.namespace}/${resource}`;
      await cluster.must('POST', path, manifestOf(object));
    },
    done: () => kube.close(),
  };
}

let postgres: Promise<Postgres> | undefined;

/** Ends the database, where a test had it started. */
export async function stopPostgres(): Promise<void> {
  await (await postgres)?.stop();
}

async function sqlBench(): Promise<Bench> {
  postgres ??= startPostgres();
  const database = openDatabase(await (await postgres).database(), {});
  return {
    storage: openSql(database, { pageSize }),
    here: 'here',
    there: 'there',
    tiller: '',
    plant: async ({ namespace, key, labels, type = 'helm.sh/release.v1', data }) => {
      await makeTables(database, 'helm3');
      await database.query(
        `INSERT INTO releases_v1
           (key, type, body, name, namespace, version, status, owner, createdAt)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, 0)`,
        [
          ...[key, type, data?.release ?? '', labels.name, namespace],
          ...[labels.version, labels.status, labels.owner],
        ],
      );
    },
    done: () => database.close(),
  };
}

function manifestOf({ kind, namespace, key, labels, type, data }: Manifest): unknown {
  return {
    apiVersion: 'v1',
    kind,
    metadata: { name: key, namespace, labels },
    ...(type ? { type } : {}),
    ...(data ? { data } : {}),
  };
}

/** A record as Helm 3 would name and label it; the payload needn't be one that a codec reads. */
export function helm3Record(
  kind: RecordKind,
  namespace: string,
  name: string,
  revision = 1,
  status = 'deployed',
): ReleaseRecord {
  return {
    kind,
    namespace,
    key: `sh.helm.release.v1.${name}.v${revision}`,
    labels: { owner: 'helm', name, status, version: String(revision) },
    ...(kind === 'Secret' ? { type: 'helm.sh/release.v1' } : {}),
    payload: Buffer.from(`payload of ${name} ${revision}`).toString('base64'),
  };
}

/** A record as Tiller's driver would name and label it. */
export function tillerRecord(
  kind: RecordKind,
  namespace: string,
  name: string,
  revision = 1,
  status = 'DEPLOYED',
): ReleaseRecord {
  return {
    kind,
    namespace,
    key: `${name}.v${revision}`,
    labels: { OWNER: 'TILLER', NAME: name, STATUS: status, VERSION: String(revision) },
    ...(kind === 'Secret' ? { type: 'Opaque' } : {}),
    payload: Buffer.from(`payload of ${name} ${revision}`).toString('base64'),
  };
}
