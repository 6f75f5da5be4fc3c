/** `--if-newest`: which revision of a release has to be the newest, and how it stands. */
import { ReleasesError, typed } from '../../errors.ts';
import type { RelocateOptions } from '../../migrate/relocate/relocateOptions.ts';

/** @throws ReleasesError USAGE */
export function ifNewestOf(texts: readonly string[] = []): RelocateOptions['ifNewest'] {
  const parts = texts.map((text) => /^([^=]+)=([1-9][0-9]{0,8}):([a-z-]*)$/.exec(text));
  const wrong = texts.find((_, at) => !parts[at]);
  if (wrong !== undefined)
    throw new ReleasesError(
      'USAGE',
      `--if-newest ${typed(wrong, 80)} is not NAME=REVISION:STATUS`,
      {
        hints: ['--if-newest billing=4:deployed'],
      },
    );
  return new Map(
    parts.flatMap((part) => {
      const [, name = '', revision, status = ''] = part ?? [];
      return part ? [[name, { revision: Number(revision), status }] as const] : [];
    }),
  );
}
