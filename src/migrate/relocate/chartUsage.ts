/** What a chart takes from its release: pure. Says what the next `helm upgrade` would render otherwise. */
import type { Chart } from '../../release.ts';

/** Whether its templates use a word. True where that can't be told. */
export interface ChartWords {
  /** `.Release.Name` */
  readonly releaseName: boolean;
  /** `.Release.Namespace` */
  readonly releaseNamespace: boolean;
  /** `fullnameOverride`, the value by which charts that `helm create` began keep their objects' names. */
  readonly fullnameOverride: boolean;
}

export function wordsOf(chart: Chart | null): ChartWords {
  const texts = (chart?.templates ?? []).map(({ data }) =>
    Buffer.from(data ?? []).toString('latin1'),
  );
  // A record doesn't hold the templates of subcharts.
  const unknown = !chart || (chart.metadata?.dependencies.length ?? 0) > 0;
  const uses = (word: RegExp) => texts.some((text) => word.test(text));
  return {
    releaseName: unknown || uses(/\.Release\.Name\b/),
    releaseNamespace: unknown || uses(/\.Release\.Namespace\b/),
    fullnameOverride: uses(/\bfullnameOverride\b/),
  };
}
