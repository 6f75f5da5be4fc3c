/** `history NAME`: every revision of one release. */
import { openRecord } from '../codecs/index.ts';
import { type ExitCode, exitCodes, printable, typed } from '../errors.ts';
import type { FoundRelease } from '../inspect/find.ts';
import { hasStatus, isOfChartAndTime } from '../inspect/listing.ts';
import { parseRevision } from '../inspect/revision.ts';
import { type ReleaseRow, releaseRow } from '../inspect/rows.ts';
import type { ReadSource } from '../inspect/sources.ts';
import { printHistory, rowObject } from '../output/releases.ts';
import { parseFormat, templateForms } from '../output/templates/format.ts';
import { note } from '../output/terminal/errors.ts';
import type { IO } from '../output/terminal/io.ts';
import { reportDisagreements, reportUnreadable } from '../output/unreadable.ts';
import { type BadRecord, isBad, type ReadRecord, saidByLabels } from '../record.ts';
import type { Selection } from '../storage/storage.ts';
import { defineCommand } from './command.ts';
import { usage } from './line/arguments.ts';
import { compatOptions, requireKnown, requireMax, shapeOf } from './line/compat.ts';
import { contextsOption, readOptions } from './line/options.ts';
import { checkLooks, rowFilterOf, rowFilters, rowLooks } from './line/rowOptions.ts';
import { wantsWatch, watchOptions } from './line/watchOptions.ts';
import { chooseRelease, existingRevision, noteTied } from './reading/release.ts';
import { chooseReads } from './stores/stores.ts';

export const history = defineCommand({
  name: 'history',
  describe: "show a release's revisions",
  details: [
    'A revision that can not be read is a row that says why; the others are shown all the same.',
    'A JSONPath starts from {.items}; rows have helm, storage, record, size and labels, too. With -o name',
    'each line is a revision as --revision takes it.',
    '',
    'With --watch a line follows for each revision that comes or looks otherwise; one that is pruned or',
    'uninstalled gets the status "removed". SEEN says when a line came; documents say it as "seen".',
  ],
  examples: [
    ['history billing', 'every revision, the oldest first'],
    ['history billing --max 5 -o json', 'the five newest, as JSON'],
    ['history billing --since 3d --status failed', 'what failed in the last three days'],
    [
      'history billing -o custom-columns=REV:.revision,WHEN:.updated,BYTES:.size',
      'columns of your own',
    ],
    ['history billing --watch', 'each revision as it comes, changes or goes'],
    ['history legacy --helm 2 -n pay', 'what Tiller keeps of a release that lives in Helm 3 too'],
  ],
  arguments: { name: 'release', revision: 'optional' },
  inContexts: 'text',
  options: {
    max: {
      type: 'number',
      belowZero: true,
      default: 256,
      describe: 'how many revisions to show, from the newest',
    },
    output: {
      type: 'string',
      alias: 'o',
      default: 'table',
      describe: `output format: table, wide, json, yaml, name, ${templateForms}`,
    },
    'no-headers': { type: 'boolean', describe: 'leave the header line out' },
    'show-rollback-revision': {
      type: 'boolean',
      describe: 'a column that says which revision a rollback went back to, as Helm 4 notes it',
    },
    'sort-by': { type: 'string', describe: 'sort by a field, as a JSONPath: .updated, .size' },
    ...rowFilters(),
    ...rowLooks,
    ...watchOptions,
    contexts: contextsOption('read'),
    ...readOptions,
    ...compatOptions,
  },
  async handler(args, io) {
    const format = await parseFormat(args.output, ['table', 'wide', 'json', 'yaml', 'name']);
    const exact = args.compat !== undefined;
    const headers = !args['no-headers'];
    const rollback = args['show-rollback-revision'];
    requireKnown(args, 'history --show-rollback-revision', rollback);
    requireMax(args);
    checkLooks(args, 'history');
    const { statuses, ...rest } = rowFilterOf(args);
    const isMeant = (row: ReleaseRow) => hasStatus(row, statuses) && isOfChartAndTime(row, rest);
    const layout = {
      ...{ format, exact, headers, shape: shapeOf(args), rollback: rollback === true },
      timeFormat: args['time-format'] || undefined,
      labels: args['show-labels'] === true,
    };
    const watches = wantsWatch(args);
    const one = args.revision === undefined ? undefined : parseRevision(args.revision);
    if (one && watches)
      throw usage(`--watch follows every revision of ${typed(args.name, 60)}, not one alone`);
    const reads = await chooseReads(args, io.env);
    try {
      const ahead = watches ? undefined : readAhead(reads.sources[0], args.name);
      const release = await chooseRelease(reads, args.name, io);
      if (watches) {
        const first = (rows: readonly ReleaseRow[]) => shownRows(rows.toSorted(byRevision), args);
        const { watchHistory } = await import('./reading/historyWatch.ts');
        const changesOnly = args['watch-only'] === true;
        const how = { layout, changesOnly, first, shows: isMeant };
        return await watchHistory(release, how, io);
      }
      const { rows, nameless } = await historyRows(release, ahead, exact);
      const readable = exact ? rows.filter((row) => row.unreadable === undefined) : rows;
      const wanted = one && (await existingRevision(release, one, reads, io));
      const those = readable.filter(
        (row) => (wanted === undefined || row.revision === wanted) && isMeant(row),
      );
      const shown = await shownRows(those, args);
      printHistory(shown, layout, io);
      if (!exact) {
        reportDisagreements(shown, io);
        noteTied(release, io, rows);
      }
      const code = reportUnreadable(exact ? rows : shown, io);
      return noteNameless(nameless, io) || code;
    } finally {
      reads.close();
    }
  },
});

