/**
 * Objects of kinds that the server doesn't serve, as of API versions that it no longer has. Helm 3 builds
 * the objects of the manifest it starts from at every upgrade, rollback and uninstall, and ends there when
 * one of them has no kind on the server (pkg/action/upgrade.go, rollback.go, uninstall.go).
 */

import { printable } from '../../errors.ts';
import type { ManifestObject } from '../../objects/manifest.ts';
import { type RemovedApi, removedApi } from '../../objects/removedApis.ts';
import type { Finding } from '../plan.ts';
import {
  type Check,
  type CheckInput,
  grouped,
  listed,
  liveObjects,
  merged,
  titles,
} from './check.ts';

export const removedApisCheck: Check = {
  name: 'removed-apis',
  severity: 'loss',
  describe: "kinds in the newest manifest that the API server doesn't serve, or no longer",
  check: findRemovedApis,
};

export function findRemovedApis(input: CheckInput): Finding[] {
  const { serves } = input;
  if (!serves) return [];
  return merged(
    liveObjects(input).flatMap(({ revision, objects, upgraded }) => {
      const unserved = objects.filter(({ apiVersion, kind }) => serves(apiVersion, kind) === false);
      const groups = grouped(unserved, (object) => removedApi(object) ?? object.apiVersion);
      return [...groups.values()].map((group) => ({
        ...describe(group, upgraded),
        revisions: [revision],
      }));
    }),
  );
}

/** @param objects of one version, which have gone together if at all */
function describe(
  objects: readonly ManifestObject[],
  upgraded: boolean,
): Omit<Finding, 'revisions'> {
  const [first] = objects;
  const api = first && removedApi(first);
  const kinds = listed(objects.map(({ kind }) => printable(kind, 120)));
  const what = `${printable(first?.apiVersion ?? '', 120)} ${kinds}`;
  const since = api ? `, removed in Kubernetes 1.${api.minor}` : '';
  const fails = upgraded ? 'the next Helm 3 upgrade fails' : 'a Helm 3 rollback or uninstall fails';
  return {
    severity: 'loss',
    message: `the API server does not serve ${what}${since}: ${fails} at ${titles(objects)}`,
    fix: fixFor(api),
  };
}

function fixFor(api: RemovedApi | undefined): string {
  if (!api)
    return 'install first what serves it, such as its CustomResourceDefinition; or take it out of the stored manifest after the migration, and out of the chart';
  return api.replacement
    ? `rewrite the stored manifest to ${api.replacement} after the migration, as helm mapkubeapis RELEASE does, and the chart too`
    : 'nothing replaces it: take it out of the stored manifest after the migration, as helm mapkubeapis RELEASE does, and out of the chart';
}
