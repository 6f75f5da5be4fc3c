/** What `relocate` and `copy` need, by the end that asks for it: they may be in two clusters. */

import type { Environment } from '../../environment.ts';
import { mergedNeeds, type Need, resourceOf } from '../../kube/access.ts';
import { clusterMark } from '../../kube/oneCluster.ts';
import { addressTypes, driverKind } from '../../storage/address.ts';
import { isLive } from '../../storage/storage.ts';
import { openRelocationEnds } from '../move/relocationEnds.ts';
import { namespaceMap } from '../move/relocationSelection.ts';
import { type Ask, asksOf } from './asks.ts';
import {
  anyServer,
  type NeedsArgs,
  namespacesMissing,
  need,
  objectNeed,
  objectWords,
  sourceNeeds,
} from './need.ts';

/** A database has no Roles; it needn't be known here, and is never connected to. */
const anyDatabase = {
  'release-storage-sql-connection': 'postgresql://database.invalid/releases',
  'release-storage-sql-connection-env': undefined,
};

/** Neither is another cluster. */
const elsewhere = {
  ...{ 'to-context': undefined, 'to-kubeconfig': undefined },
  ...{ 'to-sql-connection': undefined, 'to-sql-connection-env': undefined },
};

/** @throws ReleasesError USAGE, NOT_FOUND, FILE */
export async function relocationNeeds(
  command: 'relocate' | 'copy',
  args: NeedsArgs,
  env: Environment,
): Promise<Need[]> {
  const { namespaces, ...given } = args;
  const rest = { ...given, ...elsewhere };
  const wanted = asksOf(command, args);
  const on = (what: Ask['on']) => wanted.filter((ask) => ask.on === what);
  const map = namespaceMap({ ...args, release: [] });
  const moved = (own: string) => args['to-namespace'] ?? map.get(own) ?? own;
  const needs: { from: Need[]; to: Need[] } = { from: [], to: [] };
  for (const namespace of namespaces === 'all' || namespaces.length === 0
    ? [undefined]
    : namespaces) {
    // Where nothing says where to, rights are asked for where helm keeps its own.
    const to = args.to ?? (args['helm-release-storage-type'] || addressTypes[driverKind(env)]);
    const everywhere = { 'all-namespaces': namespaces === 'all' };
    const where = {
      ...{ ...rest, ...anyServer, ...anyDatabase, ...everywhere, namespace },
      ...(!rest.to && { to }),
    };
    const ends = await openRelocationEnds(where, env);
    ends.close();
    const reaches = ends.from.some(
      ({ storage, selection }) =>
        storage.capabilities.inCluster && selection.namespace === undefined,
    );
    const { storage, kind, namespace: fixed } = ends.to;
    const writes = storage.capabilities.inCluster && fixed === undefined;
    const objects = on('the live objects');
    // A release's namespace is known only from its record, and no record is read here.
    if (namespaces.length === 0 && (reaches || writes || objects.length > 0))
      throw namespacesMissing('which namespaces are the releases in?');
    needs.from.push(...ends.from.flatMap((source) => sourceNeeds(source, on('the records moved'))));
    const own = namespace === undefined ? undefined : moved(namespace);
    if (storage.capabilities.inCluster && kind) {
      const at = fixed ?? own;
      needs.to.push(...on('the records written').map((ask) => need(ask, resourceOf(kind), at)));
      needs.to.push(...on("the target's namespaces").map((ask) => need(ask, 'namespaces', at)));
    }
    if (!isLive(storage)) continue;
    // Who keeps name and namespace meets nobody new.
    const renamed = args['to-name'] !== undefined || own !== namespace || own === undefined;
    for (const ask of renamed ? on('the records beside those') : [])
      for (const beside of ['Secret', 'ConfigMap'] as const)
        needs.to.push(need(ask, resourceOf(beside), own));
    for (const place of new Set([own, namespace]))
      for (const ask of objects)
        needs.to.push(...objectWords(args).map((text) => objectNeed(ask, text, place)));
  }
  for (const ask of on('both clusters'))
    for (const end of ['from', 'to'] as const)
      needs[end].push(need(ask, 'namespaces', clusterMark));
  return mergedNeeds(args.end ? needs[args.end] : [...needs.from, ...needs.to]);
}
