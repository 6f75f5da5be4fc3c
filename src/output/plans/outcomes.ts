/** What a person sees once a plan was carried out, and of what failed on the way. */
import { printable, ReleasesError } from '../../errors.ts';
import { storageAddress } from '../../inspect/rows.ts';
import type { Outcome, Unseen } from '../../migrate/engine/engine.ts';
import { countPlan, keepsSources, type Plan } from '../../migrate/plan.ts';
import { reportError } from '../terminal/errors.ts';
import type { IO } from '../terminal/io.ts';
import {
  countOf,
  intention,
  isWhollyEqual,
  liveObjects,
  needsPerson,
  writtenText,
} from './plan.ts';
import { type MoveWords, migrating } from './words.ts';

export interface LastWords {
  readonly outcomes: readonly Outcome[];
  readonly created: number;
  readonly adopted: number;
  readonly deleted: number;
  /** Records whose other content is gone. */
  readonly replaced?: number;
  /** Records that have other content or labels where they stand. */
  readonly updated?: number;
  /** Records that another run created. */
  readonly met?: number;
  /** What can be done next. */
  readonly next: string;
  /** What brings back what was deleted or replaced, or takes away what was written of what failed. */
  readonly undo?: string;
  /** What to do where something failed; absent: the same again. */
  readonly again?: string | undefined;
  /** The folder or archive that has what was deleted or replaced. */
  readonly backup?: string;
  /** Absent: a migration's. */
  readonly words?: MoveWords;
}

/** More screens than these nobody reads; data and reports have all of them. */
const mostCauses = 20;

/** The last words: what was done, what was not, and what can be done next. */
export function printOutcomes(words: LastWords, io: IO): void {
  const { outcomes, created, adopted, deleted, next, undo } = words;
  const { doing, inPlace } = words.words ?? migrating;
  printFailures(outcomes, doing, io);
  const { replaced = 0, updated = 0, met = 0 } = words;
  const unseen = unseenOf(outcomes);
  const gone = countOf(deleted, inPlace ? 'record' : 'source');
  const wrote = writtenText(
    { creates: created, replaces: replaced, updates: updated, adopts: adopted, met },
    ', read back and equal',
  );
  const onlyDeletes = inPlace && deleted > 0 && created + updated === 0;
  const perhaps = perhapsUpdated(outcomes);
  const unsure = perhaps > 0 ? `, ${perhaps} more may have been updated` : '';
  const records = `${onlyDeletes ? '' : wrote}${unreadText(unseen)}${unsure}`;
  const undecided =
    unseen.perhapsDeleted > 0 ? `, and ${unseen.perhapsDeleted} more may have been deleted` : '';
  const isVanished = outcomes.some((one) => one.result === 'failed' && one.vanished);
  const copied = deleted + replaced + updated > 0 || isVanished || perhaps > 0;
  const held = words.backup !== undefined && copied ? printable(words.backup) : '';
  const named = undo?.includes(held) ?? false;
  const undoLine = `${undo ? `Undo: ${undo}\n` : ''}${held && !named ? `Backup: ${held}\n` : ''}`;
  if (outcomes.some(({ result }) => result === 'interrupted')) {
    const none = undecided ? 'no source deleted for sure' : 'nothing was deleted';
    const fate = `${deleted === 0 ? none : `${gone} deleted`}${undecided}`;
    const stands = standingLines(outcomes);
    io.stdout.write(
      `Stopped. ${records}${records && '; '}${fate}. Run the same command to go on.\n${stands}${undoLine}`,
    );
    return;
  }
  const people = needsPerson(outcomes.map(({ release }) => release));
  const kept = outcomes.filter(
    ({ result, release }) => result !== 'failed' && keepsSources(release),
  ).length;
  const left = `${keptLine(kept)}${people > 0 ? ` ${people} left alone (see above).` : ''}`;
  const went = deleted > 0 ? `${records && ', '}${gone} deleted` : '';
  const sources = `${went}${undecided}`;
  const done = outcomes.filter(({ result }) => result === 'migrated').length;
  const failures = outcomes.filter(({ result }) => result === 'failed');
  const failed = failures.length;
  if (done > 0)
    io.stdout.write(`Done: ${countOf(done, 'release')}, ${records}${sources}.${left}\n`);
  if (failed > 0) {
    const wrote = done > 0 ? '' : ` ${records}${sources}.`;
    const safe = deleted === 0 && !undecided ? ', and nothing was deleted' : '';
    io.stdout.write(
      `${countOf(failed, 'release')} failed (see above)${safe}.${wrote} ${words.again ?? goOn(failures)}\n${standingLines(outcomes)}`,
    );
  }
  io.stdout.write(`${done > 0 ? `Next: ${next}\n` : ''}${undoLine}`);
}

/** Releases of which one record may have been updated: the answer was lost, and nobody could look. */
function perhapsUpdated(outcomes: readonly Outcome[]): number {
  return outcomes.filter((one) => 'perhapsUpdated' in one && one.perhapsUpdated).length;
}

/** What runs have done that nobody could look at. */
function unseenOf(outcomes: readonly Outcome[]): Unseen {
  const all = outcomes.flatMap((one) => ('stands' in one && one.stands?.unseen) || []);
  const sum = (what: keyof Unseen) => all.reduce((count, one) => count + one[what], 0);
  return {
    written: sum('written'),
    perhapsWritten: sum('perhapsWritten'),
    perhapsDeleted: sum('perhapsDeleted'),
  };
}

