/** What a diff calls its two sides. */
import { printable } from '../../errors.ts';
import type { ObjectsDiff } from '../../inspect/diff/objects.ts';
import { isEqual, type ReleaseDiff, realChanges, untold } from '../../inspect/diff/release.ts';
import { chartName, statusWord, storageAddress } from '../../inspect/rows.ts';
import type { JsonObject } from '../../json.ts';
import type { ReleaseRecord } from '../../record.ts';
import type { Release } from '../../release.ts';
import type { Storage } from '../../storage/storage.ts';

export interface DiffSide {
  /** `live`: the cluster, beside that revision. */
  readonly is: 'record' | 'live';
  readonly release: Release;
  readonly record: ReleaseRecord;
  readonly store: Storage;
  /** Of another cluster, which was asked for by it. */
  readonly context?: string | undefined;
}

type Kind = 'revisions' | 'rollback' | 'live';

/** `billing (pay) revision 12`, and `the cluster`. */
export function sideName({ is, release, context }: DiffSide): string {
  if (is === 'live') return 'the cluster';
  const cluster = context === undefined ? '' : ` of context ${printable(context, 120)}`;
  return `${releaseName(release)} revision ${release.revision}${cluster}`;
}

function releaseName({ name, namespace }: Release): string {
  return printable(`${name} (${namespace})`, 120);
}

/**
 * The first line, and what else a rollback does.
 * @param only the parts that were compared, where not all were
 */
export function heading(
  before: DiffSide,
  after: DiffSide,
  kind: Kind,
  diff: ReleaseDiff,
  { runs, only = [] }: { readonly runs: readonly string[]; readonly only?: readonly string[] },
): string {
  const title = releaseName(before.release);
  const [from, to] = [before.release.revision, after.release.revision];
  const count = counted(diff);
  if (kind === 'live') return `${title}: ${liveWords(`revision ${from}`, diff)}\n`;
  if (kind === 'rollback') {
    const hooks = runs.length > 0 ? `it runs the hooks ${runs.join(', ')}\n` : '';
    const where = only.length > 0 ? ` in the ${parts(only)}` : '';
    const what = isEqual(diff) ? `changes nothing${where}` : `changes ${count}`;
    const unread = untold(diff.manifest);
    const rest = unread > 0 ? `; ${many(unread, 'object')} can't be read` : '';
    return `${title}: rolling back from ${from} to ${to} ${what}${rest}\n${hooks}`;
  }
  const same = before.store === after.store && title === releaseName(after.release);
  const sides = same
    ? `${title}: revisions ${from} and ${to}`
    : `${sideName(before)}${placeOf(before)} and ${sideName(after)}${placeOf(after)}`;
  const equal = only.length > 0 ? `have the same ${parts(only)}` : 'are equal';
  return isEqual(diff) ? `${sides} ${equal}\n` : `${sides} differ in ${count}\n`;
}

/** What could not be read is no difference. */
function liveWords(revision: string, diff: ReleaseDiff): string {
  if (isEqual(diff)) return `the cluster has what ${revision} says, in ${objects(diff)}`;
  const { manifest } = diff;
  const total = manifest?.total ?? 0;
  const unread = untold(manifest);
  const differs = `the cluster differs from ${revision} in ${counted(diff)}`;
  if (unread === 0) return differs;
  if (realChanges(manifest).length > unread) return `${differs}; ${unread} can't be compared`;
  const others = total - unread;
  const rest = others > 0 ? `; the other ${others === 1 ? 'is' : `${others} are`} as it says` : '';
  return `${unread} of ${many(total, 'object')} can't be compared with ${revision}${rest}`;
}

function placeOf({ record, store, release }: DiffSide): string {
  return printable(` in ${storageAddress(record, store, release.namespace)}`, 200);
}

/** `3 of 17 objects, 2 values` */
function counted({ chart, values, manifest, hooks, notes, files }: ReleaseDiff): string {
  const parts = [
    chart?.fields.length
      ? many(chart.fields.length, 'field of the chart', 'fields of the chart')
      : '',
    partOf(manifest, 'object'),
    partOf(hooks, 'hook'),
    values?.fields.length ? many(values.fields.length, 'value') : '',
    notes ? 'the notes' : '',
    files?.length ? many(files.length, 'file of the chart', 'files of the chart') : '',
  ].filter((part) => part !== '');
  return listed(parts) || 'nothing';
}

/** `values, hooks and chart files` */
function parts(only: readonly string[]): string {
  return listed(only.map((part) => (part === 'files' ? 'chart files' : part)));
}

function listed(words: readonly string[]): string {
  const [last = '', ...before] = words.toReversed();
  return before.length > 0 ? `${before.toReversed().join(', ')} and ${last}` : last;
}

function partOf(diff: ObjectsDiff | undefined, what: string): string {
  const count = realChanges(diff).length - untold(diff);
  return count > 0 ? `${count} of ${many(diff?.total ?? count, what)}` : '';
}

function objects({ manifest }: ReleaseDiff): string {
  return manifest?.total === 1 ? 'its one object' : `all ${manifest?.total ?? 0} objects`;
}

function many(count: number, one: string, several = `${one}s`): string {
  return `${count} ${count === 1 ? one : several}`;
}

export function sideData(before: DiffSide, after: DiffSide, kind: Kind): JsonObject {
  return {
    comparison: kind,
    from: oneSide(before),
    to: after.is === 'live' ? { cluster: true } : oneSide(after),
  };
}

function oneSide({ release, record, store, context }: DiffSide): JsonObject {
  return {
    ...{ release: release.name, namespace: release.namespace, revision: release.revision },
    ...{ helm: release.helm, status: statusWord(release), chart: chartName(release.chart) },
    storage: storageAddress(record, store, release.namespace),
    ...(context === undefined ? {} : { context }),
  };
}
