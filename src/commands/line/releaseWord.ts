/**
 * How one release is named on a command line that reads: `NAME`, `NAMESPACE/NAME`, `NAME@REVISION`. No release's
 * name can hold an `@` or a `/` (`names.ts`), so such a word means nothing else.
 */
import { ReleasesError, typed } from '../../errors.ts';
import type { ArgumentTable } from '../command.ts';

export interface ReleaseWord {
  readonly name: string;
  readonly namespace?: string;
  /** As it was written: `parseRevision` reads it. */
  readonly revision?: string;
}

/** @throws ReleasesError USAGE for a word that is none of the three */
export function readReleaseWord(word: string): ReleaseWord {
  const at = word.indexOf('@');
  const path = (at < 0 ? word : word.slice(0, at)).split('/');
  const revision = at < 0 ? undefined : word.slice(at + 1);
  const [name = '', namespace, ...more] = path.reverse();
  if (name === '' || namespace === '' || revision === '' || more.length > 0)
    throw new ReleasesError('USAGE', `"${typed(word, 60)}" names no release`, {
      why: ['a release is NAME, NAMESPACE/NAME, or either with @REVISION: billing, pay/billing@3'],
    });
  return {
    name,
    ...(namespace === undefined ? {} : { namespace }),
    ...(revision === undefined ? {} : { revision }),
  };
}

/**
 * `NAME@3` is `NAME 3`, and `NAMESPACE/NAME` is `NAME` with a namespace; where two revisions may follow, `3..7` is
 * `3 7`, and so is `NAME@7` after `NAME@3`.
 * @returns the arguments one by one
 * @throws ReleasesError USAGE
 */
export function releaseWords(
  positionals: readonly string[],
  table: ArgumentTable,
): { readonly words: readonly string[]; readonly namespace?: string } {
  const keys = Object.keys(table);
  const at = keys.findIndex((key) => isReleaseKind(table[key]));
  const word = positionals[at];
  if (at < 0 || word === undefined || word === '') return { words: positionals };
  const { name, namespace, revision } = readReleaseWord(word);
  const isPair = keys.length - at > 2;
  const after = [...(revision === undefined ? [] : [revision]), ...positionals.slice(at + 1)];
  const revisions = isPair
    ? after.flatMap(rangeOf).map((one) => revisionOf(one, { name, namespace }))
    : after;
  const words = [...positionals.slice(0, at), name, ...revisions];
  return namespace === undefined ? { words } : { words, namespace };
}

export function isReleaseKind(kind: ArgumentTable[string] | undefined): boolean {
  return kind === 'release' || kind === 'optional release';
}

/** `3..7`; what is no range stays, for its reader to say so. */
function rangeOf(word: string): readonly string[] {
  const [, from, to] = /^(.+?)\.\.([^.].*)$/s.exec(word) ?? [];
  return from === undefined || to === undefined ? [word] : [from, to];
}

/** @throws ReleasesError USAGE for another release's */
function revisionOf(
  word: string,
  { name, namespace }: { readonly name: string; readonly namespace: string | undefined },
): string {
  if (word.indexOf('@') < 1) return word;
  const other = readReleaseWord(word);
  if (other.name === name && (other.namespace ?? namespace) === namespace)
    return other.revision ?? word;
  throw new ReleasesError(
    'USAGE',
    `${typed(word, 60)} is another release than ${typed(name, 60)}`,
    {
      hints: ['--to-release NAME, and --to-namespace NAMESPACE  compare with another release'],
    },
  );
}
