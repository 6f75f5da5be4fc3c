/** What went wrong with a file or a folder, and what can be done about it. */
import { isReleasesError, printable, ReleasesError } from '../../errors.ts';
import { reasonOf } from '../../systemErrors.ts';

/**
 * The system's error as one of this program's; anything else as it was.
 * @param form how another place of the kind is named
 */
export function fileFailure(
  path: string,
  doing: string,
  error: unknown,
  form: PlaceForm = 'dir:PATH',
): unknown {
  const { code } = error as NodeJS.ErrnoException;
  if (isReleasesError(error) || typeof code !== 'string') return error;
  return new ReleasesError('FILE', `${doing} ${printable(path)} failed: ${reasonOf(code)}`, {
    hints: [hintFor(code, path, form)],
  });
}

/** What to do about a system's error, as far as its code tells. */
export function hintFor(code: string, path: string, form: PlaceForm = 'dir:PATH'): string {
  const what = form === 'dir:PATH' ? 'folder' : 'file';
  if (code === 'EACCES' || code === 'EPERM')
    return `ls -ld ${printable(path)}  shows who may use it; or name another ${what}: ${form}`;
  if (code === 'ENOSPC' || code === 'EDQUOT' || code === 'EFBIG')
    return `make room, or name a ${what} on another disk: ${form}; then run it again`;
  return `another ${what}: ${form}`;
}

type PlaceForm = 'dir:PATH' | 'file:PATH.zip';
