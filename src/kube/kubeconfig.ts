/**
 * Kubeconfig files: read, checked and merged by kubectl's rules (client-go's ClientConfigLoadingRules):
 * the first file that has a name wins, and no file may have it twice; the first current-context wins, files
 * named in KUBECONFIG may be missing, and relative paths count from the file they stand in.
 *
 * The shapes are those of @kubernetes/client-node with the fields it leaves out. Its KubeConfig class is
 * not used: it brings the generated client into the bundle (500 to 800 KB minified), and differs from
 * kubectl where people notice: it ignores HTTPS_PROXY, NO_PROXY, tokenFile, and groups and uid to
 * impersonate, throws on duplicate names and missing files, lets the last current-context win, refuses
 * http servers, hides what exec plugins say, and can't refresh an OIDC token.
 */

import { homedir } from 'node:os';
import { delimiter, join, sep } from 'node:path';
import type { Cluster, User } from '@kubernetes/client-node';
import type { Environment } from '../environment.ts';
import { printable, ReleasesError, typed } from '../errors.ts';
import { YamlError } from '../go/yaml/cursor.ts';
import { readYaml } from '../go/yaml/index.ts';
import { decodeFile } from '../go/yaml/utf8.ts';
import { readNamedSync, readPipes } from '../namedFile.ts';
import { reasonOf } from '../systemErrors.ts';
import type { ExecConfig } from './exec.ts';
import { Fields } from './fields.ts';
import { chooses } from './hints.ts';

export interface KubeCluster extends Cluster {
  /** The exec plugins' own piece of configuration, kept in the cluster's extensions. */
  readonly execConfig?: unknown;
}

export interface KubeUser extends Omit<User, 'exec' | 'authProvider'> {
  readonly exec?: ExecConfig;
  readonly authProvider?: AuthProvider;
  readonly tokenFile?: string;
  readonly impersonateGroups?: readonly string[];
  readonly impersonateUid?: string;
  readonly impersonateExtra?: Readonly<{ [key: string]: readonly string[] }>;
}

/** A provider built into the client, such as oidc. */
export interface AuthProvider {
  readonly name: string;
  readonly config: { [key: string]: string };
}

/** Cluster and user may be left out in the file: flags can name them. */
export interface KubeContext {
  readonly name: string;
  readonly cluster: string;
  readonly user: string;
  readonly namespace: string;
}

export interface KubeConfigData {
  readonly clusters: ReadonlyMap<string, KubeCluster>;
  readonly users: ReadonlyMap<string, KubeUser>;
  readonly contexts: ReadonlyMap<string, KubeContext>;
  readonly currentContext: string;
}

/** Hundreds of clusters, with their certificates, take a fraction of it. */
const maxKubeconfig = 16 * 1024 * 1024;
/** Bytes of a file that a kubeconfig or a flag names: a certificate, a key, a token. */
export const maxCredentialFile = 1024 * 1024;

/**
 * What comes through pipes, `<(…)`, is read before the rest is read at once.
 * @throws the system's error
 */
export async function readKubePipes(
  options: {
    readonly kubeconfig?: string | undefined;
    readonly certificateAuthority?: string | undefined;
  },
  env: Environment,
): Promise<void> {
  await readPipes(kubeconfigFiles(options.kubeconfig, env).files, maxKubeconfig);
  await readPipes([options.certificateAuthority], maxCredentialFile);
}

/** The files to read, and whether each must exist: only one named by --kubeconfig must. */
export function kubeconfigFiles(
  flag: string | undefined,
  env: Environment,
): { readonly files: readonly string[]; readonly required: boolean } {
  if (flag) return { files: [flag], required: true };
  const named = [...new Set((env.KUBECONFIG ?? '').split(delimiter).filter((file) => file !== ''))];
  if (named.length > 0) return { files: named, required: false };
  const home = env.HOME || env.USERPROFILE || homedir();
  return { files: home ? [join(home, '.kube', 'config')] : [], required: false };
}

/**
 * @returns the merged configuration; empty when no file exists
 * @throws ReleasesError KUBECONFIG for a file that is there and can't be read
 */
export function readKubeconfig(files: readonly string[], required: boolean): KubeConfigData {
  const clusters = new Map<string, KubeCluster>();
  const users = new Map<string, KubeUser>();
  const contexts = new Map<string, KubeContext>();
  let currentContext = '';
  for (const file of files) {
    const bytes = readFile(file, required);
    if (bytes === undefined) continue;
    const root = new Fields(file, parseYaml(file, bytes));
    root.oneOf('apiVersion', 'v1');
    root.oneOf('kind', 'Config');
    for (const [name, entry] of root.named('clusters', 'cluster'))
      if (!clusters.has(name)) clusters.set(name, readCluster(name, entry));
    for (const [name, entry] of root.named('users', 'user'))
      if (!users.has(name)) users.set(name, readUser(name, entry));
    for (const [name, entry] of root.named('contexts', 'context'))
      if (!contexts.has(name)) contexts.set(name, readContext(name, entry));
    currentContext ||= root.text('current-context') ?? '';
  }
  return { clusters, users, contexts, currentContext };
}

