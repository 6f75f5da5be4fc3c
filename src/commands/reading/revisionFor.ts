/** Which revision a command line means, as this program and as a helm reads it. */
import { goInteger } from '../../go/template/literals.ts';
import { notARevision, parseRevision, type RevisionWord } from '../../inspect/revision.ts';
import type { CompatArgs } from '../line/compat.ts';

/**
 * The revision that a command line asks for, as `parseRevision` reads it. A helm takes --revision as Go reads an int,
 * and what isn't above zero is the newest one (`releaseContent` in pkg/action/action.go): so does its stand-in.
 * @throws ReleasesError USAGE
 */
export function revisionFor(
  args: CompatArgs & { readonly revision?: string | undefined },
): RevisionWord {
  const { compat, revision } = args;
  if (compat === undefined || !revision) return parseRevision(revision);
  const number = goInteger(revision);
  if (number !== undefined) return parseRevision(String(number > 0n ? number : 0n));
  // 08: octal, and there is no such digit.
  if (/^[0-9]+$/.test(revision)) throw notARevision(revision);
  return parseRevision(revision);
}
