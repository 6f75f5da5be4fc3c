/**
 * "Is this the same revision?": whether two records hold one revision of one release, however often Helm
 * has written it since. Helm rewrites a whole record to change its fate: an upgrade marks the revision
 * before it superseded, and a failed one writes that again as it was (pkg/action/upgrade.go, rollback.go,
 * uninstall.go; hook runs, pkg/action/hooks.go). Then the labels are made anew, `modifiedAt` instead of
 * `createdAt` (`Update` in pkg/storage/driver/secrets.go, cfgmaps.go, sql.go), and another Helm than the
 * one that wrote it encodes the payload in its own way: other bytes, the same revision.
 */

import { encodeHelm2 } from '../../codecs/helm2/encode.ts';
import { helm3Text } from '../../codecs/helm3/helm3.ts';
import { normalNumbers } from '../../go/json/write.ts';
import { statusLabel, type WantedRecord } from '../../record.ts';
import {
  type Chart,
  type Info,
  type Release,
  type Time,
  type Values,
  zeroTime,
} from '../../release.ts';
import { differingMeta, holds } from '../../sameRecord.ts';

/** A record, and what its payload says. */
export interface Opened {
  readonly record: WantedRecord;
  readonly release: Release;
}

/** In what two records differ, in the words of a message: `… differs in type`. */
export type Difference =
  | 'content'
  | 'apply method'
  | 'type'
  | 'immutable'
  | 'labels'
  | 'annotations'
  | 'status label';

/**
 * The release's content counts but for its status, its description, when it was deleted, and the runs of
 * its hooks; the type and `immutable`; and all labels that `wanted` has but those of its times, its status,
 * which follows the content's, and its version, which Helm never reads. Helm 4's apply method counts: it
 * decides how the next upgrade applies, and Helm 3 drops it.
 * @param there what is there already
 * @param wanted what would be written
 * @returns the first difference; undefined for the same revision
 */
export function revisionDifference(there: Opened, wanted: Opened): Difference | undefined {
  if (text(withoutFate(there.release)) !== text(withoutFate(wanted.release))) return 'content';
  if ((there.release.applyMethod ?? '') !== (wanted.release.applyMethod ?? ''))
    return 'apply method';
  const part = differingMeta(bare(there.record), bare(wanted.record));
  return part ?? (followsContent(there, wanted) ? undefined : 'status label');
}

/**
 * The same revision, of which nothing but the writing differs: Helm wrote it again as it was, or its payload
 * is packed otherwise. Where neither is the newer one, it doesn't matter which of them stays.
 */
export function isRewritten(there: Opened, wanted: Opened): boolean {
  return (
    revisionDifference(there, wanted) === undefined &&
    text(normal(there.release)) === text(normal(wanted.release)) &&
    holds(there.record.labels, without(wanted.record.labels, timeLabels)) &&
    holds(there.record.annotations, wanted.record.annotations)
  );
}

/** The labels that say when Helm wrote a record: Helm 3's and 4's, and Helm 2's. */
const timeLabels = ['createdAt', 'modifiedAt', 'CREATED_AT', 'MODIFIED_AT'];
const passingLabels = [...timeLabels, 'status', 'STATUS', 'version', 'VERSION'];

/** Annotations go with Helm's first rewriting. */
function bare(record: WantedRecord): WantedRecord {
  const { annotations: _, ...rest } = record;
  return { ...rest, labels: without(record.labels, passingLabels) };
}

type Texts = Readonly<{ [name: string]: string }>;

function without(labels: Texts, names: readonly string[]): Texts {
  return Object.fromEntries(Object.entries(labels).filter(([name]) => !names.includes(name)));
}

/** One that says other than its content does so because of somebody else, or as its source does. */
function followsContent(there: Opened, wanted: Opened): boolean {
  const [label, meant] = [there, wanted].map(({ record }) => labelledStatus(record));
  const [status, other] = [there, wanted].map(({ release }) => release.info?.status ?? '');
  return label === status || (label === meant && (label === '' || status === other));
}

/** In Helm 3's words: Tiller's labels have Helm 2's (pkg/storage/driver/cfgmaps.go there). */
function labelledStatus(record: WantedRecord): string {
  const word = statusLabel(record).replaceAll('_', '-');
  const isOld = record.labels['STATUS'] !== undefined;
  return (isOld && helm2Words.get(word)) || word;
}

const helm2Words = new Map([
  ['deleted', 'uninstalled'],
  ['deleting', 'uninstalling'],
]);

function text(release: Release): string {
  if (release.helm !== 2) return helm3Text(release);
  return Buffer.from(encodeHelm2(release)).toString('latin1');
}

/** One spelling for what Helm 3 and Helm 4 write differently without meaning anything by it. */
function normal(release: Release): Release {
  if (release.helm === 2) return release;
  const { info, chart, applyMethod: _, ...rest } = release;
  return {
    ...rest,
    config: normalConfig(release.config),
    ...(info && { info: normalInfo(info) }),
    ...(chart && { chart: normalChart(chart) }),
    hooks: release.hooks.map((hook) => ({
      ...hook,
      lastRun: {
        startedAt: normalTime(hook.lastRun?.startedAt),
        completedAt: normalTime(hook.lastRun?.completedAt),
        phase: hook.lastRun?.phase ?? '',
      },
    })),
  };
}

/** Helm 4 notes when the chart's files were changed on somebody's disk; Helm 3 drops that. */
function normalChart({ schemaModTime: _, modTime: __, ...chart }: Chart): Chart {
  const plain = (files: Chart['files']) => files?.map(({ modTime: ___, ...file }) => file) ?? null;
  return {
    ...chart,
    values: normalValues(chart.values),
    templates: plain(chart.templates),
    files: plain(chart.files),
  };
}

/** Helm leaves an empty one out. */
function normalConfig(config: Values | null): Values | null {
  return config && 'json' in config && Object.keys(config.json).length === 0
    ? null
    : normalValues(config);
}

/** Helm writes 1 where it has read 1.0. */
function normalValues(values: Values | null): Values | null {
  return values && 'json' in values ? { json: normalNumbers(values.json) } : values;
}

function normalInfo(info: Info): Info {
  return {
    ...info,
    firstDeployed: normalTime(info.firstDeployed),
    lastDeployed: normalTime(info.lastDeployed),
    deleted: normalTime(info.deleted),
  };
}

function normalTime(time: Time | undefined): Time {
  return time === undefined || time === zeroTime ? '' : time;
}

/** Without what Helm changes in a revision after it was written. */
function withoutFate(release: Release): Release {
  const { info, ...plain } = normal(release);
  if (release.helm === 2) return helm2WithoutFate(release);
  return {
    ...plain,
    ...(info && { info: { ...info, status: '', description: '', deleted: '' } }),
    hooks: plain.hooks.map(({ lastRun: _, ...hook }) => hook),
  };
}

function helm2WithoutFate({ info, ...plain }: Release): Release {
  const fate = { status: 'unknown', description: '' };
  const { deleted: _, lastTestSuite: __, ...kept } = info ?? { ...fate, notes: '' };
  return {
    ...plain,
    ...(info && { info: { ...kept, ...fate } }),
    hooks: plain.hooks.map(({ lastRunAt: _, ...hook }) => hook),
  };
}