function unreadText({ written, perhapsWritten }: Unseen): string {
  const sure = written > 0 ? `, ${written} written that nobody could read back` : '';
  return `${sure}${perhapsWritten > 0 ? `, ${perhapsWritten} more may have been written` : ''}`;
}

/** Where copies are gone, or somebody else has deleted sources, the same again makes nothing whole. */
function goOn(failures: readonly Outcome[]): string {
  const isStuck = (one: Outcome) =>
    one.result === 'failed' && (one.lost || one.overtaken || one.vanished);
  if (!failures.some(isStuck)) return 'Run the same command again to go on.';
  const others = failures.every(isStuck)
    ? ''
    : ', and the same command again goes on with the others';
  return `What to do is said there${others}.`;
}

/** What stands where of those that didn't get to their end: a line for each. */
function standingLines(outcomes: readonly Outcome[]): string {
  const lines = outcomes.flatMap((outcome) => {
    if (outcome.result !== 'failed' && outcome.result !== 'interrupted') return [];
    const { release, stands } = outcome;
    if (!stands) return [];
    const { source, target, others, place, marked } = stands;
    const [first] = release.sources;
    const from = first ? storageAddress(first, { address: release.from }, undefined) : release.from;
    const to = storageAddress({ ...place, key: '', labels: {} }, { address: stands.to }, undefined);
    const as = place.name === release.name ? '' : ` as ${printable(place.name)}`;
    const objects = marked > 0 ? `; ${liveObjects(marked)} marked${as}` : '';
    const there = `${range(source)} in ${printable(from)}, ${range(target)} in ${printable(to)}${as}`;
    const theirs =
      others.length > 0
        ? `; ${range(others)} there ${others.length === 1 ? 'is' : 'are'} not of this run, which takes nothing back`
        : '';
    const known = stands.unseen ? 'as far as this run knows, ' : '';
    return `${printable(release.name)}: ${known}${there}${theirs}${objects}\n`;
  });
  const rest = lines.length - mostCauses;
  const more = rest > 0 ? `${countOf(rest, 'more release')}: -o json says what stands where\n` : '';
  return `${lines.slice(0, mostCauses).join('')}${more}`;
}

/** `revisions 1 to 3 and 5`; `nothing`. */
function range(revisions: readonly number[]): string {
  const runs: [number, number][] = [];
  for (const revision of revisions) {
    const last = runs.at(-1);
    if (last && revision <= last[1] + 1) last[1] = revision;
    else runs.push([revision, revision]);
  }
  if (runs.length === 0) return 'nothing';
  const texts = runs.map(([low, high]) => (low === high ? `${low}` : `${low} to ${high}`));
  const shown = texts.length > 5 ? [...texts.slice(0, 4), `${texts.length - 4} more`] : texts;
  const all = shown.length > 1 ? `${shown.slice(0, -1).join(', ')} and ${shown.at(-1)}` : shown[0];
  return `${revisions.length === 1 ? 'revision' : 'revisions'} ${all}`;
}

/** A sentence to go on with, for releases whose sources were to be deleted; '' for none. */
export function keptLine(releases: number): string {
  if (releases === 0) return '';
  return ` Sources of ${countOf(releases, 'release')} are kept (see above).`;
}

/** One screen for each cause: a store that fails, fails for every release. */
export function printFailures(outcomes: readonly Outcome[], doing: string, io: IO): void {
  const byCause = new Map<string, { error: ReleasesError; names: string[] }>();
  for (const outcome of outcomes)
    if (outcome.result === 'failed') {
      const { error, release } = outcome;
      const cause = [error.message, ...error.why].join('\n');
      const entry = byCause.get(cause) ?? { error, names: [] };
      entry.names.push(printable(release.name));
      byCause.set(cause, entry);
    }
  const causes = [...byCause.values()];
  for (const { error, names } of causes.slice(0, mostCauses)) {
    const shown = names.length > 3 ? [...names.slice(0, 3), `${names.length - 3} more`] : names;
    const more = { why: [...error.why, `while ${doing} ${shown.join(', ')}`], hints: error.hints };
    reportError(new ReleasesError(error.code, error.message, more), io);
  }
  const rest = causes.slice(mostCauses).flatMap(({ names }) => names).length;
  if (rest > 0) io.stderr.write(`${countOf(rest, 'more release')} failed: -o json names each\n`);
}

/**
 * What there is to say when nothing is written.
 * @param only what was asked for instead of the move itself
 */
export function stillText(
  plan: Plan,
  only: 'dry run' | 'check' | undefined,
  waiting: number,
  words = migrating,
): string {
  const counts = countPlan(plan);
  const people =
    waiting > 0 ? ` ${waiting} ${waiting === 1 ? 'needs' : 'need'} you (see above).` : '';
  if (counts.movable > 0 && only) {
    const nothing = only === 'check' ? 'Checked only' : 'Dry run';
    return `\n${intention(counts, words)}${nothing}: nothing was written.${people}\n`;
  }
  // What Helm has pruned since couldn't be compared.
  const compared = plan.releases.every(
    (release) => release.verdict !== 'done' || (release.steps.length > 0 && isWhollyEqual(release)),
  );
  return counts.done > 0
    ? `\nNothing to do: ${countOf(counts.done, 'release')} ${counts.done === 1 ? 'is' : 'are'} already ${words.done}${compared ? ' and equal' : ''}.${keptLine(counts.keepSources)}${people}\n`
    : `\nNothing was written.${people}\n`;
}
