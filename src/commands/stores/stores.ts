/**
 * Which stores a command that reads means: addresses, werf's and Tiller's options, Helm's environment,
 * in this order. Moves choose by the same rules.
 */

import type { Environment } from '../../environment.ts';
import { type Hint, printable, ReleasesError, typed } from '../../errors.ts';
import type { Partly, ReadSource, Skipped } from '../../inspect/sources.ts';
import type { KubeApi } from '../../kube/api.ts';
import { kubectlLine } from '../../kube/hints.ts';
import type { Kube } from '../../kube/kube.ts';
import { note } from '../../output/terminal/errors.ts';
import type { IO } from '../../output/terminal/io.ts';
import type { Owner, RecordKind } from '../../record.ts';
import { shellQuote } from '../../shellQuote.ts';
import { type Address, driverKind, isNamespaced, kindOf } from '../../storage/address.ts';
import type { Missing } from '../../storage/storage.ts';
import { storeFlags } from '../hints/flags.ts';
import { anyTillers } from '../hints/tillerHints.ts';
import { helm2Flags, type ReadArgs, type StorageArgs, storageFlags } from '../line/options.ts';
import { addressOf, openStores, type Stores } from './connections.ts';
import { contextNamespace } from './scope.ts';
import {
  byLabel,
  defaultTillerNamespace,
  tillerFlags,
  tillerNamespaces,
  tillerSources,
} from './tillers.ts';

export interface Reads {
  /** In the order of preference: what Helm itself would read comes first. */
  readonly sources: readonly ReadSource[];
  /** Storage namespaces that somebody named, so that one that isn't there is an error. */
  readonly namedNamespaces: readonly string[];
  /** What to try where a named namespace isn't there. */
  namespaceHints(program: string): Promise<readonly Hint[]>;
  /** Where the user sees what is there. */
  listHint(program: string): string;
  /** The flags that chose these stores, for a command line to try next: ` -n pay --helm 2`. */
  readonly flags: string;
  /** The one API server, for what is asked of it beside records. */
  kube(): Promise<Kube>;
  /** Lets go of connections; call it when done. */
  close(): void;
}

/** Two flags that both say where records are: neither is dropped in silence. */
export function disagree(
  flag: string,
  address: string,
  other: (typeof storageFlags)[number] | 'release-storage' | 'to-storage-namespace',
  args: StorageArgs & { readonly 'to-storage-namespace'?: string | undefined },
): ReleasesError {
  const value = typed([args[other] ?? []].flat().join(','), 63);
  const message = `--${flag} ${typed(address, 80)} and --${other} ${value} can't both hold`;
  return new ReleasesError('USAGE', message, {
    why: [
      `--${flag} says where records ${flag === 'to' ? 'go' : 'are'}; leave one of the two away`,
    ],
  });
}

/**
 * @param through as `openStores`, for what changes where it reads
 * @throws ReleasesError USAGE, NO_CLUSTER, KUBECONFIG, NOT_FOUND, FILE
 */
export async function chooseReads(
  args: ReadArgs,
  env: Environment,
  through?: (api: KubeApi) => KubeApi,
): Promise<Reads> {
  const stores = openStores(args, env, through);
  const addresses = args.storage ?? [];
  if (addresses[0] !== undefined)
    for (const flag of storageFlags)
      if (args[flag]?.length) throw disagree('storage', addresses[0], flag, args);
  const sources =
    addresses.length > 0
      ? await addressedSources(addresses, args, env, stores)
      : await clusterSources(args, env, stores);
  const option = addresses.map((address) => ` --storage ${shellQuote(address)}`).join('');
  // What only the environment names is a mistake where Helm 2 alone is asked for.
  const named = args.helm === '2' ? tillerNamespaces(args, env) : tillerFlags(args);
  const addressed = addresses.length > 0 ? inCluster(sources) : [];
  return {
    sources,
    namedNamespaces: [...named, ...addressed],
    namespaceHints: async (program) =>
      addressed.length > 0 ? [namespacesHint] : anyTillers(sources, program),
    listHint: (program) => `${program} list${option || ' -A'}`,
    flags: `${storeFlags(args)}${option}`,
    kube: stores.kube,
    close: stores.close,
  };
}

