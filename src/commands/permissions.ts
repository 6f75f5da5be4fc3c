/**
 * What a command needs from the API server with the flags it gets. What it asks is said in `asks.ts`;
 * where, by the very stores that the command would open.
 */

import { ReleasesError } from '../errors.ts';
import type { ReadSource } from '../inspect/sources.ts';
import type { Need } from '../kube/access.ts';
import type { KubeApi } from '../kube/api.ts';
import type { Plan } from '../migrate/plan.ts';
import { isMovable } from '../migrate/plan.ts';
import type { Environment } from '../output/io.ts';
import type { RecordKind } from '../record.ts';
import { usage } from './arguments.ts';
import { type Ask, type AskingCommand, asks } from './asks.ts';
import type { ReadArgs } from './options.ts';
import type { MoveArgs } from './stores.ts';

/** The flags that say where a command looks, and the namespaces its releases are in. */
export interface NeedsArgs extends Omit<ReadArgs & MoveArgs, 'namespace' | 'all-namespaces'> {
  /** `all`; none: the context's own. */
  readonly namespaces: readonly string[] | 'all';
  readonly 'delete-v2-releases'?: boolean | undefined;
}

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
  if (command === 'restore') return merged(await restoreNeeds(args, env));
  if (command === 'migrate2to3') return merged(await moveNeeds(args, env));
  return merged(await readNeeds(command, args, env));
}

/** Roles are printed for clusters that this machine doesn't know, too. */
const anyServer = { server: 'https://kubernetes.invalid' };

async function readNeeds(
  command: AskingCommand,
  args: NeedsArgs,
  env: Environment,
): Promise<Need[]> {
  const { chooseReads } = await import('./stores.ts');
  const { namespaces, ...rest } = args;
  const everywhere = namespaces === 'all';
  // Only list looks for Tillers in all namespaces; the others look into the one that is named.
  const tiller = args['tiller-namespace'] || env.TILLER_NAMESPACE || 'kube-system';
  const free = everywhere && command !== 'list' && !args.storage?.length;
  const fixed = free ? { 'tiller-namespace': tiller } : {};
  const each = everywhere || namespaces.length === 0 ? [undefined] : namespaces;
  const needs: Need[] = [];
  for (const namespace of each) {
    const where = { ...rest, ...anyServer, ...fixed, namespace, 'all-namespaces': everywhere };
    const { sources, close } = await chooseReads(where, env);
    needs.push(...sources.flatMap((source) => sourceNeeds(source, asks[command])));
    close();
  }
  return needs;
}

async function moveNeeds(args: NeedsArgs, env: Environment): Promise<Need[]> {
  const { openMoveEnds } = await import('./stores.ts');
  const { namespaces, ...rest } = args;
  const wanted = asks.migrate2to3.filter(
    (ask: Ask) => ask.flag === undefined || args[ask.flag] === true,
  );
  const on = (what: Ask['on']) => wanted.filter((ask) => ask.on === what);
  const each = namespaces === 'all' || namespaces.length === 0 ? [undefined] : namespaces;
  const needs: Need[] = [];
  for (const namespace of each) {
    const { from, to, close } = await openMoveEnds({ ...rest, ...anyServer, namespace }, env);
    close();
    needs.push(...from.flatMap((source) => sourceNeeds(source, on('Helm 2 records'))));
    if (isFolder(to.storage)) continue;
    // A release's namespace is known only from its record, and no record is read here.
    if (to.namespace === undefined && namespaces.length === 0)
      throw namespacesMissing('which namespaces are the releases in?');
    const at = to.namespace ?? namespace;
    needs.push(...on('Helm 3 records').map((ask) => need(ask, resourceOf(to.kind), at)));
    needs.push(...on("the target's namespaces").map((ask) => need(ask, 'namespaces', at)));
  }
  return needs;
}

const records = ['secrets', 'configmaps'] as const;
const namespacesOnly = ['namespaces'] as const;

