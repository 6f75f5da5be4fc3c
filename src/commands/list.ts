/** `list`: the newest revision of every release, whichever Helm wrote it. */
import type { OpenedRecord } from '../codecs/index.ts';
import { type ExitCode, exitCodes, ReleasesError, typed } from '../errors.ts';
import { seconds } from '../go/time/format.ts';
import {
  isShown,
  labelFilter,
  nameFilter,
  pageOf,
  type RowFilter,
  sortRows,
  wantedStates,
  wantsHistory,
} from '../inspect/listing.ts';
import { requireNamespaces } from '../inspect/namespaces.ts';
import { allRevisions, newestRevisions } from '../inspect/newest.ts';
import { type ReleaseRow, releaseRow } from '../inspect/rows.ts';
import { mayBeOf, type ReadSource, readSources } from '../inspect/sources.ts';
import { noteTwice } from '../output/noteTwice.ts';
import { printList } from '../output/releases.ts';
import { parseFormat, templateForms } from '../output/templates/format.ts';
import type { IO } from '../output/terminal/io.ts';
import { reportDisagreements, reportUnreadable } from '../output/unreadable.ts';
import { shellQuote } from '../shellQuote.ts';
import { isNamedZip } from '../storage/archive/zipName.ts';
import { defineCommand, type OptionTable } from './command.ts';
import { usage } from './line/arguments.ts';
import { compatOptions, requireKnown, requireMax, shapeOf } from './line/compat.ts';
import { contextsOption, type ReadArgs, readOptions } from './line/options.ts';
import { checkLooks, rowFilterOf, rowFilters, rowLooks } from './line/rowOptions.ts';
import { wantsWatch, watchOptions } from './line/watchOptions.ts';
import { contextsOf, inEachContextOnce } from './stores/fleet.ts';
import { chooseReads, notePartly, noteSkipped, readAdvice } from './stores/stores.ts';

const which = 'Which releases (as helm has them; several may be combined):';

const listOptions = {
  'all-namespaces': { type: 'boolean', alias: 'A', describe: 'releases of all namespaces' },
  output: {
    type: 'string',
    alias: 'o',
    default: 'table',
    describe: `output format: table, wide, json, yaml, name, ${templateForms}`,
  },
  short: { type: 'boolean', alias: 'q', describe: 'print names only' },
  'no-headers': { type: 'boolean', describe: 'leave the header line out' },
  ...rowLooks,
  date: { type: 'boolean', alias: 'd', describe: 'sort by date, the oldest first' },
  reverse: { type: 'boolean', alias: 'r', describe: 'turn the order round' },
  'sort-by': { type: 'string', describe: 'sort by a field, as a JSONPath: .updated, .size' },
  max: {
    type: 'number',
    alias: 'm',
    belowZero: true,
    describe: 'how many releases to show; default: all, with --compat 256',
  },
  offset: { type: 'number', describe: 'how many releases to skip first' },
  filter: {
    type: 'string',
    alias: 'f',
    describe: 'a regular expression that names must match (RE2, as in helm)',
    group: which,
  },
  selector: {
    type: 'string',
    alias: 'l',
    describe: "labels that a release's newest record must have: team=pay,tier!=test",
    group: which,
  },
  all: {
    type: 'boolean',
    alias: 'a',
    describe: 'whatever their status; that is the default, but for --compat helm3',
    group: which,
  },
  ...rowFilters(which),
  deployed: { type: 'boolean', describe: 'deployed releases', group: which },
  failed: { type: 'boolean', describe: 'failed releases', group: which },
  pending: { type: 'boolean', describe: 'releases in the middle of a change', group: which },
  superseded: {
    type: 'boolean',
    describe: 'superseded revisions, alone all of them',
    group: which,
  },
  uninstalled: { type: 'boolean', describe: 'uninstalled with --keep-history', group: which },
  uninstalling: { type: 'boolean', describe: 'releases being uninstalled', group: which },
  contexts: contextsOption('read'),
  ...watchOptions,
  ...readOptions,
  ...compatOptions,
} as const satisfies OptionTable;

