/**
 * kubectl's `oidc` auth provider
 * (https://kubernetes.io/docs/reference/access-authn-authz/authentication/#openid-connect-tokens): the
 * kubeconfig's id-token, and another one for its refresh-token when it has run out. What is had anew is
 * kept for this run alone: no kubeconfig is ever written.
 */

import {
  type ClientAuth,
  ClientSecretBasic,
  ClientSecretPost,
  type CustomFetchOptions,
  customFetch,
  discovery,
  None,
  refreshTokenGrant,
} from 'openid-client';
import type { Environment } from '../environment.ts';
import { ReleasesError } from '../errors.ts';
import { sayingWait } from '../waits.ts';
import type { AuthProvider } from './kubeconfig.ts';
import { openTransport, TransportError } from './transport.ts';
import type { CredentialSource, IdToken } from './types.ts';

/** The provider is asked by whoever it is: the client's own secret is in the request. */
const anonymous: CredentialSource = {
  withheld: false,
  get: async () => ({ headers: {} }),
  refresh: () => false,
  close: () => {},
};

/** client-go's: a token this close to its end is not used any more. */
const expiryDelta = 10_000;
const timeoutMs = 30_000;
const maxBytes = 1 << 20;
/** RFC 6749, 5.2: the only words of an answer that are shown. */
const refusals = [
  ...['invalid_request', 'invalid_client', 'invalid_grant', 'unauthorized_client'],
  ...['unsupported_grant_type', 'invalid_scope'],
];

/**
 * @param config of the kubeconfig's auth-provider
 * @returns what gives the token as it is now; it throws ReleasesError KUBECONFIG
 */
export function oidcTokens(
  config: AuthProvider['config'],
  env: Environment,
): () => Promise<IdToken> {
  let { 'id-token': token = '', 'refresh-token': refreshToken = '' } = config;
  return async () => {
    if (expiryOf(token) - expiryDelta < Date.now()) {
      if (!refreshToken)
        throw oidcFailed('the id-token has run out, and there is nothing to refresh it with');
      const fresh = await refreshed(config, refreshToken, env);
      token = fresh.id_token;
      refreshToken = fresh.refresh_token ?? refreshToken;
    }
    return { token, expires: expiryOf(token) };
  };
}

async function refreshed(config: AuthProvider['config'], refreshToken: string, env: Environment) {
  const { 'idp-issuer-url': issuer = '', 'client-id': client = '' } = config;
  if (!URL.canParse(issuer) || !client)
    throw oidcFailed('its idp-issuer-url or its client-id is missing');
  try {
    const found = await discovery(
      new URL(issuer),
      client,
      undefined,
      authentication(config['client-secret'] ?? ''),
      { [customFetch]: (url, options) => fetched(new URL(url), options, config, env) },
    );
    const { id_token, refresh_token } = await refreshTokenGrant(found, refreshToken);
    if (!id_token) throw oidcFailed('the provider gave no id-token: was the scope openid granted?');
    return { id_token, refresh_token };
  } catch (error) {
    throw error instanceof ReleasesError ? error : oidcFailed(whyNot(error));
  }
}

/** As the provider says that it wants the client's secret, with OpenID Connect's default. */
function authentication(secret: string): ClientAuth {
  if (!secret) return None();
  return (server, ...more) => {
    const { token_endpoint_auth_methods_supported: methods } = server;
    const basic = methods === undefined || methods.includes('client_secret_basic');
    (basic ? ClientSecretBasic(secret) : ClientSecretPost(secret))(server, ...more);
  };
}

/** As fetch does it, but with the provider's own authority, and through proxies as kubectl knows them. */
async function fetched(
  url: URL,
  { method, headers, body }: CustomFetchOptions,
  config: AuthProvider['config'],
  env: Environment,
): Promise<Response> {
  const { 'idp-certificate-authority-data': caData, 'idp-certificate-authority': caFile } = config;
  const cluster = {
    ...{ name: 'oidc', server: url.origin, skipTLSVerify: false },
    ...(caData && { caData }),
    ...(caFile && { caFile }),
  };
  const target = { cluster, user: { name: 'oidc' }, namespace: '' };
  const transport = openTransport(target, timeoutMs, env, anonymous);
  try {
    const path = `${url.pathname}${url.search}`;
    const text = body === undefined || body === null ? {} : { body: Buffer.from(String(body)) };
    const answer = await sayingWait(
      'for the provider of the oidc sign-in',
      transport.send({ method, path, headers, maxBytes, ...text }),
    );
    return new Response(answer.body.length > 0 ? answer.body : null, {
      status: answer.status,
      headers: Object.entries(answer.headers).map(([name, value]) => [name, String(value)]),
    });
  } finally {
    transport.close();
  }
}

/** A token that can't be read has run out: 0. Whether it is genuine, the API server says. */
function expiryOf(token: string): number {
  try {
    const { exp } = JSON.parse(Buffer.from(token.split('.')[1] ?? '', 'base64url').toString());
    return typeof exp === 'number' ? exp * 1000 : 0;
  } catch {
    return 0;
  }
}

/** The library's message may quote the provider's answer. */
function whyNot(error: unknown): string {
  const whole = 'refreshing the id-token failed';
  const { error: refusal, cause } = error as { error?: unknown; cause?: unknown };
  if (typeof refusal === 'string' && refusals.includes(refusal)) return `${whole}: ${refusal}`;
  const failure = [error, cause].find((one) => one instanceof TransportError);
  return failure ? `${whole}: the provider can't be reached (${failure.code})` : whole;
}

/** @param why safe to print */
function oidcFailed(why: string): ReleasesError {
  return new ReleasesError('KUBECONFIG', 'signing in through the oidc auth provider failed', {
    why: [why],
    hints: ['sign in again with the tool that wrote the kubeconfig'],
  });
}
