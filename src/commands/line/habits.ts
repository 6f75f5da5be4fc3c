/** Words that people type from habit, and that are no command here: what does it, of this program's or of helm's. */

import { ReleasesError, typed } from '../../errors.ts';
import { shellQuote } from '../../shellQuote.ts';

/** By the word; the lines follow the program's name, or stand by themselves where they begin with `helm`. */
const habits: { readonly [word: string]: readonly string[] } = {
  move: ['relocate NAME --delete-source  moves a release; mv is short for it'],
  rename: ['relocate NAME --to-name NEW --delete-source  gives a release another name'],
  rollback: [
    'diff NAME --rollback REVISION  shows what it would change',
    'helm rollback NAME REVISION  does it',
  ],
  uninstall: ['helm uninstall NAME  does it'],
  delete: ['helm uninstall NAME  does it', 'prune NAME --keep N  deletes older revisions alone'],
  upgrade: ['helm upgrade NAME CHART  does it'],
  install: ['helm install NAME CHART  does it'],
  fix: [
    'unlock NAME  ends what an interrupted helm has left pending',
    'history NAME  shows what there is',
  ],
};

const isRevision = /^([0-9]+|HEAD|@?deployed)(~[0-9]*)?$/i;

/**
 * Arguments that people type from habit, and that a command doesn't take: what does it.
 * @returns what is wrong, with lines to try; undefined where there is no such habit
 */
export function argumentHabit(
  command: string,
  words: readonly string[],
  program: string,
): ReleasesError | undefined {
  const quoted = words.map((word) => shellQuote(typed(word, 120)));
  const [first = '', second = '', third = '', fourth = ''] = quoted;
  if (command === 'list' && words.length === 1 && /\.zip$/i.test(words[0] ?? ''))
    return habit(`list has no argument ${first}`, [`${program} list --storage ${first}`]);
  if (command === 'list' && words.length === 1)
    return habit(`list has no argument ${first}`, [
      `${program} status ${first}  shows one release`,
      `${program} list --filter ${first}  lists those with this in their name`,
    ]);
  // helm-diff's subcommands; a release may be called so, and then a revision follows.
  if (command !== 'diff' || words.length < 2 || isRevision.test(words[1] ?? '')) return undefined;
  const lines: { readonly [word: string]: string } = {
    revision: `diff ${[second, third, fourth].filter(Boolean).join(' ')}`,
    rollback: `diff ${second}${third ? ` --rollback ${third}` : ' --rollback REVISION'}`,
    release: `diff ${second} --to-release ${third || 'OTHER'}`,
  };
  const line = Object.hasOwn(lines, words[0] ?? '') ? lines[words[0] ?? ''] : undefined;
  return line === undefined ? undefined : habit(`diff has no ${first}`, [`${program} ${line}`]);
}

function habit(message: string, hints: readonly string[]): ReleasesError {
  return new ReleasesError('USAGE', message, { hints });
}

/** @returns lines to try; empty for a word that nobody types from habit */
export function habitHints(word: string, program: string): readonly string[] {
  const lines = Object.hasOwn(habits, word) ? (habits[word] ?? []) : [];
  return lines.map((line) => (line.startsWith('helm ') ? line : `${program} ${line}`));
}
