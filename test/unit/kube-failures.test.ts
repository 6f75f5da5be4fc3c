/** Every failure that a person can do something about says what. */
import { type AddressInfo, createServer } from 'node:net';
import { expect, it } from 'vitest';
import type { ReleasesError } from '../../src/errors.ts';
import { retryAfterMs } from '../../src/kube/api.ts';
import { refused, unreachable } from '../../src/kube/failures.ts';
import { openKube } from '../../src/kube/kube.ts';
import { TransportError } from '../../src/kube/transport.ts';
import type { Call } from '../../src/kube/types.ts';

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

it.each([
  [
    'secrets "a" is forbidden: exceeded quota: few, requested: count/secrets=1, used: count/secrets=3, limited: count/secrets=3',
    'a ResourceQuota of namespace web leaves no room',
    'kubectl describe resourcequota -n web',
  ],
  [
    'secrets "a" is forbidden: status unknown for quota: few, resources: count/secrets',
    'a ResourceQuota of namespace web leaves no room',
    'kubectl describe resourcequota -n web',
  ],
  [
    'secrets "a" is forbidden: unable to create new content in namespace web because it is being terminated',
    'namespace web is being deleted',
    'kubectl get namespace web',
  ],
  [
    'admission webhook "guard.example.org" denied the request: no',
    'an admission webhook',
    'webhook',
  ],
  [
    "secrets \"a\" is forbidden: ValidatingAdmissionPolicy 'p' with binding 'b' denied request: no",
    'an admission policy',
    'validatingadmissionpolicies',
  ],
])('tells admission from a missing permission: %s', (message, what, hint) => {
  const body = Buffer.from(JSON.stringify({ kind: 'Status', message }));
  const error = refused('https://api', call, { status: 403, headers: {}, body });
  expect(error).toMatchObject({ code: 'API', hints: [expect.stringContaining(hint)] });
  expect(error.message).toContain(what);
  expect(error.message).not.toContain('permission');
});

it('takes a user whose name is a sentence for a missing permission all the same', () => {
  const message =
    'secrets is forbidden: User "x is forbidden: exceeded quota: y" cannot create resource "secrets" in API group "" in the namespace "web"';
  const body = Buffer.from(JSON.stringify({ kind: 'Status', message }));
  const error = refused('https://api', call, { status: 403, headers: {}, body });
  expect(error.code).toBe('FORBIDDEN');
});

it('says in words what etcd refuses', () => {
  const message = 'etcdserver: mvcc: database space exceeded';
  expect(whyOf(500, { message })).toEqual([
    'it answered 500',
    expect.stringMatching(/etcd is full/),
  ]);
  expect(whyOf(500, { message: `x: ${message}` })).toEqual(['it answered 500']);
});

it.each([
  ['http://someone:s3cret@127.0.0.1:1', 'connection refused'],
  ['socks5://someone:s3cret@127.0.0.1:1', /refused|made no connection/],
])('names the proxy that can’t be reached: %s', async (proxy, cause) => {
  const kube = openKube(
    { server: 'https://192.0.2.1:6443', kubeconfig: '/dev/null' },
    { HTTPS_PROXY: proxy },
  );
  const error = await kube.api
    .call({ verb: 'list', apiVersion: 'v1', resource: 'secrets' })
    .catch((reason: unknown) => reason);
  kube.close();
  expect(error).toMatchObject({
    ...{ code: 'UNREACHABLE', message: 'the proxy does not lead to the API server' },
    why: [expect.stringMatching(cause)],
    hints: [expect.stringContaining('NO_PROXY')],
  });
  expect(JSON.stringify([(error as ReleasesError).why])).toContain('127.0.0.1:1: ');
  expect(JSON.stringify(error)).not.toContain('s3cret');
});

it('says of a proxy, and of a server, that speaks no HTTP, which of them it is', async () => {
  const rude = createServer((client) =>
    client.on('error', () => {}).end('220 mail.test ESMTP\r\n'),
  );
  await new Promise<void>((done) => rude.listen(0, '127.0.0.1', done));
  const address = `127.0.0.1:${(rude.address() as AddressInfo).port}`;
  const asked = async (server: string, env: { readonly [name: string]: string }) => {
    const kube = openKube({ server, kubeconfig: '/dev/null' }, env);
    const reading = kube.api.call({ verb: 'list', apiVersion: 'v1', resource: 'secrets' });
    const error = await reading.catch((reason: unknown) => reason);
    kube.close();
    return error;
  };
  const why = [expect.stringContaining(`${address}: what answers there does not speak HTTP`)];
  expect(await asked('https://192.0.2.1:6443', { HTTPS_PROXY: `http://${address}` })).toMatchObject(
    {
      ...{ message: 'the proxy does not lead to the API server', why },
    },
  );
  const direct = await asked(`http://${address}`, {});
  expect(direct).toMatchObject({ message: "can't reach the API server", why });
  rude.close();
});

it('names the server where the proxy leads to it and its TLS fails', () => {
  const error = Object.assign(new TransportError('SELF_SIGNED_CERT_IN_CHAIN', false), {
    proxy: 'proxy:1',
  });
  expect(unreachable('https://api', error).message).toBe("can't reach the API server");
});
