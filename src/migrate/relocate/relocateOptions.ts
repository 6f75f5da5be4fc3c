/** What was decided about a relocation. */
import type { Newest } from './ifNewest.ts';
import type { ApartWords } from './placeConflicts.ts';
import type { MovingRelease } from './survey.ts';

export interface RelocateOptions {
  readonly deleteSources: boolean;
  /** All of them, the newest that is deployed, or so many from the newest. */
  readonly revisions: 'all' | 'deployed' | number;
  /**
   * Releases whose records there are replaced where they have other content. Absent: of none, and
   * copies follow what Helm has done to their sources since; with it, nothing else is replaced.
   */
  readonly overwrite?: ReadonlySet<string>;
  /** Releases that move only while this is their newest record: by name. */
  readonly ifNewest?: ReadonlyMap<string, Newest> | undefined;
  /** The same of the newest record that the target has. */
  readonly ifNewestThere?: ReadonlyMap<string, Newest> | undefined;
  /** Releases that somebody else moves to the same target: they aren't planned, but may be met there. */
  readonly beside?: readonly MovingRelease[];
  /** What helps where another release has the name; absent: `--to-name NAME`. */
  readonly clash?: string;
  /** What helps where two would become one release; absent: relocate's flags. */
  readonly apart?: ApartWords;
  /**
   * The rest of a release is copied where there is nothing to copy of an older revision, because some is
   * better than nothing; absent: it isn't.
   */
  readonly partly?: true;
  /** Records go into another cluster. */
  readonly elsewhere?: boolean;
  /** The flags by which kubectl finds the cluster that records go to: ` --context new`; absent: none. */
  readonly clusterFlags?: string;
}