export const list = defineCommand({
  name: 'list',
  describe: 'list releases of Helm 2, 3 and 4 side by side',
  details: [
    "Shows each release's newest revision, whatever its status. In a cluster it reads the Secrets and",
    'ConfigMaps of Helm 3 and 4 in the namespace, and those that Tiller wrote in its own namespace.',
    'A release whose newest record can not be read is a row with the status "unreadable".',
    '',
    "JSON and YAML are those of helm 4's list. Tables have AGE, as kubectl counts it, beside helm's",
    'columns, and UPDATED in seconds with its zone; -o wide adds HELM, STORAGE and SIZE. A JSONPath',
    'starts from {.items}; rows have helm, storage, record, size, labels and description, too.',
    '',
    'Of several contexts, -q and -o name print the context before each name, and a tab between them.',
    '',
    'With --watch a line follows for each change of what is shown, through lost connections, until',
    'Ctrl-C. A release that the flags no longer mean is shown once more, as it is then; one whose last',
    'record is gone gets the status "removed". SEEN says when a line came. -o json and the others print',
    'a document for each change, from whose fields a JSONPath starts too, and which says it as "seen". It',
    'takes a store on an API server.',
  ],
  examples: [
    ['list -A', 'every release of every namespace'],
    ['list -n pay --filter "^bill" --failed --pending', 'what is in trouble in one namespace'],
    ['list -A -o wide --sort-by .size', 'who wrote what where, the largest record last'],
    [
      'list -A -o jsonpath=\'{range .items[?(@.helm==2)]}{.name}{"\\n"}{end}\'',
      'names of what is left of Helm 2',
    ],
    ['list --storage dir:./dump -o json', 'a folder of manifests, as JSON'],
    ["list -A --contexts 'prod-*'", 'of several clusters at once'],
    ['list -A --since 2h --status failed,pending-upgrade', 'what went wrong in the last two hours'],
    ['list -A --watch --failed --pending', 'what gets into trouble, as it does'],
    ['list -A --compat helm4 -o yaml', 'what helm 4 would print, to the byte'],
  ],
  arguments: {},
  habit([word, ...more], program) {
    if (word === undefined || more.length > 0) return undefined;
    const shown = shellQuote(typed(word, 120));
    const hints = isNamedZip.test(word)
      ? [`${program} list --storage ${shown}`]
      : [
          `${program} status ${shown}  shows one release`,
          `${program} list --filter ${shown}  lists those with this in their name`,
        ];
    return { message: `list has no argument ${shown}`, hints };
  },
  options: listOptions,
  async handler(args, io) {
    const format = await parseFormat(args.output, ['table', 'wide', 'json', 'yaml', 'name']);
    const exact = args.compat !== undefined;
    const shape = shapeOf(args);
    requireKnown(args, 'list --no-headers', args['no-headers']);
    requireMax(args);
    checkLooks(args, 'list');
    const { statuses, ...rest } = rowFilterOf(args);
    if (args.all && statuses) throw usage("--all and --status can't both hold");
    const filter: RowFilter = {
      ...rest,
      states: wantedStates(args, exact ? shape : undefined, statuses),
      name: await nameFilter(args.filter),
      labels: labelFilter(args.selector),
    };
    const headers = !args['no-headers'];
    const timeFormat = args['time-format'] || undefined;
    const short = args.short === true;
    const labels = args['show-labels'] === true;
    const layout = { format, shape, exact, headers, short, timeFormat, labels };
    if (wantsWatch(args)) {
      const how = {
        rows: wantsHistory(filter.states) ? 'each' : 'newest',
        shows: (row: ReleaseRow, source: ReadSource) =>
          mayBeOf(source, row.namespace) && isShown(row, filter),
        inOrder: (rows: readonly ReleaseRow[]) => inOrder(rows, args),
        changesOnly: args['watch-only'] === true,
      } as const;
      return (await import('./reading/listWatch.ts')).watchList(args, { ...how, layout }, io);
    }
    const { found, failed, contexts } = await readRows(args, filter, io);
    const sorted = await inOrder(exact ? found.filter(isReadable) : found, args);
    const rows = pageOf(sorted, { max: args.max ?? (exact ? 256 : 0), offset: args.offset });
    if (!exact) noteTwice(rows, format, io);
    printList(rows, { ...layout, contexts }, io);
    if (!exact) reportDisagreements(rows, io);
    const code: ExitCode = reportUnreadable(exact ? found : rows, io);
    return failed > 0 ? exitCodes.failed : code;
  },
});

