/** Two revisions beside each other, part by part. */

import type { JsonObject } from '../../json.ts';
import { type Manifest, readManifest } from '../../objects/manifest.ts';
import type { Chart, Hook, Release } from '../../release.ts';
import { chartLock, chartYaml } from '../chart/metadata.ts';
import { computedValues, parsedValues, userValues } from '../values.ts';
import { compareFields, type FieldChange } from './fields.ts';
import { compareFiles, type FileChange } from './files.ts';
import {
  compareManifests,
  isKept,
  keptOrNot,
  type ObjectChange,
  type ObjectsDiff,
  type Side,
} from './objects.ts';

/** What can be compared, in the order it is shown. */
export const diffParts = ['chart', 'values', 'manifest', 'hooks', 'notes', 'files'] as const;
export type DiffPart = (typeof diffParts)[number];

export interface TextChange {
  readonly before: string;
  readonly after: string;
}

/** A whole document on both sides, and what differs. */
export interface DocumentDiff {
  readonly before: JsonObject;
  readonly after: JsonObject;
  readonly fields: readonly FieldChange[];
}

/** The parts that were asked for. A part that is there and says nothing is equal. */
export interface ReleaseDiff {
  /** Chart.yaml, the lock, and the chart's own values. */
  readonly chart?: DocumentDiff;
  readonly values?: DocumentDiff;
  readonly manifest?: ObjectsDiff;
  readonly hooks?: ObjectsDiff;
  readonly notes?: TextChange;
  readonly files?: readonly FileChange[];
}

export interface DiffOptions {
  readonly parts: ReadonlySet<DiffPart>;
  /** Computed values: with those of the chart. */
  readonly allValues?: boolean;
  /** From the newest revision back to an older one: what Helm leaves in the cluster isn't removed. */
  readonly rollback?: boolean;
}

/** @throws UnreadableError for Helm 2 values that aren't YAML */
export function compareReleases(a: Release, b: Release, options: DiffOptions): ReleaseDiff {
  const { parts, allValues, rollback } = options;
  const values = (release: Release): JsonObject =>
    (allValues ? computedValues(release) : userValues(release)) ?? {};
  const manifests = rollback ? withKept : (diff: ObjectsDiff) => diff;
  const [before, after] = [a.info?.notes ?? '', b.info?.notes ?? ''];
  return {
    ...(parts.has('chart') && { chart: documents(chartFields(a.chart), chartFields(b.chart)) }),
    ...(parts.has('values') && { values: documents(values(a), values(b)) }),
    ...(parts.has('manifest') && {
      manifest: known(manifests(compareManifests(...manifestsOf(a, b))), a.manifest, b.manifest),
    }),
    ...(parts.has('hooks') && {
      hooks: known(compareManifests(...hooksOf(a, b)), hookTexts(a), hookTexts(b)),
    }),
    ...(parts.has('notes') && before !== after && { notes: { before, after } }),
    ...(parts.has('files') && { files: compareFiles(a.chart, b.chart) }),
  };
}

/** Whether nothing that was compared differs. */
export function isEqual({ chart, values, manifest, hooks, notes, files }: ReleaseDiff): boolean {
  const lists = [
    ...[chart?.fields, values?.fields, files],
    ...[realChanges(manifest), realChanges(hooks)],
  ];
  return notes === undefined && lists.every((list = []) => list.length === 0);
}

/** What stays in the cluster doesn't change there. */
export function realChanges(diff: ObjectsDiff | undefined): readonly ObjectChange[] {
  return (diff?.changes ?? []).filter(({ change }) => change !== 'kept');
}

/** Objects of which it can't be told whether they change: they may not be read. */
export function untold(diff: ObjectsDiff | undefined): number {
  return (diff?.changes ?? []).filter(({ change }) => change === 'unknown').length;
}

function documents(before: JsonObject, after: JsonObject): DocumentDiff {
  return { before, after, fields: compareFields(before, after) };
}

function manifestsOf(a: Release, b: Release): [Side, Side] {
  return [side(a, readManifest(a.manifest)), side(b, readManifest(b.manifest))];
}

function hooksOf(a: Release, b: Release): [Side, Side] {
  return [side(a, hookObjects(a.hooks)), side(b, hookObjects(b.hooks))];
}

function side({ name, namespace }: Release, manifest: Manifest) {
  return { name, namespace, manifest };
}

/** Where both sides are the same text, what can't be read there is the same, too. */
function known(diff: ObjectsDiff, before: string, after: string): ObjectsDiff {
  return before === after ? { ...diff, unreadable: { before: [], after: [] } } : diff;
}

function hookTexts({ hooks }: Release): string {
  return JSON.stringify(hooks.map(({ manifest }) => manifest));
}

function hookObjects(hooks: readonly Hook[]): Manifest {
  const read = hooks.map((hook) => readManifest(hook.manifest));
  return {
    objects: read.flatMap(({ objects }) => objects),
    unreadable: read.flatMap(({ unreadable }, at) =>
      unreadable.map((one) => ({ ...one, document: at + 1 })),
    ),
  };
}

/** What `helm rollback` doesn't delete: pkg/kube/client.go, `update`. */
function withKept(diff: ObjectsDiff): ObjectsDiff {
  return {
    ...diff,
    changes: diff.changes.map((one) =>
      one.change === 'removed' ? keptOrNot(one, isKept(one.object)) : one,
    ),
  };
}

/** What of a chart is neither a file nor a template: Chart.yaml's own fields, and two more. */
function chartFields(chart: Chart | undefined): JsonObject {
  if (!chart) return {};
  const { metadata, lock, values } = chart;
  return {
    ...(metadata && chartYaml(metadata)),
    ...(lock && { lock: chartLock(lock) }),
    ...(values && { values: parsedValues(values) }),
  };
}
