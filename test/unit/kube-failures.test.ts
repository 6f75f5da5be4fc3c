/** Every failure that a person can do something about says what. */
import { expect, it } from 'vitest';
import type { Call } from '../../src/kube/api.ts';
import { refused, unreachable } from '../../src/kube/failures.ts';
import { TransportError } from '../../src/kube/transport.ts';

it.each([
  ['TIMED_OUT', /--request-timeout/],
  ['ETIMEDOUT', /--request-timeout/],
  ['ERR_TLS_CERT_ALTNAME_INVALID', /--tls-server-name NAME/],
  ['ECONNREFUSED', /kubectl cluster-info/],
  ['SELF_SIGNED_CERT_IN_CHAIN', /--certificate-authority/],
])('says what to do about %s', (code, hint) => {
  const error = unreachable('https://api', new TransportError(code, false));
  expect(error).toMatchObject({ code: 'UNREACHABLE', hints: [expect.stringMatching(hint)] });
});

it.each<[Pick<Call, 'verb' | 'name' | 'namespace'>, RegExp]>([
  [{ verb: 'create', namespace: 'web' }, /kubectl auth can-i create secrets -n web /],
  [{ verb: 'delete', namespace: 'web', name: 'a' }, /kubectl auth can-i delete secrets -n web /],
  [{ verb: 'list', namespace: 'web' }, /kubectl auth can-i list secrets -n web /],
  [{ verb: 'list' }, /^-n NAMESPACE/],
])('says what to do about a 403: %o', (call, hint) => {
  const answer = { status: 403, headers: {}, body: Buffer.from('{}') };
  const error = refused('https://api', { apiVersion: 'v1', resource: 'secrets', ...call }, answer);
  expect(error).toMatchObject({ code: 'FORBIDDEN', hints: [expect.stringMatching(hint)] });
});
