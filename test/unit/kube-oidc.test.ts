/**
 * The oidc auth provider, beside a sign-in service of its own: two endpoints, in the words of OpenID Connect
 * Discovery and RFC 6749, over TLS with an authority that only the kubeconfig knows.
 */
import { createServer, type Server } from 'node:https';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { credentialSource } from '../../src/kube/credentials.ts';
import { makeAuthority, serverCertificate } from '../cluster/certificates.ts';

const authority = makeAuthority('sign-in');
const base64 = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url');
let server: Server;
let issuer: string;
/** What the service was asked at its token endpoint: who asked, and for what. */
let asked: { readonly authorization: string | undefined; readonly form: URLSearchParams }[] = [];
let methods: readonly string[] | undefined;
let seconds = 3600;
let issued = '';

const idToken = (expires: number, more = {}) =>
  `${base64({ alg: 'RS256' })}.${base64({ iss: issuer, aud: 'kube', sub: 'eve', iat: 1, exp: expires, ...more })}.c2ln`;
const inSeconds = (count: number) => Math.floor(Date.now() / 1000) + count;

beforeAll(async () => {
  const keys = serverCertificate(authority, ['127.0.0.1']);
  server = createServer(keys, async (request, response) => {
    const send = (status: number, body: object) =>
      response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
    if (request.url === '/realm/.well-known/openid-configuration')
      return send(200, {
        ...{ issuer, token_endpoint: `${issuer}/token`, authorization_endpoint: `${issuer}/auth` },
        ...{ jwks_uri: `${issuer}/keys`, token_endpoint_auth_methods_supported: methods },
      });
    const form = new URLSearchParams(await text(request));
    asked.push({ authorization: request.headers.authorization, form });
    if (form.get('refresh_token') === 'revoked')
      return send(400, { error: 'invalid_grant', error_description: 'session of eve@example.org' });
    issued = idToken(inSeconds(seconds));
    return send(200, {
      ...{ access_token: 'a', token_type: 'Bearer', expires_in: seconds },
      id_token: issued,
      refresh_token: `next-${asked.length}`,
    });
  });
  await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening));
  issuer = `https://127.0.0.1:${(server.address() as AddressInfo).port}/realm`;
});
beforeEach(() => {
  asked = [];
  methods = undefined;
  seconds = 3600;
});
afterAll(() => server.close());

function signIn(more: { readonly [key: string]: string } = {}) {
  const config = {
    ...{ 'idp-issuer-url': issuer, 'client-id': 'kube', 'client-secret': 'of the client' },
    ...{ 'id-token': idToken(inSeconds(-60)), 'refresh-token': 'first' },
    'idp-certificate-authority-data': Buffer.from(authority.cert).toString('base64'),
    ...more,
  };
  const user = { name: 'eve', authProvider: { name: 'oidc', config } };
  const cluster = { name: 'k', server: 'https://127.0.0.1:1', skipTLSVerify: false };
  return credentialSource({ cluster, user, namespace: 'default' }, {});
}

describe('an id-token', () => {
  it('is used as it is until it runs out', async () => {
    const good = idToken(inSeconds(600));
    const { headers } = await signIn({ 'id-token': good }).get();
    expect(headers).toEqual({ authorization: `Bearer ${good}` });
    expect(asked).toEqual([]);
  });

  it('that has run out is refreshed once, by the provider that only the kubeconfig trusts', async () => {
    const source = signIn();
    const { headers } = await source.get();
    expect(headers.authorization).toBe(`Bearer ${issued}`);
    await source.get();
    const [{ authorization, form } = { authorization: '', form: new URLSearchParams() }, ...more] =
      asked;
    expect(more).toEqual([]);
    expect(form.get('grant_type')).toBe('refresh_token');
    expect(form.get('refresh_token')).toBe('first');
    const pair = Buffer.from('kube:of+the+client').toString('base64');
    expect(authorization).toBe(`Basic ${pair}`);
  });

  it('is refreshed with the refresh-token that came last', async () => {
    seconds = 5;
    const source = signIn();
    await source.get();
    await source.get();
    const given = asked.map(({ form }) => form.get('refresh_token'));
    expect(given).toEqual(['first', ...given.slice(1).map((_, i) => `next-${i + 1}`)]);
    expect(given.length).toBeGreaterThan(1);
  });

  it('is asked for with the secret where the provider wants it, or with none', async () => {
    methods = ['client_secret_post'];
    await signIn().get();
    await signIn({ 'client-secret': '' }).get();
    expect(asked.map(({ authorization }) => authorization)).toEqual([undefined, undefined]);
    expect(asked.map(({ form }) => form.get('client_secret'))).toEqual(['of the client', null]);
  });
});

describe('a refusal', () => {
  const why = async (more: { readonly [key: string]: string }) => {
    const failed = await signIn(more)
      .get()
      .catch((error: unknown) => error);
    expect(failed).toMatchObject({ code: 'KUBECONFIG' });
    return (failed as { why: readonly string[] }).why.join();
  };

  it('is said in the words of the standard, and in no others', async () => {
    expect(await why({ 'refresh-token': 'revoked' })).toBe(
      'refreshing the id-token failed: invalid_grant',
    );
    expect(await why({ 'refresh-token': '' })).toContain('nothing to refresh it with');
    expect(await why({ 'idp-issuer-url': 'x' })).toContain('idp-issuer-url');
  });

  it('is one of a provider that can’t be reached, or isn’t trusted', async () => {
    expect(await why({ 'idp-issuer-url': 'https://127.0.0.1:1' })).toMatch(/can't be reached/);
    expect(await why({ 'idp-certificate-authority-data': '' })).toMatch(/can't be reached/);
  });
});
