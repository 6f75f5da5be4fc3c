/** What the cluster has of the releases' objects, in few requests: their metadata alone, and what the server serves. */
import { deployedRevision } from '../../deployed.ts';
import type { KubeApi } from '../../kube/api.ts';
import { openDiscovery, type Serves } from '../../objects/discovery.ts';
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
  const wanted = releases.flatMap((release) => livingObjects(release) ?? []);
  const serves = await openDiscovery(api).all();
  return { seen: await seeObjects(wanted, api), serves };
}

/**
 * Those of the deployed revision, or of the newest where none is; none of a release that is uninstalled, or whose
 * first install has not ended.
 */
export function livingObjects({ revisions }: SurveyedRelease): LiveObjects | undefined {
  const readable = revisions.filter((one) => !one.body || saidBy(one));
  const [deployed, newest] = [
    deployedRevision(readable, ({ standing }) => standing),
    readable.at(-1),
  ];
  const said = deployed ? saidBy(deployed) : newest && saidBy(newest);
  if (!said || /^(?:uninstall.*|pending-install)$/.test(said.status)) return undefined;
  return said.objects;
}
