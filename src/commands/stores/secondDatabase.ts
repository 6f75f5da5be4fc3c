/**
 * The database that records go to, where it is another one than they come from. A connection string holds
 * a password: nothing here shows any of it.
 */
import type { Environment } from '../../environment.ts';
import { ReleasesError, typed } from '../../errors.ts';
import type { Storage } from '../../storage/storage.ts';

export interface SecondDatabase {
  readonly connection: string;
  /** What a shell has it by: `"$NEW_DATABASE"`; `…` where only the command line had it. */
  readonly shell: string;
}

interface DatabaseArgs {
  readonly 'to-sql-connection'?: string | undefined;
  readonly 'to-sql-connection-env'?: string | undefined;
}

/** @throws ReleasesError USAGE */
export function secondDatabase(args: DatabaseArgs, env: Environment): SecondDatabase | undefined {
  const { 'to-sql-connection': text, 'to-sql-connection-env': name } = args;
  if (text !== undefined && name !== undefined)
    throw new ReleasesError(
      'USAGE',
      "--to-sql-connection and --to-sql-connection-env can't both hold",
    );
  if (text === undefined && name === undefined) return undefined;
  if (name !== undefined && !/^[A-Za-z_][A-Za-z0-9_]{0,127}$/.test(name))
    // Somebody may have given the connection itself.
    throw new ReleasesError(
      'USAGE',
      "what --to-sql-connection-env has is no environment variable's name",
      {
        hints: ['--to-sql-connection-env NAME, of a variable that holds the connection string'],
      },
    );
  const connection = text ?? env[name ?? ''];
  if (!connection)
    throw new ReleasesError(
      'USAGE',
      name === undefined
        ? '--to-sql-connection is empty'
        : `there is no connection string in the environment variable ${typed(name, 128)}`,
    );
  return { connection, shell: name === undefined ? '…' : `"$${name}"` };
}

/** @throws ReleasesError USAGE where the target is no database */
export function checkDatabase(to: Storage, second: SecondDatabase | undefined): void {
  if (!second || to.kinds.includes('SQL')) return;
  throw new ReleasesError('USAGE', '--to-sql-connection is for records that go into a database', {
    hints: ['--to sql'],
  });
}
