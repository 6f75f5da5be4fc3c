/** Which rows `list` and `history` show, and what they show of each: the same words for both. */
import { typed } from '../../errors.ts';
import { parseSpan } from '../../go/time/span.ts';
import { chartFilter, type RowFilter, statusNamed, statusWords } from '../../inspect/listing.ts';
import type { Option, OptionTable } from '../command.ts';
import { usage } from './arguments.ts';

/** @param group the heading in the help */
export function rowFilters(group?: string) {
  const grouped = group === undefined ? {} : { group };
  return {
    since: {
      type: 'string',
      describe: 'updated within this time: 30m, 2h, 3d',
      ...grouped,
    },
    status: {
      type: 'string',
      array: true,
      describe: 'with one of these statuses, as -o json has them: deployed,failed',
      ...grouped,
    },
    chart: {
      type: 'string',
      describe: "of this chart, NAME or NAME-VERSION; * and ? stand for anything: 'nginx-1.*'",
      ...grouped,
    },
  } as const satisfies { readonly [name: string]: Option };
}

export const rowLooks = {
  'show-labels': {
    type: 'boolean',
    describe: "a column with the labels of the record, without helm's own",
  },
  'time-format': {
    type: 'string',
    describe: 'how times are printed, as a Go layout: "2006-01-02 15:04:05Z0700"',
  },
} as const satisfies OptionTable;

export interface RowFilterArgs {
  readonly since?: string | undefined;
  readonly status?: readonly string[] | undefined;
  readonly chart?: string | undefined;
}

/**
 * @returns what --since and --chart choose; `statuses` is undefined without --status
 * @throws ReleasesError USAGE
 */
export function rowFilterOf({ since, status, chart }: RowFilterArgs): Pick<
  RowFilter,
  'since' | 'chart'
> & {
  readonly statuses: ReadonlySet<string> | undefined;
} {
  const span = since === undefined ? undefined : parseSpan(since);
  if (since !== undefined && span === undefined)
    throw usage(`--since ${typed(since, 40)} is no length of time`, ['30m, 2h, 1h30m, 3d or 2w']);
  return {
    since: span,
    chart: chart ? chartFilter(chart) : undefined,
    statuses: status === undefined ? undefined : statusesIn(status),
  };
}

function statusesIn(given: readonly string[]): ReadonlySet<string> {
  const words = given.flatMap((text) => text.split(',')).map((word) => word.trim());
  return new Set(
    words.map((word) => {
      const known = statusNamed(word);
      if (known !== undefined) return known;
      const what = word === '' ? 'an empty text' : typed(word, 40);
      throw usage(`--status: ${what} is no status`, [`there are: ${statusWords.join(', ')}`]);
    }),
  );
}

/**
 * Tables of a helm that --compat names have no other columns, and its history no --time-format.
 * @throws ReleasesError USAGE
 */
export function checkLooks(
  args: {
    readonly compat?: string | undefined;
    readonly 'show-labels'?: boolean | undefined;
    readonly 'time-format'?: string | undefined;
  },
  command: 'list' | 'history',
): void {
  if (args.compat === undefined) return;
  if (args['show-labels']) throw usage("--show-labels and --compat can't both hold");
  if (command === 'history' && args['time-format'])
    throw usage("--time-format and --compat can't both hold", ["helm's history has none"]);
}
