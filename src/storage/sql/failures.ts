/**
 * What went wrong with a database, as one of this program's errors. The server's own text is left
 * out: it may quote what was written. SQLSTATE: https://www.postgresql.org/docs/current/errcodes-appendix.html
 */
import { ReleasesError } from '../../errors.ts';

interface Failure {
  readonly code?: unknown;
}

export function sqlFailure(error: unknown): ReleasesError {
  if (error instanceof ReleasesError) return error;
  const given = (error as Failure | null)?.code;
  const code = typeof given === 'string' ? given : '';
  if (/^28/.test(code))
    return new ReleasesError('UNAUTHORIZED', 'the SQL database refused the user or the password');
  if (code === '3D000') return new ReleasesError('NOT_FOUND', 'there is no such SQL database');
  if (code === '42501')
    return new ReleasesError('FORBIDDEN', "the SQL database's user may not do this", {
      why: ['the database said: permission denied'],
      hints: ["connect as the user that Helm's tables belong to"],
    });
  if (code === '23505') return new ReleasesError('EXISTS', 'the row exists already');
  if (code === '22001')
    return new ReleasesError('API', "a text is longer than its column in Helm's tables");
  if (code === '53100') return new ReleasesError('API', "the SQL database's disk is full");
  if (/^[0-9A-Z]{5}$/.test(code) && !/^(08|57P)/.test(code))
    return new ReleasesError('API', `the SQL database answered with error ${code}`);
  return new ReleasesError('UNREACHABLE', "the SQL database can't be reached", {
    why: [reason(code)],
    hints: ['HELM_DRIVER_SQL_CONNECTION_STRING says where it is'],
  });
}

function reason(code: string): string {
  const words: { readonly [code: string]: string } = {
    ECONNREFUSED: 'the connection was refused',
    ENOTFOUND: 'there is no such host',
    EAI_AGAIN: 'the host name could not be looked up',
    ETIMEDOUT: 'it did not answer in time',
    ENOENT: 'there is no such socket',
    '57P03': 'it is starting or shutting down',
    DEPTH_ZERO_SELF_SIGNED_CERT: 'its certificate is not trusted',
    SELF_SIGNED_CERT_IN_CHAIN: 'its certificate is not trusted',
    UNABLE_TO_VERIFY_LEAF_SIGNATURE: 'its certificate is not trusted',
    ERR_TLS_CERT_ALTNAME_INVALID: 'its certificate is for another host',
  };
  return words[code] ?? 'the connection failed or ended, or the server speaks no TLS (sslmode)';
}
