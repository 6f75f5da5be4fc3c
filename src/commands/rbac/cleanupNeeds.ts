/** Where the asks of `cleanup` apply: the stores it would open, and the kinds that belong to a Tiller. */

import type { Environment } from '../../environment.ts';
import type { Need } from '../../kube/access.ts';
import { resourceOf } from '../../kube/access.ts';
import { resources, type TillerKind } from '../../migrate/cleanup/tiller.ts';
import { type Parts, partsOf } from '../cleanup/cleanupPlan.ts';
import { openHelm2Ends } from '../move/helm2Ends.ts';
import { type Ask, asksOf } from './asks.ts';
import { anyServer, type NeedsArgs, namespacesMissing, need, sourceNeeds } from './need.ts';

const kinds: { readonly [O in Ask['on']]?: readonly TillerKind[] } = {
  Tiller: ['Deployment', 'Service'],
  "Tiller's secret and account": ['Secret', 'ServiceAccount'],
  "the bindings of Tiller's account": ['RoleBinding', 'ClusterRoleBinding'],
};

/** @throws ReleasesError, as `needsOf` does */
export async function cleanupNeeds(args: NeedsArgs, env: Environment): Promise<Need[]> {
  const { namespaces, ...rest } = args;
  const parts = partsOf({ ...rest, namespace: undefined });
  if (!parts.releases && !parts.tiller) return [];
  const each = namespaces === 'all' || namespaces.length === 0 ? [undefined] : namespaces;
  const needs: Need[] = [];
  for (const namespace of each) {
    const { from, to, namedNamespaces, close } = await openHelm2Ends(
      { ...rest, ...anyServer, namespace },
      env,
    );
    close();
    if (to.storage.capabilities.inCluster && to.namespace === undefined && namespaces.length === 0)
      throw namespacesMissing('which namespaces are the releases in?');
    const at = to.namespace ?? namespace;
    for (const ask of asksOf('cleanup', args).filter((one) => isPart(one, parts))) {
      if (ask.on === 'Helm 2 records')
        for (const source of from)
          needs.push(
            ...sourceNeeds({ ...source, optional: source.optional && !parts.tiller }, [ask]),
          );
      if (ask.on === 'Helm 3 records' && to.storage.capabilities.inCluster)
        needs.push(need(ask, resourceOf(to.kind), at));
      if (ask.on === "the target's namespaces" && to.storage.capabilities.inCluster)
        needs.push(need(ask, 'namespaces', at));
      if (ask.on === "Tiller's namespace")
        needs.push(...namedNamespaces.map((tiller) => need(ask, 'namespaces', tiller)));
      const tillers = new Set(from.flatMap(({ selection }) => selection.namespace ?? []));
      for (const tiller of tillers) needs.push(...tillerNeed(ask, tiller));
    }
  }
  return needs;
}

/** What is deleted of the records, and what is done with Tiller, only where that is asked for. */
function isPart({ on, verb }: Ask, { releases, tiller }: Parts): boolean {
  if (on === 'Helm 2 records') return releases || verb === 'list';
  return tiller || !(on in kinds || on === 'the pods beside Tiller');
}

/** Bindings may be in any namespace. */
function tillerNeed(ask: Ask, tiller: string): Need[] {
  if (ask.on === 'the pods beside Tiller') return [need(ask, 'pods', tiller)];
  const everywhere = ask.on === "the bindings of Tiller's account";
  return (kinds[ask.on] ?? []).map((kind) => {
    const { apiVersion, resource } = resources[kind];
    const group = apiVersion.includes('/') ? apiVersion.split('/')[0] : undefined;
    const one = need(ask, resource, everywhere ? undefined : tiller);
    return group === undefined ? one : { ...one, group };
  });
}
