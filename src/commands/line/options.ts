/** The options that every command takes, in kubectl's, helm's and werf's words. */
import type { KubeOptions } from '../../kube/options.ts';
import type { Option, OptionTable } from '../command.ts';

const cluster = 'Cluster (as kubectl has them):';
const storage = 'Where records are:';

/** kubectl's global flags: staging/src/k8s.io/cli-runtime/pkg/genericclioptions/config_flags.go. */
export const clusterOptions = {
  kubeconfig: { type: 'string', describe: 'path to the kubeconfig file', group: cluster },
  context: {
    type: 'string',
    alias: 'kube-context',
    describe: 'the kubeconfig context to use',
    group: cluster,
  },
  cluster: { type: 'string', describe: 'the kubeconfig cluster to use', group: cluster },
  user: { type: 'string', describe: 'the kubeconfig user to use', group: cluster },
  namespace: {
    type: 'string',
    alias: 'n',
    describe: "the releases' namespace; default: the context's",
    group: cluster,
  },
  as: { type: 'string', alias: 'kube-as-user', describe: 'user to impersonate', group: cluster },
  'as-group': {
    type: 'string',
    alias: 'kube-as-group',
    array: true,
    describe: 'group to impersonate; may be repeated',
    group: cluster,
  },
  'as-uid': { type: 'string', describe: 'UID to impersonate', group: cluster },
  'request-timeout': {
    type: 'string',
    describe: 'how long to wait for a single request, e.g. 30s; 0: no limit',
    group: cluster,
  },
  server: {
    type: 'string',
    alias: ['s', 'kube-apiserver'],
    describe: 'address and port of the API server',
    group: cluster,
  },
  token: {
    type: 'string',
    alias: 'kube-token',
    describe: 'bearer token for the API server',
    group: cluster,
  },
  'certificate-authority': {
    type: 'string',
    alias: 'kube-ca-file',
    describe: "file with the API server's certificate authority",
    group: cluster,
  },
  'tls-server-name': {
    type: 'string',
    alias: 'kube-tls-server-name',
    describe: "name to expect in the API server's certificate",
    group: cluster,
  },
  'insecure-skip-tls-verify': {
    type: 'boolean',
    alias: 'kube-insecure-skip-tls-verify',
    describe: "don't check the API server's certificate (insecure)",
    group: cluster,
  },
} as const satisfies OptionTable;

/** `-n` of a command that moves releases of all namespaces where nobody names one. */
export const narrowingOptions = {
  namespace: {
    ...clusterOptions.namespace,
    describe: 'only releases of this namespace; default: all namespaces',
  },
} as const satisfies OptionTable;

/** For what has a scope: docs/scope.md. */
export const scopeOptions = {
  namespace: {
    ...clusterOptions.namespace,
    describe: "the namespace of the releases; default: the context's",
  },
} as const satisfies OptionTable;

const encrypted = 'Encrypted archives:';

/** For commands that read an archive. */
export const keyOptions = {
  'passphrase-file': {
    type: 'string',
    describe: "a file with the archive's passphrase on its first line",
    group: encrypted,
  },
  'passphrase-env': {
    type: 'string',
    describe: 'the environment variable that holds the passphrase',
    group: encrypted,
  },
  identity: {
    type: 'string',
    array: true,
    describe: 'a file with AGE-SECRET-KEY-1… lines, as age-keygen writes it; may be repeated',
    group: encrypted,
  },
} as const satisfies OptionTable;

/** For commands that make one. */
export const encryptionOptions = {
  'passphrase-file': keyOptions['passphrase-file'],
  'passphrase-env': keyOptions['passphrase-env'],
  'ask-passphrase': {
    type: 'boolean',
    describe: 'encrypt the archive with a passphrase that is asked for',
    group: encrypted,
  },
  recipient: {
    type: 'string',
    array: true,
    describe: 'encrypt the archive for this age recipient, age1…; may be repeated',
    group: encrypted,
  },
} as const satisfies OptionTable;

const recordTypes = {
  type: 'string',
  choices: ['secret', 'configmap', 'sql'],
  // HELM_DRIVER's other words for the same.
  synonyms: { secrets: 'secret', configmaps: 'configmap' },
  group: storage,
} as const satisfies Option;

/** Which stores, in werf's words (`--helm-release-storage-*`) and Tiller's. */
export const storageOptions = {
  'helm-release-storage-type': {
    ...recordTypes,
    describe: 'what Helm 3 and 4 records are kept in; default: $HELM_DRIVER, else secret',
  },
  'helm-release-storage-namespace': {
    type: 'string',
    describe: "where Helm 3 and 4 records are kept; default: the release's namespace",
    group: storage,
  },
  'helm2-release-storage-type': {
    ...recordTypes,
    describe: 'what Helm 2 records are kept in; default: both are looked at',
  },
  'helm2-release-storage-namespace': {
    type: 'string',
    array: true,
    describe: 'where Helm 2 records are kept, like --tiller-namespace; may be repeated',
    group: storage,
  },
  'tiller-namespace': {
    type: 'string',
    array: true,
    alias: ['t', 'tiller-ns'],
    describe: 'the Tiller namespace; may be repeated; default: $TILLER_NAMESPACE, else kube-system',
    group: storage,
  },
  'release-storage-sql-connection': {
    type: 'string',
    describe:
      'the SQL database, as werf names it; better --release-storage-sql-connection-env, which no process list shows',
    group: storage,
  },
  'release-storage-sql-connection-env': {
    type: 'string',
    describe:
      'the environment variable with the connection string of the SQL database; default: HELM_DRIVER_SQL_CONNECTION_STRING',
    group: storage,
  },
  'tiller-label': {
    type: 'string',
    alias: 'label',
    describe: 'labels that tell Helm 2 records, where a fork wrote others; default: OWNER=TILLER',
    group: storage,
  },
  ...keyOptions,
} as const satisfies OptionTable;

