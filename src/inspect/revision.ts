/** How a revision is written on a command line: `12`, `12~1`, `HEAD`, `HEAD~2`, `@deployed`, `@deployed~1`; without
 * the `@` after a name that has one, `billing@deployed`. */
import type { GoodRecord } from '../codecs/index.ts';
import { deployedRevision, standingOf } from '../deployed.ts';
import { ReleasesError, typed } from '../errors.ts';
import type { Owner } from '../record.ts';
import { type FoundRelease, openRevision } from './find.ts';

export type RevisionWord = {
  /** As it was written; safe to print. */
  readonly text: string;
  /** So many of the revisions that are there before the number, the newest or the newest deployed one. */
  readonly back: number;
} & ({ readonly is: 'number'; readonly number: number } | { readonly is: 'newest' | 'deployed' });

export const newestRevision: RevisionWord = { text: 'HEAD', is: 'newest', back: 0 };

/** For the options and arguments that take one. */
export const revisionForms = 'a number, HEAD (the newest), HEAD~2 or @deployed';

const written = /^(HEAD|@?deployed|[0-9]{1,10})(?:~([0-9]{0,9}))?$/i;

/** Whether a word can be nothing but a revision, though a release may be called so. */
export function isRevisionWord(text: string): boolean {
  return written.test(text);
}

/**
 * @param text absent, and `0` as in Helm, is the newest
 * @throws ReleasesError USAGE
 */
export function parseRevision(text = newestRevision.text): RevisionWord {
  const parts = written.exec(text);
  if (!parts) throw notARevision(text);
  const [, base = '', back] = parts;
  const common = { text, back: back === undefined ? 0 : Number(back || 1) };
  const number = Number(base);
  if (number > 0) return { ...common, is: 'number', number };
  if (text === '0') return newestRevision;
  return { ...common, is: /deployed$/i.test(base) ? 'deployed' : 'newest' };
}

export function notARevision(text: string): ReleasesError {
  return new ReleasesError('USAGE', `"${typed(text, 60)}" is no revision`, {
    why: [`a revision is ${revisionForms}`],
  });
}

/** The one before it, of those that are there. */
export function revisionBefore(word: RevisionWord): RevisionWord {
  return { ...word, text: `${word.text}~1`, back: word.back + 1 };
}

export interface ResolvedRevision {
  /** undefined where there is none: no release goes back so far, or nothing is deployed. */
  readonly revision: number | undefined;
  /** Revisions that might be the deployed one, too, and can't be read. */
  readonly unread: readonly number[];
  /** Others whose label and content disagree on whether they are deployed. */
  readonly disputed: readonly GoodRecord[];
}

/**
 * Gaps don't count: `HEAD~1` is the revision before the newest that is there, whatever its number.
 * Which one is deployed is read from the newest down: see `deployed.ts`.
 * @throws ReleasesError when the store can't be read
 */
export async function resolveRevision(
  release: FoundRelease,
  word: RevisionWord,
): Promise<ResolvedRevision> {
  const sure = (revision: number | undefined) => ({ revision, unread: [], disputed: [] });
  // A revision that isn't there is for the store to say.
  if (word.is === 'number' && word.back === 0) return sure(word.number);
  const newestFirst = release.revisions.toReversed();
  if (word.is === 'number') {
    const at = newestFirst.indexOf(word.number);
    return sure(at < 0 ? undefined : newestFirst[at + word.back]);
  }
  if (word.is === 'newest') return sure(newestFirst[word.back]);
  return deployedOf(release, newestFirst, word.back);
}

async function deployedOf(
  release: FoundRelease,
  newestFirst: readonly number[],
  back: number,
): Promise<ResolvedRevision> {
  const unread: number[] = [];
  const read: { readonly at: number; readonly opened: GoodRecord }[] = [];
  let deployed: (typeof read)[number] | undefined;
  for (const [at, revision] of newestFirst.entries()) {
    const opened = await openRevision(release, revision);
    if (!opened) continue;
    if ('unreadable' in opened) {
      unread.push(revision);
      continue;
    }
    read.push({ at, opened });
    deployed = deployedRevision(read, (one) =>
      standingOf(release.owner, one.opened.record, one.opened.release),
    );
    // Where keys and contents differ, an older key may hold a newer revision.
    if (deployed && read.every((one) => isInOrder(one.opened))) break;
  }
  const others = read.filter((one) => one !== deployed).map(({ opened }) => opened);
  return {
    revision: deployed && newestFirst[deployed.at + back],
    unread,
    disputed: others.filter((one) => isDisputed(release.owner, one)),
  };
}

function isInOrder({ disagreements }: GoodRecord): boolean {
  return disagreements.every(({ part }) => part !== 'revision');
}

function isDisputed(owner: Owner, { record, release }: GoodRecord): boolean {
  const { status, label } = standingOf(owner, record, release);
  return label !== undefined && (label === 'deployed') !== (status === 'deployed');
}