/** A folder may hold both kinds of record. They go back to their storage namespaces: Tiller's, often. */
async function restoreNeeds(args: NeedsArgs, env: Environment): Promise<Need[]> {
  const { openStores } = await import('./connections.ts');
  const { namespaces, ...rest } = args;
  if (namespaces.length === 0)
    throw namespacesMissing('which namespaces do the records go back to?');
  const needs: Need[] = [];
  for (const namespace of namespaces === 'all' ? [undefined] : namespaces) {
    // Connects to nothing; it is here that the names of namespaces are checked.
    openStores({ ...rest, namespace }, env).close();
    for (const ask of asks.restore)
      for (const resource of ask.on === 'the records restored' ? records : namespacesOnly)
        needs.push(need(ask, resource, namespace));
  }
  return needs;
}

function namespacesMissing(question: string): ReleasesError {
  return usage(question, [
    'each is written to: -n NAMESPACE, which may be repeated, or -A for all of them',
  ]);
}

/**
 * What carrying out a plan takes beyond what making it took. Folders take no permission.
 * @returns each need once
 */
export function planNeeds(plan: Plan): Need[] {
  const needs: Need[] = [];
  for (const { from, steps } of plan.releases.filter(isMovable))
    for (const step of steps) {
      if (step.do === 'adopt') continue;
      const { kind, namespace } = step.record;
      if (step.do === 'delete') {
        if (!isFolder({ address: from }))
          for (const verb of ['get', 'delete'] as const)
            needs.push({ verb, resource: resourceOf(kind), namespace });
      } else if (!isFolder({ address: plan.to })) {
        needs.push({ verb: 'get', resource: resourceOf(kind), namespace });
        if (step.do === 'create')
          needs.push({ verb: 'create', resource: resourceOf(kind), namespace });
      }
    }
  return merged(needs);
}

/**
 * Asks for what a plan takes, before its first write.
 * @throws ReleasesError REFUSED, naming every verb that is missing
 */
export async function requirePermissions(plan: Plan, api: KubeApi, hint: string): Promise<void> {
  const { missingPermissions, needWord } = await import('../kube/access.ts');
  const missing = await missingPermissions(api, planNeeds(plan));
  if (missing.length === 0) return;
  const words = missing.slice(0, mostNamed).map((one) => `no permission to ${needWord(one)}`);
  const more = missing.length - words.length;
  throw new ReleasesError('REFUSED', 'permissions are missing, and nothing was written', {
    why: more > 0 ? [...words, `and ${more} more`] : words,
    hints: [hint],
  });
}

/** Lines of what is missing; the rest is a number. */
const mostNamed = 20;

function sourceNeeds({ storage, selection, optional }: ReadSource, wanted: readonly Ask[]): Need[] {
  if (isFolder(storage)) return [];
  return storage.kinds.flatMap((kind) =>
    wanted.map((ask) => need(ask, resourceOf(kind), selection.namespace, optional)),
  );
}

function isFolder({ address }: { readonly address: string }): boolean {
  return address.startsWith('dir:');
}

function resourceOf(kind: RecordKind): 'secrets' | 'configmaps' {
  return kind === 'Secret' ? 'secrets' : 'configmaps';
}

function need(
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

/** Each once, without those that another one covers: the same for all namespaces, or not optional. */
function merged(needs: readonly Need[]): Need[] {
  const id = ({ verb, resource, namespace = '' }: Need) => `${namespace} ${resource} ${verb}`;
  const best = new Map<string, Need>();
  for (const one of [...needs.filter((n) => !n.optional), ...needs.filter((n) => n.optional)])
    if (!best.has(id(one))) best.set(id(one), one);
  return [...best.values()].filter((one) => {
    if (one.namespace === undefined) return true;
    const wide = best.get(id({ verb: one.verb, resource: one.resource }));
    return wide === undefined || (wide.optional === true && !one.optional);
  });
}
