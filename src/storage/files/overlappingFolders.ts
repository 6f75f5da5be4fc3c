/**
 * Folders that lie in one another, by whatever paths. A folder is read with all that is below it, so that a
 * record in the inner one counts as one of the outer one's: deleted there, it would be gone from both.
 */
import { printable, ReleasesError } from '../../errors.ts';
import type { Storage } from '../storage.ts';
import { type Look, type Relation, relationOf } from './place.ts';
import { isManifestName } from './walk.ts';

type Store = Pick<Storage, 'address' | 'files' | 'undeletable'>;
type Files = NonNullable<Storage['files']>;

/**
 * Where records come from and where they go. One and the same folder is no mistake: nothing moves then.
 * @param look for tests
 * @returns the sources that aren't the target itself
 * @throws ReleasesError USAGE
 */
export async function checkApart<S extends Store>(
  from: readonly S[],
  to: Store,
  look?: Look,
): Promise<readonly S[]> {
  const apart: S[] = [];
  for (const source of from) {
    const relation = await relationTo(to.files, source.files, look);
    if (relation !== 'same') apart.push(source);
    if (relation === 'inside') throw nested(to.address, source.address);
    // A file is only read, and its records stay.
    if (relation === 'around' && (await source.undeletable?.()) === undefined)
      throw nested(source.address, to.address);
    if (relation === 'crossing') throw crossing(to.address, source.address);
  }
  return apart;
}

/**
 * For copies of what is about to be deleted, or replaced, in these stores.
 * @param look for tests
 * @throws ReleasesError USAGE where they would be read as a part of one of them, or it as a part of them
 */
export async function checkOutside(
  files: Files,
  stores: readonly Store[],
  look?: Look,
): Promise<void> {
  const copies = `${files.is === 'archive' ? 'file' : 'dir'}:${files.path}`;
  const hints = ['--backup with another folder, or with PATH.zip'];
  for (const store of stores) {
    const relation = await relationTo(files, store.files, look);
    if (relation === 'same' && copies !== store.address)
      throw nested(copies, store.address, hints, 'is, by another path,');
    if (relation === 'same' || relation === 'inside') throw nested(copies, store.address, hints);
    if (relation === 'around') throw nested(store.address, copies, hints);
    if (relation === 'crossing') throw crossing(copies, store.address, hints);
  }
}

/** An archive in a folder is none of its manifests, unless it is called like one. */
async function relationTo(
  files: Files | undefined,
  other: Files | undefined,
  look?: Look,
): Promise<Relation> {
  if (!files || !other) return 'apart';
  const relation = await relationOf(files.path, other.path, look);
  const archive = [files, other].find(({ is }) => is === 'archive');
  const isPassedOver = archive && !isManifestName(archive.path) && relation !== 'same';
  return isPassedOver ? 'apart' : relation;
}

const why = [
  'a folder is read with all that is below it: what is deleted there would be gone here, too',
];

const elsewhere = ['a folder beside it, or an archive: file:PATH.zip'];

function nested(inner: string, outer: string, hints = elsewhere, lies = 'lies in'): ReleasesError {
  const [one, other] = [printable(inner, 500), printable(outer, 500)];
  const message = one === other ? `${one} is read itself` : `${one} ${lies} ${other}`;
  return new ReleasesError('USAGE', message, { why, hints });
}

function crossing(a: string, b: string, hints = elsewhere): ReleasesError {
  const [one, other] = [printable(a, 500), printable(b, 500)];
  return new ReleasesError('USAGE', `${one} and ${other} have a folder in common`, { why, hints });
}
