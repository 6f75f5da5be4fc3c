/** The stores a command line leads to, opened once each, and the words that name them. */

import type { Environment } from '../../environment.ts';
import { ReleasesError, typed } from '../../errors.ts';
import type { KubeApi } from '../../kube/api.ts';
import type { Kube } from '../../kube/kube.ts';
import { isNamespaceName } from '../../names.ts';
import type { RecordKind } from '../../record.ts';
import { type Address, addressTypes, isNamespaced } from '../../storage/address.ts';
import type { Encryption, Keys } from '../../storage/archive/age.ts';
import type { ArchiveOptions } from '../../storage/archive/archive.ts';
import type { Index } from '../../storage/archive/index.ts';
import type { Storage } from '../../storage/storage.ts';
import { kubeOptions, type StorageArgs } from '../line/options.ts';
import { programVersion } from '../version.ts';

/** What is opened once and used by several sources. */
export interface Stores {
  kube(): Promise<Kube>;
  /** All namespaces' Secrets or ConfigMaps, or a database's rows; selections narrow them. */
  ofKind(kind: RecordKind): Promise<Storage>;
  /** @param create a folder or an archive that isn't there will be made with the first record */
  open(
    address: Address,
    create?: boolean,
  ): Promise<{ storage: Storage; namespace: string | undefined }>;
  close(): void;
}

/** How archives are opened and made. */
export interface ArchiveUse {
  /** Absent: what the flags name, and nobody is asked. */
  readonly keys?: Keys;
  readonly encryption?: Encryption | undefined;
  /** A new one takes the place of one that is there. */
  readonly replace?: boolean;
  /** A new one that lacks something may be left beside its name: see `ArchiveOptions`. */
  readonly beside?: boolean;
  /** The words that chose what a new one is to hold. */
  readonly asked?: readonly string[];
  /** What a new one is made from, as `originsOf` says it. Asked for when there is a new one. */
  readonly from?: () => Promise<readonly string[]>;
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
    if (value && !isNamespaceName(value))
      throw new ReleasesError('USAGE', `${name} "${typed(value, 63)}" is no namespace's name`);
}

/**
 * @param through what every request goes through, such as `dryRunApi`
 */
export function openStores(
  args: StorageArgs,
  env: Environment,
  through: (api: KubeApi) => KubeApi = (api) => api,
  archive: ArchiveUse = {},
): Stores {
  checkNamespaces(args, env);
  let connection: Promise<Kube> | undefined;
  const opened = new Map<RecordKind, Promise<Storage>>();
  const kube = (): Promise<Kube> => {
    connection ??= import('../../kube/kube.ts').then(async ({ openKube, readKubePipes }) => {
      await readKubePipes(kubeOptions(args), env);
      const opened = openKube(kubeOptions(args), env);
      return { ...opened, api: through(opened.api) };
    });
    return connection;
  };
  const closers: (() => void)[] = [];
  const openOne = async (address: Address, create: boolean): Promise<Storage> => {
    const { openAddress } = await import('../../storage/open.ts');
    const isSql = address.type === 'sql';
    const sqlConnection = isSql ? await connectionOf(args, env) : undefined;
    const { storage, close } = await openAddress(address, {
      ...{ kube, create, env, sqlConnection },
      ...(address.type === 'file' && { archive: await archiveOptions(args, env, archive, create) }),
    });
    closers.push(close);
    return storage;
  };
  const ofKind = (kind: RecordKind): Promise<Storage> => {
    const store = opened.get(kind) ?? openOne({ type: addressTypes[kind] }, true);
    opened.set(kind, store);
    return store;
  };
  return {
    kube,
    ofKind,
    async open(address, create = false) {
      const namespace = isNamespaced(address) ? address.location : undefined;
      return { storage: await openOne(address, create), namespace };
    },
    close: () => {
      for (const close of closers) close();
      connection?.then((open) => open.close()).catch(() => {});
    },
  };
}

async function connectionOf(args: StorageArgs, env: Environment): Promise<string | undefined> {
  return (await import('./secondDatabase.ts')).firstConnection(args, env);
}

/** What a new archive says of itself. */
export function newArchiveFacts(from: readonly string[]): Omit<Index, 'records'> {
  return { tool: `kubectl-releases ${programVersion}`, created: new Date().toISOString(), from };
}

async function archiveOptions(
  args: StorageArgs,
  env: Environment,
  { keys, encryption, replace, beside, asked, from = async () => [] }: ArchiveUse,
  create: boolean,
): Promise<Omit<ArchiveOptions, 'create'>> {
  const { keysOf, passphraseEncryption } = await import('./archiveKeys.ts');
  return {
    ...(create && { about: { ...newArchiveFacts(await from()), ...(asked && { asked }) } }),
    beside,
    encryption: encryption ?? (await passphraseEncryption(args, { env })),
    replace,
    keys: keys ?? (await keysOf(args, { env })),
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
  const { openKube, readKubePipes } = await import('../../kube/kube.ts');
  await readKubePipes(kubeOptions(args), env);
  const own = openKube(kubeOptions({ ...args, namespace: undefined }), {
    ...env,
    HELM_NAMESPACE: '',
  });
  own.close();
  return { name, isContexts: own.namespace === name };
}

/** @throws ReleasesError USAGE */
export async function addressOf(text: string): Promise<Address> {
  return (await import('../../storage/address.ts')).parseAddress(text);
}