/** helm-2to3's, for its scripts. No Tiller is ever asked, so that they only choose what is read. */
export const outClusterOptions = {
  'tiller-out-cluster': {
    type: 'boolean',
    describe: 'read Helm 2 records in Secrets alone, or in what --release-storage names',
    group: storage,
  },
  'release-storage': {
    type: 'string',
    choices: ['secrets', 'configmaps'],
    synonyms: { secret: 'secrets', configmap: 'configmaps' },
    describe: 'what --tiller-out-cluster reads, default: secrets; without that, both are read',
    group: storage,
  },
} as const satisfies OptionTable;

/** For commands that only read. */
export const readOptions = {
  ...storageOptions,
  storage: {
    type: 'string',
    array: true,
    describe:
      'read here instead: secret[:NS], configmap[:NS], sql, dir:PATH, file:PATH.zip or -; may be repeated',
    group: storage,
  },
  helm: {
    type: 'string',
    choices: ['2', '3'],
    describe: "only Helm 2's records (2), or only those of Helm 3 and 4 (3)",
    group: storage,
  },
} as const satisfies OptionTable;

/** The same of commands that know nothing of Helm 2. */
export const helm3ReadOptions = {
  'helm-release-storage-type': storageOptions['helm-release-storage-type'],
  'helm-release-storage-namespace': storageOptions['helm-release-storage-namespace'],
  'release-storage-sql-connection': storageOptions['release-storage-sql-connection'],
  'release-storage-sql-connection-env': storageOptions['release-storage-sql-connection-env'],
  storage: readOptions.storage,
  ...keyOptions,
} as const satisfies OptionTable;

/** Several clusters at once: `stores/fleet.ts`. @param what is done in each: `read` */
export function contextsOption(what: string) {
  return {
    type: 'string',
    array: true,
    describe: `${what} the clusters of these kubeconfig contexts; * and ? stand for anything: 'prod-*'; may be repeated`,
  } as const satisfies OptionTable[string];
}

export interface PassphraseArgs {
  readonly 'passphrase-file'?: string | undefined;
  readonly 'passphrase-env'?: string | undefined;
}

export interface KeyArgs extends PassphraseArgs {
  readonly identity?: readonly string[] | undefined;
}

export interface EncryptionArgs extends PassphraseArgs {
  readonly 'ask-passphrase'?: boolean | undefined;
  readonly recipient?: readonly string[] | undefined;
}

/** What a command that reads gets; `all-namespaces` is list's own. */
export interface StorageArgs extends ClusterArgs, KeyArgs {
  readonly 'helm-release-storage-type'?: string | undefined;
  readonly 'helm-release-storage-namespace'?: string | undefined;
  readonly 'helm2-release-storage-type'?: string | undefined;
  readonly 'helm2-release-storage-namespace'?: readonly string[] | undefined;
  readonly 'tiller-namespace'?: readonly string[] | undefined;
  readonly 'tiller-label'?: string | undefined;
  readonly 'release-storage-sql-connection'?: string | undefined;
  readonly 'release-storage-sql-connection-env'?: string | undefined;
  readonly 'tiller-out-cluster'?: boolean | undefined;
  readonly 'release-storage'?: string | undefined;
}

export interface ReadArgs extends StorageArgs {
  readonly storage?: readonly string[] | undefined;
  readonly helm?: string | undefined;
  readonly 'all-namespaces'?: boolean | undefined;
  /** Read only where helm would: see `compat.ts`. */
  readonly compat?: string | undefined;
}

/**
 * For what prints one document, which is YAML unless JSON is asked for.
 * @param group absent: the command's own options
 */
export function documentOutputOption(group?: string) {
  return {
    type: 'string',
    alias: 'o',
    choices: ['yaml', 'json'],
    default: 'yaml',
    describe: 'output format',
    ...(group !== undefined && { group }),
  } as const satisfies OptionTable[string];
}

export interface ClusterArgs {
  readonly kubeconfig?: string | undefined;
  readonly context?: string | undefined;
  readonly cluster?: string | undefined;
  readonly user?: string | undefined;
  readonly namespace?: string | undefined;
  readonly as?: string | undefined;
  readonly 'as-group'?: readonly string[] | undefined;
  readonly 'as-uid'?: string | undefined;
  readonly 'request-timeout'?: string | undefined;
  readonly server?: string | undefined;
  readonly token?: string | undefined;
  readonly 'certificate-authority'?: string | undefined;
  readonly 'tls-server-name'?: string | undefined;
  readonly 'insecure-skip-tls-verify'?: boolean | undefined;
}

/** The command line's part of what `openKube` takes. */
export function kubeOptions(args: ClusterArgs): KubeOptions {
  return {
    kubeconfig: args.kubeconfig,
    context: args.context,
    cluster: args.cluster,
    user: args.user,
    namespace: args.namespace,
    as: args.as,
    asGroup: args['as-group'],
    asUid: args['as-uid'],
    requestTimeout: args['request-timeout'],
    server: args.server,
    token: args.token,
    certificateAuthority: args['certificate-authority'],
    insecureSkipTlsVerify: args['insecure-skip-tls-verify'],
    tlsServerName: args['tls-server-name'],
  };
}

/** Those that say where records are: of Helm 2, and of each. */
export const helm2Flags = [
  'tiller-namespace',
  'helm2-release-storage-type',
  'helm2-release-storage-namespace',
] as const;

export const storageFlags = [
  ...helm2Flags,
  'helm-release-storage-type',
  'helm-release-storage-namespace',
] as const;
