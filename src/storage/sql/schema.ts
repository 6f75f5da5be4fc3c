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
  /** Those of which row-level security may hide rows from this user, by name. */
  readonly partly: readonly string[];
  /** Those of which it lets this user delete nothing, or perhaps not all. */
  readonly kept: readonly string[];
}

/** What can be made where it is missing. */
export type TableOf = 'helm3' | 'customLabels' | 'helm2';

/**
 * What a policy lets through of a table, as PostgreSQL puts them together for this user: the rows that any
 * permissive one lets through and that all restrictive ones do.
 * https://www.postgresql.org/docs/current/ddl-rowsecurity.html
 * @param command as in pg_policy.polcmd: `r` reads, `d` deletes
 */
const lets = (command: 'r' | 'd') => `(
  SELECT CASE WHEN NOT coalesce(bool_or(p.polpermissive), false) THEN 'none'
    WHEN bool_or(p.polpermissive AND p.expression = 'true')
      AND NOT bool_or(NOT p.polpermissive AND p.expression <> 'true') THEN 'all'
    ELSE 'some' END
  FROM (SELECT polpermissive, coalesce(pg_get_expr(polqual, polrelid), 'true') AS expression
    FROM pg_policy WHERE polrelid = c.oid AND polcmd IN ('*', '${command}')
      AND (0 = ANY (polroles) OR EXISTS (SELECT FROM unnest(polroles) AS role
        WHERE role <> 0 AND pg_has_role(current_user, role, 'USAGE')))) AS p)`;

/** @throws ReleasesError FORBIDDEN where row-level security would hide all rows in silence */
export async function findTables(query: Query): Promise<Tables> {
  const names = ['releases_v1', 'custom_labels_v1', 'releases'] as const;
  const rows = await query(
    `SELECT c.relname AS name,
       CASE WHEN row_security_active(c.oid) THEN ${lets('r')} ELSE 'all' END AS reads,
       CASE WHEN row_security_active(c.oid) THEN ${lets('d')} ELSE 'all' END AS deletes
     FROM pg_class c WHERE c.oid IN (SELECT to_regclass(name) FROM unnest($1::text[]) AS name)`,
    [names],
  );
  for (const { name, reads } of rows)
    if (reads === 'none')
      throw new ReleasesError(
        'FORBIDDEN',
        `the rows of ${String(name)} are hidden from this user`,
        {
          why: [
            "Helm's tables have row-level security, and no policy shows their rows to this user",
          ],
          hints: ['connect as the user that runs Helm'],
        },
      );
  const there = new Set(rows.map(({ name }) => name));
  const without = (what: 'reads' | 'deletes') =>
    rows.filter((row) => row[what] !== 'all').map(({ name }) => String(name));
  return {
    helm3: there.has('releases_v1'),
    customLabels: there.has('custom_labels_v1'),
    helm2: there.has('releases'),
    partly: without('reads'),
    kept: without('deletes'),
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
export async function makeTables(database: Database, wanted: TableOf): Promise<void> {
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
