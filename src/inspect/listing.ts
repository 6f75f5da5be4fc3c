/** Which rows of a list are shown, in which order: what helm's list action does after reading. */
import { stateOfLabel } from '../attribution.ts';
import { printable, ReleasesError } from '../errors.ts';
import { globExpression } from '../glob.ts';
import type { HelmShape } from '../helms.ts';
import type { Time } from '../release.ts';
import { type LabelSelector, matchesSelector, parseSelector } from '../storage/labels.ts';
import { type ReleaseRow, unreadableStatus } from './rows.ts';

/** Statuses in Helm 3's words, as the list's switches name them. */
export interface StateArgs {
  readonly all?: boolean | undefined;
  readonly deployed?: boolean | undefined;
  readonly failed?: boolean | undefined;
  readonly pending?: boolean | undefined;
  readonly superseded?: boolean | undefined;
  readonly uninstalled?: boolean | undefined;
  readonly uninstalling?: boolean | undefined;
}

const states = {
  deployed: ['deployed'],
  failed: ['failed'],
  pending: ['pending-install', 'pending-upgrade', 'pending-rollback'],
  superseded: ['superseded'],
  uninstalled: ['uninstalled'],
  uninstalling: ['uninstalling'],
} as const;

/** A helm knows no others; what has another status is never listed there. */
const everyState = Object.values(states).flat();

/** As -o json has them: those that Helm 3 and 4 know (pkg/release), and this program's own for what can't be read. */
export const statusWords: readonly string[] = ['unknown', ...everyState, unreadableStatus];

/** Helm 2's words for the same, lower case. */
const helm2Words: Readonly<{ [word: string]: string }> = {
  deleted: 'uninstalled',
  deleting: 'uninstalling',
};

/** @returns the status of that name in Helm 3's words, also where it is Helm 2's; undefined for none */
export function statusNamed(word: string): string | undefined {
  const lower = word.toLowerCase().replaceAll('_', '-');
  const meant = helm2Words[lower] ?? lower;
  return statusWords.includes(meant) ? meant : undefined;
}

/**
 * @param helm whose defaults hold; absent: whatever is there
 * @param more statuses that are wanted beside those that the switches name
 * @returns undefined for every status, known or not
 */
export function wantedStates(
  args: StateArgs,
  helm?: HelmShape,
  more: ReadonlySet<string> = new Set(),
): ReadonlySet<string> | undefined {
  const switched = Object.entries(states).flatMap(([name, words]) =>
    args[name as keyof typeof states] ? words : [],
  );
  const named = [...switched, ...more];
  if (args.all || named.length === 0) {
    if (helm === undefined) return undefined;
    const live = !args.all && helm.major === 3;
    return new Set(live ? ['deployed', 'failed'] : everyState);
  }
  return new Set(named);
}

/** Only superseded revisions are wanted: then each of them is a row, not each release's newest. */
export function wantsHistory(wanted: ReadonlySet<string> | undefined): boolean {
  return wanted?.size === 1 && wanted.has('superseded');
}

export interface RowFilter {
  readonly states: ReadonlySet<string> | undefined;
  readonly name: (name: string) => boolean;
  readonly labels: LabelSelector | undefined;
  /** Updated so many milliseconds ago at most. */
  readonly since?: number | undefined;
  /** A chart's name, and `NAME-VERSION`. */
  readonly chart?: ((names: readonly string[]) => boolean) | undefined;
}

/** What can't be read may be of that chart, and of that time. */
export function isOfChartAndTime(
  row: ReleaseRow,
  { since, chart }: Pick<RowFilter, 'since' | 'chart'>,
  now = Date.now(),
): boolean {
  if (row.unreadable !== undefined) return true;
  const { updated, chart: full = '', chartName = full } = row;
  if (since !== undefined && !(now - Date.parse(updated ?? '') <= since)) return false;
  return !chart || chart([chartName, full]);
}

