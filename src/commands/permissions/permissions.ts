/**
 * What a command needs from the API server with the flags it gets. What it asks is said in `asks.ts`;
 * where, by the very stores that the command would open.
 */

import { printable, type ReleasesError } from '../../errors.ts';
import type { ReadSource } from '../../inspect/sources.ts';
import { mergedNeeds, type Need } from '../../kube/access.ts';
import type { Environment } from '../../output/terminal/io.ts';
import type { RecordKind } from '../../record.ts';
import { usage } from '../line/arguments.ts';
import type { ReadArgs } from '../line/options.ts';
import type { MoveArgs } from '../migration/moveEnds.ts';
import type { EndsArgs } from '../relocation/relocationGoal.ts';
import { defaultTillerNamespace, tillerNamespaces } from '../stores/tillers.ts';
import { type Ask, type AskingCommand, asksOf, clusterWideObjects, usualObjects } from './asks.ts';

/** The flags that say where a command looks, and the namespaces its releases are in. */
export interface NeedsArgs
  extends Omit<ReadArgs & MoveArgs & EndsArgs, 'namespace' | 'all-namespaces'> {
  /** `all`; none: the context's own. */
  readonly namespaces: readonly string[] | 'all';
  readonly 'delete-v2-releases'?: boolean | undefined;
  readonly 'delete-source'?: boolean | undefined;
  /** Of a relocation: only the end that records come from, or go to. */
  readonly end?: 'from' | 'to' | undefined;
  readonly 'no-adopt'?: boolean | undefined;
  readonly live?: boolean | undefined;
  readonly watch?: boolean | undefined;
  readonly overwrite?: boolean | undefined;
  readonly 'release-cleanup'?: boolean | undefined;
  readonly 'tiller-cleanup'?: boolean | undefined;
  readonly 'config-cleanup'?: boolean | undefined;
  readonly 'tiller-rbac'?: boolean | undefined;
  /** Kinds of live objects, as `objectNeed` reads them; absent: the usual ones. */
  readonly 'adopt-resource'?: readonly string[] | undefined;
  /** Of what is restored: the only kind, as addresses call it. */
  readonly kind?: string | undefined;
}

type Needing = (command: AskingCommand, args: NeedsArgs, env: Environment) => Promise<Need[]>;

/** Where each command's asks apply. */
const needing: { readonly [C in AskingCommand]: Needing } = {
  list: readNeeds,
  history: readNeeds,
  get: readNeeds,
  chart: readNeeds,
  status: inspectNeeds,
  du: readNeeds,
  diff: inspectNeeds,
  tree: inspectNeeds,
  backup: readNeeds,
  migrate2to3: moveNeeds,
  relocate: relocateNeeds,
  copy: relocateNeeds,
  cleanup: async (_, args, env) => (await import('./cleanupNeeds.ts')).cleanupNeeds(args, env),
  restore: restoreNeeds,
};

/**
 * What a command with these flags asks of the API server. Nothing is asked here: stores are opened,
 * which reads the kubeconfig for its namespace and connects to nothing.
 * @throws ReleasesError USAGE, KUBECONFIG, NOT_FOUND, FILE
 */
export async function needsOf(
  command: AskingCommand,
  args: NeedsArgs,
  env: Environment,
): Promise<Need[]> {
  return mergedNeeds(await needing[command](command, args, env));
}

/** Roles are printed for clusters that this machine doesn't know, too. */
export const anyServer = { server: 'https://kubernetes.invalid' };

/** Commands that show all releases, and so look for Tillers in all namespaces. */
const listing: ReadonlySet<AskingCommand> = new Set(['list', 'du', 'backup']);

async function readNeeds(
  command: AskingCommand,
  args: NeedsArgs,
  env: Environment,
): Promise<Need[]> {
  const { chooseReads } = await import('../stores/stores.ts');
  const { namespaces, ...rest } = args;
  const on = (what: Ask['on']) => asksOf(command, args).filter((ask) => ask.on === what);
  const everywhere = namespaces === 'all' || (command === 'backup' && namespaces.length === 0);
  // The others look for single releases, and so into the Tiller namespace that is named.
  const named = tillerNamespaces(args, env).length > 0 || args.storage?.length;
  const free = everywhere && !listing.has(command) && !named;
  const fixed = free ? { 'tiller-namespace': [defaultTillerNamespace] } : {};
  const each = namespaces === 'all' || namespaces.length === 0 ? [undefined] : namespaces;
  const needs: Need[] = [];
  for (const namespace of each) {
    const where = { ...rest, ...anyServer, ...fixed, namespace, 'all-namespaces': everywhere };
    const { sources, namedNamespaces, close } = await chooseReads(where, env);
    close();
    needs.push(...sources.flatMap((source) => sourceNeeds(source, on('the records read'))));
    for (const tiller of free ? [] : namedNamespaces)
      needs.push(...on("Tiller's namespace").map((ask) => need(ask, 'namespaces', tiller)));
  }
  return needs;
}

/** Records, and the live objects of the releases in these namespaces. */
async function inspectNeeds(
  command: AskingCommand,
  args: NeedsArgs,
  env: Environment,
): Promise<Need[]> {
  const needs = await readNeeds(command, args, env);
  const { namespaces } = args;
  const live = asksOf(command, args).filter(({ on }) => on === 'the live objects');
  if (live.length > 0 && namespaces.length === 0)
    throw namespacesMissing('which namespaces are the releases in?');
  const each = namespaces === 'all' ? [undefined] : namespaces;
  const objects = objectWords(args);
  const at = each.flatMap((namespace) =>
    live.flatMap((ask) => objects.map((text) => objectNeed(ask, text, namespace))),
  );
  return [...needs, ...at];
}