interface ShownArgs {
  readonly max: number;
  readonly 'sort-by'?: string | undefined;
}

/** @param rows ascending by revision */
async function shownRows(
  rows: readonly ReleaseRow[],
  { max, 'sort-by': path }: ShownArgs,
): Promise<readonly ReleaseRow[]> {
  const newest = max <= 0 ? [] : rows.slice(-max);
  if (!path) return newest;
  return (await import('../output/templates/templates.ts')).sortedBy(newest, path, rowObject);
}

interface History {
  /** Ascending by revision; records without one come first, so that --max keeps the newest. */
  readonly rows: readonly ReleaseRow[];
  /** Files of which not even a record's name can be read: one might hold a revision of this. */
  readonly nameless: readonly BadRecord[];
}

interface Ahead {
  readonly source: ReadSource;
  readonly records: Promise<readonly ReadRecord[]>;
}

/**
 * Helm's own records of that name, asked for while it is still being looked where the release is: it
 * nearly always is there, and the answer is one round trip earlier.
 */
function readAhead(source: ReadSource | undefined, name: string): Ahead | undefined {
  const { owner, namespace } = source?.selection ?? {};
  if (!source?.storage.capabilities.inCluster || !owner || !namespace) return undefined;
  const records = recordsOf(source, { ...source.selection, name });
  // What goes wrong is for the search to say.
  records.catch(() => {});
  return { source, records };
}

async function recordsOf({ storage }: ReadSource, selection: Selection): Promise<ReadRecord[]> {
  const records: ReadRecord[] = [];
  for await (const page of storage.list(selection)) records.push(...page);
  return records;
}

/** @param exact as Helm has it: what the name label finds, and nothing that only a key names */
async function historyRows(
  release: FoundRelease,
  ahead: Ahead | undefined,
  exact: boolean,
): Promise<History> {
  const { source, owner, kind, namespace, name } = release;
  const records =
    ahead?.source === source
      ? await ahead.records
      : await recordsOf(source, { ...source.selection, namespace, owner, name });
  const nameless: BadRecord[] = [];
  const rows: ReleaseRow[] = [];
  for (const record of records)
    if (isBad(record) && isNameless(record)) nameless.push(record);
    else if (exact && ![undefined, name].includes(saidByLabels(owner, record).name)) continue;
    else if (record.kind === kind && record.namespace === namespace)
      rows.push(releaseRow(openRecord(record), source.storage));
  rows.sort(byRevision);
  return { rows, nameless };
}

function byRevision(a: ReleaseRow, b: ReleaseRow): number {
  return (a.revision ?? 0) - (b.revision ?? 0);
}

/** Named after its file, because nothing in it names a record. */
function isNameless({ namespace, key, labels, place }: BadRecord): boolean {
  const file = place?.split('/').pop();
  return namespace === '' && file === key && Object.keys(labels).length === 0;
}

/** In one line: they are nobody's rows. */
function noteNameless(nameless: readonly BadRecord[], io: IO): ExitCode {
  if (nameless.length === 0) return exitCodes.done;
  const places = nameless.slice(0, 5).map(({ place = '-' }) => printable(place, 120));
  const more =
    nameless.length > places.length ? `, and ${nameless.length - places.length} more` : '';
  const files = nameless.length === 1 ? "1 file can't" : `${nameless.length} files can't`;
  note(io, `${files} be read and might hold more: ${places.join(', ')}${more}`);
  return exitCodes.needsPerson;
}
