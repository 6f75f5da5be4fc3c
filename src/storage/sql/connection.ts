/** A PostgreSQL database, through `pg`: queries and transactions on a few kept connections. */
import type { ConnectionOptions } from 'node:tls';
import pg from 'pg';
import { printable, ReleasesError } from '../../errors.ts';
import { readNamedSync } from '../../namedFile.ts';
import { type Dsn, parseDsn, type SqlEnvironment } from './dsn.ts';
import { sqlFailure } from './failures.ts';

export type Row = Readonly<{ [column: string]: unknown }>;

/** @throws ReleasesError what `sqlFailure` makes of the database's answer */
export type Query = (text: string, values?: readonly unknown[]) => Promise<readonly Row[]>;

export interface Database {
  readonly query: Query;
  /** Commits when `work` is done, rolls back when it throws. */
  transaction<T>(work: (query: Query) => Promise<T>): Promise<T>;
  close(): Promise<void>;
}

/** Connections at once: Helm uses one, and a small database has a hundred for everybody. */
const connections = 8;
const connectTimeoutMs = 15_000;

/**
 * Nothing is asked before the first query.
 * @param text a connection string as Helm takes it
 * @throws ReleasesError USAGE, FILE
 */
export function openDatabase(text: string, env: SqlEnvironment): Database {
  const dsn = parseDsn(text, env);
  const pool = new pg.Pool({ ...configOf(dsn), max: connections });
  // An idle connection that the server ends is no error of ours: the next query opens another.
  pool.on('error', () => {});
  // One that is in use, between two queries: the next query fails, and says so.
  pool.on('connect', (client) => client.on('error', () => {}));
  const query: Query = (sql, values) => run(pool, sql, values);
  return {
    query,
    async transaction(work) {
      const client = await pool.connect().catch((error) => {
        throw sqlFailure(error);
      });
      let broken = false;
      try {
        await run(client, 'BEGIN');
        const result = await work((sql, values) => run(client, sql, values));
        await run(client, 'COMMIT');
        return result;
      } catch (error) {
        await run(client, 'ROLLBACK').catch(() => {
          broken = true;
        });
        throw error;
      } finally {
        client.release(broken);
      }
    },
    close: () => pool.end(),
  };
}

async function run(
  on: pg.Pool | pg.PoolClient,
  text: string,
  values: readonly unknown[] = [],
): Promise<readonly Row[]> {
  try {
    return (await on.query<Row>(text, [...values])).rows;
  } catch (error) {
    throw sqlFailure(error);
  }
}

function configOf(dsn: Dsn): pg.PoolConfig {
  const { host = 'localhost', user, password, dbname, application_name = 'kubectl-releases' } = dsn;
  const timeout = Number(dsn.connect_timeout ?? 0) * 1000;
  const options = optionsOf(dsn);
  return {
    host,
    port: portOf(dsn),
    ...(user !== undefined && { user }),
    ...(password !== undefined && { password }),
    ...(dbname !== undefined && { database: dbname }),
    ...(options !== '' && { options }),
    application_name,
    connectionTimeoutMillis: timeout > 0 ? timeout : connectTimeoutMs,
    // Sockets aren't encrypted, whatever the mode says: lib/pq's rule.
    ssl: host.startsWith('/') ? false : tlsOf(dsn),
    // The process may end when nothing is under way.
    allowExitOnIdle: true,
  };
}

function portOf({ port = '5432' }: Dsn): number {
  const number = Number(port);
  if (Number.isInteger(number) && number > 0 && number < 65_536) return number;
  throw new ReleasesError('USAGE', 'the SQL connection string names no port that can be');
}

/** What libpq would do itself; every other word is a setting of the session. */
const ownWords = new Set([
  ...['host', 'port', 'user', 'password', 'dbname', 'application_name', 'connect_timeout'],
  ...['sslmode', 'sslcert', 'sslkey', 'sslrootcert', 'options', 'fallback_application_name'],
  ...['binary_parameters', 'disable_prepared_binary_result', 'krbsrvname', 'krbspn', 'passfile'],
]);

function optionsOf(dsn: Dsn): string {
  const settings = Object.entries(dsn).filter(([word]) => !ownWords.has(word));
  const escaped = (value: string) => value.replace(/[\\\s]/g, '\\$&');
  return [
    ...(dsn.options ? [dsn.options] : []),
    ...settings.map(([word, value]) => `-c ${escaped(word)}=${escaped(value)}`),
  ].join(' ');
}

/**
 * lib/pq's sslmode: without one, `require`, which encrypts and trusts any certificate unless a
 * root certificate is given.
 */
function tlsOf(dsn: Dsn): false | ConnectionOptions {
  const mode = dsn.sslmode ?? 'require';
  if (mode === 'disable') return false;
  if (!['require', 'verify-ca', 'verify-full'].includes(mode))
    throw new ReleasesError('USAGE', `sslmode "${printable(mode, 20)}" is none that Helm knows`, {
      hints: ['sslmode is one of disable, require, verify-ca, verify-full'],
    });
  const ca = fileOf(dsn.sslrootcert);
  const cert = fileOf(dsn.sslcert);
  const key = fileOf(dsn.sslkey);
  const verifies = mode !== 'require' || ca !== undefined;
  return {
    rejectUnauthorized: verifies,
    ...(mode !== 'verify-full' && { checkServerIdentity: () => undefined }),
    ...(ca !== undefined && { ca }),
    ...(cert !== undefined && { cert }),
    ...(key !== undefined && { key }),
  };
}

const maxCertificateFile = 1024 * 1024;

function fileOf(path: string | undefined): string | undefined {
  if (!path) return undefined;
  try {
    return readNamedSync(path, maxCertificateFile).toString('utf8');
  } catch {
    throw new ReleasesError('FILE', `the certificate file ${printable(path, 200)} can't be read`);
  }
}