function readFile(file: string, required: boolean): Buffer | undefined {
  try {
    return readNamedSync(file, maxKubeconfig);
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code;
    if (code === 'ENOENT' && !required) return undefined;
    const why =
      code === 'ENOENT' ? 'there is no such file' : `reading it failed: ${reasonOf(code)}`;
    throw new ReleasesError('KUBECONFIG', `can't read the kubeconfig ${typed(file)}`, {
      why: [why],
      hints: [
        chooses('kubeconfig', ' with a file that can be read, or without it for ~/.kube/config'),
      ],
    });
  }
}

/** By Go's rules, as kubectl and helm do: `y` and `no` are booleans, and no names. */
function parseYaml(file: string, bytes: Buffer): unknown {
  try {
    return readYaml(decodeFile(bytes)) ?? {};
  } catch (error) {
    const why = error instanceof YamlError ? [`the error is at line ${error.line}`] : [];
    const what = `the kubeconfig ${printable(file)} is not valid YAML`;
    throw new ReleasesError('KUBECONFIG', what, { why });
  }
}

function readCluster(name: string, at: Fields): KubeCluster {
  return {
    name,
    server: (at.text('server') ?? '').replace(/\/+$/, ''),
    skipTLSVerify: at.flag('insecure-skip-tls-verify'),
    ...at.optional('caData', at.base64('certificate-authority-data')),
    ...at.optional('caFile', at.path('certificate-authority')),
    ...at.optional('tlsServerName', at.text('tls-server-name')),
    ...at.optional('proxyUrl', at.text('proxy-url')),
    ...at.optional('execConfig', execExtension(at)),
  };
}

/** client-go's clientauthentication: the extension of this name is handed to exec plugins. */
function execExtension(at: Fields): unknown {
  for (const [name, entry] of at.named('extensions', 'extension'))
    if (name === 'client.authentication.k8s.io/exec') return entry.value;
  return undefined;
}

function readUser(name: string, at: Fields): KubeUser {
  const exec = at.child('exec');
  const provider = at.child('auth-provider');
  return {
    name,
    ...at.optional('certData', at.base64('client-certificate-data')),
    ...at.optional('certFile', at.path('client-certificate')),
    ...at.optional('keyData', at.base64('client-key-data')),
    ...at.optional('keyFile', at.path('client-key')),
    ...at.optional('token', at.text('token')),
    ...at.optional('tokenFile', at.path('tokenFile')),
    ...at.optional('username', at.text('username')),
    ...at.optional('password', at.text('password')),
    ...at.optional('impersonateUser', at.text('as')),
    ...at.optional('impersonateUid', at.text('as-uid')),
    ...at.optional('impersonateGroups', at.texts('as-groups')),
    ...at.optional('impersonateExtra', at.child('as-user-extra')?.textLists()),
    ...at.optional('exec', exec && readExec(exec)),
    ...at.optional(
      'authProvider',
      provider && {
        name: provider.text('name') ?? '',
        config: { ...provider.child('config')?.textMap() },
      },
    ),
  };
}

const beforeV1 = /^client\.authentication\.k8s\.io\/v1(alpha|beta)1$/;

function readExec(at: Fields): ExecConfig {
  const command = at.text('command') ?? '';
  const apiVersion = at.text('apiVersion') ?? '';
  const hint = at.text('installHint');
  return {
    apiVersion,
    // A bare name is looked up in PATH; one with a separator counts from the file, as in client-go.
    command: command.includes(sep) ? at.resolve(command) : command,
    args: at.texts('args') ?? [],
    env: at.list('env').map((entry) => ({
      name: entry.text('name') ?? '',
      value: entry.text('value') ?? '',
    })),
    provideClusterInfo: at.flag('provideClusterInfo'),
    // Only the versions before v1 have one where none is said (client-go's SetDefaults_ExecConfig).
    interactiveMode: at.text('interactiveMode') ?? (beforeV1.test(apiVersion) ? 'IfAvailable' : ''),
    ...(hint ? { installHint: hint } : {}),
  };
}

function readContext(name: string, at: Fields): KubeContext {
  return {
    name,
    cluster: at.text('cluster') ?? '',
    user: at.text('user') ?? '',
    namespace: at.text('namespace') ?? '',
  };
}