/** Where a namespace that somebody named isn't there. */
export const namespacesHint = kubectlLine('get namespaces  shows those that are there');

/** For "looked in …". */
export function describeSources(sources: readonly ReadSource[]): string {
  return [...new Set(sources.map(sourceWord))].join(', ');
}

/** How a command that reads is told where to look. */
export const readAdvice = '--storage or --helm chooses where to look';

/**
 * What was left out, in one line.
 * @param advice flags of this very command that keep it from looking there
 */
export function noteSkipped(
  skipped: readonly Skipped[],
  advice: string,
  io: Pick<IO, 'stderr'>,
): void {
  if (skipped.length === 0) return;
  const words = skipped.map(({ source }) => sourceWord(source)).join(', ');
  const isTiller = skipped.some(({ source }) => source.selection.owner === 'tiller');
  const silent = isTiller && advice === readAdvice ? `; ${helmVariable}=3 leaves Helm 2 out` : '';
  note(io, `no permission to look into ${words}; ${advice}${silent}`);
}

/** Of sources that may hold more than they showed. */
export function notePartly(partly: readonly Partly[], io: Pick<IO, 'stderr'>): void {
  for (const { source, why } of partly)
    note(io, `${sourceWord(source)} ${why}: there may be more, and a release may not be whole`);
}

/**
 * Whether who asks for all releases, or for all of a namespace, asks for those of this source: Tiller's namespace
 * is none that somebody named who named another one.
 * @param named storage namespaces that flags name
 */
export function isAskedFor(
  { selection: { namespace: at } }: Pick<ReadSource, 'selection'>,
  namespace: string | undefined,
  named: readonly string[] = [],
): boolean {
  return !namespace || at === undefined || at === namespace || named.includes(at);
}

/** What was asked for and may not be among what was read, for an archive that says so itself. */
export function unseenOf(
  skipped: readonly Skipped[],
  partly: readonly Partly[],
  { namespace }: { readonly namespace?: string | undefined },
  named?: readonly string[],
): Missing[] {
  const place = (source: ReadSource, why: string): Missing => ({
    ...{ name: '', namespace: source.selection.namespace ?? '', store: sourceWord(source), why },
  });
  return [
    ...skipped.flatMap(({ source }) =>
      isAskedFor(source, namespace, named) ? place(source, 'no permission to look into it') : [],
    ),
    ...partly.map(({ source, why }) => place(source, `it ${why}`)),
  ];
}

/** `configmap:kube-system (Helm 2)` */
function sourceWord({ storage, selection }: ReadSource): string {
  const bare = selection.namespace && !storage.address.includes(':');
  const address = bare ? `${storage.address}:${selection.namespace}` : storage.address;
  const owner = selection.owner === 'tiller' ? ' (Helm 2)' : '';
  return printable(`${address}${owner}`);
}

/** The storage namespaces that sources name, each once. */
export function inCluster(sources: readonly ReadSource[]): string[] {
  const inside = sources.filter(({ storage }) => storage.capabilities.inCluster);
  return [...new Set(inside.flatMap(({ selection }) => selection.namespace ?? []))];
}

async function addressedSources(
  addresses: readonly string[],
  args: ReadArgs,
  env: Environment,
  stores: Stores,
): Promise<ReadSource[]> {
  const owner = ownerRead(args);
  const everywhere = args['all-namespaces'] === true;
  const sources: ReadSource[] = [];
  for (const text of addresses) {
    const address = await addressOf(text);
    const { storage, namespace } = await stores.open(address);
    const own = isNamespaced(address) && namespace === undefined && !everywhere;
    const at = own ? await namespaceOf(address, args, env, stores) : namespace;
    sources.push({
      storage: byLabel(storage, args),
      selection: { ...(at ? { namespace: at } : {}), ...(owner ? { owner } : {}) },
      optional: false,
      releaseNamespace: everywhere || own ? undefined : args.namespace || undefined,
      apart: namespace !== undefined && !everywhere && !!args.namespace,
      atHome: isNamespaced(address) && namespace === undefined,
    });
  }
  return sources;
}

