/** `--watch`: what `list` and `history` show, and then each change of it. */
import { isReleasesError, type ReleasesError } from '../../errors.ts';
import { type Followed, type FollowOptions, follow } from '../../inspect/follow.ts';
import type { ReleaseRow } from '../../inspect/rows.ts';
import { type ReadSource, readSources, type Skipped } from '../../inspect/sources.ts';
import type { Printer } from '../../output/releases.ts';
import { type ChangesLayout, openChanges } from '../../output/terminal/changes.ts';
import { note } from '../../output/terminal/errors.ts';
import type { IO } from '../../output/terminal/io.ts';
import { reportUnreadable } from '../../output/unreadable.ts';
import type { Owner } from '../../record.ts';
import { usage } from '../line/arguments.ts';

export interface Watching {
  /** What there is at first. */
  readonly begun: readonly { readonly source: ReadSource; readonly rows: readonly ReleaseRow[] }[];
  readonly skipped: readonly Skipped[];
  /**
   * Hands each change over, and reads no further until it is taken; ends with `io.interrupt`.
   * @throws ReleasesError what lasts: a permission that is missing, credentials that have run out
   */
  run(changed: (rows: readonly ReleaseRow[]) => Promise<void>): Promise<void>;
}

export interface WatchOptions extends Pick<FollowOptions, 'rows' | 'look'> {
  readonly shows: (row: ReleaseRow, source: ReadSource) => boolean;
}

/** @throws ReleasesError USAGE for stores that tell of no changes; as `readSources` does */
export async function beginWatch(
  sources: readonly ReadSource[],
  { shows, ...how }: WatchOptions,
  io: IO,
): Promise<Watching> {
  for (const { storage } of sources) if (!storage.watch) throw tellsNobody(storage.address);
  const stop = new AbortController();
  const signal = AbortSignal.any([io.interrupt, stop.signal]);
  const { results, skipped } = await readSources(sources, (source) => {
    const { owner } = source.selection;
    const options = { ...how, signal, shows: (row: ReleaseRow) => shows(row, source) };
    const owners: readonly Owner[] = owner ? [owner] : ['helm', 'tiller'];
    return Promise.all(owners.map((one) => begin(source, follow(source, one, options))));
  });
  const begun = results.flat();
  const tell = connectionNotes(io);
  const noted = new Set<string>();
  return {
    begun,
    skipped,
    async run(changed) {
      try {
        await Promise.all(
          begun.map(async ({ source, events }) => {
            try {
              for await (const event of events)
                if (event.is === 'changes') await changed(event.rows);
                else tell(event);
            } catch (error) {
              if (!source.optional || !isReleasesError(error, 'FORBIDDEN')) throw error;
              const text = `${error.message}: changes there aren't shown`;
              if (!noted.has(text)) note(io, text);
              noted.add(text);
            }
          }),
        );
      } finally {
        stop.abort();
      }
    },
  };
}

/** @returns what there is at first, and where it goes on */
async function begin(source: ReadSource, events: AsyncGenerator<Followed>) {
  const { value } = await events.next();
  return { source, events, rows: value?.is === 'rows' ? value.rows : [] };
}

function tellsNobody(address: string): ReleasesError {
  return usage(`--watch can't be had of ${address}`, [
    'only an API server tells of changes: Secrets and ConfigMaps can be watched',
  ]);
}

/** Prints the first rows and then those that changed, and returns when they are on their way. */
export function rowsPrinter(
  layout: ChangesLayout,
  by: Printer,
  io: IO,
): (rows: readonly ReleaseRow[]) => Promise<void> {
  const show = openChanges(layout, by, io);
  let hidden = layout.changesOnly;
  return async (rows) => {
    show(rows);
    if (!hidden) reportUnreadable(rows, io);
    hidden = false;
    await io.stdout.drained();
  };
}

/** Of several watches on one server the first that is cut off and the last that is back are said. */
function connectionNotes(io: IO): (event: Followed) => void {
  let lost = 0;
  return (event) => {
    if (event.is === 'lost') {
      lost += 1;
      const [why = event.error.message] = event.error.why;
      if (lost === 1) note(io, `the connection is lost, and tried again until it is back: ${why}`);
    } else if (event.is === 'back') {
      lost -= 1;
      if (lost === 0) note(io, 'the connection is back; what changed meanwhile is shown');
    }
  };
}
