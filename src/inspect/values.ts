/** A release's values: what the user gave, and what templates got to see. */

import { UnreadableError } from '../errors.ts';
import { isObject } from '../go/json/write.ts';
import { readValues } from '../go/yaml/index.ts';
import { type HelmShape, newestHelm3, newestHelm4 } from '../helms.ts';
import type { Json, JsonObject } from '../json.ts';
import type { Chart, Release, Values } from '../release.ts';

/**
 * User-supplied values; null where the record holds none, as Helm 3 prints it. Helm 2 prints `{}`.
 * @throws UnreadableError for Helm 2 values that aren't YAML
 */
export function userValues(release: Release): JsonObject | null {
  if (!release.config) return release.helm === 2 ? {} : null;
  return parsedValues(release.config);
}

/**
 * `get values --all`: the chart's values with the user's laid over them.
 * @param helm by whose rules, where it isn't Helm 2's record; absent: those of the newest Helm 3 for what Helm 3
 *   wrote, and of the newest Helm 4 for what Helm 4 wrote
 * @throws UnreadableError for Helm 2 values that aren't YAML or can't be merged
 */
export function computedValues(release: Release, helm?: HelmShape): JsonObject {
  const { chart, config } = release;
  if (release.helm === 2) {
    const user = config ? parsedValues(config) : undefined;
    if (!chart) return user ?? {};
    return user ? coalesce2(chart, user) : coalesceDependencies2(chart, {});
  }
  const defaults = chart?.values ? parsedValues(chart.values) : {};
  const { chartNulls } = helm ?? (release.helm === 3 ? newestHelm3 : newestHelm4);
  return coalesce3(config ? parsedValues(config) : {}, defaults, chartNulls);
}

/** @throws UnreadableError for Helm 2 values that aren't YAML */
export function parsedValues(values: Values): JsonObject {
  return 'json' in values ? values.json : readValues(values.yaml);
}

type ChartNulls = HelmShape['chartNulls'];

/**
 * Helm 3 and 4 (coalesceValues): a record holds no subcharts, so only the chart's own values take part. At
 * the top a user's null removes the chart's key, be it a null, too.
 */
function coalesce3(user: JsonObject, defaults: JsonObject, nulls: ChartNulls): JsonObject {
  const entries: [string, Json][] = [];
  for (const [key, value] of Object.entries(user)) {
    if (value === null && Object.hasOwn(defaults, key)) continue;
    entries.push([key, mergeTables3(value, own(defaults, key), nulls)]);
  }
  return Object.fromEntries([...entries, ...defaultsLeft(user, defaults, nulls)]);
}

/**
 * Below the top, a user's null removes a key for which the chart has a value. Where the chart has a null or
 * nothing, it stays; up to Helm 3.8 it removed the chart's null, too.
 */
function mergeTables3(user: Json, defaults: Json | undefined, nulls: ChartNulls): Json {
  if (!isObject(user) || !isObject(defaults)) return user;
  const entries: [string, Json][] = [];
  for (const [key, value] of Object.entries(user)) {
    const base = own(defaults, key);
    if (value === null && base !== undefined && (base !== null || nulls === 'meet')) continue;
    entries.push([key, mergeTables3(value, base, nulls)]);
  }
  return Object.fromEntries([...entries, ...defaultsLeft(user, defaults, nulls)]);
}

/** What the user says nothing of. Since Helm 4.2 without nulls, at any depth of tables. */
function defaultsLeft(user: JsonObject, defaults: JsonObject, nulls: ChartNulls): [string, Json][] {
  return Object.entries(defaults).flatMap(([key, value]): [string, Json][] => {
    if (Object.hasOwn(user, key) || (nulls === 'go' && value === null)) return [];
    return [[key, nulls === 'go' && isObject(value) ? withoutNulls(value) : value]];
  });
}

function withoutNulls(table: JsonObject): JsonObject {
  return Object.fromEntries(defaultsLeft({}, table, 'go'));
}

/** Helm 2 (pkg/chartutil/values.go): the chart's values, then each subchart's under its name. */
function coalesce2(chart: Chart, given: JsonObject): JsonObject {
  const text = chart.values && 'yaml' in chart.values ? chart.values.yaml : '';
  return coalesceDependencies2(chart, text ? mergeTables2(given, readValues(text)) : given);
}

function coalesceDependencies2(chart: Chart, given: JsonObject): JsonObject {
  const values = new Map(Object.entries(given));
  for (const subchart of chart.dependencies ?? []) {
    const name = subchart.metadata?.name ?? '';
    const mine = values.has(name) ? values.get(name) : {};
    if (!isObject(mine))
      throw new UnreadableError('a subchart has a value that is not a table where its values go');
    values.set(name, coalesce2(subchart, withGlobals2(mine, Object.fromEntries(values))));
  }
  return Object.fromEntries(values);
}

/**
 * A subchart's values with the parent's `global` laid over its own. Where either `global` is no
 * table, Helm 2 goes on with the subchart's globals alone in the place of its values; so do we.
 */
function withGlobals2(values: JsonObject, parent: JsonObject): JsonObject {
  const ours = Object.hasOwn(values, 'global') ? own(values, 'global') : {};
  const theirs = Object.hasOwn(parent, 'global') ? own(parent, 'global') : {};
  if (!isObject(ours)) return {};
  if (!isObject(theirs)) return ours;
  return { ...values, global: mergeTables2(theirs, ours) };
}

/** Helm 2's coalesceTables: what was given wins, and a null removes the key at every depth. */
function mergeTables2(given: JsonObject, defaults: JsonObject): JsonObject {
  const entries: [string, Json][] = [];
  for (const [key, base] of Object.entries(defaults)) {
    const value = own(given, key);
    if (value === undefined) entries.push([key, base]);
    else if (isObject(value) && isObject(base)) entries.push([key, mergeTables2(value, base)]);
    else if (value !== null) entries.push([key, value]);
  }
  for (const [key, value] of Object.entries(given))
    if (value !== null && !Object.hasOwn(defaults, key)) entries.push([key, value]);
  return Object.fromEntries(entries);
}

/** `__proto__` and its kind are keys like any other here. */
function own(object: JsonObject, key: string): Json | undefined {
  return Object.hasOwn(object, key) ? object[key] : undefined;
}
