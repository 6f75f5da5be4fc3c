/**
 * Which database is meant: the one that flags name, and the one that records go to, where it is another one than they
 * come from. A connection string holds a password: nothing here shows any of it.
 */
import type { Environment } from '../../environment.ts';
import { ReleasesError, typed } from '../../errors.ts';
import type { Storage } from '../../storage/storage.ts';

export interface SecondDatabase {
  readonly connection: string;
  /** The environment variable that has it; absent: only the command line had it. */
  readonly variable?: string;
  /** What a shell has it by: `"$NEW_DATABASE"`; `…` where only the command line had it. */
  readonly shell: string;
}

interface DatabaseArgs {
  readonly 'to-sql-connection'?: string | undefined;
  readonly 'to-sql-connection-env'?: string | undefined;
  readonly 'release-storage-sql-connection'?: string | undefined;
  readonly 'release-storage-sql-connection-env'?: string | undefined;
}

/** The one that helm reads itself. */
const helmsVariable = 'HELM_DRIVER_SQL_CONNECTION_STRING';
/** Printed for a connection that only the command line has: whoever runs the line is told that it is not set. */
export const unnamedDatabase = 'SQL_CONNECTION_OF_THAT_RUN';
const isVariable = /^[A-Za-z_][A-Za-z0-9_]{0,127}$/;

/** @throws ReleasesError USAGE */
export function secondDatabase(args: DatabaseArgs, env: Environment): SecondDatabase | undefined {
  const connection = connectionGiven('to-sql-connection', args, env);
  if (connection === undefined) return undefined;
  const variable = args['to-sql-connection-env'] ?? variableWith(connection, env);
  return { connection, ...(variable && { variable }), shell: shellOf(variable) };
}

/**
 * The connection string that flags name, or the variable that they name; undefined: the one of Helm's variable.
 * @throws ReleasesError USAGE
 */
export function firstConnection(args: DatabaseArgs, env: Environment): string | undefined {
  return connectionGiven('release-storage-sql-connection', args, env);
}

/** How a line to try next names the database that flags name: it must not be another one, and show no password. */
export interface NamedDatabase {
  /** ` --release-storage-sql-connection-env NAME`; empty for the one of Helm's variable. */
  readonly flag: string;
  /** For a line of helm's: `"$NAME"`; absent likewise. */
  readonly shell?: string;
  /** The variable with its connection string; absent where there is none. */
  readonly variable?: string;
}

/** @throws ReleasesError USAGE */
export function namedDatabase(args: DatabaseArgs, env: Environment): NamedDatabase {
  const given = firstConnection(args, env);
  if (given === undefined || given === env[helmsVariable])
    return { flag: '', ...(env[helmsVariable] && { variable: helmsVariable }) };
  return databaseIn(args['release-storage-sql-connection-env'] ?? variableWith(given, env));
}

/** @param variable with its connection string; absent: only the command line had it */
export function databaseIn(variable: string | undefined): NamedDatabase {
  const flag = ` --release-storage-sql-connection-env ${variable ?? unnamedDatabase}`;
  return { flag, shell: shellOf(variable), ...(variable && { variable }) };
}

function shellOf(variable: string | undefined): string {
  return variable === undefined ? '…' : `"$${variable}"`;
}

/** Who writes `--release-storage-sql-connection "$NEW"` has it in a variable. */
function variableWith(connection: string, env: Environment): string | undefined {
  const has = ([name, value]: [string, unknown]) => value === connection && isVariable.test(name);
  return Object.entries(env).find(has)?.[0];
}

function connectionGiven(
  flag: 'to-sql-connection' | 'release-storage-sql-connection',
  args: DatabaseArgs,
  env: Environment,
): string | undefined {
  const { [flag]: text, [`${flag}-env` as const]: name } = args;
  if (text !== undefined && name !== undefined)
    throw new ReleasesError('USAGE', `--${flag} and --${flag}-env can't both hold`);
  if (text === undefined && name === undefined) return undefined;
  if (name !== undefined && !isVariable.test(name))
    // Somebody may have given the connection itself.
    throw new ReleasesError('USAGE', `what --${flag}-env has is no environment variable's name`, {
      hints: [`--${flag}-env NAME, of a variable that holds the connection string`],
    });
  const connection = text ?? env[name ?? ''];
  if (connection) return connection;
  if (name === undefined && flag === 'release-storage-sql-connection') return undefined;
  throw new ReleasesError(
    'USAGE',
    name === undefined
      ? `--${flag} is empty`
      : `there is no connection string in the environment variable ${typed(name, 128)}`,
  );
}

/** @throws ReleasesError USAGE where the target is no database */
export function checkDatabase(to: Storage, second: SecondDatabase | undefined): void {
  if (!second || to.kinds.includes('SQL')) return;
  throw new ReleasesError('USAGE', '--to-sql-connection is for records that go into a database', {
    hints: ['--to sql'],
  });
}
