/** Words that people type from habit, and that are no command here: what does it, of this program's or of helm's. */

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

/** @returns lines to try; empty for a word that nobody types from habit */
export function habitHints(word: string, program: string): readonly string[] {
  const lines = Object.hasOwn(habits, word) ? (habits[word] ?? []) : [];
  return lines.map((line) => (line.startsWith('helm ') ? line : `${program} ${line}`));
}
