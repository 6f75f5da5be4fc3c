/**
 * The dependencies that a chart of the first version names in a file of its own. By the time a release
 * is recorded, Helm has renamed subcharts to their aliases (chartutil's `processDependencyEnabled`,
 * Helm 2's `getAliasDependency`), and the file still calls them by their own names.
 */
import { readRequirements } from '../../codecs/helm2/requirements.ts';
import type { Chart, Dependency } from '../../release.ts';

export interface Requirements {
  readonly entries: readonly Dependency[];
  /** Charts that must go back to their own names, by the alias they were recorded under. */
  readonly ownNames: ReadonlyMap<string, string>;
  /** One chart under several aliases: only a list that names the aliases can tell them apart. */
  readonly byAlias?: readonly Dependency[];
}

/** @returns undefined where Chart.yaml names the dependencies, or nothing does */
export function requirementsOf({ metadata, files }: Chart): Requirements | undefined {
  const file = files?.find(({ name }) => name === 'requirements.yaml');
  if (!file?.data || metadata?.apiVersion === 'v2') return undefined;
  const entries = (readRequirements(file.data) ?? []).filter((entry) => entry !== null);
  const names = entries.map(({ name }) => name);
  if (new Set(names).size < names.length) {
    const byAlias = entries.map(({ alias, ...entry }) => ({
      ...entry,
      name: alias || entry.name,
      alias: '',
    }));
    return { entries: byAlias, ownNames: new Map(), byAlias };
  }
  const aliased = entries.filter(({ alias }) => alias !== '');
  return { entries, ownNames: new Map(aliased.map(({ alias, name }) => [alias, name])) };
}
