/** The stores a command line leads to, opened once each, and the words that name them. */
import { printable, ReleasesError } from '../errors.ts';
import type { KubeApi } from '../kube/api.ts';
import type { Kube } from '../kube/kube.ts';
import type { Environment } from '../output/io.ts';
import type { RecordKind } from '../record.ts';
import { type Address, isInCluster } from '../storage/address.ts';
import type { Storage } from '../storage/storage.ts';
import { kubeOptions, type StorageArgs } from './options.ts';

/** What is opened once and used by several sources. */
export interface Stores {
  kube(): Promise<Kube>;
  /** All namespaces' Secrets or ConfigMaps; selections narrow them. */
  cluster(kind: RecordKind): Promise<Storage>;
  /** @param create a folder that isn't there will be made with the first record */
  open(
    address: Address,
    create?: boolean,
  ): Promise<{ storage: Storage; namespace: string | undefined }>;
  close(): void;
}

type Given = [option: string, value: string | undefined];

/** Kubernetes' names of namespaces are DNS labels; anything else would only fail later, less clearly. */
function checkNamespaces(args: StorageArgs, env: Environment): void {
  const options = [
    'namespace',
    'helm-release-storage-namespace',
    'helm2-release-storage-namespace',
    'tiller-namespace',
  ] as const;
  const given: Given[] = [
    ...options.flatMap((name) => [args[name] ?? []].flat().map((one): Given => [`--${name}`, one])),
    ['HELM_NAMESPACE', env.HELM_NAMESPACE],
    ['TILLER_NAMESPACE', env.TILLER_NAMESPACE],
  ];
  for (const [name, value] of given)
    if (value && !/^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$/.test(value))
      throw new ReleasesError('USAGE', `${name} "${printable(value, 63)}" is no namespace's name`);
}

/** @param through what every request goes through, such as `dryRunApi` */
export function openStores(
  args: StorageArgs,
  env: Environment,
  through: (api: KubeApi) => KubeApi = (api) => api,
): Stores {
  checkNamespaces(args, env);
  let connection: Promise<Kube> | undefined;
  const opened = new Map<RecordKind, Promise<Storage>>();
  const kube = (): Promise<Kube> => {
    connection ??= import('../kube/kube.ts').then(({ openKube }) => {
      const opened = openKube(kubeOptions(args), env);
      return { ...opened, api: through(opened.api) };
    });
    return connection;
  };
  const openKind = async (kind: RecordKind): Promise<Storage> => {
    const { api } = await kube();
    if (kind === 'Secret') return (await import('../storage/secrets.ts')).openSecrets(api);
    return (await import('../storage/configmaps.ts')).openConfigMaps(api);
  };
  const cluster = (kind: RecordKind): Promise<Storage> => {
    const store = opened.get(kind) ?? openKind(kind);
    opened.set(kind, store);
    return store;
  };
  return {
    kube,
    cluster,
    async open(address, create = false) {
      const { openAddress } = await import('../storage/open.ts');
      const namespace = isInCluster(address) ? address.location : undefined;
      return { storage: await openAddress(address, { kube, create }), namespace };
    },
    close: () => {
      connection?.then((open) => open.close()).catch(() => {});
    },
  };
}

/** The namespace that helm calls its plugins with. */
export interface HelmNamespace {
  readonly name: string;
  /** helm keeps its -n to itself: without one, this is the context's own. */
  readonly isContexts: boolean;
}

/** @throws ReleasesError as `openKube` */
export async function helmNamespace(
  args: StorageArgs,
  env: Environment,
): Promise<HelmNamespace | undefined> {
  const name = env.HELM_NAMESPACE;
  if (!name) return undefined;
  const { openKube } = await import('../kube/kube.ts');
  const own = openKube(kubeOptions({ ...args, namespace: undefined }), {
    ...env,
    HELM_NAMESPACE: '',
  });
  own.close();
  return { name, isContexts: own.namespace === name };
}

/** @throws ReleasesError USAGE */
export async function addressOf(text: string): Promise<Address> {
  return (await import('../storage/address.ts')).parseAddress(text);
}

export function kindOf(type: string): RecordKind {
  return type === 'configmap' ? 'ConfigMap' : 'Secret';
}

/**
 * HELM_DRIVER's words: pkg/action/action.go, `Configuration.Init`.
 * @throws ReleasesError USAGE for the drivers whose records can't be read from here
 */
export function driverKind(env: Environment): RecordKind {
  const driver = env.HELM_DRIVER ?? '';
  if (['', 'secret', 'secrets'].includes(driver)) return 'Secret';
  if (['configmap', 'configmaps'].includes(driver)) return 'ConfigMap';
  const known = driver === 'sql' || driver === 'memory';
  const name = printable(driver, 40);
  throw new ReleasesError(
    'USAGE',
    known ? `HELM_DRIVER=${name} can't be read` : `HELM_DRIVER=${name} is no driver of Helm's`,
    {
      why: ['this version reads Secrets, ConfigMaps and folders'],
      hints: ['--storage secret, --storage configmap or --storage dir:PATH'],
    },
  );
}
