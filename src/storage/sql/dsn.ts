/**
 * Connection strings as Helm takes them: what lib/pq understands, a URL or `key=value` words, filled up
 * from PostgreSQL's own environment variables. https://www.postgresql.org/docs/current/libpq-connect.html
 *
 * A connection string holds a password: no message here quotes any of it.
 */
import { ReleasesError } from '../../errors.ts';

/** The words of a connection string, under PostgreSQL's names: host, port, user, dbname, sslmode, … */
export type Dsn = Readonly<{ [word: string]: string }>;

export type SqlEnvironment = Readonly<{ [name: string]: string | undefined }>;

const environmentWords: readonly (readonly [variable: string, word: string])[] = [
  ['PGHOST', 'host'],
  ['PGPORT', 'port'],
  ['PGDATABASE', 'dbname'],
  ['PGUSER', 'user'],
  ['PGPASSWORD', 'password'],
  ['PGOPTIONS', 'options'],
  ['PGAPPNAME', 'application_name'],
  ['PGSSLMODE', 'sslmode'],
  ['PGSSLCERT', 'sslcert'],
  ['PGSSLKEY', 'sslkey'],
  ['PGSSLROOTCERT', 'sslrootcert'],
  ['PGCONNECT_TIMEOUT', 'connect_timeout'],
];

/**
 * @param text may be empty: then the environment says everything
 * @throws ReleasesError USAGE
 */
export function parseDsn(text: string, env: SqlEnvironment): Dsn {
  const words: { [word: string]: string } = Object.create(null);
  for (const [variable, word] of environmentWords) {
    const value = env[variable];
    if (value) words[word] = value;
  }
  const own = /^postgres(ql)?:\/\//.test(text) ? fromUrl(text) : fromWords(text);
  return { ...words, ...own };
}

function fromUrl(text: string): Dsn {
  let url: URL;
  try {
    url = new URL(text);
  } catch {
    throw malformed('is no URL');
  }
  const words: { [word: string]: string } = Object.create(null);
  const set = (word: string, value: string) => {
    if (value !== '') words[word] = decode(value);
  };
  set('host', url.hostname.replace(/^\[(.*)\]$/, '$1'));
  set('port', url.port);
  set('user', url.username);
  set('password', url.password);
  set('dbname', url.pathname.slice(1));
  // What follows the question mark is said last, and may name the host again: a socket's folder.
  for (const [word, value] of url.searchParams) if (value !== '') words[word] = value;
  return words;
}

function decode(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    throw malformed('holds a % that stands for no character');
  }
}

/** `host=db user='my user' password=it\'s`: backslashes and single quotes as libpq has them. */
function fromWords(text: string): Dsn {
  const words: { [word: string]: string } = Object.create(null);
  const pair = /\s*([^\s=]+)\s*=\s*(?:'((?:[^'\\]|\\.)*)'|((?:[^\s'\\]|\\.)*))(?=\s|$)/suy;
  let end = 0;
  while (end < text.trimEnd().length) {
    const [, word, quoted, bare] = pair.exec(text) ?? [];
    if (word === undefined) throw malformed('is neither a URL nor words like host=NAME');
    words[word] = (quoted ?? bare ?? '').replace(/\\(.)/gsu, '$1');
    end = pair.lastIndex;
  }
  return words;
}

function malformed(what: string): ReleasesError {
  return new ReleasesError('USAGE', `the SQL connection string ${what}`, {
    hints: [
      'HELM_DRIVER_SQL_CONNECTION_STRING=postgresql://USER:PASSWORD@HOST:5432/DATABASE?sslmode=require',
    ],
  });
}
