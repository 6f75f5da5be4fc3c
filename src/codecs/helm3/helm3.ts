/** The format of Helm 3 and Helm 4: JSON. */

import { parseJson } from '../../go/json/read.ts';
import { oncePer } from '../../once.ts';
import type { Chart, HelmVersion, Release } from '../../release.ts';
import type { Part } from '../envelope.ts';
import { afterChart, beforeChart, chart as chartKind, release as releaseKind } from './schema.ts';

/** @throws UnreadableError */
export function decodeHelm3(data: Uint8Array): Release {
  const release = releaseKind.decode(parseJson(data), 'the release');
  return { helm: writtenBy(release), ...release };
}

/** The JSON that Helm's own encodeRelease would compress. */
export function encodeHelm3(release: Release): Uint8Array {
  return Buffer.from(helm3Text(release), 'utf8');
}

/** The same as text. */
export function helm3Text(release: Release): string {
  return releaseKind.encode(release) ?? '{}';
}

/** The same in parts: most of it is the chart, which revisions share. */
export function encodeHelm3Parts(release: Release): readonly Part[] {
  const { name, info, chart } = release;
  if (!chart) return [encodeHelm3(release)];
  const before = beforeChart.encode({ name, ...(info && { info }) }) ?? '{}';
  const after = afterChart.encode(release) ?? '{}';
  const [opened, closed] = [before.slice(0, -1), after.slice(1)];
  const text = (json: string) => Buffer.from(json, 'utf8');
  return [
    text(opened === '{' ? opened : `${opened},`),
    chartPart(chart),
    text(closed === '}' ? closed : `,${closed}`),
  ];
}

const chartPart = oncePer((chart: Chart) => ({
  shared: Buffer.from(`"chart":${chartKind.encode(chart)}`, 'utf8'),
}));

/**
 * Which of the two wrote it. Helm 3 always writes `deleted`, as `""` while the release lives; Helm 4
 * leaves it out then, and has members of its own. What has no times at all, as other tools write it, says nothing. A Helm 3 record that Helm 4 has updated reads as
 * Helm 4's, because Helm 4 wrote it last.
 */
function writtenBy(release: Omit<Release, 'helm'>): HelmVersion {
  const { info, chart, applyMethod } = release;
  const helm4 =
    applyMethod !== undefined ||
    info?.rollbackRevision !== undefined ||
    chart?.schemaModTime !== undefined ||
    (info?.deleted === undefined && (info?.firstDeployed ?? info?.lastDeployed) !== undefined);
  return helm4 ? 4 : 3;
}
