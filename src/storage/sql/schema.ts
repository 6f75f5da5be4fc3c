/**
 * Helm's tables. Helm 3 and 4 share `releases_v1` and `custom_labels_v1` (pkg/storage/driver/sql.go);
 * Helm 2 had `releases`. All of them note what they made in `gorp_migrations`, and Helm 2 and Helm 3
 * call their first step by the same name: so the tables themselves are looked at, too.
 */
import { ReleasesError } from '../../errors.ts';
import type { Database, Query } from './connection.ts';

export interface Tables {
  readonly helm3: boolean;
  /** Helm before 3.13 had none. */
  readonly customLabels: boolean;
  readonly helm2: boolean;
}

/** @throws ReleasesError FORBIDDEN where row-level security would hide rows in silence */
export async function findTables(query: Query): Promise<Tables> {
  const names = ['releases_v1', 'custom_labels_v1', 'releases'] as const;
  const rows = await query(
    `SELECT c.relname AS name, row_security_active(c.oid) AND NOT EXISTS
       (SELECT FROM pg_policy p WHERE p.polrelid = c.oid) AS hidden
     FROM pg_class c WHERE c.oid IN (SELECT to_regclass(name) FROM unnest($1::text[]) AS name)`,
    [names],
  );
  for (const { name, hidden } of rows)
    if (hidden === true)
      throw new ReleasesError(
        'FORBIDDEN',
        `the rows of ${String(name)} are hidden from this user`,
        {
          why: ["Helm's tables have row-level security: only their owner sees their rows"],
          hints: ['connect as the user that runs Helm'],
        },
      );
  const there = new Set(rows.map(({ name }) => name));
  return {
    helm3: there.has('releases_v1'),
    customLabels: there.has('custom_labels_v1'),
    helm2: there.has('releases'),
  };
}

const indexes = (table: string, columns: readonly string[]) =>
  columns.map((column) => `CREATE INDEX ON ${table} (${column})`);

const helm3Tables = [
  `CREATE TABLE releases_v1 (
    key VARCHAR(90), type VARCHAR(64) NOT NULL, body TEXT NOT NULL, name VARCHAR(64) NOT NULL,
    namespace VARCHAR(64) NOT NULL, version INTEGER NOT NULL, status TEXT NOT NULL,
    owner TEXT NOT NULL, createdAt INTEGER NOT NULL, modifiedAt INTEGER NOT NULL DEFAULT 0,
    PRIMARY KEY (key, namespace))`,
  ...indexes('releases_v1', ['key, namespace', 'version', 'status', 'owner']),
  ...indexes('releases_v1', ['createdAt', 'modifiedAt']),
  'GRANT ALL ON releases_v1 TO PUBLIC',
  'ALTER TABLE releases_v1 ENABLE ROW LEVEL SECURITY',
];

const customLabelTable = [
  `CREATE TABLE custom_labels_v1 (
    releaseKey VARCHAR(64), releaseNamespace VARCHAR(67), key VARCHAR(317), value VARCHAR(63))`,
  ...indexes('custom_labels_v1', ['releaseKey, releaseNamespace']),
  'GRANT ALL ON custom_labels_v1 TO PUBLIC',
  'ALTER TABLE custom_labels_v1 ENABLE ROW LEVEL SECURITY',
];

const helm2Table = [
  `CREATE TABLE releases (
    key VARCHAR(67) PRIMARY KEY, body TEXT NOT NULL, name VARCHAR(64) NOT NULL,
    version INTEGER NOT NULL, status TEXT NOT NULL, owner TEXT NOT NULL,
    created_at INTEGER NOT NULL, modified_at INTEGER NOT NULL DEFAULT 0)`,
  ...indexes('releases', ['key', 'version', 'status', 'owner', 'created_at', 'modified_at']),
];

/** Any number that all runs of this program share: two that start at once make the tables once. */
const lock = 7_226_381;

/**
 * Makes tables where they are missing, and notes it as Helm does, so that Helm neither makes them
 * again nor fails to find them. The table of custom labels is made only for records that have some:
 * Helm before 3.13 refuses a database that notes it.
 */
export async function makeTables(database: Database, wanted: keyof Tables): Promise<void> {
  await database.transaction(async (query) => {
    await query('SELECT pg_advisory_xact_lock($1)', [lock]);
    await query(
      `CREATE TABLE IF NOT EXISTS gorp_migrations
         (id TEXT NOT NULL PRIMARY KEY, applied_at TIMESTAMP WITH TIME ZONE)`,
    );
    const tables = await findTables(query);
    const step = async (id: string, there: boolean, statements: readonly string[]) => {
      if (!there) for (const statement of statements) await query(statement);
      await query('INSERT INTO gorp_migrations VALUES ($1, now()) ON CONFLICT DO NOTHING', [id]);
    };
    if (wanted === 'helm2') return step('init', tables.helm2, helm2Table);
    await step('init', tables.helm3, helm3Tables);
    if (wanted === 'customLabels')
      await step('custom_labels', tables.customLabels, customLabelTable);
  });
}
