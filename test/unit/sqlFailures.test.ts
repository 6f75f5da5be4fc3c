/** What a database's SQLSTATE is called: in words, by the code or by its class, and never by the server's text. */
import { expect, it } from 'vitest';
import { sqlFailure } from '../../src/storage/sql/failures.ts';

it.each([
  ['25006', 'FORBIDDEN', 'the SQL database is read-only'],
  ['23502', 'API', 'must hold a value'],
  ['23514', 'API', 'a check of'],
  ['23P01', 'API', 'a rule of'],
  ['22P02', 'API', 'does not fit its column'],
  ['22P05', 'API', 'encoding'],
  ['3F000', 'API', 'no such schema'],
  ['40001', 'CONFLICT', 'another session works on the same rows'],
  ['40P01', 'CONFLICT', 'another session works on the same rows'],
  ['42501', 'FORBIDDEN', 'may not do this'],
  ['42703', 'API', 'not as Helm makes them'],
  ['53300', 'UNREACHABLE', 'no more connections'],
  ['53100', 'API', 'disk is full'],
  ['54000', 'API', 'larger than'],
  ['55P03', 'CONFLICT', 'another session holds'],
  ['57014', 'API', 'took too long'],
  ['57P01', 'UNREACHABLE', "can't be reached"],
  ['08006', 'UNREACHABLE', "can't be reached"],
  ['XX002', 'API', 'damaged'],
  ['28P01', 'UNAUTHORIZED', 'the user or the password'],
  ['3D000', 'NOT_FOUND', 'no such SQL database'],
  ['23505', 'EXISTS', 'exists already'],
  ['EPIPE', 'UNREACHABLE', "can't be reached"],
  ['P0001', 'API', 'answered with error P0001'],
])('%s', (code, kind, message) => {
  const error = sqlFailure(
    Object.assign(new Error('canary value'), { code, detail: 'canary row' }),
  );
  expect(error.code).toBe(kind);
  expect(error.message).toContain(message);
  expect(JSON.stringify([error.message, error.why, error.hints])).not.toContain('canary');
});
