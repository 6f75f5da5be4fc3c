/**
 * What the kubeconfig's user becomes on the wire: headers, and a client certificate. Credentials
 * that change while the program runs (token files, exec plugins, OIDC) are fetched again when they
 * run out, or when the server answers 401.
 */

import type { OutgoingHttpHeaders } from 'node:http';
import type { Environment } from '../environment.ts';
import { printable, ReleasesError } from '../errors.ts';
import { readNamedSync } from '../namedFile.ts';
import { pem } from './certificates.ts';
import { type ExecCluster, runExecPlugin } from './exec.ts';
import {
  type AuthProvider,
  type KubeCluster,
  type KubeUser,
  maxCredentialFile,
} from './kubeconfig.ts';
import { speaksTls, type Target } from './target.ts';
import type { CredentialSource, Credentials, IdToken } from './types.ts';

/** client-go's period for reading a token file again (transport/token_source.go). */
const tokenFilePeriod = 60_000;
/** A credential this close to its end is not used for another request. */
const expiryMargin = 10_000;

type Part = Credentials & { readonly expires?: number };

/** Without TLS only impersonation is sent, which lets nobody in; no file is read and no plugin runs, as for kubectl. */
export function credentialSource(target: Target, env: Environment): CredentialSource {
  if (!speaksTls(target.cluster)) {
    const headers = impersonation(target.user);
    const withheld = hasCredentials(target.user);
    return { withheld, get: async () => ({ headers }), refresh: () => false, close: () => {} };
  }
  const closed = new AbortController();
  const fetch = changingPart(target, env, closed.signal);
  const fixed = fixedPart(target.user);
  let last: Promise<Part> | undefined;
  return {
    withheld: false,
    async get() {
      if (!fetch) return fixed;
      last ??= fetch();
      const current = last;
      let part = await current;
      if (part.expires !== undefined && part.expires - expiryMargin < Date.now()) {
        // Of several requests that find it run out, the first fetches for all.
        if (last === current) last = fetch();
        part = await (last ?? fetch());
      }
      return { ...fixed, ...part, headers: { ...fixed.headers, ...part.headers } };
    },
    refresh() {
      const had = last !== undefined;
      last = undefined;
      return had;
    },
    close: () => closed.abort(),
  };
}

function hasCredentials(user: KubeUser): boolean {
  const { token, tokenFile, username, password, certData, certFile, exec, authProvider } = user;
  return [token, tokenFile, username, password, certData, certFile, exec, authProvider].some(
    Boolean,
  );
}

/** Impersonation, a static token or password, a certificate from the file. */
function fixedPart(user: KubeUser): Credentials {
  const cert = pem(user.certData, user.certFile, 'client certificate');
  // A key by itself is nothing, wherever it may lie.
  const key = cert && pem(user.keyData, user.keyFile, 'client key');
  return {
    headers: { ...impersonation(user), ...authorization(user) },
    ...(cert && key ? { cert, key } : {}),
  };
}

function authorization(user: KubeUser): OutgoingHttpHeaders {
  if (user.token) return { authorization: `Bearer ${headerText(user.token, 'token')}` };
  if (!user.username) return {};
  const pair = Buffer.from(`${user.username}:${user.password ?? ''}`).toString('base64');
  return { authorization: `Basic ${pair}` };
}

/** The headers of https://kubernetes.io/docs/reference/access-authn-authz/user-impersonation/ */
function impersonation(user: KubeUser): OutgoingHttpHeaders {
  if (!user.impersonateUser) return {};
  const text = (value: string) => headerText(value, 'name to impersonate');
  const extra = Object.entries(user.impersonateExtra ?? {}).map(([key, values]) => [
    `impersonate-extra-${encodeURIComponent(key.toLowerCase())}`,
    values.map(text),
  ]);
  return {
    'impersonate-user': text(user.impersonateUser),
    ...(user.impersonateGroups?.length
      ? { 'impersonate-group': user.impersonateGroups.map(text) }
      : {}),
    ...(user.impersonateUid ? { 'impersonate-uid': text(user.impersonateUid) } : {}),
    ...Object.fromEntries(extra),
  };
}

/** A header can't hold control characters; the value may be a secret and isn't shown. */
function headerText(value: string, what: string): string {
  if (/^[\x20-\x7e\x80-\xff]*$/.test(value)) return value;
  throw new ReleasesError('KUBECONFIG', `the ${what} holds characters that no header can carry`);
}

/** What fetches the credentials that change, or undefined when all of them are fixed. */
function changingPart(
  target: Target,
  env: Environment,
  closed: AbortSignal,
): (() => Promise<Part>) | undefined {
  const { user, cluster } = target;
  const { tokenFile, token, username, exec, authProvider } = user;
  if (tokenFile) return async () => readTokenFile(tokenFile, token);
  // What stands in the file or on the command line goes before a plugin, as in client-go.
  if (token || username) return undefined;
  const hasCertificate = (user.certData || user.certFile) && (user.keyData || user.keyFile);
  if (exec && hasCertificate) return undefined;
  if (exec)
    return async () => {
      const found = await runExecPlugin(exec, execCluster(cluster), env, closed);
      return {
        headers: found.token
          ? { authorization: `Bearer ${headerText(found.token, "plugin's token")}` }
          : {},
        ...(found.cert && found.key ? { cert: found.cert, key: found.key } : {}),
        ...(found.expires === undefined ? {} : { expires: found.expires }),
      };
    };
  if (authProvider) return fromProvider(authProvider, env);
  return undefined;
}

function readTokenFile(file: string, fallback: string | undefined): Part {
  let token = fallback ?? '';
  try {
    token = readNamedSync(file, maxCredentialFile).toString('utf8').trim() || token;
  } catch (error) {
    if (!token)
      throw new ReleasesError('KUBECONFIG', "can't read the token file", {
        why: [`${printable(file)}: ${(error as NodeJS.ErrnoException).code}`],
      });
  }
  if (!token) throw new ReleasesError('KUBECONFIG', `the token file ${printable(file)} is empty`);
  return {
    headers: { authorization: `Bearer ${headerText(token, 'token')}` },
    expires: Date.now() + tokenFilePeriod + expiryMargin,
  };
}

function execCluster(cluster: KubeCluster): ExecCluster {
  const ca = pem(cluster.caData, cluster.caFile, 'certificate authority');
  return {
    server: cluster.server,
    ...(cluster.tlsServerName ? { 'tls-server-name': cluster.tlsServerName } : {}),
    ...(cluster.skipTLSVerify ? { 'insecure-skip-tls-verify': true } : {}),
    ...(ca ? { 'certificate-authority-data': ca.toString('base64') } : {}),
    ...(cluster.proxyUrl ? { 'proxy-url': cluster.proxyUrl } : {}),
    ...(cluster.execConfig === undefined ? {} : { config: cluster.execConfig }),
  };
}

/** The one provider that kubectl still has is oidc (`validate.ts`), which is loaded only when it is asked for. */
function fromProvider({ config }: AuthProvider, env: Environment): () => Promise<Part> {
  let tokens: (() => Promise<IdToken>) | undefined;
  return async () => {
    tokens ??= (await import('./oidc.ts')).oidcTokens(config, env);
    const { token, expires } = await tokens();
    return { headers: { authorization: `Bearer ${headerText(token, 'id-token')}` }, expires };
  };
}
