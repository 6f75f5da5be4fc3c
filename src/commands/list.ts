/** `list`: the newest revision of every release, whichever Helm wrote it. */
import { type ExitCode, exitCodes, printable, ReleasesError } from '../errors.ts';
import { newestRevisions } from '../inspect/newest.ts';
import { type ReleaseRow, releaseRow } from '../inspect/rows.ts';
import { readSources } from '../inspect/sources.ts';
import type { IO } from '../output/io.ts';
import { printList } from '../output/releases.ts';
import { reportUnreadable } from '../output/unreadable.ts';
import { defineCommand } from './command.ts';
import { contextsOf, contextsOption, inEachContext } from './fleet.ts';
import { anyTillers, requireNamespaces } from './namespaces.ts';
import { type ReadArgs, readOptions } from './options.ts';
import { chooseReads, noteSkipped, readAdvice } from './stores.ts';

export const list = defineCommand({
  name: 'list',
  describe: 'list releases of Helm 2, 3 and 4 side by side',
  details: [
    "Shows each release's newest revision, whatever its status. In a cluster it reads the Secrets and",
    'ConfigMaps of Helm 3 and 4 in the namespace, and those that Tiller wrote in its own namespace.',
    'A release whose newest record can not be read is a row with the status "unreadable".',
  ],
  examples: [
    ['list -A', 'every release of every namespace'],
    ['list -n pay --filter "^bill"', 'releases of one namespace whose name matches'],
    ['list --storage dir:./dump -o json', 'a folder of manifests, as JSON'],
    ['list -A --helm 2', 'only what Tiller left behind'],
    ["list -A --contexts 'prod-*'", 'of several clusters at once'],
  ],
  arguments: {},
  options: {
    'all-namespaces': { type: 'boolean', alias: 'A', describe: 'releases of all namespaces' },
    output: {
      type: 'string',
      alias: 'o',
      choices: ['table', 'wide', 'json', 'yaml', 'name'],
      default: 'table',
      describe: 'output format',
    },
    short: { type: 'boolean', alias: 'q', describe: 'print names only' },
    filter: { type: 'string', alias: 'f', describe: 'a regular expression names must match' },
    'no-headers': { type: 'boolean', describe: 'leave the header line out' },
    contexts: contextsOption('read'),
    ...readOptions,
  },
  async handler(args, io) {
    const matches = nameFilter(args.filter);
    if (!args.contexts?.length) return print(await readRows(args, matches, io), args, io);
    const contexts = await contextsOf(args, io.env);
    const { done, failed } = await inEachContext(
      contexts,
      async (context) => {
        const rows = await readRows({ ...args, context }, matches, io);
        return rows.map((row): ReleaseRow => ({ ...row, context }));
      },
      io,
    );
    const rows = done.flatMap(({ result }) => result).sort(byNameThenNamespace);
    const code = print(rows, { ...args, contexts: true }, io);
    return failed > 0 ? exitCodes.failed : code;
  },
});

/** The rows of one cluster, or of the stores that --storage names. */
async function readRows(
  args: ReadArgs,
  matches: (name: string) => boolean,
  io: IO,
): Promise<readonly ReleaseRow[]> {
  const reads = await chooseReads(args, io.env);
  try {
    const { results, skipped } = await readSources(reads.sources, async (source) => {
      const opened = await newestRevisions(source);
      const rows = opened.map((one) => ({ source, row: releaseRow(one, source.storage) }));
      return { source, rows };
    });
    await requireNamespaces(
      reads.namedNamespaces,
      results.map(({ source }) => source),
      (one) => results.some(({ source, rows }) => source === one && rows.length === 0),
      () => anyTillers(reads.sources, io.program),
    );
    const rows = results
      .flatMap((one) => one.rows)
      .filter(({ source, row }) => isWanted(row, source.releaseNamespace))
      .map(({ row }) => row)
      .filter((row) => matches(row.name))
      .sort(byNameThenNamespace);
    noteSkipped(skipped, readAdvice, io);
    return rows;
  } finally {
    reads.close();
  }
}

function print(
  rows: readonly ReleaseRow[],
  args: {
    readonly output: string;
    readonly short?: boolean | undefined;
    readonly 'no-headers'?: boolean | undefined;
    readonly contexts?: unknown;
  },
  io: IO,
): ExitCode {
  const headers = !args['no-headers'];
  const contexts = args.contexts === true;
  printList(rows, { format: args.output, short: args.short, headers, contexts }, io);
  return reportUnreadable(rows, io);
}

/** What can't be read may belong to any namespace, so it is never filtered away. */
function isWanted(row: ReleaseRow, namespace: string | undefined): boolean {
  return namespace === undefined || row.namespace === undefined || row.namespace === namespace;
}

/** @throws ReleasesError USAGE */
function nameFilter(pattern: string | undefined): (name: string) => boolean {
  if (!pattern) return () => true;
  try {
    const expression = new RegExp(pattern, 'u');
    return (name) => expression.test(name);
  } catch {
    throw new ReleasesError(
      'USAGE',
      `--filter "${printable(pattern, 60)}" is not a regular expression`,
    );
  }
}

function byNameThenNamespace(a: ReleaseRow, b: ReleaseRow): number {
  return (
    compare(a.context ?? '', b.context ?? '') ||
    compare(a.name, b.name) ||
    compare(a.namespace ?? '', b.namespace ?? '') ||
    (a.helm ?? 0) - (b.helm ?? 0) ||
    compare(a.place, b.place)
  );
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