export function objectWords(args: NeedsArgs): readonly string[] {
  return args['adopt-resource']?.flatMap((text) => text.split(',')) ?? usualObjects;
}

async function relocateNeeds(
  command: AskingCommand,
  args: NeedsArgs,
  env: Environment,
): Promise<Need[]> {
  const { relocationNeeds } = await import('./relocationNeeds.ts');
  return relocationNeeds(command === 'copy' ? command : 'relocate', args, env);
}

async function moveNeeds(
  command: AskingCommand,
  args: NeedsArgs,
  env: Environment,
): Promise<Need[]> {
  const { openMoveEnds } = await import('../migration/moveEnds.ts');
  const { namespaces, ...rest } = args;
  const wanted = asksOf(command, args);
  const on = (what: Ask['on']) => wanted.filter((ask) => ask.on === what);
  const objects = objectWords(args);
  const each = namespaces === 'all' || namespaces.length === 0 ? [undefined] : namespaces;
  const needs: Need[] = [];
  for (const namespace of each) {
    const where = { ...rest, ...anyServer, namespace };
    const { from, to, namedNamespaces, close } = await openMoveEnds(where, env);
    close();
    needs.push(...from.flatMap((source) => sourceNeeds(source, on('Helm 2 records'))));
    for (const tiller of namedNamespaces)
      needs.push(...on("Tiller's namespace").map((ask) => need(ask, 'namespaces', tiller)));
    if (!to.storage.capabilities.inCluster) continue;
    const adopts = on('the live objects');
    // A release's namespace is known only from its record, and no record is read here.
    if (namespaces.length === 0 && (to.namespace === undefined || adopts.length > 0))
      throw namespacesMissing('which namespaces are the releases in?');
    const at = to.namespace ?? namespace;
    needs.push(...on('Helm 3 records').map((ask) => need(ask, resourceOf(to.kind), at)));
    needs.push(...on("the target's namespaces").map((ask) => need(ask, 'namespaces', at)));
    for (const ask of adopts)
      needs.push(...objects.map((text) => objectNeed(ask, text, namespace)));
  }
  return needs;
}

/**
 * @param text `services` or `deployments.apps`, in the releases' namespaces; `NS/services` in another
 *   one, and `/clusterroles.rbac.authorization.k8s.io` for what belongs to none
 * @throws ReleasesError USAGE
 */
export function objectNeed(ask: Ask, text: string, namespace: string | undefined): Need {
  const parts = /^(?:([a-z0-9-]{0,63})(\/))?([a-z0-9-]{1,63})(?:\.([a-z0-9.-]{1,253}))?$/.exec(
    text,
  );
  if (!parts?.[3])
    throw usage(`--adopt-resource "${printable(text, 80)}" is no kind of object as Roles name it`, [
      'the forms are: services, deployments.apps, NS/services, /clusterroles.rbac.authorization.k8s.io',
    ]);
  const own = clusterWideObjects.includes(text) ? undefined : namespace;
  const at = parts[2] === undefined ? own : parts[1];
  const group = parts[4] ? { group: parts[4] } : {};
  return { ...need(ask, parts[3], at || undefined), ...group };
}

const restored = [
  ['secret', 'secrets'],
  ['configmap', 'configmaps'],
] as const;
const namespacesOnly = [['', 'namespaces']] as const;

/**
 * A folder may hold both kinds of record. They go back to their storage namespaces: Tiller's, often; or to
 * where `--to` says.
 */
async function restoreNeeds(
  command: AskingCommand,
  args: NeedsArgs,
  env: Environment,
): Promise<Need[]> {
  const { addressOf, addressTypes, openStores } = await import('../stores/connections.ts');
  const { namespaces, ...rest } = args;
  const { type, location } = await addressOf(args.to ?? addressTypes.Secret);
  if (type !== 'secret' && type !== 'configmap') return [];
  const kinds = restored.filter(([one]) => one === (args.to ? type : (args.kind ?? one)));
  if (namespaces.length === 0 && location === undefined)
    throw namespacesMissing('which namespaces do the records go back to?');
  const needs: Need[] = [];
  for (const own of namespaces === 'all' || namespaces.length === 0 ? [undefined] : namespaces) {
    const namespace = location ?? own;
    // Connects to nothing; it is here that the names of namespaces are checked.
    openStores({ ...rest, namespace: own }, env).close();
    for (const ask of asksOf(command, args))
      for (const [, resource] of ask.on === 'the records restored' ? kinds : namespacesOnly)
        needs.push(need(ask, resource, namespace));
  }
  return needs;
}

export function namespacesMissing(question: string): ReleasesError {
  return usage(question, [
    'each must be named: -n NAMESPACE, which may be repeated, or -A for all of them',
  ]);
}

export function sourceNeeds(
  { storage, selection, optional }: ReadSource,
  wanted: readonly Ask[],
): Need[] {
  if (!storage.capabilities.inCluster) return [];
  return storage.kinds.flatMap((kind) =>
    wanted.map((ask) => need(ask, resourceOf(kind), selection.namespace, optional)),
  );
}

/** A kind of record, as Roles call it. */
export function resourceOf(kind: RecordKind): 'secrets' | 'configmaps' {
  return kind === 'Secret' ? 'secrets' : 'configmaps';
}

export function need(
  ask: Ask,
  resource: Need['resource'],
  namespace: string | undefined,
  optional = false,
): Need {
  return {
    verb: ask.verb,
    resource,
    ...(namespace === undefined ? {} : { namespace }),
    ...(optional || ask.optional ? { optional: true } : {}),
  };
}
