/**
 * Objects in API versions that the server no longer serves. Helm 3 builds the objects of the manifest
 * it starts from at every upgrade, rollback and uninstall, and ends there when one of them has no kind
 * on the server (pkg/action/upgrade.go, rollback.go, uninstall.go).
 */

import type { ServerVersion } from '../../kube/version.ts';
import type { ManifestObject } from '../../objects/manifest.ts';
import { type RemovedApi, removedApis } from '../../objects/removedApis.ts';
import type { Finding } from '../plan.ts';
import { type Check, type CheckInput, grouped, liveObjects, merged, titles } from './check.ts';

export const removedApisCheck: Check = {
  name: 'removed-apis',
  severity: 'loss',
  describe: "API versions in the newest manifest that the server's version no longer serves",
  check: findRemovedApis,
};

export function findRemovedApis(input: CheckInput): Finding[] {
  const { serverVersion } = input;
  if (!serverVersion) return [];
  const found = liveObjects(input);
  return merged(
    found.flatMap(({ revision, objects, upgraded }) => {
      const gone = objects.flatMap((object) => {
        const api = removedFor(object, serverVersion);
        return api ? [{ object, api }] : [];
      });
      return [...grouped(gone, ({ api }) => api)].map(([api, group]) => ({
        ...describe(api, titles(group.map(({ object }) => object)), serverVersion, upgraded),
        revisions: [revision],
      }));
    }),
  );
}

/** The row of the table for an object that this server no longer serves. */
export function removedFor(
  { apiVersion, kind }: Pick<ManifestObject, 'apiVersion' | 'kind'>,
  { major, minor }: ServerVersion,
): RemovedApi | undefined {
  return removedApis.find(
    (api) =>
      api.apiVersion === apiVersion &&
      api.kinds.includes(kind) &&
      (major > 1 || (major === 1 && minor >= api.minor)),
  );
}

function describe(
  api: RemovedApi,
  names: string,
  server: ServerVersion,
  upgraded: boolean,
): Omit<Finding, 'revisions'> {
  const { apiVersion, minor, replacement } = api;
  const since = `Kubernetes ${server.major}.${server.minor} does not serve ${apiVersion}, removed in 1.${minor}`;
  return {
    severity: 'loss',
    message: `${since}: ${upgraded ? 'the next Helm 3 upgrade fails' : 'a Helm 3 rollback or uninstall fails'} at ${names}`,
    fix: replacement
      ? `rewrite the stored manifest to ${replacement} after the migration, as helm mapkubeapis RELEASE does, and the chart too`
      : 'nothing replaces it: take it out of the stored manifest after the migration, as helm mapkubeapis RELEASE does, and out of the chart',
  };
}
