/** Whether a record in the target is the one that a migration would write. */
import { helm3Text } from '../codecs/helm3/helm3.ts';
import { encodePayload } from '../codecs/index.ts';
import type { ReleaseRecord } from '../record.ts';
import { type Info, type Release, type Time, zeroTime } from '../release.ts';

/**
 * - `equal`: the same release revision;
 * - `moved on`: the same, but Helm has since given it another status, as it does with the previous
 *   revision when it upgrades, rolls back or uninstalls;
 * - `different`: another release's record, or one that somebody changed.
 */
export type Likeness = 'equal' | 'moved on' | 'different';

export function compareReleases(there: Release, wanted: Release): Likeness {
  if (helm3Text(normal(there)) === helm3Text(normal(wanted))) return 'equal';
  const same = helm3Text(withoutFate(there)) === helm3Text(withoutFate(wanted));
  return same ? 'moved on' : 'different';
}

/** The same for a record, which is equal at a glance when this program has written it. */
export function compareRecord(
  there: { readonly record: ReleaseRecord; readonly release: Release },
  wanted: Release,
): Likeness {
  if (there.record.payload === encodePayload('helm3', wanted)) return 'equal';
  return compareReleases(there.release, wanted);
}

/** One spelling for what Helm 3 and Helm 4 write differently without meaning anything by it. */
function normal(release: Release): Release {
  const { info, chart, applyMethod: _, ...rest } = release;
  const { schemaModTime: __, modTime: ___, ...plainChart } = chart ?? {};
  return {
    ...rest,
    ...(info && { info: normalInfo(info) }),
    ...(chart && { chart: { ...chart, ...plainChart, schemaModTime: zeroTime } }),
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

/** What Helm changes in a revision after it was written: its status, and runs of its hooks. */
function withoutFate(release: Release): Release {
  const plain = normal(release);
  return {
    ...plain,
    ...(plain.info && { info: { ...plain.info, status: '', description: '', deleted: '' } }),
    hooks: plain.hooks.map(({ lastRun: _, ...hook }) => hook),
  };
}
