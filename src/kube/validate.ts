/**
 * What client-go refuses of a kubeconfig before it connects: clientcmd's validation.go, with the flags laid
 * over the file, and what its transport refuses (rest/transport.go, transport/transport.go). No value is in
 * what is said, since each may be a secret.
 */
import { accessSync, constants } from 'node:fs';
import { printable } from '../errors.ts';
import { execVersions } from './exec.ts';
import type { KubeCluster, KubeUser } from './kubeconfig.ts';
import { speaksTls, type Target } from './target.ts';

/** clientcmd's validateAuthInfo. */
export function wrongInUser(user: KubeUser): string[] {
  const { certData, certFile, keyData, keyFile, exec } = user;
  const whose = user.name ? `the user ${printable(user.name, 80)}` : 'the user';
  const wrong: string[] = [];
  if (user.token && (user.username || user.password))
    wrong.push(`${whose} has a token and a password: one of them`);
  if (certData || certFile) {
    if (certData && certFile) wrong.push(both(whose, 'client-certificate'));
    if (keyData && keyFile) wrong.push(both(whose, 'client-key'));
    if (!keyData && !keyFile) wrong.push(`${whose} has a client certificate, and no key for it`);
    wrong.push(...unreadable(certFile, 'client certificate'), ...unreadable(keyFile, 'client key'));
  }
  if (exec) {
    const plugin = `the credential plugin of ${whose}`;
    if (user.authProvider) wrong.push(`${whose} has a credential plugin and an auth-provider`);
    if (!exec.command) wrong.push(`${plugin} has no command`);
    if (!exec.apiVersion) wrong.push(`${plugin} has no apiVersion`);
    if (exec.env.some(({ name }) => name === ''))
      wrong.push(`${plugin} has a variable without a name`);
    if (!['Never', 'IfAvailable', 'Always'].includes(exec.interactiveMode))
      wrong.push(`${plugin} needs an interactiveMode: Never, IfAvailable or Always`);
  }
  const { impersonateGroups = [], impersonateExtra = {} } = user;
  const more = impersonateGroups.length + Object.keys(impersonateExtra).length;
  if (!user.impersonateUser && (more > 0 || user.impersonateUid))
    wrong.push('impersonating groups or a uid needs a user too: --as NAME');
  return wrong;
}

/** clientcmd's validateClusterInfo; that there is a server is seen before. */
export function wrongInCluster(cluster: KubeCluster): string[] {
  const { caData, caFile, proxyUrl } = cluster;
  const whose = cluster.name ? `the cluster ${printable(cluster.name, 80)}` : 'the cluster';
  return [
    ...(proxyUrl && !isProxy(proxyUrl)
      ? [`the proxy-url of ${whose} is not an http, https or socks5 address`]
      : []),
    ...(caData && caFile ? [both(whose, 'certificate-authority')] : []),
    ...unreadable(caFile, 'certificate authority'),
  ];
}

/** What is looked at only where TLS is spoken: elsewhere nothing of it is sent. */
export function wrongForTls({ cluster, user }: Target): string[] {
  if (!speaksTls(cluster)) return [];
  const { exec, authProvider } = user;
  const wrong: string[] = [];
  if (cluster.skipTLSVerify && (cluster.caData || cluster.caFile))
    wrong.push('a certificate authority and insecure-skip-tls-verify exclude each other');
  if (user.username && user.tokenFile) wrong.push('a token file and a password exclude each other');
  if (exec?.apiVersion && !execVersions.includes(exec.apiVersion))
    wrong.push(`the credential plugin's apiVersion is not one of ${execVersions.join(', ')}`);
  if (authProvider && authProvider.name !== 'oidc')
    wrong.push(
      `the auth provider ${printable(authProvider.name, 60)} is not supported`,
      'kubectl dropped it in 1.26 in favour of exec credential plugins',
    );
  if (authProvider?.name === 'oidc')
    for (const key of ['idp-issuer-url', 'client-id'])
      if (!authProvider.config[key]) wrong.push(`the auth provider oidc needs ${key}`);
  return wrong;
}

function both(whose: string, what: string): string {
  return `${whose} has ${what} and ${what}-data: one of them`;
}

/** clientcmd's parseProxyURL: unlike that of HTTPS_PROXY it needs its scheme. */
function isProxy(text: string): boolean {
  return /^(https?|socks5):/i.test(text) && URL.canParse(text);
}

/** Without opening it: it may be a pipe. */
function unreadable(file: string | undefined, what: string): string[] {
  if (!file) return [];
  try {
    accessSync(file, constants.R_OK);
    return [];
  } catch (error) {
    return [`can't read the ${what}: ${printable(file)}: ${(error as NodeJS.ErrnoException).code}`];
  }
}
