/** Where a value stands in a release, and what a diff then shows of it. */
import { hideSecrets } from '../../src/inspect/diff/hide.ts';
import { compareReleases, diffParts } from '../../src/inspect/diff/release.ts';
import type { JsonObject } from '../../src/json.ts';
import type { Release } from '../../src/release.ts';
import { sketchRelease } from '../unit/cli-records.ts';

export interface Placed {
  readonly name: string;
  readonly value: string;
}

export const placeNames = ['config', 'env', 'arg', 'annotation', 'values', 'notes'] as const;
export type PlaceName = (typeof placeNames)[number];

const object = (kind: string, name: string, more: object, metadata: object = {}) =>
  `---\n${JSON.stringify({ apiVersion: 'v1', kind, metadata: { name, ...metadata }, ...more })}\n`;
const env = (name: string) =>
  name
    .replace(/([a-z0-9])([A-Z])/g, '$1_$2')
    .replace(/\W/g, '_')
    .toUpperCase();
const flag = (name: string) => env(name).toLowerCase().replaceAll('_', '-');

/**
 * A release with each of them in its own place: `part at of a list of many`.
 * @param secrets what a Secret of that release holds
 */
export function releaseOf(
  values: readonly Placed[],
  where: ReadonlySet<PlaceName>,
  secrets: { readonly [key: string]: string } = {},
): Release {
  const has = (place: PlaceName) => where.has(place);
  const each = <T>(make: (one: Placed, at: number) => T) => values.map(make);
  const manifest = [
    object('Secret', 'held', { stringData: secrets }),
    ...(has('config')
      ? each(({ name, value }, at) => object('ConfigMap', `c${at}`, { data: { [name]: value } }))
      : []),
    ...(has('env')
      ? each(({ name, value }, at) =>
          object('Pod', `e${at}`, {
            spec: { containers: [{ name: 'a', env: [{ name: env(name), value }] }] },
          }),
        )
      : []),
    ...(has('arg')
      ? each(({ name, value }, at) =>
          object('Pod', `a${at}`, {
            spec: { containers: [{ name: 'a', args: [`--${flag(name)}=${value}`] }] },
          }),
        )
      : []),
    ...(has('annotation')
      ? each(({ name, value }, at) =>
          object('Service', `s${at}`, {}, { annotations: { [name]: value } }),
        )
      : []),
  ].join('');
  const config: JsonObject = Object.fromEntries(
    each(({ name, value }, at) => [`v${at}`, { [name]: value }]),
  );
  return {
    ...sketchRelease({
      ...(has('values') && { config }),
      ...(has('notes') && { notes: each(({ value }) => value).join('\n\n') }),
    }),
    manifest,
    hooks: [],
  };
}

/** @returns all that a diff holds once it is hidden, as text, and what it was made of */
export function shownOf(before: Release, after: Release) {
  const diff = compareReleases(before, after, { parts: new Set(diffParts), allValues: true });
  const hiding = hideSecrets(diff, [before, after]);
  const shown = hiding.diff;
  return {
    hiding,
    diff: shown,
    text: JSON.stringify([
      shown.chart,
      shown.values,
      shown.manifest?.changes.map(({ object: _, ...change }) => change),
      shown.notes,
    ]),
  };
}

/** What stands in the place of each of them, by the object that has it. */
export function standsIn(
  after: Release,
  values: readonly Placed[],
  place: PlaceName,
): (string | undefined)[] {
  const empty = releaseOf([], new Set());
  const { diff } = shownOf(empty, after);
  const objects = new Map(
    (diff.manifest?.changes ?? []).map(({ object, after }) => [object.name, JSON.stringify(after)]),
  );
  const letter = { config: 'c', env: 'e', arg: 'a', annotation: 's', values: '', notes: '' }[place];
  return values.map((_, at) =>
    place === 'values'
      ? JSON.stringify(diff.values?.after[`v${at}`])
      : objects.get(`${letter}${at}`),
  );
}
