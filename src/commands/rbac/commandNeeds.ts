/**
 * What a command needs from the API server with the flags it gets. What it asks is said in `asks.ts`;
 * where, by the very stores that the command would open.
 */

import type { Environment } from '../../environment.ts';
import type { ReadSource } from '../../inspect/sources.ts';
import { mergedNeeds, type Need, resourceOf } from '../../kube/access.ts';
import { defaultTillerNamespace, tillerNamespaces } from '../stores/tillers.ts';
import { type Ask, type AskingCommand, asksOf } from './asks.ts';
import {
  anyServer,
  type NeedsArgs,
  namespacesMissing,
  need,
  objectNeed,
  objectWords,
  sourceNeeds,
} from './need.ts';

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
  doctor: (command, args, env) => inspectNeeds(command, { ...args, helm: '3' }, env),
  unlock: (command, args, env) => readNeeds(command, { ...args, helm: '3' }, env),
  prune: (command, args, env) => readNeeds(command, { ...args, helm: '3' }, env),
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

/** Commands that show all releases, and so look for Tillers in all namespaces. */
const listing: ReadonlySet<AskingCommand> = new Set(['list', 'du', 'tree', 'backup']);

async function readNeeds(
  command: AskingCommand,
  args: NeedsArgs,
  env: Environment,
): Promise<Need[]> {
  const { chooseReads, isAskedFor, ofEveryHelm } = await import('../stores/stores.ts');
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
    const said = command === 'backup' ? ofEveryHelm(env) : env;
    const { sources, namedNamespaces, close } = await chooseReads(where, said);
    close();
    // What a backup of all may not look into, it lacks.
    const isNeeded = (source: ReadSource) =>
      command === 'backup' && !args.named && isAskedFor(source, namespace, namedNamespaces);
    needs.push(
      ...sources.flatMap((source) =>
        sourceNeeds(
          isNeeded(source) ? { ...source, optional: false } : source,
          on('the records read'),
        ),
      ),
    );
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
  const { openHelm2Ends } = await import('../move/helm2Ends.ts');
  const { namespaces, ...rest } = args;
  const wanted = asksOf(command, args);
  const on = (what: Ask['on']) => wanted.filter((ask) => ask.on === what);
  const objects = objectWords(args);
  const each = namespaces === 'all' || namespaces.length === 0 ? [undefined] : namespaces;
  const needs: Need[] = [];
  for (const namespace of each) {
    const where = { ...rest, ...anyServer, namespace };
    const { from, to, namedNamespaces, close } = await openHelm2Ends(where, env);
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
  const { addressOf, openStores } = await import('../stores/connections.ts');
  const { addressTypes } = await import('../../storage/address.ts');
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
