/** A release as data, where helm prints it as text alone: `get all -o json`, `get manifest -o json`. */
import { encodeHelm3 } from '../../codecs/helm3/helm3.ts';
import { ReleasesError } from '../../errors.ts';
import type { HelmShape } from '../../helms.ts';
import { computedValues, userValues } from '../../inspect/values.ts';
import type { Json, JsonObject } from '../../json.ts';
import { readManifest } from '../../objects/manifest.ts';
import type { Release } from '../../release.ts';
import { helmReleaseJson } from './helmRelease.ts';

/**
 * What `status -o json` prints, with the metadata of the chart and the computed values.
 * @throws UnreadableError for Helm 2 values that aren't YAML
 */
export function releaseData(
  release: Release,
  shape: HelmShape,
): JsonObject & { readonly hooks: Json } {
  const data = helmReleaseJson(release, shape).data as JsonObject;
  return {
    ...data,
    // Helm would round; this is not its output.
    ...(data['config'] === undefined ? {} : { config: userValues(release) }),
    hooks: data['hooks'] ?? [],
    chart: { metadata: chartMetadata(release) },
    computedValues: computedValues(release),
  };
}

/** In the form of a record of Helm 3, whichever Helm wrote this one. */
function chartMetadata({ helm, name, namespace, revision, chart }: Release): Json {
  if (!chart?.metadata) return null;
  const bare = { lock: null, templates: null, values: null, schema: null, files: null };
  const bytes = encodeHelm3({
    ...{ helm: helm === 2 ? 3 : helm, name, namespace, revision, manifest: '' },
    chart: { metadata: chart.metadata, ...bare },
    ...{ config: null, hooks: [] },
  });
  const { chart: written } = JSON.parse(Buffer.from(bytes).toString('utf8')) as {
    readonly chart: { readonly metadata: Json };
  };
  return written.metadata;
}

/**
 * The objects of a manifest as kubectl's List.
 * @throws ReleasesError UNREADABLE, for data that leaves an object out is wrong data
 */
export function manifestList({ manifest }: Release): Json {
  const { objects, unreadable } = readManifest(manifest);
  const [first] = unreadable;
  if (first)
    throw new ReleasesError(
      'UNREADABLE',
      `document ${first.document} of the manifest can't be read: ${first.unreadable}`,
      { hints: ['without -o the text is printed as it is'] },
    );
  return { apiVersion: 'v1', kind: 'List', items: objects.map(({ fields }) => fields) };
}