async function namespaceOf(
  { type }: Address,
  args: ReadArgs,
  env: Environment,
  stores: Stores,
): Promise<string> {
  const given = { HELM_NAMESPACE: args.namespace || env.HELM_NAMESPACE };
  return contextNamespace(stores.kube, given, type === 'sql');
}

/** What Helm reads, then what may lie beside it. */
async function clusterSources(
  args: ReadArgs,
  env: Environment,
  stores: Stores,
): Promise<ReadSource[]> {
  const everywhere = args['all-namespaces'] === true;
  const here = everywhere ? undefined : (await stores.kube()).namespace;
  const owner = ownerRead(args, env);
  const sources: ReadSource[] = [];
  if (owner !== 'tiller') {
    const type = args['helm-release-storage-type'];
    const first = type ? kindOf(type) : driverKind(env);
    const fixed = args['helm-release-storage-namespace'] || undefined;
    const namespace = fixed ?? here;
    const all: RecordKind[] = [...new Set<RecordKind>([first, 'Secret', 'ConfigMap'])];
    // helm looks into its own driver's place and nowhere else.
    for (const kind of type || args.compat ? [first] : all)
      sources.push({
        storage: await stores.ofKind(kind),
        selection: { owner: 'helm', ...(namespace ? { namespace } : {}) },
        optional: kind !== first,
        releaseNamespace: fixed ? here : undefined,
        apart: fixed !== undefined,
        atHome: fixed === undefined,
      });
  }
  if (owner !== 'helm') {
    const named = tillerNamespaces(args, env);
    const tillers = named.length > 0 || everywhere ? named : [defaultTillerNamespace];
    const tiller = await tillerSources(args, tillers, stores, owner === 'tiller');
    sources.push(...tiller.map((source) => ({ ...source, releaseNamespace: here })));
  }
  return sources;
}

/**
 * A helm that `--compat` names reads no Helm 2 records; who wants those says so.
 * @param env what `--helm` is where nobody says it, of what is read without an address; absent: nothing
 * @throws ReleasesError USAGE
 */
function ownerRead(args: ReadArgs, env: Environment = {}): Owner | undefined {
  const asksForTiller = helm2Flags.some((flag) => args[flag]?.length);
  if (args.helm !== undefined) return wantedOwner(args);
  if (args.compat && !asksForTiller) return 'helm';
  const helm = env[helmVariable] || undefined;
  if (helm !== undefined && helm !== '2' && helm !== '3')
    throw new ReleasesError('USAGE', `${helmVariable} is 2 or 3; not "${typed(helm, 40)}"`);
  return asksForTiller ? undefined : wantedOwner({ helm });
}

/** Who has no Helm 2 says so once: nothing is asked of Tiller's namespace then, and nothing said of it. */
const helmVariable = 'HELM_RELEASES_HELM';

/** For a command that nobody's shell may narrow: a backup. */
export function ofEveryHelm(env: Environment): Environment {
  return { ...env, [helmVariable]: undefined };
}

/** Whose records --helm names; undefined: those of each. */
export function wantedOwner(args: Pick<ReadArgs, 'helm'>): Owner | undefined {
  if (args.helm === undefined) return undefined;
  return args.helm === '2' ? 'tiller' : 'helm';
}

/** Whether a flag of a move says Helm 2, of which nothing else is read then. */
export function isHelm2(args: Pick<ReadArgs, 'helm' | (typeof helm2Flags)[number]>): boolean {
  return args.helm === '2' || helm2Flags.some((flag) => args[flag]?.length);
}
