/** `list --watch`: the table, then a line for each change, of one cluster or of several. */
import { type ExitCode, exitCodes } from '../../errors.ts';
import { requireNamespaces } from '../../inspect/namespaces.ts';
import type { ReleaseRow } from '../../inspect/rows.ts';
import { type ListLayout, listPrinter } from '../../output/releases.ts';
import { lookOf } from '../../output/terminal/changes.ts';
import type { IO } from '../../output/terminal/io.ts';
import { usage } from '../line/arguments.ts';
import type { ReadArgs } from '../line/options.ts';
import { contextsOf, inEachContext, inEachContextOnce } from '../stores/fleet.ts';
import { chooseReads, noteSkipped, readAdvice } from '../stores/stores.ts';
import { beginWatch, rowsPrinter, type WatchOptions } from './watch.ts';

export interface ListWatch extends Omit<WatchOptions, 'look'> {
  readonly layout: ListLayout;
  readonly changesOnly: boolean;
  /** The order of the rows that are there at first. */
  readonly inOrder: (rows: readonly ReleaseRow[]) => Promise<readonly ReleaseRow[]>;
}

export interface ListWatchArgs extends ReadArgs {
  readonly contexts?: readonly string[] | undefined;
  readonly max?: number | undefined;
  readonly offset?: number | undefined;
}

/** @throws ReleasesError as `beginWatch` and `Watching.run` do */
export async function watchList(args: ListWatchArgs, how: ListWatch, io: IO): Promise<ExitCode> {
  for (const flag of ['max', 'offset'] as const)
    if (args[flag])
      throw usage(`--watch and --${flag} can't both hold`, ['a change belongs to no page']);
  const several = (args.contexts?.length ?? 0) > 0;
  const layout = { ...how.layout, contexts: several, changesOnly: how.changesOnly };
  const by = listPrinter(layout, io);
  const options = { ...how, look: lookOf(layout, by) };
  const { done, failed } = several
    ? await inEachContextOnce(
        await contextsOf(args, io.env),
        (context, quiet) => begin({ ...args, context }, options, [quiet, io], context),
        io,
      )
    : { done: [{ context: '', result: await begin(args, options, [io, io]) }], failed: 0 };
  if (done.length === 0) return exitCodes.failed;
  const worlds = new Map(done.map(({ context, result }) => [context, result]));
  const print = rowsPrinter(layout, by, io);
  const run = async (context: string) => worlds.get(context)?.run(print);
  try {
    await print(await how.inOrder(done.flatMap(({ result }) => result.rows)));
    if (!several) await run('');
    const end = several ? await inEachContext([...worlds.keys()], run, io, worlds.size) : undefined;
    if (failed + (end?.failed ?? 0) > 0) return exitCodes.failed;
    return io.interrupt.aborted ? exitCodes.interrupted : exitCodes.done;
  } finally {
    for (const { close } of worlds.values()) close();
  }
}

/** One cluster's part: the rows there are, and what hands its changes over. */
async function begin(
  args: ListWatchArgs,
  how: WatchOptions,
  [io, later]: readonly [first: IO, then: IO],
  context?: string,
) {
  const reads = await chooseReads(args, io.env);
  const marked = (rows: readonly ReleaseRow[]): readonly ReleaseRow[] =>
    context === undefined ? rows : rows.map((row) => ({ ...row, context }));
  try {
    const { begun, skipped, run } = await beginWatch(reads.sources, how, later);
    await requireNamespaces(
      reads.namedNamespaces,
      begun.map(({ source }) => source),
      (one) => begun.every(({ source, rows }) => source !== one || rows.length === 0),
      () => reads.namespaceHints(io.program),
    );
    noteSkipped(skipped, readAdvice, io);
    return {
      rows: marked(begun.flatMap(({ rows }) => rows)),
      run: (print: (rows: readonly ReleaseRow[]) => Promise<void>) =>
        run((rows) => print(marked(rows))),
      close: reads.close,
    };
  } catch (error) {
    reads.close();
    throw error;
  }
}
