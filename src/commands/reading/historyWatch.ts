/** `history --watch`: the table, then a line for each revision that comes, changes or goes. */
import { type ExitCode, exitCodes } from '../../errors.ts';
import type { FoundRelease } from '../../inspect/find.ts';
import type { ReleaseRow } from '../../inspect/rows.ts';
import { historyPrinter, type Layout } from '../../output/releases.ts';
import { lookOf } from '../../output/terminal/changes.ts';
import type { IO } from '../../output/terminal/io.ts';
import { beginWatch, rowsPrinter } from './watch.ts';

export interface HistoryWatch {
  readonly layout: Layout;
  readonly changesOnly: boolean;
  readonly shows: (row: ReleaseRow) => boolean;
  /** Which of the revisions that are there are shown first, and in which order. */
  readonly first: (rows: readonly ReleaseRow[]) => Promise<readonly ReleaseRow[]>;
}

/** @throws ReleasesError as `beginWatch` and `Watching.run` do */
export async function watchHistory(
  { source, namespace, owner, name }: FoundRelease,
  { layout, changesOnly, first, shows }: HistoryWatch,
  io: IO,
): Promise<ExitCode> {
  const selection = { ...source.selection, namespace, owner, name };
  const by = historyPrinter(layout, io);
  const options = { rows: 'each', shows, look: lookOf(layout, by) } as const;
  const { begun, run } = await beginWatch([{ ...source, selection }], options, io);
  const print = rowsPrinter({ ...layout, changesOnly }, by, io);
  await print(await first(begun.flatMap(({ rows }) => rows)));
  await run(print);
  return io.interrupt.aborted ? exitCodes.interrupted : exitCodes.done;
}