interface ListArgs extends ReadArgs {
  readonly contexts?: readonly string[] | undefined;
  readonly output: string;
  readonly short?: boolean | undefined;
}

/** A table of one cluster, and not in another helm's stead. */
function isForPeople({ output, short, compat, contexts }: ListArgs): boolean {
  return ['table', 'wide'].includes(output) && !short && !compat && !contexts?.length;
}

interface FoundRows {
  readonly found: readonly ReleaseRow[];
  /** Contexts that could not be read. */
  readonly failed: number;
  /** Rows say which context they are from. */
  readonly contexts: boolean;
}

async function readRows(args: ListArgs, filter: RowFilter, io: IO): Promise<FoundRows> {
  if (!args.contexts?.length)
    return { found: await rowsOf(args, filter, io), failed: 0, contexts: false };
  const { done, failed } = await inEachContextOnce(
    await contextsOf(args, io.env),
    async (context, quiet) => {
      const rows = await rowsOf({ ...args, context }, filter, quiet);
      return rows.map((row): ReleaseRow => ({ ...row, context }));
    },
    io,
  );
  return { found: done.flatMap(({ result }) => result), failed, contexts: true };
}

/** The rows of one cluster, or of the stores that --storage names. */
async function rowsOf(args: ListArgs, filter: RowFilter, io: IO): Promise<ReleaseRow[]> {
  const exact = args.compat !== undefined;
  const reads = await chooseReads(args, io.env);
  try {
    const { results, skipped, partly } = await readSources(reads.sources, async (source) => {
      const row = (one: OpenedRecord) => releaseRow(one, source.storage);
      const rows = wantsHistory(filter.states)
        ? await allRevisions(source, row)
        : await newestRevisions(source, row, { exact });
      return { source, rows };
    });
    await requireNamespaces(
      reads.namedNamespaces,
      results.map(({ source }) => source),
      (one) => results.some(({ source, rows }) => source === one && rows.length === 0),
      () => reads.namespaceHints(io.program),
    );
    noteSkipped(skipped, readAdvice, io);
    notePartly(partly, io);
    const wanted = results.flatMap(({ source, rows }) =>
      rows.filter((row) => mayBeOf(source, row.namespace)),
    );
    const shown = wanted.filter((row) => isShown(row, filter));
    if (shown.length === 0 && isForPeople(args)) {
      const { noteNothing } = await import('./reading/nothingFound.ts');
      await noteNothing(reads.sources, wanted.length, io);
    }
    return shown;
  } finally {
    reads.close();
  }
}

function isReadable({ unreadable }: ReleaseRow): boolean {
  return unreadable === undefined;
}

interface OrderArgs {
  readonly date?: boolean | undefined;
  readonly reverse?: boolean | undefined;
  readonly 'sort-by'?: string | undefined;
}

async function inOrder(rows: readonly ReleaseRow[], args: OrderArgs): Promise<ReleaseRow[]> {
  const { date, reverse, 'sort-by': path } = args;
  if (!path) return sortRows(rows, { byDate: date, reverse }, seconds);
  if (date)
    throw new ReleasesError('USAGE', "--date and --sort-by can't both hold", {
      hints: ['--sort-by .updated'],
    });
  const { sortedBy } = await import('../output/templates/templates.ts');
  const { rowObject } = await import('../output/releases.ts');
  const sorted = sortedBy(sortRows(rows, {}, seconds), path, rowObject);
  return reverse ? sorted.reverse() : sorted;
}
