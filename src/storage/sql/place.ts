/**
 * Which database a connection leads to, and which tables of it. Connection strings don't tell: a server has
 * many names, a database may hold Helm's tables in several schemas (`search_path`), a copy of a server's
 * files has its identifier, and a replica its rows.
 */
import { isReleasesError } from '../../errors.ts';
import type { Database, Query } from './connection.ts';

/** What a database says of itself. */
export interface DatabaseLook {
  /** Of the files that the server began with: those of its clones and replicas, too. Absent: not said. */
  readonly system?: string;
  /** When the server was started, to the microsecond. */
  readonly started: string;
  /** The database's number on its server, and its name. */
  readonly database: string;
  /** It repeats what another server does. */
  readonly isReplica: boolean;
  /** The schema that new tables would be made in; empty: there is none. */
  readonly schema: string;
  /** The numbers of Helm's tables, wherever `search_path` finds them, and of those that hold their rows. */
  readonly tables: readonly string[];
  /** Some of them are tables of another server. */
  readonly isForeign: boolean;
}

export interface DatabasePlace {
  /** @throws ReleasesError as `Query` */
  look(): Promise<DatabaseLook>;
  /** Holds a lock that only this database knows, while something is asked. */
  holding<T>(key: string, ask: () => Promise<T>): Promise<T>;
  /** Whether somebody holds it. */
  isHeld(key: string): Promise<boolean>;
}

export function placeOf(database: Database): DatabasePlace {
  return {
    look: () => look(database.query),
    holding: (key, ask) =>
      database.transaction(async (query) => {
        await query('SELECT pg_advisory_xact_lock($1::bigint)', [key]);
        return ask();
      }),
    async isHeld(key) {
      // It is let go at the end of the statement.
      const [row] = await database.query('SELECT pg_try_advisory_xact_lock($1::bigint) AS free', [
        key,
      ]);
      return row?.free === false;
    },
  };
}

async function look(query: Query): Promise<DatabaseLook> {
  const [row] = await query(
    `WITH RECURSIVE held AS (
       SELECT to_regclass(name)::oid AS oid
         FROM unnest('{releases_v1,custom_labels_v1,releases}'::text[]) AS name
       UNION SELECT i.inhrelid FROM pg_inherits i JOIN held ON i.inhparent = held.oid)
     SELECT pg_postmaster_start_time()::text AS started, pg_is_in_recovery() AS replica,
       (SELECT oid::text || ' ' || datname FROM pg_database WHERE datname = current_database())
         AS database,
       coalesce(current_schema(), '') AS schema,
       ARRAY(SELECT oid::text FROM held WHERE oid IS NOT NULL ORDER BY oid) AS tables,
       EXISTS (SELECT FROM pg_class c JOIN held ON c.oid = held.oid WHERE c.relkind = 'f') AS foreign`,
  );
  const system = await systemOf(query);
  const tables = Array.isArray(row?.tables) ? row.tables.map(String) : [];
  return {
    ...(system !== undefined && { system }),
    started: String(row?.started),
    database: String(row?.database),
    isReplica: row?.replica === true,
    schema: String(row?.schema),
    tables,
    isForeign: row?.foreign === true,
  };
}

/** Some services don't let everybody ask. */
async function systemOf(query: Query): Promise<string | undefined> {
  try {
    const [row] = await query('SELECT system_identifier::text AS system FROM pg_control_system()');
    return row?.system === undefined ? undefined : String(row.system);
  } catch (error) {
    if (isReleasesError(error, 'UNREACHABLE')) throw error;
    return undefined;
  }
}
