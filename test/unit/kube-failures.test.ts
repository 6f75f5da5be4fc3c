/** Every failure that a person can do something about says what. */
import { expect, it } from 'vitest';
import { type Call, retryAfterMs } from '../../src/kube/api.ts';
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

const call: Call = { verb: 'create', apiVersion: 'v1', resource: 'secrets', namespace: 'web' };

function whyOf(status: number, body: object): readonly string[] {
  const bytes = Buffer.from(JSON.stringify({ kind: 'Status', ...body }));
  return refused('https://api', call, { status, headers: {}, body: bytes }).why;
}

const rbac =
  'secrets is forbidden: User "eve" cannot create resource "secrets" in API group "" in the namespace "web"';

it.each([
  [rbac, rbac],
  [`${rbac}: a webhook said s3cret`, rbac],
  [
    'secrets "a" is forbidden: exceeded quota: few, requested: count/secrets=1, used: count/secrets=3, limited: count/secrets=3',
    'exceeded quota: few, requested: count/secrets=1, used: count/secrets=3, limited: count/secrets=3',
  ],
  [
    'secrets "a" is forbidden: unable to create new content in namespace web because it is being terminated',
    'unable to create new content in namespace web because it is being terminated',
  ],
  [
    'admission webhook "guard.example.org" denied the request: data s3cret is wrong',
    'admission webhook "guard.example.org" denied the request',
  ],
  ['no: s3cret', '403 Forbidden, in words that may quote the object and are not shown'],
])('shows of a 403 what names no content: %s', (message, shown) => {
  expect(whyOf(403, { message })).toEqual([`the API server said: ${shown}`]);
});

it('shows of other refusals what Kubernetes itself names', () => {
  const causes = [
    { reason: 'FieldValueInvalid', field: 'metadata.labels[s3cret]', message: 's3cret' },
    { reason: 's3cret', field: 'spec.s3cret' },
    { reason: 'FieldValueTooLong', field: 'data' },
  ];
  const message = 'Secret "a" is invalid: data: Too long: s3cret';
  expect(whyOf(422, { reason: 'Invalid', message, details: { causes } })).toEqual([
    'it answered 422 Invalid',
    'FieldValueInvalid metadata.labels',
    'FieldValueTooLong data',
  ]);
  expect(whyOf(500, { reason: 's3cret', message: 's3cret' })).toEqual(['it answered 500']);
});

const now = Date.parse('2026-01-01T00:00:00Z');

it.each([
  ['0', 0],
  ['7', 7000],
  ['1000000000', 1e12],
  ['Thu, 01 Jan 2026 00:00:20 GMT', 20_000],
])('takes Retry-After %s as %s ms', (header, ms) => {
  expect(retryAfterMs(header, now)).toBe(ms);
});

it.each([
  undefined,
  ...['', '-1', '-99999', '1e9', '1.5', '+3', 'NaN', 'soon', '7, 7', '7 s'],
  'Wed, 31 Dec 2025 23:59:00 GMT',
  'Thu, 99 Foo 2026 00:00:00 GMT',
])('takes Retry-After %s for nothing', (header) => {
  expect(retryAfterMs(header, now)).toBeUndefined();
});