/** @param pattern NAME or NAME-VERSION, with `*` and `?` */
export function chartFilter(pattern: string): (names: readonly string[]) => boolean {
  const expression = globExpression(pattern);
  return (names) => names.some((name) => expression.test(name));
}

/** What can't be read is chosen by its labels, and stays where it has none. */
export function isShown(row: ReleaseRow, filter: RowFilter): boolean {
  const { states: wanted, name, labels } = filter;
  if (!name(row.name) || !isOfChartAndTime(row, filter)) return false;
  if (!hasStatus(row, wanted)) return false;
  return isUnlabelled(row) || !labels || matchesSelector(labels, row.labels);
}

function isUnlabelled({ unreadable, labels }: ReleaseRow): boolean {
  return unreadable !== undefined && Object.keys(labels).length === 0;
}

/** What can't be read has the status of its labels, or any where it has none. @param wanted undefined: any */
export function hasStatus(row: ReleaseRow, wanted: ReadonlySet<string> | undefined): boolean {
  if (!wanted || isUnlabelled(row)) return true;
  if (row.unreadable === undefined) return wanted.has(row.state ?? '');
  const state = stateInLabels(row.labels);
  return wanted.has(unreadableStatus) || state === undefined || wanted.has(state);
}

/** In Helm 3's words, as the label says: nobody believes it of a record that can be read. */
function stateInLabels({ status, STATUS: old }: ReleaseRow['labels']): string | undefined {
  return status ?? (old === undefined ? undefined : stateOfLabel('tiller', old));
}

/**
 * RE2's grammar, as in helm, whose time grows with the text alone.
 * @throws ReleasesError USAGE
 */
export async function nameFilter(pattern: string | undefined): Promise<(name: string) => boolean> {
  if (!pattern) return () => true;
  const { RE2JS } = await import('re2js');
  try {
    const expression = RE2JS.compile(pattern);
    return (name) => expression.matcher(name).find();
  } catch {
    throw new ReleasesError(
      'USAGE',
      `--filter "${printable(pattern, 60)}" is not a regular expression`,
    );
  }
}

/** @throws ReleasesError USAGE */
export function labelFilter(text: string | undefined): LabelSelector | undefined {
  return text ? parseSelector(text) : undefined;
}

export interface Order {
  readonly byDate?: boolean | undefined;
  readonly reverse?: boolean | undefined;
}

/**
 * By name, or the oldest first; what is equal in that by name and namespace. Reversed, all of it is turned round:
 * `Reverse` in pkg/releaseutil/sorter.go.
 */
export function sortRows(
  rows: readonly ReleaseRow[],
  { byDate, reverse }: Order,
  dateOf: (time: Time | undefined) => number | undefined,
): ReleaseRow[] {
  const date = (row: ReleaseRow) => dateOf(row.updated) ?? Number.NEGATIVE_INFINITY;
  const first = (a: ReleaseRow, b: ReleaseRow) =>
    byDate ? compare(date(a), date(b)) : compare(a.name, b.name);
  const sign = reverse ? -1 : 1;
  const context = (row: ReleaseRow) => row.context ?? '';
  return [...rows].sort(
    (a, b) => compare(context(a), context(b)) || sign * (first(a, b) || byNameThenNamespace(a, b)),
  );
}

export interface Page {
  /** 0 and absent: all; and below zero, as in helm's list. */
  readonly max?: number | undefined;
  readonly offset?: number | undefined;
}

export function pageOf<T>(rows: readonly T[], { max, offset = 0 }: Page): readonly T[] {
  return rows.slice(offset, max && max > 0 ? offset + max : undefined);
}

function byNameThenNamespace(a: ReleaseRow, b: ReleaseRow): number {
  return (
    compare(a.name, b.name) ||
    compare(a.namespace ?? '', b.namespace ?? '') ||
    (a.helm ?? 0) - (b.helm ?? 0) ||
    compare(a.place, b.place) ||
    (a.revision ?? 0) - (b.revision ?? 0)
  );
}

function compare<T extends string | number>(a: T, b: T): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
