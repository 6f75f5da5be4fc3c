/** What the cluster has of the releases' objects, in few requests: their metadata alone, and what the server serves. */
import { deployedRevision } from '../../deployed.ts';
import type { KubeApi } from '../../kube/api.ts';
import { groupOf, openDiscovery, type Serves } from '../../objects/discovery.ts';
import { seeObjects } from '../../objects/live.ts';
import type { ManifestObject } from '../../objects/manifest.ts';
import type { Seen } from '../../objects/tree.ts';
import type { LiveObjects } from './body.ts';
import { type SurveyedRelease, saidBy } from './survey.ts';

export interface Cluster {
  readonly seen: ReadonlyMap<ManifestObject, Seen>;
  readonly serves: Serves;
}

/** @throws ReleasesError, as `KubeApi.call` does; what may not be read is `unknown` */
export async function lookAtObjects(
  releases: readonly SurveyedRelease[],
  api: KubeApi,
): Promise<Cluster> {
  const wanted = releases.flatMap((release) =>
    [livingObjects(release), ...strayObjects(release)].flatMap((one) => one ?? []),
  );
  const serves = await openDiscovery(api).all();
  return { seen: await seeObjects(wanted, api), serves };
}

/** The revisions that helm goes on from, with what their contents say. */
function standingOnes({ revisions }: SurveyedRelease) {
  const readable = revisions.filter((one) => !one.body || saidBy(one));
  const deployed = deployedRevision(readable, ({ standing }) => standing);
  const newest = readable.at(-1);
  return { deployed: deployed && saidBy(deployed), newest: newest && saidBy(newest) };
}

/**
 * Those of the deployed revision, or of the newest where none is; none of a release that is uninstalled, or whose
 * first install has not ended.
 */
export function livingObjects(release: SurveyedRelease): LiveObjects | undefined {
  const { deployed, newest } = standingOnes(release);
  const said = deployed ?? newest;
  if (!said || /^(?:uninstall.*|pending-install)$/.test(said.status)) return undefined;
  return said.objects;
}

export interface Strays extends LiveObjects {
  /** The revision that may have made them, and its status. */
  readonly by: number;
  readonly status: string;
  readonly isNewest: boolean;
  /** The deployed one, which lacks them. */
  readonly deployed: number;
}

/**
 * What only revisions have that were interrupted or have failed, and the deployed one lacks: each with what no later
 * one of them has. A failed one whose body nobody read is left out.
 */
export function strayObjects(release: SurveyedRelease): readonly Strays[] {
  const { deployed, newest } = standingOnes(release);
  if (!deployed?.objects || newest?.status.startsWith('uninstall')) return [];
  const idOf =
    (own: string) =>
    ({ apiVersion, kind, namespace = own, name }: ManifestObject) =>
      JSON.stringify([groupOf(apiVersion), kind, namespace, name]);
  const known = new Set(deployed.objects.objects.map(idOf(deployed.objects.own)));
  return release.revisions.toReversed().flatMap((revision): Strays[] => {
    const said = saidBy(revision);
    if (!said?.objects || said === deployed || said.status === 'deployed') return [];
    const { own } = said.objects;
    const objects = said.objects.objects.filter((one) => !known.has(idOf(own)(one)));
    for (const one of objects) known.add(idOf(own)(one));
    if (objects.length === 0) return [];
    const about = { by: said.revision, status: said.status, isNewest: said === newest };
    return [{ objects, own, ...about, deployed: deployed.revision }];
  });
}
