/**
 * What `helm get values --all` loses. A Helm 2 record holds the subcharts and so their defaults; a
 * Helm 3 record holds the chart's own values only. Both are computed and compared; no value, and no
 * key but a subchart's name, is ever named.
 */

import { isReleasesError, printable } from '../../errors.ts';
import { goJson, isObject } from '../../go/json/write.ts';
import { computedValues } from '../../inspect/values.ts';
import type { Json, JsonObject } from '../../json.ts';
import type { Finding } from '../plan.ts';
import { type Check, type CheckedRevision, type CheckInput, listed, merged } from './check.ts';

export const subchartValues: Check = {
  name: 'subchart-values',
  severity: 'loss',
  describe: 'values of subcharts that `get values --all` shows now and no longer will',
  check: findLostValues,
};

export function findLostValues({ revisions }: Pick<CheckInput, 'revisions'>): Finding[] {
  return merged(revisions.flatMap((revision) => lostIn(revision)));
}

/** How many top-level keys of each subchart's values, by its name, are gone or different. */
export interface LostValues {
  readonly subcharts: ReadonlyMap<string, number>;
  /** Top-level keys outside the subcharts that are gone or different. */
  readonly others: number;
}

/** @throws UnreadableError when the values of either can't be computed */
export function compareValues({ before, after }: CheckedRevision): LostValues {
  const [now, then] = [computedValues(before), computedValues(after)];
  const names = new Set(
    before.chart?.dependencies?.map((subchart) => subchart.metadata?.name ?? '') ?? [],
  );
  const subcharts = new Map<string, number>();
  for (const name of names) {
    const [mine, left] = [own(now, name), own(then, name)];
    if (!isObject(mine)) continue;
    // Helm 2 copies the chart's globals, or an empty table, into every subchart.
    const kept = { global: own(then, 'global') ?? {}, ...(isObject(left) ? left : {}) };
    const lost = countLost(mine, kept);
    if (lost > 0) subcharts.set(name, lost);
  }
  return { subcharts, others: countLost(now, then, names) };
}

function lostIn(revision: CheckedRevision): Finding[] {
  const { before } = revision;
  if (before.helm !== 2 || (before.chart?.dependencies?.length ?? 0) === 0) return [];
  const revisions = [before.revision];
  try {
    const { subcharts, others } = compareValues(revision);
    const parts = [...subcharts].map(
      ([name, count]) => `${printable(name, 60) || 'a nameless subchart'} (${keys(count)})`,
    );
    if (others > 0) parts.push(`the chart itself (${keys(others)})`);
    if (parts.length === 0)
      return [
        {
          severity: 'note',
          message: "subcharts aren't kept in a Helm 3 record; `get values --all` stays as it is",
          revisions,
        },
      ];
    return [
      {
        severity: 'loss',
        message: `subcharts aren't kept in a Helm 3 record: \`get values --all\` loses values of ${listed(parts)}`,
        revisions,
        fix: 'nothing breaks, as Helm takes them from the chart at the next upgrade; to keep them at hand, save `get values --all` first',
      },
    ];
  } catch (error) {
    if (!isReleasesError(error, 'UNREADABLE')) throw error;
    return [
      {
        severity: 'loss',
        message:
          "subcharts aren't kept in a Helm 3 record, and what `get values --all` loses isn't known: their values can't be read",
        revisions,
      },
    ];
  }
}

function keys(count: number): string {
  return count === 1 ? '1 key' : `${count} keys`;
}

function countLost(
  now: JsonObject,
  then: JsonObject,
  except: ReadonlySet<string> = new Set(),
): number {
  return Object.entries(now).filter(([key, value]) => {
    if (except.has(key)) return false;
    const left = own(then, key);
    return left === undefined || goJson(left) !== goJson(value);
  }).length;
}

/** `__proto__` and its kind are keys like any other here. */
function own(object: JsonObject, key: string): Json | undefined {
  return Object.hasOwn(object, key) ? object[key] : undefined;
}
