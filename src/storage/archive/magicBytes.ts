/** What tells an archive from text before it is read: the first bytes of a zip and of age's format. */
import { ReleasesError } from '../../errors.ts';

export const zipBeginning = 'PK';
export const ageBeginning = 'age-encryption.org/';
/** The same as text: `age -a`. */
export const armorBeginning = '-----BEGIN AGE ENCRYPTED';

/** @param head some bytes as Latin-1, one character each */
export function beginsLikeArchive(head: string): boolean {
  return head.startsWith(zipBeginning) || beginsLikeAge(head);
}

/** @param head as above */
export function beginsLikeAge(head: string): boolean {
  return head.startsWith(ageBeginning) || head.startsWith(armorBeginning);
}

/** An archive's index stands at its end, and its seal is over all of it. */
export function notFromPipe(): ReleasesError {
  return new ReleasesError('USAGE', "an archive can't be read from the standard input", {
    why: ['it is read from its end, and more than once'],
    hints: ['save it to a file, and name that: PATH.zip'],
  });
}
