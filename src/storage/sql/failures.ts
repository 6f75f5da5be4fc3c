/**
 * What went wrong with a database, as one of this program's errors. The server's own text is left
 * out: it may quote what was written. SQLSTATE: https://www.postgresql.org/docs/current/errcodes-appendix.html
 */
import { type ErrorCode, ReleasesError } from '../../errors.ts';

interface Failure {
  readonly code?: unknown;
}

type Said = readonly [code: ErrorCode, message: string, ...hints: string[]];

const asOwner = "connect as the user that Helm's tables belong to";
const writable = 'connect to the server that takes writes: a replica is only read';
const inPlace = 'search_path, where the connection string has one, names the schema of the tables';
const again = 'run the same command again';

/** By SQLSTATE, and where that isn't here by its class: its first two characters. */
const known: { readonly [state: string]: Said } = {
  '0A': ['API', 'the SQL database does not have what this needs: is it a PostgreSQL?'],
  '22': ['API', "a value does not fit its column in Helm's tables"],
  '22001': ['API', "a text is longer than its column in Helm's tables"],
  '22021': ['API', 'a text holds a character that the SQL database cannot hold'],
  '22P05': ['API', "a text holds a character that the SQL database's encoding does not have"],
  '23': ['API', "a rule of the SQL database's own tables refuses the row"],
  '23502': [
    'API',
    "Helm's table has a column that must hold a value, and the row has none for it",
    "compare the table's columns with those that Helm makes: somebody may have added one",
  ],
  '23503': [
    'API',
    "a row that another table refers to can't go, or refers to one that isn't there",
  ],
  '23505': ['EXISTS', 'the row exists already'],
  '23514': ['API', "a check of the SQL database's own tables refuses the row"],
  '25': ['API', 'the SQL database does not take this in the transaction that it is in', again],
  '25006': ['FORBIDDEN', 'the SQL database is read-only', writable],
  '28': ['UNAUTHORIZED', 'the SQL database refused the user or the password'],
  '3D': ['NOT_FOUND', 'there is no such SQL database'],
  '3F': ['API', 'there is no such schema in the SQL database', inPlace],
  '40': ['CONFLICT', 'another session works on the same rows of the SQL database', again],
  '42': ['API', 'the tables in the SQL database are not as Helm makes them', inPlace],
  '42501': ['FORBIDDEN', "the SQL database's user may not do this", asOwner],
  '42P01': ['API', "one of Helm's tables is not there any more", again],
  '53': ['API', 'the SQL database has no room left for this', again],
  '53100': ['API', "the SQL database's disk is full"],
  '53200': ['API', 'the SQL database has no memory left for this', again],
  '53300': ['UNREACHABLE', 'the SQL database takes no more connections', again],
  '54': ['API', 'the row is larger than the SQL database takes'],
  '55': ['CONFLICT', 'another session holds what is needed in the SQL database', again],
  '57014': [
    'API',
    'the SQL database broke it off: it took too long, or somebody cancelled it',
    'statement_timeout says how long it may take',
  ],
  '58': ['API', "the SQL database can't read or write its own files"],
  XX: ['API', 'the SQL database says that it is damaged, or has a fault'],
};

export function sqlFailure(error: unknown): ReleasesError {
  if (error instanceof ReleasesError) return error;
  const given = (error as Failure | null)?.code;
  const code = typeof given === 'string' ? given : '';
  const said = known[code] ?? (isState(code) ? known[code.slice(0, 2)] : undefined);
  if (said) {
    const [kind, message, ...hints] = said;
    const why = kind === 'EXISTS' ? [] : [`SQLSTATE ${code}`];
    return new ReleasesError(kind, message, { why, hints });
  }
  if (isState(code) && !/^(08|57P)/.test(code))
    return new ReleasesError('API', `the SQL database answered with error ${code}`);
  return new ReleasesError('UNREACHABLE', "the SQL database can't be reached", {
    why: [reason(code)],
    hints: ['HELM_DRIVER_SQL_CONNECTION_STRING says where it is'],
  });
}

/** The system's own codes begin with an E, and no class of PostgreSQL's does: `EPIPE`. */
function isState(code: string): boolean {
  return /^[0-9A-DF-Z][0-9A-Z]{4}$/.test(code);
}

function reason(code: string): string {
  const words: { readonly [code: string]: string } = {
    ECONNREFUSED: 'the connection was refused',
    ECONNRESET: 'the connection broke',
    EPIPE: 'the connection broke',
    ENOTFOUND: 'there is no such host',
    EAI_AGAIN: 'the host name could not be looked up',
    ETIMEDOUT: 'it did not answer in time',
    ENOENT: 'there is no such socket',
    '57P01': 'somebody shut it down, or ended the connection',
    '57P02': 'it stopped because of a fault, and starts again',
    '57P03': 'it is starting or shutting down',
    '57P05': 'it ends connections that are idle for so long',
    DEPTH_ZERO_SELF_SIGNED_CERT: 'its certificate is not trusted',
    SELF_SIGNED_CERT_IN_CHAIN: 'its certificate is not trusted',
    UNABLE_TO_VERIFY_LEAF_SIGNATURE: 'its certificate is not trusted',
    ERR_TLS_CERT_ALTNAME_INVALID: 'its certificate is for another host',
  };
  return words[code] ?? 'the connection failed or ended, or the server speaks no TLS (sslmode)';
}
